"""Two geodesies that share no code meet: simulation's rays and geo's, on the same terrain."""

from datetime import UTC, datetime

import numpy as np
import pytest

from atalaya.geo.ellipsoid import ecef_from_geodetic, geodetic_from_ecef, rotation_ecef_from_enu
from atalaya.geo.rays import cast
from atalaya.geo.terrain import TerrainGrid
from atalaya.simulation.camera import Camera, turn, view_of
from atalaya.simulation.flight import HFOV_DEG, fly
from atalaya.simulation.landform import make_landform
from atalaya.simulation.layout import make_layout
from atalaya.simulation.pose_errors import NO_NOISE
from atalaya.simulation.world import World

CAMERA = Camera(width_px=960, height_px=540, hfov_deg=HFOV_DEG)


@pytest.mark.parametrize("seed", [0, 1])
def test_both_ray_casters_find_the_same_ground(seed):
    rng = np.random.default_rng(seed)
    land = make_landform(rng, lon_deg=-107.2, lat_deg=24.95, half_size_m=1250.0)
    world = World(
        frame=land.frame,
        terrain=land.terrain,
        surface=land.surface,
        layout=make_layout(rng, land),
        texture=np.zeros((8, 8, 3), dtype=np.uint8),
        texture_step_m=0.35,
        sites=(),
        decoys=(),
    )
    start = datetime(2026, 11, 22, 16, tzinfo=UTC)
    true = fly(rng, world, CAMERA, start=start, duration_s=54.0, fps=0.2, noise=NO_NOISE).true
    grid = TerrainGrid(
        hae_m=land.terrain.hae_m,
        west_deg=float(land.terrain.lon_deg[0]),
        north_deg=float(land.terrain.lat_deg[0]),
        step_lon_deg=1e-4,
        step_lat_deg=1e-4,
    )
    x_px, y_px = np.meshgrid(np.linspace(0.0, 959.0, 13), np.linspace(0.0, 539.0, 9))
    rays = CAMERA.directions(x_px.ravel(), y_px.ravel())
    for row in range(len(true)):
        view = view_of(true, row, world.frame)
        own = world.surface.cast(view.origin_m, rays @ view.axes.T)
        lon, lat, hae = true.lon_deg[row], true.lat_deg[row], true.hae_m[row]
        ned = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, -1.0]])  # NED vector → ENU vector
        platform = turn(
            true.platform_heading_deg[row], true.platform_pitch_deg[row], true.platform_roll_deg[row]
        )
        sensor = turn(true.sensor_azimuth_deg[row], true.sensor_elevation_deg[row], true.sensor_roll_deg[row])
        to_ecef = rotation_ecef_from_enu(lon, lat) @ ned @ platform @ sensor
        origin = np.broadcast_to(ecef_from_geodetic(lon, lat, hae), rays.shape)
        found = geodetic_from_ecef(cast(np.array(origin), rays @ to_ecef.T, grid))
        apart_m = np.linalg.norm(world.frame.to_enu(*found) - own, axis=1)
        assert np.median(apart_m) < 0.05
        assert apart_m.max() < 0.5
