"""Cells of the ground in a picture, on the terrain and on sheets above it: against projection cell by cell."""

import numpy as np
import pytest

from atalaya.errors import InputError
from atalaya.geo.terrain import TerrainGrid
from atalaya.georeg.camera import project
from atalaya.georeg.ground_pixels import ground_nodes, ground_pixels
from atalaya.georeg.ground_sample import for_cells, sample
from atalaya.georeg.lens import Lens
from atalaya.georeg.ortho_extent import grid_of_frame
from atalaya.georeg.pose import Poses, poses
from terrain_scenes import fractal_terrain, level_frames

WIDE, HIGH = 640, 480
LENS = Lens(
    width_px=WIDE,
    height_px=HIGH,
    fx_px=1800.0,
    fy_px=1790.0,
    cx_px=318.0,
    cy_px=240.0,
    k1=-0.2,
    k2=0.05,
    p1=0.001,
    p2=-0.001,
)


def looking(depression_deg: float, heading_deg: float = 20.0, **more: float) -> Poses:
    return poses(
        level_frames(
            1,
            sensor_elevation_deg=-depression_deg,
            platform_heading_deg=heading_deg,
            hfov_deg=20.0,
            vfov_deg=15.1,
            **more,
        )
    )


@pytest.mark.parametrize("lens", [None, LENS], ids=["pinhole", "measured lens"])
@pytest.mark.parametrize("offset_m", [-4.0, 0.0, 4.0])
@pytest.mark.parametrize("depression_deg", [85.0, 40.0])
def test_each_cell_is_where_projection_puts_it_at_its_height(depression_deg, offset_m, lens):
    terrain = fractal_terrain(401, 4, relief_m=300.0, step_deg=2.5e-4)
    camera = looking(depression_deg)
    grid = grid_of_frame(camera, terrain, (WIDE, HIGH), lens=lens, gsd_m=3.0, epsg=None)
    found = ground_pixels(ground_nodes(grid, terrain), camera, WIDE, HIGH, lens=lens, offset_m=offset_m)
    assert found is not None
    rows, cols = np.nonzero(found.seen)
    assert rows.size > 10_000
    pick = np.random.default_rng(0).choice(rows.size, 2000, replace=False)
    rows, cols = rows[pick], cols[pick]
    lon_deg, lat_deg = grid.lon_lat(cols + found.col + 0.5, rows + found.row + 0.5)
    hae_m = terrain.height_hae_m(lon_deg, lat_deg) + offset_m
    many = camera.take(np.zeros(rows.size, dtype=np.intp))
    x_px, y_px = project(many, lon_deg, lat_deg, hae_m, WIDE, HIGH, lens=lens)
    off_px = np.hypot(found.x_px[rows, cols] - x_px, found.y_px[rows, cols] - y_px)
    assert off_px.max() < 0.3


def test_a_cell_behind_a_ridge_or_without_a_height_is_not_seen():
    hae_m = np.zeros((201, 201))
    hae_m[100:104, :] = 500.0
    hae_m[:, 105:] = np.nan
    terrain = TerrainGrid(
        hae_m=hae_m, west_deg=-107.05, north_deg=25.05, step_lon_deg=5e-4, step_lat_deg=5e-4
    )
    camera = looking(30.0, heading_deg=0.0, sensor_lat_deg=24.96, sensor_hae_m=3000.0, sensor_lon_deg=-107.0)
    grid = grid_of_frame(camera, terrain, (WIDE, HIGH), lens=None, gsd_m=6.0, epsg=None)
    found = ground_pixels(ground_nodes(grid, terrain), camera, WIDE, HIGH)
    assert found is not None
    rows, cols = np.mgrid[0 : found.seen.shape[0], 0 : found.seen.shape[1]]
    lon_deg, lat_deg = grid.lon_lat(cols + found.col + 0.5, rows + found.row + 0.5)
    height_m = terrain.height_hae_m(lon_deg.ravel(), lat_deg.ravel()).reshape(lon_deg.shape)
    assert not found.seen[np.isnan(height_m)].any()
    behind = (height_m == 0.0) & (lat_deg > 25.05 - 99 * 5e-4) & (lat_deg < 25.05 - 97 * 5e-4)
    assert behind.any()
    assert not found.seen[behind].any()
    assert found.seen.any()


def test_nothing_is_shown_of_ground_that_is_elsewhere_and_of_an_unknown_pose():
    terrain = fractal_terrain(401, 4, relief_m=300.0, step_deg=2.5e-4)
    north, south = looking(40.0, heading_deg=0.0), looking(40.0, heading_deg=180.0)
    nodes = ground_nodes(
        grid_of_frame(north, terrain, (WIDE, HIGH), lens=None, gsd_m=6.0, epsg=None), terrain
    )
    assert ground_pixels(nodes, south, WIDE, HIGH) is None
    unknown = poses(level_frames(1, sensor_elevation_deg=float("nan")))
    assert ground_pixels(nodes, unknown, WIDE, HIGH) is None
    with pytest.raises(InputError, match="one pose"):
        ground_pixels(nodes, north.take(np.array([0, 0])), WIDE, HIGH)


def test_a_picture_that_is_finer_than_the_cells_is_averaged_and_lies_in_the_same_place():
    terrain = fractal_terrain(401, 4, relief_m=0.0001, step_deg=2.5e-4)
    camera = looking(88.0)
    grid = grid_of_frame(camera, terrain, (WIDE, HIGH), lens=None, gsd_m=9.0, epsg=None)
    found = ground_pixels(ground_nodes(grid, terrain), camera, WIDE, HIGH)
    assert found is not None
    across = np.broadcast_to(np.linspace(0.0, 255.0, WIDE), (HIGH, WIDE))
    noise = np.random.default_rng(0).normal(0.0, 20.0, (HIGH, WIDE))
    picture = np.stack([across, np.clip(128.0 + noise, 0.0, 255.0)], axis=-1).round().astype(np.uint8)
    levels = sample(for_cells(picture, 2.0, 9.0), found, (WIDE, HIGH))
    inner = found.seen & (found.x_px > 8.0) & (found.x_px < WIDE - 9.0)
    wanted = found.x_px[inner] * 255.0 / (WIDE - 1)
    assert np.abs(levels[inner][:, 0] - wanted).max() < 1.5
    assert levels[inner][:, 1].std() < 8.0


@pytest.mark.parametrize(("gsd_m", "cell_m"), [(0.0, 1.0), (1.0, np.nan), (np.inf, 1.0), (-1.0, 1.0)])
def test_sizes_of_no_meaning_are_refused(gsd_m, cell_m):
    with pytest.raises(InputError, match="cells"):
        for_cells(np.zeros((4, 4, 3), dtype=np.uint8), gsd_m, cell_m)
