"""Pictures laid on terrain: against the exact twin, closed forms, and what must stay empty."""

import numpy as np
import pytest

from atalaya.errors import InputError
from atalaya.geo.ellipsoid import geodetic_from_ecef
from atalaya.geo.rays import cast
from atalaya.geo.terrain import ConstantHeight, TerrainGrid, TerrainMosaic
from atalaya.geo.terrain_window import terrain_window
from atalaya.georeg.lens import Lens
from atalaya.georeg.ortho import Why, ortho
from atalaya.georeg.ortho_extent import grid_of_frame, terrain_under
from atalaya.georeg.ortho_grid import OrthoGrid, grid_around, utm_of
from atalaya.georeg.ortho_numpy import ortho_pixels
from atalaya.georeg.pose import Poses, poses
from terrain_scenes import fractal_terrain, level_frames

WIDE, HIGH = 25, 19
LENS = Lens(
    width_px=WIDE,
    height_px=HIGH,
    fx_px=70.0,
    fy_px=69.0,
    cx_px=12.4,
    cy_px=8.8,
    k1=-0.3,
    k2=0.05,
    p1=0.002,
    p2=-0.001,
)


def ramp() -> np.ndarray:
    """Ten grey levels a pixel: red tells the column and green the row."""
    x_px, y_px = np.meshgrid(np.arange(WIDE), np.arange(HIGH))
    return np.stack([10 * x_px, 10 * y_px, np.full_like(x_px, 128)], axis=-1).astype(np.uint8)


def looking(depression_deg: float, heading_deg: float = 20.0, **more: float) -> Poses:
    values = {"hfov_deg": 20.0, "vfov_deg": 15.2} | more
    return poses(
        level_frames(1, sensor_elevation_deg=-depression_deg, platform_heading_deg=heading_deg, **values)
    )


@pytest.mark.parametrize("lens", [None, LENS], ids=["pinhole", "measured lens"])
@pytest.mark.parametrize("epsg", [None, 4326])
@pytest.mark.parametrize("depression_deg", [90.0, 45.0, 25.0])
def test_every_pixel_is_within_a_tenth_of_where_the_exact_way_puts_it(depression_deg, epsg, lens):
    terrain = fractal_terrain(401, 4, relief_m=600.0, step_deg=2.5e-4)
    camera = looking(depression_deg)
    grid = grid_of_frame(camera, terrain, (WIDE, HIGH), lens=lens, gsd_m=12.0, epsg=epsg)
    window = terrain_under(grid, camera, terrain)
    laid = ortho(ramp(), camera, window, grid, lens=lens)
    x_px, y_px, why = ortho_pixels(camera, window, grid, (WIDE, HIGH), lens)
    assert (laid.why != why).mean() < 1e-3
    inner = (laid.why == Why.SHOWN) & (why == Why.SHOWN)
    inner &= (x_px > 0.0) & (x_px < WIDE - 1.0) & (y_px > 0.0) & (y_px < HIGH - 1.0)
    assert inner.sum() > 500
    assert np.abs(laid.rgb[0][inner] / 10.0 - x_px[inner]).max() <= 0.1
    assert np.abs(laid.rgb[1][inner] / 10.0 - y_px[inner]).max() <= 0.1


def test_what_a_ridge_hides_is_masked_and_not_smeared():
    hae_m = np.zeros((201, 201))
    hae_m[100:104, :] = 500.0  # a wall across the look to the north
    terrain = TerrainGrid(
        hae_m=hae_m, west_deg=-107.05, north_deg=25.05, step_lon_deg=5e-4, step_lat_deg=5e-4
    )
    camera = looking(30.0, heading_deg=0.0, sensor_lat_deg=24.96, sensor_hae_m=3000.0, sensor_lon_deg=-107.0)
    grid = grid_of_frame(camera, terrain, (WIDE, HIGH), gsd_m=20.0)
    laid = ortho(np.full((HIGH, WIDE, 3), 200, np.uint8), camera, terrain_under(grid, camera, terrain), grid)
    middle_x, middle_y = grid.places(-107.0, 25.0)
    column = laid.why[:, int(middle_x)]
    wall = int(middle_y)
    assert column[wall + 3] == Why.SHOWN  # before it
    shadow = 500.0 / np.tan(np.radians(29.3)) / 20.0  # pixels, for the depression at the wall
    hidden = np.flatnonzero(column[: wall - 1] == Why.HIDDEN)
    assert 0.8 * shadow < hidden.size < 1.2 * shadow
    assert (laid.rgb[:, laid.why != Why.SHOWN] == 0).all()
    assert (laid.rgb[:, laid.why == Why.SHOWN] == 200).all()
    assert ((laid.alpha == 255) == (laid.why == Why.SHOWN)).all()


