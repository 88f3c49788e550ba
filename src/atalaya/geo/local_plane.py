"""The flat metres in which places of one sortie or one world are compared."""

from dataclasses import dataclass

import numpy as np

from atalaya.geo.ellipsoid import metres_per_degree
from atalaya.units import Degrees, DegreesArray, MetresArray


@dataclass(frozen=True, slots=True)
class LocalPlane:
    """East and north about an origin on WGS 84; its scale is off by less than 1e-3 within 5 km."""

    lon_deg: Degrees
    lat_deg: Degrees

    def to_metres(self, lon_deg: DegreesArray, lat_deg: DegreesArray) -> MetresArray:
        """(..., 2) east, north [m]; NaN stays NaN; across the antimeridian by the shorter way."""
        turn_deg = (np.asarray(lon_deg) - self.lon_deg + 180.0) % 360.0 - 180.0
        east_north_deg = np.stack([turn_deg, np.asarray(lat_deg) - self.lat_deg], axis=-1)
        metres: MetresArray = east_north_deg * metres_per_degree(self.lat_deg)
        return metres

    def to_degrees(self, points_m: MetresArray) -> tuple[DegreesArray, DegreesArray]:
        """(...) lon, lat [deg] of (..., 2) east, north."""
        degrees = points_m / metres_per_degree(self.lat_deg)
        lon_deg = (degrees[..., 0] + self.lon_deg + 180.0) % 360.0 - 180.0
        return lon_deg, degrees[..., 1] + self.lat_deg


def plane_about(lon_deg: DegreesArray, lat_deg: DegreesArray) -> LocalPlane:
    """A plane about the first known place; about 0, 0 where none is known."""
    known = np.flatnonzero(np.isfinite(lon_deg) & np.isfinite(lat_deg))
    if known.size == 0:
        return LocalPlane(0.0, 0.0)
    return LocalPlane(float(lon_deg[known[0]]), float(lat_deg[known[0]]))
