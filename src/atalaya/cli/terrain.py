"""`atalaya terrain import|list|remove|doctor`."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from atalaya.cli.output import AsJson, emit, table
from atalaya.cli.progress import bars
from atalaya.cli.session import open_context
from atalaya.cli.terrain_doctor import at_import, doctor_command

if TYPE_CHECKING:
    from atalaya.model.terrain import TerrainSource

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
    files: Annotated[list[Path], typer.Argument(help="Elevation models: GeoTIFF, COG, .hgt, .hgt.zip.")],
    datum: Annotated[str, typer.Option(help="hae or msl: what their heights are above; has to be said.")],
    geoid: Annotated[
        str, typer.Option(help="For msl: a grid file, or a name (egm96, ggm10); else the best by place.")
    ] = "",
    product: Annotated[
        str, typer.Option(help="What made them, for their LE90 (srtm, copernicus-30, …).")
    ] = "",
    le90: Annotated[float | None, typer.Option(help="LE90 (m), in place of the product's.")] = None,
    canopy_bias_m: Annotated[
        float, typer.Option(help="How much higher than the ground they are under trees (m).")
    ] = 0.0,
    canopy_sigma_m: Annotated[
        float | None, typer.Option(help="One sigma of that (m); half of it where not said.")
    ] = None,
    quality: Annotated[int | None, typer.Option(help="Rank, 0 is the best; else by error and step.")] = None,
    bounds: Annotated[str, typer.Option(help="Only this area: west,south,east,north (deg).")] = "",
    as_json: AsJson = False,
) -> None:
    """Add elevation models to the workspace's ground; at each place the best one answers."""
    from atalaya.app.geodata import points_of
    from atalaya.app.terrain import TerrainClaim, import_terrain
    from atalaya.app.terrain_doctor import examine_terrain
    from atalaya.errors import InputError
    from atalaya.geo.geoid import VerticalDatum
    from atalaya.model.json_form import to_json

    if datum not in list(VerticalDatum):
        raise InputError(f"datum is one of {', '.join(VerticalDatum)}; got {datum!r}")
    claim = TerrainClaim(
        datum=VerticalDatum(datum),
        geoid=Path(geoid) if Path(geoid).suffix else geoid or None,
        product=product or None,
        le90_m=le90,
        canopy_bias_m=canopy_bias_m,
        canopy_sigma_m=canopy_sigma_m,
        quality=quality,
        bounds_deg=_bounds(bounds),
    )
    opened = open_context(context)
    with bars(shown=not as_json) as tell:
        sources = import_terrain(opened, files, claim, tell)
    text = "\n".join(_line(source) for source in sources)
    if points_of(opened) is not None and not as_json:
        with suppress(InputError):  # no geoid for the points: then nothing is said
            found = examine_terrain(opened, only=[source.terrain_id for source in sources])
            text = "\n".join(line for line in (text, at_import(found)) if line)
    emit([to_json(source) for source in sources], as_json=as_json, text=text)


@nouns.command("list")
def list_command(context: typer.Context, as_json: AsJson = False) -> None:
    """List what the workspace's ground is made of, the best first."""
    from atalaya.app.terrain import list_terrain
    from atalaya.model.json_form import to_json

    sources = list_terrain(open_context(context))
    rows = [
        {
            "id": source.terrain_id,
            "files": source.names,
            "datum": source.vertical_datum + (f" ({source.geoid})" if source.geoid else ""),
            "LE90 m": source.le90_m,
            "canopy m": source.canopy_bias_m,
            "step m": round(source.step_m, 1),
            "area": _area(source),
        }
        for source in sources
    ]
    text = table(rows, tuple(rows[0])) if rows else "none: import one (atalaya terrain import FILE)"
    emit([to_json(source) for source in sources], as_json=as_json, text=text)


@nouns.command("remove")
def remove_command(
    context: typer.Context,
    terrain: Annotated[str, typer.Argument(help="Its id, as atalaya terrain list shows it.")],
    as_json: AsJson = False,
) -> None:
    """Take an elevation model away from the workspace's ground."""
    from atalaya.app.terrain import remove_terrain
    from atalaya.model.json_form import to_json

    source = remove_terrain(open_context(context), terrain)
    emit(to_json(source), as_json=as_json, text=f"removed {source.terrain_id}, {', '.join(source.names)}")


nouns.command("doctor")(doctor_command)


def _bounds(text: str) -> tuple[float, float, float, float] | None:
    from atalaya.errors import InputError

    if not text:
        return None
    try:
        west, south, east, north = map(float, text.split(","))
    except ValueError as error:
        raise InputError(f"bounds are west,south,east,north in degrees; got {text!r}") from error
    if not (-540.0 <= west < east <= 540.0 and -90.0 <= south < north <= 90.0):
        raise InputError(f"bounds are west,south,east,north in degrees; got {text!r}")
    return west, south, east, north


def _line(source: TerrainSource) -> str:
    size = f"{source.cols} x {source.rows} nodes of {source.step_m:.3g} m"
    heights = f"{source.lowest_hae_m:.1f} to {source.highest_hae_m:.1f} m above the ellipsoid"
    lines = [
        f"terrain {source.terrain_id}: {size}, {_area(source)}",
        f"  {heights}, without a height: {100.0 * (source.void_share or 0.0):.1f} %",
        f"  LE90 {source.le90_m:g} m ({source.le90_basis})",
    ]
    if source.stated_datum:
        lines.append(f"  the file names {source.stated_datum}; {source.vertical_datum} is what you said")
    if source.geoid:
        lines.append(f"  from heights above mean sea level by {source.geoid}")
    if source.canopy_bias_m:
        lines.append(
            f"  {source.canopy_bias_m:g} m too high under trees, +-{source.canopy_sigma_m:g} m: in the "
            "error, not taken from the heights"
        )
    return "\n".join(lines)


def _area(source: TerrainSource) -> str:
    west_deg, south_deg, east_deg, north_deg = source.bounds_deg
    return f"lon {west_deg:.5f} to {east_deg:.5f}, lat {south_deg:.5f} to {north_deg:.5f}"
