"""Sites found against false alarms (FROC): counts at every threshold, and what they are by area."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv

from atalaya.errors import InputError
from atalaya.model.evaluation import Curve

PER_KM2 = 100.0
"""Rates are by 100 km2."""
SURE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What was claimed in all worlds, from the highest score down.

    Args:
        score: (E,) falling. world: (E,) int64. gain: (E,) int64, 1 where a place found a site that counts.
        false: (E,) int64, 1 for a false alarm that counts.
        sites: (W,) of each world that count. km2: (W,) where a false alarm could be.
    """

    score: NDArray[np.float64]
    world: NDArray[np.int64]
    gain: NDArray[np.int64]
    false: NDArray[np.int64]
    sites: NDArray[np.int64]
    km2: NDArray[np.float64]

    @property
    def last_of_score(self) -> NDArray[np.intp]:
        """Rows after which the score falls: places of one score count together or not at all."""
        return np.flatnonzero(np.append(np.diff(self.score) != 0.0, True)[: len(self.score)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """The scores at which another site is found, from the highest down: all that recall depends on.

    Args:
        found, false: (K, W) sites found and false alarms of each world from that score on.
        sites, km2: (W,) as in Counts.
    """

    found: NDArray[np.float64]
    false: NDArray[np.float64]
    sites: NDArray[np.int64]
    km2: NDArray[np.float64]

    def totals(self, weight: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(K,) sites found and false alarms at each step, each world counted by its (W,) weight."""
        return self.found @ weight, self.false @ weight


def steps_of(counts: Counts) -> Steps:
    """The steps of a curve, world by world; false alarms between two of them change no recall."""
    last = counts.last_of_score
    rows = last[np.diff(np.cumsum(counts.gain)[last], prepend=0) > 0]
    by_world = [
        np.stack(
            [np.cumsum(part * (counts.world == world))[rows] for world in range(len(counts.sites))], axis=1
        )
        for part in (counts.gain, counts.false)
    ]
    return Steps(
        found=by_world[0].astype(np.float64),
        false=by_world[1].astype(np.float64),
        sites=counts.sites,
        km2=counts.km2,
    )


def curve(counts: Counts) -> Curve:
    """The corners of the curve: each score at which another site is found, and the lowest score."""
    last = counts.last_of_score
    found = np.cumsum(counts.gain)[last]
    false = np.cumsum(counts.false)[last]
    keep = np.diff(found, prepend=0) > 0
    keep[-1:] = True
    return Curve(
        threshold=tuple(counts.score[last][keep].tolist()),
        false_alarms=tuple(false[keep].tolist()),
        found=tuple(found[keep].tolist()),
        of=int(counts.sites.sum()),
    )


def threshold_at(counts: Counts, allowed_per_100km2: float) -> float | None:
    """The lowest score that makes no more false alarms than allowed; None where even the highest makes more.

    Raises:
        InputError: a rate that is not positive.
    """
    if not allowed_per_100km2 > 0.0:
        raise InputError(f"a rate of false alarms is above 0, got {allowed_per_100km2}")
    last = counts.last_of_score
    false = np.cumsum(counts.false)[last]
    within = np.searchsorted(false, _limit(allowed_per_100km2, float(counts.km2.sum())), side="right")
    return None if within == 0 else float(counts.score[last][within - 1])


def recalls_at(
    steps: Steps, weight: NDArray[np.float64], allowed_per_100km2: tuple[float, ...]
) -> NDArray[np.float64]:
    """(R,) greatest share of the sites found with at most these rates; NaN where no site counts.

    Args:
        steps: of one claim.
        weight: (W,) how often each world counts.
        allowed_per_100km2: rates.
    """
    sites, km2 = float(weight @ steps.sites), float(weight @ steps.km2)
    if sites <= 0.0 or km2 <= 0.0:
        return np.full(len(allowed_per_100km2), np.nan)
    found, false = steps.totals(weight)
    limits = np.array([_limit(rate, km2) for rate in allowed_per_100km2])
    within = np.searchsorted(false, limits, side="right")
    return np.append(0.0, found)[within] / sites


def partial_area(
    steps: Steps, weight: NDArray[np.float64], low_per_100km2: float, high_per_100km2: float
) -> float:
    """Mean recall over log10 of the rate between two rates: 1 is best; NaN where no site counts.

    The curve is taken as the steps it is: between two scores recall is that of the higher one.
    """
    sites, km2 = float(weight @ steps.sites), float(weight @ steps.km2)
    if sites <= 0.0 or km2 <= 0.0:
        return math.nan
    found, false = steps.totals(weight)
    rate = np.concatenate([[0.0], false * PER_KM2 / km2, [np.inf]])
    recall = np.append(0.0, found) / sites
    edge = np.log10(np.clip(rate, low_per_100km2, high_per_100km2))
    return float(recall @ np.diff(edge)) / math.log10(high_per_100km2 / low_per_100km2)


def per_100km2(false_alarms: int, km2: float) -> float | None:
    """A count by area; None where there is no area."""
    return false_alarms * PER_KM2 / km2 if km2 > 0.0 else None


def upper_per_100km2(false_alarms: int, km2: float) -> float | None:
    """95 % of rates that give so few or fewer are below this: 3.0 by area where none was seen.

    Source: exact one-sided Poisson bound (Garwood 1936), by the inverse of the incomplete gamma function.
    """
    return float(gammaincinv(false_alarms + 1.0, SURE)) * PER_KM2 / km2 if km2 > 0.0 else None


def _limit(allowed_per_100km2: float, km2: float) -> float:
    """False alarms allowed; a whole number survives the rounding of its product."""
    return allowed_per_100km2 * km2 / PER_KM2 * (1.0 + 1e-9)
