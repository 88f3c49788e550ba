"""Elevation models as they come, read strip by strip: GeoTIFF and COG, GRASS's GeoTIFF, .hgt and .hgt.zip.

What is odd about them is met here, before anything is interpolated: a value that no ground has (a nodata
value that the file does not declare, as GRASS may write it) is a void and never half of a height.
"""

import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rasterio.crs import CRS
from rasterio.enums import Resampling
from rasterio.io import DatasetReader
from rasterio.transform import Affine
from rasterio.warp import calculate_default_transform, reproject, transform_bounds
from rasterio.warp import transform as transform_points
from rasterio.windows import Window, from_bounds

from atalaya.errors import ExternalError, InputError, NotFoundError
from atalaya.io.durable_file import on_disk
from atalaya.io.terrain_raster import GDAL_ERRORS, MAXIMUM_NODES, Bounds, moved, nodes_of, opened, window_of

LOWEST_M, HIGHEST_M = -500.0, 9000.0
"""Ground there is on earth: an elevation model beyond it is void, and no other height is declared."""
_METRES = {"m", "metre", "meter", "metres", "meters", "metro", "metros"}
_OVERSAMPLING = 1.5
"""Nodes of a warped model per node of its source, each way: halves what interpolating twice loses."""
_SAME_PLACE_DEG = 1e-6
"""A geographic system whose places differ less than this from WGS 84 (0.1 m) keeps its nodes."""
_HALF_TURN_DEG = 180.0
_WARP_MARGIN_PX = 4
_WARP_TOLERANCE_PX = 0.01
_LARGEST_HGT_BYTES = 240_000_000
_STRIP_NODES = 4_000_000
_STRIP_ROWS = 256
_VERTICAL_SYSTEM = re.compile(r'(?:VERT_CS|VERTCRS|VERTICALCRS)\["([^"]+)"')
_HGT_NAME = re.compile(r"([NS]\d{2}[EW]\d{3})", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceGrid:
    """One or more rasters on one lattice, read as if they were one; the first that knows a height says it.

    Args:
        parts: the rasters, each with the row and column of its upper left pixel in the whole.
        transform, width, height: of the whole.
    """

    name: str
    parts: tuple[tuple[DatasetReader, int, int], ...]
    crs: CRS
    transform: Affine
    width: int
    height: int

    def read(self, window: Window) -> NDArray[np.float32]:
        """Heights of a window [m]; what is nodata, beyond all ground or in no raster is NaN."""
        top, left = int(window.row_off), int(window.col_off)
        bottom, right = top + int(window.height), left + int(window.width)
        answer_m = np.full((bottom - top, right - left), np.nan, dtype=np.float32)
        for raster, row, col in self.parts:
            first, last = max(top, row), min(bottom, row + raster.height)
            begin, end = max(left, col), min(right, col + raster.width)
            if first >= last or begin >= end:
                continue
            mine = Window(begin - col, first - row, end - begin, last - first)
            there = answer_m[first - top : last - top, begin - left : end - left]
            np.copyto(there, _heights_m(raster, mine), where=np.isnan(there))
        return answer_m


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeGrid:
    """The lon/lat nodes that a source is brought to: its own, or those of a finer grid it is warped to."""

    transform: Affine
    width: int
    height: int
    own: bool

    def strips(self) -> Iterator[tuple[int, int]]:
        """First row and row after the last, in whole blocks of the file that is written."""
        rows = max(_STRIP_NODES // self.width // _STRIP_ROWS, 1) * _STRIP_ROWS
        yield from ((first, min(first + rows, self.height)) for first in range(0, self.height, rows))


@contextmanager
def opened_source(files: Sequence[Path]) -> Iterator[SourceGrid]:
    """The files as one grid, open while the block runs.

    Raises:
        NotFoundError: no such file.
        InputError: not elevation models in metres, or not on one lattice.
        ExternalError: a file cannot be read to its end.
    """
    with ExitStack() as stack:
        rasters = [stack.enter_context(opened(_unpacked(file, stack))) for file in files]
        for raster, file in zip(rasters, files, strict=True):
            _require_metres(raster, file.name)
        yield _joined(rasters, [file.name for file in files])


def lattices(files: Sequence[Path]) -> list[list[Path]]:
    """The files in groups that lie on one lattice side by side: each group is one source.

    Raises:
        NotFoundError: no such file. InputError: one is no elevation model. ExternalError: it cannot be read.
    """
    groups: list[list[Path]] = []
    for file in files:
        for group in groups:
            if _is_one_grid([*group, file]):
                group.append(file)
                break
        else:
            with opened_source([file]):
                groups.append([file])
    return groups


def stated_datum(files: Sequence[Path]) -> str:
    """What the files themselves say that their heights are above; empty where they say nothing.

    Raises:
        NotFoundError: no such file. InputError: no elevation models on one lattice.
        ExternalError: a file cannot be read.
    """
    with opened_source(files) as source:
        named = _VERTICAL_SYSTEM.search(source.crs.to_wkt())
    return named.group(1) if named else ""


def node_grid(source: SourceGrid, bounds_deg: Bounds | None) -> NodeGrid:
    """The nodes of a source in WGS 84, of all of it or of an area and one node more on each side.

    Raises:
        InputError: nothing of it in the area, too many nodes, nodes that no terrain can have (see
            `geo.terrain.TerrainGrid`), or a system that cannot be brought to WGS 84.
    """
    own = _is_wgs84(source)
    transform, width, height = source.transform, source.width, source.height
    if not own:
        transform, width, height = _finer(source)
    window = window_of(transform, width, height, bounds_deg, source.name)
    part = moved(transform, window.col_off, window.row_off)
    nodes = NodeGrid(transform=part, width=int(window.width), height=int(window.height), own=own)
    _require_terrain(nodes, source.name)
    return nodes


def _require_terrain(nodes: NodeGrid, name: str) -> None:
    """Refuse now what would be refused each time that it was loaded."""
    place = nodes_of(nodes.transform)
    south_deg = place["north_deg"] - place["step_lat_deg"] * (nodes.height - 1)
    if min(nodes.width, nodes.height) < 2:
        raise InputError(f"{name}: terrain needs 2 x 2 nodes, got {nodes.height} x {nodes.width}")
    if not (south_deg >= -90.0 and place["north_deg"] <= 90.0):
        raise InputError(f"{name}: it reaches from lat {south_deg:g} to {place['north_deg']:g} deg")
    if not place["step_lon_deg"] * (nodes.width - 1) < _HALF_TURN_DEG:
        raise InputError(f"{name} is wider than half the world: name a smaller area (--bounds W,S,E,N)")


def read_strip(source: SourceGrid, nodes: NodeGrid, first: int, last: int) -> NDArray[np.float32]:
    """Rows first to last (not included) of the nodes; voids are NaN.

    Raises:
        ExternalError: the warp failed.
    """
    strip = moved(nodes.transform, 0, first)
    if nodes.own:
        left, top = _pixel(source.transform, strip.c, strip.f)
        return source.read(Window(left, top, nodes.width, last - first))
    answer_m = np.full((last - first, nodes.width), np.nan, dtype=np.float32)
    window = _seen_by(source, strip, nodes.width, last - first)
    if window is None:
        return answer_m
    reproject(
        source.read(window),
        answer_m,
        src_transform=moved(source.transform, window.col_off, window.row_off),
        src_crs=source.crs,
        src_nodata=np.nan,
        dst_transform=strip,
        dst_crs=CRS.from_epsg(4326),
        dst_nodata=np.nan,
        resampling=Resampling.bilinear,
        tolerance=_WARP_TOLERANCE_PX,
    )
    return answer_m


def _heights_m(raster: DatasetReader, window: Window) -> NDArray[np.float32]:
    values = raster.read(1, window=window, masked=True, out_dtype="float32").filled(np.nan)
    if (raster.scales[0], raster.offsets[0]) != (1.0, 0.0):
        values = (values * raster.scales[0] + raster.offsets[0]).astype(np.float32)
    values[~((values >= LOWEST_M) & (values <= HIGHEST_M))] = np.nan
    height_m: NDArray[np.float32] = values
    return height_m


def _require_metres(raster: DatasetReader, name: str) -> None:
    unit = (raster.units[0] or "m").strip().lower()
    if unit not in _METRES:
        raise InputError(f"{name}: heights must be in metres, the file says {unit}")
    if raster.dtypes[0].startswith("complex"):
        raise InputError(f"{name}: heights must be numbers, the file holds {raster.dtypes[0]}")


def _unpacked(file: Path, stack: ExitStack) -> Path:
    """The file itself, or the one .hgt that a zip holds, in a folder that goes away with the stack."""
    if file.suffix.lower() != ".zip":
        return file
    if not file.is_file():
        raise NotFoundError(f"no such file: {file}")
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="atalaya-")))
    try:
        with on_disk(f"unpack {file.name}"), zipfile.ZipFile(file) as packed:
            inside = [it for it in packed.infolist() if it.filename.lower().endswith(".hgt")]
            if len(inside) != 1:
                raise InputError(f"{file.name}: one .hgt was wanted in it, found {len(inside)}")
            named = _HGT_NAME.match(Path(inside[0].filename).name)
            if named is None or inside[0].file_size > _LARGEST_HGT_BYTES:
                raise InputError(f"{file.name}: {inside[0].filename} is no SRTM tile (N19W104.hgt)")
            target = folder / f"{named.group(1).upper()}.hgt"
            with packed.open(inside[0]) as packed_file, target.open("wb") as plain:
                shutil.copyfileobj(packed_file, plain, 1 << 20)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise InputError(f"{file.name} is not a zip file that can be read: {error}") from error
    return target


