"""A north-up raster on the ground: its system, its pixels, and which longitudes and latitudes they have."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError

from atalaya.errors import InputError
from atalaya.geo.ellipsoid import radii_m
from atalaya.units import Degrees, DegreesArray, Metres

GEOGRAPHIC = 4326
MOST_PIXELS = 400_000_000
"""Larger rasters are to be made in parts: this one is 1.2 GB of colour."""
_UTM_NORTH, _UTM_SOUTH = 32600, 32700
_FARTHEST_DEG = 9.0
"""From the middle of a UTM zone: its neighbours. A metre of the grid is 0.99 m there, ever less beyond."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrthoGrid:
    """Pixels of a north-up raster; row 0 in the north.

    Args:
        epsg: 326zz or 327zz (UTM on WGS 84), or 4326.
        left, top: the outer corner of the upper left pixel [m, or deg for 4326].
        step_x, step_y: size of a pixel in the same unit, positive.
        width_px, height_px: how many.

    Raises:
        InputError: no pixels, more than `MOST_PIXELS`, or steps that are not positive.
    """

    epsg: int
    left: float
    top: float
    step_x: float
    step_y: float
    width_px: int
    height_px: int

    def __post_init__(self) -> None:
        if not (self.step_x > 0.0 and self.step_y > 0.0 and np.isfinite(self.left + self.top)):
            raise InputError(
                f"pixels need a size and a place: {self.step_x} x {self.step_y} at {self.left}, {self.top}"
            )
        if self.width_px < 1 or self.height_px < 1:
            raise InputError(f"a raster of {self.width_px} x {self.height_px} pixels has none")
        if self.width_px * self.height_px > MOST_PIXELS:
            raise InputError(
                f"{self.width_px} x {self.height_px} pixels are more than {MOST_PIXELS / 1e6:g} million: "
                "ask for coarser ones or a smaller area"
            )

    @property
    def gsd_m(self) -> float:
        """Height of a pixel on the ground [m]."""
        if self.epsg != GEOGRAPHIC:
            return self.step_y
        middle_deg = self.top - 0.5 * self.step_y * self.height_px
        return float(np.radians(self.step_y) * radii_m(middle_deg)[0])

    def lon_lat(self, x_px: ArrayLike, y_px: ArrayLike) -> tuple[DegreesArray, DegreesArray]:
        """Longitude and latitude of places in pixels from the outer corner of the upper left one."""
        x, y = np.broadcast_arrays(np.asarray(x_px, float), np.asarray(y_px, float))
        east, north = self.left + self.step_x * x, self.top - self.step_y * y
        if self.epsg == GEOGRAPHIC:
            return east, north
        lon_deg, lat_deg = transformer(self.epsg).transform(east, north, direction="INVERSE")
        return np.asarray(lon_deg), np.asarray(lat_deg)

    def places(
        self, lon_deg: ArrayLike, lat_deg: ArrayLike
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Pixels from the outer corner of the upper left one; the inverse of `lon_lat`."""
        x, y = project_to(self.epsg, lon_deg, lat_deg)
        return (x - self.left) / self.step_x, (self.top - y) / self.step_y

    def window(self, x_px: int, y_px: int, width_px: int, height_px: int) -> "OrthoGrid":
        """A part of the raster with the same pixels.

        Raises:
            InputError: no pixels.
        """
        return OrthoGrid(
            epsg=self.epsg,
            left=self.left + x_px * self.step_x,
            top=self.top - y_px * self.step_y,
            step_x=self.step_x,
            step_y=self.step_y,
            width_px=width_px,
            height_px=height_px,
        )


def utm_of(lon_deg: Degrees, lat_deg: Degrees) -> int:
    """The EPSG code of the UTM zone of a place, without the exceptions of Norway and Svalbard.

    Raises:
        InputError: a latitude beyond UTM (80 S to 84 N).
    """
    if not -80.0 <= lat_deg <= 84.0:
        raise InputError(f"UTM reaches from 80 S to 84 N; got lat {lat_deg:.3f} deg: ask for EPSG:4326")
    zone = int(((lon_deg + 180.0) % 360.0) // 6.0) + 1
    return (_UTM_NORTH if lat_deg >= 0.0 else _UTM_SOUTH) + zone


def grid_around(
    lon_deg: DegreesArray, lat_deg: DegreesArray, gsd_m: Metres, epsg: int | None = None
) -> OrthoGrid:
    """The raster that holds all these places, its pixel corners on whole multiples of their size.

    Args:
        lon_deg: (N,) places; NaN are left out.
        lat_deg: likewise.
        gsd_m: size of a pixel on the ground; in degrees of 4326 it is so much at the middle latitude.
        epsg: 4326 or a UTM zone; None: the zone of the middle.

    Raises:
        InputError: no place, no size, a UTM zone far from them, where a metre of the grid is none on the
            ground, or a raster that is too large.
    """
    known = np.isfinite(lon_deg) & np.isfinite(lat_deg)
    if not known.any():
        raise InputError("no known ground to lay a raster over")
    if not (np.isfinite(gsd_m) and gsd_m > 0.0):
        raise InputError(f"a ground resolution in metres is wanted, got {gsd_m}")
    lon, lat = np.asarray(lon_deg)[known], np.asarray(lat_deg)[known]
    middle_lat_deg = float(0.5 * (lat.min() + lat.max()))
    if epsg is None:
        epsg = utm_of(float(0.5 * (lon.min() + lon.max())), middle_lat_deg)
    _require_near(epsg, lon)
    step_x = step_y = float(gsd_m)
    if epsg == GEOGRAPHIC:
        meridian_m, normal_m = radii_m(middle_lat_deg)
        step_y = float(np.degrees(gsd_m / meridian_m))
        step_x = float(np.degrees(gsd_m / (normal_m * np.cos(np.radians(middle_lat_deg)))))
    return _around(project_to(epsg, lon, lat), epsg, step_x, step_y)


def grid_like(grid: OrthoGrid, lon_deg: DegreesArray, lat_deg: DegreesArray) -> OrthoGrid:
    """The raster that holds all these places, with the pixels of another one.

    Raises:
        InputError: no place, or a raster that is too large.
    """
    known = np.isfinite(lon_deg) & np.isfinite(lat_deg)
    if not known.any():
        raise InputError("no known ground to lay a raster over")
    places = project_to(grid.epsg, np.asarray(lon_deg)[known], np.asarray(lat_deg)[known])
    return _around(places, grid.epsg, grid.step_x, grid.step_y)


def project_to(
    epsg: int, lon_deg: ArrayLike, lat_deg: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Coordinates of places in a system.

    Raises:
        InputError: a system that is neither UTM on WGS 84 nor 4326.
    """
    if epsg == GEOGRAPHIC:
        return np.asarray(lon_deg, float), np.asarray(lat_deg, float)
    x, y = transformer(epsg).transform(np.asarray(lon_deg, float), np.asarray(lat_deg, float))
    return np.asarray(x), np.asarray(y)


def transformer(epsg: int) -> Transformer:
    """From longitude and latitude to UTM; horizontal only.

    Raises:
        InputError: no UTM zone on WGS 84.
    """
    if not (_UTM_NORTH < epsg <= _UTM_NORTH + 60 or _UTM_SOUTH < epsg <= _UTM_SOUTH + 60):
        raise InputError(f"rasters are made in UTM on WGS 84 or in EPSG:4326, not in EPSG:{epsg}")
    try:
        return Transformer.from_crs(CRS.from_epsg(GEOGRAPHIC), CRS.from_epsg(epsg), always_xy=True)
    except ProjError as error:
        raise InputError(f"EPSG:{epsg} is not known to PROJ") from error


def _require_near(epsg: int, lon_deg: DegreesArray) -> None:
    """Refuse a UTM zone in which pixels would be much finer on the ground than they are said to be."""
    if epsg == GEOGRAPHIC:
        return
    transformer(epsg)
    middle_deg = epsg % 100 * 6.0 - 183.0
    away_deg = float(np.abs((lon_deg - middle_deg + 180.0) % 360.0 - 180.0).max())
    if away_deg > _FARTHEST_DEG:
        raise InputError(
            f"EPSG:{epsg} is a UTM zone {away_deg:.0f} deg of longitude from the place: take its own zone, a "
            "neighbouring one, or 4326"
        )


def _around(
    places: tuple[NDArray[np.float64], NDArray[np.float64]], epsg: int, step_x: float, step_y: float
) -> OrthoGrid:
    x, y = places
    left, top = np.floor(x.min() / step_x), np.ceil(y.max() / step_y)
    width, height = np.ceil(x.max() / step_x) - left, top - np.floor(y.min() / step_y)
    if not (width < 2**31 and height < 2**31):
        raise InputError(f"a raster of {width:.3g} x {height:.3g} pixels is too large: ask for coarser ones")
    return OrthoGrid(
        epsg=epsg,
        left=float(left * step_x),
        top=float(top * step_y),
        step_x=step_x,
        step_y=step_y,
        width_px=max(int(width), 1),
        height_px=max(int(height), 1),
    )
