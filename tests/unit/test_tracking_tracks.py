"""Vehicles on known courses keep one number each, with their speed and their stops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from atalaya.errors import InputError
from atalaya.model.frame import TargetTable, unknown_frames
from atalaya.tracking.observations import VehicleObservations, from_reports
from atalaya.tracking.stops import find_stops
from atalaya.tracking.tracks import RANGES, TrackingParams, track_vehicles

LON, LAT = -107.4, 25.1
EAST_M, NORTH_M = 100_826.0, 110_795.0  # metres a degree at LAT, to a few metres
START_US = 1_790_000_000_000_000


def observed(
    time_s: NDArray[np.float64], points_m: NDArray[np.float64], sigma_m: float = 1.0
) -> VehicleObservations:
    count = len(time_s)
    return VehicleObservations(
        frame_index=np.arange(count, dtype=np.int64),
        time_us=START_US + np.round(time_s * 1e6).astype(np.int64),
        lon_deg=LON + points_m[:, 0] / EAST_M,
        lat_deg=LAT + points_m[:, 1] / NORTH_M,
        covariance_m2=np.tile(np.eye(2) * sigma_m**2, (count, 1, 1)),
    )


def course(time_s: NDArray[np.float64], start: tuple[float, float], speed: tuple[float, float]):
    return np.array(start) + time_s[:, None] * np.array(speed)


def test_one_vehicle_at_ten_metres_a_second_is_one_track_at_that_speed():
    time_s = np.arange(0, 20, 0.5)
    rng = np.random.default_rng(0)
    points = course(time_s, (0, 0), (6.0, 8.0)) + rng.normal(0, 1, (len(time_s), 2))
    tracks = track_vehicles(observed(time_s, points), TrackingParams())
    assert set(tracks.track_index.tolist()) == {0}
    assert len(tracks) == len(time_s)
    assert np.isnan(tracks.speed_mps[0])
    assert tracks.speed_mps[-10:].mean() == pytest.approx(10.0, abs=0.7)
    assert (tracks.ce90_m > 0).all()
    error_m = (tracks.lon_deg[-1] - LON) * EAST_M - course(time_s, (0, 0), (6.0, 8.0))[-1, 0]
    assert abs(error_m) < 3.0


def test_two_vehicles_that_cross_keep_their_numbers():
    time_s = np.arange(0, 20, 0.5)
    rng = np.random.default_rng(1)
    first = course(time_s, (-80, 0), (8.0, 0.0)) + rng.normal(0, 0.7, (len(time_s), 2))
    second = course(time_s, (0, -80), (0.0, 8.0)) + rng.normal(0, 0.7, (len(time_s), 2))
    both = observed(np.tile(time_s, 2), np.concatenate([first, second]), sigma_m=0.7)
    tracks = track_vehicles(both, TrackingParams(acceleration_mps2=0.7))
    assert set(tracks.track_index.tolist()) == {0, 1}
    for number, speed in ((0, (8.0, 0.0)), (1, (0.0, 8.0))):
        rows = tracks.track_index == number
        drift_m = np.array([np.ptp(tracks.lon_deg[rows]) * EAST_M, np.ptp(tracks.lat_deg[rows]) * NORTH_M])
        assert drift_m[int(speed[0] == 0.0)] > 120
        assert drift_m[int(speed[0] != 0.0)] < 12


def test_a_gap_longer_than_allowed_ends_a_track():
    time_s = np.concatenate([np.arange(0, 5, 0.5), np.arange(30, 35, 0.5)])
    tracks = track_vehicles(observed(time_s, course(time_s, (0, 0), (2.0, 0.0))), TrackingParams())
    assert sorted(set(tracks.track_index.tolist())) == [0, 1]


def test_a_short_gap_does_not():
    time_s = np.concatenate([np.arange(0, 5, 0.5), np.arange(7, 12, 0.5)])
    tracks = track_vehicles(observed(time_s, course(time_s, (0, 0), (5.0, 0.0))), TrackingParams())
    assert set(tracks.track_index.tolist()) == {0}


def test_scattered_false_alarms_make_no_track():
    rng = np.random.default_rng(2)
    time_s = np.arange(0, 20, 1.0)
    points = rng.uniform(-5000, 5000, (len(time_s), 2))
    assert len(track_vehicles(observed(time_s, points), TrackingParams())) == 0


def test_a_vehicle_that_stops_is_a_stop_where_it_stood():
    time_s = np.arange(0, 40, 0.5)
    east = np.interp(time_s, [0, 10, 30, 40], [0, 80, 80, 160])
    points = np.stack([east, np.zeros_like(east)], axis=-1)
    tracks = track_vehicles(observed(time_s, points, sigma_m=0.5), TrackingParams())
    stops = find_stops(tracks)
    assert len(stops) == 1
    assert (stops.lon_deg[0] - LON) * EAST_M == pytest.approx(80, abs=2)
    assert 14e6 <= stops.until_us[0] - stops.from_us[0] <= 21e6


def test_no_tracks_have_no_stops_and_bad_limits_are_refused():
    empty = track_vehicles(observed(np.zeros(0), np.zeros((0, 2))), TrackingParams())
    assert len(empty) == 0
    assert len(find_stops(empty)) == 0
    with pytest.raises(InputError, match="positive"):
        find_stops(empty, at_least_s=0.0)


def test_reports_without_a_place_or_a_usable_frame_are_left_out():
    frames = unknown_frames(3)
    reports = TargetTable(
        frame_index=np.array([0, 1, 7], np.int64),
        target_id=np.array([4, 4, 4], np.int64),
        lon_deg=np.array([LON, np.nan, LON]),
        lat_deg=np.array([LAT, LAT, LAT]),
        hae_m=np.full(3, np.nan),
        row_px=np.full(3, np.nan),
        col_px=np.full(3, np.nan),
        confidence=np.full(3, np.nan),
    )
    assert len(from_reports(reports, frames, sigma_m=2.0)) == 0
    with pytest.raises(InputError, match="scatter"):
        from_reports(reports, frames, sigma_m=0.0)


@pytest.mark.parametrize("name", sorted(RANGES))
def test_an_assumption_outside_its_range_is_refused_by_name(name):
    values = {name: RANGES[name][1] * 2}
    with pytest.raises(InputError, match=name):
        TrackingParams(**values)  # one field by its name


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 40))
def test_every_observation_is_in_at_most_one_track_and_tracks_move_forward_in_time(seed, count):
    rng = np.random.default_rng(seed)
    time_s = rng.integers(0, 8, count) * 0.5
    tracks = track_vehicles(observed(time_s, rng.uniform(-30, 30, (count, 2)), 2.0), TrackingParams())
    assert len(set(tracks.frame_index.tolist())) == len(tracks)
    for number in set(tracks.track_index.tolist()):
        rows = tracks.track_index == number
        assert rows.sum() >= TrackingParams().confirm_after
        assert (np.diff(tracks.time_us[rows]) > 0).all()