def _joined(rasters: Sequence[DatasetReader], names: Sequence[str]) -> SourceGrid:
    """One grid that holds them all.

    Raises:
        InputError: another system, another size of pixels, or pixels that do not fall on each other.
    """
    first, places = rasters[0], []
    for raster, name in zip(rasters, names, strict=True):
        col, row = _pixel(first.transform, raster.transform.c, raster.transform.f)
        there = moved(first.transform, col, row)
        off_px = (there.c - raster.transform.c) / there.a, (there.f - raster.transform.f) / there.e
        same = raster.crs == first.crs and np.allclose(
            (raster.transform.a, raster.transform.e), (first.transform.a, first.transform.e), rtol=1e-6
        )
        if not same or max(map(abs, off_px)) > 0.01:
            raise InputError(f"{name} does not lie on the lattice of {names[0]}")
        places.append((row, col))
    top, left = min(row for row, _ in places), min(col for _, col in places)
    parts = tuple((it, row - top, col - left) for it, (row, col) in zip(rasters, places, strict=True))
    return SourceGrid(
        name=" + ".join(names),
        parts=parts,
        crs=first.crs,
        transform=moved(first.transform, left, top),
        width=max(col + raster.width for raster, _, col in parts),
        height=max(row + raster.height for raster, row, _ in parts),
    )


