"""One georeferenced raster: opened with every foreign exception translated, read by window, nodata as NaN."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio._err import CPLE_BaseError
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.io import DatasetReader
from rasterio.transform import Affine
from rasterio.windows import Window, from_bounds

from atalaya.errors import ExternalError, InputError, NotFoundError

GDAL_ERRORS = (RasterioError, CPLE_BaseError)
"""What rasterio raises; GDAL's own errors come through where it does not translate them."""
MAXIMUM_NODES = 64_000_000
"""Larger areas are to be imported in part (`bounds_deg`): half a gigabyte is enough for one workspace."""

type Bounds = tuple[float, float, float, float]
"""West, south, east, north [deg]."""


@contextmanager
def opened(source: Path) -> Iterator[DatasetReader]:
    """A georeferenced, north-up raster; every foreign exception of the block is translated.

    Raises:
        NotFoundError: no such file.
        InputError: no raster of one of the two formats, not georeferenced, or turned.
        ExternalError: it cannot be read to its end.
    """
    if not source.is_file():
        raise NotFoundError(f"no such file: {source}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            raster = rasterio.open(source, driver=_driver(source))
    except GDAL_ERRORS as error:
        raise InputError(
            f"{source.name} is not a raster that can be read (GeoTIFF or .hgt): {error}"
        ) from error
    with raster:
        rotated = raster.transform.b != 0.0 or raster.transform.d != 0.0
        if raster.crs is None or rotated or raster.transform.a <= 0.0 or raster.transform.e >= 0.0:
            raise InputError(f"{source.name}: needs a coordinate system and north up, got {raster.crs}")
        try:
            yield raster
        except (*GDAL_ERRORS, MemoryError) as error:
            raise ExternalError(f"{source.name} cannot be read to its end: {error}") from error


def _driver(source: Path) -> str:
    """One of two: a format that can name other files or servers (VRT) is never opened."""
    return "SRTMHGT" if source.suffix.lower() == ".hgt" else "GTiff"


def read_window(
    raster: DatasetReader, bounds_deg: Bounds | None, name: str
) -> tuple[NDArray[np.float32], Affine]:
    """First band, only the window that is wanted, nodata as NaN, with the place of its upper left corner.

    Raises:
        InputError: nothing of it in the area, or more than `MAXIMUM_NODES`.
    """
    window = window_of(raster.transform, raster.width, raster.height, bounds_deg, name)
    values = raster.read(1, window=window, masked=True, out_dtype="float32")
    return values.filled(np.nan), raster.window_transform(window)


def window_of(transform: Affine, width: int, height: int, bounds_deg: Bounds | None, name: str) -> Window:
    """The pixels that hold the area and one more on each side; without an area, all of them.

    Raises:
        InputError: nothing of it in the area, or more than `MAXIMUM_NODES`.
    """
    window = Window(0, 0, width, height)
    if bounds_deg is not None:
        window = _part(transform, width, height, bounds_deg, name)
    if window.width * window.height > MAXIMUM_NODES:
        raise InputError(
            f"{name}: {window.width:.0f} x {window.height:.0f} nodes, more than {MAXIMUM_NODES}: "
            "name a smaller area (--bounds W,S,E,N)"
        )
    return window


def _part(transform: Affine, width: int, height: int, bounds_deg: Bounds, name: str) -> Window:
    west_deg, south_deg, east_deg, north_deg = bounds_deg
    centre_deg = transform.c + 0.5 * width * transform.a
    turn_deg = 360.0 * round((centre_deg - west_deg) / 360.0)
    asked = from_bounds(west_deg + turn_deg, south_deg, east_deg + turn_deg, north_deg, transform)
    left, top = int(np.floor(asked.col_off)) - 1, int(np.floor(asked.row_off)) - 1
    right = int(np.ceil(asked.col_off + asked.width)) + 1
    bottom = int(np.ceil(asked.row_off + asked.height)) + 1
    left, top = max(left, 0), max(top, 0)
    right, bottom = min(right, width), min(bottom, height)
    if right - left < 2 or bottom - top < 2:
        raise InputError(
            f"{name} holds nothing of lon {west_deg}..{east_deg}, lat {south_deg}..{north_deg} deg"
        )
    return Window(left, top, right - left, bottom - top)


def moved(transform: Affine, cols: int, rows: int) -> Affine:
    """The same grid, named from another upper left pixel."""
    return Affine(
        transform.a, 0.0, transform.c + cols * transform.a, 0.0, transform.e, transform.f + rows * transform.e
    )


def nodes_of(transform: Affine) -> dict[str, float]:
    """Place and spacing of the nodes, which are the pixel centres."""
    return {
        "west_deg": transform.c + 0.5 * transform.a,
        "north_deg": transform.f + 0.5 * transform.e,
        "step_lon_deg": transform.a,
        "step_lat_deg": -transform.e,
    }
