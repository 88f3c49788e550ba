"""`atalaya geodata add|list`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from atalaya.cli.output import AsJson, emit, table
from atalaya.cli.session import open_context

nouns = typer.Typer(no_args_is_help=True, help="Geoid grids and heights of known points.")


def register(app: typer.Typer) -> None:
    """Add the noun to the command line."""
    app.add_typer(nouns, name="geodata")


@nouns.callback()
def _geodata() -> None:
    """Geoid grids and heights of known points."""


@nouns.command("add")
def add_command(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Geoid grid (.tif, .gtx) or point heights (.csv, .csv.gz).")],
    as_json: AsJson = False,
) -> None:
    """Keep a geoid grid or a table of point heights in the workspace."""
    from atalaya.app.geodata import add_geodata
    from atalaya.model.json_form import to_json

    kept = add_geodata(open_context(context), file)
    text = f"{kept.kind.value} {kept.name}: {kept.detail}\nsha256 {kept.sha256}"
    emit(to_json(kept), as_json=as_json, text=text)


@nouns.command("list")
def list_command(context: typer.Context, as_json: AsJson = False) -> None:
    """List the geoid grids and point heights there are, the system's among them."""
    from atalaya.app.geodata import list_geodata
    from atalaya.model.json_form import to_json

    found = [to_json(it) for it in list_geodata(open_context(context))]
    columns = ("kind", "name", "detail", "origin", "sha256")
    rows = [it | {"sha256": str(it["sha256"])[:12]} for it in found]
    text = table(rows, columns) if rows else "none: add one (atalaya geodata add FILE)"
    emit(found, as_json=as_json, text=text)
