"""Planes seen twice: a homography found robustly, applied, and judged."""

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from atalaya.units import Pixels, PixelsArray

_FEWEST = 8
_TURNS = 5000
_CONFIDENCE = 0.9999
_GRID = 6
_STRETCH = 5.0


def robust_homography(
    from_px: PixelsArray, to_px: PixelsArray, threshold_px: Pixels
) -> tuple[NDArray[np.float64], NDArray[np.bool_]] | None:
    """The homography that most points agree on, and which those are; None where there are too few.

    Args:
        from_px: (M, 2).
        to_px: (M, 2).
        threshold_px: how far a point that agrees may be off.

    Source: MAGSAC++ (Barath et al., 2020) as in OpenCV, whose draws are the same each time.
    """
    if len(from_px) < _FEWEST:
        return None
    homography = _fitted(from_px, to_px, cv2.USAC_MAGSAC, threshold_px)
    if homography is None:
        return None
    inlier = _agree(homography, from_px, to_px, threshold_px)
    if inlier.sum() < _FEWEST:
        return None
    polished = _fitted(from_px[inlier], to_px[inlier], 0, threshold_px)
    if polished is not None:
        inlier_after = _agree(polished, from_px, to_px, threshold_px)
        if inlier_after.sum() >= inlier.sum():
            return polished, inlier_after
    return homography, inlier


def moved(homography: NDArray[np.float64], points_px: PixelsArray) -> PixelsArray:
    """(M, 2) points taken through a homography; NaN where it sends them beyond the horizon."""
    depth = points_px @ homography[2, :2] + homography[2, 2]
    depth = np.where(depth > 0.0, depth, np.nan)
    taken: PixelsArray = (points_px @ homography[:2, :2].T + homography[:2, 2]) / depth[:, None]
    return taken


def plausible(homography: NDArray[np.float64], width_px: int, height_px: int) -> bool:
    """Whether ground seen twice can move so: not mirrored, nowhere beyond the horizon, scale 1/5 to 5."""
    corners_px = moved(homography, _corners(width_px, height_px))
    if np.isnan(corners_px).any():
        return False
    sides = np.diff(np.vstack([corners_px, corners_px[:2]]), axis=0)
    turns = [float(one[0] * other[1] - one[1] * other[0]) for one, other in pairwise(sides)]
    size = _area(corners_px) / (width_px * height_px)
    return min(turns) > 0.0 and _STRETCH**-2 < size < _STRETCH**2


def shared_area(homography: NDArray[np.float64], width_px: int, height_px: int) -> float:
    """Share of the first picture that is in the second, for a plausible homography."""
    here = _corners(width_px, height_px)
    there = moved(np.linalg.inv(homography) / np.linalg.inv(homography)[2, 2], here)
    if np.isnan(there).any():
        return 0.0
    area, _ = cv2.intersectConvexConvex(here.astype(np.float32), there.astype(np.float32))
    return float(area) / (width_px * height_px)


def grid_share(points_px: PixelsArray, width_px: int, height_px: int) -> float:
    """Share of 6 x 6 cells of the picture that hold a point."""
    cells = np.clip((points_px / [width_px, height_px] * _GRID).astype(np.int64), 0, _GRID - 1)
    return len(np.unique(cells[:, 1] * _GRID + cells[:, 0])) / _GRID**2


def _fitted(
    from_px: PixelsArray, to_px: PixelsArray, method: int, threshold_px: Pixels
) -> NDArray[np.float64] | None:
    """OpenCV's answer with the last element 1; None where it finds none."""
    found, _ = cv2.findHomography(
        from_px, to_px, method, threshold_px, maxIters=_TURNS, confidence=_CONFIDENCE
    )
    matrix = np.asarray(found, dtype=np.float64)  # of None: not a number
    if matrix.shape != (3, 3) or not np.isfinite(matrix).all() or abs(matrix[2, 2]) < 1e-12:
        return None
    scaled: NDArray[np.float64] = matrix / matrix[2, 2]
    return scaled


def _agree(
    homography: NDArray[np.float64], from_px: PixelsArray, to_px: PixelsArray, threshold_px: Pixels
) -> NDArray[np.bool_]:
    apart_px = np.linalg.norm(moved(homography, from_px) - to_px, axis=1)
    near: NDArray[np.bool_] = apart_px < threshold_px  # NaN is not near
    return near


def _corners(width_px: int, height_px: int) -> PixelsArray:
    """(4, 2) outer corners, clockwise in the picture from the upper left."""
    right, bottom = width_px - 0.5, height_px - 0.5
    return np.array([[-0.5, -0.5], [right, -0.5], [right, bottom], [-0.5, bottom]])


def _area(corners_px: PixelsArray) -> float:
    x_px, y_px = corners_px.T
    return 0.5 * abs(float(x_px @ np.roll(y_px, -1) - y_px @ np.roll(x_px, -1)))
