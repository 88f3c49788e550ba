"""The kernel of `local_rx`, compiled at its first call: sums that slide, and one small factor per pixel."""

from collections.abc import Callable
from typing import cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

type Image = NDArray[np.float32]
type Cube = NDArray[np.float64]
type Sums = NDArray[np.float64]
"""(..., 1 + C + C (C + 1) / 2): count, channels, products of channels i >= j, row after row."""

LEAST_PIVOT = 1e-9
"""Share of a channel's own variance that must be left when the channels before it are known."""


def compiled[F: Callable[..., object]](function: F) -> F:
    """The function, compiled at its first call; it keeps no lock while it runs."""
    return cast("F", njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})(function))


@compiled
def _take_rows(cube: Cube, begin: int, end: int, sums: Sums) -> None:
    for row in range(begin, end):
        for col in range(cube.shape[1]):
            _tally(cube[row, col], 1.0, sums[col])


@compiled
def _tally(pixel: Sums, sign: float, sums: Sums) -> None:
    """Adds or takes away one pixel's count, channels and products."""
    count = pixel.size
    if np.isnan(pixel[0]):
        return
    sums[0] += sign
    at = count + 1
    for i in range(count):
        value = sign * pixel[i]
        sums[1 + i] += value
        for j in range(i + 1):
            sums[at] += value * pixel[j]
            at += 1


@compiled
def _follow(cube: Cube, row: int, side: int, top: int, sums: Sums) -> int:
    """Column sums of the window of this row, from those of the row before."""
    wanted: int = min(max(row - side // 2, 0), cube.shape[0] - side)
    if wanted > top:
        for col in range(cube.shape[1]):
            _tally(cube[top, col], -1.0, sums[col])
            _tally(cube[top + side, col], 1.0, sums[col])
    return wanted


@compiled
def _first_window(sums: Sums, side: int, ring: Sums) -> None:
    ring[:] = 0.0
    for col in range(side):
        for k in range(ring.size):
            ring[k] += sums[col, k]


@compiled
def _slide_window(sums: Sums, col: int, side: int, left: int, ring: Sums) -> int:
    wanted: int = min(max(col - side // 2, 0), sums.shape[0] - side)
    if wanted > left:
        for k in range(ring.size):
            ring[k] += sums[left + side, k] - sums[left, k]
    return wanted


@compiled
def _distance(pixel: Sums, wide: Sums, near: Sums, noise_variance: float, factor: Cube, white: Sums) -> float:
    """Squared distance by a Cholesky factor made in place, solved as it grows."""
    count = pixel.size
    number = wide[0] - near[0]
    if np.isnan(pixel[0]) or number < count + 1.5:
        return np.nan
    share, unbiased = 1.0 / number, 1.0 / (number - 1.0)
    squared = 0.0
    at = count + 1
    for i in range(count):
        mean_i = (wide[1 + i] - near[1 + i]) * share
        left = pixel[i] - mean_i
        for j in range(i):
            known = (wide[at] - near[at] - mean_i * (wide[1 + j] - near[1 + j])) * unbiased
            at += 1
            for k in range(j):
                known -= factor[i, k] * factor[j, k]
            known *= factor[j, j]
            factor[i, j] = known
            left -= known * white[j]
        variance = (wide[at] - near[at] - mean_i * (wide[1 + i] - near[1 + i])) * unbiased + noise_variance
        at += 1
        pivot = variance
        for k in range(i):
            pivot -= factor[i, k] ** 2
        if not (variance > 0.0 and pivot > LEAST_PIVOT * variance):
            return np.nan
        factor[i, i] = 1.0 / np.sqrt(pivot)
        white[i] = left * factor[i, i]
        squared += white[i] ** 2
    return squared


@compiled
def slide(cube: Cube, inner: int, outer: int, noise_variance: float, distance: Image) -> None:
    """Column sums follow the rows, window sums follow the columns; one small factor per pixel."""
    rows, cols, count = cube.shape
    terms = 1 + count + count * (count + 1) // 2
    wide, near = np.zeros((cols, terms)), np.zeros((cols, terms))
    ring, ring_near = np.empty(terms), np.empty(terms)
    factor, white = np.empty((count, count)), np.empty(count)
    _take_rows(cube, 0, outer, wide)
    _take_rows(cube, 0, inner, near)
    top, top_near = 0, 0
    for row in range(rows):
        top = _follow(cube, row, outer, top, wide)
        top_near = _follow(cube, row, inner, top_near, near)
        left, left_near = 0, 0
        _first_window(wide, outer, ring)
        _first_window(near, inner, ring_near)
        for col in range(cols):
            left = _slide_window(wide, col, outer, left, ring)
            left_near = _slide_window(near, col, inner, left_near, ring_near)
            distance[row, col] = _distance(cube[row, col], ring, ring_near, noise_variance, factor, white)
