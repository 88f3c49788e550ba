"""The NumPy twin of the sweep: every line of sight of a sector, row by row. Slow, and exact."""

import numpy as np
from numpy.typing import NDArray

from atalaya.geo.viewshed_sweep import HIDDEN, SEEN, Heights, Metric


def look_along_sector(
    height_m: Heights,
    observer: NDArray[np.float64],
    target_m: float,
    step: int,
    metric: Metric,
    *,
    diagonal: bool,
    seen: NDArray[np.uint8],
) -> None:
    """As `sweep_sector` with no rays: the same but for lines that graze the ground within rounding."""
    rows, cols = height_m.shape
    col = np.arange(cols, dtype=np.float64)
    for row in range(rows):
        away = step * (row - observer[0])
        if away <= 0.0:
            continue
        slope = (col - observer[1]) / away
        inside = np.abs(slope) <= 1.0 if diagonal else np.abs(slope) < 1.0
        clear = _clear(height_m, observer, row, target_m, step, metric)
        seen[row, inside] = np.where(clear[inside], SEEN, HIDDEN)


def _clear(
    height_m: Heights,
    observer: NDArray[np.float64],
    row: int,
    target_m: float,
    step: int,
    metric: Metric,
) -> NDArray[np.bool_]:
    """(cols,) whether the line to each node of a row is clear."""
    rows, cols = height_m.shape
    away = step * (row - observer[0])
    slope = (np.arange(cols) - observer[1]) / away
    square = metric[0] + metric[1] * slope**2
    skew = (metric[3] * slope + metric[4] * slope**2) / square
    bend = metric[2] * square
    tangent = (height_m[row] + target_m - observer[2] - bend * away**2) / (away * (1.0 + skew * away))
    clear = np.ones(cols, dtype=np.bool_)
    for between in range(row - step, -1 if step > 0 else rows, -step):
        distance = step * (between - observer[0])
        if distance <= 0.0:
            break
        across = observer[1] + slope * distance
        on_grid = (across >= 0.0) & (across <= cols - 1.0)
        left = np.clip(across.astype(np.intp), 0, cols - 2)
        low_m, high_m = height_m[between, left], height_m[between, left + 1]
        ground_m = low_m + (across - left) * (high_m - low_m)
        ray_m = observer[2] + tangent * distance * (1.0 + skew * distance) + bend * distance**2
        clear &= ~(on_grid & (ground_m > ray_m))
    return clear