def test_shown_pixels_are_where_a_ray_through_the_picture_first_meets_the_ground():
    terrain = fractal_terrain(301, 9, relief_m=900.0, step_deg=3e-4)
    camera = looking(22.0)
    grid = grid_of_frame(camera, terrain, (WIDE, HIGH), gsd_m=25.0)
    window = terrain_under(grid, camera, terrain)
    laid = ortho(ramp(), camera, window, grid)
    y, x = np.nonzero((laid.why == Why.SHOWN) | (laid.why == Why.HIDDEN))
    lon_deg, lat_deg = grid.lon_lat(x + 0.5, y + 0.5)
    from atalaya.geo.ellipsoid import ecef_from_geodetic

    place_m = ecef_from_geodetic(lon_deg, lat_deg, terrain.height_hae_m(lon_deg, lat_deg))
    origin_m = np.tile(camera.origin_ecef_m, (len(x), 1))
    hit_m = cast(origin_m, place_m - origin_m, terrain)
    before_m = np.linalg.norm(place_m - origin_m, axis=1) - np.linalg.norm(hit_m - origin_m, axis=1)
    seen = before_m < 1.0
    assert (seen == (laid.why[y, x] == Why.SHOWN)).mean() > 0.985  # lines are crossed, patches are not


def test_depth_is_the_distance_along_the_axis():
    terrain = ConstantHeight(0.0)
    camera = looking(90.0)
    grid = grid_of_frame(camera, terrain, (WIDE, HIGH), gsd_m=30.0)
    laid = ortho(ramp(), camera, terrain_under(grid, camera, terrain), grid, keep_depth=True)
    assert np.nanmax(np.abs(laid.depth_m - 3000.0)) < 1.0
    assert (np.isnan(laid.depth_m) == (laid.why != Why.SHOWN)).all()


def test_ground_without_height_is_said_to_be_unknown():
    terrain = fractal_terrain(101, 2, relief_m=100.0, step_deg=1e-3)
    hae_m = terrain.hae_m.copy()
    hae_m[45:50, 45:55] = np.nan
    holed = TerrainGrid(hae_m=hae_m, west_deg=-107.0, north_deg=25.0, step_lon_deg=1e-3, step_lat_deg=1e-3)
    camera = looking(90.0)
    grid = grid_of_frame(camera, holed, (WIDE, HIGH), gsd_m=10.0)
    laid = ortho(ramp(), camera, terrain_under(grid, camera, holed), grid)
    assert (laid.why == Why.NO_GROUND).any()
    assert (laid.rgb[:, laid.why == Why.NO_GROUND] == 0).all()


def test_a_finer_picture_is_averaged_and_not_picked_from():
    stripes = np.zeros((760, 1000, 3), np.uint8)
    stripes[:, ::2] = 255
    camera = looking(90.0)
    grid = grid_of_frame(camera, ConstantHeight(0.0), (1000, 760), gsd_m=20.0)
    laid = ortho(stripes, camera, terrain_under(grid, camera, ConstantHeight(0.0)), grid)
    shown = laid.rgb[0][laid.why == Why.SHOWN]
    assert shown.min() > 100
    assert shown.max() < 155


def test_no_raster_is_finer_than_allowed_and_none_is_laid_where_nothing_is_known():
    terrain = ConstantHeight(0.0)
    with pytest.raises(InputError, match=r"no finer than 0\.15 m"):
        grid_of_frame(looking(90.0), terrain, (WIDE, HIGH), gsd_m=0.05)
    assert grid_of_frame(looking(90.0, hfov_deg=0.05, vfov_deg=0.03), terrain, (1280, 720)).gsd_m == 0.15
    with pytest.raises(InputError, match="no known ground"):
        grid_of_frame(looking(-20.0), terrain, (WIDE, HIGH))
    with pytest.raises(InputError, match="pose"):
        grid_of_frame(looking(90.0, sensor_hae_m=np.nan), terrain, (WIDE, HIGH))
    with pytest.raises(InputError, match="million"):
        grid_of_frame(looking(20.0), terrain, (WIDE, HIGH), gsd_m=0.2)
    with pytest.raises(InputError, match="EPSG:3857"):
        grid_of_frame(looking(90.0), terrain, (WIDE, HIGH), gsd_m=50.0, epsg=3857)


