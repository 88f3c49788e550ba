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
from atalaya.model.frame import FrameTable
from atalaya.model.instants import to_microseconds
from atalaya.simulation.camera import Camera, Poses, angles_of, turn
from atalaya.simulation.local_frame import LocalFrame
from atalaya.simulation.metadata import reported_frames
from atalaya.simulation.pose_errors import PoseNoise, report_poses
from atalaya.simulation.world import World
from atalaya.units import MetresArray, Seconds

SPEED_MPS = 95.0
TURN_RADIUS_M = 1500.0
ABOVE_GROUND_M = 1560.0
HFOV_DEG = 9.2
CYCLE_S = 13.5
"""Seconds for one round of all stare points."""
DWELL_SHARE = 0.68
"""Of a stare point's time; the rest is the slew to the next."""
GRAVITY_MPS2 = 9.81


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
    said = report_poses(rng, world.frame, time_s, true, noise)
    reported = reported_frames(world.frame, world.surface, camera, time_s, said, to_microseconds(start))
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
    sway = np.sin(time_s[:, None] / (3.1, 4.3, 2.7) + rng.uniform(0.0, 2.0 * math.pi, 3))
    heading_deg = (np.degrees(angle) + side * 90.0 + 0.4 * sway[:, 0]) % 360.0
    pitch_deg = 2.4 + 0.3 * sway[:, 1]
    bank_deg = math.degrees(math.atan(SPEED_MPS**2 / (GRAVITY_MPS2 * TURN_RADIUS_M)))
    roll_deg = side * bank_deg + 0.5 * sway[:, 2]
    platform_deg = np.stack([heading_deg, pitch_deg, roll_deg], axis=1)
    return aimed_poses(world.frame, place_m, platform_deg, target_m)


def aimed_poses(
    frame: LocalFrame, place_m: MetresArray, platform_deg: NDArray[np.float64], target_m: MetresArray
) -> Poses:
    """Poses of an aircraft whose sensor is held on its aim, the picture's rows level.

    Args:
        frame: of the scene.
        place_m: (N, 3) of the aircraft, local metres.
        platform_deg: (N, 3) heading, pitch, roll.
        target_m: (N, 3) where the optical axis goes through.
    """
    lon_deg, lat_deg, hae_m = frame.to_geodetic(place_m)
    gimbal = np.empty((place_m.shape[0], 3))
    for row in range(place_m.shape[0]):
        to_local = frame.from_ned_at(float(lon_deg[row]), float(lat_deg[row]))
        north, east, down = to_local.T @ (target_m[row] - place_m[row])
        azimuth_deg, depression_deg = (
            math.degrees(math.atan2(east, north)),
            math.degrees(math.atan2(down, math.hypot(north, east))),
        )
        platform = turn(*platform_deg[row].tolist())
        gimbal[row] = angles_of(platform.T @ turn(azimuth_deg, -depression_deg, 0.0))
    return Poses(
        lon_deg=lon_deg,
        lat_deg=lat_deg,
        hae_m=hae_m,
        platform_heading_deg=platform_deg[:, 0].copy(),
        platform_pitch_deg=platform_deg[:, 1].copy(),
        platform_roll_deg=platform_deg[:, 2].copy(),
        sensor_azimuth_deg=gimbal[:, 0] % 360.0,
        sensor_elevation_deg=gimbal[:, 1],
        sensor_roll_deg=gimbal[:, 2] % 360.0,
    )
