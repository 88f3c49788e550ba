"""What poses are measured by on the shared streams: frame centres, corners, and packets left out one by one."""

from dataclasses import replace

import numpy as np
from scipy.spatial.transform import Rotation

from atalaya.geo.ellipsoid import east_north_m, geodetic_from_ecef
from atalaya.geo.rays import cast_to_heights
from atalaya.georeg.camera import camera_directions
from atalaya.georeg.interpolate import poses_at
from atalaya.georeg.pose import HeightReference, Poses, poses
from atalaya.ingest.frames import read_frames
from atalaya.ingest.stream import read_packets
from atalaya.model.frame import FrameTable
from shared_data import shared_file

CHEYENNE = "data/klv/real/cheyenne_c208b_2012.klv"
APHILL = "data/klv/real/aphill_klv_10s.ts"
OSH = "data/klv/sim/osh_vrsg_vmti.klv"
APHILL_CENTRE_M = 0.64
"""Height at which the slant ranges of that stream end, all 300 within 5 cm; it says none of the centre."""
SIZE_PX = (640, 480)
"""Of the OSH pictures."""
CORNERS = ((-1, -1), (1, -1), (1, 1), (-1, 1))
"""Right and down of each corner, in the order of ST 0601."""


def frames_of(path: str) -> FrameTable:
    """Usable rows of a shared stream, in the order of time, each time once."""
    frames = read_frames(read_packets([shared_file(path).read_bytes()]).packets)[0]
    frames = frames.take(frames.usable)
    return frames.take(np.concatenate([[True], np.diff(frames.time_us) > 0]))


def camera_of(frames: FrameTable) -> Poses:
    """Poses in the streams' own MSL datum; A.P. Hill says no roll of the sensor."""
    return poses(frames, heights=HeightReference.MSL_AS_HAE, absent_sensor_roll_deg=0.0)


def corner_errors_m(frames: FrameTable) -> np.ndarray:
    """(4, N) our corners, on the plane at the height of the frame centre, from the packet's own."""
    camera, (width_px, height_px) = camera_of(frames), SIZE_PX
    off_m = []
    for corner, (right, down) in enumerate(CORNERS):
        x_px, y_px = (0.5 * (1 + right) * width_px - 0.5, 0.5 * (1 + down) * height_px - 0.5)
        count = len(frames)
        seen = camera_directions(camera, np.full(count, x_px), np.full(count, y_px), width_px, height_px)
        direction = np.einsum("nij,nj->ni", camera.rotation_ecef_from_camera, seen)
        lon_deg, lat_deg, _ = geodetic_from_ecef(
            cast_to_heights(camera.origin_ecef_m, direction, _centre_height_m(frames))
        )
        off_m.append(_apart_m(frames, corner, lon_deg, lat_deg))
    return np.array(off_m)


def player_corner_errors_m(frames: FrameTable) -> np.ndarray:
    """(4, N) the same for what a widely used GPL player draws where a packet has no corners.

    In our words: a trapezoid about the packet's own frame centre, laid out along platform heading plus sensor
    azimuth; its middle is as wide as item 22, its depth follows from the same width times the aspect, and its
    edges grow in proportion to their distance from the point under the sensor. Pitch and roll of the platform,
    and the sensor's elevation and roll, have no part in it.
    """
    above_m = frames.sensor_msl_m - frames.centre_msl_m
    to_centre_m = np.hypot(
        *east_north_m(
            frames.centre_lon_deg, frames.centre_lat_deg, frames.sensor_lon_deg, frames.sensor_lat_deg
        ).T
    )
    half_width_m = 0.5 * frames.target_width_m
    half_depth = np.arctan(half_width_m * frames.vfov_deg / frames.hfov_deg / np.hypot(to_centre_m, above_m))
    bearing = np.radians(frames.platform_heading_deg + frames.sensor_azimuth_deg)
    off_m = []
    for corner, (right, down) in enumerate(CORNERS):
        out_m = above_m * np.tan(np.arctan(to_centre_m / above_m) - down * half_depth)
        along_m, across_m = out_m - to_centre_m, right * half_width_m * out_m / to_centre_m
        east_m = along_m * np.sin(bearing) + across_m * np.cos(bearing)
        north_m = along_m * np.cos(bearing) - across_m * np.sin(bearing)
        per_degree_m = east_north_m(1e-3, frames.centre_lat_deg, 0.0, frames.centre_lat_deg)[:, 0] * 1e3
        lon_deg = frames.centre_lon_deg + east_m / per_degree_m
        lat_deg = frames.centre_lat_deg + north_m / 110_900.0
        off_m.append(_apart_m(frames, corner, lon_deg, lat_deg))
    return np.array(off_m)


def _apart_m(frames: FrameTable, corner: int, lon_deg: np.ndarray, lat_deg: np.ndarray) -> np.ndarray:
    own = frames.corner_lon_deg[:, corner], frames.corner_lat_deg[:, corner]
    return np.asarray(np.hypot(*east_north_m(lon_deg, lat_deg, *own).T))


