"""The first ground along one span on one grid, compiled: blocks that a ray is above are skipped whole.

Inside a cell the ground is a bilinear patch and the ray a parabola over a straight line: their meeting is the
root of a quadratic. docs/explain/rays.md has the derivation and the bounds.
"""

import math

from atalaya.geo.mipmap import WIDE_LEVEL
from atalaya.geo.ray_layers import Grid, patch_m
from atalaya.geo.ray_path import Floats, compiled_in_place

NOTHING, CROSSING, COMES_UNDER = 0, 1, 2
"""No ground; the ground from above; under known ground from where nothing is known."""
UNSEEN, ABOVE = 0, 1
"""What is known of a ray just before a place: nothing, or that it is above the ground."""
_NUDGE_CELLS = 1e-9
_CHORD_CELLS = 0.5
"""How far a straight piece may be beside the curve of the ray: wide blocks hold a cell more on each side."""
_MOST_PIECES = 4096
_SMALLEST_STEP, _SLOWEST = 1e-13, 1e-30
_FIRST_LEVEL = 7


type Line = tuple[float, float, float, float, float, float, float, float, float]
"""Column and row, each with its rate; height with its two; the inverse of both rates."""


@compiled_in_place
def value_at(path: Floats, kind: int, at: float) -> float:
    """One of the polynomials of a path."""
    value: float = path[kind, 0] + at * (
        path[kind, 1]
        + at * (path[kind, 2] + at * (path[kind, 3] + at * (path[kind, 4] + at * path[kind, 5])))
    )
    return value


@compiled_in_place
def rate_at(path: Floats, kind: int, at: float) -> float:
    """How fast it grows."""
    rate: float = path[kind, 1] + at * (
        2.0 * path[kind, 2]
        + at * (3.0 * path[kind, 3] + at * (4.0 * path[kind, 4] + at * 5.0 * path[kind, 5]))
    )
    return rate


@compiled_in_place
def _pieces(path: Floats, share: float) -> int:
    """Into how many straight pieces the column and row of so much of a path are cut."""
    bend = 0.0
    for kind in range(2):
        most = 0.0
        for power in range(2, 6):
            most += power * (power - 1) * abs(path[kind, power])
        bend = max(bend, most)
    return 1 + min(int(share * math.sqrt(bend / (8.0 * _CHORD_CELLS))), _MOST_PIECES)


@compiled_in_place
def first_ground(path: Floats, start: float, end: float, before: int, grid: Grid) -> tuple[float, int]:
    """The first ground on a path over a grid.

    Args:
        path: (3, 6) column, row and hae_m as polynomials of the share of the span.
        start: share from which to look.
        end: share to which to look.
        before: UNSEEN or ABOVE, just before the start.
        grid: the ground.

    Returns:
        the share, and NOTHING, CROSSING or COMES_UNDER.
    """
    pieces = _pieces(path, end - start)
    size = (end - start) / pieces
    level = min(_FIRST_LEVEL, grid.levels)
    for piece in range(pieces):
        begin = start + size * piece
        at, before, level = _on_piece(path, begin, size, before, level, grid)
        if at >= 0.0:
            return at, CROSSING if before == ABOVE else COMES_UNDER
    return end, NOTHING


@compiled_in_place
def _on_piece(
    path: Floats, begin: float, size: float, before: int, level: int, grid: Grid
) -> tuple[float, int, int]:
    """The first ground on a straight piece, or -1; what was known just before; the level reached."""
    line = _line(path, begin, begin + size)
    at, end = _clip(line[0], line[1], -1.0, float(grid.cols), 0.0, 1.0)
    at, end = _clip(line[2], line[3], -1.0, float(grid.rows), at, end)
    if at > 0.0 or end < at:
        before = UNSEEN
    nudge_u, nudge_v = math.copysign(_NUDGE_CELLS, line[1]), math.copysign(_NUDGE_CELLS, line[3])
    while at < end:
        col = math.floor(line[0] + line[1] * at + nudge_u)
        row = math.floor(line[2] + line[3] * at + nudge_v)
        while True:
            to = _block_end(line, col, row, level, at, end)
            across = grid.blocks_across[level - 1]
            i = min(max(row >> level, 0), grid.blocks_down[level - 1] - 1)
            j = min(max(col >> level, 0), across - 1)
            above = _lowest_m(line, at, to) > grid.highest_m[grid.offset[level - 1] + i * across + j]
            if above or level == WIDE_LEVEL:
                break
            level -= 1
        if above:
            before = ABOVE
        else:
            found, before = _in_block(path, begin + at * size, begin + to * size, before, grid)
            if found >= 0.0:
                return found, before, level
        at = to
        level = min(level + 1, grid.levels)
    return -1.0, before if end >= 1.0 else UNSEEN, level


