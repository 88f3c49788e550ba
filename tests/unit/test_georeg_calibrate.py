"""Corrections of the pose: put into effect exactly, found where they are, and never where they are not."""

from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation
from scipy.stats import chi2

from atalaya.errors import InputError
from atalaya.georeg.calibrate import corrected, corrected_by
from atalaya.georeg.calibrate_centres import CANDIDATES, calibrate_on_centres, centre_evidence
from atalaya.georeg.calibrate_fit import fit
from atalaya.model.calibration import PARAMETERS, Calibration, CalibrationMethod
from selfcal_scenes import PoseTruth, apart_m, centres_clip, poses_of, said_frames, true_rotations
from terrain_scenes import level_frames

ANGLE = st.floats(-170.0, 170.0)


def correction(**values: float) -> Calibration:
    return Calibration(
        method=CalibrationMethod.FRAME_CENTRES,
        estimated=tuple(values),
        covariance=np.zeros((len(PARAMETERS), len(PARAMETERS))),
        residual_before_m=0.0,
        residual_after_m=0.0,
        holdout_before_m=0.0,
        holdout_after_m=0.0,
        observations=1,
        **values,
    )


MIXED = PoseTruth(lag_s=0.13, heading_deg=-1.2, yaw_deg=0.4, pitch_deg=-0.7, roll_deg=2.0)
AS_CORRECTION = correction(
    attitude_lag_s=0.13,
    heading_bias_deg=-1.2,
    boresight_yaw_deg=0.4,
    boresight_pitch_deg=-0.7,
    boresight_roll_deg=2.0,
)


def test_a_known_mixture_of_errors_is_undone():
    said = said_frames(MIXED)
    rotation = true_rotations(MIXED, said)
    assert np.median(apart_m(poses_of(said), rotation)) > 50.0
    camera = poses_of(corrected(said, AS_CORRECTION))
    off_m = apart_m(camera, rotation)  # straight lines over 0.1 s; beyond the last packet its rate goes on
    assert off_m[:-2].max() < 3.0
    assert off_m.max() < 10.0


def test_without_a_lag_a_known_mixture_is_undone_to_rounding():
    truth = replace(MIXED, lag_s=0.0)
    said = said_frames(truth)
    camera = poses_of(corrected(said, replace(AS_CORRECTION, attitude_lag_s=0.0)))
    np.testing.assert_allclose(camera.rotation_ecef_from_camera, true_rotations(truth, said), atol=1e-12)


def test_no_correction_changes_nothing():
    said = said_frames(MIXED, 20)
    after = corrected(said, correction())
    for name, column in said.columns().items():
        np.testing.assert_array_equal(getattr(after, name), column)


@given(ANGLE, st.floats(-80.0, 80.0), ANGLE, st.floats(-5.0, 5.0), st.floats(-5.0, 5.0), st.floats(-5.0, 5.0))
@settings(deadline=None)
def test_a_boresight_turns_the_camera_about_its_own_axes(azimuth, elevation, roll, yaw, pitch, turn):
    said = level_frames(1, sensor_azimuth_deg=azimuth, sensor_elevation_deg=elevation, sensor_roll_deg=roll)
    after = corrected(
        said, correction(boresight_yaw_deg=yaw, boresight_pitch_deg=pitch, boresight_roll_deg=turn)
    )
    before_camera, after_camera = (poses_of(it).rotation_ecef_from_camera[0] for it in (said, after))
    relative = before_camera.T @ after_camera
    expected = Rotation.from_euler("ZYX", [yaw, pitch, turn], degrees=True).as_matrix()
    np.testing.assert_allclose(relative, expected, atol=1e-9)


def test_a_heading_that_passes_north_is_interpolated_on_the_circle():
    said = level_frames(3, time_us=np.array([0, 1e5, 2e5]), platform_heading_deg=[350.0, 358.0, 6.0])
    later = corrected(said, correction(attitude_lag_s=0.05))
    np.testing.assert_allclose(later.platform_heading_deg % 360.0, [354.0, 2.0, 10.0], atol=1e-9)


def test_beside_a_gap_the_last_rate_of_turn_goes_on_and_alone_nothing_is_known():
    said = level_frames(
        4,
        time_us=np.array([0, 1e5, 60e5, 90e5]),
        platform_heading_deg=[10.0, 11.0, 50.0, 60.0],
    )
    later = corrected(said, correction(attitude_lag_s=0.05))
    np.testing.assert_allclose(later.platform_heading_deg[:2], [10.5, 11.5], atol=1e-9)
    assert np.isnan(later.platform_heading_deg[2:]).all()
    assert np.isnan(corrected(said.take(slice(1)), correction(attitude_lag_s=0.05)).platform_heading_deg[0])


def test_an_unknown_angle_stays_unknown_and_harms_no_other():
    said = replace(said_frames(PoseTruth(), 9), platform_roll_deg=np.zeros(9))
    roll_deg = said.platform_roll_deg.copy()
    roll_deg[4] = np.nan
    later = corrected(replace(said, platform_roll_deg=roll_deg), correction(attitude_lag_s=0.1))
    assert np.flatnonzero(np.isnan(later.platform_roll_deg)).tolist() == [4]


def test_a_boresight_meets_no_roll_that_is_not_said():
    said = level_frames(1, sensor_roll_deg=np.nan)
    assert not poses_of(corrected(said, correction(boresight_pitch_deg=1.0))).known.any()
    level = corrected(said, correction(boresight_pitch_deg=1.0), absent_sensor_roll_deg=0.0)
    assert level.sensor_elevation_deg[0] == pytest.approx(-44.0)


