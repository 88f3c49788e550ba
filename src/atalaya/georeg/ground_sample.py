"""A picture's channels at the cells of a piece of ground, averaged where the picture is finer."""

import cv2
import numpy as np
from numpy.typing import NDArray

from atalaya.errors import InputError
from atalaya.georeg.ground_pixels import GroundPixels
from atalaya.units import Metres

type Levels = NDArray[np.uint8]
_FINER = 0.7
"""A picture is reduced before it is sampled if its pixels are smaller than this share of a cell."""


def for_cells(picture: Levels, gsd_m: Metres, cell_m: Metres) -> Levels:
    """The picture, reduced by averaging to about the size of the cells where it is finer.

    Raises:
        InputError: no picture, or a GSD or cell that is not a positive number.
    """
    if picture.ndim != 3 or not picture.size or picture.dtype != np.uint8:
        raise InputError(f"a picture is (H, W, C) uint8, got {picture.shape} {picture.dtype}")
    if not (np.isfinite([gsd_m, cell_m]).all() and gsd_m > 0.0 and cell_m > 0.0):
        raise InputError(f"pixels of {gsd_m} m and cells of {cell_m} m")
    keep = gsd_m / cell_m
    if keep >= _FINER:
        return picture
    size = (max(1, round(picture.shape[1] * keep)), max(1, round(picture.shape[0] * keep)))
    reduced = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    return reduced.reshape(size[1], size[0], picture.shape[2])


def sample(picture: Levels, pixels: GroundPixels, full_size: tuple[int, int]) -> Levels:
    """(h, w, C) what the cells of the window show; anything where they were not seen.

    Args:
        picture: as `for_cells` gives it, or whole.
        pixels: of the whole picture.
        full_size: width and height of the whole picture [px].
    """
    scale_x, scale_y = picture.shape[1] / full_size[0], picture.shape[0] / full_size[1]
    x_px, y_px = pixels.x_px, pixels.y_px
    if (scale_x, scale_y) != (1.0, 1.0):
        x_px = (x_px + np.float32(0.5)) * np.float32(scale_x) - np.float32(0.5)
        y_px = (y_px + np.float32(0.5)) * np.float32(scale_y) - np.float32(0.5)
    found = cv2.remap(picture, x_px, y_px, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found, dtype=np.uint8).reshape(*pixels.seen.shape, picture.shape[2])
