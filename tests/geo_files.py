"""Elevation and geoid files as their makers write them, for tests: small, made here."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import ArrayLike
from rasterio.transform import Affine, from_origin

from atalaya.geo.geoid import GeoidGrid

GRASS_WKT = (
    'PROJCS["UTM Zone 13, Northern Hemisphere",GEOGCS["wgs84",DATUM["unknown",'
    'SPHEROID["WGS84",6378137,298.257223563],TOWGS84[0,0,0,0,0,0,0]],PRIMEM["Greenwich",0],'
    'UNIT["degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],'
    'PARAMETER["latitude_of_origin",0],PARAMETER["central_meridian",-105],PARAMETER["scale_factor",0.9996],'
    'PARAMETER["false_easting",500000],PARAMETER["false_northing",0],UNIT["meter",1]]'
)
"""As `r.out.gdal` writes it: a system of its own, no EPSG code, a datum called unknown."""


def written(
    path: Path,
    values: ArrayLike,
    *,
    crs: str | None = "EPSG:4326",
    transform: Affine | None = None,
    nodata: float | None = None,
    unit: str | None = None,
    **options: Any,
) -> Path:
    """A GeoTIFF; 0.001 deg pixels with their corner at lon -107, lat 25 where nothing else is said."""
    values = np.asarray(values)
    transform = transform or from_origin(-107.0, 25.0, 0.001, 0.001)
    with rasterio.open(
        path, "w", driver="GTiff", width=values.shape[1], height=values.shape[0], count=1,
        dtype=values.dtype, crs=crs, transform=transform, nodata=nodata, **options,
    ) as raster:  # fmt: skip
        raster.write(values, 1)
        if unit:
            raster.units = (unit,)
    return path


def hgt(path: Path, height_m: ArrayLike) -> Path:
    """An SRTM tile of 1201 x 1201 big-endian numbers; its name is its place."""
    values = np.broadcast_to(np.asarray(height_m), (1201, 1201))
    path.write_bytes(values.astype(">i2").tobytes())
    return path


def zipped(path: Path, name: str, content: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(name, content)
    return path


def gtx(path: Path, grid: GeoidGrid) -> Path:
    """A geoid grid as gtx: from the south, big-endian, -88.8888 where nothing is known."""
    rows, cols = grid.undulation_m.shape
    south_deg = grid.north_deg - grid.step_lat_deg * (rows - 1)
    head = np.array([south_deg, grid.west_deg, grid.step_lat_deg, grid.step_lon_deg], dtype=">f8").tobytes()
    shape = np.array([rows, cols], dtype=">i4").tobytes()
    values = np.where(np.isnan(grid.undulation_m), -88.8888, grid.undulation_m)[::-1]
    path.write_bytes(head + shape + values.astype(">f4").tobytes())
    return path


def geoid_tiff(
    path: Path, undulation_m: float, *, west: float, north: float, step: float, nodes: tuple[int, int]
) -> Path:
    """A flat geoid as GeoTIFF, nodes at the pixel centres."""
    place = from_origin(west - step / 2.0, north + step / 2.0, step, step)
    values = np.full(nodes, undulation_m, dtype=np.float32)
    return written(path, values, transform=place)


def regional_geoid(path: Path, undulation_m: float = -30.0) -> Path:
    """About lon -107, lat 25."""
    return geoid_tiff(path, undulation_m, west=-108.0, north=26.0, step=1.0, nodes=(3, 3))


def flat_geoid(value_m: float = -30.0) -> GeoidGrid:
    return GeoidGrid(
        name="flat",
        undulation_m=np.full((3, 3), value_m),
        west_deg=-108.0,
        north_deg=26.0,
        step_lon_deg=1.0,
        step_lat_deg=1.0,
    )
