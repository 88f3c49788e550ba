"""`atalaya plan next`: what then happened is carried back to the next look."""

from __future__ import annotations

from typing import Annotated

import typer

from atalaya.cli.output import AsJson, emit, table
from atalaya.cli.session import open_context

nouns = typer.Typer(no_args_is_help=True, help="Where to look next.")


def register(app: typer.Typer) -> None:
    """Add the noun to the command line."""
    app.add_typer(nouns, name="plan")


@nouns.command("next")
def next_command(
    context: typer.Context,
    authority: str,
    cell_m: Annotated[float, typer.Option(help="Size of a cell on the ground (m).")] = 500.0,
    limit: Annotated[int, typer.Option(help="How many cells to name.")] = 20,
    as_json: AsJson = False,
) -> None:
    """The cells of an authority's area by how much a look there would tell."""
    from atalaya.app.plan_next import plan_next
    from atalaya.model.identifiers import AuthorityId

    rows = plan_next(open_context(context), AuthorityId(authority), cell_m=cell_m, limit=limit)
    columns = [
        "rank",
        "lon_deg",
        "lat_deg",
        "score",
        "reasons",
        "azimuth_sectors",
        "last_look",
        "sites",
    ]
    emit(rows, as_json=as_json, text=table(rows, columns))
