"""What of a picture can be told from the rest of it: fine detail, how alike it is, whether it repeats."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

_FINE_PX, _COARSE_PX = 1.0, 6.0
"""Detail between these two widths counts: shading and noise do not."""
_WINDOW_PX = 256
_MAIN_LOBE_PX = 6
_LEAST_OVERLAP = 0.05


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
    height_px, width_px = window.shape
    weight = np.outer(np.hanning(height_px), np.hanning(width_px))
    seen = detail(window) * weight
    total = float((seen**2).sum())
    if total < 0.01 * seen.size:  # less than a tenth of a grey level of detail: noise at most
        return 0.0
    overlap = _autocorrelation(weight)
    echo = _autocorrelation(seen) / np.maximum(overlap, _LEAST_OVERLAP * overlap[0, 0])
    down, across = (np.minimum(np.arange(2 * size), 2 * size - np.arange(2 * size)) for size in window.shape)
    apart_px = np.hypot(down[:, None], across[None, :])
    asked = (apart_px > _MAIN_LOBE_PX) & (down[:, None] < height_px // 2) & (across[None, :] < width_px // 2)
    return float(np.clip(echo[asked].max(initial=0.0) / echo[0, 0], 0.0, 1.0))


def _autocorrelation(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """By shift, wrapped; padded, so that nothing meets itself from behind."""
    wave = np.fft.rfft2(values, s=(2 * values.shape[0], 2 * values.shape[1]))
    return np.asarray(np.fft.irfft2(np.abs(wave) ** 2), dtype=np.float64)