def _pixel(transform: Affine, x: float, y: float) -> tuple[int, int]:
    """Column and row of the pixel whose upper left corner is nearest."""
    return round((x - transform.c) / transform.a), round((y - transform.f) / transform.e)


def _is_one_grid(files: Sequence[Path]) -> bool:
    """Whether they lie on one lattice, most of which is theirs, and not too large for one source."""
    try:
        with opened_source(files) as source:
            own = sum(raster.width * raster.height for raster, _, _ in source.parts)
            nodes = source.width * source.height
            finer = 1.0 if _is_wgs84(source) else _OVERSAMPLING**2
            return bool(nodes <= 2 * own and nodes * finer <= MAXIMUM_NODES)
    except InputError as error:
        if "lattice" in str(error):
            return False
        raise


def _is_wgs84(source: SourceGrid) -> bool:
    """Whether its coordinates are longitudes and latitudes of WGS 84 to within 0.1 m."""
    if not source.crs.is_geographic:
        return False
    middle = moved(source.transform, source.width // 2, source.height // 2)
    centre = middle.c, middle.f
    lon_deg, lat_deg = _to_wgs84(source, centre)
    turned_deg = (lon_deg - centre[0] + 180.0) % 360.0 - 180.0
    return bool(max(abs(turned_deg), abs(lat_deg - centre[1])) < _SAME_PLACE_DEG)


def _to_wgs84(source: SourceGrid, place: tuple[float, float]) -> tuple[float, float]:
    try:
        lon_deg, lat_deg = transform_points(source.crs, CRS.from_epsg(4326), [place[0]], [place[1]])
    except GDAL_ERRORS as error:
        raise InputError(f"{source.name}: its system cannot be brought to WGS 84: {error}") from error
    if not (np.isfinite(lon_deg[0]) and np.isfinite(lat_deg[0])):
        raise InputError(f"{source.name}: its system cannot be brought to WGS 84: {source.crs}")
    return float(lon_deg[0]), float(lat_deg[0])


def _finer(source: SourceGrid) -> tuple[Affine, int, int]:
    """A grid in WGS 84 with `_OVERSAMPLING` as many nodes each way."""
    left, top = source.transform.c, source.transform.f
    end = moved(source.transform, source.width, source.height)
    right, bottom = end.c, end.f
    for corner in ((left, top), (right, top), (left, bottom), (right, bottom)):
        _to_wgs84(source, corner)  # refused where there is no such place
    try:
        transform, width, height = calculate_default_transform(
            source.crs, CRS.from_epsg(4326), source.width, source.height, left, bottom, right, top
        )
    except GDAL_ERRORS as error:
        raise InputError(f"{source.name}: its system cannot be brought to WGS 84: {error}") from error
    finer = Affine(
        transform.a / _OVERSAMPLING, 0.0, transform.c, 0.0, transform.e / _OVERSAMPLING, transform.f
    )
    cols, rows = int(width * _OVERSAMPLING), int(height * _OVERSAMPLING)
    if min(cols, rows) < 2:
        raise InputError(f"{source.name}: it has no extent in longitude and latitude (date line, or a pole?)")
    return finer, cols, rows


def _seen_by(source: SourceGrid, strip: Affine, width: int, height: int) -> Window | None:
    """The pixels of the source that a strip of nodes is interpolated from; None where there are none."""
    end = moved(strip, width, height)
    west, north, east, south = strip.c, strip.f, end.c, end.f
    try:
        bounds = transform_bounds(CRS.from_epsg(4326), source.crs, west, south, east, north, densify_pts=21)
    except GDAL_ERRORS as error:
        raise ExternalError(f"{source.name} cannot be warped: {error}") from error
    asked = from_bounds(*bounds, source.transform)
    left = max(int(np.floor(asked.col_off)) - _WARP_MARGIN_PX, 0)
    top = max(int(np.floor(asked.row_off)) - _WARP_MARGIN_PX, 0)
    right = min(int(np.ceil(asked.col_off + asked.width)) + _WARP_MARGIN_PX, source.width)
    bottom = min(int(np.ceil(asked.row_off + asked.height)) + _WARP_MARGIN_PX, source.height)
    return Window(left, top, right - left, bottom - top) if right > left and bottom > top else None
