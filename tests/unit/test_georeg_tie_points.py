"""One to four points that an analyst clicks: what they give, what they leave, and that the covariance holds."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import chi2

from atalaya.errors import InputError
from atalaya.geo.ellipsoid import ecef_from_geodetic, geodetic_from_ecef
from atalaya.geo.rays import cast_to_heights
from atalaya.georeg.calibrate import corrected
from atalaya.georeg.camera import camera_directions
from atalaya.georeg.errors import PoseErrors
from atalaya.georeg.tie_points import TieErrors, calibrate_on_tie_points, tie_point_distances_m
from atalaya.model.calibration import PARAMETERS, TiePoint
from atalaya.model.frame import FrameTable
from selfcal_scenes import PoseTruth, poses_of, said_frames, true_rotations

SIZE_PX = (1280, 720)
CORNERS_PX = ((120.0, 90.0), (1150.0, 640.0), (140.0, 650.0), (1170.0, 100.0), (640.0, 360.0), (400.0, 300.0))
ERRORS = PoseErrors()


def ties_of(
    truth: PoseTruth,
    count: int,
    *,
    frame: int = 20,
    rng: np.random.Generator | None = None,
    shift_enu_m: tuple[float, float, float] = (0.0, 0.0, 0.0),
) -> tuple[FrameTable, list[TiePoint]]:
    """Points of a frame as they truly are on the ground; clicked, and known, as badly as `TieErrors` says."""
    said = said_frames(truth, 60)
    rotation = true_rotations(truth, said)
    east, north, up = shift_enu_m
    points = []
    for number in range(count):
        row = np.array([frame])
        camera = poses_of(said.take(row))
        x_px, y_px = CORNERS_PX[number]
        seen = camera_directions(camera, np.array([x_px]), np.array([y_px]), *SIZE_PX)
        origin_m = ecef_from_geodetic(
            said.sensor_lon_deg[row] + np.degrees(east / (6378137.0 * np.cos(np.radians(24.95)))),
            said.sensor_lat_deg[row] + np.degrees(north / 6346000.0),
            said.sensor_hae_m[row] + up,
        )
        height_m = 200.0 + 40.0 * number
        hit_m = cast_to_heights(origin_m, np.einsum("nij,nj->ni", rotation[row], seen), np.array([height_m]))
        if rng is not None:
            hit_m = hit_m + 2.0 * rng.standard_normal(3)
            x_px, y_px = np.array([x_px, y_px]) + 1.5 * rng.standard_normal(2)
        lon_deg, lat_deg, hae_m = (float(it[0]) for it in geodetic_from_ecef(hit_m))
        points.append(
            TiePoint(
                frame_index=frame,
                x_px=float(x_px),
                y_px=float(y_px),
                lon_deg=lon_deg,
                lat_deg=lat_deg,
                hae_m=hae_m,
            )
        )
    return said, points


@pytest.mark.parametrize("bias_deg", [0.1, 1.5])
def test_one_point_gives_two_angles_however_large_they_are(bias_deg):
    said, points = ties_of(PoseTruth(yaw_deg=bias_deg, pitch_deg=-0.5 * bias_deg), 1)
    answer = calibrate_on_tie_points(said, poses_of, points, SIZE_PX, ERRORS)
    found = answer.calibration
    assert found.estimated == ("boresight_yaw_deg", "boresight_pitch_deg")
    assert found.boresight_yaw_deg == pytest.approx(bias_deg, rel=0.15)
    assert found.residual_after_m < 0.15 * found.residual_before_m
    assert np.isnan(found.holdout_after_m)
    assert "2 tie points are needed" in answer.left_alone["boresight_roll_deg"]
    assert "4 tie points are needed" in answer.left_alone["sensor_up_m"]
    after = tie_point_distances_m(said, poses_of, points, SIZE_PX, found.values())
    assert after[0] == pytest.approx(found.residual_after_m)


def test_three_points_give_roll_too_and_say_what_a_fourth_would_be_off_by():
    said, points = ties_of(PoseTruth(yaw_deg=0.6, pitch_deg=0.4, roll_deg=3.0), 3)
    found = calibrate_on_tie_points(said, poses_of, points, SIZE_PX, ERRORS).calibration
    assert found.boresight_roll_deg == pytest.approx(3.0, abs=0.15)
    assert found.boresight_yaw_deg == pytest.approx(0.6, abs=0.03)
    assert found.holdout_after_m < 0.3 * found.holdout_before_m
    other = ties_of(PoseTruth(yaw_deg=0.6, pitch_deg=0.4, roll_deg=3.0), 6)[1][5:]
    before_m, after_m = (
        tie_point_distances_m(said, poses_of, other, SIZE_PX, values)[0]
        for values in (np.zeros(len(PARAMETERS)), found.values())
    )
    assert after_m < 0.1 * before_m


def test_four_points_give_the_place_of_the_sensor_as_far_as_geometry_allows():
    said, points = ties_of(PoseTruth(yaw_deg=0.1), 6, shift_enu_m=(0.0, 0.0, 15.0))
    found = calibrate_on_tie_points(
        said, poses_of, points, SIZE_PX, ERRORS, tie_errors=TieErrors(click_px=0.2, place_m=0.2)
    ).calibration
    assert set(found.estimated) >= {"sensor_up_m", "boresight_roll_deg"}
    assert found.residual_after_m < 1.0
    sigma_m = np.sqrt(found.covariance[7, 7])
    assert abs(found.sensor_up_m - 15.0) < 3.0 * sigma_m
    assert sigma_m < ERRORS.position_vertical_m


def test_one_wrong_click_of_five_does_not_carry_the_others_away():
    said, points = ties_of(PoseTruth(yaw_deg=0.3, pitch_deg=0.2), 5)
    points[2] = replace(points[2], x_px=points[2].x_px + 150.0)
    found = calibrate_on_tie_points(said, poses_of, points, SIZE_PX, ERRORS).calibration
    good = [point for number, point in enumerate(points) if number != 2]
    after_m = tie_point_distances_m(said, poses_of, good, SIZE_PX, found.values())
    assert np.median(after_m) < 4.0


def test_the_correction_holds_in_another_frame_of_the_clip():
    truth = PoseTruth(yaw_deg=0.8, pitch_deg=-0.4)
    said, points = ties_of(truth, 2)
    found = calibrate_on_tie_points(said, poses_of, points, SIZE_PX, ERRORS).calibration
    camera = poses_of(corrected(said, found))
    off = np.einsum(
        "ni,ni->n", camera.rotation_ecef_from_camera[:, :, 0], true_rotations(truth, said)[:, :, 0]
    )
    assert np.degrees(np.arccos(np.clip(off, -1.0, 1.0))).max() < 0.06


@pytest.mark.parametrize("count", [1, 3, 5])
def test_the_covariance_is_honest_where_truth_follows_the_prior(count):
    rng = np.random.default_rng(count)
    total, terms, runs = 0.0, 0, 25
    for _ in range(runs):
        yaw, pitch, roll = 0.1 * rng.standard_normal(3)
        shift = tuple(np.array([5.0, 5.0, 8.0]) * rng.standard_normal(3)) if count >= 4 else (0.0, 0.0, 0.0)
        truth = PoseTruth(yaw_deg=yaw, pitch_deg=pitch, roll_deg=roll if count > 1 else 0.0)
        said, points = ties_of(truth, count, rng=rng, shift_enu_m=shift)
        found = calibrate_on_tie_points(said, poses_of, points, SIZE_PX, ERRORS).calibration
        columns = [PARAMETERS.index(name) for name in found.estimated]
        true = np.array([0.0, 0.0, yaw, pitch, truth.roll_deg, *shift])[columns]
        error = found.values()[columns] - true
        total += float(error @ np.linalg.solve(found.covariance[np.ix_(columns, columns)], error))
        terms += len(columns)
    low, high = chi2.ppf([0.001, 0.999], terms)
    assert (low if count >= 4 else 0.5 * low) < total < high  # with few points the place counts as angle


def test_the_lag_and_heading_that_a_whole_clip_showed_stay_under_tie_points():
    truth = PoseTruth(lag_s=0.1, heading_deg=-1.45, yaw_deg=0.5)
    said, points = ties_of(truth, 2, frame=25)
    covariance = np.zeros((len(PARAMETERS), len(PARAMETERS)))
    covariance[0, 0] = 1e-6
    base = replace(
        calibrate_on_tie_points(said, poses_of, points, SIZE_PX, ERRORS).calibration,
        attitude_lag_s=0.1,
        heading_bias_deg=-1.45,
        boresight_pitch_deg=3.0,
        estimated=("attitude_lag_s", "heading_bias_deg", "boresight_pitch_deg"),
        covariance=covariance,
        attitude_deg=0.4,
    )
    found = calibrate_on_tie_points(said, poses_of, points, SIZE_PX, ERRORS, base=base).calibration
    assert found.estimated[:3] == ("attitude_lag_s", "heading_bias_deg", "boresight_yaw_deg")
    assert (found.attitude_lag_s, found.heading_bias_deg) == (0.1, -1.45)
    assert found.covariance[0, 0] == 1e-6
    assert found.attitude_deg == 0.4, (
        "so much the looks of the whole clip disagree, whatever single moments say"
    )
    assert found.boresight_yaw_deg == pytest.approx(0.5, abs=0.05)
    assert found.boresight_pitch_deg == pytest.approx(0.0, abs=0.05)
    other = calibrate_on_tie_points(said, poses_of, points, SIZE_PX, ERRORS).calibration
    camera, without = (poses_of(corrected(said, it)) for it in (found, other))
    true = true_rotations(truth, said)[:, :, 0]
    off, off_without = (
        np.degrees(
            np.arccos(np.clip(np.einsum("ni,ni->n", it.rotation_ecef_from_camera[:, :, 0], true), -1, 1))
        )
        for it in (camera, without)
    )
    assert np.median(off[:-3]) < 0.06 < np.median(off_without[:-3])


def test_points_that_cannot_be_used_say_why():
    said, points = ties_of(PoseTruth(), 1)
    with pytest.raises(InputError, match="1 to 64 tie points"):
        calibrate_on_tie_points(said, poses_of, [], SIZE_PX, ERRORS)
    with pytest.raises(InputError, match="no frame 999"):
        calibrate_on_tie_points(said, poses_of, [replace(points[0], frame_index=999)], SIZE_PX, ERRORS)
    for pixel in ({"x_px": 1e9}, {"y_px": -700.0}):
        with pytest.raises(InputError, match=r"tie point 1: pixel .* is not in a picture"):
            calibrate_on_tie_points(said, poses_of, [replace(points[0], **pixel)], SIZE_PX, ERRORS)
    behind = replace(points[0], lon_deg=-106.95, lat_deg=24.95, hae_m=9000.0)
    with pytest.raises(InputError, match="tie point 1 cannot be used"):
        calibrate_on_tie_points(said, poses_of, [behind], SIZE_PX, ERRORS)
    with pytest.raises(InputError, match="positive"):
        TieErrors(click_px=0.0)
