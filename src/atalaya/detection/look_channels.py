"""What of one look is added up on the ground, as 8-bit levels: light, how unusual, whether under leaves.

Light counts by weight (`look_weights`), so that what few looks see free is not lost; how unusual a cell is
and how often leaves hide it count alike for every look.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from atalaya.detection.look_weights import look_weights
from atalaya.detection.metric_windows import box_mean
from atalaya.detection.thermal_cues import thermal_fused, thermal_maps
from atalaya.units import Metres

LIGHT, SIGNS = ("red", "green", "blue"), ("score", "canopy")
WARMTH = ("warmth", "score")
SCORE_ZERO, LEVELS_PER_SPREAD = 64.0, 24.0
"""A score of the picture's median is this level; one spread of it is so many more."""
CANOPY_LEVEL = 250
"""Of a pixel behind which crowns hide the ground, as far as one look can tell; 0 elsewhere."""
GREEN_SHARE = 0.02
"""Excess green over all light from which something is a plant."""
ROUGHNESS = 0.12
"""Spread of light within a crown's width over its mean, from which plants are crowns and not grass."""
ROUGHNESS_M = 2.5
_LEAST_SPREAD = 0.15

type Levels = NDArray[np.uint8]


def channels_of(rgb: Levels, score: NDArray[np.float32], gsd_m: Metres) -> Levels:
    """(h, w, 6) the levels of one picture: light, signs, and the weight of the light.

    Args:
        rgb: (h, w, 3), about as fine as the cells.
        score: of the same picture at any resolution, as `cues.fused_at_working_gsd` gives it.
        gsd_m: of the pixels of `rgb`.
    """
    size = (rgb.shape[1], rgb.shape[0])
    level = cv2.resize(score_levels(score), size, interpolation=cv2.INTER_LINEAR)
    return np.dstack([rgb, level, canopy_levels(rgb, gsd_m), look_weights(rgb, gsd_m)])


def thermal_channels_of(rgb: Levels, reduced: Levels, gsd_m: Metres) -> Levels:
    """(h, w, 2) the levels of one thermal picture.

    Args:
        rgb: (H, W, 3) the picture.
        reduced: (h, w, 3) the same about as fine as the cells.
        gsd_m: of the pixels of `rgb`.
    """
    score = thermal_fused(thermal_maps(np.ascontiguousarray(rgb[..., 1]), gsd_m))
    size = (reduced.shape[1], reduced.shape[0])
    level = cv2.resize(score_levels(score), size, interpolation=cv2.INTER_LINEAR)
    return np.dstack([reduced[..., 1], level])


def score_levels(score: NDArray[np.float32]) -> Levels:
    """(h, w) a score in spreads about its picture's median; 0 where there is none.

    The spread is the median distance from the median, so that what stands out does not hide itself.
    """
    known = np.isfinite(score)
    if not known.any():
        return np.zeros(score.shape, dtype=np.uint8)
    some = score[::3, ::3][known[::3, ::3]] if known[::3, ::3].any() else score[known]
    middle = float(np.median(some))
    spread = max(1.4826 * float(np.median(np.abs(some - middle))), _LEAST_SPREAD)
    level = SCORE_ZERO + LEVELS_PER_SPREAD * (np.where(known, score, middle) - middle) / spread
    return np.where(known, np.clip(np.rint(level), 0, 255), 0).astype(np.uint8)


def spreads_of(level: NDArray[np.float32]) -> NDArray[np.float32]:
    """The score in spreads that a level stands for."""
    return np.asarray((level - np.float32(SCORE_ZERO)) / np.float32(LEVELS_PER_SPREAD), dtype=np.float32)


def canopy_levels(rgb: Levels, gsd_m: Metres) -> Levels:
    """(h, w) CANOPY_LEVEL where rough green stands, else 0: what one look alone can say of leaves above.

    Crowns are green and rough, with deep shadows in them; a meadow is green and smooth. Leafless branches and
    dark green water are not told.
    """
    red, green, blue = (cv2.extractChannel(rgb, band).astype(np.float32) for band in range(3))
    light = red + green + blue
    side = ROUGHNESS_M / gsd_m
    mean, square = box_mean(light, side), box_mean(light * light, side)
    greenness = box_mean((2.0 * green - red - blue), 0.5 * side) / (box_mean(light, 0.5 * side) + 10.0)
    rough = np.sqrt(np.maximum(square - mean * mean, 0.0)) > ROUGHNESS * (mean + 20.0)
    return np.where(rough & (greenness > GREEN_SHARE), np.uint8(CANOPY_LEVEL), np.uint8(0))
