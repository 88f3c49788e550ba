"""How much each pixel of one look counts in the mean of many: more, the less it has the look's common colour.

In a look at a forest most pixels are crowns. A cell that is free in one look of four would vanish in their
plain mean; so each look says by itself how far a pixel's colour, whatever light falls on it, is from what the
look mostly shows. Nothing is thrown away: the commonest colour still counts 1.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from atalaya.detection.detector import require_picture
from atalaya.units import Metres

MOST_WEIGHT = 16
SMOOTHING_M = 0.5
_LIGHT_OFFSET = 8.0
"""Added before the logarithm [8-bit levels], so that noise in the dark is no colour."""
_LEAST_VARIANCE = 1e-4
_SAMPLE = 20_000
"""So many pixels tell what a look mostly shows."""


def look_weights(rgb: NDArray[np.uint8], gsd_m: Metres) -> NDArray[np.uint8]:
    """(H, W) whole weights 1 to `MOST_WEIGHT`: one and the squared Mahalanobis distance of the colour.

    Args:
        rgb: (H, W, 3) uint8 of one look, not yet laid on the ground.
        gsd_m: of its pixels.

    Raises:
        InputError: not such a picture or GSD.

    Source: docs/explain/looking-through-canopy.md.
    """
    require_picture(rgb, gsd_m)
    if not rgb.size:
        return np.ones(rgb.shape[:2], dtype=np.uint8)
    table = np.log(np.arange(256, dtype=np.float32) + np.float32(_LIGHT_OFFSET)).reshape(1, 256)
    red, green, blue = (cv2.LUT(channel, table) for channel in cv2.split(rgb))
    warm, cool = red - green, blue - green
    step = max(1, warm.size // _SAMPLE)
    common = np.stack([warm.ravel()[::step], cool.ravel()[::step]])
    middle = np.median(common, axis=1)
    spread = np.cov(common) if common.shape[1] > 1 else np.zeros((2, 2))
    inverse = np.linalg.inv(spread + _LEAST_VARIANCE * np.eye(2))
    warm -= np.float32(middle[0])
    cool -= np.float32(middle[1])
    apart = np.float32(inverse[0, 0]) * warm * warm + np.float32(inverse[1, 1]) * cool * cool
    apart += np.float32(2.0 * inverse[0, 1]) * warm * cool
    side = 2 * max(0, round((SMOOTHING_M / gsd_m - 1.0) / 2.0)) + 1
    smooth = cv2.blur(apart, (side, side), borderType=cv2.BORDER_REFLECT)
    return np.asarray(np.clip(np.rint(smooth + 1.0), 1.0, MOST_WEIGHT), dtype=np.uint8)
