"""Robust least squares for a few constant errors of the pose, with a covariance that may be believed.

Derivation and what was measured: docs/explain/self-calibration.md.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from atalaya.errors import InputError
from atalaya.model.calibration import PARAMETERS

UNITS = np.array([0.1, *[0.1] * 4, *[5.0] * 3])
"""Of each parameter, so that all are of like size in the equations: seconds, degrees, metres."""

_LOOSE = np.array([1.0, *[10.0] * 4, *[1e3] * 3])
"""One sigma of each parameter before anything is known: only holds apart what the evidence cannot."""

_HUBER, _TUKEY = 1.5, 5.0
_ROUNDS, _SAME_SLOPES, _SETTLED = 30, 5, 1e-3
_SMALLEST_RAD = 1e-7
_LAGS_S = np.arange(-0.5, 0.51, 0.05)

type Residuals = Callable[[NDArray[np.float64]], NDArray[np.float64]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What speaks about the pose: looks whose direction is known twice.

    Args:
        residual_rad: (8,) values of `PARAMETERS` -> (M, 2) angles between where something is and where the
            pose has it, to the right and down in the picture; NaN where unknown.
        distance_m: (8,) -> (M,) the same as a distance on the ground.
        group: (M,) int, ascending with time: rows of one number share their errors (one frame, one pair).
        candidates: names of `PARAMETERS` that these looks can show.
        along: names that are always fitted along and never corrected: what else may be wrong with the looks.
    """

    residual_rad: Residuals
    distance_m: Residuals
    group: NDArray[np.int64]
    candidates: tuple[str, ...]
    along: tuple[str, ...] = ()

    def only(self, rows: NDArray[np.bool_]) -> "Evidence":
        """The same of some rows."""
        return replace(
            self,
            residual_rad=lambda values: self.residual_rad(values)[rows],
            distance_m=lambda values: self.distance_m(values)[rows],
            group=self.group[rows],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """One fit of chosen parameters.

    Args:
        names: what was fitted, besides what always is. values: (8,), zero elsewhere. covariance: (8, 8).
        cost: robust sum of squares in the unit of `scale_rad`.
        scale_rad: (2,) of the residuals, robust.
        effect_rad: (8,) how far each value moves the looks, root mean square.
    """

    names: tuple[str, ...]
    values: NDArray[np.float64]
    covariance: NDArray[np.float64]
    cost: float
    scale_rad: NDArray[np.float64]
    effect_rad: NDArray[np.float64]

    def sigma(self, name: str) -> float:
        """One standard deviation of a parameter."""
        place = PARAMETERS.index(name)
        return float(np.sqrt(self.covariance[place, place]))

    def value(self, name: str) -> float:
        """Of a parameter."""
        return float(self.values[PARAMETERS.index(name)])


def fit(evidence: Evidence, names: tuple[str, ...], scale_rad: NDArray[np.float64] | None = None) -> Fit:
    """The values of some parameters that the evidence fits best; a fifth of it may be wrong by anything.

    Args:
        evidence: rows that are NaN are left out.
        names: of `PARAMETERS`; none is allowed and gives the cost of no correction.
        scale_rad: (2,) of honest residuals, None to find it.

    Returns:
        Fit. Its covariance is the sandwich over groups with Bartlett weights over the neighbours of each, so
        that errors that last from frame to frame count as few, grown for what so few leave open; normalised
        error squared over seeded truths: in its chi-square range (docs/explain/self-calibration.md).

    Raises:
        InputError: fewer known rows than parameters.

    Source: MM-estimation (Huber, then Tukey's biweight; Maronna et al. 2019), Newey and West (1987).
    """
    columns = [PARAMETERS.index(name) for name in (*names, *evidence.along)]
    values = np.zeros(len(PARAMETERS))
    if "attitude_lag_s" in names:
        values[0] = _first_lag_s(evidence)
    known = ~np.isnan(evidence.residual_rad(values)).any(axis=1)
    if known.sum() <= max(len(columns), 2):
        raise InputError(f"{known.sum()} looks are too few for {len(columns)} parameters")
    if columns:
        values = _settled(evidence, columns, values, scale_rad)
    return _result(evidence, names, values, scale_rad)


def _settled(
    evidence: Evidence,
    columns: list[int],
    values: NDArray[np.float64],
    scale_rad: NDArray[np.float64] | None,
) -> NDArray[np.float64]:
    """Reweighted Gauss-Newton: convex weights until they settle, then those that leave gross errors out."""
    values, held, redescending = values.copy(), (UNITS / _LOOSE)[columns], False
    jacobian = _jacobian(evidence, values, columns)
    for turn in range(1, _ROUNDS + 1):
        residual = evidence.residual_rad(values)
        spread = _scale(residual) if scale_rad is None else scale_rad
        weigh = _tukey_weight if redescending else _huber
        step = _step(
            residual / spread, jacobian / spread[:, None], held, values[columns] / UNITS[columns], weigh
        )
        values[columns] += step * UNITS[columns]
        settled = float(np.abs(step).max()) < _SETTLED
        if settled and redescending:
            break
        if settled or turn == _ROUNDS // 2:
            redescending = True
        if turn % _SAME_SLOPES == 0:
            jacobian = _jacobian(evidence, values, columns)
    return values


def _result(
    evidence: Evidence, names: tuple[str, ...], values: NDArray[np.float64], scale: NDArray[np.float64] | None
) -> Fit:
    columns = [PARAMETERS.index(name) for name in (*names, *evidence.along)]
    residual = evidence.residual_rad(values)
    spread = _scale(residual) if scale is None else scale
    covariance = np.zeros((len(PARAMETERS), len(PARAMETERS)))
    effect_rad = np.zeros(len(PARAMETERS))
    if columns:
        jacobian = _jacobian(evidence, values, columns)
        known = ~(np.isnan(residual).any(axis=1) | np.isnan(jacobian).any(axis=(1, 2)))
        if np.count_nonzero(known) <= len(columns):
            raise InputError(f"{np.count_nonzero(known)} looks are too few for {len(columns)} parameters")
        unit = UNITS[columns]
        covariance[np.ix_(columns, columns)] = _covariance(
            residual / spread, jacobian / spread[:, None], evidence.group
        ) * np.outer(unit, unit)
        moved = jacobian * (values[columns] / unit)
        effect_rad[columns] = np.sqrt(np.nanmean((moved**2).sum(axis=1), axis=0))
    return Fit(
        names=names,
        values=values,
        covariance=covariance,
        cost=_cost(residual / spread),
        scale_rad=spread,
        effect_rad=effect_rad,
    )


def cost_at(evidence: Evidence, values: NDArray[np.float64], scale_rad: NDArray[np.float64]) -> float:
    """The robust sum of squares of given values, to be compared with `Fit.cost` of the same scale."""
    return _cost(evidence.residual_rad(values) / scale_rad)


def _first_lag_s(evidence: Evidence) -> float:
    """Of a few lags the one whose residuals are closest together: constant errors do not matter."""
    spreads = np.full(len(_LAGS_S), np.inf)
    enough = 0.5 * np.count_nonzero(~np.isnan(evidence.residual_rad(np.zeros(len(PARAMETERS)))).any(axis=1))
    for place, lag_s in enumerate(_LAGS_S):
        values = np.zeros(len(PARAMETERS))
        values[0] = lag_s
        residual = evidence.residual_rad(values)
        residual = residual[~np.isnan(residual).any(axis=1)]
        if len(residual) > enough:
            spreads[place] = np.median(np.linalg.norm(residual - np.median(residual, axis=0), axis=1))
    return float(_LAGS_S[int(np.argmin(spreads))]) if np.isfinite(spreads).any() else 0.0


def _scale(residual: NDArray[np.float64]) -> NDArray[np.float64]:
    """(2,) median absolute residual as a standard deviation."""
    known = residual[~np.isnan(residual).any(axis=1)]
    if not len(known):
        return np.full(2, _SMALLEST_RAD)
    return np.maximum(1.4826 * np.median(np.abs(known), axis=0), _SMALLEST_RAD)


def _jacobian(evidence: Evidence, values: NDArray[np.float64], columns: list[int]) -> NDArray[np.float64]:
    """(M, 2, k) change of the residuals for one unit of each parameter."""
    slopes = []
    for column in columns:
        step = np.zeros(len(PARAMETERS))
        step[column] = 0.2 * UNITS[column]
        slopes.append((evidence.residual_rad(values + step) - evidence.residual_rad(values - step)) / 0.4)
    return np.stack(slopes, axis=-1)


def _step(
    residual: NDArray[np.float64],
    jacobian: NDArray[np.float64],
    held: NDArray[np.float64],
    values: NDArray[np.float64],
    weigh: Callable[[NDArray[np.float64]], NDArray[np.float64]],
) -> NDArray[np.float64]:
    """(k,) one step of reweighted least squares, in units."""
    known = ~(np.isnan(residual).any(axis=1) | np.isnan(jacobian).any(axis=(1, 2)))
    root = np.sqrt(weigh(np.linalg.norm(residual[known], axis=1)))[:, None]
    columns = jacobian.shape[-1]
    rows = (jacobian[known] * root[:, :, None]).reshape(-1, columns)
    ends = -(residual[known] * root).reshape(-1)
    stacked = np.concatenate([rows, np.diag(held)]), np.concatenate([ends, -held * values])
    found: NDArray[np.float64] = np.linalg.lstsq(*stacked, rcond=None)[0]
    return np.clip(found, -20.0, 20.0)


def _huber(size: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.minimum(1.0, _HUBER / np.maximum(size, 1e-12))


def _tukey_weight(size: NDArray[np.float64]) -> NDArray[np.float64]:
    return _tukey(size)[0]


def _tukey(size: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weight, and the mean over both axes of the slope of the influence."""
    inside = np.clip(1.0 - (size / _TUKEY) ** 2, 0.0, 1.0)
    along = inside**2 - 4.0 * (size / _TUKEY) ** 2 * inside
    return inside**2, 0.5 * (inside**2 + along)


def _cost(residual: NDArray[np.float64]) -> float:
    size = np.linalg.norm(residual, axis=1)
    inside = np.clip(1.0 - (size[~np.isnan(size)] / _TUKEY) ** 2, 0.0, 1.0)
    return float((_TUKEY**2 / 3.0 * (1.0 - inside**3)).sum())


def _covariance(
    residual: NDArray[np.float64], jacobian: NDArray[np.float64], group: NDArray[np.int64]
) -> NDArray[np.float64]:
    """(k, k) in units: slopes of the influence outside, influences of groups and their neighbours inside."""
    known = ~(np.isnan(residual).any(axis=1) | np.isnan(jacobian).any(axis=(1, 2)))
    residual, jacobian, group = residual[known], jacobian[known], group[known]
    weight, slope = _tukey(np.linalg.norm(residual, axis=1))
    columns = jacobian.shape[-1]
    normal = max(float(slope.mean()), 0.05) * np.einsum("nij,nik->jk", jacobian, jacobian)
    bread = np.linalg.inv(normal + np.eye(columns) * 1e-6)
    influence = np.einsum("nij,ni->nj", jacobian, residual * weight[:, None])
    _, place = np.unique(group, return_inverse=True)
    count = int(place.max()) + 1
    score = np.zeros((count, columns))
    np.add.at(score, place, influence)
    reach = min(int(1.5 * np.cbrt(count)), count - 1)
    meat = score.T @ score
    for later in range(1, reach + 1):
        both = score[later:].T @ score[:-later]
        meat += (1.0 - later / (reach + 1.0)) * (both + both.T)
    freedom = 1.5 * count / (reach + 1.0)
    few = freedom / max(freedom - columns - 1.0, 1.0) * count / max(count - columns, 1)
    few *= count / max(count - reach - 1, 1)  # the mean that a fit takes away leaves neighbours less alike
    covariance: NDArray[np.float64] = few * bread @ meat @ bread
    return 0.5 * (covariance + covariance.T)
