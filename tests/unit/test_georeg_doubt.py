"""What a stream states of its errors takes the place of what is assumed; what is corrected leaves less."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from atalaya.georeg.doubt import after_correction, doubt
from atalaya.georeg.errors import GROUND, SHIFTS, TURNS, PoseErrors
from atalaya.georeg.motion import still
from atalaya.georeg.pose import poses
from atalaya.model.calibration import PARAMETERS, Calibration, CalibrationMethod
from atalaya.model.stated_errors import STATED, nothing_stated
from terrain_scenes import level_frames

ERRORS = PoseErrors()
ANGLES = (
    "platform_heading_deg",
    "platform_pitch_deg",
    "platform_roll_deg",
    "sensor_azimuth_deg",
    "sensor_elevation_deg",
    "sensor_roll_deg",
)


def covariance_of(frames, stated):
    root = doubt(ERRORS, still(len(frames)), frames, stated).root
    return root @ np.swapaxes(root, 1, 2)


def stating(**sigma: float):
    stated = nothing_stated(1)
    for name, value in sigma.items():
        stated.sigma[0, STATED.index(name)] = value
    return stated


def test_where_nothing_is_stated_the_assumed_errors_hold():
    frames = level_frames(3)
    expected = np.diag(np.square(ERRORS.sigmas()))
    np.testing.assert_allclose(covariance_of(frames, nothing_stated(0)), [expected] * 3)
    np.testing.assert_allclose(covariance_of(frames, None), [expected] * 3)


def test_a_stated_place_takes_the_place_of_the_assumed_one_in_metres():
    stated = stating(sensor_lat_deg=1e-5, sensor_lon_deg=2e-5, sensor_height_m=1.5)
    stated.correlation[0, 0, 1] = stated.correlation[0, 1, 0] = 0.5
    shift_m2 = covariance_of(level_frames(1), stated)[0, SHIFTS, SHIFTS]
    east_m, north_m = 2e-5 * 100_970.0, 1e-5 * 110_773.0
    np.testing.assert_allclose(np.sqrt(np.diag(shift_m2)), [east_m, north_m, 1.5], rtol=1e-3)
    assert shift_m2[0, 1] == pytest.approx(0.5 * east_m * north_m, rel=1e-3)


def test_half_a_stated_place_states_none():
    found = covariance_of(level_frames(1), stating(sensor_lat_deg=1e-5))
    np.testing.assert_allclose(found[0], np.diag(np.square(ERRORS.sigmas())), atol=1e-12)


def test_stated_angles_of_the_platform_leave_the_assumed_half_for_the_gimbal():
    stated = stating(platform_heading_deg=0.01, platform_pitch_deg=0.01, platform_roll_deg=0.01)
    turn_rad2 = covariance_of(level_frames(1), stated)[0, TURNS, TURNS]
    expected = np.radians(0.01) ** 2 + 0.5 * np.radians(ERRORS.attitude_deg) ** 2
    np.testing.assert_allclose(turn_rad2, expected * np.eye(3), rtol=1e-6, atol=1e-14)


@given(st.lists(st.floats(-60.0, 60.0), min_size=6, max_size=6), st.integers(0, 5))
def test_an_error_of_one_angle_turns_the_camera_as_the_pose_itself_does(angles_deg, which):
    """The covariance of one stated angle is along the turn that the pose makes when that angle is changed."""
    values = dict(zip(ANGLES, angles_deg, strict=True))
    small_deg = 1e-3
    one, two = (
        poses(level_frames(1, **values | {ANGLES[which]: values[ANGLES[which]] + change}))
        for change in (-small_deg, small_deg)
    )
    first, second = (it.rotation_ecef_from_camera[0] for it in (one, two))
    turn_rad = Rotation.from_matrix(first.T @ second).as_rotvec() / 2.0
    names = ANGLES[:3] if which < 3 else ANGLES[3:]
    stated = stating(**dict.fromkeys(names, 1e-9) | {ANGLES[which]: small_deg})
    frames = level_frames(1, **values)
    found = covariance_of(frames, stated)[0, TURNS, TURNS]
    rest = 0.5 * np.radians(ERRORS.attitude_deg) ** 2 * np.eye(3)
    np.testing.assert_allclose(found - rest, np.outer(turn_rad, turn_rad), atol=1e-14)


def test_correlations_that_no_errors_can_have_are_taken_as_far_as_they_can():
    stated = stating(sensor_lat_deg=1e-5, sensor_lon_deg=1e-5, sensor_height_m=1.0)
    for one, two, rho in ((0, 1, 1.0), (1, 2, 1.0), (0, 2, -1.0)):
        stated.correlation[0, one, two] = stated.correlation[0, two, one] = rho
    value = np.linalg.eigvalsh(covariance_of(level_frames(1), stated)[0])
    assert (value > -1e-12).all()


def test_rows_without_a_pose_harm_nobody():
    frames = level_frames(2)
    frames.platform_pitch_deg[0] = np.nan
    stated = replace(nothing_stated(2), sigma=np.full((2, len(STATED)), 0.01))
    assert np.isfinite(doubt(ERRORS, still(2), frames, stated).root).all()


def calibration(*estimated: str, sigma: float) -> Calibration:
    covariance = np.zeros((len(PARAMETERS), len(PARAMETERS)))
    for name in estimated:
        covariance[PARAMETERS.index(name), PARAMETERS.index(name)] = sigma**2
    return Calibration(
        method=CalibrationMethod.FRAME_CENTRES,
        estimated=estimated,
        covariance=covariance,
        residual_before_m=9.0,
        residual_after_m=4.0,
        holdout_before_m=9.0,
        holdout_after_m=4.0,
        observations=400,
    )


def test_a_correction_leaves_its_own_uncertainty_and_what_is_not_constant():
    lag = after_correction(ERRORS, calibration("attitude_lag_s", sigma=0.004))
    assert lag == replace(ERRORS, time_s=0.004)
    on_ties = replace(calibration("heading_bias_deg", sigma=0.01), method=CalibrationMethod.TIE_POINTS)
    bias = after_correction(ERRORS, on_ties)
    assert bias.attitude_deg == pytest.approx(np.hypot(0.1 / np.sqrt(2.0), 0.01))
    assert bias.time_s == ERRORS.time_s
    place = after_correction(ERRORS, calibration("sensor_east_m", "sensor_north_m", "sensor_up_m", sigma=2.0))
    assert place.position_horizontal_m == pytest.approx(2.0)
    assert place.position_vertical_m == 2.0


def test_evidence_from_the_same_aircraft_never_makes_an_attitude_surer():
    for method in (CalibrationMethod.FRAME_CENTRES, CalibrationMethod.IMAGE_MOTION):
        agreed = replace(calibration("heading_bias_deg", sigma=0.01), method=method, attitude_deg=0.001)
        assert after_correction(ERRORS, agreed).attitude_deg == ERRORS.attitude_deg
    loose = replace(calibration("heading_bias_deg", sigma=0.4), method=CalibrationMethod.FRAME_CENTRES)
    assert after_correction(ERRORS, loose).attitude_deg == pytest.approx(np.hypot(0.1 / np.sqrt(2.0), 0.4))


@pytest.mark.parametrize("method", list(CalibrationMethod))
def test_looks_that_still_disagree_are_as_unsure_as_they_disagree(method):
    left = replace(calibration("attitude_lag_s", sigma=0.004), method=method, attitude_deg=0.7)
    assert after_correction(ERRORS, left).attitude_deg == 0.7


def test_surer_ground_changes_only_the_error_of_the_ground():
    stated = stating(platform_heading_deg=0.01, platform_pitch_deg=0.02, platform_roll_deg=0.03)
    before = doubt(ERRORS, still(1), level_frames(1), stated)
    after = before.on_ground(np.array([1.5]))
    one, two = (it.root[0] @ it.root[0].T for it in (before, after))
    assert two[GROUND, GROUND] == pytest.approx(1.5**2)
    two[GROUND, GROUND] = one[GROUND, GROUND]
    np.testing.assert_allclose(one, two, atol=1e-12)
