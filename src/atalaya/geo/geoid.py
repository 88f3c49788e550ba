"""Mean sea level against the ellipsoid: one grid, one sign, and a refusal where the grid does not reach.

N = h - H: the undulation is the ellipsoidal height of the geoid, so hae_m = msl_m + undulation_m.
"""

from collections.abc import Iterable
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
        of_world: whether it is a part of a grid that goes round the world.

    Raises:
        InputError: fewer than 2 x 2 nodes, a step that is not positive, or latitudes beyond the poles.
    """

    name: str
    undulation_m: NDArray[np.float64]
    west_deg: float
    north_deg: float
    step_lon_deg: float
    step_lat_deg: float
    of_world: bool = False

    def __post_init__(self) -> None:
        if self.undulation_m.ndim != 2 or min(self.undulation_m.shape) < 2:
            raise InputError(f"geoid {self.name}: needs at least 2 x 2 nodes, got {self.undulation_m.shape}")
        if not (self.step_lon_deg > 0.0 and self.step_lat_deg > 0.0):
            raise InputError(f"geoid {self.name}: steps must be positive")
        south_deg = self.north_deg - self.step_lat_deg * (self.undulation_m.shape[0] - 1)
        if not (np.isfinite(self.west_deg) and np.isfinite(self.north_deg)):
            raise InputError(f"geoid {self.name}: no such place: {self.west_deg}, {self.north_deg} deg")
        if self.north_deg > 90.0 + 1e-6 or south_deg < -90.0 - 1e-6:
            raise InputError(f"geoid {self.name}: latitudes {south_deg} to {self.north_deg} deg")

    @property
    def wraps(self) -> bool:
        """Whether the columns go once round the world, so that the last meets the first."""
        width_deg = self.step_lon_deg * self.undulation_m.shape[1]
        return bool(width_deg >= _FULL_TURN_DEG - 1e-6)

    @property
    def bounds_deg(self) -> tuple[float, float, float, float]:
        """West, south, east and north of what it reaches; a grid that wraps reaches all longitudes."""
        rows, cols = self.undulation_m.shape
        width_deg = _FULL_TURN_DEG if self.wraps else self.step_lon_deg * (cols - 1)
        south_deg = self.north_deg - self.step_lat_deg * (rows - 1)
        return self.west_deg, south_deg, self.west_deg + width_deg, self.north_deg

    def reaches(self, lon_deg: ArrayLike, lat_deg: ArrayLike) -> NDArray[np.bool_]:
        """Which places lie on the grid; one of them may still be next to a node without a value."""
        lon, lat = np.broadcast_arrays(np.asarray(lon_deg, float), np.asarray(lat_deg, float))
        answer = np.zeros(lon.shape, dtype=np.bool_)
        known = ~(np.isnan(lon) | np.isnan(lat))
        col, row = self._grid_place(lon[known], lat[known])
        answer[known] = ~self._outside(col, row)
        return answer

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

    def _grid_place(
        self, lon_deg: NDArray[np.float64], lat_deg: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Fractional column and row."""
        col = ((lon_deg - self.west_deg) % _FULL_TURN_DEG) / self.step_lon_deg
        turn = _FULL_TURN_DEG / self.step_lon_deg
        return np.where(col > turn - _SLACK_NODES, 0.0, col), (self.north_deg - lat_deg) / self.step_lat_deg

    def _outside(self, col: NDArray[np.float64], row: NDArray[np.float64]) -> NDArray[np.bool_]:
        rows, cols = self.undulation_m.shape
        last_col = cols if self.wraps else cols - 1
        outside: NDArray[np.bool_] = (col > last_col + _SLACK_NODES) | (row < -_SLACK_NODES)
        outside |= row > rows - 1 + _SLACK_NODES
        return outside

    def _bilinear_m(self, lon_deg: NDArray[np.float64], lat_deg: NDArray[np.float64]) -> MetresArray:
        rows, cols = self.undulation_m.shape
        col, row = self._grid_place(lon_deg, lat_deg)
        last_col = cols if self.wraps else cols - 1
        outside = self._outside(col, row)
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


