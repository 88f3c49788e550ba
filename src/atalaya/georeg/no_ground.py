"""Why a line of sight has no known ground: sky, the edge of the terrain, a void, or a sensor below ground."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from atalaya.geo.ellipsoid import geodetic_from_ecef
from atalaya.geo.rays import cast_to_heights
from atalaya.geo.terrain import ConstantHeight, Terrain
from atalaya.units import Degrees, DegreesArray, Metres, MetresArray

_STEPS = 512
"""Places looked at along the ray, down to the height of the lowest ground."""


class Miss(StrEnum):
    """What a ray without an answer ran into."""

    SKY = "sky"
    """It never comes down to any ground there is."""
    OFF_TERRAIN = "off-terrain"
    """It leaves the terrain before it meets ground, or never reaches it."""
    VOID = "void"
    """It comes down where the terrain has no height."""
    BELOW_GROUND = "below-ground"
    """The sensor itself is below the ground."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoGround:
    """Why one ray has no answer.

    Args:
        miss: what it ran into.
        lon_deg, lat_deg: where that is: where it leaves the terrain, comes down in a void, or where the
            sensor is.
        below_m: how far the sensor is below the ground; zero unless that is the reason.
    """

    miss: Miss
    lon_deg: Degrees
    lat_deg: Degrees
    below_m: Metres = 0.0


def why_no_ground(
    origin_ecef_m: MetresArray, direction_ecef: NDArray[np.float64], terrain: Terrain
) -> NoGround:
    """Why the cast of this one ray gave no ground.

    Args:
        origin_ecef_m: (3,) where the ray starts.
        direction_ecef: (3,) its direction.
        terrain: that it was cast on.

    Raises:
        InputError: not three numbers each.
    """
    lon_deg, lat_deg, hae_m = (float(it) for it in geodetic_from_ecef(origin_ecef_m))
    below_m = float(terrain.height_hae_m(lon_deg, lat_deg)) - hae_m
    if below_m > 0.0:
        return NoGround(miss=Miss.BELOW_GROUND, lon_deg=lon_deg, lat_deg=lat_deg, below_m=below_m)
    lowest_m = terrain.hae_m if isinstance(terrain, ConstantHeight) else terrain.lowest_m
    end_m = cast_to_heights(origin_ecef_m[None], direction_ecef[None], np.array([lowest_m]))
    if np.isnan(end_m).any() or isinstance(terrain, ConstantHeight):
        return NoGround(miss=Miss.SKY, lon_deg=lon_deg, lat_deg=lat_deg)
    part = np.linspace(0.0, 1.0, _STEPS)[:, None]
    path_lon_deg, path_lat_deg, path_hae_m = geodetic_from_ecef(
        origin_ecef_m + part * (end_m[0] - origin_ecef_m)
    )
    ground_m = terrain.height_hae_m(path_lon_deg, path_lat_deg)
    over = _within(path_lon_deg, path_lat_deg, terrain.bounds_deg)
    under = np.flatnonzero(ground_m > path_hae_m)
    stop = int(under[0]) if under.size else _STEPS - 1
    unknown = np.flatnonzero((over & np.isnan(ground_m))[: stop + 1])
    met_void = unknown.size > 0 and (under.size > 0 or bool(over[-1]))
    inside = np.flatnonzero(over)
    left = min(int(inside[-1]) + 1, _STEPS - 1) if inside.size and not under.size else stop
    at = int(unknown[-1]) if met_void else left
    return NoGround(
        miss=Miss.VOID if met_void else Miss.OFF_TERRAIN,
        lon_deg=float(path_lon_deg[at]),
        lat_deg=float(path_lat_deg[at]),
    )


def _within(
    lon_deg: DegreesArray, lat_deg: DegreesArray, bounds_deg: tuple[float, float, float, float]
) -> NDArray[np.bool_]:
    west_deg, south_deg, east_deg, north_deg = bounds_deg
    east_of_west_deg = (lon_deg - west_deg) % 360.0
    within: NDArray[np.bool_] = (
        (east_of_west_deg <= east_deg - west_deg) & (lat_deg >= south_deg) & (lat_deg <= north_deg)
    )
    return within
