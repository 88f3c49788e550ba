"""The area on the ground that holds the true place with probability 0.90, as outlines to draw."""

import math
from dataclasses import dataclass

import numpy as np

from atalaya.geo.ellipsoid import metres_per_degree
from atalaya.model.ground import Position

SCALE_90 = math.sqrt(-2.0 * math.log(0.1))
"""Sigmas at which the ellipse of a bivariate normal holds 0.90: chi-square with two degrees of freedom."""
OUTLINE_POINTS = 72

type Outline = tuple[tuple[float, float], ...]
"""(lon, lat) deg, closed: the last point is the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorEllipse:
    """Semi-axes [m] and azimuth of the major axis, clockwise from north, 0 to 180 [deg]."""

    semi_major_m: float
    semi_minor_m: float
    azimuth_deg: float


def error_ellipse(position: Position) -> ErrorEllipse | None:
    """The 0.90 ellipse of a position; None where its covariance is not positive definite."""
    covariance_m2 = np.asarray(position.covariance_m2, dtype=np.float64)
    if not np.isfinite(covariance_m2).all():
        return None
    variances_m2, axes = np.linalg.eigh(covariance_m2)
    if not variances_m2[0] > 0.0:
        return None
    east, north = axes[:, 1].tolist()
    minor_m, major_m = (SCALE_90 * np.sqrt(variances_m2)).tolist()
    azimuth_deg = math.degrees(math.atan2(east, north)) % 180.0
    return ErrorEllipse(semi_major_m=major_m, semi_minor_m=minor_m, azimuth_deg=azimuth_deg)


def ellipse_outline(position: Position, ellipse: ErrorEllipse) -> Outline:
    """The ellipse around the position, clockwise from its major axis."""
    angle_rad = np.linspace(0.0, 2.0 * np.pi, OUTLINE_POINTS, endpoint=False)
    azimuth_rad = math.radians(ellipse.azimuth_deg)
    along_m = ellipse.semi_major_m * np.cos(angle_rad)
    across_m = ellipse.semi_minor_m * np.sin(angle_rad)
    east_m = along_m * math.sin(azimuth_rad) + across_m * math.cos(azimuth_rad)
    north_m = along_m * math.cos(azimuth_rad) - across_m * math.sin(azimuth_rad)
    return _around(position, east_m.tolist(), north_m.tolist())


def circle_outline(position: Position, radius_m: float) -> Outline:
    """The circle of that radius around the position, clockwise from north."""
    angle_rad = np.linspace(0.0, 2.0 * np.pi, OUTLINE_POINTS, endpoint=False)
    return _around(position, (radius_m * np.sin(angle_rad)).tolist(), (radius_m * np.cos(angle_rad)).tolist())


def _around(position: Position, east_m: list[float], north_m: list[float]) -> Outline:
    lon_m, lat_m = metres_per_degree(position.lat_deg).tolist()
    points = [
        (position.lon_deg + east / lon_m, position.lat_deg + north / lat_m)
        for east, north in zip(east_m, north_m, strict=True)
    ]
    return (*points, points[0])
