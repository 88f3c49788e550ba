"""What is reported of a pose: late, askew and drifting by as much as was asked for."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atalaya.errors import InputError
from atalaya.simulation.camera import turn
from atalaya.simulation.flight_plan import FlightPath, frame_times, plan_path
from atalaya.simulation.local_frame import LocalFrame
from atalaya.simulation.pose_errors import NO_BIAS, NO_NOISE, PoseBias, PoseNoise, biased_poses, report_poses
from atalaya.simulation.scene_spec import FlightKind, FlightSpec

FRAME = LocalFrame(lon_deg=-107.2, lat_deg=24.95, hae_m=500.0)
SPEC = FlightSpec(kind=FlightKind.ORBIT, duration_s=90.0, fps=0.2)


def flown() -> FlightPath:
    flat = lambda east_m, _north_m: np.zeros_like(east_m)  # noqa: E731
    return plan_path(np.random.default_rng(1), SPEC, FRAME, flat, (0.0, 0.0))


@settings(max_examples=25, deadline=None)
@given(
    lag_s=st.floats(-0.5, 0.5),
    degrees=st.tuples(*[st.floats(-3.0, 3.0)] * 4),
    metres=st.tuples(*[st.floats(-30.0, 30.0)] * 3),
)
def test_the_correction_of_a_self_calibration_undoes_the_constant_errors(lag_s, degrees, metres):
    path, time_s = flown(), frame_times(SPEC)
    bias = PoseBias(
        attitude_lag_s=lag_s,
        heading_bias_deg=degrees[0],
        boresight_yaw_deg=degrees[1],
        boresight_pitch_deg=degrees[2],
        boresight_roll_deg=degrees[3],
        sensor_east_m=metres[0],
        sensor_north_m=metres[1],
        sensor_up_m=metres[2],
    )
    true = path.poses(time_s)
    gimbal = biased_poses(FRAME, time_s, path.poses, bias)  # said with the frame itself: place and gimbal
    platform = biased_poses(FRAME, time_s + lag_s, path.poses, bias)  # said `lag` later: platform's attitude
    there_m = FRAME.to_enu(gimbal.lon_deg, gimbal.lat_deg, gimbal.hae_m) + np.array(metres)
    assert np.abs(there_m - FRAME.to_enu(true.lon_deg, true.lat_deg, true.hae_m)).max() < 1e-6
    for row in range(len(true)):
        said = turn(
            platform.platform_heading_deg[row] + degrees[0],
            platform.platform_pitch_deg[row],
            platform.platform_roll_deg[row],
        ) @ turn(
            gimbal.sensor_azimuth_deg[row], gimbal.sensor_elevation_deg[row], gimbal.sensor_roll_deg[row]
        )
        really = turn(
            true.platform_heading_deg[row], true.platform_pitch_deg[row], true.platform_roll_deg[row]
        ) @ turn(true.sensor_azimuth_deg[row], true.sensor_elevation_deg[row], true.sensor_roll_deg[row])
        assert np.abs(said @ turn(*degrees[1:]) - really).max() < 1e-10


def test_a_lag_makes_the_platform_late_and_nothing_else():
    path, time_s = flown(), frame_times(SPEC)
    true, late = path.poses(time_s), biased_poses(FRAME, time_s, path.poses, PoseBias(attitude_lag_s=0.06))
    behind_deg = (true.platform_heading_deg - late.platform_heading_deg + 180.0) % 360.0 - 180.0
    assert behind_deg.mean() == pytest.approx(0.06 * 360.0 / 90.0, rel=0.05)
    assert late.lon_deg == pytest.approx(true.lon_deg, abs=1e-11)
    assert late.sensor_elevation_deg == pytest.approx(true.sensor_elevation_deg, abs=1e-9)


def test_no_errors_report_the_truth():
    path, time_s = flown(), frame_times(SPEC)
    true = path.poses(time_s)
    said = report_poses(
        np.random.default_rng(0), FRAME, time_s, biased_poses(FRAME, time_s, path.poses, NO_BIAS), NO_NOISE
    )
    for name, column in said.columns().items():
        apart = (column - true.columns()[name] + 180.0) % 360.0 - 180.0 if name.endswith("_deg") else 0.0
        assert np.abs(apart).max() < 1e-9, name


def test_what_drifts_has_the_sigma_that_was_asked_for():
    time_s = np.arange(4000) * 0.5
    true = flown().poses(np.zeros(4000))
    noise = PoseNoise(east_north_m=5.0, up_m=2.0, heading_deg=0.1, roll_deg=0.0, correlation_s=1.0)
    said = report_poses(np.random.default_rng(5), FRAME, time_s, true, noise)
    apart_m = FRAME.to_enu(said.lon_deg, said.lat_deg, said.hae_m) - FRAME.to_enu(
        true.lon_deg, true.lat_deg, true.hae_m
    )
    assert apart_m.std(axis=0) == pytest.approx([5.0, 5.0, 2.0], rel=0.1)
    assert (said.platform_heading_deg - true.platform_heading_deg).std() == pytest.approx(0.1, rel=0.1)
    assert said.platform_roll_deg.tobytes() == true.platform_roll_deg.tobytes()
    drift = said.platform_heading_deg - true.platform_heading_deg
    assert np.corrcoef(drift[1:], drift[:-1])[0, 1] == pytest.approx(np.exp(-0.5), abs=0.08)


@pytest.mark.parametrize(
    "wrong", [{"attitude_lag_s": 9.0}, {"heading_bias_deg": float("nan")}, {"sensor_up_m": float("inf")}]
)
def test_errors_that_are_none_are_refused(wrong):
    with pytest.raises(InputError, match="finite"):
        replace(NO_BIAS, **wrong)
