"""Points on the ground, always with their error."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.errors import InputError
from atalaya.model.columns import Columns
from atalaya.units import DegreesArray, MetresArray


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundPoints(Columns):
    """Pixels brought to the ground, N first; a ray that meets no known ground has NaN everywhere.

    Args:
        lon_deg, lat_deg, hae_m: (N,) WGS 84, height above the ellipsoid.
        covariance_m2: (N, 2, 2) east/north [m2].
        ce90_m, le90_m: (N,).
    """

    lon_deg: DegreesArray
    lat_deg: DegreesArray
    hae_m: MetresArray
    covariance_m2: NDArray[np.float64]
    ce90_m: MetresArray
    le90_m: MetresArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """One place with its error; what sites, dossiers and releases carry.

    Args:
        covariance_m2: ((ee, en), (ne, nn)) east/north [m2].

    Raises:
        InputError: outside lon -180..180, lat -90..90, or an error that is not positive.
    """

    lon_deg: float
    lat_deg: float
    hae_m: float | None
    covariance_m2: tuple[tuple[float, float], tuple[float, float]]
    ce90_m: float
    le90_m: float | None

    def __post_init__(self) -> None:
        if not (-180.0 <= self.lon_deg <= 180.0 and -90.0 <= self.lat_deg <= 90.0):
            raise InputError(f"no such place: lon {self.lon_deg}, lat {self.lat_deg} deg")
        if not self.ce90_m > 0.0:
            raise InputError(f"a position needs a positive CE90, got {self.ce90_m} m")
