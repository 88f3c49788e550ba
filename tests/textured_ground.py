"""Ground with texture, and pictures of it from known cameras: seeded, small, true by construction."""

import cv2
import numpy as np
from numpy.typing import NDArray


def texture(size_px: int, seed: int) -> NDArray[np.uint8]:
    """Grey ground of detail at every scale from 2 px up, and some sharp marks."""
    rng = np.random.default_rng(seed)
    ground = np.zeros((size_px, size_px))
    for scale_px in (1.2, 2.5, 5.0, 12.0, 40.0):
        noise = cv2.GaussianBlur(rng.standard_normal((size_px, size_px)), (0, 0), scale_px)
        ground += noise / noise.std()
    ground = 128.0 + 22.0 * ground
    for _ in range(size_px // 4):
        x_px, y_px = rng.integers(0, size_px, 2).tolist()
        cv2.rectangle(ground, (x_px, y_px), (x_px + 5, y_px + 3), float(rng.integers(0, 255)), -1)
    return np.clip(cv2.GaussianBlur(ground, (0, 0), 0.7), 0, 255).astype(np.uint8)


def seen_through(
    ground: NDArray[np.uint8], picture_from_ground: NDArray[np.float64], width_px: int, height_px: int
) -> NDArray[np.uint8]:
    """A picture of the ground plane; (0, 0) is the centre of the upper left pixel in both."""
    warped = cv2.warpPerspective(
        ground, picture_from_ground, (width_px, height_px), flags=cv2.INTER_CUBIC, borderValue=128.0
    )
    return np.asarray(warped, dtype=np.uint8)


def noisy(picture: NDArray[np.uint8], sigma: float, seed: int) -> NDArray[np.uint8]:
    """The same with noise of a sensor."""
    noise = sigma * np.random.default_rng(seed).standard_normal(picture.shape)
    return np.clip(picture + noise, 0, 255).round().astype(np.uint8)
