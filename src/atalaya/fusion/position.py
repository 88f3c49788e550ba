"""Where an object is, and how far off that may be, when its looks share part of their error.

Each look's covariance C is split into three parts: what the whole sortie has in common, what the looks of one
azimuth sector have in common, and what each look has of its own. With precision-weighted looks (P_i = 1/C_i,
P the sum over all n, P_k over the n_k looks of sector k) the mean's covariance is

    n a P^-1  +  b P^-1 (sum_k n_k P_k) P^-1  +  (1 - a - b) P^-1

for the shares a and b: more looks shrink only the last part, more sectors also the second, nothing the first.
Where the looks scatter more than their covariances say, everything is widened by that ratio (Birge).
"""

import numpy as np
from numpy.typing import NDArray

from atalaya.fusion.params import FusionParams
from atalaya.units import MetresArray, SquareMetres


def weighted_place(
    points_m: MetresArray, covariance_m2: SquareMetres, sector: NDArray[np.int64], params: FusionParams
) -> tuple[MetresArray, SquareMetres]:
    """(2,) mean and (2, 2) covariance of one object.

    Args:
        points_m: (n, 2) east, north; n at least 1.
        covariance_m2: (n, 2, 2) of each, positive definite.
        sector: (n,) azimuth sector of each look.
        params: sortie_common_share and sector_common_share are used.
    """
    count = len(points_m)
    precision = np.linalg.inv(covariance_m2)
    spread_m2 = np.linalg.inv(precision.sum(axis=0))
    mean_m: MetresArray = spread_m2 @ np.einsum("nij,nj->i", precision, points_m)
    by_sector = np.zeros((2, 2))
    for one in np.unique(sector):
        of_one = sector == one
        by_sector += of_one.sum() * precision[of_one].sum(axis=0)
    common, shared = params.sortie_common_share, params.sector_common_share
    total_m2 = (
        common * count * spread_m2
        + shared * spread_m2 @ by_sector @ spread_m2
        + (1.0 - common - shared) * spread_m2
    )
    offset_m = points_m - mean_m
    scatter = float(np.einsum("ni,nij,nj->", offset_m, precision, offset_m))
    ratio = scatter / (2.0 * (count - 1)) if count > 1 else 1.0
    widened_m2 = max(1.0, ratio) * total_m2
    return mean_m, 0.5 * (widened_m2 + widened_m2.T)
