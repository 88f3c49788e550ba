"""A workspace: one folder with its vault, lake, keys and marker, and one database."""

import logging
import secrets
import tomllib
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from atalaya.app.context import Context
from atalaya.app.ports import Clock, Mint
from atalaya.errors import InputError
from atalaya.io.database import DatabaseStore, migrate, require_migrated
from atalaya.io.durable_file import on_disk, write_whole
from atalaya.io.keys import KeyRing
from atalaya.io.lake import ParquetLake
from atalaya.io.settings import Settings
from atalaya.io.vault import FolderVault
from atalaya.model.actor import Actor, Role
from atalaya.model.custody import AuditEvent, Json
from atalaya.model.identifiers import ActorId

MARKER = "atalaya.toml"
DATABASE = "decisions.sqlite"
FORMAT = 1
"""Version of the folder layout, in the marker."""
SYSTEM = Actor(ActorId("system"), Role.SYSTEM)

_log = logging.getLogger(__name__)


def utc_now() -> datetime:
    """The clock of the machine, aware."""
    return datetime.now(UTC)


def random_identity(prefix: str) -> str:
    """`AUT` gives `AUT-` and 12 random hex digits."""
    return f"{prefix}-{secrets.token_hex(6)}"


def init_workspace(folder: Path, settings: Settings, *, actor: Actor = SYSTEM, now: Clock = utc_now) -> Path:
    """Make a workspace, or bring an existing one to this version; safe to run twice.

    Every step can be done again, so a run that was cut short is finished by the next one. The first ledger
    entry of a new database is `workspace.init`.

    Returns:
        The folder.

    Raises:
        InputError: the folder holds something else, or belongs to another format or sort of database.
        ExternalError: the disk or the database failed.
    """
    marker = folder / MARKER
    with on_disk(f"make a workspace in {folder}"):
        if marker.exists():
            _check_marker(marker, settings)
        else:
            _make_marker(folder, marker, settings)
        for name, mode in (("vault", 0o755), ("lake", 0o755), ("keys", 0o700)):
            (folder / name).mkdir(mode=mode, exist_ok=True)
    migrate(_database_url(folder, settings))
    with closing(DatabaseStore(_database_url(folder, settings))) as store, store.transaction() as step:
        if step.ledger_size() == 0:
            body: dict[str, Json] = {"workspace_format": FORMAT, "database": _sort_of_database(settings)}
            step.record(
                AuditEvent(at_utc=now(), actor=actor, action="workspace.init", subject=folder.name, body=body)
            )
    _log.info("workspace ready: %s", folder)
    return folder


def open_workspace(
    folder: Path,
    actor: Actor,
    *,
    settings: Settings | None = None,
    now: Clock = utc_now,
    mint: Mint = random_identity,
) -> Context:
    """Open a workspace for one actor.

    Args:
        folder: the workspace.
        actor: account and role everything is recorded under.
        settings: read from the environment where not given.
        now: the clock.
        mint: makes new identities.

    Raises:
        InputError: no workspace there, one of another version, or settings that are not valid.
        ExternalError: the disk or the database failed.
    """
    settings = settings or read_settings(folder)
    marker = folder / MARKER
    if not marker.is_file():
        raise InputError(f"no workspace in {folder}: make one with atalaya init {folder}")
    _check_marker(marker, settings)
    url = _database_url(folder, settings)
    require_migrated(url)
    return Context(
        store=DatabaseStore(url),
        vault=FolderVault(folder / "vault"),
        lake=ParquetLake(folder / "lake"),
        signer=KeyRing(folder / "keys").signer(),
        settings=settings,
        now=now,
        mint=mint,
        actor=actor,
    )


def read_settings(folder: Path, reader: Callable[..., Settings] = Settings) -> Settings:
    """The settings of this folder, the rest from the environment.

    Raises:
        InputError: a setting is not valid.
    """
    try:
        return reader(workspace=folder)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, at['loc']))}: {at['msg']}" for at in error.errors())
        raise InputError(f"settings: {wrong}") from error


def _make_marker(folder: Path, marker: Path, settings: Settings) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} is not empty and not a workspace; give a new folder")
    folder.mkdir(parents=True, exist_ok=True)
    about = (
        "# A workspace of Atalaya, made by `atalaya init`. Do not edit.\n"
        f'format = {FORMAT}\ndatabase = "{_sort_of_database(settings)}"\n'
    )
    write_whole(marker, about.encode())


def _check_marker(marker: Path, settings: Settings) -> None:
    try:
        with on_disk(f"read {marker}"):
            found = tomllib.loads(marker.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{marker} is not a workspace marker: {error}") from error
    if found.get("format") != FORMAT:
        raise InputError(f"{marker}: this version opens format {FORMAT}, got {found.get('format')!r}")
    if found.get("database") != _sort_of_database(settings):
        raise InputError(
            f"{marker}: decisions are kept in a database of the sort {found.get('database')!r}; "
            f"set ATALAYA_DATABASE_URL to where they are (empty for the one inside the workspace)"
        )


def _sort_of_database(settings: Settings) -> str:
    return "server" if settings.database_url else "inside"


def _database_url(folder: Path, settings: Settings) -> str:
    return settings.database_url or f"sqlite:///{(folder / DATABASE).resolve()}"
