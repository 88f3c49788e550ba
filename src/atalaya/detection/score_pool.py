"""Scores of single looks brought to the ground and pooled there, cell by cell: what an integral has to beat.

Each look is scored by itself, canopy and all; only the scores meet on the ground. An integral adds the looks
first and scores what is left when the canopy has dissolved.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from atalaya.errors import InputError
from atalaya.model.looks import AZIMUTH_BINS
from atalaya.units import Metres

MOST_PER_KM2 = 4000.0
"""Peaks kept, the highest first: a place every 16 m is more than anybody looks at."""
_ROBUST = 1.4826
_LEAST_SPREAD = 1e-3

type Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorePool:
    """Cells of a piece of ground, (H, W) each, row 0 in the north.

    Args:
        total: sum of the scores of all looks. most: the greatest; -inf where no look fell.
        count: looks. sectors: a bit for each sector of 45 degrees that looks came from.
    """

    total: Scores
    most: Scores
    count: NDArray[np.uint16]
    sectors: NDArray[np.uint8]


def no_scores(height: int, width: int) -> ScorePool:
    """The pool of no look."""
    return ScorePool(
        total=np.zeros((height, width), dtype=np.float32),
        most=np.full((height, width), -np.inf, dtype=np.float32),
        count=np.zeros((height, width), dtype=np.uint16),
        sectors=np.zeros((height, width), dtype=np.uint8),
    )


def add_scores(
    score: Scores, seen: NDArray[np.bool_], sector: int, place: tuple[int, int], *, out: ScorePool
) -> None:
    """Add one look to the pool `out`.

    Args:
        score: (h, w) of a window of the ground; what was not seen may hold anything.
        seen: (h, w).
        sector: 0..7, -1 where the bearing is not known.
        place: row and column of the window's first cell.
        out: changed in place.

    Raises:
        InputError: a window that is not in the pool.
    """
    height, width = seen.shape
    rows, cols = slice(place[0], place[0] + height), slice(place[1], place[1] + width)
    if score.shape != seen.shape or out.count[rows, cols].shape != seen.shape:
        raise InputError(f"no window of {seen.shape} at {place} in a pool of {out.count.shape}")
    known = seen & np.isfinite(score)
    out.total[rows, cols] += np.where(known, score, np.float32(0.0))
    most = out.most[rows, cols]
    np.maximum(most, np.where(known, score, np.float32(-np.inf)), out=most)
    out.count[rows, cols] += known
    if 0 <= sector < AZIMUTH_BINS:
        out.sectors[rows, cols] |= np.where(known, np.uint8(1 << sector), np.uint8(0))


def mean_score(pool: ScorePool) -> Scores:
    """(H, W) mean over the looks; -inf where there is none."""
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = pool.total / pool.count.astype(np.float32)
    return np.where(pool.count > 0, mean, np.float32(-np.inf)).astype(np.float32)


def sectors_at(pool: ScorePool, rows: NDArray[np.intp], cols: NDArray[np.intp]) -> NDArray[np.int64]:
    """(N,) from how many sectors cells were looked at."""
    return np.asarray(np.bitwise_count(pool.sectors[rows, cols]), dtype=np.int64)


def standard(score: Scores) -> Scores:
    """A picture's scores about their median in units of their spread: pictures become comparable."""
    known = score[np.isfinite(score)]
    if not known.size:
        return score
    middle = float(np.median(known[::7]))
    spread = _ROBUST * float(np.median(np.abs(known[::7] - middle)))
    return np.asarray((score - np.float32(middle)) / np.float32(max(spread, _LEAST_SPREAD)), dtype=np.float32)


def peaks(
    score: Scores, cell_m: Metres, apart_m: Metres
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Rows, columns and scores of the cells that are highest within a distance, the highest first.

    Args:
        score: (H, W), -inf where nothing is known.
        cell_m: side of a cell.
        apart_m: no two peaks are nearer, along or across.
    """
    side = 2 * max(1, round(apart_m / cell_m)) + 1
    around = cv2.dilate(score, cv2.getStructuringElement(cv2.MORPH_RECT, (side, side)))
    rows, cols = np.nonzero((score >= around) & np.isfinite(score))
    value = score[rows, cols].astype(np.float64)
    order = np.lexsort((cols, rows, -value))
    known_km2 = float(np.isfinite(score).sum()) * cell_m**2 / 1e6
    kept: list[int] = []
    taken = np.zeros(score.shape, dtype=np.bool_)
    half = side // 2
    for one in order.tolist():  # of a plateau one cell
        row, col = int(rows[one]), int(cols[one])
        if len(kept) >= MOST_PER_KM2 * known_km2 + 1.0:
            break
        if not taken[row, col]:
            kept.append(one)
            taken[max(0, row - half) : row + half + 1, max(0, col - half) : col + half + 1] = True
    chosen = np.array(kept, dtype=np.intp)
    return rows[chosen], cols[chosen], value[chosen]
