"""How unlike its surroundings each pixel is: colour and small bright or dark structure at metric scales.

Four classical operators on Lab, each against what the ground looks like within tens of metres: a local RX
(Mahalanobis distance from the ring around), top-hats for things up to 4 and up to 12 m wide, what is bluer
than around it (tarps often are, plants and soil hardly ever), and how little green there is. Logarithms are
added with round weights, chosen on nine real pictures and five simulated flights, not fitted.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from atalaya.detection.local_rx import ring_rx
from atalaya.detection.metric_windows import box_mean, odd
from atalaya.units import Metres

type Image = NDArray[np.float32]

SMALL_STRUCTURE_M = 4.0
LARGE_STRUCTURE_M = 12.0
SMOOTHING_M = 1.2
WORKING_GSD_M = 0.4
"""Finer pictures are reduced to about this before anything is computed."""


def anomaly_map(rgb: NDArray[np.uint8], gsd_m: Metres) -> Image:
    """(H, W) log-score, comparable within one picture; higher is less like the surroundings.

    Args:
        rgb: (H, W, 3) uint8, H and W at least 1.
        gsd_m: of these pixels; every kernel is this many metres wide, not this many pixels.
    """
    lab = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB), dtype=np.uint8)
    distance = ring_rx(lab.astype(np.float32), gsd_m)
    small = top_hat(lab, SMALL_STRUCTURE_M / gsd_m, (1.0, 1.0, 1.0))
    large = top_hat(lab, LARGE_STRUCTURE_M / gsd_m, (0.25, 2.0, 2.0))
    blue = bluer(lab, LARGE_STRUCTURE_M / gsd_m)
    score = 1.5 * np.log(distance + 0.5) + 3.0 * np.log(small + large + 2.0 * blue + 0.5) - _greenness(rgb)
    return box_mean(score.astype(np.float32), SMOOTHING_M / gsd_m)


def top_hat(lab: NDArray[np.uint8], size_px: float, weights: tuple[float, float, float]) -> Image:
    """(H, W) what an opening or a closing of this size takes away, whichever is more, weighted and summed."""
    side = odd(size_px)
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (side, side))
    smooth = cv2.blur(lab, (3, 3), borderType=cv2.BORDER_REFLECT)
    total = np.zeros(lab.shape[:2], dtype=np.float32)
    for channel, weight in zip(cv2.split(smooth), weights, strict=True):
        if weight > 0.0:
            bright = cv2.morphologyEx(channel, cv2.MORPH_TOPHAT, kernel)
            dark = cv2.morphologyEx(channel, cv2.MORPH_BLACKHAT, kernel)
            total += weight * np.maximum(bright, dark).astype(np.float32)
    return total


def bluer(lab: NDArray[np.uint8], size_px: float) -> Image:
    """(H, W) how much bluer than its surroundings, in Lab levels, for things up to this wide."""
    side = odd(size_px)
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (side, side))
    smooth = cv2.blur(cv2.extractChannel(lab, 2), (3, 3), borderType=cv2.BORDER_REFLECT)
    return np.asarray(cv2.morphologyEx(smooth, cv2.MORPH_BLACKHAT, kernel), dtype=np.float32)


def _greenness(rgb: NDArray[np.uint8]) -> Image:
    """(H, W) excess green over total light, -6 (magenta) to 13 (green); dark pixels tend to 0."""
    red, green, blue = (channel.astype(np.float32) for channel in cv2.split(rgb))
    excess: Image = 6.375 * (2.0 * green - red - blue) / (red + green + blue + 10.0)
    return excess
