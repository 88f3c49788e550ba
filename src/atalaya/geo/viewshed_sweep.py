"""The kernels of `viewshed`, compiled at their first call: rays swept outward, one exact line of sight.

A sector is the quarter of the grid in which lines of sight advance row by row; the quarters to the east and
west are swept on the transposed grid. In it a line is `column = observer + slope * rows away`, slope -1 to 1.
"""

from collections.abc import Callable
from typing import cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

HIDDEN, SEEN, UNKNOWN = 0, 1, 255
EMPTY_M = -1e5
"""Stands for a void that hides nothing: far below all ground."""
_LOWEST = -1e300

type Heights = NDArray[np.float32]
type Metric = NDArray[np.float64]
"""(5,) square of the metres of one row, of one column; drop of the ground by curvature less refraction per
square metre; change of the ground distance of a row, per row: its parts with slope, with slope squared."""
type Truth = bool | np.bool


def compiled[F: Callable[..., object]](function: F) -> F:
    """The function, compiled at its first call; it keeps no lock while it runs."""
    return cast("F", njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})(function))


@compiled
def skew_of(metric: Metric, slope: float) -> float:
    """Relative change of the ground distance that one row is, per row, along a line of this slope."""
    square = metric[0] + metric[1] * slope * slope
    skew: float = (metric[3] * slope + metric[4] * slope * slope) / square
    return skew


@compiled
def line_is_clear(
    height_m: Heights,
    observer: NDArray[np.float64],
    row: int,
    col: int,
    target_m: float,
    step: int,
    metric: Metric,
    highest_m: float,
) -> bool:
    """Whether no ground rises above the line from a node to the observer, where it crosses rows in between.

    Args:
        height_m: (rows, cols) no voids.
        observer: (3,) row, column, height [m]; not in the node's row.
        row: of the node, in the sector.
        col: likewise.
        target_m: what is looked at is so much above the node.
        step: -1 where rows go down from the observer, else 1.
        metric: of the sector.
        highest_m: of all heights; a line that is above it and rising needs no more looking.
    """
    rows, cols = height_m.shape
    at_col, eye_m = observer[1], observer[2]
    away = abs(row - observer[0])
    slope = (col - at_col) / away
    skew = skew_of(metric, slope)
    bend = metric[2] * (metric[0] + metric[1] * slope * slope)
    tangent = (height_m[row, col] + target_m - eye_m - bend * away * away) / (away * (1.0 + skew * away))
    distance = away - 1.0
    i = row - step
    while distance > 0.0 and 0 <= i < rows:
        ray_m = eye_m + tangent * distance * (1.0 + skew * distance) + bend * distance * distance
        if ray_m > highest_m and tangent <= 0.0 and eye_m > highest_m:
            return True
        across = at_col + slope * distance
        if 0.0 <= across <= cols - 1.0:
            left = min(int(across), cols - 2)
            ground_m = height_m[i, left] + (across - left) * (height_m[i, left + 1] - height_m[i, left])
            if ground_m > ray_m:
                return False
        i -= step
        distance -= 1.0
    return True


@compiled
def carry_rays(
    open_row_m: Heights,
    rise_m: NDArray[np.float64],
    left_edge: int,
    right_edge: int,
    at_col: float,
    away: float,
    spacing: float,
    skew: NDArray[np.float64],
    horizon: NDArray[np.float64],
    veiled: NDArray[np.bool_],
) -> None:
    """Raise the horizon of every ray that crosses this row on the grid; say which crossed a void."""
    last = len(open_row_m) - 1
    begin = max(int(np.ceil((1.0 - at_col / away) / spacing)), 0)
    end = min(int(np.floor(((last - at_col) / away + 1.0) / spacing)), len(horizon) - 1)
    for ray in range(begin, end + 1):
        place = min(max(at_col + (ray * spacing - 1.0) * away, left_edge), right_edge)
        left = min(int(place), right_edge - 1)
        ground = rise_m[left] + (place - left) * (rise_m[left + 1] - rise_m[left])
        if open_row_m[left] == EMPTY_M or open_row_m[left + 1] == EMPTY_M:
            veiled[ray] = True
        horizon[ray] = max(horizon[ray], ground / (away * (1.0 + skew[ray] * away)))


@compiled
def sweep_sector(
    height_m: Heights,
    open_m: Heights,
    observer: NDArray[np.float64],
    target_m: float,
    step: int,
    metric: Metric,
    density: float,
    highest_m: float,
    diagonal: Truth,
    seen: NDArray[np.uint8],
) -> None:
    """Mark the nodes of one sector as seen or hidden.

    Rays are carried outward row by row, each with the steepest ground so far. A node above both of its two
    neighbouring rays is seen, below both hidden; between them its own line of sight decides.

    Args:
        height_m: as in `line_is_clear`, voids filled as high as they may be.
        open_m: the same with `EMPTY_M` in the voids.
        observer: as in `line_is_clear`, anywhere.
        target_m: as in `line_is_clear`.
        step: as in `line_is_clear`.
        metric: of the sector.
        density: rays per column in the farthest row; 0 to look along every line instead.
        highest_m: as in `line_is_clear`.
        diagonal: whether nodes on the diagonals belong to this sector.
        seen: is written, where the sector is.
    """
    rows, cols = height_m.shape
    at_row, at_col = observer[0], observer[1]
    first = min(int(np.ceil(at_row)) - 1, rows - 1) if step < 0 else max(int(np.floor(at_row)) + 1, 0)
    last = -1 if step < 0 else rows
    if (last - first) * step <= 0:
        return
    count = int(np.ceil(2.0 * density * max(abs(last - step - at_row), 1.0))) + 2
    spacing = 2.0 / (count - 1)
    horizon = np.full(count, _LOWEST)
    skew = np.empty(count)
    veiled = np.zeros(count, dtype=np.bool_)
    for ray in range(count):
        skew[ray] = skew_of(metric, ray * spacing - 1.0)
    rise_m = np.empty(cols)
    for i in range(first, last, step):
        away = abs(i - at_row)
        low, high = max(int(np.ceil(at_col - away)), 0), min(int(np.floor(at_col + away)), cols - 1)
        if high < low:
            continue
        left_edge, right_edge = max(low - 1, 0), min(high + 1, cols - 1)
        row_drop_m = observer[2] + metric[2] * metric[0] * away * away
        for j in range(left_edge, right_edge + 1):
            rise_m[j] = height_m[i, j] - row_drop_m - metric[2] * metric[1] * (j - at_col) ** 2
        for j in range(low, high + 1):
            slope = (j - at_col) / away
            if not diagonal and abs(slope) >= 1.0:
                continue
            ray = min(int((slope + 1.0) / spacing), count - 2)
            tangent = (rise_m[j] + target_m) / (away * (1.0 + skew[ray] * away))
            one, two = horizon[ray], horizon[ray + 1]
            if density > 0.0 and (tangent >= one) == (tangent >= two):
                seen[i, j] = SEEN if tangent >= one else HIDDEN
            else:
                clear = line_is_clear(height_m, observer, i, j, target_m, step, metric, highest_m)
                seen[i, j] = SEEN if clear else HIDDEN
            if seen[i, j] == HIDDEN and (veiled[ray] or veiled[ray + 1]):
                clear = line_is_clear(open_m, observer, i, j, target_m, step, metric, highest_m)
                seen[i, j] = UNKNOWN if clear else HIDDEN
        carry_rays(open_m[i], rise_m, left_edge, right_edge, at_col, away, spacing, skew, horizon, veiled)
