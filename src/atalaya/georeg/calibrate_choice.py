"""Which errors of the pose the evidence supports: nothing is corrected on a hint, nor for the sake of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from atalaya.errors import InputError
from atalaya.georeg.calibrate_fit import Evidence, Fit, cost_at, fit
from atalaya.model.calibration import PARAMETERS, Calibration, CalibrationMethod

SIGNIFICANT = 4.0
"""Standard deviations from zero; less is not taken for an error of the pose."""

MATERIAL_DEG = 360.0 / 65535.0
"""One step of the platform heading as item 5 is written: what moves the looks by less may be rounding."""

LAG_KNOWN_S = 0.05
"""A lag that is known less well than this is not known: the attitude turns too little."""

_FEWEST = 12
_ALIKE = 0.95
_CARRIES_OVER = 0.95

_LAG, _HEADING, _YAW = "attitude_lag_s", "heading_bias_deg", "boresight_yaw_deg"


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfCalibration:
    """The correction that the evidence supports, and why the rest was left alone.

    Args:
        calibration: zero in all that was not estimated.
        left_alone: reason by name of parameter, for every candidate that was not estimated.
    """

    calibration: Calibration
    left_alone: Mapping[str, str]


def calibrate(evidence: Evidence, method: CalibrationMethod) -> SelfCalibration:
    """Estimate what is supported; what was not fitted to says whether it holds.

    Args:
        evidence: of one clip.
        method: whose evidence it is.

    Returns:
        SelfCalibration. The hold-out figures are medians over both halves in time, each corrected by what
        the other half says.

    Raises:
        InputError: no look is known at all.
    """
    zero = np.zeros(len(PARAMETERS))
    before_m = evidence.distance_m(zero)
    known = ~np.isnan(before_m)
    if not known.any():
        raise InputError("not one look of this clip is known twice: nothing to calibrate with")
    looks = len(np.unique(evidence.group[known]))
    if looks < _FEWEST:
        few = f"{looks} looks are too few to tell an error from chance; {_FEWEST} are needed"
        return _answer(evidence, method, None, dict.fromkeys(evidence.candidates, few), (np.nan, np.nan))
    left_alone: dict[str, str] = {}
    found, holdout_m = _chosen(evidence, left_alone)
    left_alone |= {
        name: f"fitted along, not corrected: {found.value(name):+.3g} ± {found.sigma(name):.2g}"
        for name in evidence.along
    }
    return _answer(evidence, method, found, left_alone, holdout_m)


def _chosen(evidence: Evidence, left_alone: dict[str, str]) -> tuple[Fit, tuple[float, float]]:
    """What is supported and makes the half better that it was not fitted to; after each that leaves, anew."""
    found = _supported(evidence, evidence.candidates, left_alone)
    while True:
        holdout_m = _holdout_m(evidence, found.names)
        refused = _not_confirmed(evidence, found, holdout_m, left_alone)
        if refused is None:
            return found, holdout_m
        others = tuple(name for name in found.names if name != refused)
        found = _supported(evidence, others, left_alone)


def _not_confirmed(
    evidence: Evidence, found: Fit, holdout_m: tuple[float, float], left_alone: dict[str, str]
) -> str | None:
    """The weakest parameter without which the other half fares no worse."""
    for name in sorted(found.names, key=lambda name: _strength(found, name)):
        without_m = _holdout_m(evidence, tuple(it for it in found.names if it != name))
        if holdout_m[1] < _CARRIES_OVER * without_m[1]:
            continue
        left_alone[name] = (
            f"{found.value(name):.3g} ± {found.sigma(name):.2g} of one half does not help the other: median "
            f"{without_m[1]:.3g} m without, {holdout_m[1]:.3g} m with it"
        )
        return name
    return None


def _supported(evidence: Evidence, names: tuple[str, ...], left_alone: dict[str, str]) -> Fit:
    """Of some candidates, the least supported goes first."""
    if {_HEADING, _YAW} <= set(names):
        names = _heading_or_yaw(evidence, fit(evidence, names), left_alone)
    while names:
        found = fit(evidence, names)
        weakest = min(names, key=lambda name: _strength(found, name))
        reason = _why_not(evidence, found, weakest)
        if reason is None:
            weakest = min(names, key=lambda name: found.effect_rad[PARAMETERS.index(name)])
            reason = _immaterial(found, weakest)
        if reason is None:
            return found
        left_alone[weakest] = reason
        names = tuple(name for name in names if name != weakest)
    return fit(evidence, ())


def _heading_or_yaw(evidence: Evidence, found: Fit, left_alone: dict[str, str]) -> tuple[str, ...]:
    """Both only where the looks tell them apart; else the heading, unless the yaw fits clearly better."""
    places = [PARAMETERS.index(name) for name in (_HEADING, _YAW)]
    part = found.covariance[np.ix_(places, places)]
    if abs(part[0, 1]) < _ALIKE * np.sqrt(part[0, 0] * part[1, 1]):
        return found.names
    by_name = {
        name: fit(evidence, tuple(it for it in found.names if it != other), found.scale_rad).cost
        for name, other in ((_HEADING, _YAW), (_YAW, _HEADING))
    }
    kept, gone = (_YAW, _HEADING) if by_name[_YAW] < 0.9 * by_name[_HEADING] else (_HEADING, _YAW)
    left_alone[gone] = f"these looks cannot tell it from {kept}, which explains them as well"
    return tuple(name for name in found.names if name != gone)


def _strength(found: Fit, name: str) -> float:
    return abs(found.value(name)) / max(found.sigma(name), 1e-12)


def _why_not(evidence: Evidence, found: Fit, name: str) -> str | None:
    """Why the evidence does not support this parameter; None where it does."""
    value, sigma, unit = found.value(name), found.sigma(name), name.rsplit("_", 1)[1]
    if name == _LAG and sigma > LAG_KNOWN_S:
        return f"the attitude turns too little to see a lag: known to ±{sigma:.2g} s only"
    if _strength(found, name) < SIGNIFICANT:
        return f"not told from zero: {value:.3g} ± {sigma:.2g} {unit}"
    if name == _LAG and not _lag_is_no_smoothing(evidence, found):
        return f"{value:.3g} s would smooth the attitude's noise, and so would {-value:.3g} s: not a lag"
    return None


def _immaterial(found: Fit, name: str) -> str | None:
    effect_deg = float(np.degrees(found.effect_rad[PARAMETERS.index(name)]))
    if effect_deg >= MATERIAL_DEG:
        return None
    value, unit = found.value(name), name.rsplit("_", 1)[1]
    return (
        f"immaterial: {value:.2g} {unit} moves the looks by {effect_deg:.2g}°, less than a step of the "
        f"heading as it is written ({MATERIAL_DEG:.2g}°)"
    )


def _lag_is_no_smoothing(evidence: Evidence, found: Fit) -> bool:
    """Between two packets noise is averaged, before and after alike: only the difference speaks of a lag."""
    mirrored = found.values.copy()
    mirrored[0] = -mirrored[0]
    gain = 0.25 * (cost_at(evidence, mirrored, found.scale_rad) - found.cost)
    return 2.0 * gain > SIGNIFICANT**2


def _holdout_m(evidence: Evidence, names: tuple[str, ...]) -> tuple[float, float]:
    """Median distance without and with the correction found on the other half."""
    middle = np.median(np.unique(evidence.group))
    halves = evidence.group < middle, evidence.group >= middle
    before_m, after_m = [], []
    for fitted, held_out in (halves, halves[::-1]):
        try:
            without, corrected = (fit(evidence.only(fitted), it).values for it in ((), names))
        except InputError:
            return float("nan"), float("nan")
        before_m.append(evidence.distance_m(without)[held_out])
        after_m.append(evidence.distance_m(corrected)[held_out])
    return _median(np.concatenate(before_m)), _median(np.concatenate(after_m))


def _answer(
    evidence: Evidence,
    method: CalibrationMethod,
    found: Fit | None,
    left_alone: dict[str, str],
    holdout_m: tuple[float, float],
) -> SelfCalibration:
    size = len(PARAMETERS)
    names = () if found is None else found.names
    ours = np.array([name in names for name in PARAMETERS])
    values = np.zeros(size) if found is None else found.values
    before_m = evidence.distance_m(np.zeros(size) if found is None else fit(evidence, ()).values)
    covariance = np.zeros((size, size)) if found is None else found.covariance
    empty = Calibration(
        method=method,
        estimated=names,
        covariance=np.where(np.outer(ours, ours), covariance, 0.0),
        residual_before_m=_median(before_m),
        residual_after_m=_median(evidence.distance_m(values)),
        holdout_before_m=holdout_m[0],
        holdout_after_m=holdout_m[1],
        observations=int((~np.isnan(before_m)).sum()),
        attitude_deg=float("nan") if found is None else float(np.degrees(found.scale_rad).mean()),
    )
    by_name = dict(zip(PARAMETERS, np.where(ours, values, 0.0).tolist(), strict=True))
    return SelfCalibration(calibration=replace(empty, **by_name), left_alone=left_alone)


def _median(values: NDArray[np.float64]) -> float:
    """Of what is known; NaN of nothing."""
    known = values[~np.isnan(values)]
    return float(np.median(known)) if known.size else float("nan")
