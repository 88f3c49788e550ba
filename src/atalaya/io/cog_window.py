"""A window of one or several rasters, on another grid; where none of them says anything, nothing is said."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.crs import CRS
from rasterio.enums import Resampling
from rasterio.errors import RasterioError
from rasterio.transform import Affine
from rasterio.vrt import WarpedVRT
from rasterio.warp import transform_bounds

from atalaya.errors import ExternalError, InputError
from atalaya.georeg.ortho_grid import OrthoGrid
from atalaya.units import Degrees

_RGBA = 4


def picture_window(paths: Sequence[Path], grid: OrthoGrid) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Colour rasters with opacity, brought to a grid; the first that shows a pixel has it.

    Returns:
        (H, W, 3) colour and (H, W) where there is any.

    Raises:
        InputError: not such a raster. ExternalError: one cannot be read.
    """
    shape = (grid.height_px, grid.width_px)
    rgb, seen = np.zeros((*shape, 3), dtype=np.uint8), np.zeros(shape, dtype=np.bool_)
    for path in paths:
        bands = _warped(path, grid, None, Resampling.bilinear)
        if len(bands) < _RGBA:
            raise InputError(f"{path.name} is no colour raster with opacity: it has {len(bands)} bands")
        own = (bands[3] > 127) & ~seen
        rgb[own] = np.moveaxis(bands[:3], 0, -1)[own].astype(np.uint8)
        seen |= own
    return rgb, seen


def code_window(paths: Sequence[Path], grid: OrthoGrid, band: str, *, unknown: int) -> NDArray[np.uint16]:
    """(H, W) of one band of codes by its name, nearest neighbour; `unknown` where no raster reaches.

    Raises:
        InputError: a raster without such a band. ExternalError: one cannot be read.
    """
    codes = np.full((grid.height_px, grid.width_px), unknown, dtype=np.uint16)
    for path in paths:
        found = _warped(path, grid, band, Resampling.nearest)[0].astype(np.uint16)
        codes = np.where(codes == unknown, found, codes)
    return codes


def bounds_deg(path: Path) -> tuple[Degrees, Degrees, Degrees, Degrees]:
    """West, south, east and north edge of a raster.

    Raises:
        ExternalError: it cannot be read.
    """
    try:
        with rasterio.open(path) as raster:
            west, south, east, north = transform_bounds(raster.crs, CRS.from_epsg(4326), *raster.bounds)
    except RasterioError as error:
        raise ExternalError(f"raster {path.name} cannot be read: {error}") from error
    return float(west), float(south), float(east), float(north)


def _warped(path: Path, grid: OrthoGrid, band: str | None, how: Resampling) -> NDArray[np.generic]:
    """(B, H, W) all bands on the grid, or one of them."""
    try:
        with rasterio.open(path) as raster:
            if band is not None and band not in raster.descriptions:
                raise InputError(f"{path.name} has no band {band}: {raster.descriptions}")
            wanted = None if band is None else [raster.descriptions.index(band) + 1]
            with WarpedVRT(
                raster,
                crs=CRS.from_epsg(grid.epsg),
                transform=Affine(grid.step_x, 0.0, grid.left, 0.0, -grid.step_y, grid.top),
                width=grid.width_px,
                height=grid.height_px,
                resampling=how,
            ) as warped:
                return np.asarray(warped.read(wanted))
    except RasterioError as error:
        raise ExternalError(f"raster {path.name} cannot be read: {error}") from error
