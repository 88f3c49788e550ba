"""Whether four corners on the ground hold a place."""

import numpy as np
from numpy.typing import NDArray

from atalaya.units import MetresArray

_CORNERS = 4


def covered(point_m: MetresArray, corners_m: MetresArray) -> NDArray[np.bool_]:
    """(N,) True where a quadrilateral holds the point; False where any corner is not known.

    Args:
        point_m: (2,) east, north.
        corners_m: (N, 4, 2) in order around, either way; a crossed one holds what an even-odd fill paints.
    """
    inside = np.zeros(len(corners_m), dtype=np.bool_)
    for corner in range(_CORNERS):
        first, second = corners_m[:, corner], corners_m[:, (corner + 1) % _CORNERS]
        spans = (first[:, 1] > point_m[1]) != (second[:, 1] > point_m[1])
        rise = np.where(spans, second[:, 1] - first[:, 1], 1.0)
        crossing = first[:, 0] + (point_m[1] - first[:, 1]) / rise * (second[:, 0] - first[:, 0])
        inside ^= spans & (point_m[0] < crossing)
    return inside & np.isfinite(corners_m).all(axis=(1, 2))
