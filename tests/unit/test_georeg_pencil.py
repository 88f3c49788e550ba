"""Eight errors of a look are two across it: the pencil against every error drawn one by one."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from atalaya.georeg.doubt import doubt
from atalaya.georeg.errors import DIMENSIONS, GROUND, SHIFTS, TIME, TURNS, PoseErrors
from atalaya.georeg.locate import rays_of
from atalaya.georeg.motion import Motion, motion
from atalaya.georeg.pencil import pencil
from atalaya.georeg.pose import poses
from terrain_scenes import level_frames

MOVING = Motion(
    velocity_ecef_mps=np.array([[40.0, -30.0, 10.0]]), turn_ecef_radps=np.array([[0.02, 0.05, -0.03]])
)


def moved_across(rays, range_m, errors_drawn):
    """(D, 3) how far drawn errors move the line of sight across itself at that range; ground as a shift."""
    direction = rays.direction[0]
    turn = errors_drawn[:, TURNS] @ rays.turn_axes[0].T + errors_drawn[:, [TIME]] * rays.turn_radps[0]
    shift_m = errors_drawn[:, SHIFTS] @ rays.enu_axes[0].T + errors_drawn[:, [TIME]] * rays.velocity_mps[0]
    shift_m -= errors_drawn[:, [GROUND]] * rays.enu_axes[0, :, 2]
    moved_m = shift_m + range_m * np.cross(turn, direction)
    return moved_m - (moved_m @ direction)[:, None] * direction


@given(st.floats(-89.0, -5.0), st.floats(0.0, 360.0), st.floats(100.0, 30_000.0), st.integers(0, 2**32 - 1))
def test_the_pencil_is_as_wide_as_all_errors_together(elevation_deg, heading_deg, range_m, seed):
    rng = np.random.default_rng(seed)
    camera = poses(level_frames(1, sensor_elevation_deg=elevation_deg, platform_heading_deg=heading_deg))
    root = np.diag(PoseErrors().sigmas()) @ np.linalg.qr(rng.normal(size=(DIMENSIONS, DIMENSIONS)))[0]
    doubts = replace(doubt(PoseErrors(), MOVING), root=root[None])
    rays = rays_of(camera, camera.rotation_ecef_from_camera[:, :, 0], PoseErrors(), doubts)
    looks = pencil(rays, np.array([range_m]))
    every = moved_across(rays, range_m, root.T)  # the rows of F' are one sigma each
    expected_m2 = every.T @ every
    across_m = looks.shift_m[0] + range_m * looks.turn[0]
    np.testing.assert_allclose(across_m @ across_m.T, expected_m2, atol=1e-6 * np.trace(expected_m2))
    assert np.isclose(looks.across_m[0] ** 2, np.trace(expected_m2))
    total_m2 = np.square(looks.rise_m[0]).sum() + looks.rise_rest_m[0] ** 2
    assert np.isclose(total_m2, PoseErrors().terrain_vertical_m ** 2)


def test_what_the_pencil_says_of_the_ground_is_what_draws_say():
    """Draws with a line of sight moved one sigma: their mean rise of the ground is the pencil's."""
    camera = poses(level_frames(1, sensor_elevation_deg=-20.0))
    doubts = doubt(PoseErrors(), MOVING)
    rays = rays_of(camera, camera.rotation_ecef_from_camera[:, :, 0], PoseErrors(), doubts)
    looks = pencil(rays, np.array([3000.0]))
    drawn = np.random.default_rng(4).normal(size=(400_000, DIMENSIONS)) * PoseErrors().sigmas()
    across_m = looks.shift_m[0] + 3000.0 * looks.turn[0]
    point = moved_across(rays, 3000.0, drawn) @ np.linalg.pinv(across_m).T
    np.testing.assert_allclose(np.cov(point.T), np.eye(2), atol=0.01)
    rise_m = point.T @ drawn[:, GROUND] / len(drawn)
    np.testing.assert_allclose(rise_m, looks.rise_m[0], atol=0.05)


def test_a_camera_that_flies_and_turns_says_so():
    count = 5
    frames = level_frames(
        count,
        time_us=1_000_000 + 100_000 * np.arange(count),
        sensor_lon_deg=-106.95 + 1e-4 * np.arange(count),
        platform_heading_deg=0.5 * np.arange(count),
    )
    moving = motion(poses(frames))
    speed_mps = np.linalg.norm(moving.velocity_ecef_mps, axis=1)
    np.testing.assert_allclose(speed_mps, 100.97, atol=0.1)  # 1e-4 deg of longitude at 24.95 deg a tenth
    np.testing.assert_allclose(np.degrees(np.linalg.norm(moving.turn_ecef_radps, axis=1)), 5.0, atol=0.01)


def test_one_pose_or_poses_long_apart_or_unknown_say_nothing_of_motion():
    frames = level_frames(4, time_us=[0, 5_000_000, 5_100_000, 5_200_000])
    frames.sensor_lat_deg[:] += [0.0, 0.01, 0.01, 0.01]
    frames.platform_roll_deg[3] = np.nan
    moving = motion(poses(frames))
    assert not moving.velocity_ecef_mps[[0, 3]].any()
    np.testing.assert_allclose(moving.velocity_ecef_mps[1:3], 0.0, atol=1e-6)
    assert not motion(poses(level_frames(1))).velocity_ecef_mps.any()
