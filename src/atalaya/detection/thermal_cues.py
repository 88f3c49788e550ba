"""Warm and cold things in a long-wave picture, at metric scales, in kelvin or in the camera's 8-bit levels.

A roof of metal reflects the cold sky and is darker than the ground by day and by night, an engine is
brighter, most vehicles are both: so cold counts as much as hot, and what tells a vehicle best is that much
changes within it and little around it.
"""

from dataclasses import dataclass
from math import sqrt

import cv2
import numpy as np
from numpy.typing import NDArray

from atalaya.detection.metric_windows import box_mean, odd
from atalaya.errors import InputError
from atalaya.units import Metres

type Image = NDArray[np.float32]
type Thermal = NDArray[np.uint8] | NDArray[np.float32]

THERMAL_WORKING_GSD_M = 0.25
SPOT_DIAMETERS_M = (1.0, 2.0, 4.0)
"""A drum or a generator, an engine, a vehicle's roof."""
CELL_M, GUARD_M, RING_M = 1.5, 8.0, 24.0
"""CFAR: a cell of this side against the ring between these, so that a vehicle is not its own background."""
ACTIVITY_M, QUIET_M = 3.0, (5.0, 24.0)
LEVEL_NOISE, KELVIN_NOISE = 2.0, 0.15
"""What noise and coding alone do to one pixel, in levels and in kelvin; nothing fainter is a find."""
LEAST_ACTIVITY = 10.0
LEAST_SPOT = 1.5
"""Added before a ratio or a logarithm, in units of that noise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThermalMaps:
    """One thermal picture's cues, each (h, w) float32 at the working GSD; NaN where there was no value.

    Args:
        gsd_m: of these maps.
        noise: one pixel's, in the picture's own unit.
        picture_shape: (H, W) of the picture they were made from.
        hot: how much a round spot 1 to 4 m wide is warmer than what is next to it [K or levels].
        cold: how much it is colder.
        cfar: mean of 1.5 m less that of the ring of 8 to 24 m, in the ring's standard deviations; signed.
        activity: mean gradient within 3 m over that of the ring of 5 to 24 m; 1 where it is the same.
    """

    gsd_m: Metres
    noise: float
    picture_shape: tuple[int, int]
    hot: Image
    cold: Image
    cfar: Image
    activity: Image


def thermal_maps(picture: Thermal, gsd_m: Metres) -> ThermalMaps:
    """All thermal cues of one picture.

    Args:
        picture: (H, W) uint8 levels, white hot, or float32 kelvin, NaN where there is none.
        gsd_m: of these pixels; spots are lost where it is coarser than about 0.5 m.

    Raises:
        InputError: not such a picture, or not a GSD.
    """
    if picture.ndim != 2 or min(picture.shape) < 3 or picture.dtype not in (np.uint8, np.float32):
        raise InputError(f"a thermal picture is (H, W) uint8 or float32, got {picture.shape} {picture.dtype}")
    if not (np.isfinite(gsd_m) and gsd_m > 0.0):
        raise InputError(f"a GSD is a positive number of metres, got {gsd_m}")
    noise = LEVEL_NOISE if picture.dtype == np.uint8 else KELVIN_NOISE
    values = picture.astype(np.float32)
    known = np.isfinite(values)
    middle = float(values[known].mean()) if known.any() else 0.0
    small, seen, working_gsd_m = _to_working_gsd(np.where(known, values - middle, 0.0), known, gsd_m)
    hot, cold = spots(small, working_gsd_m)
    maps = (hot, cold, cfar(small, working_gsd_m, noise), activity(small, working_gsd_m, noise))
    hot, cold, contrast, busy = (np.where(seen, one, np.float32(np.nan)) for one in maps)
    return ThermalMaps(
        gsd_m=working_gsd_m,
        noise=noise,
        picture_shape=(picture.shape[0], picture.shape[1]),
        hot=hot,
        cold=cold,
        cfar=contrast,
        activity=busy,
    )


def thermal_fused(maps: ThermalMaps) -> Image:
    """(H, W) in the picture's own pixels: how unlike its surroundings in warmth; NaN where unknown."""
    strongest = np.maximum(np.maximum(maps.hot, maps.cold), 0.0) / maps.noise
    score = np.log(maps.activity + 0.1) + 0.5 * np.log(strongest + LEAST_SPOT)
    height, width = maps.picture_shape
    return np.asarray(cv2.resize(score, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.float32)


def spots(values: Image, gsd_m: Metres) -> tuple[Image, Image]:
    """(H, W) each: the strongest hot and the strongest cold answer of a Laplacian of Gaussian at three sizes.

    Scaled so that a round spot of just that size answers by the same share of its contrast at each.

    Source: Lindeberg 1998, sigma = diameter / (2 sqrt 2), scaled by sigma squared.
    """
    hot, cold = np.zeros_like(values), np.zeros_like(values)
    for diameter_m in SPOT_DIAMETERS_M:
        sigma_px = diameter_m / (2.0 * sqrt(2.0)) / gsd_m
        smooth = cv2.GaussianBlur(values, (0, 0), sigma_px, borderType=cv2.BORDER_REFLECT)
        second = cv2.Laplacian(smooth, cv2.CV_32F, scale=sigma_px**2, borderType=cv2.BORDER_REFLECT)
        hot, cold = np.maximum(hot, -second), np.maximum(cold, second)
    return hot, cold


def cfar(values: Image, gsd_m: Metres, noise: float) -> Image:
    """(H, W) a cell against its ring in the ring's standard deviations, by box sums; signed.

    Source: cell-averaging constant false-alarm rate (Finn and Johnson 1968) with a guard.
    """
    mean = _ring_mean(values, gsd_m, GUARD_M, RING_M)
    variance = np.maximum(_ring_mean(values * values, gsd_m, GUARD_M, RING_M) - mean * mean, 0.0)
    contrast = (box_mean(values, CELL_M / gsd_m) - mean) / np.sqrt(variance + noise**2)
    return np.asarray(contrast, dtype=np.float32)


def activity(values: Image, gsd_m: Metres, noise: float) -> Image:
    """(H, W) how much more changes here than around: a vehicle on a quiet street, not a facade."""
    smooth = cv2.GaussianBlur(values, (0, 0), 1.0, borderType=cv2.BORDER_REFLECT)
    across = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, borderType=cv2.BORDER_REFLECT)
    down = cv2.Sobel(smooth, cv2.CV_32F, 0, 1, borderType=cv2.BORDER_REFLECT)
    change = np.asarray(cv2.magnitude(across, down), dtype=np.float32)
    around = _ring_mean(change, gsd_m, *QUIET_M)
    floor = LEAST_ACTIVITY * noise
    busier = (box_mean(change, ACTIVITY_M / gsd_m) + floor) / (np.maximum(around, 0.0) + floor)
    return np.asarray(busier, dtype=np.float32)


def _ring_mean(values: Image, gsd_m: Metres, inner_m: Metres, outer_m: Metres) -> Image:
    """Mean over a square ring, the picture mirrored at its edges."""
    inner, outer = odd(inner_m / gsd_m), odd(outer_m / gsd_m)
    if inner == outer:
        return box_mean(values, outer)
    ring = (box_mean(values, outer) * outer**2 - box_mean(values, inner) * inner**2) / (outer**2 - inner**2)
    return np.asarray(ring, dtype=np.float32)


def _to_working_gsd(
    values: Image, known: NDArray[np.bool_], gsd_m: Metres
) -> tuple[Image, NDArray[np.bool_], Metres]:
    """The picture at the working GSD or coarser, what of it is known to the full, and the GSD it then has."""
    height, width = values.shape
    scale = min(1.0, gsd_m / THERMAL_WORKING_GSD_M)
    size = (max(3, round(width * scale)), max(3, round(height * scale)))
    if size == (width, height):
        return values, known, gsd_m
    small = np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), dtype=np.float32)
    share = cv2.resize(known.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    return small, np.asarray(share) > 0.999, gsd_m * width / size[0]
