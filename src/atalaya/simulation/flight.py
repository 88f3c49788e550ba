"""One unarmed look around: an aircraft of the MQ-9's size turns about the scene and its sensor stares.

The aircraft flies one continuous arc at 95 m/s, about 1.5 km above the ground and as far to the side; the
sensor goes round four stare points (both laboratories, the farm, the parked lorries) several times, so
that each is seen in many frames from several directions. The true pose makes the picture; the reported
pose, with errors that drift slowly, is all that the metadata says.
"""

import itertools
import math
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from atalaya.errors import InputError
from atalaya.model.frame import FrameTable, unknown_frames
from atalaya.model.instants import to_microseconds
from atalaya.simulation.camera import Camera, Poses, angles_of, turn, view_of
from atalaya.simulation.world import World
from atalaya.units import Degrees, Metres, MetresArray, Seconds

SPEED_MPS = 95.0
TURN_RADIUS_M = 1500.0
ABOVE_GROUND_M = 1560.0
HFOV_DEG = 9.2
CYCLE_S = 13.5
"""Seconds for one round of all stare points."""
DWELL_SHARE = 0.68
"""Of a stare point's time; the rest is the slew to the next."""
GEOID_UNDULATION_M = -27.7
"""Height of the geoid above the ellipsoid, one constant for the whole scene: hae = msl + this."""
GRAVITY_MPS2 = 9.81


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
        errors = (
            self.east_north_m,
            self.up_m,
            self.heading_deg,
            self.pitch_deg,
            self.roll_deg,
            self.gimbal_deg,
        )
        if not (all(error >= 0.0 for error in errors) and self.correlation_s > 0.0):
            raise InputError(f"pose errors are >= 0 and their time constant is > 0: {self}")


