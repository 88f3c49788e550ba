"""Local RX: how far each pixel lies from the background around it, in the spread of that background.

The one home of it, at two grains. `local_rx` is exact for any number of channels, with the dual window of
`spectral.rx(X, window=(inner, outer))`: the background of a pixel is the outer square less the inner one,
both moved (not cut) to lie inside the picture, with mean and covariance over N - 1; its sums slide along rows
and columns, so the cost does not depend on the windows. `ring_rx` is what every keyframe is asked: three
channels, windows in metres, the background taken on cells of 2 m. docs/reference/local-rx.md has both beside
`spectral`.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from atalaya.detection.local_rx_kernel import LEAST_PIVOT, slide
from atalaya.detection.metric_windows import box_mean, odd
from atalaya.errors import InputError
from atalaya.units import Metres

type Image = NDArray[np.float32]
type Cube = NDArray[np.float64]

RING_INNER_M = 6.0
RING_OUTER_M = 60.0
"""The background of a pixel: the square ring between these sides."""
CELL_M, CELL_PX = 2.0, 4.0
"""Ring moments are taken on cells of this side, whichever is larger; at 60 m nothing is lost by it."""
SENSOR_VARIANCE = 4.0
"""Lab variance [level^2] that noise and coding alone put into a uniform surface."""


def local_rx(channels: NDArray[np.generic], window: tuple[int, int], noise_variance: float = 0.0) -> Image:
    """(H, W) squared Mahalanobis distance of each pixel from the background around it.

    Args:
        channels: (H, W, C) real numbers, C from 1 to 16. A pixel with a channel that is not finite is in
            nobody's background.
        window: sides (inner, outer) [px], both odd, inner < outer <= H and W; inner at least the width of
            what is sought, or it hides itself.
        noise_variance: added to the variance of every channel [its unit, squared]: what sensor and coding put
            into a uniform surface. Zero gives `spectral`'s numbers.

    Returns:
        float32, at least 0; NaN where the pixel is not finite, where fewer than C + 2 pixels are left as its
        background, or where the background has no spread in some direction and noise_variance is zero.

    Raises:
        InputError: not such a cube, window or variance.

    Source: Reed and Yu 1990, IEEE Trans. Acoust. Speech Signal Process. 38(10).
    """
    cube = _centred(channels, window, noise_variance)
    distance = np.empty(cube.shape[:2], dtype=np.float32)
    slide(cube, window[0], window[1], noise_variance, distance)
    return distance


def local_rx_numpy(
    channels: NDArray[np.generic], window: tuple[int, int], noise_variance: float = 0.0
) -> Image:
    """The same answers as `local_rx` from integral images and batched Cholesky factors, in NumPy alone.

    Raises:
        InputError: as `local_rx`.
    """
    cube = _centred(channels, window, noise_variance)
    count = cube.shape[2]
    first, second = np.tril_indices(count)
    known = np.isfinite(cube).all(axis=2)
    clean = np.where(known[..., None], cube, 0.0)
    moments = np.concatenate([known[..., None], clean, clean[..., first] * clean[..., second]], axis=2)
    ring = _box_sums(moments, window[1]) - _box_sums(moments, window[0])
    number = ring[..., 0]
    safe = np.maximum(number, 2.0)[..., None]
    mean = ring[..., 1 : count + 1] / safe
    covariance = np.empty((*number.shape, count, count))
    spread = (ring[..., count + 1 :] - safe * mean[..., first] * mean[..., second]) / (safe - 1.0)
    covariance[..., first, second] = covariance[..., second, first] = spread
    covariance += noise_variance * np.eye(count)
    usable = known & (number >= count + 2) & _has_spread(covariance)
    distance = np.full(number.shape, np.nan)
    offset = (clean - mean)[usable]
    white = np.linalg.solve(np.linalg.cholesky(covariance[usable]), offset[..., None])
    distance[usable] = np.sum(white[..., 0] ** 2, axis=-1)
    return distance.astype(np.float32)


def ring_rx(channels: Image, gsd_m: Metres) -> Image:
    """(H, W) squared Mahalanobis distance of each pixel (half a metre mean) from the ring around it.

    Args:
        channels: (H, W, 3) float32.
        gsd_m: of these pixels.

    Source: Reed and Yu 1990 (RX) with box sums; covariance plus SENSOR_VARIANCE on the diagonal.
    """
    height, width = channels.shape[:2]
    mean, inverse = _cell_moments(channels, gsd_m)
    wide_mean = np.asarray(cv2.resize(mean, (width, height), interpolation=cv2.INTER_LINEAR))
    offset = box_mean(channels, 0.5 / gsd_m) - wide_mean.reshape(height, width, 3)
    apart = cv2.split(offset)
    terms = np.ascontiguousarray(np.moveaxis(inverse, -1, 0))
    distance = np.zeros((height, width), dtype=np.float32)
    for term, (i, j) in zip(terms, ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2)), strict=True):
        product = cv2.multiply(apart[i], apart[j], scale=1.0 if i == j else 2.0)
        distance += cv2.resize(term, (width, height), interpolation=cv2.INTER_LINEAR) * product
    return np.maximum(distance, 0.0)


def _centred(channels: NDArray[np.generic], window: tuple[int, int], noise_variance: float) -> Cube:
    """The cube in float64 less its mean per channel, so that products lose nothing; checked."""
    if channels.ndim != 3 or not 1 <= channels.shape[2] <= 16 or channels.dtype.kind not in "fiu":
        raise InputError(
            f"local RX needs (H, W, 1 to 16) real numbers, got {channels.shape} {channels.dtype}"
        )
    inner, outer = window
    if not (1 <= inner < outer <= min(channels.shape[:2]) and inner % 2 == 1 and outer % 2 == 1):
        raise InputError(f"windows are odd, inner < outer <= the picture {channels.shape[:2]}, got {window}")
    if outer**2 - inner**2 < channels.shape[2] + 2:
        raise InputError(f"the window {window} holds too few pixels for {channels.shape[2]} channels")
    if not 0.0 <= noise_variance < np.inf:
        raise InputError(f"a noise variance is finite and not negative, got {noise_variance}")
    cube = np.array(channels, dtype=np.float64, order="C")
    known = np.isfinite(cube).all(axis=2)
    cube[~known] = np.nan
    return cube - (cube[known].mean(axis=0) if known.any() else 0.0)


def _box_sums(moments: Cube, side: int) -> Cube:
    """Sums over squares of this side, moved to lie inside the picture."""
    whole = np.zeros((moments.shape[0] + 1, moments.shape[1] + 1, moments.shape[2]))
    whole[1:, 1:] = moments.cumsum(axis=0).cumsum(axis=1)
    top, left = (np.clip(np.arange(size) - side // 2, 0, size - side) for size in moments.shape[:2])
    rows = whole[top + side] - whole[top]
    return np.asarray(rows[:, left + side] - rows[:, left])


def _has_spread(covariance: Cube) -> NDArray[np.bool_]:
    """Whether each matrix has a Cholesky factor whose pivots are not rounding."""
    count = covariance.shape[-1]
    factor = np.zeros_like(covariance)
    good = np.ones(covariance.shape[:-2], dtype=np.bool_)
    for j in range(count):
        variance = covariance[..., j, j]
        pivot = variance - np.sum(factor[..., j, :j] ** 2, axis=-1)
        good &= (variance > 0.0) & (pivot > LEAST_PIVOT * variance)
        factor[..., j, j] = np.sqrt(np.where(good, pivot, 1.0))
        for i in range(j + 1, count):
            known = np.sum(factor[..., i, :j] * factor[..., j, :j], axis=-1)
            factor[..., i, j] = np.where(good, (covariance[..., i, j] - known) / factor[..., j, j], 0.0)
    return good


def _cell_moments(channels: Image, gsd_m: Metres) -> tuple[Image, Image]:
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
