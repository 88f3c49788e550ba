"""Rasters written as cloud-optimised GeoTIFF, whole or not at all."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path

import numpy as np
import rasterio
import rasterio.shutil
from numpy.typing import NDArray
from rasterio.crs import CRS
from rasterio.enums import ColorInterp
from rasterio.errors import RasterioError
from rasterio.io import MemoryFile
from rasterio.transform import Affine

from atalaya.errors import ExternalError, InputError
from atalaya.georeg.ortho_grid import OrthoGrid
from atalaya.io.new_file import new_file

_BLOCK_PX = 512
_QUALITY = 85


class Packing(StrEnum):
    """How pixels are kept."""

    JPEG = "jpeg"
    """Small; colour loses what nobody sees, and opacity becomes a mask."""
    LOSSLESS = "lossless"
    """Every value as it is."""


def picture_cog(
    rgb: NDArray[np.uint8],
    alpha: NDArray[np.uint8],
    grid: OrthoGrid,
    *,
    packing: Packing,
    tags: Mapping[str, str],
    more: Mapping[str, NDArray[np.uint8] | NDArray[np.uint16]] | None = None,
) -> bytes:
    """A colour raster with its opacity, and bands of codes beside it where nothing may be lost.

    Args:
        rgb: (3, H, W).
        alpha: (H, W) 255 where there is something to see.
        grid: of the raster.
        packing: JPEG keeps no further bands.
        tags: of the file; what was made from what.
        more: further bands by what they are.

    Raises:
        InputError: bands of another size than the grid, or further bands with JPEG.
        ExternalError: GDAL failed.
    """
    extra = dict(more or {})
    if extra and packing is Packing.JPEG:
        raise InputError("JPEG keeps colour and opacity only: ask for lossless")
    bands: list[NDArray[np.uint8] | NDArray[np.uint16]] = [rgb[0], rgb[1], rgb[2], alpha, *extra.values()]
    names = ("red", "green", "blue", "alpha", *extra)
    interpretation = (ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.alpha)
    options = {"compress": "JPEG", "quality": str(_QUALITY)} if packing is Packing.JPEG else _LOSSLESS
    return _cog(bands, names, grid, interpretation, options | {"overview_resampling": "AVERAGE"}, tags, None)


def code_cog(
    bands: Mapping[str, NDArray[np.uint8] | NDArray[np.uint16] | NDArray[np.float32]],
    grid: OrthoGrid,
    *,
    nodata: float,
    tags: Mapping[str, str],
) -> bytes:
    """A raster of codes or numbers; what is not known has the value `nodata`.

    Raises:
        InputError: bands of another size than the grid.
        ExternalError: GDAL failed.
    """
    grey = tuple(ColorInterp.gray if i == 0 else ColorInterp.undefined for i in range(len(bands)))
    options = _LOSSLESS | {"overview_resampling": "NEAREST"}
    return _cog(list(bands.values()), tuple(bands), grid, grey, options, tags, nodata)


def write_cog(target: Path, content: bytes, *, replace: bool) -> None:
    """Put the bytes of a COG where they are wanted.

    Raises:
        InputError: something is there already. ExternalError: it cannot be written.
    """
    with new_file(target, replace=replace) as file:
        file.write(content)


_LOSSLESS = {"compress": "DEFLATE", "level": "1", "predictor": "YES"}


def _cog(
    bands: Sequence[NDArray[np.uint8] | NDArray[np.uint16] | NDArray[np.float32]],
    names: Sequence[str],
    grid: OrthoGrid,
    interpretation: Sequence[ColorInterp],
    options: Mapping[str, str],
    tags: Mapping[str, str],
    nodata: float | None,
) -> bytes:
    shape = (grid.height_px, grid.width_px)
    if any(band.shape != shape for band in bands):
        raise InputError(f"bands must be {shape}, got {[band.shape for band in bands]}")
    profile = {
        "driver": "GTiff",
        "width": grid.width_px,
        "height": grid.height_px,
        "count": len(bands),
        "dtype": np.result_type(*bands).name,
        "crs": CRS.from_epsg(grid.epsg),
        "transform": Affine(grid.step_x, 0.0, grid.left, 0.0, -grid.step_y, grid.top),
        "nodata": nodata,
        "tiled": False,
        "interleave": "band",
        "bigtiff": "if_safer",
        "sparse_ok": True,
    }
    try:
        with MemoryFile() as plain, MemoryFile(ext=".tif") as packed:
            with plain.open(**profile) as raster:
                for number, band in enumerate(bands, start=1):
                    raster.write(band, number)
                    raster.set_band_description(number, names[number - 1])
                raster.colorinterp = [*interpretation, *[ColorInterp.undefined] * len(bands)][: len(bands)]
                raster.update_tags(**tags)
            rasterio.shutil.copy(plain.name, packed.name, driver="COG", blocksize=str(_BLOCK_PX), **options)
            return bytes(packed.getbuffer())
    except RasterioError as error:
        raise ExternalError(f"the raster cannot be packed: {error}") from error
