"""Regions of a score map as measured blobs: where, how large, how rectangular, how bright."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from atalaya.model.columns import Columns
from atalaya.units import Metres


@dataclass(frozen=True, slots=True, kw_only=True)
class Blobs(Columns):
    """Connected regions, N first, in the pixels of the map they were found in.

    Args:
        x_px, y_px: (N,) centre of the enclosing box. width_px, height_px: (N,) its extent.
        area_m2: (N,) of the region itself.
        length_m, breadth_m: (N,) sides of the smallest rotated rectangle around it.
        rectangularity: (N,) share of that rectangle which it fills, 0 to 1.
        peak: (N,) greatest score inside.
        brightness: (N,) mean Lab lightness inside less that of its surroundings (8-bit levels).
    """

    x_px: NDArray[np.float64]
    y_px: NDArray[np.float64]
    width_px: NDArray[np.float64]
    height_px: NDArray[np.float64]
    area_m2: NDArray[np.float64]
    length_m: NDArray[np.float64]
    breadth_m: NDArray[np.float64]
    rectangularity: NDArray[np.float64]
    peak: NDArray[np.float64]
    brightness: NDArray[np.float64]


NUMBERS = 10
"""Columns of `Blobs`, in order, as `_measure` returns them."""


def find_blobs(
    score: NDArray[np.float32],
    lightness: NDArray[np.uint8],
    gsd_m: Metres,
    *,
    threshold: float,
    area_m2: tuple[float, float],
    surround_m: Metres,
) -> Blobs:
    """The connected regions above a threshold whose area lies in a range.

    Args:
        score: (H, W) float32.
        lightness: (H, W) uint8, Lab L of the same picture.
        gsd_m: of these pixels.
        threshold: a region's pixels score more than this.
        area_m2: smallest and largest area kept.
        surround_m: how far the surroundings reach beyond the region's box.
    """
    above = (score > threshold).astype(np.uint8)
    count, found, boxes, _ = cv2.connectedComponentsWithStats(above, connectivity=8)
    labels = np.asarray(found, dtype=np.int32)
    ground_m2 = boxes[:, cv2.CC_STAT_AREA] * gsd_m**2
    wanted = np.flatnonzero((ground_m2 >= area_m2[0]) & (ground_m2 <= area_m2[1]) & (np.arange(count) > 0))
    surround_px = max(1, round(surround_m / gsd_m))
    rows = [
        _measure(score, lightness, labels, int(label), np.asarray(boxes[label]), surround_px, gsd_m)
        for label in wanted
    ]
    table = np.array(rows, dtype=np.float64).reshape(len(rows), NUMBERS).T.copy()
    return Blobs(**dict(zip(Blobs.__dataclass_fields__, table, strict=True)))


def _measure(
    score: NDArray[np.float32],
    lightness: NDArray[np.uint8],
    labels: NDArray[np.int32],
    label: int,
    box: NDArray[np.int_],
    surround_px: int,
    gsd_m: Metres,
) -> tuple[float, ...]:
    """One row of `Blobs`."""
    x, y, width, height, area_px = (int(value) for value in box)
    rows = slice(max(0, y - surround_px), y + height + surround_px)
    cols = slice(max(0, x - surround_px), x + width + surround_px)
    inside, window = labels[rows, cols] == label, lightness[rows, cols]
    around = window[~inside]
    brightness = float(window[inside].mean()) - float(around.mean() if around.size else window.mean())
    row, col = np.nonzero(inside)
    sides_px = cv2.minAreaRect(np.column_stack([col, row]).astype(np.float32))[1]
    length_px, breadth_px = max(sides_px) + 1.0, min(sides_px) + 1.0
    return (
        x + 0.5 * (width - 1),
        y + 0.5 * (height - 1),
        width,
        height,
        area_px * gsd_m**2,
        length_px * gsd_m,
        breadth_px * gsd_m,
        min(1.0, area_px / (length_px * breadth_px)),
        float(score[rows, cols][inside].max()),
        brightness,
    )
