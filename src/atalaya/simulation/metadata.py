"""What the metadata says of a flight: the reported pose, and from it frame centre and corners."""

import math

import numpy as np
from numpy.typing import NDArray

from atalaya.model.frame import FrameTable, unknown_frames
from atalaya.simulation.camera import Camera, Poses, view_of
from atalaya.simulation.landform import Surface
from atalaya.simulation.local_frame import LocalFrame
from atalaya.units import MetresArray

GEOID_UNDULATION_M = -27.7
"""Height of the geoid above the ellipsoid, one constant for the whole scene: hae = msl + this."""


def reported_frames(
    frame: LocalFrame,
    surface: Surface,
    camera: Camera,
    time_s: NDArray[np.float64],
    said: Poses,
    start_us: int,
) -> FrameTable:
    """The metadata, with frame centre and corners as an autopilot works them out from its own belief.

    Args:
        frame: of the scene.
        surface: its bare ground.
        camera: of the pictures.
        time_s: (N,) of the frames, from 0.
        said: the poses as the aircraft believes them.
        start_us: time of the first frame.

    Returns:
        One row a frame; centre, corners and range are NaN where a ray meets no ground.
    """
    ground_m, slant_m = _centre_and_corners(frame, surface, camera, said)
    lon_deg, lat_deg, hae_m = frame.to_geodetic(ground_m)
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


def _centre_and_corners(
    frame: LocalFrame, surface: Surface, camera: Camera, poses: Poses
) -> tuple[MetresArray, MetresArray]:
    """(N, 5, 3) local points of the centre and the picture's outer corners, and the (N,) slant range."""
    width, height = camera.width_px, camera.height_px
    x_px = np.array([(width - 1) / 2.0, -0.5, width - 0.5, width - 0.5, -0.5])
    y_px = np.array([(height - 1) / 2.0, -0.5, -0.5, height - 0.5, height - 0.5])
    rays = camera.directions(x_px, y_px)
    ground_m, slant_m = np.empty((len(poses), 5, 3)), np.empty(len(poses))
    for row in range(len(poses)):
        view = view_of(poses, row, frame)
        ground_m[row] = surface.cast(view.origin_m, rays @ view.axes.T)
        slant_m[row] = np.linalg.norm(ground_m[row, 0] - view.origin_m)
    return ground_m, slant_m
