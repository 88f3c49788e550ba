"""Places that stand out of many looks: evidence on the ground becomes a score, its peaks places."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from atalaya.detection.metric_windows import box_mean
from atalaya.errors import InputError
from atalaya.model.columns import Columns
from atalaya.model.detection import DetectionKind
from atalaya.units import Metres, MetresArray

type Image = NDArray[np.float32]

INTEGRAL_WEIGHT, SINGLE_WEIGHT, PERSISTENCE_WEIGHT, WARMTH_WEIGHT = 1.0, 0.7, 1.0, 0.6
"""Of spreads above the median in the integral, of the mean single look, of share of sectors, of warmth."""
PERSISTENT_FROM = 1.5
"""A sector speaks for a place from so many spreads."""
SMOOTH_M = 2.0
APART_M = 12.0
"""Of two peaks closer than this only the higher one is a place."""
LEAST_SCORE = 2.0
MOST_PER_KM2 = 400
_HALF = 0.6
"""A place reaches as far as the score stays above so much of its peak."""
_LARGEST_M = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundEvidence:
    """What is known of each cell, (H, W) each; NaN where it is not known.

    Args:
        integral: score of the integral in spreads above its median.
        single: mean score of single looks, each sector with the same say, likewise.
        persistence: 0..1 share of the sectors whose looks found the cell unusual.
        warmth: score of thermal looks in spreads; None where there were none.
        observed: bool.
    """

    integral: Image
    single: Image
    persistence: Image
    warmth: Image | None
    observed: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Peaks(Columns):
    """Places in a raster, N first, the surest first.

    Args:
        row, col: (N,) cell of the peak.
        score: (N,) of the peak.
        kind: (N,) str, values of DetectionKind.
        length_m, width_m: (N,) of the smallest rectangle around what stands out with it, turned by
        heading_deg: (N,) of its length, clockwise from the raster's up.
    """

    row: NDArray[np.int64]
    col: NDArray[np.int64]
    score: NDArray[np.float64]
    kind: NDArray[np.str_]
    length_m: MetresArray
    width_m: MetresArray
    heading_deg: NDArray[np.float64]


def place_score(evidence: GroundEvidence, cell_m: Metres) -> Image:
    """(H, W) the score of each observed cell, comparable within one clip; NaN elsewhere.

    Args:
        evidence: of a raster.
        cell_m: of its cells.
    """
    total = INTEGRAL_WEIGHT * _known(evidence.integral) + SINGLE_WEIGHT * _known(evidence.single)
    total += PERSISTENCE_WEIGHT * _known(evidence.persistence)
    if evidence.warmth is not None:
        total += WARMTH_WEIGHT * np.maximum(_known(evidence.warmth), 0.0)
    weight = evidence.observed.astype(np.float32)
    share = box_mean(weight, SMOOTH_M / cell_m)
    smooth = box_mean(total.astype(np.float32) * weight, SMOOTH_M / cell_m) / np.maximum(share, 1e-3)
    return np.where(evidence.observed, smooth, np.float32(np.nan)).astype(np.float32)


def peaks_of(score: Image, cell_m: Metres, warmth: Image | None = None) -> Peaks:
    """The places of a raster: peaks of its score that stand apart, with what stands out around each.

    Args:
        score: as `place_score` gives it.
        cell_m: of the cells.
        warmth: as in GroundEvidence; a place that is warmer or colder than it is unusual is a hot spot.

    Raises:
        InputError: a cell that is not a positive number of metres.
    """
    if not cell_m > 0.0:
        raise InputError(f"cells have a size, got {cell_m} m")
    flat = np.where(np.isfinite(score), score, np.float32(-np.inf)).astype(np.float32)
    side = 2 * max(1, round(0.5 * APART_M / cell_m)) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    highest = (flat >= cv2.dilate(flat, disc)) & (flat >= LEAST_SCORE)
    rows, cols = np.nonzero(highest)
    order = np.lexsort((cols, rows, -flat[rows, cols]))
    order = _apart(rows[order], cols[order], order, APART_M / cell_m)
    order = order[: max(1, int(MOST_PER_KM2 * np.isfinite(score).sum() * cell_m**2 / 1e6) + 1)]
    shapes = [_shape(flat, int(rows[at]), int(cols[at]), cell_m) for at in order]
    table = np.array(shapes, dtype=np.float64).reshape(len(shapes), 3)
    hot = np.zeros(len(order), dtype=np.bool_)
    if warmth is not None:
        hot = _known(warmth)[rows[order], cols[order]] > 0.5 * flat[rows[order], cols[order]]
    return Peaks(
        row=rows[order].astype(np.int64),
        col=cols[order].astype(np.int64),
        score=flat[rows[order], cols[order]].astype(np.float64),
        kind=np.where(hot, DetectionKind.HOT_SPOT.value, DetectionKind.ANOMALY.value).astype(np.str_),
        length_m=table[:, 0],
        width_m=table[:, 1],
        heading_deg=table[:, 2],
    )


def _known(values: Image) -> Image:
    return np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0).astype(np.float32)


def _apart(
    rows: NDArray[np.intp], cols: NDArray[np.intp], order: NDArray[np.intp], apart_cells: float
) -> NDArray[np.intp]:
    """Of peaks in falling order those that no higher one is near to: plateaus have many."""
    kept: list[int] = []
    for at in range(len(order)):
        if not kept or (np.hypot(rows[kept] - rows[at], cols[kept] - cols[at]) >= apart_cells).all():
            kept.append(at)
    return order[np.array(kept, dtype=np.intp)]


def _shape(score: Image, row: int, col: int, cell_m: Metres) -> tuple[float, float, float]:
    """Length, width and heading of what stands out together with a peak."""
    reach = round(0.5 * _LARGEST_M / cell_m)
    top, left = max(0, row - reach), max(0, col - reach)
    window = score[top : row + reach + 1, left : col + reach + 1]
    above = (window >= _HALF * score[row, col]).astype(np.uint8)
    labels = np.asarray(cv2.connectedComponents(above)[1])
    own = np.argwhere(labels == labels[row - top, col - left])[:, ::-1].astype(np.float32)
    _, (across, down), angle_deg = cv2.minAreaRect(own)
    length, width = max(across, down) + 1.0, min(across, down) + 1.0
    heading_deg = (angle_deg + (90.0 if across >= down else 0.0)) % 180.0
    return length * cell_m, width * cell_m, heading_deg