@dataclass(frozen=True, slots=True)
class GeoidStack:
    """Several grids, the best first: each place is answered by the first that reaches it.

    A grid for a region comes before one of the whole world, and of two alike the finer one; where the best
    ends the next goes on, a step of up to 2 m (GGM10 to EGM96 in Mexico, measured).

    Raises:
        InputError: no grid at all.
    """

    grids: tuple[GeoidGrid, ...]

    def __post_init__(self) -> None:
        if not self.grids:
            raise InputError("a stack of geoid grids needs one at least")

    @property
    def name(self) -> str:
        """The names of its grids, best first."""
        return ", ".join(grid.name for grid in self.grids)

    def reaches(self, lon_deg: ArrayLike, lat_deg: ArrayLike) -> NDArray[np.bool_]:
        """Which places lie on one of the grids."""
        answers: NDArray[np.bool_] = np.any([grid.reaches(lon_deg, lat_deg) for grid in self.grids], axis=0)
        return answers

    def undulation_at(self, lon_deg: ArrayLike, lat_deg: ArrayLike) -> MetresArray:
        """Undulation N [m] of the first grid that reaches each place; NaN places give NaN.

        Raises:
            InputError: a place that no grid reaches, or one next to a node without a value.
        """
        lon, lat = np.broadcast_arrays(np.asarray(lon_deg, float), np.asarray(lat_deg, float))
        answer_m, open_ = np.full(lon.shape, np.nan), ~(np.isnan(lon) | np.isnan(lat))
        for grid in self.grids:
            mine = open_ & grid.reaches(lon, lat)
            answer_m[mine] = grid.undulation_at(lon[mine], lat[mine])
            open_ = open_ & ~mine
        if np.any(open_):
            raise InputError(
                f"no geoid grid ({self.name}) reaches lon {lon[open_][0]:.5f}, lat {lat[open_][0]:.5f} deg: "
                "add one that does (atalaya geodata add FILE)"
            )
        return answer_m


type Geoid = GeoidGrid | GeoidStack
"""What turns heights above mean sea level into ellipsoidal ones."""


def best_first(grids: Iterable[GeoidGrid]) -> tuple[GeoidGrid, ...]:
    """The order in which grids are asked: regional before world, then finer, then by name."""
    return tuple(
        sorted(
            grids,
            key=lambda it: (it.wraps or it.of_world, round(it.step_lat_deg * it.step_lon_deg, 9), it.name),
        )
    )


def undulation_m(geoid: Geoid | None, lon_deg: ArrayLike, lat_deg: ArrayLike) -> MetresArray:
    """Undulation N = h - H [m] of the geoid above the ellipsoid.

    Raises:
        InputError: no grid is given, or it has no value there. A height is never passed through unchanged.
    """
    if geoid is None:
        raise InputError("a geoid grid is needed to turn MSL heights into ellipsoidal ones; none is given")
    return geoid.undulation_at(lon_deg, lat_deg)


def msl_to_hae(geoid: Geoid | None, lon_deg: ArrayLike, lat_deg: ArrayLike, msl_m: ArrayLike) -> MetresArray:
    """Height above the ellipsoid of heights above mean sea level.

    Raises:
        InputError: no grid, or no value of it there.
    """
    return np.asarray(msl_m, dtype=np.float64) + undulation_m(geoid, lon_deg, lat_deg)


def hae_to_msl(geoid: Geoid | None, lon_deg: ArrayLike, lat_deg: ArrayLike, hae_m: ArrayLike) -> MetresArray:
    """Height above mean sea level of heights above the ellipsoid.

    Raises:
        InputError: no grid, or no value of it there.
    """
    return np.asarray(hae_m, dtype=np.float64) - undulation_m(geoid, lon_deg, lat_deg)
