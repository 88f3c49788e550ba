"""Rays on terrain, footprints with their errors, pixels to places: 600 frames over a grid of 1000 x 1000."""

import numpy as np
import pytest
from pyproj import Transformer
from scipy.ndimage import map_coordinates

from atalaya.geo.ellipsoid import ecef_from_geodetic
from atalaya.geo.rays import cast
from atalaya.georeg.errors import PoseErrors
from atalaya.georeg.footprint import footprints
from atalaya.georeg.locate import locate_pixels
from atalaya.georeg.pose import poses
from atalaya.georeg.spread import SAMPLES
from terrain_scenes import fractal_terrain, level_frames

FRAMES = 600
SIZE_PX = (1280, 720)
CORNERS_AND_AXIS = 5


@pytest.fixture(scope="module")
def terrain():
    return fractal_terrain(1000, 11, relief_m=900.0)


@pytest.fixture(scope="module")
def camera():
    rng = np.random.default_rng(12)
    frames = level_frames(
        FRAMES,
        sensor_lon_deg=-106.95 + rng.uniform(-0.01, 0.01, FRAMES),
        sensor_lat_deg=24.95 + rng.uniform(-0.01, 0.01, FRAMES),
        sensor_elevation_deg=-45.0,
        platform_heading_deg=rng.uniform(0.0, 360.0, FRAMES),
    )
    return poses(frames)


def marched(origin_m, direction, terrain):
    """What one writes first: a height every half cell along each ray, PROJ for the places, the first below."""
    to_degrees = Transformer.from_crs("EPSG:4978", "EPSG:4979", always_xy=True)
    start_m, step_m = 3000.0 - terrain.highest_m, 5.5
    along_m = np.arange(start_m, 2.5 * 3000.0, step_m)
    hit_m = np.full((len(origin_m), 3), np.nan)
    for row in range(len(origin_m)):
        points_m = origin_m[row] + along_m[:, None] * direction[row]
        lon_deg, lat_deg, hae_m = to_degrees.transform(*points_m.T)
        place = [
            (terrain.north_deg - lat_deg) / terrain.step_lat_deg,
            (lon_deg - terrain.west_deg) / terrain.step_lon_deg,
        ]
        gap_m = hae_m - map_coordinates(terrain.hae_m, place, order=1, cval=-np.inf)
        below = np.flatnonzero(gap_m < 0.0)
        if below.size and below[0]:
            last, first = gap_m[below[0] - 1], gap_m[below[0]]
            share = last / (last - first)
            hit_m[row] = origin_m[row] + (along_m[below[0] - 1] + share * step_m) * direction[row]
    return hit_m


def axes_of(camera):
    return camera.origin_ecef_m, camera.rotation_ecef_from_camera[:, :, 0]


def test_casting_rays(race, job, camera, terrain):
    origin_m, direction = (np.tile(one, (50, 1)) for one in axes_of(camera))
    few = 200
    apart_m = np.linalg.norm(
        cast(origin_m[:few], direction[:few], terrain) - marched(origin_m[:few], direction[:few], terrain),
        axis=1,
    )
    assert np.nanmedian(apart_m) < 0.5
    assert np.isfinite(apart_m).mean() > 0.99
    race.run(
        f"rays on terrain, 45 deg, {len(origin_m)} at once",
        job(name="Atalaya", run=lambda: cast(origin_m, direction, terrain), amount=len(origin_m)),
        job(
            name="half-cell march (NumPy, PROJ, SciPy)",
            run=lambda: marched(origin_m[:few], direction[:few], terrain),
            amount=few,
        ),
        unit="rays/CPU-s",
    )


def test_footprints_of_a_sortie(race, job, camera, terrain):
    rays = FRAMES * (CORNERS_AND_AXIS + SAMPLES)
    origin_m, direction = axes_of(camera)
    table = footprints(camera, terrain, PoseErrors(), SIZE_PX)
    assert np.isfinite(table.ce90_m).mean() > 0.99
    assert np.isfinite(table.corner_lon_deg).mean() > 0.99
    few = 200
    race.run(
        f"footprints of {FRAMES} frames with CE90 ({CORNERS_AND_AXIS + SAMPLES} rays a frame)",
        job(name="Atalaya", run=lambda: footprints(camera, terrain, PoseErrors(), SIZE_PX), amount=rays),
        job(
            name="the same march, rays alone",
            run=lambda: marched(origin_m[:few], direction[:few], terrain),
            amount=few,
        ),
        unit="rays/CPU-s",
    )


def test_pixels_to_places(race, job, camera, terrain):
    rng = np.random.default_rng(13)
    x_px, y_px = rng.uniform(0, 1279, FRAMES), rng.uniform(0, 719, FRAMES)
    points = locate_pixels(camera, x_px, y_px, *SIZE_PX, terrain, PoseErrors())
    assert np.isfinite(points.ce90_m).mean() > 0.99
    origin_m, direction = axes_of(camera)
    race.run(
        f"{FRAMES} pixels to places with CE90, LE90, covariance",
        job(
            name="Atalaya",
            run=lambda: locate_pixels(camera, x_px, y_px, *SIZE_PX, terrain, PoseErrors()),
            amount=FRAMES,
        ),
        job(
            name="cast alone, no error stated", run=lambda: cast(origin_m, direction, terrain), amount=FRAMES
        ),
        unit="pixels/CPU-s",
    )


def test_geodetic_places(race, job, terrain):
    rng = np.random.default_rng(14)
    count = 200_000
    lon_deg, lat_deg = rng.uniform(-107.0, -106.9, count), rng.uniform(24.9, 25.0, count)
    hae_m = rng.uniform(0.0, 3000.0, count)
    to_ecef = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
    ours, theirs = ecef_from_geodetic(lon_deg, lat_deg, hae_m), to_ecef.transform(lon_deg, lat_deg, hae_m)
    assert np.abs(ours - np.stack(theirs, axis=-1)).max() < 1e-6
    race.run(
        "longitude, latitude, height to ECEF",
        job(name="Atalaya", run=lambda: ecef_from_geodetic(lon_deg, lat_deg, hae_m), amount=count / 1e6),
        job(name="PROJ", run=lambda: to_ecef.transform(lon_deg, lat_deg, hae_m), amount=count / 1e6),
        unit="million/CPU-s",
    )
