"""How unlike its surroundings each pixel is: colour and small bright or dark structure at metric scales.

Four classical operators on Lab, each against what the ground looks like within tens of metres: a local RX
(Mahalanobis distance from the ring around), top-hats for things up to 4 and up to 12 m wide, what is bluer
than around it (tarps often are, plants and soil hardly ever), and how little green there is. Logarithms are
added with round weights, chosen on nine real pictures and five simulated flights, not fitted.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from atalaya.units import Metres

type Image = NDArray[np.float32]

RING_INNER_M = 6.0
RING_OUTER_M = 60.0
"""The background of a pixel: the square ring between these sides."""
CELL_M, CELL_PX = 2.0, 4.0
"""Ring moments are taken on cells of this side, whichever is larger; at 60 m nothing is lost by it."""
SENSOR_VARIANCE = 4.0
"""Lab variance [level^2] that noise and coding alone put into a uniform surface."""
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
    distance = local_rx(lab.astype(np.float32), gsd_m)
    small = top_hat(lab, SMALL_STRUCTURE_M / gsd_m, (1.0, 1.0, 1.0))
    large = top_hat(lab, LARGE_STRUCTURE_M / gsd_m, (0.25, 2.0, 2.0))
    blue = bluer(lab, LARGE_STRUCTURE_M / gsd_m)
    score = 1.5 * np.log(distance + 0.5) + 3.0 * np.log(small + large + 2.0 * blue + 0.5) - _greenness(rgb)
    return box_mean(score.astype(np.float32), SMOOTHING_M / gsd_m)


def local_rx(channels: Image, gsd_m: Metres) -> Image:
    """(H, W) squared Mahalanobis distance of each pixel (half a metre mean) from the ring around it.

    Args:
        channels: (H, W, 3) float32.
        gsd_m: as in `anomaly_map`.

    Source: Reed and Yu 1990 (RX) with box sums; covariance plus SENSOR_VARIANCE on the diagonal.
    """
    height, width = channels.shape[:2]
    mean, inverse = _ring_moments(channels, gsd_m)
    wide_mean = np.asarray(cv2.resize(mean, (width, height), interpolation=cv2.INTER_LINEAR))
    offset = box_mean(channels, 0.5 / gsd_m) - wide_mean.reshape(height, width, 3)
    apart = cv2.split(offset)
    terms = np.ascontiguousarray(np.moveaxis(inverse, -1, 0))
    distance = np.zeros((height, width), dtype=np.float32)
    for term, (i, j) in zip(terms, ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2)), strict=True):
        product = cv2.multiply(apart[i], apart[j], scale=1.0 if i == j else 2.0)
        distance += cv2.resize(term, (width, height), interpolation=cv2.INTER_LINEAR) * product
    return np.maximum(distance, 0.0)


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


def box_mean(values: Image, side_px: float) -> Image:
    """Mean over a square of this side, the picture mirrored at its edges."""
    side = odd(side_px)
    return np.asarray(cv2.blur(values, (side, side), borderType=cv2.BORDER_REFLECT), dtype=np.float32)


def odd(size_px: float) -> int:
    """The odd whole number of pixels nearest to a size, at least 1."""
    return 2 * max(0, round((size_px - 1.0) / 2.0)) + 1


def _ring_moments(channels: Image, gsd_m: Metres) -> tuple[Image, Image]:
    """On the coarse grid: (h, w, 3) ring mean, (h, w, 6) inverse covariance as 00 11 22 01 02 12."""
    height, width = channels.shape[:2]
    cell_px = max(CELL_PX, CELL_M / gsd_m)
    size = (max(1, round(width / cell_px)), max(1, round(height / cell_px)))
    red, green, blue = cv2.split(channels)
    squares = cv2.merge([red * red, green * green, blue * blue])
    products = cv2.merge([red * green, red * blue, green * blue])
    coarse = [
        np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), dtype=np.float64)
        for part in (channels, squares, products)
    ]
    cell_m = gsd_m * width / size[0]
    first, second, mixed = (_ring_mean(part.reshape(size[1], size[0], 3), cell_m) for part in coarse)
    v00, v11, v22 = np.moveaxis(np.maximum(second - first**2, 0.0) + SENSOR_VARIANCE, -1, 0)
    c01 = mixed[..., 0] - first[..., 0] * first[..., 1]
    c02 = mixed[..., 1] - first[..., 0] * first[..., 2]
    c12 = mixed[..., 2] - first[..., 1] * first[..., 2]
    i00, i01, i02 = v11 * v22 - c12 * c12, c02 * c12 - c01 * v22, c01 * c12 - c02 * v11
    determinant = np.maximum(v00 * i00 + c01 * i01 + c02 * i02, SENSOR_VARIANCE**3)
    adjugate = np.stack(
        [i00, v00 * v22 - c02 * c02, v00 * v11 - c01 * c01, i01, i02, c01 * c02 - v00 * c12], axis=-1
    )
    return first.astype(np.float32), (adjugate / determinant[..., None]).astype(np.float32)


def _ring_mean(values: NDArray[np.float64], cell_m: Metres) -> NDArray[np.float64]:
    """Mean over the ring, the picture mirrored at its edges."""
    outer, inner = odd(RING_OUTER_M / cell_m), odd(RING_INNER_M / cell_m)
    wide, near = (
        cv2.blur(values, (side, side), borderType=cv2.BORDER_REFLECT).reshape(values.shape) * side**2
        for side in (outer, inner)
    )
    return np.asarray((wide - near) / (outer**2 - inner**2), dtype=np.float64)


def _greenness(rgb: NDArray[np.uint8]) -> Image:
    """(H, W) excess green over total light, -6 (magenta) to 13 (green); dark pixels tend to 0."""
    red, green, blue = (channel.astype(np.float32) for channel in cv2.split(rgb))
    excess: Image = 6.375 * (2.0 * green - red - blue) / (red + green + blue + 10.0)
    return excess