def test_rasters_are_laid_on_whole_multiples_of_their_pixels_and_round_trip():
    grid = grid_around(np.array([-103.7, -103.5]), np.array([19.4, 19.6]), 7.5)
    assert (grid.epsg, grid.left % 7.5, grid.top % 7.5) == (32613, 0.0, 0.0)
    x, y = grid.places(*grid.lon_lat(np.array([0.0, 100.25]), np.array([3.5, 2000.0])))
    assert np.abs(x - [0.0, 100.25]).max() < 1e-4
    assert np.abs(y - [3.5, 2000.0]).max() < 1e-4
    part = grid.window(10, 20, 30, 40)
    assert np.allclose(part.lon_lat(0, 0), grid.lon_lat(10, 20), atol=1e-12)
    assert utm_of(-103.6, -19.0) == 32713
    with pytest.raises(InputError, match="UTM"):
        utm_of(0.0, 88.0)
    with pytest.raises(InputError, match="million"):
        OrthoGrid(epsg=4326, left=0.0, top=0.0, step_x=1e-6, step_y=1e-6, width_px=10**6, height_px=10**6)


def test_a_window_of_one_grid_has_its_nodes_and_of_mixed_tiles_their_heights():
    terrain = fractal_terrain(101, 6, relief_m=100.0, step_deg=1e-3)
    window = terrain_window(terrain, (-106.98, 24.95, -106.95, 24.98))
    lon_deg, lat_deg = np.array([-106.9712]), np.array([24.9634])
    assert window.hae_m.size < 1300
    assert window.height_hae_m(lon_deg, lat_deg) == pytest.approx(terrain.height_hae_m(lon_deg, lat_deg))
    fine = TerrainGrid(
        hae_m=np.full((51, 51), 50.0), west_deg=-106.97, north_deg=24.97, step_lon_deg=2e-4, step_lat_deg=2e-4
    )
    mosaic = TerrainMosaic((fine, terrain))
    mixed = terrain_window(mosaic, (-106.98, 24.95, -106.95, 24.98))
    for lon, lat in ((-106.965, 24.965), (-106.955, 24.975)):
        assert mixed.height_hae_m(lon, lat) == pytest.approx(mosaic.height_hae_m(lon, lat), abs=0.6)
    flat = terrain_window(ConstantHeight(7.0), (179.9, 0.0, 180.1, 0.1))
    assert flat.height_hae_m(-179.95, 0.05) == 7.0
    with pytest.raises(InputError, match="not on the terrain"):
        terrain_window(terrain, (0.0, 0.0, 1.0, 1.0))


def test_the_place_of_the_raster_centre_is_what_the_ray_says():
    """A picture with one bright pixel: it appears where the ray through it meets the ground."""
    terrain = fractal_terrain(301, 12, relief_m=500.0, step_deg=3e-4)
    camera = looking(40.0)
    picture = np.zeros((HIGH, WIDE, 3), np.uint8)
    picture[6, 17] = 255
    grid = grid_of_frame(camera, terrain, (WIDE, HIGH), gsd_m=8.0)
    laid = ortho(picture, camera, terrain_under(grid, camera, terrain), grid)
    weight = laid.rgb[0].astype(float)
    y, x = np.mgrid[: grid.height_px, : grid.width_px] + 0.5
    lon_deg, lat_deg = grid.lon_lat((x * weight).sum() / weight.sum(), (y * weight).sum() / weight.sum())
    from atalaya.georeg.camera import camera_directions

    seen = camera_directions(camera, np.array([17.0]), np.array([6.0]), WIDE, HIGH)[0]
    hit_m = cast(camera.origin_ecef_m, (camera.rotation_ecef_from_camera[0] @ seen)[None], terrain)
    hit_lon_deg, hit_lat_deg, _ = geodetic_from_ecef(hit_m[0])
    assert np.hypot(lon_deg - hit_lon_deg, lat_deg - hit_lat_deg) * 1.1e5 < 40.0  # a pixel is 60 m there
