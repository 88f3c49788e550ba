"""Squares of so many metres on the ground as odd numbers of pixels, and the mean over one."""

import cv2
import numpy as np
from numpy.typing import NDArray

type Image = NDArray[np.float32]


def box_mean(values: Image, side_px: float) -> Image:
    """Mean over a square of this side, the picture mirrored at its edges."""
    side = odd(side_px)
    return np.asarray(cv2.blur(values, (side, side), borderType=cv2.BORDER_REFLECT), dtype=np.float32)


def odd(size_px: float) -> int:
    """The odd whole number of pixels nearest to a size, at least 1."""
    return 2 * max(0, round((size_px - 1.0) / 2.0)) + 1