NO_NOISE = PoseNoise(east_north_m=0.0, up_m=0.0, heading_deg=0.0, pitch_deg=0.0, roll_deg=0.0, gimbal_deg=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flight:
    """What was flown and what was said about it.

    Args:
        time_s: (N,) seconds since the start. target_m: (N, 3) where the sensor was aimed, local metres.
        true: the poses that make the pictures. reported: the metadata, as it will be encoded.
    """

    camera: Camera
    time_s: NDArray[np.float64]
    target_m: MetresArray
    true: Poses
    reported: FrameTable


def fly(
    rng: np.random.Generator,
    world: World,
    camera: Camera,
    *,
    start: datetime,
    duration_s: Seconds,
    fps: float,
    noise: PoseNoise,
) -> Flight:
    """Fly the arc and report it.

    Args:
        rng: of the stare's drift, the arc and the reported errors.
        world: what is looked at.
        camera: what it is looked at with.
        start: aware; item 2 of the first frame.
        duration_s: of the clip [s]; one round of the stare points is flown for every `CYCLE_S` of it.
        fps: frames a second.
        noise: of what is reported.

    Raises:
        InputError: no frame fits into the duration, or the start is naive.
    """
    count = round(duration_s * fps) if fps > 0.0 else 0
    if count < 1:
        raise InputError(f"{duration_s} s at {fps} frames/s is no clip")
    time_s = np.arange(count) / fps
    target_m = _stares(rng, world, time_s, duration_s)
    true = _arc(rng, world, time_s, target_m)
    reported = _report(rng, world, camera, time_s, true, noise, to_microseconds(start))
    return Flight(camera=camera, time_s=time_s, target_m=target_m, true=true, reported=reported)


def _stares(
    rng: np.random.Generator, world: World, time_s: NDArray[np.float64], duration_s: Seconds
) -> MetresArray:
    """(N, 3) aim points: rounds of the four places by the shortest way, drifting a little at each."""
    layout = world.layout
    first, *others = (layout.camouflaged_m, layout.industrial_m, layout.farm_m, layout.lorries_m)
    rounds = [np.stack([first, *order]) for order in itertools.permutations(others)]
    stops = min(rounds, key=lambda stop: float(np.linalg.norm(stop - np.roll(stop, 1, axis=0), axis=1).sum()))
    visits = max(1, round(duration_s / CYCLE_S)) * len(stops)
    phase = time_s / duration_s * visits
    visit = np.floor(phase).astype(np.intp)
    slewed = np.clip((phase - visit - DWELL_SHARE) / (1.0 - DWELL_SHARE), 0.0, 1.0)
    eased = (slewed**2 * (3.0 - 2.0 * slewed))[:, None]
    here, there = stops[visit % len(stops)], stops[(visit + 1) % len(stops)]
    begin_rad = rng.uniform(0.0, 2.0 * math.pi, 2)
    drift_m = 16.0 * np.sin(time_s[:, None] * (0.9, 1.3) + begin_rad)
    return world.on_ground(here + eased * (there - here) + drift_m)


def _arc(rng: np.random.Generator, world: World, time_s: NDArray[np.float64], target_m: MetresArray) -> Poses:
    """True poses: a level, banked turn about the middle, the sensor held level on its aim."""
    side = float(rng.choice([-1.0, 1.0]))
    angle = float(rng.uniform(0.0, 2.0 * math.pi)) + side * SPEED_MPS / TURN_RADIUS_M * time_s
    ground_m = float(np.median(world.surface.up_at(target_m[:, 0], target_m[:, 1])))
    up_m = ground_m + ABOVE_GROUND_M + 4.0 * np.sin(time_s / 7.0)
    place_m = np.stack([TURN_RADIUS_M * np.sin(angle), TURN_RADIUS_M * np.cos(angle), up_m], axis=1)
    lon_deg, lat_deg, hae_m = world.frame.to_geodetic(place_m)
    sway = np.sin(time_s[:, None] / (3.1, 4.3, 2.7) + rng.uniform(0.0, 2.0 * math.pi, 3))
    heading_deg = (np.degrees(angle) + side * 90.0 + 0.4 * sway[:, 0]) % 360.0
    pitch_deg = 2.4 + 0.3 * sway[:, 1]
    bank_deg = math.degrees(math.atan(SPEED_MPS**2 / (GRAVITY_MPS2 * TURN_RADIUS_M)))
    roll_deg = side * bank_deg + 0.5 * sway[:, 2]
    gimbal = np.empty((time_s.size, 3))
    for row in range(time_s.size):
        to_local = world.frame.from_ned_at(float(lon_deg[row]), float(lat_deg[row]))
        north, east, down = to_local.T @ (target_m[row] - place_m[row])
        azimuth_deg, depression_deg = (
            math.degrees(math.atan2(east, north)),
            math.degrees(math.atan2(down, math.hypot(north, east))),
        )
        platform = turn(float(heading_deg[row]), float(pitch_deg[row]), float(roll_deg[row]))
        gimbal[row] = angles_of(platform.T @ turn(azimuth_deg, -depression_deg, 0.0))
    return Poses(
        lon_deg=lon_deg,
        lat_deg=lat_deg,
        hae_m=hae_m,
        platform_heading_deg=heading_deg,
        platform_pitch_deg=pitch_deg,
        platform_roll_deg=roll_deg,
        sensor_azimuth_deg=gimbal[:, 0] % 360.0,
        sensor_elevation_deg=gimbal[:, 1],
        sensor_roll_deg=gimbal[:, 2] % 360.0,
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


def report_poses(
    rng: np.random.Generator, world: World, time_s: NDArray[np.float64], true: Poses, noise: PoseNoise
) -> Poses:
    """The poses as the aircraft believes them: truth plus errors that drift."""

    def drift(sigma: float) -> NDArray[np.float64]:
        return _drifting(rng, time_s, sigma, noise.correlation_s)

    east_m, north_m = drift(noise.east_north_m), drift(noise.east_north_m)
    # metres to degrees of a sphere: an error's error of 0.3 % does not matter
    lon_per_m = 1.0 / (111320.0 * math.cos(math.radians(world.frame.lat_deg)))
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


def _report(
    rng: np.random.Generator,
    world: World,
    camera: Camera,
    time_s: NDArray[np.float64],
    true: Poses,
    noise: PoseNoise,
    start_us: int,
) -> FrameTable:
    """The metadata, with frame centre and corners as an autopilot works them out from its own belief."""
    said = report_poses(rng, world, time_s, true, noise)
    ground_m, slant_m = _centre_and_corners(world, camera, said)
    lon_deg, lat_deg, hae_m = world.frame.to_geodetic(ground_m)
    count = time_s.size
    columns = unknown_frames(count).columns() | {
        "time_us": start_us + np.round(time_s * 1e6).astype(np.int64),
        "pts_s": time_s.copy(),
        "checksum_ok": np.ones(count, dtype=np.bool_),
        "platform_heading_deg": said.platform_heading_deg,
        "platform_pitch_deg": said.platform_pitch_deg,
        "platform_roll_deg": said.platform_roll_deg,
        "sensor_lon_deg": said.lon_deg,
        "sensor_lat_deg": said.lat_deg,
        "sensor_hae_m": said.hae_m,
        "sensor_msl_m": said.hae_m - GEOID_UNDULATION_M,
        "hfov_deg": np.full(count, camera.hfov_deg),
        "vfov_deg": np.full(count, camera.vfov_deg),
        "sensor_azimuth_deg": said.sensor_azimuth_deg,
        "sensor_elevation_deg": said.sensor_elevation_deg,
        "sensor_roll_deg": said.sensor_roll_deg,
        "slant_range_m": slant_m,
        "target_width_m": 2.0 * slant_m * math.tan(math.radians(camera.hfov_deg) / 2.0),
        "centre_lon_deg": lon_deg[:, 0],
        "centre_lat_deg": lat_deg[:, 0],
        "centre_hae_m": hae_m[:, 0],
        "centre_msl_m": hae_m[:, 0] - GEOID_UNDULATION_M,
        "corner_lon_deg": lon_deg[:, 1:],
        "corner_lat_deg": lat_deg[:, 1:],
    }
    return FrameTable(**columns)


def _centre_and_corners(world: World, camera: Camera, poses: Poses) -> tuple[MetresArray, MetresArray]:
    """(N, 5, 3) local points of the centre and the picture's outer corners, and the (N,) slant range."""
    width, height = camera.width_px, camera.height_px
    x_px = np.array([(width - 1) / 2.0, -0.5, width - 0.5, width - 0.5, -0.5])
    y_px = np.array([(height - 1) / 2.0, -0.5, -0.5, height - 0.5, height - 0.5])
    rays = camera.directions(x_px, y_px)
    ground_m, slant_m = np.empty((len(poses), 5, 3)), np.empty(len(poses))
    for row in range(len(poses)):
        view = view_of(poses, row, world.frame)
        ground_m[row] = world.surface.cast(view.origin_m, rays @ view.axes.T)
        slant_m[row] = np.linalg.norm(ground_m[row, 0] - view.origin_m)
    return ground_m, slant_m
