"""March rays over a terrain grid to the first crossing: long steps where proven high, short ones near it."""

import numpy as np
from numpy.typing import NDArray

from atalaya.geo.paths import Paths
from atalaya.geo.terrain import CEILING_BLOCKS, CEILING_RING, TerrainGrid
from atalaya.units import MetresArray

_SHORT_CELLS = 0.5
_CLOSE_CELLS = 0.125
_CLOSE_HEIGHT_CELLS = 0.5
"""Nearer to the ground than this (or where the ground is unknown) a step is `_CLOSE_CELLS`."""
_TWICE_EARTH_RADIUS_M = 2.0 * 6.3e6
_BISECTIONS = 40
_CLOSE_FRACTION_M = 1e-4


def first_below(paths: Paths, terrain: TerrainGrid) -> MetresArray:
    """Distance along each ray at which it first goes under the ground.

    A ray that comes under the ground where nothing is known (void, beyond the edge) ends at the edge of the
    unknown, which is not on the ground: the caller checks that.

    Returns:
        (N,) [m] along the ray, NaN where it never goes under.
    """
    above, below = _bracket(paths, terrain)
    fraction = _bisect(paths, terrain, above, below)
    return paths.start_m + fraction * paths.length_m


def _bracket(paths: Paths, terrain: TerrainGrid) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fractions of the span before and after the first crossing under the ground; NaN where there is none."""
    count = len(paths.start_m)
    above, below = np.full(count, np.nan), np.full(count, np.nan)
    rays = np.arange(count)
    at = np.zeros(count)
    place = paths.at(rays, at)
    gap_m = place[2] - terrain.height_at_grid_m(place[0], place[1])
    alive = ~(gap_m < 0.0)
    per_fraction = _cells_per_fraction(paths)
    while True:
        rays, at, place, gap_m = rays[alive], at[alive], place[:, alive], gap_m[alive]
        if not rays.size:
            return above, below
        to = _step(paths, terrain, rays, at, place, gap_m, per_fraction[rays])
        there = paths.at(rays, to)
        gap_m = there[2] - terrain.height_at_grid_m(there[0], there[1])
        crossed = gap_m < 0.0
        above[rays[crossed]], below[rays[crossed]] = at[crossed], to[crossed]
        alive = ~crossed & (to < 1.0) & ~_gone(there, place, terrain)
        at, place = to, there


def _step(
    paths: Paths,
    terrain: TerrainGrid,
    rays: NDArray[np.intp],
    at: NDArray[np.float64],
    place: NDArray[np.float64],
    gap_m: MetresArray,
    per_fraction: NDArray[np.float64],
) -> NDArray[np.float64]:
    """The next fraction: as far as the way is proven to stay above every known height, else a short step."""
    cell_m = paths.length_m[rays] / per_fraction
    cells = np.where(gap_m > _CLOSE_HEIGHT_CELLS * cell_m, _SHORT_CELLS, _CLOSE_CELLS)
    to = np.minimum(at + cells / per_fraction, 1.0)
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
        to[trying] = far[safe]
    return to


def _cells_per_fraction(paths: Paths) -> NDArray[np.float64]:
    """(N,) the most cells (columns or rows) a ray can cross per unit of its fraction; never zero."""
    powers = np.arange(len(paths.coefficients), dtype=np.float64)[:, None, None]
    fastest: NDArray[np.float64] = np.abs(paths.coefficients[:, :2] * powers).sum(axis=0).max(axis=0)
    return np.maximum(fastest, _SHORT_CELLS)


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
