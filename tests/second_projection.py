"""Places to pixels by pyproj and numpy alone, for judging simulated pictures; nothing of the renderer's."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer
from scipy.interpolate import RegularGridInterpolator
from scipy.spatial.transform import Rotation

from atalaya.simulation.camera import Camera, Poses, view_of
from atalaya.simulation.canopy_cast import cast_rays
from atalaya.simulation.local_frame import LocalFrame
from atalaya.simulation.picture3d import render_eo, stage_of, sunlight
from atalaya.simulation.ray_meets import GROUND
from atalaya.simulation.sunlight import Light
from wooded_scene import boxes, hfov_deg, wood

type Places = float | NDArray[np.float64]

FRAME = LocalFrame(lon_deg=-107.2, lat_deg=24.95, hae_m=600.0)
GEOCENTRIC = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)


def geocentric(lon_deg: Places, lat_deg: Places, hae_m: Places) -> NDArray[np.float64]:
    return np.stack(GEOCENTRIC.transform(lon_deg, lat_deg, hae_m), axis=-1)


def axes_at(lon_deg: float, lat_deg: float) -> NDArray[np.float64]:
    """Rows north, east, down, by differences of geocentric places."""
    step_deg = 1e-4
    east = geocentric(lon_deg + step_deg, lat_deg, 0.0) - geocentric(lon_deg - step_deg, lat_deg, 0.0)
    up = geocentric(lon_deg, lat_deg, 50.0) - geocentric(lon_deg, lat_deg, -50.0)
    east, up = east / np.linalg.norm(east), up / np.linalg.norm(up)
    return np.stack([np.cross(up, east), east, -up])


def second_projection(poses: Poses, camera: Camera, places_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, 2) pixels of (N, 3) geocentric places, with pyproj and numpy alone."""
    lon, lat, hae = (float(column[0]) for column in (poses.lon_deg, poses.lat_deg, poses.hae_m))
    ned = (places_m - geocentric(lon, lat, hae)) @ axes_at(lon, lat).T
    platform = [poses.platform_heading_deg[0], poses.platform_pitch_deg[0], poses.platform_roll_deg[0]]
    sensor = [poses.sensor_azimuth_deg[0], poses.sensor_elevation_deg[0], poses.sensor_roll_deg[0]]
    turned = Rotation.from_euler("ZYX", platform, degrees=True) * Rotation.from_euler(
        "ZYX", sensor, degrees=True
    )
    forward, right, down = turned.inv().apply(ned).T
    focal_px = camera.width_px / 2.0 / np.tan(np.radians(camera.hfov_deg) / 2.0)
    middle = np.array([(camera.width_px - 1) / 2.0, (camera.height_px - 1) / 2.0])
    pixels: NDArray[np.float64] = middle + focal_px * np.stack([right, down], axis=1) / forward[:, None]
    return pixels


def one_pose(azimuth_deg: float, off_nadir_deg: float, slant_m: float) -> Poses:
    """A banked aircraft whose sensor looks near the frame's middle."""
    off, way = np.radians(off_nadir_deg), np.radians(azimuth_deg)
    place_m = slant_m * np.array([-np.sin(off) * np.sin(way), -np.sin(off) * np.cos(way), np.cos(off)])
    lon, lat, hae = FRAME.to_geodetic(place_m[None])
    north, east, down = FRAME.from_ned_at(float(lon[0]), float(lat[0])).T @ -place_m
    heading = azimuth_deg + 71.0
    platform = Rotation.from_euler("ZYX", [heading, 3.0, -14.0], degrees=True)
    aim = Rotation.from_euler(
        "ZYX",
        [np.degrees(np.arctan2(east, north)), -np.degrees(np.arctan2(down, np.hypot(north, east))), 2.0],
        degrees=True,
    )
    sensor = (platform.inv() * aim).as_euler("ZYX", degrees=True)
    columns = [lon[0], lat[0], hae[0], heading % 360.0, 3.0, -14.0, *sensor]
    return Poses(**{name: np.array([value]) for name, value in zip(Poses.__slots__, columns, strict=True)})


