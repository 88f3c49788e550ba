"""CE90 against closed forms, simulation and its own fast twin."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atalaya.errors import InputError
from atalaya.geo.uncertainty import circular_error, circular_errors


def turned(major_m: float, minor_m: float, angle_rad: float) -> np.ndarray:
    cos, sin = math.cos(angle_rad), math.sin(angle_rad)
    axes = np.array([[cos, -sin], [sin, cos]])
    covariance = axes @ np.diag([major_m**2, minor_m**2]) @ axes.T
    return np.asarray(0.5 * (covariance + covariance.T))


@pytest.mark.parametrize(("probability", "radius"), [(0.5, 1.17741), (0.9, 2.14597), (0.95, 2.44775)])
def test_a_round_error_has_the_rayleigh_radius(probability, radius):
    assert circular_error(np.eye(2), probability) == pytest.approx(radius, abs=1e-5)


def test_a_needle_has_the_radius_of_one_dimension():
    assert circular_error(np.diag([1.0, 1e-8])) == pytest.approx(1.6448536, rel=1e-6)


@given(st.floats(0.1, 1e3), st.floats(1e-4, 1.0), st.floats(0.0, math.pi), st.sampled_from([0.5, 0.9, 0.99]))
def test_the_fast_twin_agrees(major_m, ratio, angle_rad, probability):
    covariance_m2 = turned(major_m, max(ratio, 1e-3) * major_m, angle_rad)
    exact_m = circular_error(covariance_m2, probability)
    assert circular_errors(covariance_m2[None], probability)[0] == pytest.approx(exact_m, rel=1e-6)


@given(st.floats(0.01, 100.0))
def test_twice_the_error_is_twice_the_radius(scale):
    covariance_m2 = turned(3.0, 1.0, 0.4)
    assert circular_error(scale**2 * covariance_m2) == pytest.approx(
        scale * circular_error(covariance_m2), rel=1e-7
    )


def test_ninety_of_a_hundred_simulated_errors_are_inside():
    covariance_m2 = turned(12.0, 3.0, 0.7)
    errors_m = np.random.default_rng(3).multivariate_normal([0, 0], covariance_m2, 200_000)
    inside = np.hypot(*errors_m.T) <= circular_error(covariance_m2)
    assert inside.mean() == pytest.approx(0.9, abs=0.002)


def test_unknown_stays_unknown_and_nonsense_is_refused():
    stack = np.stack([np.eye(2), np.full((2, 2), np.nan)])
    assert np.isnan(circular_errors(stack)).tolist() == [False, True]
    for wrong in (np.diag([1.0, -1.0]), np.array([[1.0, 0.5], [0.0, 1.0]]), np.eye(3)):
        with pytest.raises(InputError):
            circular_error(wrong)
        with pytest.raises(InputError):
            circular_errors(wrong[None])
    with pytest.raises(InputError):
        circular_error(np.eye(2), 0.3)
