"""The simulated sensor: where each pixel looks, and where each place falls in the picture.

One pinhole, square pixels, no distortion. Axes of platform and sensor: x forward, y right, z down; the
world is north, east, down at the sensor. A vector of the sensor becomes one of the world by
Rz(heading) Ry(pitch) Rx(roll) Rz(azimuth) Ry(elevation) Rx(sensor roll), as ST 0601 means its angles.
Pixels count from 0 at the middle of the upper left one, so the optical axis is at ((W - 1) / 2, (H - 1) / 2).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.errors import InputError
from atalaya.model.columns import Columns
from atalaya.simulation.local_frame import LocalFrame
from atalaya.units import Degrees, DegreesArray, MetresArray, Pixels, PixelsArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """Size of the picture and its angle across.

    Raises:
        InputError: no picture, or an angle outside 0..120 deg.
    """

    width_px: int
    height_px: int
    hfov_deg: Degrees

    def __post_init__(self) -> None:
        if self.width_px < 2 or self.height_px < 2 or not 0.0 < self.hfov_deg < 120.0:
            raise InputError(
                f"no camera is {self.width_px} x {self.height_px} px, {self.hfov_deg} deg across"
            )

    @property
    def focal_px(self) -> Pixels:
        """Focal length in pixels."""
        return 0.5 * self.width_px / math.tan(math.radians(self.hfov_deg) / 2.0)

    @property
    def vfov_deg(self) -> Degrees:
        """Angle from top to bottom edge."""
        return math.degrees(2.0 * math.atan(0.5 * self.height_px / self.focal_px))

    def directions(self, x_px: PixelsArray, y_px: PixelsArray) -> NDArray[np.float64]:
        """(..., 3) forward, right, down vectors of pixels; forward is 1."""
        right = (x_px - (self.width_px - 1) / 2.0) / self.focal_px
        down = (y_px - (self.height_px - 1) / 2.0) / self.focal_px
        return np.stack(np.broadcast_arrays(1.0, right, down), axis=-1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Poses(Columns):
    """Where the sensor was and how it looked, one row per frame, N first; angles as in the FrameTable."""

    lon_deg: DegreesArray
    lat_deg: DegreesArray
    hae_m: MetresArray
    platform_heading_deg: DegreesArray
    platform_pitch_deg: DegreesArray
    platform_roll_deg: DegreesArray
    sensor_azimuth_deg: DegreesArray
    sensor_elevation_deg: DegreesArray
    sensor_roll_deg: DegreesArray


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One frame's sensor in the scene's local metres.

    Args:
        origin_m: (3,) east, north, up. axes: (3, 3) sensor vector → local vector; its columns are forward,
            right and down.
    """

    origin_m: MetresArray
    axes: NDArray[np.float64]

    def project(self, camera: Camera, points_m: MetresArray) -> PixelsArray:
        """(N, 2) x, y pixels of (N, 3) local points; NaN behind the sensor."""
        forward, right, down = ((points_m - self.origin_m) @ self.axes).T
        ahead = np.where(forward > 0.0, forward, np.nan)
        x_px = (camera.width_px - 1) / 2.0 + camera.focal_px * right / ahead
        return np.stack([x_px, (camera.height_px - 1) / 2.0 + camera.focal_px * down / ahead], axis=1)


def turn(yaw_deg: Degrees, pitch_deg: Degrees, roll_deg: Degrees) -> NDArray[np.float64]:
    """(3, 3) Rz(yaw) Ry(pitch) Rx(roll)."""
    sy, sp, sr = (math.sin(math.radians(angle)) for angle in (yaw_deg, pitch_deg, roll_deg))
    cy, cp, cr = (math.cos(math.radians(angle)) for angle in (yaw_deg, pitch_deg, roll_deg))
    return np.array(
        [
            [cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr],
            [sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr],
            [-sp, cp * sr, cp * cr],
        ]
    )


def angles_of(rotation: NDArray[np.float64]) -> tuple[Degrees, Degrees, Degrees]:
    """Yaw, pitch, roll [deg] of a rotation; the inverse of `turn` for pitch within ±90."""
    yaw = math.atan2(rotation[1, 0], rotation[0, 0])
    pitch = math.asin(max(-1.0, min(1.0, -float(rotation[2, 0]))))
    return math.degrees(yaw), math.degrees(pitch), math.degrees(math.atan2(rotation[2, 1], rotation[2, 2]))


def view_of(poses: Poses, row: int, frame: LocalFrame) -> View:
    """The sensor of one row in local metres."""
    platform = turn(
        float(poses.platform_heading_deg[row]),
        float(poses.platform_pitch_deg[row]),
        float(poses.platform_roll_deg[row]),
    )
    sensor = turn(
        float(poses.sensor_azimuth_deg[row]),
        float(poses.sensor_elevation_deg[row]),
        float(poses.sensor_roll_deg[row]),
    )
    one = slice(row, row + 1)
    origin_m = frame.to_enu(poses.lon_deg[one], poses.lat_deg[one], poses.hae_m[one])[0]
    to_local = frame.from_ned_at(float(poses.lon_deg[row]), float(poses.lat_deg[row]))
    return View(origin_m=origin_m, axes=to_local @ platform @ sensor)
