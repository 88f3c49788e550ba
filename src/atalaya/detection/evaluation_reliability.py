"""Whether a score that says it is a probability, or bits of evidence, is one."""

import math

import numpy as np
from numpy.typing import NDArray

from atalaya.detection.evaluation_bootstrap import Z_95, wilson
from atalaya.model.evaluation import Measured, Reliability, ReliabilityRow, ScoreScale

MOST_ROWS = 8
FEWEST_PLACES = 10
NO_PROBABILITIES = "scores beyond 0 to 1 are no probabilities"
TOO_FEW = "there are fewer than 10 places, or no true or no false one among them"


def reliability(score: NDArray[np.float64], true: NDArray[np.bool_], scale: ScoreScale) -> Reliability | None:
    """Claimed beside measured, in bins of about equally many places; None where the score is only a rank.

    Args:
        score: (N,) of places that found a site or were false alarms; duplicates left out.
        true: (N,) which found a site.
        scale: what the scores say they are.

    Returns:
        For probabilities the share of true places of each bin with its Wilson interval. For bits, which say
        nothing of how rare sites are, log2 of the share of all true places that lies in the bin over the
        share of all false ones, half a place added to each so that none is infinite.
    """
    if scale is ScoreScale.RANK:
        return None
    if scale is ScoreScale.PROBABILITY and not ((score >= 0.0) & (score <= 1.0)).all():
        return Reliability(scale=scale, rows=(), error=None, why=NO_PROBABILITIES)
    if score.size < FEWEST_PLACES or true.all() or not true.any():
        return Reliability(
            scale=scale,
            rows=(),
            error=None,
            why=TOO_FEW,
        )
    rows = tuple(_row(score[rows], true[rows], true, scale) for rows in _bins(score))
    apart = [abs(row.claimed - (row.observed.value or 0.0)) * row.places for row in rows]
    return Reliability(scale=scale, rows=rows, error=sum(apart) / score.size)


def _bins(score: NDArray[np.float64]) -> list[NDArray[np.intp]]:
    """Rows of each bin, equal scores together."""
    order = np.argsort(score, kind="stable")
    count = min(MOST_ROWS, max(2, score.size // FEWEST_PLACES))
    edges = np.unique(np.quantile(score, np.arange(1, count) / count, method="lower"))
    number = np.searchsorted(edges, score[order], side="left")
    return [order[number == one] for one in np.unique(number)]


def _row(
    score: NDArray[np.float64], true: NDArray[np.bool_], all_true: NDArray[np.bool_], scale: ScoreScale
) -> ReliabilityRow:
    hits, places = int(true.sum()), int(true.size)
    if scale is ScoreScale.PROBABILITY:
        claimed, observed = float(score.mean()), wilson(hits, places)
    else:
        claimed, observed = float(score.mean()), _bits(hits, places, int(all_true.sum()), int(all_true.size))
    return ReliabilityRow(
        low=float(score.min()),
        high=float(score.max()),
        places=places,
        true=hits,
        claimed=claimed,
        observed=observed,
    )


def _bits(hits: int, places: int, all_hits: int, all_places: int) -> Measured:
    """log2 of a ratio of two shares, with the interval of its logarithm.

    Source: Katz et al. 1978 for the variance, half a place added to every count.
    """
    misses, all_misses = places - hits, all_places - all_hits
    first, second = (hits + 0.5) / (all_hits + 0.5), (misses + 0.5) / (all_misses + 0.5)
    variance = sum(
        1.0 / (part + 0.5) - 1.0 / (whole + 0.5) for part, whole in ((hits, all_hits), (misses, all_misses))
    )
    value, half = math.log2(first / second), Z_95 * math.sqrt(max(variance, 0.0)) / math.log(2.0)
    return Measured(value=value, low=value - half, high=value + half)
