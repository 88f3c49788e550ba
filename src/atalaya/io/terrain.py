"""Elevation models and geoid grids from files, brought to one datum, and the terrain a workspace keeps."""

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.crs import CRS
from rasterio.enums import Resampling
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.io import DatasetReader
from rasterio.transform import Affine
from rasterio.vrt import WarpedVRT
from rasterio.warp import calculate_default_transform
from rasterio.windows import Window, from_bounds

from atalaya.errors import ExternalError, InputError, NotFoundError
from atalaya.geo.geoid import GeoidGrid, VerticalDatum, msl_to_hae
from atalaya.geo.terrain import ConstantHeight, Terrain, TerrainGrid, TerrainMosaic

TERRAIN_FILE = "terrain.tif"
CONSTANT_FILE = "constant_height.json"
MAXIMUM_NODES = 64_000_000
"""Larger areas are to be imported in part (`bounds_deg`): half a gigabyte is enough for one workspace."""

type Bounds = tuple[float, float, float, float]
"""West, south, east, north [deg]."""

_OVERSAMPLING = 1.5
"""Nodes of a warped model per node of its source, each way: halves what interpolating twice loses."""
LOWEST_M, HIGHEST_M = -500.0, 9000.0
"""Ground there is on earth: an elevation model beyond it is void, and no other height is declared."""
_LARGEST_UNDULATION_M = 120.0
_GEOID_TYPE = "VERTICAL_OFFSET_GEOGRAPHIC_TO_VERTICAL"
_DATUM_TAG = "ATALAYA_VERTICAL_DATUM"


def read_geoid(source: Path, bounds_deg: Bounds | None = None) -> GeoidGrid:
    """A geoid grid from a GeoTIFF of undulations N = h - H in metres.

    Args:
        source: a grid in longitude and latitude, -180..180 or 0..360, nodes at the pixel centres.
        bounds_deg: read only what this area needs; None reads the whole grid.

    Raises:
        NotFoundError: no such file.
        InputError: not a raster in degrees, a grid of another kind than undulations, or values that are none.
        ExternalError: the file cannot be read to its end.
    """
    with _opened(source) as raster:
        kind = raster.tags().get("TYPE", _GEOID_TYPE)
        if kind != _GEOID_TYPE or not raster.crs.is_geographic:
            raise InputError(f"{source.name}: wanted undulations on a lon/lat grid, got {kind}, {raster.crs}")
        undulation_m, transform = _read(raster, bounds_deg, source.name)
    if np.nanmax(np.abs(undulation_m)) > _LARGEST_UNDULATION_M:
        raise InputError(
            f"{source.name}: undulations reach {np.nanmax(np.abs(undulation_m)):.0f} m; not metres?"
        )
    return GeoidGrid(name=source.stem, undulation_m=undulation_m.astype(np.float64), **_nodes(transform))


def read_terrain(
    source: Path,
    vertical_datum: VerticalDatum,
    geoid: GeoidGrid | None = None,
    bounds_deg: Bounds | None = None,
) -> TerrainGrid:
    """An elevation model in any horizontal system, as heights above the ellipsoid on a lon/lat grid.

    A raster in degrees keeps its own nodes; any other is warped (bilinear) to WGS 84, which moves heights of
    a 20 m model of steep mountains by 0.2 m (median) and 3.6 m (99 %), measured.

    Args:
        source: GeoTIFF, COG or SRTM .hgt, heights in metres in its first band. Nodata, and heights below
            -500 m or above 9000 m, are voids.
        vertical_datum: from where its heights are measured, as the user declares.
        geoid: needed for heights above mean sea level.
        bounds_deg: read only this area, one node more on each side.

    Raises:
        NotFoundError: no such file.
        InputError: not a georeferenced raster of metres, nothing of it in the area, more than
            `MAXIMUM_NODES`, or no geoid where one is needed.
        ExternalError: the file cannot be read to its end.
    """
    with _opened(source) as raster:
        unit = (raster.units[0] or "m").lower()
        if unit not in {"m", "metre", "meter", "metres", "meters"}:
            raise InputError(f"{source.name}: heights must be in metres, the file says {unit}")
        if raster.crs.is_geographic:
            height_m, transform = _read(raster, bounds_deg, source.name)
        else:
            with WarpedVRT(raster, resampling=Resampling.bilinear, **_warp(raster)) as warped:
                height_m, transform = _read(warped, bounds_deg, source.name)
    height_m[~((height_m >= LOWEST_M) & (height_m <= HIGHEST_M))] = np.nan
    if vertical_datum is VerticalDatum.MSL:
        height_m = _above_ellipsoid(height_m, transform, geoid)
    return TerrainGrid(hae_m=height_m, **_nodes(transform))


