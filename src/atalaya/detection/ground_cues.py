"""What people do to land and canopy: withered green, bright tracks, holes in a closed canopy.

All three are metres wide, so they are worked out at COARSE_GSD_M and brought back.
"""

from math import cos, pi, sin

import cv2
import numpy as np
from numpy.typing import NDArray

from atalaya.detection.metric_windows import box_mean, odd
from atalaya.errors import InputError
from atalaya.units import Metres

type Image = NDArray[np.float32]

COARSE_GSD_M = 0.8
SURROUND_M = 30.0
GREEN_LOG_RATIO = -0.05
"""Log of red over green below this is a green plant, in sun and in shade (8-bit sRGB, offset 20)."""
LIGHT_SPREAD = 0.35
"""How far in log light a withered crown may differ from the canopy; sunlit soil is brighter."""
TRACK_LENGTH_M, TRACK_GAP_M = 16.0, 2.4
TRACK_SIDE_M = (6.0, 7.0)
"""How wide a side is, and how far its middle lies off: a track up to 7 m wide leaves both free."""
TRACK_DIRECTIONS = 12
LEAST_LIGHT_SPREAD = 6.0
"""[8-bit levels], so that a scratch on a flat field is no track."""
TRACK_SHIFT_M = 3.0
"""An older track this near a new one is the same one: orthos do not fit each other better."""
HOLE_M = (3.0, 15.0)
CLOSED_SHARE = (0.6, 0.8)
"""Share of crowns within SURROUND_M: holes count from the first on, fully from the second."""


def withered(light: Image, red_green: Image, gsd_m: Metres) -> Image:
    """(H, W) log of red over green above that of the ground around, where that is green and as light.

    Args:
        light: (H, W) from `log_chromaticity`.
        red_green: as `light`.
        gsd_m: of these pixels.
    """
    small_light, small_ratio = _coarse(light, gsd_m), _coarse(red_green, gsd_m)
    coarse_m = gsd_m * light.shape[1] / small_light.shape[1]
    side_px = SURROUND_M / coarse_m
    green = (small_ratio < GREEN_LOG_RATIO).astype(np.float32)
    share = box_mean(green, side_px)
    ratio_around = box_mean(green * small_ratio, side_px) / np.maximum(share, 1e-3)
    light_around = box_mean(green * small_light, side_px) / np.maximum(share, 1e-3)
    as_light = cv2.exp(-(((small_light - light_around) / LIGHT_SPREAD) ** 2))
    excess = np.maximum(box_mean(small_ratio, 2.0 / coarse_m) - ratio_around, 0.0)
    return _fine((excess * as_light * _ramp(share, (0.3, 0.6))).astype(np.float32), light.shape)


def tracks(lab: NDArray[np.uint8], gsd_m: Metres) -> Image:
    """(H, W) by how many spreads of the land around a straight bright line is brighter than both its sides.

    In each of twelve directions: what stays under an opening by a line of 16 m, less the brighter of the
    two sides (means of 6 m, 7 m off); over the standard deviation of lightness within 30 m. A clearing is
    not brighter than both its sides, a roof is no line, sunlit crowns stand in land of great spread.
    """
    lightness = _coarse(np.asarray(cv2.extractChannel(lab, 0), dtype=np.uint8), gsd_m)
    coarse_m = gsd_m * lab.shape[1] / lightness.shape[1]
    gap = cv2.getStructuringElement(cv2.MORPH_RECT, (odd(TRACK_GAP_M / coarse_m),) * 2)
    bridged = cv2.morphologyEx(lightness, cv2.MORPH_CLOSE, gap)
    values = lightness.astype(np.float32)
    beside = box_mean(bridged.astype(np.float32), TRACK_SIDE_M[0] / coarse_m)
    best = np.zeros_like(values)
    for step in range(TRACK_DIRECTIONS):
        angle_rad = step * pi / TRACK_DIRECTIONS
        line = cv2.morphologyEx(bridged, cv2.MORPH_OPEN, _line(odd(TRACK_LENGTH_M / coarse_m), angle_rad))
        off_px = TRACK_SIDE_M[1] / coarse_m
        dx, dy = round(-sin(angle_rad) * off_px), round(cos(angle_rad) * off_px)
        sides = np.maximum(_shifted(beside, dx, dy), _shifted(beside, -dx, -dy))
        best = np.maximum(best, line - sides)
    mean = box_mean(values, SURROUND_M / coarse_m)
    spread = np.sqrt(np.maximum(box_mean(values * values, SURROUND_M / coarse_m) - mean * mean, 0.0))
    return _fine((best / (spread + LEAST_LIGHT_SPREAD)).astype(np.float32), lab.shape[:2])


