"""Geoid grids and point heights for the workspace: added on the record, found, and the best one by place."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from atalaya.app.context import Context, commit
from atalaya.app.permission import require_permission
from atalaya.errors import InputError
from atalaya.geo.geoid import Geoid, GeoidGrid, GeoidStack, best_first
from atalaya.governance.roles import Action
from atalaya.io.geodata import (
    IN_WORKSPACE,
    geodata_of,
    keep_geodata,
    kind_and_detail,
    path_of,
    system_geoids,
)
from atalaya.io.geodata_geoid import read_geoid
from atalaya.io.known_hash import known_hash
from atalaya.io.original import hash_of, readable_name
from atalaya.model.custody import Json
from atalaya.model.geodata import Geodata, GeodataKind
from atalaya.model.json_form import to_json

TERRAIN_FOLDER = "terrain"
GEODATA_FOLDER = "geodata"
GEOID_FILE = "geoid.tif"
"""The grid beside the terrain of workspaces of older releases."""
_WHOLE_BYTES = 32_000_000
"""A grid file larger than this is read only about the ground that is asked for."""
_MARGIN_DEG = 3.0

type Bounds = tuple[float, float, float, float]
"""West, south, east, north [deg]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenGeoid:
    """A geoid with what it was made of.

    Args:
        geoid: None where there is no grid at all.
        facts: name, hash and origin of each grid, in the order they are asked.
    """

    geoid: Geoid | None
    facts: tuple[dict[str, Json], ...]


def add_geodata(context: Context, source: Path) -> Geodata:
    """Keep a geoid grid or a table of point heights in the workspace, by its hash, on the record.

    Adding the same bytes again changes nothing.

    Raises:
        NotPermittedError: the role may not; on the record.
        NotFoundError: no such file. InputError: neither of the two.
        IntegrityError: it changed while it was copied. ExternalError: it cannot be read or written.
    """
    name = readable_name(source)
    require_permission(context, Action.GEODATA_ADD, name)
    kind, detail = kind_and_detail(source)
    content, length = hash_of(source)
    folder = context.settings.workspace / GEODATA_FOLDER
    known = [it for it in geodata_of(folder) if it.sha256 == content]
    if known:
        return known[0]
    geodata = Geodata(
        kind=kind,
        name=name,
        sha256=content,
        length=length,
        detail=detail,
        origin=IN_WORKSPACE,
        added_utc=context.now(),
    )
    commit(context, Action.GEODATA_ADD, name, to_json(geodata), lambda _: None)
    keep_geodata(folder, source, geodata)
    return geodata


def list_geodata(context: Context) -> tuple[Geodata, ...]:
    """What the workspace was given, what an older release kept beside the terrain, and the system's grids.

    Raises:
        InputError: a record that is none. ExternalError: something that is there cannot be read.
    """
    folder = context.settings.workspace / GEODATA_FOLDER
    given = geodata_of(folder)
    system = system_geoids(context.settings.geoid_folders, context.settings.workspace)
    found = (*given, *_of_older_release(context), *system)
    once: dict[str, Geodata] = {}
    for it in found:
        once.setdefault(it.sha256, it)
    return tuple(once.values())


def points_of(context: Context) -> Path | None:
    """The newest table of point heights that the workspace was given, None where it has none.

    Raises:
        InputError: a record that is none. ExternalError: it cannot be read.
    """
    folder = context.settings.workspace / GEODATA_FOLDER
    tables = [it for it in geodata_of(folder) if it.kind is GeodataKind.POINT_HEIGHTS]
    return path_of(folder, tables[-1]) if tables else None


def geoid_of(context: Context, about_deg: Bounds | None = None) -> ChosenGeoid:
    """All geoid grids there are, the best first by place: regional before world, then the finer.

    Args:
        context: the opened workspace.
        about_deg: the ground in question; grids too large to be read whole are read 3 degrees around it.

    Raises:
        InputError: a grid that is none. ExternalError: it cannot be read.
    """
    found = _geoids(context)
    read = [(it, grid) for it in found if (grid := _grid(context, it, about_deg)) is not None]
    if not read:
        return ChosenGeoid(geoid=None, facts=())
    ordered = best_first(grid for _, grid in read)
    by_grid = {id(grid): it for it, grid in read}
    facts = tuple(_facts(grid.name, by_grid[id(grid)]) for grid in ordered)
    return ChosenGeoid(geoid=ordered[0] if len(ordered) == 1 else GeoidStack(ordered), facts=facts)


