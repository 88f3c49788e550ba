"""March rays over a terrain grid to the first crossing: long steps where proven high, short ones near it."""

import numpy as np
from numpy.typing import NDArray

from atalaya.geo.paths import Paths
from atalaya.geo.terrain import CEILING_BLOCKS, CEILING_RING, TerrainGrid
from atalaya.units import MetresArray

_FINE_CELLS = 0.5
_TWICE_EARTH_RADIUS_M = 2.0 * 6.3e6
_BISECTIONS = 40
_CLOSE_FRACTION_M = 1e-4


def first_below(paths: Paths, terrain: TerrainGrid) -> MetresArray:
    """Distance along each ray at which it first goes under the ground.

    A ray that arrives under the ground from where nothing is known (void, beyond the edge) has no answer.

    Returns:
        (N,) [m] along the ray, NaN where there is none.
    """
    above, below = _bracket(paths, terrain)
    fraction = _bisect(paths, terrain, above, below)
    return paths.start_m + fraction * paths.length_m


def _bracket(paths: Paths, terrain: TerrainGrid) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fractions of the span just above and just below the first crossing; NaN where there is none."""
    count = len(paths.start_m)
    above, below = np.full(count, np.nan), np.full(count, np.nan)
    rays = np.arange(count)
    at = np.zeros(count)
    place = paths.at(rays, at)
    ground_m = terrain.height_at_grid_m(place[0], place[1])
    seen_above = place[2] >= ground_m
    alive = ~(place[2] < ground_m)
    per_fraction = _cells_per_fraction(paths)
    while True:
        rays, at, place, seen_above = rays[alive], at[alive], place[:, alive], seen_above[alive]
        if not rays.size:
            return above, below
        to, long = _step(paths, terrain, rays, at, place, per_fraction[rays])
        there = paths.at(rays, to)
        gap_m = there[2] - terrain.height_at_grid_m(there[0], there[1])
        crossed = (gap_m < 0.0) & ~long
        found = crossed & seen_above
        above[rays[found]], below[rays[found]] = at[found], to[found]
        alive = ~crossed & (to < 1.0) & ~_gone(there, place, terrain)
        seen_above = long | (gap_m >= 0.0)
        at, place = to, there


def _step(
    paths: Paths,
    terrain: TerrainGrid,
    rays: NDArray[np.intp],
    at: NDArray[np.float64],
    place: NDArray[np.float64],
    per_fraction: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The next fraction, and whether the way there was long (proven to stay above every known height)."""
    to = np.minimum(at + _FINE_CELLS / per_fraction, 1.0)
    long = np.zeros(len(rays), dtype=np.bool_)
    trying = np.arange(len(rays))
    for block, ceiling_m in zip(CEILING_BLOCKS, terrain.ceilings, strict=True):
        col, row, height_m = place[:, trying]
        rows, cols = ceiling_m.shape
        i = np.clip(row // block + CEILING_RING, 0, rows - 1).astype(np.intp)
        j = np.clip(col // block + CEILING_RING, 0, cols - 1).astype(np.intp)
        over_m = ceiling_m[i, j]
        high = height_m > over_m  # most rays near the ground fail here, before any polynomial
        trying, over_m, height_m = trying[high], over_m[high], height_m[high]
        far = np.minimum(at[trying] + (block - 1) / per_fraction[trying], 1.0)
        there_m = paths.at(rays[trying], far)[2]
        sag_m = ((far - at[trying]) * paths.length_m[rays[trying]]) ** 2 / _TWICE_EARTH_RADIUS_M
        safe = np.minimum(height_m, there_m) - sag_m > over_m
        trying = trying[safe]
        if not trying.size:
            break
        to[trying], long[trying] = far[safe], True
    return to, long


def _cells_per_fraction(paths: Paths) -> NDArray[np.float64]:
    """(N,) the most cells (columns or rows) a ray can cross per unit of its fraction; never zero."""
    powers = np.arange(len(paths.coefficients), dtype=np.float64)[:, None, None]
    fastest: NDArray[np.float64] = np.abs(paths.coefficients[:, :2] * powers).sum(axis=0).max(axis=0)
    return np.maximum(fastest, _FINE_CELLS)


def _gone(there: NDArray[np.float64], before: NDArray[np.float64], terrain: TerrainGrid) -> NDArray[np.bool_]:
    """Rays that are off the grid and still moving away from it."""
    rows, cols = terrain.hae_m.shape
    col, row = there[0], there[1]
    across, down = col - before[0], row - before[1]
    gone_across = ((col < 0.0) & (across < 0.0)) | ((col > cols - 1) & (across > 0.0))
    gone_down = ((row < 0.0) & (down < 0.0)) | ((row > rows - 1) & (down > 0.0))
    gone: NDArray[np.bool_] = gone_across | gone_down
    return gone


def _bisect(
    paths: Paths, terrain: TerrainGrid, above: NDArray[np.float64], below: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The fraction of the crossing; where nothing is known in between, the edge of the unknown."""
    answer = np.full(len(above), np.nan)
    rays = np.flatnonzero(~np.isnan(below))
    high, low = above[rays], below[rays]
    for _ in range(_BISECTIONS):
        if not np.any((low - high) * paths.length_m[rays] > _CLOSE_FRACTION_M):
            break
        middle = 0.5 * (high + low)
        col, row, height_m = paths.at(rays, middle)
        under = height_m < terrain.height_at_grid_m(col, row)
        high, low = np.where(under, high, middle), np.where(under, middle, low)
    answer[rays] = 0.5 * (high + low)
    return answer
