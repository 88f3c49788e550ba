"""A camera that circles textured flat ground, its true poses, its pictures, and metadata that drift."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from atalaya.geo.ellipsoid import ecef_from_enu, geodetic_from_ecef
from atalaya.geo.rays import cast
from atalaya.geo.terrain import ConstantHeight, Terrain, TerrainGrid
from atalaya.georeg.camera import camera_directions, project
from atalaya.georeg.homography import robust_homography
from atalaya.georeg.image_aided import turned
from atalaya.georeg.pose import Poses, poses
from atalaya.ingest.encode import encode_frames
from atalaya.ingest.mux import mux_ts
from atalaya.io.video import encode_h264
from atalaya.model.frame import FrameTable
from terrain_scenes import level_frames
from textured_ground import noisy, seen_through, texture

LON_DEG, LAT_DEG, GROUND_M = -107.4, 24.8, 40.0
SIZE_PX = (320, 240)
TERRAIN = ConstantHeight(GROUND_M)
GROUND_PX_M = 0.25
"""Ground sample of the texture [m]."""
_TEXTURE_PX = 1000
_START_US = 1_770_000_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldScene:
    """N pictures with their true poses, and the poses that the stream states."""

    true: Poses
    stated: Poses
    pictures: list[NDArray[np.uint8]]


def circling(count: int, turn_deg: float = 10.0, hfov_deg: float = 3.0) -> Poses:
    """True poses, one a second, 2500 m from a point of the ground, which they all look at."""
    return poses(circling_frames(count, turn_deg, hfov_deg))


def looking_at(terrain: TerrainGrid, count: int) -> Poses:
    """The same about the middle of a terrain."""
    west_deg, south_deg, east_deg, north_deg = terrain.bounds_deg
    place = 0.5 * (west_deg + east_deg), 0.5 * (south_deg + north_deg)
    return poses(circling_frames(count, about=(*place, float(terrain.height_hae_m(*place)))))


def circling_frames(
    count: int,
    turn_deg: float = 10.0,
    hfov_deg: float = 3.0,
    about: tuple[float, float, float] = (LON_DEG, LAT_DEG, GROUND_M),
) -> FrameTable:
    """What a true stream would say of them."""
    azimuth_rad = np.radians(np.linspace(0.0, turn_deg, count))
    east_m, north_m = -2000.0 * np.sin(azimuth_rad), -2000.0 * np.cos(azimuth_rad)
    origin_m = ecef_from_enu(np.stack([east_m, north_m, np.full(count, 1500.0)], axis=-1), *about)
    lon_deg, lat_deg, hae_m = geodetic_from_ecef(origin_m)
    return level_frames(
        count,
        time_us=_START_US + 1_000_000 * np.arange(count),
        sensor_lon_deg=lon_deg,
        sensor_lat_deg=lat_deg,
        sensor_hae_m=hae_m,
        hfov_deg=hfov_deg,
        vfov_deg=np.nan,
        platform_heading_deg=np.degrees(azimuth_rad),
        sensor_elevation_deg=-np.degrees(np.arctan2(1500.0, 2000.0)),
    )


def picture_of(ground: NDArray[np.uint8], camera: Poses, row: int) -> NDArray[np.uint8]:
    """What the true camera sees; exact to a hundredth of a pixel, as the ground is flat."""
    step_m = np.linspace(-45.0, 45.0, 7)
    east_m, north_m = (side.ravel() for side in np.meshgrid(step_m, step_m))
    place_m = ecef_from_enu(np.stack([east_m, north_m, 0.0 * east_m], -1), LON_DEG, LAT_DEG, GROUND_M)
    lon_deg, lat_deg, _ = geodetic_from_ecef(place_m)
    one = camera.take(np.full(len(east_m), row, dtype=np.intp))
    x_px, y_px = project(one, lon_deg, lat_deg, np.full(len(east_m), GROUND_M), *SIZE_PX)
    middle_px = 0.5 * _TEXTURE_PX
    ground_px = np.stack([middle_px + east_m / GROUND_PX_M, middle_px - north_m / GROUND_PX_M], axis=-1)
    found = robust_homography(ground_px, np.stack([x_px, y_px], axis=-1), 1.0)
    assert found is not None
    assert found[1].all()
    return noisy(seen_through(ground, found[0], *SIZE_PX), 2.0, row)


def held_scene(count: int = 8, drift_deg: float = 0.7, seed: int = 5, **flight: float) -> HeldScene:
    """The scene; the stated attitude drifts away in yaw and pitch, and shakes a little."""
    true = circling(count, **flight)
    ground = texture(_TEXTURE_PX, seed)
    rng = np.random.default_rng(seed)
    share = np.linspace(0.0, 1.0, count)[:, None]
    turn_deg = share * [0.2, 0.4 * drift_deg, drift_deg] + 0.03 * rng.standard_normal((count, 3))
    stated = turned(true, np.radians(turn_deg))
    return HeldScene(
        true=true, stated=stated, pictures=[picture_of(ground, true, row) for row in range(count)]
    )


def true_track(scene: HeldScene, row: int, point_px: tuple[float, float]) -> NDArray[np.float64]:
    """(N, 2) where what is at one pixel of one picture truly is in all of them."""
    return track_of(scene.true, row, point_px)


def track_of(
    true: Poses, row: int, point_px: tuple[float, float], terrain: Terrain = TERRAIN
) -> NDArray[np.float64]:
    """As `true_track`, of poses."""
    one = true.take(np.array([row], dtype=np.intp))
    seen = camera_directions(one, np.array([point_px[0]]), np.array([point_px[1]]), *SIZE_PX)
    hit_m = cast(one.origin_ecef_m, np.einsum("nij,nj->ni", one.rotation_ecef_from_camera, seen), terrain)
    lon_deg, lat_deg, hae_m = (np.repeat(value, len(true)) for value in geodetic_from_ecef(hit_m))
    return np.stack(project(true, lon_deg, lat_deg, hae_m, *SIZE_PX), axis=-1)


def write_clip(path: Path, count: int = 11, drift_deg: float = 0.7) -> Poses:
    """A stream of one picture a second whose heading and elevation drift; the true poses."""
    true = circling(count)
    ground = texture(_TEXTURE_PX, 7)
    shown = [picture_of(ground, true, row) for row in range(count)]
    pictures = (np.repeat(picture[:, :, None], 3, axis=2) for picture in shown)
    units = list(encode_h264(pictures, frames_per_s=1.0, crf=12, pictures_per_gop=5))
    share = np.linspace(0.0, 1.0, count)
    flown = circling_frames(count)
    frames = replace(
        flown,
        platform_heading_deg=flown.platform_heading_deg + drift_deg * share,
        sensor_elevation_deg=flown.sensor_elevation_deg - 0.4 * drift_deg * share,
    )
    packets = encode_frames(frames, mission_id="test", platform_designation="test")
    timed = [(unit.pts_90k, packet) for unit, packet in zip(units, packets, strict=True)]
    path.write_bytes(b"".join(mux_ts(units, timed, synchronous=True)))
    return true