def left_out(camera: Poses, way: str, half: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Each packet worked out from those `half` before and after it, the packets between left out.

    Args:
        way: "nearest" (of the two), "slerp" (ours), or "cubic" through four, places and rotation vectors.

    Returns:
        (N,) angle between the optical axes [deg] and distance between the places [m].
    """
    middle = np.arange(2 * half, len(camera) - 2 * half)
    time_us = camera.time_us
    if way == "slerp":
        parts = [
            poses_at(
                camera.take(np.array([row - half, row + half])), time_us[row : row + 1], longest_gap_s=99.0
            )
            for row in middle
        ]
        made = Poses.concatenate([part.poses for part in parts])
        turned, origin_m = made.rotation_ecef_from_camera, made.origin_ecef_m
    elif way == "nearest":
        earlier = time_us[middle] - time_us[middle - half] < time_us[middle + half] - time_us[middle]
        rows = np.where(earlier, middle - half, middle + half)
        turned, origin_m = camera.rotation_ecef_from_camera[rows], camera.origin_ecef_m[rows]
    else:
        turned, origin_m = _cubic(camera, middle, half)
    true = camera.take(middle)
    cosine = np.einsum("ni,ni->n", turned[:, :, 0], true.rotation_ecef_from_camera[:, :, 0])
    off_deg = np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))
    return off_deg, np.linalg.norm(origin_m - true.origin_ecef_m, axis=1)


def _cubic(camera: Poses, middle: np.ndarray, half: int) -> tuple[np.ndarray, np.ndarray]:
    """Lagrange's polynomial through two packets before and two after."""
    around = middle[:, None] + half * np.array([-2, -1, 1, 2])
    time_s = (camera.time_us[around] - camera.time_us[middle][:, None]) / 1e6
    weight = np.stack(
        [
            np.prod([time_s[:, m] / (time_s[:, m] - time_s[:, n]) for m in range(4) if m != n], axis=0)
            for n in range(4)
        ],
        axis=1,
    )
    base = Rotation.from_matrix(camera.rotation_ecef_from_camera[middle - half])
    turns = np.stack(
        [
            (base.inv() * Rotation.from_matrix(camera.rotation_ecef_from_camera[around[:, n]])).as_rotvec()
            for n in range(4)
        ],
        axis=1,
    )
    turned = (base * Rotation.from_rotvec(np.einsum("nk,nki->ni", weight, turns))).as_matrix()
    return turned, np.einsum("nk,nki->ni", weight, camera.origin_ecef_m[around])


def angles_left_out_deg(frames: FrameTable) -> np.ndarray:
    """(N,) as `left_out(..., "slerp")` for the axis, with the six angles unwrapped and each taken half way."""
    names = [f"platform_{one}_deg" for one in ("heading", "pitch", "roll")]
    names += [f"sensor_{one}_deg" for one in ("azimuth", "elevation", "roll")]
    angles = np.stack([np.nan_to_num(getattr(frames, name)) for name in names])
    angles = np.degrees(np.unwrap(np.radians(angles), axis=1))
    middle = np.arange(2, len(frames) - 2)
    share = (frames.time_us[middle] - frames.time_us[middle - 1]) / (
        frames.time_us[middle + 1] - frames.time_us[middle - 1]
    )
    between = angles[:, middle - 1] + share * (angles[:, middle + 1] - angles[:, middle - 1])
    made = camera_of(replace(frames.take(middle), **dict(zip(names, between, strict=True))))
    true = camera_of(frames.take(middle))
    cosine = np.einsum(
        "ni,ni->n", made.rotation_ecef_from_camera[:, :, 0], true.rotation_ecef_from_camera[:, :, 0]
    )
    return np.asarray(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))


def thinned_centre_errors_m(
    frames: FrameTable, every: int, bias_deg: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Frame centres of the packets left out when only every so-manieth is kept, against their own.

    Args:
        bias_deg: added to the sensor's azimuth first: a known constant error of the stream.

    Returns:
        (M,) with the nearest kept packet's pose, and with the pose between the kept ones [m].
    """
    known = replace(frames, sensor_azimuth_deg=frames.sensor_azimuth_deg + bias_deg)
    camera = camera_of(known)
    kept = np.arange(0, len(frames), every)
    others = np.setdiff1d(np.arange(kept[-1]), kept)
    apart_us = np.abs(camera.time_us[others][:, None] - camera.time_us[kept])
    nearest = camera.take(kept[np.argmin(apart_us, axis=1)])
    between = poses_at(camera.take(kept), camera.time_us[others]).poses
    true = frames.take(others)
    return _centre_errors_m(nearest, true), _centre_errors_m(between, true)


def _centre_errors_m(camera: Poses, true: FrameTable) -> np.ndarray:
    height_m = _centre_height_m(true)
    axis = camera.rotation_ecef_from_camera[:, :, 0]
    lon_deg, lat_deg, _ = geodetic_from_ecef(cast_to_heights(camera.origin_ecef_m, axis, height_m))
    apart_m = east_north_m(lon_deg, lat_deg, true.centre_lon_deg, true.centre_lat_deg)
    return np.asarray(np.hypot(*apart_m.T))


def _centre_height_m(frames: FrameTable) -> np.ndarray:
    return np.where(np.isnan(frames.centre_msl_m), APHILL_CENTRE_M, frames.centre_msl_m)
