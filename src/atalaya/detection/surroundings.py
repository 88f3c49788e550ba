"""How far each cell is from what is ordinary around it, where parts of the ground were not seen.

Local RX of what is known only: mean and covariance over a square ring, cells that were not seen are in
nobody's surroundings, and what stands far out does not make itself ordinary.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from atalaya.detection.metric_windows import odd
from atalaya.errors import InputError
from atalaya.units import Metres

type Image = NDArray[np.float32]
type Mask = NDArray[np.bool_]

INNER_M, OUTER_M = 10.0, 60.0
"""Sides of the ring; inner at least the width of what is sought."""
FEWEST_SHARE = 0.25
"""Of the ring that must be known."""
_MOST_SPREADS = 4.0
"""Beyond so many robust spreads from the middle, a value counts as if it were there."""


def known_mean(values: Image, known: Mask, side_cells: float) -> Image:
    """(H, W, C) mean over a square of the cells that are known; 0 where none is."""
    side = odd(side_cells)
    weight = known.astype(np.float32)
    share = _box(weight[..., None], side)
    total = _box(values * weight[..., None], side)
    return np.asarray(total / np.maximum(share, 1e-6) * (share > 1e-6), dtype=np.float32)


def spreads_from_surroundings(values: Image, known: Mask, cell_m: Metres, floor: Image) -> Image:
    """(H, W) Mahalanobis distance of each known cell from the ring around it; NaN where none can be said.

    Args:
        values: (H, W, C) float32, C from 1 to 4; what is not known may hold anything finite.
        known: (H, W).
        cell_m: of the cells.
        floor: (C,) variance that noise alone puts into uniform ground, in the channels' unit squared.

    Returns:
        float32, at least 0. The same for `values` and `-values`.

    Raises:
        InputError: not such a cube.

    Source: Reed and Yu 1990 (RX), on box sums over what is known, background clipped at 4 robust spreads.
    """
    distance = np.full(known.shape, np.nan, dtype=np.float32)
    usable, apart, covariance = _background(values, known, cell_m, floor)
    solved = np.linalg.solve(covariance[usable], apart[usable])
    distance[usable] = np.sqrt(np.maximum(np.sum(apart[usable] * solved, axis=(1, 2)), 0.0))
    return distance


def spreads_above_surroundings(values: Image, known: Mask, cell_m: Metres, floor: Image) -> Image:
    """(H, W) by how many spreads of the ring around it a cell of one channel is above the ring's mean.

    Args:
        values: (H, W, 1).
        known: as in `spreads_from_surroundings`, which is this without its sign.
        cell_m: likewise.
        floor: likewise.

    Raises:
        InputError: not such a plane.
    """
    if values.ndim != 3 or values.shape[2] != 1:
        raise InputError(f"one channel has a sign, got {values.shape}")
    above = np.full(known.shape, np.nan, dtype=np.float32)
    usable, apart, covariance = _background(values, known, cell_m, floor)
    above[usable] = apart[usable][:, 0, 0] / np.sqrt(covariance[usable][:, 0, 0])
    return above


def _background(
    values: Image, known: Mask, cell_m: Metres, floor: Image
) -> tuple[Mask, NDArray[np.float64], NDArray[np.float64]]:
    """Where something can be said; (H, W, C, 1) offset from the ring's mean; (H, W, C, C) covariance."""
    if values.ndim != 3 or known.shape != values.shape[:2] or not 1 <= values.shape[2] <= 4:
        raise InputError(f"values (H, W, 1 to 4) beside what is known, got {values.shape} and {known.shape}")
    count = values.shape[2]
    some = values[known] if known.any() else np.zeros((1, count), dtype=np.float32)
    middle = np.median(some, axis=0)
    spread = 1.4826 * np.median(np.abs(some - middle), axis=0) + np.sqrt(floor)
    offset = np.where(known[..., None], values - middle, 0.0)
    tame = np.clip(offset, -_MOST_SPREADS * spread, _MOST_SPREADS * spread)
    rows, cols = np.tril_indices(count)
    moments = np.concatenate([known[..., None], tame, tame[..., rows] * tame[..., cols]], axis=2)
    ring = _ring(moments.astype(np.float32), cell_m)
    full = np.maximum(ring[..., :1], 1e-6)
    mean = ring[..., 1 : count + 1] / full
    products = ring[..., count + 1 :] / full - mean[..., rows] * mean[..., cols]
    covariance = np.empty((*known.shape, count, count))
    covariance[..., rows, cols] = covariance[..., cols, rows] = products
    each = range(count)
    covariance[..., each, each] = np.maximum(covariance[..., each, each], 0.0) + np.maximum(floor, 1e-9)
    return known & (ring[..., 0] >= FEWEST_SHARE), (offset - mean)[..., None], covariance


def _ring(values: Image, cell_m: Metres) -> NDArray[np.float64]:
    """Mean over the ring; beyond the picture nothing is known."""
    outer, inner = odd(OUTER_M / cell_m), odd(INNER_M / cell_m)
    wide, near = (_box(values, side).astype(np.float64) * side**2 for side in (outer, inner))
    return np.asarray((wide - near) / (outer**2 - inner**2), dtype=np.float64)


def _box(values: Image, side: int) -> Image:
    """Mean over a square, what lies beyond the picture counted as 0."""
    planes = [
        cv2.boxFilter(
            np.ascontiguousarray(values[..., channel], dtype=np.float32),
            cv2.CV_32F,
            (side, side),
            borderType=cv2.BORDER_CONSTANT,
        )
        for channel in range(values.shape[2])
    ]
    return np.stack(planes, axis=-1)
