"""The tables of the store: one for each kind of record, and the two of the ledger.

`KINDS` is the one place that says, for each kind, what identifies it and which of its values are columns.
Everything else of a record is its JSON form in `body`. Times are ISO 8601 text with the fixed width of
`isoformat_z`, so that the order of text is the order of time on every database.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, MetaData, Table, Text

from atalaya.errors import InputError
from atalaya.model.authority import Authority, Suspension
from atalaya.model.custody import Derivative
from atalaya.model.dossier import DossierRecord
from atalaya.model.feedback import Outcome, Receipt
from atalaya.model.instants import isoformat_z
from atalaya.model.release import Recipient, Release
from atalaya.model.site import Site
from atalaya.model.sortie import Sortie
from atalaya.model.source import SourceRecord

SCHEMA_REVISION = "0001"
"""The Alembic revision these tables stand at; a contract test holds both together."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One value of a record that is a column of its own.

    Args:
        column: its name, also in `find(kind, column=value)`.
        path: dotted attributes from the record to the value.
        references: table whose identity it names, or None.
        optional: whether the value may be None.
    """

    column: str
    path: str
    references: str | None = None
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How one kind of record is kept.

    Args:
        record: its class. table: its table. identity: the text that identifies one record of the kind.
    """

    record: type
    table: Table
    identity: Callable[[Any], str]
    keys: tuple[Key, ...]

    def row(self, record: object) -> dict[str, str | None]:
        """Identity and key columns of one record; the body is added by whoever writes it."""
        row: dict[str, str | None] = {"identity": self.identity(record)}
        for key in self.keys:
            row[key.column] = _text(attrgetter(key.path)(record))
        return row


def _text(value: Any) -> str | None:
    if isinstance(value, datetime):
        return isoformat_z(value)
    return None if value is None else str(value)


def _key(column: str, path: str = "", references: str | None = None, *, optional: bool = False) -> Key:
    return Key(column=column, path=path or column, references=references, optional=optional)


def _kind(record: type, name: str, identity: Callable[[Any], str], *keys: Key) -> Kind:
    table = Table(
        name,
        metadata,
        Column("sequence", _BIG_INTEGER, primary_key=True, autoincrement=True),
        Column("identity", Text, nullable=False, unique=True),
        *(_column(key) for key in keys),
        Column("body", Text, nullable=False),
    )
    return Kind(record=record, table=table, identity=identity, keys=keys)


def _column(key: Key) -> Column[str]:
    if key.references is None:
        return Column(key.column, Text, nullable=key.optional, index=True)
    target = ForeignKey(f"{key.references}.identity")
    return Column(key.column, Text, target, nullable=key.optional, index=True)


_BIG_INTEGER = BigInteger().with_variant(Integer, "sqlite")

_ALL = (
    _kind(
        Authority, "authority", attrgetter("authority_id"), _key("valid_from_utc"), _key("valid_until_utc")
    ),
    _kind(
        Suspension,
        "suspension",
        lambda it: f"{it.authority_id}@{isoformat_z(it.suspended_utc)}",
        _key("authority_id", references="authority"),
        _key("suspended_utc"),
        _key("resumed_utc", optional=True),
    ),
    _kind(
        Sortie,
        "sortie",
        attrgetter("sortie_id"),
        _key("authority_id", references="authority"),
        _key("status"),
        _key("opened_utc"),
    ),
    _kind(
        SourceRecord,
        "source_record",
        lambda it: f"{it.source_id}@{it.sortie_id}",
        _key("source_id"),
        _key("sortie_id", references="sortie"),
        _key("ingested_utc"),
    ),
    _kind(Site, "site", attrgetter("site_id"), _key("status"), _key("proposed_utc")),
    _kind(
        Derivative,
        "derivative",
        lambda it: f"{it.content}:{it.transformation}",
        _key("content"),
        _key("made_utc"),
    ),
    _kind(
        DossierRecord,
        "dossier",
        attrgetter("dossier_id"),
        _key("site_id", references="site"),
        _key("built_utc"),
    ),
    _kind(Recipient, "recipient", attrgetter("recipient_id"), _key("nation")),
    _kind(
        Release,
        "release",
        attrgetter("proposal.release_id"),
        _key("site_id", "proposal.site_id", "site"),
        _key("dossier_id", "proposal.dossier_id", "dossier"),
        _key("recipient_id", "proposal.recipient_id", "recipient"),
        _key("status"),
        _key("proposed_utc", "proposal.proposed_utc"),
    ),
    _kind(
        Receipt,
        "receipt",
        attrgetter("receipt_id"),
        _key("release_id", references="release"),
        _key("recorded_utc"),
    ),
    _kind(
        Outcome,
        "outcome",
        attrgetter("outcome_id"),
        _key("release_id", references="release"),
        _key("site_id", references="site"),
        _key("recorded_utc"),
    ),
)

KINDS: dict[type, Kind] = {kind.record: kind for kind in _ALL}
"""Every kind of record the store keeps."""

ledger_entry = Table(
    "ledger_entry",
    metadata,
    Column("index", _BIG_INTEGER, primary_key=True, autoincrement=False),
    Column("leaf", Text, nullable=False),
    Column("previous_leaf_hash", Text, nullable=False),
    Column("leaf_hash", Text, nullable=False, unique=True),
)
"""One row for each entry, index from 0 without gaps; rows are never changed (triggers of the migration)."""

tree_head = Table(
    "tree_head",
    metadata,
    Column("sequence", _BIG_INTEGER, primary_key=True, autoincrement=True),
    Column("origin", Text, nullable=False),
    Column("size", _BIG_INTEGER, nullable=False),
    Column("root_hash", Text, nullable=False),
    Column("at_utc", Text, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("signature", Text, nullable=False),
)
"""Signed heads, oldest first; rows are never changed."""


def kind_of(record: type) -> Kind:
    """How this kind of record is kept.

    Raises:
        InputError: the store keeps no such kind.
    """
    found = KINDS.get(record)
    if found is None:
        names = ", ".join(kind.__name__ for kind in KINDS)
        raise InputError(f"the store keeps {names}; not {record.__name__}")
    return found
