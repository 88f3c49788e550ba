"""One clock in terms of another: time = a + b · presentation time, whatever a few wrong samples say.

Source: median of slopes at half the sample's span (Theil 1950, thinned) as a start; iteratively reweighted
least squares with Huber weights (Huber 1964); the last fit leaves out what lies beyond four robust
deviations.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.errors import InputError
from atalaya.units import Microseconds, MicrosecondsArray, Seconds

_ROUNDS = 12
_HUBER = 1.345
_MAD_TO_SIGMA = 1.4826
_OUTLIER_SIGMAS = 4.0
_FINEST_S = 1e-4
"""Residuals below this (nine ticks of 90 kHz) are no outliers, however well the rest agrees."""

_PACE = 0.01
"""A clock that differs by more from the pace of presentation is no clock of the pictures."""

_FEWEST = 3
"""Through two samples a line goes without residual."""

_ROUNDING_S = 2e-6
_LONGEST_US = 2.0**60
_SMALLEST_JUMP_S = 0.25
_JUMP_OVER_JITTER = 20.0
_WINDOW = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockFit:
    """time = time_us + rate · (pts − pts_s), and how well it holds.

    Args:
        pts_s, time_us: where both clocks are tied together: the middle of the samples.
        rate: seconds of time per second of presentation time; 1.0 where fewer than three samples are there.
        rate_error: its standard error.
        samples: how many were used. outliers: how many more were left out.
        residual_rms_s, residual_p95_s, residual_max_s: of the samples used [s].
    """

    pts_s: Seconds
    time_us: Microseconds
    rate: float
    rate_error: float
    samples: int
    outliers: int
    residual_rms_s: Seconds
    residual_p95_s: Seconds
    residual_max_s: Seconds

    def time_at(self, pts_s: NDArray[np.float64]) -> MicrosecondsArray:
        """(N,) time [µs] at presentation times; none of them may be NaN."""
        elapsed_us = np.rint(self.rate * (pts_s - self.pts_s) * 1e6)
        return self.time_us + np.clip(elapsed_us, -_LONGEST_US, _LONGEST_US).astype(np.int64)

    def holds_for(self, pts_s: NDArray[np.float64], time_us: MicrosecondsArray) -> NDArray[np.bool_]:
        """(N,) samples that are as near to the line as those it was made of: no outliers."""
        off_s = np.abs((time_us - self.time_at(pts_s)).astype(np.float64)) / 1e6
        holds: NDArray[np.bool_] = off_s <= self.residual_max_s + _ROUNDING_S
        return holds

    @property
    def keeps_pace(self) -> bool:
        """Whether a second of presentation is a second of time, as far as the samples can tell."""
        return abs(self.rate - 1.0) <= max(_PACE, _OUTLIER_SIGMAS * self.rate_error)

    def uncertainty_at(self, pts_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """(N,) half-width that holds 95 % of the samples, and what the rate leaves open farther off [s].

        NaN where the clock stands still, runs backwards or at another pace, and where fewer than three
        samples agree: small residuals say nothing then.
        """
        if not self.keeps_pace or self.samples < _FEWEST:
            return np.full(len(pts_s), np.nan)
        return np.hypot(self.residual_p95_s, 2.0 * self.rate_error * (pts_s - self.pts_s))


def fit_clock(pts_s: NDArray[np.float64], time_us: MicrosecondsArray) -> ClockFit:
    """The robust line through samples of two clocks.

    Args:
        pts_s: (N,) presentation times, none NaN.
        time_us: (N,) times [µs].

    Raises:
        InputError: no sample, or not as many of one as of the other.
    """
    if not len(pts_s) or len(pts_s) != len(time_us):
        raise InputError(f"as many times as presentation times were wanted: {len(time_us)}, {len(pts_s)}")
    middle = len(pts_s) // 2
    origin_s, origin_us = float(pts_s[middle]), int(time_us[middle])
    x, y = pts_s - origin_s, (time_us - origin_us).astype(np.float64) * 1e-6
    offset_s, rate = _start(x, y)
    for _ in range(_ROUNDS):
        residual = y - offset_s - rate * x
        scale = max(_sigma(residual), _FINEST_S / _OUTLIER_SIGMAS)
        weight = np.minimum(1.0, _HUBER * scale / np.maximum(np.abs(residual), 1e-12))
        offset_s, rate = _line(x, y, weight)
    residual = y - offset_s - rate * x
    used = np.abs(residual) <= max(_OUTLIER_SIGMAS * _sigma(residual), _FINEST_S)
    if not used.any():  # nothing agrees: the nearer half is as good as it gets
        used = np.abs(residual) <= np.median(np.abs(residual))
    offset_s, rate = _line(x[used], y[used], np.ones(int(used.sum())))
    kept = np.abs(y[used] - offset_s - rate * x[used])
    rms = float(np.sqrt(np.mean(kept**2)))
    spread = float(np.sum((x[used] - x[used].mean()) ** 2))
    return ClockFit(
        pts_s=origin_s,
        time_us=origin_us + round(offset_s * 1e6),
        rate=rate,
        rate_error=rms / spread**0.5 if spread > 0.0 else 0.0,
        samples=len(kept),
        outliers=len(pts_s) - len(kept),
        residual_rms_s=rms,
        residual_p95_s=float(np.quantile(kept, 0.95)),
        residual_max_s=float(kept.max()),
    )


def _start(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[float, float]:
    """Offset and rate from medians: up to a quarter of the samples may be wrong."""
    half = len(x) // 2
    run, rise = x[half:] - x[: len(x) - half], y[half:] - y[: len(y) - half]
    usable = run > 0.0
    rate = float(np.median(rise[usable] / run[usable])) if len(x) > 2 and usable.any() else 1.0
    return float(np.median(y - rate * x)), rate


def _line(x: NDArray[np.float64], y: NDArray[np.float64], weight: NDArray[np.float64]) -> tuple[float, float]:
    total = float(weight.sum())
    mean_x, mean_y = float(weight @ x) / total, float(weight @ y) / total
    spread = float(weight @ (x - mean_x) ** 2)
    if len(x) < 3 or spread <= 0.0:
        return mean_y - mean_x, 1.0
    rate = float(weight @ ((x - mean_x) * (y - mean_y))) / spread
    return mean_y - rate * mean_x, rate


def _sigma(residual: NDArray[np.float64]) -> float:
    return _MAD_TO_SIGMA * float(np.median(np.abs(residual - np.median(residual))))


def clock_breaks(pts_s: NDArray[np.float64], time_us: MicrosecondsArray) -> NDArray[np.intp]:
    """Where one of two clocks was set anew: the first sample of each stretch in which they run together.

    A jump counts where it lasts: up to two wrong samples in five are outliers, not a jump. A gap in both
    clocks alike is none. What is smaller than a quarter of a second, or than twenty times the usual jitter,
    is left to the fit.

    Args:
        pts_s: (N,) presentation times in the order of the bytes, none NaN.
        time_us: (N,) times [µs].

    Returns:
        Rising indices, the first of them 0; empty where there is no sample.
    """
    if not len(pts_s):
        return np.empty(0, dtype=np.intp)
    apart_s = (time_us - time_us[0]) * 1e-6 - (pts_s - pts_s[0])
    step_s = np.diff(apart_s)
    jump_s = max(_SMALLEST_JUMP_S, _JUMP_OVER_JITTER * _sigma(step_s) if len(step_s) else 0.0)
    starts = [0]
    for index in (np.flatnonzero(np.abs(step_s) > jump_s) + 1).tolist():
        before = np.median(apart_s[max(starts[-1], index - _WINDOW) : index])
        after = np.median(apart_s[index : index + _WINDOW])
        if abs(float(after - before)) > jump_s:
            starts.append(index)
    return np.array(starts, dtype=np.intp)
