"""Poses between packets: exact at packets, straight between them, never across a gap or far beyond the ends."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atalaya.errors import InputError
from atalaya.geo.ellipsoid import enu_from_ecef, rotation_ecef_from_enu
from atalaya.georeg.interpolate import NoPoseThen, poses_at
from atalaya.georeg.pose import Poses, poses
from terrain_scenes import level_frames

SECOND = 1_000_000
TIMES_S = np.array([10.0, 10.2, 10.4, 10.6])


def track(times_s: np.ndarray = TIMES_S, **columns) -> Poses:
    """Flies east at 0.001 deg/s, turning, each column a function of time where it is given as one."""
    elapsed_s = times_s - times_s[0]
    said = {"sensor_lon_deg": -106.95 + 1e-3 * elapsed_s} | columns
    return poses(level_frames(len(times_s), time_us=times_s * SECOND, **said))


def at(camera: Poses, *times_s: float, **options):
    return poses_at(camera, np.rint(np.array(times_s) * SECOND).astype(np.int64), **options)


def azimuth_deg(camera: Poses) -> np.ndarray:
    local = rotation_ecef_from_enu(camera.lon_deg, camera.lat_deg)
    east, north, _ = np.einsum("nji,nj->in", local, camera.rotation_ecef_from_camera[:, :, 0])
    return np.degrees(np.arctan2(east, north)) % 360.0


@settings(deadline=None)
@given(st.integers(0, 3))
def test_at_the_time_of_a_packet_the_pose_is_its_own_bit_for_bit(row):
    camera = track(platform_heading_deg=[350.0, 355.0, 2.0, 9.0])
    then = at(camera, TIMES_S[row])
    assert then.reason.tolist() == [""]
    assert then.poses.frame_index[0] == row
    for name in ("origin_ecef_m", "rotation_ecef_from_camera", "hfov_rad", "vfov_rad"):
        np.testing.assert_array_equal(getattr(then.poses, name)[0], getattr(camera, name)[row])


@settings(deadline=None)
@given(share=st.floats(0.0, 1.0), heading_deg=st.floats(0.0, 360.0), turn_deg=st.floats(-150.0, 150.0))
def test_a_heading_turns_evenly_across_north_too(share, heading_deg, turn_deg):
    camera = track(
        TIMES_S[:2],
        platform_heading_deg=[heading_deg, (heading_deg + turn_deg) % 360.0],
        sensor_elevation_deg=0.0,
    )
    then = at(camera, 10.0 + 0.2 * share)
    moved_us = (int(then.poses.time_us[0]) - 10 * SECOND) / (0.2 * SECOND)
    expected_deg = heading_deg + turn_deg * moved_us
    off_deg = (azimuth_deg(then.poses)[0] - expected_deg + 180.0) % 360.0 - 180.0
    assert abs(off_deg) < 1e-4


@settings(deadline=None)
@given(share=st.floats(0.0, 1.0))
def test_a_place_is_on_the_straight_way_and_a_rotation_stays_one(share):
    camera = track(platform_roll_deg=[0.0, 10.0, -20.0, 5.0], sensor_azimuth_deg=[0.0, 30.0, 90.0, 100.0])
    then = at(camera, 10.2 + 0.2 * share).poses
    way_m = camera.origin_ecef_m[2] - camera.origin_ecef_m[1]
    gone_m = then.origin_ecef_m[0] - camera.origin_ecef_m[1]
    np.testing.assert_allclose(gone_m, (then.time_us[0] / SECOND - 10.2) / 0.2 * way_m, atol=1e-6)
    matrix = then.rotation_ecef_from_camera[0]
    np.testing.assert_allclose(matrix.T @ matrix, np.eye(3), atol=1e-12)
    assert np.linalg.det(matrix) == pytest.approx(1.0)


def test_half_a_period_beyond_the_ends_the_flight_is_carried_on_and_no_farther():
    camera = track()
    then = at(camera, 9.9, 9.899, 10.7, 10.701, 20.0, -1e-6)
    assert then.reason.tolist() == ["", "before", "", "after", "after", "time-unknown"]
    east_m = enu_from_ecef(then.poses.origin_ecef_m, camera.lon_deg[0], camera.lat_deg[0], 3000.0)[:, 0]
    step_m = 0.0002 * 111_320.0 * np.cos(np.radians(24.95))
    np.testing.assert_allclose(east_m[[0, 2]], [-0.5 * step_m, 3.5 * step_m], rtol=5e-3)
    assert np.isnan(then.poses.origin_ecef_m[[1, 3, 4, 5]]).all()
    assert set(then.poses.height_reference[[1, 3, 4, 5]]) == {"unknown"}


def test_across_a_gap_nothing_is_stated_but_beside_its_edges():
    camera = track(np.array([10.0, 10.2, 13.0, 13.2]))
    then = at(camera, 10.1, 10.29, 10.31, 12.0, 12.89, 12.91, 13.1)
    assert then.reason.tolist() == ["", "", "gap", "gap", "gap", "", ""]
    assert np.isnan(then.apart_s[2:5]).all()
    np.testing.assert_allclose(then.apart_s[[0, 1, 5, 6]], 0.2)
    wide = at(camera, 12.0, longest_gap_s=3.0)
    assert wide.reason.tolist() == [""]
    assert wide.apart_s[0] == pytest.approx(2.8)


def test_packets_once_in_two_seconds_hold_for_a_tenth_of_one_and_no_longer():
    camera = track(np.array([10.0, 12.0, 14.0]))
    then = at(camera, 9.91, 10.09, 10.11, 11.89, 11.91, 13.91, 14.09, 14.11)
    assert then.reason.tolist() == ["", "", "gap", "gap", "", "", "", "after"]
    assert then.poses.frame_index.tolist()[:2] == [0, 0]
    assert then.poses.frame_index.tolist()[4:7] == [1, 2, 2]
    np.testing.assert_array_equal(then.poses.origin_ecef_m[1], camera.origin_ecef_m[0])
    np.testing.assert_array_equal(then.poses.origin_ecef_m[6], camera.origin_ecef_m[2])


def test_unknown_packets_are_passed_over_and_their_gap_counts():
    heading_deg = np.full(11, np.nan)
    heading_deg[[0, 2, 10]] = 0.0, 20.0, 80.0
    camera = track(10.0 + 0.2 * np.arange(11), platform_heading_deg=heading_deg, sensor_elevation_deg=0.0)
    then = at(camera, 10.2, 11.0)
    assert then.reason.tolist() == ["", "gap"]
    assert azimuth_deg(then.poses)[0] == pytest.approx(10.0, abs=1e-3)


def test_one_pose_holds_at_its_own_time_only_and_none_never():
    camera = track(TIMES_S[:1])
    assert at(camera, 10.0, 10.001).reason.tolist() == ["", "after"]
    none = at(track(platform_heading_deg=np.nan), 10.0)
    assert none.reason.tolist() == [NoPoseThen.NO_POSES.value]
    assert not none.poses.known.any()
    assert len(at(camera).poses) == 0


def test_packets_out_of_order_and_twice_at_one_time_are_one_line_of_time():
    camera = track(
        np.array([10.4, 10.0, 10.2, 10.2]),
        platform_heading_deg=[20.0, 0.0, 10.0, 200.0],
        sensor_elevation_deg=0.0,
    )
    np.testing.assert_allclose(azimuth_deg(at(camera, 10.1, 10.2, 10.3).poses), [5.0, 10.0, 15.0], atol=1e-3)


def test_without_a_roll_the_axis_is_known_and_right_and_down_are_not():
    camera = track(
        sensor_roll_deg=np.nan, platform_heading_deg=[0.0, 10.0, 20.0, 30.0], sensor_elevation_deg=0.0
    )
    then = at(camera, 10.1).poses
    assert then.known.all()
    assert azimuth_deg(then)[0] == pytest.approx(5.0, abs=1e-3)
    assert np.isnan(then.rotation_ecef_from_camera[0, :, 1:]).all()


def test_heights_of_two_datums_are_not_mixed():
    camera = track()
    mixed = replace(camera, height_reference=np.array(["hae", "hae", "msl-plus-geoid", "msl-plus-geoid"]))
    then = at(mixed, 10.1, 10.2, 10.3, 10.4, 10.5)
    assert then.reason.tolist() == ["", "", "two-datums", "", ""]


def test_another_clock_may_be_given_and_must_fit():
    camera = track()
    then = at(camera, 1.1, clock_us=np.rint((TIMES_S - 9.0) * SECOND).astype(np.int64))
    np.testing.assert_allclose(then.poses.origin_ecef_m, at(camera, 10.1).poses.origin_ecef_m)
    with pytest.raises(InputError):
        at(camera, 1.1, clock_us=np.zeros(3, dtype=np.int64))
    with pytest.raises(InputError):
        at(camera, 1.1, longest_gap_s=0.0)
