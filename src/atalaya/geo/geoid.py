"""Mean sea level against the ellipsoid: one grid, one sign, and a refusal where the grid does not reach.

N = h - H: the undulation is the ellipsoidal height of the geoid, so hae_m = msl_m + undulation_m.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from atalaya.errors import InputError
from atalaya.units import MetresArray

_SLACK_NODES = 1e-6
_FULL_TURN_DEG = 360.0


class VerticalDatum(StrEnum):
    """From where the heights of a source are measured; somebody has to say it, no file says it reliably."""

    HAE = "hae"
    MSL = "msl"


@dataclass(frozen=True, slots=True, kw_only=True)
class GeoidGrid:
    """Undulations on a regular lon/lat grid of nodes.

    Args:
        name: what grid this is, for the record: `GGM10`, `EGM96`, …
        undulation_m: (rows, cols) N = h - H [m], row 0 in the north, NaN where the grid has no value.
        west_deg, north_deg: place of node [0, 0].
        step_lon_deg, step_lat_deg: spacing, both positive; a grid that goes round the world wraps.

    Raises:
        InputError: fewer than 2 x 2 nodes, a step that is not positive, or latitudes beyond the poles.
    """

    name: str
    undulation_m: NDArray[np.float64]
    west_deg: float
    north_deg: float
    step_lon_deg: float
    step_lat_deg: float

    def __post_init__(self) -> None:
        if self.undulation_m.ndim != 2 or min(self.undulation_m.shape) < 2:
            raise InputError(f"geoid {self.name}: needs at least 2 x 2 nodes, got {self.undulation_m.shape}")
        if not (self.step_lon_deg > 0.0 and self.step_lat_deg > 0.0):
            raise InputError(f"geoid {self.name}: steps must be positive")
        south_deg = self.north_deg - self.step_lat_deg * (self.undulation_m.shape[0] - 1)
        if self.north_deg > 90.0 + 1e-6 or south_deg < -90.0 - 1e-6:
            raise InputError(f"geoid {self.name}: latitudes {south_deg} to {self.north_deg} deg")

    @property
    def wraps(self) -> bool:
        """Whether the columns go once round the world, so that the last meets the first."""
        width_deg = self.step_lon_deg * self.undulation_m.shape[1]
        return bool(width_deg >= _FULL_TURN_DEG - 1e-6)

    def undulation_at(self, lon_deg: ArrayLike, lat_deg: ArrayLike) -> MetresArray:
        """Undulation N [m], bilinear between nodes; NaN places give NaN.

        Raises:
            InputError: a place outside the grid, or one next to a node without a value.
        """
        lon, lat = np.broadcast_arrays(np.asarray(lon_deg, float), np.asarray(lat_deg, float))
        known = ~(np.isnan(lon) | np.isnan(lat))
        answer_m = np.full(lon.shape, np.nan)
        answer_m[known] = self._bilinear_m(lon[known], lat[known])
        return answer_m

    def _bilinear_m(self, lon_deg: NDArray[np.float64], lat_deg: NDArray[np.float64]) -> MetresArray:
        rows, cols = self.undulation_m.shape
        col = ((lon_deg - self.west_deg) % _FULL_TURN_DEG) / self.step_lon_deg
        turn = _FULL_TURN_DEG / self.step_lon_deg
        col = np.where(col > turn - _SLACK_NODES, 0.0, col)
        row = (self.north_deg - lat_deg) / self.step_lat_deg
        last_col = cols if self.wraps else cols - 1
        outside = (col > last_col + _SLACK_NODES) | (row < -_SLACK_NODES) | (row > rows - 1 + _SLACK_NODES)
        if np.any(outside):
            where = int(np.argmax(outside))
            raise InputError(
                f"geoid {self.name} does not reach lon {lon_deg[where]:.5f}, lat {lat_deg[where]:.5f} deg"
            )
        left = np.clip(np.floor(col).astype(np.intp), 0, last_col - 1)
        top = np.clip(np.floor(row).astype(np.intp), 0, rows - 2)
        across, down = np.clip(col - left, 0.0, 1.0), np.clip(row - top, 0.0, 1.0)
        right = (left + 1) % cols
        nodes = self.undulation_m
        upper_m = nodes[top, left] * (1.0 - across) + nodes[top, right] * across
        lower_m = nodes[top + 1, left] * (1.0 - across) + nodes[top + 1, right] * across
        answer_m: MetresArray = upper_m * (1.0 - down) + lower_m * down
        if np.any(np.isnan(answer_m)):
            where = int(np.argmax(np.isnan(answer_m)))
            raise InputError(
                f"geoid {self.name} has no value at lon {lon_deg[where]:.5f}, lat {lat_deg[where]:.5f} deg"
            )
        return answer_m


def undulation_m(geoid: GeoidGrid | None, lon_deg: ArrayLike, lat_deg: ArrayLike) -> MetresArray:
    """Undulation N = h - H [m] of the geoid above the ellipsoid.

    Raises:
        InputError: no grid is given, or it has no value there. A height is never passed through unchanged.
    """
    if geoid is None:
        raise InputError("a geoid grid is needed to turn MSL heights into ellipsoidal ones; none is given")
    return geoid.undulation_at(lon_deg, lat_deg)


def msl_to_hae(
    geoid: GeoidGrid | None, lon_deg: ArrayLike, lat_deg: ArrayLike, msl_m: ArrayLike
) -> MetresArray:
    """Height above the ellipsoid of heights above mean sea level.

    Raises:
        InputError: no grid, or no value of it there.
    """
    return np.asarray(msl_m, dtype=np.float64) + undulation_m(geoid, lon_deg, lat_deg)


def hae_to_msl(
    geoid: GeoidGrid | None, lon_deg: ArrayLike, lat_deg: ArrayLike, hae_m: ArrayLike
) -> MetresArray:
    """Height above mean sea level of heights above the ellipsoid.

    Raises:
        InputError: no grid, or no value of it there.
    """
    return np.asarray(hae_m, dtype=np.float64) - undulation_m(geoid, lon_deg, lat_deg)
