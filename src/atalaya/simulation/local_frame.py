"""The flat metres in which a scene is built: east, north, up about its centre, by pyproj alone.

Simulation has its own geodesy on purpose: where `geo` and `georeg` are wrong, truth must not be wrong
with them. Everything here rests on PROJ's geocentric and topocentric steps and two rotation matrices.
"""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer

from atalaya.errors import InputError
from atalaya.units import Degrees, DegreesArray, Metres, MetresArray


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalFrame:
    """East, north, up about one place on WGS 84; rotated against the local vertical elsewhere.

    Args:
        lon_deg, lat_deg, hae_m: the origin.

    Raises:
        InputError: an origin that is no place.
    """

    lon_deg: Degrees
    lat_deg: Degrees
    hae_m: Metres
    _to_enu: Transformer = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not (-180.0 <= self.lon_deg <= 180.0 and -89.0 <= self.lat_deg <= 89.0):
            raise InputError(f"no place for a scene: lon {self.lon_deg}, lat {self.lat_deg} deg")
        steps = (
            "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=cart +ellps=WGS84 "
            f"+step +proj=topocentric +ellps=WGS84 +lon_0={self.lon_deg!r} +lat_0={self.lat_deg!r} "
            f"+h_0={self.hae_m!r}"
        )
        object.__setattr__(self, "_to_enu", Transformer.from_pipeline(steps))

    def to_enu(self, lon_deg: DegreesArray, lat_deg: DegreesArray, hae_m: MetresArray) -> MetresArray:
        """Places to metres.

        Args:
            lon_deg: WGS 84; the three broadcast to one shape S.
            lat_deg: WGS 84.
            hae_m: above the ellipsoid.

        Returns:
            (*S, 3) east, north, up [m]; round trip below 1e-6 m within 5 km (measured).
        """
        parts = (np.array(part, dtype=np.float64) for part in np.broadcast_arrays(lon_deg, lat_deg, hae_m))
        lon, lat, hae = parts
        east_m, north_m, up_m = self._to_enu.transform(lon, lat, hae)
        return np.stack([east_m, north_m, up_m], axis=-1)

    def to_geodetic(self, enu_m: MetresArray) -> tuple[DegreesArray, DegreesArray, MetresArray]:
        """Metres to places.

        Args:
            enu_m: (*S, 3).

        Returns:
            lon_deg, lat_deg, hae_m, each of shape S.
        """
        east_m, north_m, up_m = (np.array(enu_m[..., axis], dtype=np.float64) for axis in range(3))
        lon_deg, lat_deg, hae_m = self._to_enu.transform(east_m, north_m, up_m, direction="INVERSE")
        return np.asarray(lon_deg), np.asarray(lat_deg), np.asarray(hae_m)

    def from_ned_at(self, lon_deg: Degrees, lat_deg: Degrees) -> NDArray[np.float64]:
        """(3, 3) rotation of a vector from north, east, down at that place into this frame's axes."""
        east, north, up = _axes(self.lon_deg, self.lat_deg)
        there_east, there_north, there_up = _axes(lon_deg, lat_deg)
        return np.stack([east, north, up]) @ np.stack([there_north, there_east, -there_up], axis=1)


def _axes(lon_deg: Degrees, lat_deg: Degrees) -> tuple[NDArray[np.float64], ...]:
    """East, north and up of a place as unit vectors in earth-centred axes."""
    lon, lat = math.radians(lon_deg), math.radians(lat_deg)
    east = np.array([-math.sin(lon), math.cos(lon), 0.0])
    up = np.array([math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)])
    return east, np.cross(up, east), up
