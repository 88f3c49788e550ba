"""What is different between two times over one tile: between passes, and between day and night.

Two passes are compared only in one season and only where one can be laid on the other; else the answer is
why not. A difference is counted in what the looks themselves scatter by: leaves in the wind are no change.
"""

from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import shift as shifted

from atalaya.detection.ground_grid import TileSums, integral, spread
from atalaya.errors import InputError

MOST_DAYS_APART = 45
"""In the year, whichever year: beyond, leaves come and go and fields are harvested."""
MOST_SHIFT_CELLS = 12.0
LEAST_LIKENESS = 0.35
"""Correlation of the detail of both passes, once laid on one another; unrelated ground has below .1."""
_FEWEST_COMMON = 0.25
_DETAIL_CELLS = 3.0
_LEAST_ERROR_LEVELS = 4.0
_YEAR_DAYS = 365.25

type Plane = NDArray[np.float32]


class WhyNoChange(StrEnum):
    """Why two passes are not compared."""

    OTHER_SEASON = "other-season"
    TOO_LITTLE_COMMON = "too-little-common"
    """Less than a quarter of the tile was seen in both."""
    NOT_REGISTERED = "not-registered"
    """One cannot be laid on the other: what they show is too different, or too far apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """How much each cell changed.

    Args:
        errors: (H, W) float32 difference in its own standard errors, root mean square of all channels; NaN
            where a pass did not see the cell often enough to say how much it scatters.
        shift_cells: (right, down) the later pass lay beside the earlier one.
        likeness: correlation of their detail once laid on one another.
    """

    errors: Plane
    shift_cells: tuple[float, float]
    likeness: float


@dataclass(frozen=True, slots=True)
class NotCompared:
    """No answer, and why."""

    why: WhyNoChange


def change(earlier: TileSums, later: TileSums, days_of_year: tuple[float, float]) -> Change | NotCompared:
    """What changed on a tile between two passes.

    Args:
        earlier: sums of one pass.
        later: of the other.
        days_of_year: of each pass, 0 to 366.

    Raises:
        InputError: not the same tile and channels.
    """
    _require_same(earlier, later)
    apart_days = abs(days_of_year[0] - days_of_year[1]) % _YEAR_DAYS
    if not min(apart_days, _YEAR_DAYS - apart_days) <= MOST_DAYS_APART:
        return NotCompared(WhyNoChange.OTHER_SEASON)
    first, second = integral(earlier), integral(later)
    common = np.isfinite(first[0]) & np.isfinite(second[0])
    if common.mean() < _FEWEST_COMMON:
        return NotCompared(WhyNoChange.TOO_LITTLE_COMMON)
    beside = _beside(_detail(first, common), _detail(second, common))
    if float(np.hypot(*beside)) > MOST_SHIFT_CELLS:
        return NotCompared(WhyNoChange.NOT_REGISTERED)
    laid = _laid(second, beside)
    likeness = _likeness(first, laid)
    if not likeness >= LEAST_LIKENESS:
        return NotCompared(WhyNoChange.NOT_REGISTERED)
    error = np.sqrt(_error(earlier) ** 2 + _laid(_error(later), beside) ** 2 + _LEAST_ERROR_LEVELS**2)
    errors = np.sqrt((((_in_light_of(first, laid) - first) / error) ** 2).mean(axis=0))
    return Change(errors=errors.astype(np.float32), shift_cells=beside, likeness=likeness)


def day_less_night(day: TileSums, night: TileSums, channel: str) -> Plane:
    """(H, W) how much more a channel stands out by day than by night, each in the spread of its tile.

    Soil is warm by day and cold by night, water and what makes heat the other way round: a generator stays
    where everything else falls. NaN where one of them saw nothing.

    Raises:
        InputError: not the same tile, or no such channel.
    """
    _require_same(day, night)
    if channel not in day.channels:
        raise InputError(f"no channel {channel} among {day.channels}")
    number = day.channels.index(channel)
    return _standing_out(integral(day)[number]) - _standing_out(integral(night)[number])


def _require_same(first: TileSums, second: TileSums) -> None:
    if (first.tile, first.channels) != (second.tile, second.channels):
        raise InputError(f"sums of {first.tile} {first.channels} and {second.tile} {second.channels}")


def _standing_out(plane: Plane) -> Plane:
    known = plane[np.isfinite(plane)]
    if not known.size:
        return plane
    middle = np.median(known)
    scale = max(1.4826 * float(np.median(np.abs(known - middle))), 1.0)
    return np.asarray((plane - middle) / scale, dtype=np.float32)


def _error(sums: TileSums) -> Plane:
    """(C, H, W) standard error of the mean; NaN with fewer than two looks."""
    looks = np.maximum(sums.count.sum(axis=0, dtype=np.float32), 1.0)
    return np.asarray(spread(sums) / np.sqrt(looks), dtype=np.float32)


def _detail(levels: Plane, known: NDArray[np.bool_]) -> Plane:
    """(H, W) what is finer than the land's broad shades, all channels together, nothing where not known."""
    grey = levels.mean(axis=0)
    filled = np.where(known, grey, np.float32(np.median(grey[known])))
    broad = cv2.GaussianBlur(filled, (0, 0), 4.0 * _DETAIL_CELLS)
    fine = cv2.GaussianBlur(filled, (0, 0), 0.5)
    return np.where(known, fine - broad, np.float32(0.0)).astype(np.float32)


def _beside(first: Plane, second: Plane) -> tuple[float, float]:
    """How far right and down the second lies from the first, by phase correlation."""
    window = cv2.createHanningWindow(first.shape[::-1], cv2.CV_32F)
    (right, down), _ = cv2.phaseCorrelate(first, second, window)
    return float(right), float(down)


def _laid(levels: Plane, beside: tuple[float, float]) -> Plane:
    """(C, H, W) moved back by so much; what nothing was moved to is NaN."""
    move = (-beside[1], -beside[0])
    return np.stack([shifted(one, move, order=1, cval=np.nan, mode="constant") for one in levels])


def _likeness(first: Plane, second: Plane) -> float:
    common = np.isfinite(first[0]) & np.isfinite(second[0])
    if common.mean() < _FEWEST_COMMON:
        return 0.0
    one, other = _detail(first, common)[common], _detail(second, common)[common]
    scale = float(one.std()) * float(other.std())
    return float(((one - one.mean()) * (other - other.mean())).mean()) / scale if scale > 0.0 else 0.0


def _in_light_of(first: Plane, second: Plane) -> Plane:
    """(C, H, W) the second with the middle and the spread that the first has where both were seen."""
    made = []
    for one, other in zip(first, second, strict=True):
        common = np.isfinite(one) & np.isfinite(other)
        here, there = one[common], other[common]
        middle = np.median(there)
        gain = np.median(np.abs(here - np.median(here))) / max(float(np.median(np.abs(there - middle))), 1.0)
        made.append((other - middle) * np.clip(gain, 0.5, 2.0) + np.median(here))
    return np.stack(made).astype(np.float32)
