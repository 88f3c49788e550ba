"""Decisions and ledger in one database: SQLite inside the workspace, or PostgreSQL; the same code.

One writer at a time: the first entry of a step locks the ledger (SQLite: `BEGIN IMMEDIATE`, PostgreSQL:
`LOCK TABLE … IN EXCLUSIVE MODE` under REPEATABLE READ), so that indexes have no gaps and a step sees what
stood before it. A step that read before its first entry while another step wrote is refused as a whole.
"""

import json
import secrets
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Connection,
    CursorResult,
    Engine,
    create_engine,
    event,
    func,
    insert,
    inspect,
    make_url,
    select,
    text,
    update,
)
from sqlalchemy import exc as sql

from atalaya.custody.chain import FIRST_PREVIOUS, link
from atalaya.errors import ExternalError, InputError, IntegrityError, NotFoundError
from atalaya.io.tables import SCHEMA_REVISION, kind_of, ledger_entry, tree_head
from atalaya.model.custody import AuditEvent, LedgerEntry, TreeHead
from atalaya.model.instants import isoformat_z
from atalaya.model.json_form import from_json, to_json

BUSY_S = 30.0
"""How long a writer waits for another one before it is refused [s]."""
_CHUNK = 1000
_WRITES = "atalaya_writes"


class DatabaseStore:
    """Satisfies `app.ports.Store` on an SQLAlchemy URL whose tables `migrate` has made.

    Raises:
        InputError: the URL names no database we know.
    """

    __slots__ = ("__weakref__", "_engine")

    def __init__(self, url: str) -> None:
        self._engine = _engine(url)
        weakref.finalize(self, self._engine.dispose)

    @contextmanager
    def transaction(self) -> Iterator["DatabaseTransaction"]:
        """Begin a step; it commits on leaving the block normally.

        Raises:
            ExternalError: the database failed; nothing was changed.
        """
        with _translated("open the database"):
            connection = self._engine.connect()
        try:
            yield DatabaseTransaction(connection)
            with _translated("commit"):
                connection.commit()
        finally:
            with _translated("close the step"):
                connection.close()  # what was not committed is rolled back

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()


class DatabaseTransaction:
    """One step; satisfies `app.ports.Transaction`."""

    __slots__ = ("_connection", "_last", "_recorded")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._last: LedgerEntry | None = None
        self._recorded = False

    def record(self, event: AuditEvent) -> LedgerEntry:
        """Append to the ledger.

        Raises:
            ExternalError: it cannot be written; then nothing happens.
            InputError: the event's body has no canonical JSON.
        """
        self._begin_writing()
        last = self._last or self._newest()
        index, previous = (last.index + 1, last.leaf_hash) if last else (0, FIRST_PREVIOUS)
        entry = link(event, index, previous, salt=secrets.token_hex(16))
        try:
            self._run(insert(ledger_entry).values(asdict(entry)), "append to the ledger")
        except InputError as error:  # the index is taken: this step's view of the ledger is old
            raise ExternalError(f"somebody else wrote since this step began to read: {error}") from error
        self._last, self._recorded = entry, True
        return entry

    def add(self, record: object) -> None:
        """Insert one record of `atalaya.model` under its own identity.

        Raises:
            InputError: the identity is taken, or a record that it names does not exist.
            IntegrityError: no audit entry was written first.
        """
        kind = kind_of(type(record))
        self._require_entry(f"add a {kind.record.__name__}")
        row = kind.row(record) | {"body": _body(record)}
        with self._translated_savepoint(f"add {kind.record.__name__} {row['identity']}"):
            self._connection.execute(insert(kind.table).values(row))

    def replace(self, record: object) -> None:
        """Put a newer state of an existing record in its place.

        Raises:
            NotFoundError: no such identity.
            InputError: a record that it names does not exist.
            IntegrityError: no audit entry was written first.
        """
        kind = kind_of(type(record))
        self._require_entry(f"replace a {kind.record.__name__}")
        row = kind.row(record) | {"body": _body(record)}
        newer = update(kind.table).where(kind.table.c.identity == row["identity"]).values(row)
        with self._translated_savepoint(f"replace {kind.record.__name__} {row['identity']}"):
            changed = self._connection.execute(newer).rowcount
        if not changed:
            raise NotFoundError(f"no {kind.record.__name__} {row['identity']}")

    def get[R](self, kind: type[R], identity: str) -> R:
        """The record of that identity.

        Raises:
            NotFoundError: there is none.
            IntegrityError: what is stored is not such a record any more.
        """
        table = kind_of(kind).table
        found = self._run(select(table.c.body).where(table.c.identity == identity), f"read {identity}")
        body = found.scalar_one_or_none()
        if body is None:
            raise NotFoundError(f"no {kind.__name__} {identity}")
        return _read(kind, body)

    def find[R](self, kind: type[R], **where: str) -> tuple[R, ...]:
        """The records whose key columns have these values, in the order they were added.

        Raises:
            InputError: the kind has no such key column.
            IntegrityError: what is stored is not such a record any more.
        """
        stored = kind_of(kind)
        table, allowed = stored.table, [key.column for key in stored.keys]
        unknown = sorted(set(where) - set(allowed))
        if unknown:
            raise InputError(f"{kind.__name__} is found by {', '.join(allowed)}; not by {', '.join(unknown)}")
        query = select(table.c.body).order_by(table.c.sequence)
        for column, value in where.items():
            query = query.where(table.c[column] == str(value))
        return tuple(_read(kind, body) for (body,) in self._run(query, f"find {kind.__name__}").all())

    def ledger_size(self) -> int:
        """Number of ledger entries."""
        return int(self._run(select(func.count()).select_from(ledger_entry), "count the ledger").scalar_one())

    def entries(self, start: int = 0, stop: int | None = None) -> Iterator[LedgerEntry]:
        """Ledger entries by index, in order; read in pieces, so that memory does not grow with the ledger."""
        column, position = ledger_entry.c.index, start
        while stop is None or position < stop:
            query = select(ledger_entry).where(column >= position).order_by(column).limit(_CHUNK)
            if stop is not None:
                query = query.where(column < stop)
            rows = self._run(query, "read the ledger").mappings().all()
            if not rows:
                return
            for row in rows:
                yield LedgerEntry(**row)
            position = int(rows[-1]["index"]) + 1

    def add_head(self, head: TreeHead) -> None:
        """Keep a signed head; heads are facts about the ledger and need no entry of their own."""
        self._begin_writing()
        row = asdict(head) | {"at_utc": isoformat_z(head.at_utc)}
        self._run(insert(tree_head).values(row), "keep a signed head")

    def heads(self) -> tuple[TreeHead, ...]:
        """All signed heads, oldest first."""
        columns = [column for column in tree_head.c if column.name != "sequence"]
        rows = self._run(select(*columns).order_by(tree_head.c.sequence), "read the signed heads").mappings()
        return tuple(from_json(TreeHead, dict(row)) for row in rows)

    def _newest(self) -> LedgerEntry | None:
        query = select(ledger_entry).order_by(ledger_entry.c.index.desc()).limit(1)
        row = self._run(query, "read the newest ledger entry").mappings().one_or_none()
        return None if row is None else LedgerEntry(**row)

    def _begin_writing(self) -> None:
        connection = self._connection
        if connection.get_execution_options().get(_WRITES):
            return
        connection.execution_options(**{_WRITES: True})  # read by `_begin` where nothing has run yet
        if connection.dialect.name == "postgresql":
            self._run(text("LOCK TABLE ledger_entry IN EXCLUSIVE MODE"), "lock the ledger")

    def _require_entry(self, what: str) -> None:
        if not self._recorded:
            raise IntegrityError(f"cannot {what}: the audit entry comes before the effect")

    def _run(self, statement: Any, doing: str) -> CursorResult[Any]:
        with _translated(doing):
            result: CursorResult[Any] = self._connection.execute(statement)
            return result

    @contextmanager
    def _translated_savepoint(self, doing: str) -> Iterator[None]:
        with _translated(doing), self._connection.begin_nested():
            yield