@compiled_in_place
def _line(path: Floats, begin: float, finish: float) -> Line:
    """A straight line with a bow in its height: column and row with their rates, height with its two."""
    u0, v0, h0 = value_at(path, 0, begin), value_at(path, 1, begin), value_at(path, 2, begin)
    du, dv = _rate(value_at(path, 0, finish) - u0), _rate(value_at(path, 1, finish) - v0)
    rise_m = value_at(path, 2, finish) - h0
    bow_m = 2.0 * (2.0 * h0 + rise_m - 2.0 * value_at(path, 2, 0.5 * (begin + finish)))
    return u0, du, v0, dv, h0, rise_m - bow_m, bow_m, 1.0 / du, 1.0 / dv


@compiled_in_place
def _block_end(line: Line, col: int, row: int, level: int, at: float, end: float) -> float:
    """Where a line leaves the block of a cell."""
    to_u = (float(((col >> level) + (line[1] > 0.0)) << level) - line[0]) * line[7]
    to_v = (float(((row >> level) + (line[3] > 0.0)) << level) - line[2]) * line[8]
    return max(min(to_u, to_v, end), at + _SMALLEST_STEP)


@compiled_in_place
def _lowest_m(line: Line, at: float, to: float) -> float:
    """No height of a line between two places is lower."""
    ends_m = min(line[4] + at * (line[5] + at * line[6]), line[4] + to * (line[5] + to * line[6]))
    return ends_m - 0.25 * max(line[6], 0.0) * (to - at) * (to - at)


@compiled_in_place
def _rate(change: float) -> float:
    """The same, never zero: a line along a row of nodes reaches the next one in no time that matters."""
    return change if abs(change) > _SLOWEST else _SLOWEST


@compiled_in_place
def _clip(at: float, rate: float, first: float, last: float, low: float, high: float) -> tuple[float, float]:
    """Between which shares of a piece one of its coordinates is between two values."""
    inverse = 1.0 / rate
    one, other = (first - at) * inverse, (last - at) * inverse
    return max(low, min(one, other)), min(high, max(one, other))


@compiled_in_place
def _in_block(path: Floats, begin: float, finish: float, before: int, grid: Grid) -> tuple[float, int]:
    """The first ground on a stretch of some cells, or -1; and what was known just before, or at the end."""
    line = _line(path, begin, finish)
    last_row, last_col = grid.rows - 2, grid.cols - 2
    at, end = _clip(line[0], line[1], 0.0, last_col + 1.0, 0.0, 1.0)
    at, end = _clip(line[2], line[3], 0.0, last_row + 1.0, at, end)
    if at > 0.0 or end < at:
        before = UNSEEN
    nudge_u, nudge_v = math.copysign(_NUDGE_CELLS, line[1]), math.copysign(_NUDGE_CELLS, line[3])
    while at < end:
        col = min(max(int(line[0] + line[1] * at + nudge_u), 0), last_col)
        row = min(max(int(line[2] + line[3] * at + nudge_v), 0), last_row)
        to = _block_end(line, col, row, 1, at, end)
        block = (row >> 1) * grid.blocks_across[0] + (col >> 1)
        if _lowest_m(line, at, to) > grid.highest_m[block]:
            before = ABOVE
        else:
            to = _block_end(line, col, row, 0, at, end)
            qa, qb, qc = _over_patch(line, grid, row, col)
            if math.isnan(qc):
                before = UNSEEN
            else:
                meets = _first_below(qa, qb, qc, at, to)
                if meets >= 0.0:
                    return begin + meets * (finish - begin), ABOVE if meets > at else before
                before = ABOVE
        at = to
    return -1.0, before if end >= 1.0 else UNSEEN


@compiled_in_place
def _over_patch(line: Line, grid: Grid, row: int, col: int) -> tuple[float, float, float]:
    """The height of a line above the patch of a cell, as a quadratic; NaN where a corner is unknown."""
    u0, du, v0, dv, h0, h1, h2, _, _ = line
    a00, a10, a01, a11 = patch_m(grid, row, col)
    x, y = u0 - col, v0 - row
    qb = h1 - a10 * du - a01 * dv - a11 * (x * dv + y * du)
    return h2 - a11 * du * dv, qb, h0 - a00 - a10 * x - a01 * y - a11 * x * y


@compiled_in_place
def _first_below(qa: float, qb: float, qc: float, start: float, end: float) -> float:
    """Where a quadratic first goes below zero between two places; -1 for nowhere."""
    if qc + start * (qb + start * qa) < 0.0:
        return start
    if qc + end * (qb + end * qa) >= 0.0:
        turn = -0.5 * qb
        if not (qa > 0.0 and start * qa < turn < end * qa and turn * turn > qa * qc):
            return -1.0
    root = math.sqrt(max(qb * qb - 4.0 * qa * qc, 0.0))
    meets = 2.0 * qc / (root - qb) if qb <= 0.0 else (-qb - root) / (2.0 * qa)
    return min(max(meets, start), end)
