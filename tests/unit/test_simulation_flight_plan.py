"""Flights as they are asked for: ground sampling, angle off nadir, azimuths, parallax or none."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atalaya.errors import InputError
from atalaya.model.looks import azimuth_bin
from atalaya.simulation.camera import view_of
from atalaya.simulation.flight_plan import FASTEST_MPS, FlightPath, camera_of, frame_times, plan_path
from atalaya.simulation.local_frame import LocalFrame
from atalaya.simulation.scene_spec import FlightKind, FlightSpec

FRAME = LocalFrame(lon_deg=-107.2, lat_deg=24.95, hae_m=500.0)
ORBIT = FlightSpec(kind=FlightKind.ORBIT, duration_s=80.0, fps=0.4, heading_deg=37.0)


def hills_m(east_m: np.ndarray, north_m: np.ndarray) -> np.ndarray:
    return 20.0 * np.sin(east_m / 150.0) + 15.0 * np.cos(north_m / 120.0)


def path_of(spec: FlightSpec, seed: int = 3, aim: tuple[float, float] = (40.0, -25.0)) -> FlightPath:
    return plan_path(np.random.default_rng(seed), spec, FRAME, hills_m, aim)


def looks_deg(path: FlightPath) -> tuple[np.ndarray, np.ndarray]:
    """Azimuth of each look at the aim, and its angle off nadir there."""
    poses = path.poses(frame_times(path.spec))
    origins = np.array([view_of(poses, row, FRAME).origin_m for row in range(len(poses))])
    to_aim = path.aim_m - origins
    azimuth = np.degrees(np.arctan2(to_aim[:, 0], to_aim[:, 1])) % 360.0
    return azimuth, np.degrees(np.arctan2(np.hypot(to_aim[:, 0], to_aim[:, 1]), -to_aim[:, 2]))


@settings(max_examples=40, deadline=None)
@given(
    kind=st.sampled_from([FlightKind.ORBIT, FlightKind.ARC, FlightKind.STARE]),
    gsd_m=st.floats(0.1, 0.5),
    off_nadir_deg=st.floats(5.0, 55.0),
    height_m=st.floats(700.0, 3000.0),
)
def test_the_aim_is_seen_with_the_gsd_and_the_angle_that_were_asked_for(kind, gsd_m, off_nadir_deg, height_m):
    spec = FlightSpec(
        kind=kind,
        gsd_m=gsd_m,
        off_nadir_deg=off_nadir_deg,
        height_m=height_m,
        duration_s=200.0,
        fps=0.1,
    )
    path, camera = path_of(spec), camera_of(spec)
    azimuth_deg, found_deg = looks_deg(path)
    assert np.abs(found_deg - off_nadir_deg).max() < 0.3
    poses = path.poses(frame_times(spec))
    for row in range(len(poses)):
        across = np.radians(azimuth_deg[row] + 90.0)
        beside_m = path.aim_m + gsd_m * np.array([np.sin(across), np.cos(across), 0.0])
        pixels = view_of(poses, row, FRAME).project(camera, np.stack([path.aim_m, beside_m]))
        assert np.hypot(*(pixels[1] - pixels[0])) == pytest.approx(1.0, abs=0.01)
        assert pixels[0] == pytest.approx([959.5, 539.5], abs=0.02)


def test_an_orbit_looks_from_every_side_and_begins_where_it_was_asked_to():
    azimuth_deg, _ = looks_deg(path_of(ORBIT))
    assert set(azimuth_bin(azimuth_deg).tolist()) == set(range(8))
    assert azimuth_deg[0] == pytest.approx(37.0, abs=0.1)
    steps = np.diff(np.unwrap(azimuth_deg, period=360.0))
    assert steps == pytest.approx(360.0 / 32, abs=0.2)


def test_an_arc_goes_as_far_round_as_asked():
    azimuth_deg, _ = looks_deg(path_of(replace(ORBIT, kind=FlightKind.ARC, arc_deg=90.0)))
    assert np.ptp(np.unwrap(azimuth_deg, period=360.0)) == pytest.approx(90.0 * 31 / 32, abs=0.2)


def test_a_stare_has_no_parallax():
    azimuth_deg, _ = looks_deg(path_of(replace(ORBIT, kind=FlightKind.STARE)))
    assert np.ptp(azimuth_deg) < 0.1


def test_in_a_pass_the_ground_slides_through_the_picture_at_the_speed_of_the_flight():
    spec = replace(ORBIT, kind=FlightKind.PASS, duration_s=10.0, fps=1.0, speed_mps=60.0)
    path = path_of(spec)
    targets_m = path.targets_m(frame_times(spec))
    assert np.linalg.norm(np.diff(targets_m, axis=0), axis=1) == pytest.approx(60.0)
    assert targets_m[5] == pytest.approx(path.aim_m)
    azimuth_deg, _ = looks_deg(path)
    assert azimuth_deg[5] == pytest.approx(37.0 + 90.0, abs=0.2)  # to the right of its course


def test_the_speed_of_a_turn_follows_from_its_way_and_its_time():
    path = path_of(ORBIT)
    place_m, _, bank_deg = path.way(np.array([10.0, 10.1]))
    assert path.speed_mps == pytest.approx(np.linalg.norm(place_m[1] - place_m[0]) / 0.1, rel=1e-3)
    assert 20.0 < bank_deg <= 35.0


def test_turbulent_air_turns_the_platform_and_not_the_picture():
    calm, gusty = (path_of(replace(ORBIT, turbulence=share)) for share in (0.0, 1.0))
    time_s = np.arange(0.0, 60.0, 0.25)
    rates = [
        np.abs(np.gradient(path.poses(time_s).platform_roll_deg, time_s)).max() for path in (calm, gusty)
    ]
    assert rates[0] < 0.3
    assert 2.0 < rates[1] < 3.0
    poses = gusty.poses(time_s[:20])
    for row in range(20):
        pixel = view_of(poses, row, FRAME).project(camera_of(gusty.spec), gusty.aim_m[None])
        assert pixel[0] == pytest.approx([959.5, 539.5], abs=0.02)


def test_the_same_state_gives_the_same_bytes():
    first, again = (path_of(ORBIT).poses(frame_times(ORBIT)) for _ in range(2))
    other = path_of(ORBIT, seed=4).poses(frame_times(ORBIT))
    assert all(first.columns()[name].tobytes() == again.columns()[name].tobytes() for name in first.columns())
    assert first.platform_roll_deg.tobytes() != other.platform_roll_deg.tobytes()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"duration_s": 8.0}, f"at most {FASTEST_MPS:.0f} are flown: take"),
        ({"off_nadir_deg": 1.0}, "straight down is a pass or a stare"),
    ],
)
def test_a_flight_that_cannot_be_flown_is_refused_with_what_to_do(changes, words):
    with pytest.raises(InputError, match=words):
        path_of(replace(ORBIT, **changes))


def test_a_way_into_a_hillside_is_refused():
    with pytest.raises(InputError, match="of the ground"):
        plan_path(
            np.random.default_rng(0), ORBIT, FRAME, lambda east_m, _north_m: 2.0 * abs(east_m), (0.0, 0.0)
        )


def test_a_clip_without_a_frame_is_refused():
    with pytest.raises(InputError, match="no clip"):
        frame_times(replace(ORBIT, duration_s=0.5, fps=0.5))