def geoid_for(context: Context, wanted: str, bounds_deg: Bounds) -> ChosenGeoid:
    """The one grid that brings a whole source to the ellipsoid.

    Args:
        context: the opened workspace.
        wanted: part of the name of a grid (`egm96`, `ggm10`) or its hash; empty takes the best that reaches
            all of it.
        bounds_deg: of the source.

    Raises:
        InputError: no grid of that name, or none that reaches all of it; the message says what to do.
        ExternalError: a grid cannot be read.
    """
    found = _geoids(context)
    named = [it for it in found if it.sha256 == wanted or _plain(wanted) in _plain(it.name)]
    read = [(it, grid) for it in named if (grid := _grid(context, it, bounds_deg)) is not None]
    west_deg, south_deg, east_deg, north_deg = bounds_deg
    corners = ([west_deg, east_deg, west_deg, east_deg], [south_deg, south_deg, north_deg, north_deg])
    for grid in best_first(grid for _, grid in read if grid.reaches(*corners).all()):
        file = next(it for it, other in read if other is grid)
        return ChosenGeoid(geoid=grid, facts=(_facts(grid.name, file),))
    have = ", ".join(it.name for it in found) or "none"
    asked = f"a geoid grid called {wanted!r}" if wanted else "a geoid grid"
    raise InputError(
        f"heights above mean sea level need {asked} that reaches lon {west_deg:.4f} to {east_deg:.4f}, "
        f"lat {south_deg:.4f} to {north_deg:.4f} deg; there is {have}: add one (atalaya geodata add FILE, "
        "for instance mx_inegi_ggm10.tif or us_nga_egm96_15.tif), or install Debian's proj-data"
    )


def _geoids(context: Context) -> tuple[Geodata, ...]:
    return tuple(it for it in list_geodata(context) if it.kind is GeodataKind.GEOID)


def _grid(context: Context, geodata: Geodata, about_deg: Bounds | None) -> GeoidGrid | None:
    """The grid of a file; None where a large one has nothing there."""
    path = _path(context, geodata)
    if about_deg is None or geodata.length <= _WHOLE_BYTES:
        return _named(read_geoid(path), geodata)
    west_deg, south_deg, east_deg, north_deg = about_deg
    wide = (
        west_deg - _MARGIN_DEG,
        max(south_deg - _MARGIN_DEG, -90.0),
        east_deg + _MARGIN_DEG,
        min(north_deg + _MARGIN_DEG, 90.0),
    )
    try:
        return _named(read_geoid(path, wide), geodata)
    except InputError as error:
        if "holds nothing" in str(error):
            return None
        raise


def _named(grid: GeoidGrid, geodata: Geodata) -> GeoidGrid:
    """Under the name its file came with: in the workspace it is kept by its hash."""
    return replace(grid, name=Path(geodata.name).stem)


def _path(context: Context, geodata: Geodata) -> Path:
    return path_of(context.settings.workspace / GEODATA_FOLDER, geodata)


def _of_older_release(context: Context) -> Sequence[Geodata]:
    path = context.settings.workspace / TERRAIN_FOLDER / GEOID_FILE
    if not path.exists():
        return ()
    old = Geodata(
        kind=GeodataKind.GEOID,
        name=GEOID_FILE,
        sha256=known_hash(path, context.settings.workspace),
        length=path.stat().st_size,
        detail="kept by an older release",
        origin=str(path.parent),
        added_utc=None,
    )
    return (old,)


def _facts(name: str, geodata: Geodata) -> dict[str, Json]:
    return {"name": name, "sha256": geodata.sha256, "origin": geodata.origin}


def _plain(name: str) -> str:
    """Letters and digits only: `EGM-96` finds `us_nga_egm96_15.tif`; EGM2008's files are called egm08."""
    plain = "".join(letter for letter in name.lower() if letter.isalnum())
    return plain.replace("egm2008", "egm08")
