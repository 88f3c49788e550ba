"""The pose of a picture is that of its own time, on the packets' clock, whatever one packet says."""

from dataclasses import replace

import numpy as np
import pytest

from atalaya.app.picture_poses import picture_times, poses_of_pictures
from atalaya.georeg.pose import poses
from atalaya.model.frame import FrameTable
from terrain_scenes import level_frames

SECOND = 1_000_000
START_US = 1_700_000_000 * SECOND


def packets(count: int = 50, *, every_s: float = 0.2, jitter_s: float = 0.0) -> FrameTable:
    """A flight of 100 m/s to the east whose packets come at 5 Hz, presentation time from 1.4 s."""
    said_s = every_s * np.arange(count)
    rng = np.random.default_rng(5)
    frames = level_frames(
        count, time_us=START_US + np.rint(said_s * SECOND), sensor_lon_deg=-106.95 + 1e-3 * said_s
    )
    return replace(frames, pts_s=1.4 + said_s + rng.uniform(-jitter_s, jitter_s, count))


def lon_deg(frames: FrameTable, *pts_s: float) -> np.ndarray:
    return poses_of_pictures(frames, poses(frames), np.array(pts_s)).poses.lon_deg


def test_a_picture_between_two_packets_was_taken_between_their_places():
    np.testing.assert_allclose(
        lon_deg(packets(), 1.4, 1.5, 1.56), -106.95 + 1e-3 * np.array([0.0, 0.1, 0.16]), atol=1e-9
    )


def test_jitter_of_single_packets_does_not_move_the_pictures():
    frames = packets(jitter_s=0.02)
    wanted_s = np.linspace(1.6, 11.0, 200)
    off_s = (picture_times(frames, wanted_s) - START_US) / SECOND - (wanted_s - 1.4)
    assert np.abs(off_s).max() < 0.008  # the line; by the nearest packet it were up to 0.02
    exact = frames.pts_s[7]
    assert picture_times(frames, np.array([exact])).tolist() == [frames.time_us[7]]


def test_a_clock_set_anew_ties_each_picture_to_its_own_stretch():
    frames = packets()
    later = frames.time_us + np.where(np.arange(50) >= 25, 3600 * SECOND, 0)
    frames = replace(frames, time_us=later)
    times = picture_times(frames, np.array([1.4 + 0.2 * 10.5, 1.4 + 0.2 * 30.5]))
    expected_s = np.array([0.2 * 10.5, 3600.0 + 0.2 * 30.5])
    np.testing.assert_allclose((times - START_US) / SECOND, expected_s, atol=1e-5)


def test_a_clock_at_another_pace_is_read_between_its_packets_and_not_beyond():
    frames = packets()
    slow = replace(frames, time_us=START_US + (frames.time_us - START_US) // 2)
    times = picture_times(slow, np.array([1.5, 1.0, 20.0]))
    assert (times[0] - START_US) / SECOND == pytest.approx(0.05, abs=1e-6)
    assert times[1:].tolist() == [-1, -1]


def test_without_presentation_times_or_clock_no_picture_has_a_pose():
    frames = packets()
    for known in (replace(frames, pts_s=np.full(50, np.nan)), replace(frames, time_us=np.full(50, -1))):
        then = poses_of_pictures(known, poses(known), np.array([1.5, np.nan]))
        assert not then.poses.known.any()
        assert set(then.reason) <= {"time-unknown", "no-poses"}
    assert poses_of_pictures(frames, poses(frames), np.array([np.nan])).reason.tolist() == ["time-unknown"]