def import_terrain(
    source: Path,
    target_dir: Path,
    vertical_datum: VerticalDatum,
    geoid: GeoidGrid | None = None,
    bounds_deg: Bounds | None = None,
) -> TerrainGrid:
    """Read an elevation model and keep it in the workspace as its terrain, in place of any before.

    Args:
        source: as in `read_terrain`.
        target_dir: the folder of the workspace's terrain; made if missing.
        vertical_datum: as in `read_terrain`.
        geoid: as in `read_terrain`.
        bounds_deg: as in `read_terrain`.

    Raises:
        NotFoundError: as in `read_terrain`.
        InputError: as in `read_terrain`.
        ExternalError: it cannot be read or written; what was there before is still there.
    """
    terrain = read_terrain(source, vertical_datum, geoid, bounds_deg)
    tags = {"ATALAYA_SOURCE": source.name, "ATALAYA_GEOID": geoid.name if geoid else "none"}
    save_terrain(terrain, target_dir, tags)
    return terrain


def save_terrain(terrain: Terrain, target_dir: Path, tags: dict[str, str] | None = None) -> None:
    """Keep a terrain in the workspace: a GeoTIFF of heights above the ellipsoid, or one declared height.

    Raises:
        InputError: a mosaic, which is many files.
        ExternalError: it cannot be written; what was there before is still there.
    """
    name, other = TERRAIN_FILE, CONSTANT_FILE
    if isinstance(terrain, ConstantHeight):
        name, other = other, name
    partial = target_dir / f"{name}.partial"
    try:
        target_dir.mkdir(parents=True, exist_ok=True)
        match terrain:
            case ConstantHeight(hae_m):
                partial.write_text(json.dumps({"constant_hae_m": hae_m}), encoding="utf-8")
            case TerrainGrid():
                _write_grid(partial, terrain, tags or {})
            case TerrainMosaic():
                raise InputError("a mosaic is kept tile by tile, not as one terrain")
        partial.replace(target_dir / name)
        (target_dir / other).unlink(missing_ok=True)
    except (OSError, RasterioError) as error:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise ExternalError(f"the terrain cannot be written to {target_dir}: {error}") from error


def load_terrain(target_dir: Path) -> Terrain | None:
    """The terrain that the workspace keeps, None where it keeps none.

    Raises:
        InputError: what is there is not a terrain that `save_terrain` wrote.
        ExternalError: it cannot be read to its end.
    """
    grid, constant = target_dir / TERRAIN_FILE, target_dir / CONSTANT_FILE
    if grid.exists():
        with _opened(grid) as raster:
            if raster.tags().get(_DATUM_TAG) != VerticalDatum.HAE.value:
                raise InputError(f"{TERRAIN_FILE} does not say that its heights are above the ellipsoid")
            height_m, transform = _read(raster, None, TERRAIN_FILE)
        return TerrainGrid(hae_m=height_m, **_nodes(transform))
    if constant.exists():
        try:
            return ConstantHeight(float(json.loads(constant.read_text(encoding="utf-8"))["constant_hae_m"]))
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"{CONSTANT_FILE} does not declare a height") from error
        except OSError as error:
            raise ExternalError(f"{CONSTANT_FILE} cannot be read: {error}") from error
    return None


