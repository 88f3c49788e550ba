"""Geoid grids from files: GeoTIFF as PROJ distributes them, and the older gtx."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from atalaya.errors import InputError, NotFoundError
from atalaya.geo.geoid import GeoidGrid
from atalaya.io.durable_file import on_disk
from atalaya.io.terrain_raster import Bounds, nodes_of, opened, read_window

_LARGEST_UNDULATION_M = 120.0
_GEOID_TYPE = "VERTICAL_OFFSET_GEOGRAPHIC_TO_VERTICAL"
_FINEST_UNSAID_DEG = 0.5 / 60.0 + 1e-6
"""No geoid model has nodes as close as 30 arc seconds; low ground would pass for one and move heights."""
_GTX_HEADER = np.dtype([("place", ">f8", 4), ("shape", ">i4", 2)])
_GTX_VOID_M = -88.8888
_WORLD_DEG = 360.0 - 1e-6
_GTX_MOST_NODES = 10_000_000_000

type _Read = tuple[NDArray[np.floating], dict[str, float], float]
"""Undulations, place of their nodes, and how many degrees of longitude the whole grid spans."""


def read_geoid(source: Path, bounds_deg: Bounds | None = None) -> GeoidGrid:
    """A geoid grid of undulations N = h - H in metres.

    Args:
        source: GeoTIFF or gtx in longitude and latitude, -180..180 or 0..360, nodes at the pixel centres.
        bounds_deg: read only what this area needs; None reads the whole grid.

    Raises:
        NotFoundError: no such file.
        InputError: not a raster in degrees, a grid of another kind than undulations, or values that are none.
        ExternalError: the file cannot be read to its end.
    """
    reader = _read_gtx if source.suffix.lower() == ".gtx" else _read_tiff
    undulation_m, nodes, width_deg = reader(source, bounds_deg)
    if np.isnan(undulation_m).all():
        raise InputError(f"{source.name} holds no undulation at all")
    largest_m = float(np.nanmax(np.abs(undulation_m)))
    if largest_m > _LARGEST_UNDULATION_M:
        raise InputError(f"{source.name}: undulations reach {largest_m:.0f} m; not metres?")
    return GeoidGrid(
        name=source.stem,
        undulation_m=undulation_m.astype(np.float64),
        of_world=width_deg >= _WORLD_DEG,
        **nodes,
    )


def _read_tiff(source: Path, bounds_deg: Bounds | None) -> _Read:
    with opened(source) as raster:
        said = raster.tags().get("TYPE")
        kind, step_deg = _GEOID_TYPE if said is None else said, float(raster.transform.a)
        if kind != _GEOID_TYPE or not raster.crs.is_geographic:
            raise InputError(f"{source.name}: wanted undulations on a lon/lat grid, got {kind}, {raster.crs}")
        undulation_m, transform = read_window(raster, bounds_deg, source.name)
        width_deg = raster.width * step_deg
    low = bool(np.nanmax(np.abs(undulation_m), initial=0.0) <= _LARGEST_UNDULATION_M)
    if said is None and step_deg < _FINEST_UNSAID_DEG and low:
        raise InputError(
            f"{source.name} does not say that it holds undulations (TYPE={_GEOID_TYPE}), and nodes every "
            f"{3600.0 * step_deg:.3g} arc seconds are those of an elevation model"
        )
    return undulation_m, nodes_of(transform), width_deg


def _read_gtx(source: Path, bounds_deg: Bounds | None) -> _Read:
    """NOAA VDatum: south, west, steps and shape, big-endian, then rows from the south; -88.8888 is a void."""
    if not source.is_file():
        raise NotFoundError(f"no such file: {source}")
    with on_disk(f"read {source.name}"):
        length = source.stat().st_size
        head = np.fromfile(source, dtype=_GTX_HEADER, count=1)
        if not len(head):
            raise InputError(f"{source.name} is too short for a gtx grid")
        south_deg, west_deg, step_lat_deg, step_lon_deg = map(float, head["place"][0])
        rows, cols = map(int, head["shape"][0])
        _require_gtx(source.name, length, rows, cols, step_lat_deg, step_lon_deg)
        nodes = np.memmap(source, dtype=">f4", mode="r", offset=_GTX_HEADER.itemsize, shape=(rows, cols))
        north_deg = south_deg + step_lat_deg * (rows - 1)
        first, last, left, right = 0, rows, 0, cols
        if bounds_deg is not None:
            west, south, east, north = bounds_deg
            turn_deg = 360.0 * round((west_deg + 0.5 * step_lon_deg * cols - west) / 360.0)
            left = max(int((west + turn_deg - west_deg) / step_lon_deg) - 1, 0)
            right = min(int((east + turn_deg - west_deg) / step_lon_deg) + 3, cols)
            first = max(int((north_deg - north) / step_lat_deg) - 1, 0)
            last = min(int((north_deg - south) / step_lat_deg) + 3, rows)
            if right - left < 2 or last - first < 2:
                raise InputError(
                    f"{source.name} holds nothing of lon {west}..{east}, lat {south}..{north} deg"
                )
        part = np.array(nodes[::-1][first:last, left:right], dtype=np.float32)
    part[np.abs(part - _GTX_VOID_M) < 1e-3] = np.nan
    place = {
        "west_deg": west_deg + step_lon_deg * left,
        "north_deg": north_deg - step_lat_deg * first,
        "step_lon_deg": step_lon_deg,
        "step_lat_deg": step_lat_deg,
    }
    return part, place, step_lon_deg * cols


def _require_gtx(
    name: str, length: int, rows: int, cols: int, step_lat_deg: float, step_lon_deg: float
) -> None:
    """Refuse a header that does not describe the bytes that follow it."""
    sound = 2 <= rows <= _GTX_MOST_NODES and 2 <= cols <= _GTX_MOST_NODES
    sound = sound and 0.0 < step_lat_deg <= 90.0 and 0.0 < step_lon_deg <= 180.0
    if not sound or length != _GTX_HEADER.itemsize + 4 * rows * cols:
        raise InputError(
            f"{name}: the header of a gtx grid says {rows} x {cols} nodes, which {length} bytes are not"
        )
