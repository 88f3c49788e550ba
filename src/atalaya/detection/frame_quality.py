"""Is there a picture in this frame, is it sharp, and is it another one than before: asked before any cue.

Sharpness must not depend on what is in the picture: a meadow is not a blurred town. So it is not how strong
the gradients are but how much of them a second blur takes away (a re-blur test). For pictures whose power
falls with the square of frequency, as land's does, that share is R^2 / (b^2 + R^2) for a blur of b pixels.
"""

from dataclasses import dataclass
from math import hypot, inf, sqrt

import cv2
import numpy as np
from numpy.typing import NDArray

from atalaya.errors import InputError

WINDOW_PX = 160
WINDOWS = 3
"""Looked at: this many windows across and down, so that a burnt-in crosshair or a clock decides nothing."""
BASE_BLUR_PX, REBLUR_PX = 1.0, 2.0
"""Both Gaussian sigma: the first, against noise, is part of every b; the second is the R above."""
SHARP_ENOUGH = 0.36
"""Real land, by six cameras, has 0.45 to 0.89, thermal 0.53 to 0.58; blurred by 2.5 px 0.2 to 0.42."""
SHARP_FOR_ITS_CLIP = 0.6
"""Of the clip's upper quartile: 13 px of motion leave 0.37 to 0.58 of a picture that has 0.8 at rest."""
LEAST_RANGE_LEVELS = 8.0
"""Between the 2nd and the 98th percentile of light: less is black, white or a cap on the lens."""
LEAST_SHIFT_PX = 0.5
"""One picture coded twice as H.264 reads 0.06 (crf 18) to 0.44 (crf 34), one moved by 2 px 2 and more."""
LEAST_GRADIENT_ENERGY = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameQuality:
    """One frame, measured.

    Args:
        sharpness: 0 to 1, comparable between pictures of land; NaN where there is nothing to tell by.
        range_levels: between the 2nd and the 98th percentile of 8-bit luminance.
        mean_level: of luminance, which tells black from white.
    """

    sharpness: float
    range_levels: float
    mean_level: float

    @property
    def has_content(self) -> bool:
        """Neither black nor white nor otherwise of one shade."""
        return self.range_levels >= LEAST_RANGE_LEVELS

    @property
    def is_sharp(self) -> bool:
        """Has content, and as much fine detail as land has in focus and at rest."""
        return self.has_content and self.sharpness >= SHARP_ENOUGH

    @property
    def blur_px(self) -> float:
        """Sigma of the Gaussian blur that sharpness amounts to; infinite where there is no detail at all."""
        if not self.sharpness > 0.0:
            return inf
        return sqrt(max(REBLUR_PX**2 * (1.0 / self.sharpness - 1.0) - BASE_BLUR_PX**2, 0.0))


def frame_quality(picture: NDArray[np.uint8]) -> FrameQuality:
    """Contrast and sharpness of one frame: the median of nine windows, in each its most blurred direction.

    Args:
        picture: (H, W, 3) sRGB or (H, W) grey, uint8, at its own resolution: shrinking hides blur.

    Raises:
        InputError: not a picture.
    """
    grey = _grey(picture)
    low, high = np.percentile(grey[::4, ::4], (2.0, 98.0))
    sharpness = [_sharpness(window) for window in _windows(grey)]
    known = [one for one in sharpness if one is not None]
    return FrameQuality(
        sharpness=float(np.median(known)) if known else float("nan"),
        range_levels=float(high - low),
        mean_level=float(grey[::4, ::4].mean()),
    )


def blurred(sharpness: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(N,) which frames of one clip are too blurred: for any picture of land, or for what this camera can do.

    Args:
        sharpness: (N,) of frames that have content, NaN where unknown; an unknown one is not called blurred.
    """
    known = sharpness[np.isfinite(sharpness)]
    usual = float(np.percentile(known, 75.0)) if known.size else 0.0
    return np.less(sharpness, max(SHARP_ENOUGH, SHARP_FOR_ITS_CLIP * usual))


def picture_shift_px(before: NDArray[np.uint8], now: NDArray[np.uint8]) -> float:
    """By how many pixels the picture would have had to move to change as much as it did; 0 for the same one.

    True for small shifts, too small for large ones, never small for another picture. NaN where there is
    nothing in either that could be seen to move.

    Raises:
        InputError: not two pictures of one shape.
    """
    if before.shape != now.shape:
        raise InputError(f"two frames of one stream have one shape, got {before.shape} and {now.shape}")
    change, slope = 0.0, 0.0
    for first, second in zip(_windows(_grey(before)), _windows(_grey(now)), strict=True):
        one, other = _blurred(first, BASE_BLUR_PX), _blurred(second, BASE_BLUR_PX)
        down, across = np.gradient(one)
        change += float(np.abs(other - one).mean())
        slope += float(np.abs(across).mean() + np.abs(down).mean()) / 2.0
    return change / slope if slope > LEAST_GRADIENT_ENERGY else float("nan")


def is_frozen(before: NDArray[np.uint8], now: NDArray[np.uint8]) -> bool:
    """Whether two frames, half a second or more apart, are one and the same picture coded twice.

    False where neither has content: that is told by `frame_quality`.

    Raises:
        InputError: not two pictures of one shape.
    """
    return picture_shift_px(before, now) < LEAST_SHIFT_PX


def _sharpness(window: NDArray[np.uint8]) -> float | None:
    """Of the most blurred of four directions; None where it has no detail to tell by."""
    once = _blurred(window, BASE_BLUR_PX)
    twice = _blurred(window, hypot(BASE_BLUR_PX, REBLUR_PX))
    shares = []
    for direction in ((0, 1), (1, 0), (1, 1), (1, -1)):
        before, after = _energy(once, direction), _energy(twice, direction)
        if before < LEAST_GRADIENT_ENERGY:
            return None
        shares.append(max(1.0 - after / before, 0.0))
    return min(shares)


def _energy(plane: NDArray[np.float32], direction: tuple[int, int]) -> float:
    """Mean squared difference between neighbours one step apart in rows and columns."""
    down, across = direction
    height, width = plane.shape
    here = plane[: height - down, max(0, -across) : width - max(0, across)]
    there = plane[down:, max(0, across) : width - max(0, -across)]
    return float(np.square(there - here).mean())


def _blurred(window: NDArray[np.uint8], sigma_px: float) -> NDArray[np.float32]:
    values = window.astype(np.float32)
    return np.asarray(cv2.GaussianBlur(values, (0, 0), sigma_px, borderType=cv2.BORDER_REFLECT), np.float32)


def _windows(grey: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """Evenly spread windows; the whole picture where it is small."""
    rows, cols = (_starts(size) for size in grey.shape)
    return [grey[row : row + WINDOW_PX, col : col + WINDOW_PX] for row in rows for col in cols]


def _starts(size_px: int) -> list[int]:
    if size_px <= 2 * WINDOW_PX:
        return [0] if size_px <= WINDOW_PX else [0, size_px - WINDOW_PX]
    return [round(one) for one in np.linspace(0, size_px - WINDOW_PX, WINDOWS + 2)[1:-1]]


def _grey(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if picture.dtype != np.uint8 or picture.ndim not in {2, 3} or min(picture.shape[:2]) < 3:
        raise InputError(
            f"a frame is (H, W, 3) or (H, W) uint8 of 3 x 3 or more, got {picture.shape} {picture.dtype}"
        )
    if picture.ndim == 2:
        return picture
    if picture.shape[2] != 3:
        raise InputError(f"a frame has three colours or one, got {picture.shape}")
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