def new_tracks(now: Image, before: Image, gsd_m: Metres) -> Image:
    """(H, W) tracks that an older ortho of the same ground does not have within 3 m.

    Args:
        now: (H, W) `tracks` of the newer ortho.
        before: (H, W) those of the older one.
        gsd_m: of both.

    Raises:
        InputError: they are not on one grid.
    """
    if now.shape != before.shape:
        raise InputError(f"two orthos are compared on one grid, got {now.shape} and {before.shape}")
    reach = cv2.getStructuringElement(cv2.MORPH_RECT, (odd(2.0 * TRACK_SHIFT_M / gsd_m),) * 2)
    change: Image = np.maximum(now - np.asarray(cv2.dilate(before, reach), dtype=np.float32), 0.0)
    return change


def canopy_holes(light: Image, red_green: Image, blue_green: Image, gsd_m: Metres) -> Image:
    """(H, W) 0 to 1: a gap of 3 to 15 m, dark or of another colour, in what is otherwise closed green canopy.

    Args:
        light: (H, W) from `log_chromaticity`.
        red_green: as `light`.
        blue_green: as `light`.
        gsd_m: of these pixels.
    """
    small_light, small_ratio, small_blue = (_coarse(one, gsd_m) for one in (light, red_green, blue_green))
    coarse_m = gsd_m * light.shape[1] / small_light.shape[1]
    plant = (small_ratio < GREEN_LOG_RATIO) & (small_blue < 0.0)
    dark = small_light < box_mean(small_light, SURROUND_M / coarse_m) - 2.0 * LIGHT_SPREAD
    crown = box_mean((plant & ~dark).astype(np.float32), HOLE_M[0] / coarse_m)
    closing = cv2.getStructuringElement(cv2.MORPH_RECT, (odd(HOLE_M[1] / coarse_m) + 2,) * 2)
    gap = np.asarray(cv2.morphologyEx(crown, cv2.MORPH_BLACKHAT, closing), dtype=np.float32)
    share = box_mean(crown, SURROUND_M / coarse_m)
    return _fine(gap * _ramp(share, CLOSED_SHARE), light.shape)


def _shifted(plane: Image, dx: int, dy: int) -> Image:
    """(H, W) what lies dx to the right and dy below, the picture's edge repeated."""
    rows = np.clip(np.arange(plane.shape[0]) + dy, 0, plane.shape[0] - 1)
    cols = np.clip(np.arange(plane.shape[1]) + dx, 0, plane.shape[1] - 1)
    return plane[rows[:, None], cols]


def _line(length_px: int, angle_rad: float) -> NDArray[np.uint8]:
    """(length, length) a straight line through the middle."""
    half = length_px // 2
    dx, dy = round(half * cos(angle_rad)), round(half * sin(angle_rad))
    kernel = np.zeros((length_px, length_px), dtype=np.uint8)
    return np.asarray(cv2.line(kernel, (half - dx, half - dy), (half + dx, half + dy), (1,)), dtype=np.uint8)


def _ramp(values: Image, limits: tuple[float, float]) -> Image:
    """0 below the first limit, 1 from the second on, straight between."""
    share: Image = np.clip((values - limits[0]) / (limits[1] - limits[0]), 0.0, 1.0)
    return share


def _coarse[T: (np.uint8, np.float32)](plane: NDArray[T], gsd_m: Metres) -> NDArray[T]:
    """At COARSE_GSD_M, or as it is where that is no finer."""
    scale = min(1.0, gsd_m / COARSE_GSD_M)
    size = (max(1, round(plane.shape[1] * scale)), max(1, round(plane.shape[0] * scale)))
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), dtype=plane.dtype)


def _fine(plane: Image, shape: tuple[int, ...]) -> Image:
    """Back on the grid it came from."""
    wide = cv2.resize(plane, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(wide, dtype=np.float32)
