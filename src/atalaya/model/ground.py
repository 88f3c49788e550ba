"""Points on the ground, always with their error."""

import math
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


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionPart:
    """One connected piece of the ground where the true place may be.

    Args:
        probability: share of the likely errors that end in this part, 0 to 1.
        lon_deg, lat_deg, hae_m: of the place in its middle; height above the ellipsoid.
        ring_lon_deg, ring_lat_deg: its outline, closed (the last point is the first), at least four points.

    Raises:
        InputError: a probability outside 0..1, a place that is not finite, or an outline that is not a closed
            ring.
    """

    probability: float
    lon_deg: float
    lat_deg: float
    hae_m: float
    ring_lon_deg: tuple[float, ...]
    ring_lat_deg: tuple[float, ...]

    def __post_init__(self) -> None:
        if not 0.0 <= self.probability <= 1.0:
            raise InputError(f"a probability is 0 to 1, got {self.probability}")
        if not all(map(math.isfinite, (self.lon_deg, self.lat_deg, self.hae_m))):
            raise InputError(f"no such place: {self.lon_deg}, {self.lat_deg} deg, {self.hae_m} m")
        ring = list(zip(self.ring_lon_deg, self.ring_lat_deg, strict=False))
        if len(self.ring_lon_deg) != len(self.ring_lat_deg) or len(ring) < 4 or ring[0] != ring[-1]:
            raise InputError(f"an outline is a closed ring of at least four points, got {ring[:5]}")


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundRegion:
    """Where the true place of one pixel may be: not a circle, but the ground that its likely errors reach.

    Args:
        position: the answer with its CE90 and LE90.
        contained: share of the true places that the parts together hold.
        parts: most probable first.
        other_slope_probability: share of the likely errors on ground that is not connected with the answer.
        nowhere_probability: share of the likely errors that meet no known ground.

    Raises:
        InputError: no part, or a share outside 0..1.
    """

    position: Position
    contained: float
    parts: tuple[RegionPart, ...]
    other_slope_probability: float
    nowhere_probability: float

    def __post_init__(self) -> None:
        shares = (self.contained, self.other_slope_probability, self.nowhere_probability)
        if not self.parts or not all(0.0 <= share <= 1.0 for share in shares):
            raise InputError(f"a region has at least one part and shares of 0 to 1, got {shares}")