def test_a_shift_moves_the_sensor_by_metres():
    said = said_frames(PoseTruth(), 2)
    camera, moved = poses_of(said), poses_of(corrected(said, correction(sensor_up_m=12.0, sensor_east_m=5.0)))
    assert np.linalg.norm(moved.origin_ecef_m[0] - camera.origin_ecef_m[0]) == pytest.approx(13.0, abs=1e-3)


def test_rows_come_in_the_order_they_are_asked_for():
    said = said_frames(MIXED, 30)
    rows = np.array([7, 3, 20])
    part = corrected_by(said, AS_CORRECTION.values(), rows)
    whole = corrected(said, AS_CORRECTION)
    assert part.frame_index.tolist() == [7, 3, 20]
    np.testing.assert_array_equal(part.sensor_azimuth_deg, whole.sensor_azimuth_deg[rows])


@pytest.mark.parametrize(
    ("truth", "expected"),
    [
        (PoseTruth(lag_s=0.08), {"attitude_lag_s": (0.08, 0.01)}),
        (PoseTruth(lag_s=-0.3), {"attitude_lag_s": (-0.3, 0.01)}),
        (PoseTruth(heading_deg=-1.45), {"heading_bias_deg": (-1.45, 0.01)}),
        (PoseTruth(pitch_deg=0.5), {"boresight_pitch_deg": (0.5, 0.01)}),
        (PoseTruth(yaw_deg=2.0), {"boresight_yaw_deg": (2.0, 0.01)}),
        (
            PoseTruth(lag_s=0.1, heading_deg=3.0, pitch_deg=-0.2),
            {
                "attitude_lag_s": (0.1, 0.01),
                "heading_bias_deg": (3.0, 0.01),
                "boresight_pitch_deg": (-0.2, 0.01),
            },
        ),
    ],
)
@pytest.mark.parametrize("outlier_share", [0.0, 0.2])
def test_errors_are_found_without_a_hint_even_if_a_fifth_of_the_centres_is_wrong(
    truth, expected, outlier_share
):
    frames = centres_clip(truth, seed=1, outlier_share=outlier_share)
    found = calibrate_on_centres(frames, poses_of).calibration
    assert set(found.estimated) == set(expected)
    for name, (value, tolerance) in expected.items():
        assert getattr(found, name) == pytest.approx(value, abs=tolerance)
    assert found.holdout_after_m < 0.5 * found.holdout_before_m
    assert found.residual_after_m < 0.5 * found.residual_before_m


@pytest.mark.parametrize("seed", range(8))
def test_a_clip_without_errors_gets_no_correction(seed):
    answer = calibrate_on_centres(centres_clip(PoseTruth(), seed), poses_of)
    assert answer.calibration.estimated == ()
    assert not answer.calibration.values().any()
    assert set(answer.left_alone) == set(CANDIDATES)


@pytest.mark.parametrize("seed", range(4))
def test_noise_of_the_attitude_itself_is_not_smoothed_away_by_an_invented_lag(seed):
    rng = np.random.default_rng(seed)
    frames = centres_clip(PoseTruth(motion=0.3), seed, noise_deg=0.002)
    frames = replace(
        frames, platform_roll_deg=frames.platform_roll_deg + 0.1 * rng.standard_normal(len(frames))
    )
    answer = calibrate_on_centres(frames, poses_of)
    assert "attitude_lag_s" not in answer.calibration.estimated


def test_too_little_motion_shows_no_lag_and_says_so():
    frames = centres_clip(PoseTruth(lag_s=0.08, motion=0.002), seed=3, noise_deg=0.05)
    answer = calibrate_on_centres(frames, poses_of)
    assert answer.calibration.estimated == ()
    assert "turns too little to see a lag" in answer.left_alone["attitude_lag_s"]


def test_too_few_frames_say_so_and_none_at_all_is_refused():
    answer = calibrate_on_centres(centres_clip(PoseTruth(heading_deg=2.0), 1, count=6), poses_of)
    assert answer.calibration.estimated == ()
    assert np.isnan(answer.calibration.holdout_after_m)
    assert "6 looks are too few" in answer.left_alone["heading_bias_deg"]
    with pytest.raises(InputError, match="nothing to calibrate with"):
        calibrate_on_centres(said_frames(PoseTruth()), poses_of)


@pytest.mark.parametrize("seed", range(4))
def test_centres_that_are_nonsense_neither_crash_nor_correct_anything(seed):
    rng = np.random.default_rng(seed)
    frames = centres_clip(PoseTruth(), seed, count=40)
    frames = replace(
        frames,
        centre_lon_deg=rng.uniform(-180.0, 180.0, 40),
        centre_lat_deg=rng.uniform(-90.0, 90.0, 40),
        centre_hae_m=rng.uniform(-900.0, 19000.0, 40),
    )
    estimated: tuple[str, ...] = ()
    with suppress(InputError):  # too few are before the camera
        estimated = calibrate_on_centres(frames, poses_of).calibration.estimated
    assert estimated == ()


def test_the_covariance_is_honest():
    truth = PoseTruth(lag_s=0.06, heading_deg=-0.5, pitch_deg=0.3)
    names = ("attitude_lag_s", "heading_bias_deg", "boresight_pitch_deg")
    columns = [PARAMETERS.index(name) for name in names]
    runs, total = 40, 0.0
    for seed in range(runs):
        frames = centres_clip(truth, seed, count=150, noise_deg=0.05, outlier_share=0.1)
        found = fit(centre_evidence(frames, poses_of), names)
        error = found.values[columns] - [0.06, -0.5, 0.3]
        total += float(error @ np.linalg.solve(found.covariance[np.ix_(columns, columns)], error))
    low, high = chi2.ppf([0.005, 0.995], runs * len(names))
    assert low < total < high
