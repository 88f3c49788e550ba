"""What of a picture can be told from the rest of it: fine detail, how alike it is, whether it repeats."""

import math
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft2, next_fast_len, rfft2

_FINE_PX, _COARSE_PX = 1.0, 6.0
"""Detail between these two widths counts: shading and noise do not."""
_WINDOW_PX = 256
_MAIN_LOBE_PX = 6
_LEAST_OVERLAP = 0.05
_LEAST_VARIANCE = 0.01
"""Of grey levels: a tenth of a level of detail is noise at most."""


def likeness(earlier: NDArray[np.uint8], later: NDArray[np.uint8], homography: NDArray[np.float64]) -> float:
    """Correlation, -1 to 1, of the fine detail where both pictures are; 0 where there is none.

    Args:
        earlier: (H, W) grey.
        later: (H, W) grey.
        homography: (3, 3) later from earlier.
    """
    size_px = later.shape[1], later.shape[0]
    both = cv2.warpPerspective(np.full_like(later, 255), homography, size_px, flags=cv2.WARP_INVERSE_MAP)
    one, other = (detail(grey)[both > 0] for grey in (earlier, brought(later, homography)))
    size = math.sqrt(float((one**2).sum()) * float((other**2).sum()))
    return float((one * other).sum()) / size if size > 0.0 else 0.0


def repetition(grey: NDArray[np.uint8]) -> float:
    """How much a picture looks like itself elsewhere, 0 to 1: rows of an orchard do, open ground does not.

    The highest autocorrelation of its fine detail beyond 6 px, up to half of a window of 256 px, in the
    middle of the picture and in all of it made smaller.
    """
    height_px, width_px = grey.shape
    top, left = max(0, (height_px - _WINDOW_PX) // 2), max(0, (width_px - _WINDOW_PX) // 2)
    windows = [grey[top : top + _WINDOW_PX, left : left + _WINDOW_PX]]
    shrink = _WINDOW_PX / max(grey.shape)
    if shrink < 1.0:
        small = cv2.resize(grey, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
        windows.append(np.asarray(small, dtype=np.uint8))
    return max(_own_echo(window) for window in windows)


def brought(later: NDArray[np.uint8], homography: NDArray[np.float64]) -> NDArray[np.uint8]:
    """The later picture in the place of the earlier one, its border repeated beyond it."""
    size_px = later.shape[1], later.shape[0]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    warped = cv2.warpPerspective(later, homography, size_px, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(warped, dtype=np.uint8)


def detail(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Detail of about 2 to 8 px."""
    fine = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), _FINE_PX)
    return np.asarray(fine - cv2.GaussianBlur(fine, (0, 0), _COARSE_PX), dtype=np.float32)


def _own_echo(window: NDArray[np.uint8]) -> float:
    weight, scale, asked = _shifts(*window.shape)
    seen = detail(window) * weight
    if float((seen**2).mean()) < _LEAST_VARIANCE:
        return 0.0
    echo = _autocorrelation(seen) * scale
    return float(np.clip(echo[asked].max(initial=0.0) / echo[0, 0], 0.0, 1.0))


@cache
def _shifts(
    height_px: int, width_px: int
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_]]:
    """Of windows of one size: how pixels are weighed, what an echo is worth by shift, which shifts count."""
    weight = np.outer(np.hanning(height_px), np.hanning(width_px)).astype(np.float32)
    overlap = _autocorrelation(weight)
    scale = 1.0 / np.maximum(overlap, _LEAST_OVERLAP * overlap[0, 0])
    down, across = (np.minimum(np.arange(size), size - np.arange(size)) for size in overlap.shape)
    asked = np.hypot(down[:, None], across[None, :]) > _MAIN_LOBE_PX
    asked &= (down[:, None] < height_px // 2) & (across[None, :] < width_px // 2)
    return weight, scale, asked


def _autocorrelation(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """By shift, wrapped; padded, so that nothing meets itself from behind."""
    padded = tuple(next_fast_len(2 * size, real=True) for size in values.shape)
    wave = rfft2(values, s=padded)
    return np.asarray(irfft2(wave.real**2 + wave.imag**2, s=padded), dtype=np.float32)