@contextmanager
def _opened(source: Path) -> Iterator[DatasetReader]:
    """A georeferenced, north-up raster; every foreign exception of the block is translated."""
    if not source.is_file():
        raise NotFoundError(f"no such file: {source}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            raster = rasterio.open(source, driver=_driver(source))
    except RasterioError as error:
        raise InputError(
            f"{source.name} is not a raster that can be read (GeoTIFF or .hgt): {error}"
        ) from error
    with raster:
        rotated = raster.transform.b != 0.0 or raster.transform.d != 0.0
        if raster.crs is None or rotated or raster.transform.a <= 0.0 or raster.transform.e >= 0.0:
            raise InputError(f"{source.name}: needs a coordinate system and north up, got {raster.crs}")
        try:
            yield raster
        except (RasterioError, MemoryError) as error:
            raise ExternalError(f"{source.name} cannot be read to its end: {error}") from error


def _driver(source: Path) -> str:
    """One of two: a format that can name other files or servers (VRT) is never opened."""
    return "SRTMHGT" if source.suffix.lower() == ".hgt" else "GTiff"


def _warp(raster: DatasetReader) -> dict[str, Any]:
    """To WGS 84 on a finer grid than the source's, unknown where the source is unknown or ends."""
    transform, width, height = calculate_default_transform(
        raster.crs, CRS.from_epsg(4326), raster.width, raster.height, *raster.bounds
    )
    finer = Affine(
        transform.a / _OVERSAMPLING, 0.0, transform.c, 0.0, transform.e / _OVERSAMPLING, transform.f
    )
    given = {} if raster.nodata is None else {"src_nodata": float(raster.nodata)}
    return given | {
        "crs": CRS.from_epsg(4326),
        "transform": finer,
        "width": int(width * _OVERSAMPLING),
        "height": int(height * _OVERSAMPLING),
        "nodata": float("nan"),
        "dtype": "float32",
    }


def _read(raster: DatasetReader, bounds_deg: Bounds | None, name: str) -> tuple[NDArray[np.float32], Affine]:
    """First band, only the window that is wanted, nodata as NaN, with the place of its upper left corner."""
    whole = Window(0, 0, raster.width, raster.height)
    window = whole if bounds_deg is None else _window(raster, bounds_deg, whole, name)
    if window.width * window.height > MAXIMUM_NODES:
        raise InputError(
            f"{name}: {window.width:.0f} x {window.height:.0f} nodes, more than {MAXIMUM_NODES}: "
            "name a smaller area"
        )
    values = raster.read(1, window=window, masked=True, out_dtype="float32")
    return values.filled(np.nan), raster.window_transform(window)


def _window(raster: DatasetReader, bounds_deg: Bounds, whole: Window, name: str) -> Window:
    """The pixels that hold the area and one more on each side."""
    west_deg, south_deg, east_deg, north_deg = bounds_deg
    turn_deg = _turn_deg(raster, west_deg)
    asked = from_bounds(west_deg + turn_deg, south_deg, east_deg + turn_deg, north_deg, raster.transform)
    left, top = int(np.floor(asked.col_off)) - 1, int(np.floor(asked.row_off)) - 1
    right = int(np.ceil(asked.col_off + asked.width)) + 1
    bottom = int(np.ceil(asked.row_off + asked.height)) + 1
    left, top = max(left, 0), max(top, 0)
    right, bottom = min(right, int(whole.width)), min(bottom, int(whole.height))
    if right - left < 2 or bottom - top < 2:
        raise InputError(
            f"{name} holds nothing of lon {west_deg}..{east_deg}, lat {south_deg}..{north_deg} deg"
        )
    return Window(left, top, right - left, bottom - top)


def _turn_deg(raster: DatasetReader, west_deg: float) -> float:
    """0 or +-360: what brings a longitude into the convention of the raster."""
    centre_deg = 0.5 * (float(raster.bounds.left) + float(raster.bounds.right))
    return 360.0 * round((centre_deg - west_deg) / 360.0)


def _nodes(transform: Affine) -> dict[str, float]:
    """Place and spacing of the nodes, which are the pixel centres."""
    return {
        "west_deg": transform.c + 0.5 * transform.a,
        "north_deg": transform.f + 0.5 * transform.e,
        "step_lon_deg": transform.a,
        "step_lat_deg": -transform.e,
    }


def _above_ellipsoid(
    msl_m: NDArray[np.float32], transform: Affine, geoid: GeoidGrid | None
) -> NDArray[np.float32]:
    """Row by row, so that a large model needs no second one beside it."""
    nodes = _nodes(transform)
    hae_m = np.full_like(msl_m, np.nan)
    lon_deg = nodes["west_deg"] + nodes["step_lon_deg"] * np.arange(msl_m.shape[1])
    for row in range(msl_m.shape[0]):
        known = ~np.isnan(msl_m[row])
        lat_deg = nodes["north_deg"] - nodes["step_lat_deg"] * row
        hae_m[row, known] = msl_to_hae(geoid, lon_deg[known], lat_deg, msl_m[row, known])
    return hae_m


def _write_grid(path: Path, terrain: TerrainGrid, tags: dict[str, str]) -> None:
    rows, cols = terrain.hae_m.shape
    west_deg = terrain.west_deg - 0.5 * terrain.step_lon_deg
    north_deg = terrain.north_deg + 0.5 * terrain.step_lat_deg
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=cols,
        height=rows,
        count=1,
        dtype="float32",
        crs=CRS.from_epsg(4326),
        transform=Affine(terrain.step_lon_deg, 0.0, west_deg, 0.0, -terrain.step_lat_deg, north_deg),
        nodata=float("nan"),
        compress="deflate",
        predictor=3,
        tiled=True,
    ) as raster:
        raster.write(terrain.hae_m.astype(np.float32), 1)
        raster.update_tags(**tags, **{_DATUM_TAG: VerticalDatum.HAE.value})