def marks_off_m(azimuth_deg: float, off_nadir_deg: float, gsd_m: float) -> NDArray[np.float64]:
    """(N, 2) metres on the ground, across and along the look, from where marks must be to where they are seen.

    Red squares of 2.4 m a little above rolling ground; seen: the middle of their red pixels.
    """
    bare = wood(seed=6, size_m=100.0, density=0.0)
    lons = FRAME.lon_deg + np.arange(-1.6, 1.7, 0.8) * 1e-4
    lats = FRAME.lat_deg + np.arange(-1.2, 1.3, 0.8) * 1e-4
    lon, lat = (part.ravel() for part in np.meshgrid(lons, lats))
    axis_m = bare.surface.west_m + 4.0 * np.arange(len(bare.surface.up_m))
    height = RegularGridInterpolator((axis_m, axis_m), bare.surface.up_m)
    origin_m, axes = (
        geocentric(FRAME.lon_deg, FRAME.lat_deg, FRAME.hae_m),
        axes_at(FRAME.lon_deg, FRAME.lat_deg),
    )
    north, east, _ = ((geocentric(lon, lat, np.full_like(lon, FRAME.hae_m)) - origin_m) @ axes.T).T
    up_m = height(np.stack([north, east], axis=1))
    marks = boxes(east, north, up_m + 0.58, size_m=(2.4, 2.4, 0.02), rgb=(255.0, 0.0, 0.0))
    poses = one_pose(azimuth_deg, off_nadir_deg, 1500.0)
    camera = Camera(width_px=640, height_px=400, hfov_deg=hfov_deg(640, gsd_m, 1500.0))
    stage = stage_of(replace(bare, solids=marks))
    light = sunlight(stage, Light(sun_azimuth_deg=150.0, sun_elevation_deg=60.0, sky_share=1.0))
    seen = render_eo(stage, camera, view_of(poses, 0, FRAME), light).astype(float)
    red = np.clip(seen[..., 0] - seen[..., 1] - 30.0, 0.0, None)
    tops_m = origin_m + np.stack([north, east, -(up_m + 0.6)], axis=1) @ axes
    half, off_m = round(2.2 / gsd_m), []
    for x_px, y_px in second_projection(poses, camera, tops_m):
        top, left = round(y_px) - half, round(x_px) - half
        part = red[max(top, 0) : top + 2 * half + 1, max(left, 0) : left + 2 * half + 1]
        if part.shape != (2 * half + 1, 2 * half + 1):
            continue
        row, col = np.indices(part.shape)
        off_px = np.array([(part * col).sum(), (part * row).sum()]) / part.sum() + (left - x_px, top - y_px)
        off_m.append(off_px * gsd_m / (1.0, max(np.cos(np.radians(off_nadir_deg)), 0.2)))
    return np.array(off_m)


def pixels_off_m(azimuth_deg: float, off_nadir_deg: float) -> NDArray[np.float64]:
    """(N,) metres across the look from each pixel to where the ground that its ray meets must be seen."""
    camera = Camera(width_px=96, height_px=54, hfov_deg=hfov_deg(96, 0.6, 1500.0))
    poses = one_pose(azimuth_deg, off_nadir_deg, 1500.0)
    view = view_of(poses, 0, FRAME)
    row, col = (part.ravel() for part in np.indices((54, 96)))
    rays = camera.directions(col.astype(float), row.astype(float)) @ view.axes.T
    rays /= np.linalg.norm(rays, axis=1, keepdims=True)
    distance_m, what, which = np.empty(row.size), np.empty(row.size, np.uint8), np.empty(row.size, np.int32)
    arrays = stage_of(wood(seed=6, size_m=100.0, density=0.0)).arrays
    origins_m, skipped = np.tile(view.origin_m, (row.size, 1)), np.full(row.size, -2)
    cast_rays(arrays, origins_m, rays, skipped, distance_m, what, which)
    ground_m = (view.origin_m + distance_m[:, None] * rays)[what == GROUND]
    places_m = ground_m[:, [1, 0, 2]] * (1.0, 1.0, -1.0) @ axes_at(FRAME.lon_deg, FRAME.lat_deg)
    places_m = places_m + geocentric(FRAME.lon_deg, FRAME.lat_deg, FRAME.hae_m)
    found = second_projection(poses, camera, places_m)
    off_px = np.linalg.norm(found - np.stack([col, row], axis=1)[what == GROUND], axis=1)
    return np.asarray(off_px * 0.6)
