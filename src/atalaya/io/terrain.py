"""The elevation models a workspace keeps: a file of heights and a record each, the best first.

Layout: `terrain/T-….tif` and `T-….json`; `terrain.tif` without a record is one that this program made
itself or that an older release imported. The record is written last: a file without one is not there.
"""

import json
import os
from contextlib import suppress
from pathlib import Path

from atalaya.errors import ExternalError, InputError, IntegrityError, NotFoundError
from atalaya.geo.geoid import VerticalDatum
from atalaya.geo.terrain import Terrain, TerrainMosaic
from atalaya.io.durable_file import make_durable_folder, on_disk, sync_folder, write_whole
from atalaya.io.geodata_geoid import read_geoid
from atalaya.io.known_hash import known_hash
from atalaya.io.terrain_raster import MAXIMUM_NODES, Bounds, nodes_of, opened
from atalaya.io.terrain_seams import without_gaps
from atalaya.io.terrain_source import HIGHEST_M, LOWEST_M
from atalaya.io.terrain_tiles import (
    CONSTANT_FILE,
    DATUM_TAG,
    TERRAIN_FILE,
    load_constant,
    load_tile,
    read_terrain,
    save_terrain,
)
from atalaya.model.json_form import from_json, to_json
from atalaya.model.terrain import TerrainSource

__all__ = [
    "CONSTANT_FILE",
    "HIGHEST_M",
    "LOWEST_M",
    "TERRAIN_FILE",
    "Bounds",
    "keep_source",
    "load_constant",
    "load_sources",
    "load_terrain",
    "read_geoid",
    "read_terrain",
    "remove_source",
    "require_unchanged",
    "revision_of",
    "save_terrain",
    "source_called",
    "sources_of",
    "sweep_parts",
    "tile_of",
]

UNKNOWN_LE90_M = 9.0
"""What is taken of a model of unknown making: what SRTM states; docs/do/terrain.md."""
UNKNOWN_BASIS = "nobody said it: 9 m is taken, as SRTM states"
MADE_HERE = "terrain"
"""Id of the one terrain that has no record."""
_MOST_NODES = 2 * MAXIMUM_NODES


def sources_of(folder: Path) -> tuple[TerrainSource, ...]:
    """What the workspace keeps, the best first: by the rank that was given, then by error, then by step.

    Raises:
        InputError: a record that is none, or a `terrain.tif` that does not say its datum.
        ExternalError: it cannot be read.
    """
    found = [_record(path) for path in sorted(folder.glob("T-*.json"))]
    if (folder / TERRAIN_FILE).exists():
        found.append(_without_record(folder))
    return tuple(sorted(found, key=_worth))


def tile_of(folder: Path, source: TerrainSource) -> Path:
    """Where its heights are."""
    return folder / (TERRAIN_FILE if source.terrain_id == MADE_HERE else f"{source.terrain_id}.tif")


def require_unchanged(folder: Path, source: TerrainSource) -> None:
    """Refuse a file of heights that is not the one that was recorded.

    Cheap where length, time and inode are those of the last look (`known_hash`).

    Raises:
        IntegrityError: it was changed. NotFoundError: it is gone. ExternalError: it cannot be read.
    """
    found = known_hash(tile_of(folder, source), folder.parent)
    if found != source.tile_sha256:
        raise IntegrityError(
            f"terrain {source.terrain_id} was changed after its import: {source.tile_sha256} became {found}"
        )


def load_sources(folder: Path, sources: tuple[TerrainSource, ...]) -> Terrain:
    """The terrain of these sources, the first the best.

    Raises:
        InputError: none, a file that is no terrain, or more nodes than fit.
        IntegrityError: a file was changed. NotFoundError: one is gone. ExternalError: it cannot be read.
    """
    nodes = sum(source.rows * source.cols for source in sources)
    if not sources or nodes > _MOST_NODES:
        raise InputError(
            f"{len(sources)} terrains of {nodes} nodes together; at most {_MOST_NODES} are used at once: "
            "take some away (atalaya terrain remove ID)"
        )
    for source in sources:
        require_unchanged(folder, source)
    tiles = without_gaps([load_tile(tile_of(folder, source)) for source in sources])
    return tiles[0] if len(tiles) == 1 else TerrainMosaic(tiles=tiles)


def load_terrain(folder: Path) -> Terrain | None:
    """All that the workspace keeps, or its declared height; None where it has neither.

    Raises:
        InputError: what is there is not a terrain of this program. IntegrityError: a file was changed.
        ExternalError: it cannot be read to its end.
    """
    sources = sources_of(folder)
    return load_sources(folder, sources) if sources else load_constant(folder)


