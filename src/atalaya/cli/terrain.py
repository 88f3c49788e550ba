"""`atalaya terrain import FILE`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from atalaya.cli.output import AsJson, emit
from atalaya.cli.session import open_context

nouns = typer.Typer(no_args_is_help=True, help="The ground that frames are brought to.")


def register(app: typer.Typer) -> None:
    """Add the noun to the command line."""
    app.add_typer(nouns, name="terrain")


@nouns.callback()
def _terrain() -> None:
    """The ground that frames are brought to."""


@nouns.command("import")
def import_command(
    context: typer.Context,
    source: Annotated[Path, typer.Argument(help="GeoTIFF elevation model.")],
    datum: Annotated[str, typer.Option(help="hae or msl: what its heights are above.")],
    geoid: Annotated[Path | None, typer.Option(help="Geoid grid (GeoTIFF), needed for msl.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make an elevation model the workspace's terrain."""
    from atalaya.app.terrain import add_terrain
    from atalaya.errors import InputError
    from atalaya.geo.geoid import VerticalDatum

    if datum not in list(VerticalDatum):
        raise InputError(f"datum is one of {', '.join(VerticalDatum)}; got {datum!r}")
    terrain = add_terrain(open_context(context), source, VerticalDatum(datum), geoid)
    west_deg, south_deg, east_deg, north_deg = terrain.bounds_deg
    rows, cols = terrain.hae_m.shape
    form = {
        "bounds_deg": [west_deg, south_deg, east_deg, north_deg],
        "rows": rows,
        "cols": cols,
        "lowest_hae_m": terrain.lowest_m,
        "highest_hae_m": terrain.highest_m,
    }
    text = (
        f"terrain {cols} x {rows}, lon {west_deg:.5f} to {east_deg:.5f}, "
        f"lat {south_deg:.5f} to {north_deg:.5f}, "
        f"{terrain.lowest_m:.1f} to {terrain.highest_m:.1f} m above the ellipsoid"
    )
    emit(form, as_json=as_json, text=text)
