"""What an aircraft believes of its own pose: the truth, late, askew, and with errors that drift.

What is constant is said in the words and signs of `model.calibration`: a perfect self-calibration of what is
reported here would answer with just these numbers.
"""

import math
from collections.abc import Callable
from dataclasses import astuple, dataclass, replace

import numpy as np
from numpy.typing import NDArray

from atalaya.errors import InputError
from atalaya.simulation.camera import Poses, angles_of, turn
from atalaya.simulation.local_frame import LocalFrame
from atalaya.units import Degrees, Metres, Seconds

LARGEST_LAG_S: Seconds = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PoseNoise:
    """One-sigma errors of what is reported; first-order Gauss-Markov, so they drift and do not average out.

    Args:
        east_north_m: each horizontal axis. up_m: height. heading_deg, pitch_deg, roll_deg: platform.
        gimbal_deg: each of the sensor's relative angles. correlation_s: time constant.
    """

    east_north_m: Metres = 3.0
    up_m: Metres = 4.0
    heading_deg: Degrees = 0.10
    pitch_deg: Degrees = 0.05
    roll_deg: Degrees = 0.05
    gimbal_deg: Degrees = 0.01
    correlation_s: Seconds = 20.0

    def __post_init__(self) -> None:
        errors = astuple(self)[:-1]
        if not (all(error >= 0.0 for error in errors) and self.correlation_s > 0.0):
            raise InputError(f"pose errors are >= 0 and their time constant is > 0: {self}")


NO_NOISE = PoseNoise(east_north_m=0.0, up_m=0.0, heading_deg=0.0, pitch_deg=0.0, roll_deg=0.0, gimbal_deg=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoseBias:
    """Constant errors of what is reported, each as the correction that undoes it.

    Args:
        attitude_lag_s: the platform's attitude of a moment is reported this much later.
        heading_bias_deg: what the reported heading lacks.
        boresight_yaw_deg, boresight_pitch_deg, boresight_roll_deg: turn from where the reported angles say
            that the camera looks to where it looks, about its own down, right and forward axes.
        sensor_east_m, sensor_north_m, sensor_up_m: what the reported place lacks.

    Raises:
        InputError: a number that is not finite, or a lag beyond `LARGEST_LAG_S` either way.
    """

    attitude_lag_s: Seconds = 0.0
    heading_bias_deg: Degrees = 0.0
    boresight_yaw_deg: Degrees = 0.0
    boresight_pitch_deg: Degrees = 0.0
    boresight_roll_deg: Degrees = 0.0
    sensor_east_m: Metres = 0.0
    sensor_north_m: Metres = 0.0
    sensor_up_m: Metres = 0.0

    def __post_init__(self) -> None:
        if not (all(map(math.isfinite, astuple(self))) and abs(self.attitude_lag_s) <= LARGEST_LAG_S):
            raise InputError(f"constant pose errors are finite, a lag at most {LARGEST_LAG_S} s: {self}")


NO_BIAS = PoseBias()


def report_poses(
    rng: np.random.Generator,
    frame: LocalFrame,
    time_s: NDArray[np.float64],
    true: Poses,
    noise: PoseNoise,
) -> Poses:
    """The poses as the aircraft believes them: truth plus errors that drift."""

    def drift(sigma: float) -> NDArray[np.float64]:
        return _drifting(rng, time_s, sigma, noise.correlation_s)

    east_m, north_m = drift(noise.east_north_m), drift(noise.east_north_m)
    # metres to degrees of a sphere: an error's error of 0.3 % does not matter
    lon_per_m = 1.0 / (111320.0 * math.cos(math.radians(frame.lat_deg)))
    return Poses(
        lon_deg=true.lon_deg + east_m * lon_per_m,
        lat_deg=true.lat_deg + north_m / 110800.0,
        hae_m=true.hae_m + drift(noise.up_m),
        platform_heading_deg=(true.platform_heading_deg + drift(noise.heading_deg)) % 360.0,
        platform_pitch_deg=true.platform_pitch_deg + drift(noise.pitch_deg),
        platform_roll_deg=true.platform_roll_deg + drift(noise.roll_deg),
        sensor_azimuth_deg=(true.sensor_azimuth_deg + drift(noise.gimbal_deg)) % 360.0,
        sensor_elevation_deg=true.sensor_elevation_deg + drift(noise.gimbal_deg),
        sensor_roll_deg=(true.sensor_roll_deg + drift(noise.gimbal_deg)) % 360.0,
    )


def biased_poses(
    frame: LocalFrame,
    time_s: NDArray[np.float64],
    poses_at: Callable[[NDArray[np.float64]], Poses],
    bias: PoseBias,
) -> Poses:
    """What would be reported with the constant errors alone.

    Args:
        frame: of the scene.
        time_s: (N,) of the frames.
        poses_at: the true poses at any times; asked at `time_s`, and that much earlier where attitude lags.
        bias: what is wrong.

    Returns:
        Poses that, corrected by `bias`, are the true ones: places to 1e-6 m, angles to 1e-9 deg (a test).
    """
    true, late = poses_at(time_s), poses_at(time_s - bias.attitude_lag_s)
    place_m = frame.to_enu(true.lon_deg, true.lat_deg, true.hae_m)
    said_m = place_m - (bias.sensor_east_m, bias.sensor_north_m, bias.sensor_up_m)
    lon_deg, lat_deg, hae_m = frame.to_geodetic(said_m)
    back = turn(bias.boresight_yaw_deg, bias.boresight_pitch_deg, bias.boresight_roll_deg).T
    angles = zip(
        true.sensor_azimuth_deg.tolist(),
        true.sensor_elevation_deg.tolist(),
        true.sensor_roll_deg.tolist(),
        strict=True,
    )
    gimbal_deg = np.array([angles_of(turn(*one) @ back) for one in angles]).reshape(-1, 3)
    return replace(
        true,
        lon_deg=lon_deg,
        lat_deg=lat_deg,
        hae_m=hae_m,
        platform_heading_deg=(late.platform_heading_deg - bias.heading_bias_deg) % 360.0,
        platform_pitch_deg=late.platform_pitch_deg,
        platform_roll_deg=late.platform_roll_deg,
        sensor_azimuth_deg=gimbal_deg[:, 0] % 360.0,
        sensor_elevation_deg=gimbal_deg[:, 1],
        sensor_roll_deg=gimbal_deg[:, 2] % 360.0,
    )


def _drifting(
    rng: np.random.Generator, time_s: NDArray[np.float64], sigma: float, correlation_s: Seconds
) -> NDArray[np.float64]:
    """(N,) first-order Gauss-Markov series, stationary from the first sample."""
    step_s = float(time_s[1] - time_s[0]) if time_s.size > 1 else 0.0
    kept = math.exp(-step_s / correlation_s)
    fresh = rng.standard_normal(time_s.size) * sigma
    series = fresh.copy()
    for row in range(1, time_s.size):
        series[row] = kept * series[row - 1] + math.sqrt(1.0 - kept * kept) * fresh[row]
    return series
