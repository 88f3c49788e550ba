"""Detections that are part of the picture and not of the ground: burned-in text, marks, dirt on the lens."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from atalaya.units import Metres, MetresArray, PixelsArray

SAME_PLACE_PX: Final = 8.0
OTHER_GROUND_M: Final[Metres] = 60.0
LOOKS: Final = 4


def fixed_to_the_picture(
    pixels: PixelsArray, points_m: MetresArray, look: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """(N,) True where at least LOOKS other looks show something at the same pixel and on quite other ground.

    A thing that a steered camera holds at one pixel stays on its ground and is not marked.

    Args:
        pixels: (N, 2) column and row, of one source.
        points_m: (N, 2) where that is on the ground; all known.
        look: (N,) number of the look each row belongs to.
    """
    fixed = np.zeros(len(pixels), dtype=np.bool_)
    if len(pixels) == 0:
        return fixed
    near = cKDTree(pixels).query_ball_point(pixels, r=SAME_PLACE_PX)
    for row, others in enumerate(near):
        if len(others) <= LOOKS:
            continue
        moved = np.linalg.norm(points_m[others] - points_m[row], axis=1) > OTHER_GROUND_M
        fixed[row] = np.unique(look[others][moved]).size >= LOOKS
    return fixed
