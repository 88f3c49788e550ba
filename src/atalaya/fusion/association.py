"""Detections of many looks to objects on the ground: which of them are the same thing.

Look by look, one-to-one (global nearest neighbour in Mahalanobis distance); then objects that the order of
looks has split are joined again, unless one look showed both.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.spatial import cKDTree

from atalaya.fusion.params import FusionParams
from atalaya.units import MetresArray, SquareMetres

SHARED_LOOKS = 0.1
"""Two objects seen together in more than this share of the fewer's looks are two."""
_FAR = 1e9


@dataclass(slots=True)
class _Growing:
    """An object while looks are added; the precision-weighted mean of its detections."""

    rows: list[int]
    precision: NDArray[np.float64]
    weighted: NDArray[np.float64]

    @property
    def mean_m(self) -> MetresArray:
        return np.linalg.solve(self.precision, self.weighted)


def associate(
    points_m: MetresArray, covariance_m2: SquareMetres, look: NDArray[np.int64], params: FusionParams
) -> list[NDArray[np.intp]]:
    """The rows of each object, ascending.

    Args:
        points_m: (N, 2) east, north; all known.
        covariance_m2: (N, 2, 2), positive definite.
        look: (N,) number of the look each row belongs to; looks are taken in ascending order.
        params: gate, object_extent_m and sortie_common_share are used.
    """
    growing: list[_Growing] = []
    for rows in _by_look(look):
        _add_look(growing, rows, points_m, covariance_m2, params)
    joined = _join_split(growing, look, params)
    return [np.array(sorted(thing.rows), dtype=np.intp) for thing in joined]


def _by_look(look: NDArray[np.int64]) -> list[NDArray[np.intp]]:
    order = np.argsort(look, kind="stable")
    edges = np.flatnonzero(np.diff(look[order])) + 1
    return np.split(order, edges) if order.size else []


def _add_look(
    growing: list[_Growing],
    rows: NDArray[np.intp],
    points_m: MetresArray,
    covariance_m2: SquareMetres,
    params: FusionParams,
) -> None:
    """Give each detection of one look to an object, or let it begin one."""
    taken: dict[int, int] = {}
    if growing:
        means_m = np.array([thing.mean_m for thing in growing])
        spreads_m2 = np.linalg.inv(np.array([thing.precision for thing in growing]))
        distance2 = np.stack(
            [_distance2(points_m[row], covariance_m2[row], means_m, spreads_m2, params) for row in rows]
        )
        cost = np.where(distance2 <= params.gate, distance2, _FAR)
        for i, j in zip(*linear_sum_assignment(cost), strict=True):
            if cost[i, j] < _FAR:
                taken[int(i)] = int(j)
    for i, row in enumerate(rows):
        precision = np.linalg.inv(covariance_m2[row])
        if i in taken:
            thing = growing[taken[i]]
            thing.rows.append(int(row))
            thing.precision = thing.precision + precision
            thing.weighted = thing.weighted + precision @ points_m[row]
        else:
            growing.append(_Growing([int(row)], precision, precision @ points_m[row]))


def _distance2(
    point_m: MetresArray,
    covariance_m2: SquareMetres,
    means_m: MetresArray,
    spreads_m2: SquareMetres,
    params: FusionParams,
) -> NDArray[np.float64]:
    """(M,) squared Mahalanobis distances; what a sortie's looks have in common cannot separate them."""
    own_share = 1.0 - params.sortie_common_share
    total_m2 = own_share * (covariance_m2 + spreads_m2) + params.object_extent_m**2 * np.eye(2)
    offset_m = point_m - means_m
    solved = np.linalg.solve(total_m2, offset_m[..., None])[..., 0]
    return np.asarray((offset_m * solved).sum(axis=-1), dtype=np.float64)


def _join_split(growing: list[_Growing], look: NDArray[np.int64], params: FusionParams) -> list[_Growing]:
    """Objects that one gate holds and that (almost) no look shows together become one, heaviest first."""
    order = sorted(growing, key=lambda thing: -len(thing.rows))
    if len(order) < 2:
        return order
    means_m = np.array([thing.mean_m for thing in order])
    near = cKDTree(means_m).query_ball_point(means_m, r=params.place_radius_m)
    gone: set[int] = set()
    for index, thing in enumerate(order):
        if index in gone:
            continue
        for other in sorted(near[index]):
            if other <= index or other in gone or not _same(thing, order[other], look, params):
                continue
            thing.rows.extend(order[other].rows)
            thing.precision = thing.precision + order[other].precision
            thing.weighted = thing.weighted + order[other].weighted
            gone.add(other)
    return [thing for index, thing in enumerate(order) if index not in gone]


def _same(first: _Growing, second: _Growing, look: NDArray[np.int64], params: FusionParams) -> bool:
    """Near enough for one detection each, and not seen side by side."""
    one_look_m2 = np.linalg.inv(second.precision) * len(second.rows)
    spread_m2 = np.linalg.inv(first.precision)
    distance2 = _distance2(second.mean_m, one_look_m2, first.mean_m[None], spread_m2[None], params)
    if distance2[0] > params.gate:
        return False
    looks, others = set(look[first.rows].tolist()), set(look[second.rows].tolist())
    return len(looks & others) <= SHARED_LOOKS * min(len(looks), len(others))
