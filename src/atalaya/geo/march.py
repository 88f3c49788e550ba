"""The first ground along many paths on one grid, in NumPy: all rays take their next step together.

The same blocks, patches and roots as the compiled `ray_cells`, so the same answers: each tests the other.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from atalaya.geo.paths import Paths
from atalaya.geo.terrain import TerrainGrid

NOTHING, CROSSING, COMES_UNDER = 0, 1, 2
"""No ground; the ground from above; under known ground from where nothing is known."""
_CHORD_CELLS = 5e-4
_NUDGE_CELLS = 1e-9
_SMALLEST_STEP, _SLOWEST = 1e-13, 1e-30
_FIRST_LEVEL = 5
_LINES = 7

type Floats = NDArray[np.float64]


class _Steps(NamedTuple):
    """Where rays are on their piece, and what was known just before."""

    at: Floats
    end: Floats
    above: NDArray[np.bool_]
    level: NDArray[np.int64]


def first_ground(
    paths: Paths, start: Floats, end: Floats, goes_on: NDArray[np.bool_], terrain: TerrainGrid
) -> tuple[Floats, NDArray[np.int64]]:
    """The first ground on paths over a grid.

    Args:
        paths: N, in columns and rows of the grid.
        start: (N,) share of each path from which to look.
        end: (N,) to which to look.
        goes_on: (N,) whether a path is known to be above the ground just before its start.
        terrain: the grid.

    Returns:
        (N,) the share, and NOTHING, CROSSING or COMES_UNDER.
    """
    share, kind = end.copy(), np.full(len(end), NOTHING)
    above = goes_on.copy()
    pieces = _pieces(paths, end - start)
    size = (end - start) / pieces
    open_rays = np.flatnonzero(end > start)
    for piece in range(int(pieces.max(initial=0))):
        open_rays = open_rays[pieces[open_rays] > piece]
        if not open_rays.size:
            break
        begin = start[open_rays] + size[open_rays] * piece
        at, above[open_rays] = _on_piece(paths, open_rays, begin, size[open_rays], above[open_rays], terrain)
        met = at >= 0.0
        rays = open_rays[met]
        share[rays] = at[met]
        kind[rays] = np.where(above[rays], CROSSING, COMES_UNDER)
        open_rays = open_rays[~met]
    return share, kind


def _pieces(paths: Paths, share: Floats) -> NDArray[np.int64]:
    """Into how many straight pieces each path is cut."""
    powers = np.arange(len(paths.coefficients), dtype=np.float64)[:, None, None]
    bend = (powers * (powers - 1.0) * np.abs(paths.coefficients[:, :2])).sum(axis=0).max(axis=0)
    pieces: NDArray[np.int64] = 1 + (share * np.sqrt(bend / (8.0 * _CHORD_CELLS))).astype(np.int64)
    return pieces


def _on_piece(
    paths: Paths,
    rays: NDArray[np.intp],
    begin: Floats,
    size: Floats,
    above: NDArray[np.bool_],
    terrain: TerrainGrid,
) -> tuple[Floats, NDArray[np.bool_]]:
    """The first ground on a straight piece of each ray as a share of its path, or -1; above it before?"""
    line = _line(paths, rays, begin, size)
    rows, cols = terrain.hae_m.shape
    at, end = np.zeros(len(rays)), np.ones(len(rays))
    for start, rate, last in ((line[0], line[1], cols - 1.0), (line[2], line[3], rows - 1.0)):
        one, other = -start / rate, (last - start) / rate
        at, end = np.maximum(at, np.minimum(one, other)), np.minimum(end, np.maximum(one, other))
    above = above & ~((at > 0.0) | (end < at))
    found = np.full(len(rays), -1.0)
    level = np.full(len(rays), min(_FIRST_LEVEL, len(terrain.mipmap.offset)))
    steps = _Steps(at, end, above, level)
    going = np.flatnonzero(at < end)
    while going.size:
        now = _Steps(steps.at[going], steps.end[going], steps.above[going], steps.level[going])
        met, then = _step(line[:, going], now, terrain)
        for part, new in zip(steps, then, strict=True):
            part[going] = new
        found[going] = np.where(met >= 0.0, begin[going] + met * size[going], -1.0)
        going = going[(met < 0.0) & (then.at < then.end)]
    return found, steps.above & ((end >= 1.0) | (found >= 0.0))


def _line(paths: Paths, rays: NDArray[np.intp], begin: Floats, size: Floats) -> Floats:
    """(7, N) column and row with their rates, height with its rate and its bow."""
    u0, v0, h0 = paths.at(rays, begin)
    u1, v1, h1 = paths.at(rays, begin + size)
    bow_m = 2.0 * (h0 + h1 - 2.0 * paths.at(rays, begin + 0.5 * size)[2])
    du, dv = (np.where(np.abs(rate) > _SLOWEST, rate, _SLOWEST) for rate in (u1 - u0, v1 - v0))
    return np.stack([u0, du, v0, dv, h0, h1 - h0 - bow_m, bow_m])


def _step(line: Floats, now: _Steps, terrain: TerrainGrid) -> tuple[Floats, _Steps]:
    """One step of each ray: over a block that it is above, down a level, or through a cell to its ground."""
    u0, du, v0, dv, h0, h1, h2 = line
    rows, cols = terrain.hae_m.shape
    col = np.clip(np.floor(u0 + du * now.at + np.copysign(_NUDGE_CELLS, du)).astype(np.int64), 0, cols - 2)
    row = np.clip(np.floor(v0 + dv * now.at + np.copysign(_NUDGE_CELLS, dv)).astype(np.int64), 0, rows - 2)
    j, i = col >> now.level, row >> now.level
    to_u = (((j + (du > 0.0)) << now.level) - u0) / du
    to_v = (((i + (dv > 0.0)) << now.level) - v0) / dv
    to = np.maximum(np.minimum(np.minimum(to_u, to_v), now.end), now.at + _SMALLEST_STEP)
    ends_m = np.minimum(h0 + now.at * (h1 + now.at * h2), h0 + to * (h1 + to * h2))
    lowest_m = ends_m - 0.25 * np.maximum(h2, 0.0) * (to - now.at) ** 2
    cell = now.level == 0
    mipmap = terrain.mipmap
    block = mipmap.offset[now.level - 1] + i * mipmap.blocks_across[now.level - 1] + j
    over = ~cell & (lowest_m > mipmap.highest_m[np.where(cell, 0, block)])
    met, known = _in_cells(line, now.at, to, row, col, terrain)
    met = np.where(cell, met, -1.0)
    moved = over | (cell & (met < 0.0))
    above = np.where(cell, np.where(met < 0.0, known, now.above | (met > now.at)), now.above | over)
    level = np.where(moved, np.minimum(now.level + 1, len(mipmap.offset)), now.level - ~cell)
    return met, _Steps(np.where(moved, to, now.at), now.end, above, level)


def _in_cells(
    line: Floats, at: Floats, to: Floats, row: NDArray[np.int64], col: NDArray[np.int64], terrain: TerrainGrid
) -> tuple[Floats, NDArray[np.bool_]]:
    """Where each ray first is below the patch of its cell, -1 for nowhere; and whether the patch is known."""
    u0, du, v0, dv, h0, h1, h2 = line
    nodes_m, corner = terrain.hae_m.reshape(-1), row * terrain.hae_m.shape[1] + col
    a00 = nodes_m[corner].astype(np.float64)
    a10 = nodes_m[corner + 1] - a00
    a01 = nodes_m[corner + terrain.hae_m.shape[1]] - a00
    a11 = nodes_m[corner + terrain.hae_m.shape[1] + 1] - a00 - a10 - a01
    x, y = u0 - col, v0 - row
    qa = h2 - a11 * du * dv
    qb = h1 - a10 * du - a01 * dv - a11 * (x * dv + y * du)
    qc = h0 - a00 - a10 * x - a01 * y - a11 * x * y
    first, last = qc + at * (qb + at * qa), qc + to * (qb + to * qa)
    turn = -0.5 * qb
    dips = (qa > 0.0) & (at * qa < turn) & (turn < to * qa) & (turn**2 > qa * qc)
    root = np.sqrt(np.maximum(qb**2 - 4.0 * qa * qc, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        met = np.where(qb <= 0.0, 2.0 * qc / (root - qb), (-qb - root) / (2.0 * qa))
    met = np.where(first < 0.0, at, np.where((last < 0.0) | dips, np.clip(met, at, to), -1.0))
    return met, ~np.isnan(qc)
