"""Squares of so many metres on the ground in odd numbers of pixels, the mean over one, coarser pictures."""

import cv2
import numpy as np
from numpy.typing import NDArray

from atalaya.units import Metres

type Image = NDArray[np.float32]


def box_mean(values: Image, side_px: float) -> Image:
    """Mean over a square of this side, the picture mirrored at its edges."""
    side = odd(side_px)
    return np.asarray(cv2.blur(values, (side, side), borderType=cv2.BORDER_REFLECT), dtype=np.float32)


def odd(size_px: float) -> int:
    """The odd whole number of pixels nearest to a size, at least 1."""
    return 2 * max(0, round((size_px - 1.0) / 2.0)) + 1


def to_working_gsd(
    rgb: NDArray[np.uint8], gsd_m: Metres, working_gsd_m: Metres
) -> tuple[NDArray[np.uint8], Metres]:
    """A picture of 3 x 3 pixels or more at about that GSD, or as it is if that is no finer; and its GSD."""
    if gsd_m >= 0.9 * working_gsd_m:
        return rgb, gsd_m
    scale = gsd_m / working_gsd_m
    size = (max(3, round(rgb.shape[1] * scale)), max(3, round(rgb.shape[0] * scale)))
    halved = rgb
    while not (halved.shape[0] % 2 or halved.shape[1] % 2) and halved.shape[1] >= 2 * size[0]:
        # whole halves are many times as fast as one step by a broken number
        halved = np.asarray(cv2.resize(halved, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
    smaller = np.asarray(cv2.resize(halved, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    return smaller, gsd_m * rgb.shape[1] / size[0]
