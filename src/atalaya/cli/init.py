"""`atalaya init DIR`: make a workspace."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from atalaya.cli.output import AsJson, emit


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("init")(init)


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")],
    as_json: AsJson = False,
) -> None:
    """Make a workspace: database, vault, lake and keys; run again after an update of the program."""
    from atalaya.app.workspace import init_workspace, read_settings

    made = init_workspace(folder, read_settings(folder))
    emit({"workspace": str(made)}, as_json=as_json, text=f"workspace ready: {made}")
