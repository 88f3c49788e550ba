"""The two things to beat: places by their best single look, and by what all their looks say on average."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from atalaya.geo.local_plane import LocalPlane, plane_about
from atalaya.geo.quadrilateral import covered
from atalaya.model.detection import DetectionTable, ScoredPlaceTable
from atalaya.model.footprint import FootprintTable
from atalaya.model.looks import azimuth_bin
from atalaya.units import Bits, Metres, MetresArray

APART_M: Metres = 10.0
"""Marks so close on the ground are of one place."""
NO_MARK_BITS: Bits = -3.0
"""What a look says that covers a place and marks nothing there: the least a detector of ours says."""


def best_single_look(detections: DetectionTable, apart_m: Metres = APART_M) -> ScoredPlaceTable:
    """Places where any look marks something; the score is that of the surest mark, in bits.

    Args:
        detections: of all looks; those that are nowhere on the ground are left out.
        apart_m: a weaker mark within this of a surer one is the same place.
    """
    marks = _placed(detections)
    clusters = _clusters(marks, _points_m(marks)[1], apart_m)
    return _table(marks, clusters, marks.weight_bits[[rows[0] for rows in clusters]])


def pooled_looks(
    detections: DetectionTable, footprints: FootprintTable, apart_m: Metres = APART_M
) -> ScoredPlaceTable:
    """The same places; the score is the mean over all looks that cover one, in bits.

    A look counts its surest mark at the place, and where it has none NO_MARK_BITS.

    Args:
        detections: of all looks.
        footprints: of all looks, those that marked nothing included.
        apart_m: a weaker mark within this of a surer one is the same place.
    """
    marks = _placed(detections)
    plane, points_m = _points_m(marks)
    clusters = _clusters(marks, points_m, apart_m)
    corners_m = plane.to_metres(footprints.corner_lon_deg, footprints.corner_lat_deg)
    score = np.empty(len(clusters))
    for number, rows in enumerate(clusters):
        _, first = np.unique(marks.frame_index[rows], return_index=True)
        said = marks.weight_bits[rows][first]  # a cluster is sorted: the first of a frame is its surest
        silent = max(0, int(covered(points_m[rows[0]], corners_m).sum()) - len(said))
        score[number] = (said.sum() + NO_MARK_BITS * silent) / (len(said) + silent)
    return _table(marks, clusters, score)


def _placed(detections: DetectionTable) -> DetectionTable:
    return detections.take(np.isfinite(detections.lon_deg) & np.isfinite(detections.weight_bits))


def _points_m(marks: DetectionTable) -> tuple[LocalPlane, MetresArray]:
    plane = plane_about(marks.lon_deg, marks.lat_deg)
    return plane, plane.to_metres(marks.lon_deg, marks.lat_deg)


def _clusters(marks: DetectionTable, points_m: MetresArray, apart_m: Metres) -> list[NDArray[np.intp]]:
    """Rows of each place, the surest first; the surest mark left over is the middle of the next place."""
    if not len(marks):
        return []
    order = np.lexsort((marks.detection_index, -marks.weight_bits))
    rank = np.empty(len(marks), dtype=np.intp)
    rank[order] = np.arange(len(marks))
    tree = cKDTree(points_m)
    free = np.ones(len(marks), dtype=np.bool_)
    clusters: list[NDArray[np.intp]] = []
    for row in order.tolist():
        if free[row]:
            near = np.array(tree.query_ball_point(points_m[row], apart_m), dtype=np.intp)
            near = near[free[near]]
            free[near] = False
            clusters.append(near[np.argsort(rank[near])])
    return clusters


def _table(
    marks: DetectionTable, clusters: list[NDArray[np.intp]], score: NDArray[np.float64]
) -> ScoredPlaceTable:
    surest = np.array([rows[0] for rows in clusters], dtype=np.intp)
    sector = azimuth_bin(marks.look_azimuth_deg)
    return ScoredPlaceTable(
        lon_deg=marks.lon_deg[surest],
        lat_deg=marks.lat_deg[surest],
        score=score,
        kind=marks.kind[surest],
        azimuths=np.array(
            [np.unique(sector[rows][sector[rows] >= 0]).size for rows in clusters], dtype=np.int64
        ),
    )
