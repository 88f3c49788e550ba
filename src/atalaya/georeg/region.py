"""Where the true place of one pixel may be: the ground that its likely errors reach."""

import numpy as np

from atalaya.geo.ellipsoid import radii_m
from atalaya.model.ground import GroundPoints, GroundRegion, Position, RegionPart

_CORNERS = 48


def regions(points: GroundPoints) -> tuple[GroundRegion | None, ...]:
    """The region of each answered point, None where there is no answer: the CE90 circle in one part."""
    return tuple(_circle(points, row) for row in range(len(points)))


def _circle(points: GroundPoints, row: int) -> GroundRegion | None:
    if np.isnan(points.ce90_m[row]):
        return None
    position = position_of(points, row)
    meridian_m, normal_m = radii_m(position.lat_deg)
    turn = np.linspace(0.0, 2.0 * np.pi, _CORNERS + 1)
    turn[-1] = 0.0
    east_deg = np.degrees(position.ce90_m * np.sin(turn) / (normal_m * np.cos(np.radians(position.lat_deg))))
    north_deg = np.degrees(position.ce90_m * np.cos(turn) / meridian_m)
    part = RegionPart(
        probability=0.9,
        lon_deg=position.lon_deg,
        lat_deg=position.lat_deg,
        hae_m=float(points.hae_m[row]),
        ring_lon_deg=tuple((position.lon_deg + east_deg).tolist()),
        ring_lat_deg=tuple((position.lat_deg + north_deg).tolist()),
    )
    return GroundRegion(
        position=position,
        contained=0.9,
        parts=(part,),
        other_slope_probability=0.0,
        nowhere_probability=0.0,
    )


def position_of(points: GroundPoints, row: int) -> Position:
    """One answered row as a position.

    Raises:
        InputError: the row has no answer.
    """
    (east_m2, cross_m2), (_, north_m2) = points.covariance_m2[row].tolist()
    return Position(
        lon_deg=float(points.lon_deg[row]),
        lat_deg=float(points.lat_deg[row]),
        hae_m=float(points.hae_m[row]),
        covariance_m2=((east_m2, cross_m2), (cross_m2, north_m2)),
        ce90_m=float(points.ce90_m[row]),
        le90_m=float(points.le90_m[row]),
    )
