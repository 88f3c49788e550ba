"""The one settings object: built at an entry point, frozen, passed down; nothing is read at import."""

import os
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class Settings(BaseSettings):
    """Settings by field, or by environment as `ATALAYA_<FIELD>`; no default weakens security.

    Attributes:
        workspace: the workspace folder.
        database_url: SQLAlchemy URL; empty means SQLite inside the workspace.
        slab_s: length of a slab of observations [s]; the unit of work and of stopping.
        export_gsd_m: finest ground resolution an exported picture may have [m/px].
        host: address the workbench listens on.
        geoid_folders: where the system may keep geoid grids (Debian's proj-data); read only, and only the
            grids of a known name. In the environment as PATH is: `/a:/b`, empty for none.
    """

    model_config = SettingsConfigDict(env_prefix="ATALAYA_", frozen=True, extra="ignore")

    workspace: Path = Path()
    database_url: str = ""
    slab_s: float = Field(default=300.0, gt=0)
    export_gsd_m: float = Field(default=0.15, ge=0.15)
    host: str = "127.0.0.1"
    geoid_folders: Annotated[tuple[Path, ...], NoDecode] = (
        Path("/usr/share/proj"),
        Path("/usr/local/share/proj"),
    )

    @field_validator("geoid_folders", mode="before")
    @classmethod
    def _folders(cls, value: object) -> object:
        """A list of paths as the environment writes it."""
        if isinstance(value, str):
            return tuple(Path(part) for part in value.split(os.pathsep) if part)
        return value