def migrate(url: str) -> None:
    """Bring the database to this version's tables; safe to run twice and by two at once.

    Raises:
        InputError: the URL names no database we know.
        ExternalError: the database failed.
    """
    from alembic import command  # noqa: PLC0415  # half of this module's import time, and only `init` needs it
    from alembic.config import Config  # noqa: PLC0415

    engine = _engine(url)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    try:
        with _translated("migrate"), engine.connect() as connection:
            connection.execution_options(**{_WRITES: True})
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('atalaya migrate'))"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
    finally:
        engine.dispose()


def require_migrated(url: str) -> None:
    """Refuse a database whose tables are not those of this version.

    Raises:
        InputError: they are not: `atalaya init` brings them there.
        ExternalError: the database failed.
    """
    engine = _engine(url)
    try:
        with _translated("read the schema revision"), engine.connect() as connection:
            known = inspect(connection).has_table("alembic_version")
            found = (
                connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
                if known
                else None
            )
    finally:
        engine.dispose()
    if found != SCHEMA_REVISION:
        raise InputError(
            f"the database is at revision {found}, this version needs {SCHEMA_REVISION}: run atalaya init"
        )


def _engine(url: str) -> Engine:
    address = _address(url)
    if address.get_backend_name() == "sqlite":
        engine = create_engine(address, connect_args={"timeout": BUSY_S})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    options = f"-c lock_timeout={int(BUSY_S * 1000)} -c timezone=UTC"
    return create_engine(
        address, isolation_level="REPEATABLE READ", pool_pre_ping=True, connect_args={"options": options}
    )


def _address(url: str) -> URL:
    try:
        address = make_url(url)
    except sql.ArgumentError as error:
        raise InputError("the database URL is not an SQLAlchemy URL") from error
    backend = address.get_backend_name()
    if backend == "sqlite":
        return address
    if backend in {"postgresql", "postgres"}:
        return address.set(drivername="postgresql+psycopg")
    raise InputError(f"the store runs on sqlite and postgresql, not on {backend}")


def _prepare_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, see `_begin_sqlite`
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _translated(doing: str) -> Iterator[None]:
    """Foreign errors become ours; the driver's own words are kept, never the statement's values."""
    try:
        yield
    except sql.IntegrityError as error:
        raise InputError(f"cannot {doing}: {error.orig}") from error
    except sql.DataError as error:
        raise InputError(f"cannot {doing}: {error.orig}") from error
    except sql.DBAPIError as error:
        raise ExternalError(f"cannot {doing}: {error.orig}") from error
    except sql.SQLAlchemyError as error:
        raise ExternalError(f"cannot {doing}: {error}") from error
    except UnicodeEncodeError as error:
        raise InputError(f"cannot {doing}: a text is not Unicode: {error.reason}") from error


def _body(record: object) -> str:
    try:
        return json.dumps(to_json(record), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except ValueError as error:
        raise InputError(f"{type(record).__name__} cannot be stored: {error}; unknown is null") from error


def _read[R](kind: type[R], body: str) -> R:
    try:
        return from_json(kind, json.loads(body))
    except ValueError as error:
        raise IntegrityError(f"a stored {kind.__name__} is damaged: {error}") from error
