"""Edges, and edges that meet at right angles: what people build has corners, what grows has not."""

import cv2
import numpy as np
from numpy.typing import NDArray

from atalaya.detection.metric_windows import box_mean
from atalaya.units import Metres

type Image = NDArray[np.float32]

EDGE_MEAN_M = 1.5
CORNER_WINDOW_M = 6.0
LEAST_GRADIENT = 1e-3


def edges(lab: NDArray[np.uint8], gsd_m: Metres) -> Image:
    """(H, W) mean gradient of lightness within 1.5 m [8-bit levels by Sobel, 8 per level and pixel]."""
    across, down = _gradient(lab)
    return box_mean(np.asarray(cv2.magnitude(across, down), dtype=np.float32), EDGE_MEAN_M / gsd_m)


def colour_edges(lab: NDArray[np.uint8], gsd_m: Metres) -> Image:
    """(H, W) the same of green-red and blue-yellow together: no shadow has them."""
    total = np.zeros(lab.shape[:2], dtype=np.float32)
    for channel in (1, 2):
        plane = cv2.extractChannel(lab, channel)
        across = cv2.Sobel(plane, cv2.CV_32F, 1, 0, borderType=cv2.BORDER_REFLECT)
        down = cv2.Sobel(plane, cv2.CV_32F, 0, 1, borderType=cv2.BORDER_REFLECT)
        total += across * across + down * down
    return box_mean(np.asarray(cv2.sqrt(total), dtype=np.float32), EDGE_MEAN_M / gsd_m)


def rectangularity(lab: NDArray[np.uint8], gsd_m: Metres) -> Image:
    """(H, W) lightness gradient within 6 m that lies along two directions at right angles.

    Twice the angle of a gradient agrees along one line, four times the angle also across it: what agrees at
    four times but not at twice has corners. A road or a shadow's edge has one direction, a bush has all.
    """
    across, down = _gradient(lab)
    square = across * across + down * down
    length = np.asarray(cv2.sqrt(square), dtype=np.float32) + LEAST_GRADIENT
    cos2, sin2 = (across * across - down * down) / length, 2.0 * across * down / length
    cos4, sin4 = (cos2 * cos2 - sin2 * sin2) / length, 2.0 * cos2 * sin2 / length
    side_px = CORNER_WINDOW_M / gsd_m
    twice, four = (
        cv2.magnitude(box_mean(cosine, side_px), box_mean(sine, side_px))
        for cosine, sine in ((cos2, sin2), (cos4, sin4))
    )
    return np.asarray(np.maximum(four - twice, 0.0), dtype=np.float32)


def _gradient(lab: NDArray[np.uint8]) -> tuple[Image, Image]:
    """(H, W) each: Sobel's differences of lightness across and down, after a light smoothing."""
    plane = np.asarray(cv2.extractChannel(lab, 0), dtype=np.float32)
    smooth = cv2.GaussianBlur(plane, (0, 0), 0.6, borderType=cv2.BORDER_REFLECT)
    across = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, borderType=cv2.BORDER_REFLECT)
    down = cv2.Sobel(smooth, cv2.CV_32F, 0, 1, borderType=cv2.BORDER_REFLECT)
    return np.asarray(across, dtype=np.float32), np.asarray(down, dtype=np.float32)
