"""How sure a score is: worlds drawn again with replacement, since sites of one world are alike."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from atalaya.model.evaluation import Measured

ONE_WORLD = "one world: there is nothing to resample, so no interval"
NO_RESAMPLES = "no resamples were asked for, so no interval"
NOT_ENOUGH = "most resamples had nothing to measure, so no interval"
_QUANTILES = (2.5, 97.5)
Z_95 = 1.959963984540054
"""Standard deviations of a normal value that hold 95 %."""


def draw_worlds(worlds: int, resamples: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """(B, W) how often each world is drawn in each resample of as many worlds; (0, W) where W is below 2."""
    if worlds < 2 or resamples < 1:
        return np.zeros((0, worlds))
    drawn = rng.integers(0, worlds, size=(resamples, worlds))
    return np.stack([np.bincount(row, minlength=worlds) for row in drawn]).astype(np.float64)


def resampled(
    measure: Callable[[NDArray[np.float64]], NDArray[np.float64]], draws: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(M,) a measure of all worlds, and (B, M) of each resample.

    Args:
        measure: of the weights of the worlds (W,), M numbers, NaN where one cannot be told.
        draws: (B, W).
    """
    value = measure(np.ones(draws.shape[1]))
    drawn = [measure(weight) for weight in draws]
    return value, np.array(drawn).reshape(len(drawn), len(value))


def measured(
    value: float,
    drawn: NDArray[np.float64],
    worlds: int,
    nothing: str,
    counted: tuple[int, int] | None = None,
) -> Measured:
    """A number with the interval of its resamples (2.5 to 97.5 %).

    Where every resample says the same, as where all of few sites are found, resampling knows nothing of how
    far off the number may be: then the interval of the counted share is given.

    Args:
        value: of all worlds; NaN where it cannot be told.
        drawn: (B,) of the resamples.
        worlds: how many there are.
        nothing: why there is no value where there is none.
        counted: hits and of how many, where the number is such a share.
    """
    if math.isnan(value):
        return Measured(value=None, why=nothing)
    known = drawn[np.isfinite(drawn)]
    if not drawn.size:
        return Measured(value=value, why=ONE_WORLD if worlds < 2 else NO_RESAMPLES)
    if 2 * known.size < drawn.size:
        return Measured(value=value, why=NOT_ENOUGH)
    low, high = np.percentile(known, _QUANTILES).tolist()
    if low == high and counted is not None:
        return wilson(*counted)
    return Measured(value=value, low=low, high=high)


def wilson(hits: int, places: int) -> Measured:
    """A share with its 95 % interval.

    Source: Wilson 1927, the score interval of a binomial share.
    """
    if not places:
        return Measured(value=None, why="no places")
    share, z2 = hits / places, Z_95**2
    middle = (share + z2 / (2.0 * places)) / (1.0 + z2 / places)
    half = Z_95 * math.sqrt(share * (1.0 - share) / places + z2 / (4.0 * places**2)) / (1.0 + z2 / places)
    return Measured(value=share, low=max(0.0, middle - half), high=min(1.0, middle + half))


def share_better(drawn: NDArray[np.float64]) -> float | None:
    """Of the resamples of a difference, those above 0, ties counted half; None where there are none."""
    known = drawn[np.isfinite(drawn)]
    if not known.size:
        return None
    return float(np.mean((known > 0.0) + 0.5 * (known == 0.0)))