def revision_of(folder: Path) -> str:
    """Another word whenever a file of the terrain was added, changed or removed; the folder need not exist.

    Raises:
        ExternalError: it cannot be read.
    """
    times_ns = []
    for path in (folder, *folder.glob("*")):
        with on_disk(f"look at {folder}"), suppress(FileNotFoundError):  # taken away meanwhile
            times_ns.append(path.stat().st_mtime_ns)
    return f"{len(times_ns):x}-{max(times_ns, default=0):x}"


def sweep_parts(folder: Path, before_s: float) -> None:
    """Take away what an import that was killed left half written.

    Args:
        folder: of the terrain; it need not exist.
        before_s: parts last written before this are nobody's [s since 1970].

    Raises:
        ExternalError: they cannot be removed.
    """
    with on_disk(f"tidy {folder}"):
        for part in folder.glob(".*.part"):
            if part.stat().st_mtime < before_s:
                part.unlink(missing_ok=True)


def keep_source(folder: Path, source: TerrainSource, part: Path) -> None:
    """Put a written file of heights in its place, and its record beside it.

    Raises:
        ExternalError: disk full or unwritable; then it is not there.
    """
    with on_disk(f"keep the terrain in {folder}"):
        make_durable_folder(folder)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(tile_of(folder, source))
        sync_folder(folder)
    form = json.dumps(to_json(source), ensure_ascii=False, indent=1)
    write_whole(folder / f"{source.terrain_id}.json", form.encode())


def remove_source(folder: Path, source: TerrainSource) -> None:
    """Take a terrain off the shelf: first its record, then its heights.

    Raises:
        ExternalError: it cannot be removed.
    """
    with on_disk(f"remove terrain {source.terrain_id}"):
        (folder / f"{source.terrain_id}.json").unlink(missing_ok=True)
        tile_of(folder, source).unlink(missing_ok=True)
        sync_folder(folder)


def source_called(folder: Path, terrain_id: str) -> TerrainSource:
    """One of `sources_of` by its id.

    Raises:
        NotFoundError: no such terrain. InputError, ExternalError: as `sources_of`.
    """
    for source in sources_of(folder):
        if source.terrain_id == terrain_id:
            return source
    raise NotFoundError(f"no terrain {terrain_id} in this workspace (atalaya terrain list)")


def _worth(source: TerrainSource) -> tuple[bool, int, float, float, float, str]:
    added = 0.0 if source.added_utc is None else -source.added_utc.timestamp()
    rank = (source.quality is None, source.quality or 0)
    return (*rank, round(source.sigma_m, 3), round(source.step_m, 2), added, source.terrain_id)


def _record(path: Path) -> TerrainSource:
    try:
        form = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ExternalError(f"{path.name} cannot be read: {error}") from error
    except ValueError as error:
        raise InputError(f"{path.name} is not the record of a terrain: {error}") from error
    return from_json(TerrainSource, form)


def _without_record(folder: Path) -> TerrainSource:
    """What can be said of a `terrain.tif` by itself."""
    path = folder / TERRAIN_FILE
    with opened(path) as raster:
        if raster.tags().get(DATUM_TAG) != VerticalDatum.HAE.value:
            raise InputError(f"{path.name} does not say that its heights are above the ellipsoid")
        tags, place = raster.tags(), nodes_of(raster.transform)
        rows, cols = raster.height, raster.width
    east_deg = place["west_deg"] + place["step_lon_deg"] * (cols - 1)
    south_deg = place["north_deg"] - place["step_lat_deg"] * (rows - 1)
    geoid = tags.get("ATALAYA_GEOID", "none")
    return TerrainSource(
        terrain_id=MADE_HERE,
        names=(tags.get("ATALAYA_SOURCE", TERRAIN_FILE),),
        sha256=(),
        tile_sha256=known_hash(path, folder.parent),
        product="unknown",
        vertical_datum="unknown" if geoid == "none" else "msl",
        geoid=None if geoid == "none" else geoid,
        geoid_sha256=None,
        le90_m=UNKNOWN_LE90_M,
        le90_basis=UNKNOWN_BASIS,
        canopy_bias_m=0.0,
        canopy_sigma_m=0.0,
        quality=None,
        bounds_deg=(place["west_deg"], south_deg, east_deg, place["north_deg"]),
        rows=rows,
        cols=cols,
        step_m=place["step_lat_deg"] * 111_320.0,
        void_share=None,
        lowest_hae_m=None,
        highest_hae_m=None,
        added_utc=None,
    )
