"""Geoid grids and point heights that a workspace was given, kept by hash, and the grids of the system."""

import json
from collections.abc import Iterable
from pathlib import Path

from atalaya.errors import ExternalError, InputError
from atalaya.io.durable_file import make_durable_folder, on_disk, write_whole
from atalaya.io.geodata_geoid import read_geoid
from atalaya.io.geodata_points import read_points
from atalaya.io.known_hash import known_hash
from atalaya.io.new_file import new_file
from atalaya.io.original import read_ranges
from atalaya.model.geodata import Geodata, GeodataKind
from atalaya.model.identifiers import SourceId
from atalaya.model.json_form import from_json, to_json

SYSTEM_GEOIDS = (
    "mx_inegi_ggm10.tif",
    "us_nga_egm08_25.tif",
    "us_nga_egm96_15.tif",
    "egm08_25.gtx",
    "egm96_15.gtx",
)
"""Names under which PROJ's data, as Debian packs it, holds the grids that are looked for; no others are."""
IN_WORKSPACE = "workspace"


def geodata_of(folder: Path) -> tuple[Geodata, ...]:
    """What the workspace was given, in the order it was added.

    Raises:
        InputError: a record that is none. ExternalError: it cannot be read.
    """
    found = [_record(path) for path in sorted(folder.glob("*.json"))]
    return tuple(sorted(found, key=lambda it: (str(it.added_utc), it.name)))


def system_geoids(folders: Iterable[Path], known_in: Path) -> tuple[Geodata, ...]:
    """The grids of known names in the system's folders, with their hashes; they are only read.

    Args:
        folders: in the order they are looked through; what is not there is passed over.
        known_in: where hashes already worked out are kept.

    Raises:
        ExternalError: a grid that is there cannot be read.
    """
    found: dict[str, Geodata] = {}
    for path in (folder / name for folder in folders for name in SYSTEM_GEOIDS):
        if path.is_file() and path.name not in found:
            found[path.name] = Geodata(
                kind=GeodataKind.GEOID,
                name=path.name,
                sha256=known_hash(path, known_in),
                length=path.stat().st_size,
                detail="grid of the system",
                origin=str(path.parent),
                added_utc=None,
            )
    return tuple(found.values())


def path_of(folder: Path, geodata: Geodata) -> Path:
    """Where its bytes are."""
    if geodata.origin != IN_WORKSPACE:
        return Path(geodata.origin) / geodata.name
    return folder / f"{geodata.sha256}{_suffix(geodata.name)}"


def kind_and_detail(source: Path) -> tuple[GeodataKind, str]:
    """What a file is, told from what it holds, and that in one line.

    Raises:
        NotFoundError: no such file. InputError: neither a geoid grid nor point heights.
        ExternalError: it cannot be read to its end.
    """
    suffix = _suffix(source.name)
    if suffix in {".tif", ".tiff", ".gtx"}:
        grid = read_geoid(source)
        west_deg, south_deg, east_deg, north_deg = grid.bounds_deg
        reach = f"lon {west_deg:.2f} to {east_deg:.2f}, lat {south_deg:.2f} to {north_deg:.2f}"
        return GeodataKind.GEOID, f"{grid.step_lat_deg * 60.0:.3g}' grid, {reach}"
    if suffix in {".csv", ".csv.gz"}:
        points = read_points(source)
        return GeodataKind.POINT_HEIGHTS, f"{len(points)} points, {points.left_out} rows without a height"
    raise InputError(
        f"{source.name}: a geoid grid (.tif, .gtx) or point heights (.csv, .csv.gz) was wanted; "
        "elevation models are added with atalaya terrain import"
    )


def keep_geodata(folder: Path, source: Path, geodata: Geodata) -> None:
    """Copy the bytes that were hashed into the workspace, then their record.

    Raises:
        IntegrityError: it is not the file that was hashed any more. ExternalError: disk full or unwritable.
    """
    with on_disk(f"keep {geodata.name}"):
        make_durable_folder(folder)
    with new_file(path_of(folder, geodata), replace=True) as file:
        for chunk in read_ranges(source, [(0, geodata.length)], SourceId(geodata.sha256)):
            file.write(chunk)
    form = json.dumps(to_json(geodata), ensure_ascii=False, indent=1)
    write_whole(folder / f"{geodata.sha256}.json", form.encode())


def _suffix(name: str) -> str:
    lower = name.lower()
    return ".csv.gz" if lower.endswith(".csv.gz") else Path(lower).suffix


def _record(path: Path) -> Geodata:
    try:
        form = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ExternalError(f"{path.name} cannot be read: {error}") from error
    except ValueError as error:
        raise InputError(f"{path.name} is not the record of geodata: {error}") from error
    return from_json(Geodata, form)
