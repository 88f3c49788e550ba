"""How far off a ground point may be, as one number an analyst can read."""

import math
from functools import cache

import numpy as np
from scipy.interpolate import CubicSpline

from atalaya.errors import InputError
from atalaya.units import Metres, MetresArray, SquareMetres

_TABLE_NODES = 257
LE90_SIGMAS = 1.6448536269514722
"""Half-width in sigmas of the interval that holds 90 % of a normal error."""


def circular_error(covariance_m2: SquareMetres, probability: float = 0.90) -> Metres:
    """Radius of the circle that holds the true point with the given probability.

    Args:
        covariance_m2: (2, 2) east/north covariance [m^2], symmetric, positive definite.
        probability: 0.5 to 0.99; 0.90 gives CE90, 0.50 gives CEP.

    Returns:
        Radius [m]; relative error below 1e-8 for axis ratios 1 to 10 000 (measured).

    Raises:
        InputError: not such a matrix, or not such a probability.

    Source: bivariate normal in elliptical polar coordinates, docs/explain/ce90.md.
    """
    if covariance_m2.shape != (2, 2) or not np.allclose(covariance_m2, covariance_m2.T):
        raise InputError(f"covariance must be (2, 2) and symmetric: {covariance_m2.tolist()}")
    minor_m2, major_m2 = np.linalg.eigvalsh(covariance_m2).tolist()
    if not (minor_m2 > 0.0 and 0.5 <= probability <= 0.99):
        raise InputError(f"needs variance > 0 and 0.5 to 0.99: {minor_m2} m^2, {probability}")

    angle_rad = np.linspace(0.0, 2.0 * math.pi, 256, endpoint=False)
    variance_m2 = major_m2 * np.cos(angle_rad) ** 2 + minor_m2 * np.sin(angle_rad) ** 2
    low_m, high_m = 0.0, math.sqrt(-2.0 * major_m2 * math.log1p(-probability))
    while high_m - low_m > 1e-9 * high_m:  # bisection: the probability inside only grows
        radius_m = 0.5 * (low_m + high_m)
        inside = float((-np.expm1(-0.5 * radius_m**2 / variance_m2)).mean())
        low_m, high_m = (radius_m, high_m) if inside < probability else (low_m, radius_m)
    return high_m


def circular_errors(covariance_m2: SquareMetres, probability: float = 0.90) -> MetresArray:
    """`circular_error` of many covariances at once.

    Args:
        covariance_m2: (N, 2, 2) east/north covariances [m^2], symmetric, positive definite; NaN is unknown.
        probability: 0.5 to 0.99.

    Returns:
        (N,) radius [m], NaN where the covariance is; relative difference to `circular_error` below 1e-7
        (measured).

    Raises:
        InputError: another shape, a known matrix that is not symmetric or not positive definite, or not such
            a probability.

    Source: the radius depends on the axis ratio alone once divided by the major axis: a cubic spline through
    257 values of `circular_error`.
    """
    if covariance_m2.ndim != 3 or covariance_m2.shape[1:] != (2, 2):
        raise InputError(f"covariances must be (N, 2, 2), got {covariance_m2.shape}")
    east_m2, north_m2, cross_m2 = covariance_m2[:, 0, 0], covariance_m2[:, 1, 1], covariance_m2[:, 0, 1]
    known = ~np.isnan(covariance_m2).any(axis=(1, 2))
    if not np.allclose(covariance_m2[known, 0, 1], covariance_m2[known, 1, 0]):
        raise InputError("covariances must be symmetric")
    half_sum_m2 = 0.5 * (east_m2 + north_m2)
    spread_m2 = np.hypot(0.5 * (east_m2 - north_m2), cross_m2)
    major_m2 = half_sum_m2 + spread_m2
    minor_m2 = (east_m2 * north_m2 - cross_m2**2) / np.where(major_m2 > 0.0, major_m2, np.nan)
    if np.any(~(minor_m2[known] > 0.0)):
        raise InputError("covariances must be positive definite")
    answer_m = np.full(known.shape, np.nan)
    axis_ratio = np.sqrt(np.minimum(minor_m2[known] / major_m2[known], 1.0))
    answer_m[known] = np.sqrt(major_m2[known]) * _radius_by_axis_ratio(probability)(axis_ratio)
    return answer_m


@cache
def _radius_by_axis_ratio(probability: float) -> CubicSpline:
    """Radius over major axis as a function of minor over major axis, 1e-4 to 1."""
    ratios = np.linspace(0.0, 1.0, _TABLE_NODES)
    ratios[0] = 1e-4
    radii = [circular_error(np.diag([ratio**2, 1.0]), probability) for ratio in ratios.tolist()]
    return CubicSpline(ratios, radii)
