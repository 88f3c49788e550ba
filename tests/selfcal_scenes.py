"""Clips whose pose errors are known: a turning, rolling flight, said wrongly in a chosen way."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from atalaya.geo.ellipsoid import (
    east_north_m,
    ecef_from_geodetic,
    geodetic_from_ecef,
    rotation_ecef_from_ned,
    rotation_x,
    rotation_y,
    rotation_z,
)
from atalaya.geo.rays import cast_to_heights
from atalaya.georeg.pose import Poses, poses
from atalaya.model.frame import FrameTable
from terrain_scenes import level_frames


@dataclass(frozen=True, slots=True, kw_only=True)
class PoseTruth:
    """What is wrong with the packets, in the words of `Calibration`."""

    lag_s: float = 0.0
    heading_deg: float = 0.0
    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    roll_deg: float = 0.0
    motion: float = 1.0


def poses_of(frames: FrameTable) -> Poses:
    return poses(frames, absent_sensor_roll_deg=0.0)


def platform_angles_deg(time_s: NDArray[np.float64], motion: float) -> NDArray[np.float64]:
    """(3, N) heading, pitch, roll: turning, with gusts."""
    heading = 40.0 + motion * (1.5 * time_s + 4.0 * np.sin(0.5 * time_s))
    pitch = 3.0 + motion * 1.5 * np.sin(0.9 * time_s + 1.0)
    roll = motion * (4.0 * np.sin(0.7 * time_s) + 2.0 * np.sin(1.9 * time_s + 0.4))
    return np.stack([heading, pitch, roll])


def said_frames(truth: PoseTruth, count: int = 200, *, interval_s: float = 0.1) -> FrameTable:
    """The packets: what they say of a flight, their error in it."""
    time_s: NDArray[np.float64] = np.arange(count, dtype=np.float64) * interval_s
    heading, pitch, roll = platform_angles_deg(time_s - truth.lag_s, truth.motion)
    return level_frames(
        count,
        time_us=np.rint(1e12 + time_s * 1e6),
        platform_heading_deg=(heading - truth.heading_deg) % 360.0,
        platform_pitch_deg=pitch,
        platform_roll_deg=roll,
        sensor_lon_deg=-106.95 + 4e-5 * np.arange(count) * interval_s * 10.0,
        sensor_azimuth_deg=60.0 + 10.0 * np.sin(0.21 * time_s),
        sensor_elevation_deg=-35.0 + 8.0 * np.sin(0.33 * time_s),
    )


def true_rotations(truth: PoseTruth, said: FrameTable) -> NDArray[np.float64]:
    """(N, 3, 3) ECEF from camera, as it really was: derived apart from `georeg.calibrate`."""
    time_s = (said.time_us - said.time_us[0]) / 1e6
    angles = np.radians(platform_angles_deg(time_s, truth.motion))
    yaw, pitch, roll = np.radians([truth.yaw_deg, truth.pitch_deg, truth.roll_deg])
    platform = rotation_z(angles[0]) @ rotation_y(angles[1]) @ rotation_x(angles[2])
    sensor = rotation_z(np.radians(said.sensor_azimuth_deg)) @ rotation_y(
        np.radians(said.sensor_elevation_deg)
    )
    mount = rotation_z(yaw) @ rotation_y(pitch) @ rotation_x(roll)
    return rotation_ecef_from_ned(said.sensor_lon_deg, said.sensor_lat_deg) @ platform @ sensor @ mount


def with_true_centres(
    truth: PoseTruth,
    said: FrameTable,
    rng: np.random.Generator,
    *,
    noise_deg: float = 0.02,
    outlier_share: float = 0.0,
    ground_hae_m: float = 300.0,
) -> FrameTable:
    """The packets with the centres that the camera really looked at, each a little (or grossly) off."""
    rotation = true_rotations(truth, said)
    off_deg = noise_deg * rng.standard_normal((len(said), 2))
    gross = rng.random(len(said)) < outlier_share
    off_deg[gross] += rng.uniform(2.0, 6.0, (int(gross.sum()), 2)) * rng.choice([-1.0, 1.0], (gross.sum(), 2))
    axis = np.stack([np.ones(len(said)), *np.tan(np.radians(off_deg)).T], axis=-1)
    origin_m = ecef_from_geodetic(said.sensor_lon_deg, said.sensor_lat_deg, said.sensor_hae_m)
    hit_m = cast_to_heights(
        origin_m, np.einsum("nij,nj->ni", rotation, axis), np.full(len(said), ground_hae_m)
    )
    lon_deg, lat_deg, hae_m = geodetic_from_ecef(hit_m)
    return replace(
        said,
        centre_lon_deg=lon_deg,
        centre_lat_deg=lat_deg,
        centre_hae_m=hae_m,
        slant_range_m=np.linalg.norm(hit_m - origin_m, axis=1),
    )


def centres_clip(
    truth: PoseTruth, seed: int, count: int = 200, *, interval_s: float = 0.1, **options: float
) -> FrameTable:
    """A clip with frame centres."""
    said = said_frames(truth, count, interval_s=interval_s)
    return with_true_centres(truth, said, np.random.default_rng(seed), **options)


def apart_m(camera: Poses, rotation: NDArray[np.float64], ground_hae_m: float = 300.0) -> NDArray[np.float64]:
    """(N,) distance on the ground between two optical axes of the same sensor."""
    height_m = np.full(len(camera), ground_hae_m)
    first, second = (
        geodetic_from_ecef(cast_to_heights(camera.origin_ecef_m, turned[:, :, 0], height_m))
        for turned in (camera.rotation_ecef_from_camera, rotation)
    )
    return np.linalg.norm(east_north_m(first[0], first[1], second[0], second[1]), axis=-1)
