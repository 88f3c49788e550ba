"""Does CE90 hold 90 % of the truths? Monte Carlo on sloped fractal ground, and the plane in closed form."""

import numpy as np
import pytest

from atalaya.geo.terrain import ConstantHeight, TerrainGrid
from atalaya.geo.uncertainty import circular_error
from atalaya.georeg.errors import PoseErrors
from atalaya.georeg.locate import locate_pixels
from atalaya.georeg.pose import poses
from terrain_scenes import fractal_terrain, level_frames
from truth_draws import SIZE_PX, shares_inside, true_offsets

ERRORS = PoseErrors()


def looks_at(terrain: TerrainGrid, count: int, elevation_deg: float):
    rng = np.random.default_rng(21)
    west, south, east, north = terrain.bounds_deg
    frames = level_frames(
        count,
        sensor_lon_deg=0.5 * (west + east) + rng.uniform(-0.01, 0.01, count),
        sensor_lat_deg=0.5 * (south + north) + rng.uniform(-0.01, 0.01, count),
        sensor_hae_m=terrain.highest_m + 1200.0,
        sensor_elevation_deg=elevation_deg,
        platform_heading_deg=rng.uniform(0.0, 360.0, count),
        platform_roll_deg=rng.uniform(-10.0, 10.0, count),
    )
    return poses(frames), rng.uniform(0, 1279, count), rng.uniform(0, 719, count)


@pytest.mark.parametrize("elevation_deg", [-60.0, -30.0])
@pytest.mark.parametrize("relief_m", [300.0, 900.0])
def test_ninety_of_a_hundred_true_places_are_inside_ce90_on_sloped_ground(relief_m, elevation_deg):
    terrain = fractal_terrain(401, 3, relief_m=relief_m, step_deg=3e-4, roughness=3.0)
    camera, x_px, y_px = looks_at(terrain, 120, elevation_deg)
    points = locate_pixels(camera, x_px, y_px, *SIZE_PX, terrain, ERRORS)
    assert not np.isnan(points.ce90_m).any()
    offsets = true_offsets(camera, x_px, y_px, terrain, ERRORS, points, 80)
    inside_ce90, inside_le90 = shares_inside(points, offsets)
    assert 0.88 <= inside_ce90 <= 0.92
    assert 0.86 <= inside_le90 <= 0.94  # the height of the whole model is one draw of 80


def test_on_a_slope_the_error_follows_the_slope_as_trigonometry_says():
    """Looking north 30 deg down at ground that falls away by 10 deg, the ray meets it at 20 deg."""
    nodes, step_deg = 401, 2e-4
    north_m = (np.arange(nodes) - nodes // 2)[::-1] * step_deg * 110_755.0
    height_m = np.tile((-np.tan(np.radians(10.0)) * north_m)[:, None], (1, nodes))
    half = step_deg * (nodes // 2)
    terrain = TerrainGrid(
        hae_m=height_m,
        west_deg=-106.95 - half,
        north_deg=24.95 + half,
        step_lon_deg=step_deg,
        step_lat_deg=step_deg,
    )
    errors = PoseErrors(
        attitude_deg=1e-6, position_horizontal_m=1e-3, position_vertical_m=5.0, terrain_vertical_m=1e-3
    )
    camera = poses(level_frames(1, sensor_elevation_deg=-30.0, sensor_hae_m=800.0))
    point = locate_pixels(camera, np.array([639.5]), np.array([359.5]), *SIZE_PX, terrain, errors)
    slant_angle = np.radians(20.0)
    along_m = 5.0 * np.cos(np.radians(30.0)) / np.sin(slant_angle) * np.cos(np.radians(10.0))
    assert np.sqrt(point.covariance_m2[0, 1, 1]) == pytest.approx(along_m, rel=0.01)
    assert point.ce90_m[0] == pytest.approx(1.644854 * along_m, rel=0.02)


def test_behind_a_ridge_the_stated_error_reaches_to_the_other_slope():
    """A look that grazes a crest: one likely error in ten lands far behind, and the number says so."""
    height_m = np.zeros((201, 201))
    height_m[:, 100:] = 300.0
    height_m[:, 110:] = 0.0
    terrain = TerrainGrid(
        hae_m=height_m, west_deg=-107.0, north_deg=25.0, step_lon_deg=2e-4, step_lat_deg=2e-4
    )
    frames = level_frames(
        2,
        sensor_lon_deg=-106.995,
        sensor_lat_deg=24.98,
        sensor_hae_m=900.0,
        platform_heading_deg=90.0,
        sensor_elevation_deg=[-19.7, -35.0],
    )
    points = locate_pixels(poses(frames), np.full(2, 639.5), np.full(2, 359.5), *SIZE_PX, terrain, ERRORS)
    assert points.ce90_m[0] > 5.0 * points.ce90_m[1]


@pytest.mark.parametrize("elevation_deg", [-89.0, -60.0, -30.0, -12.0])
def test_on_flat_ground_ce90_is_that_of_the_covariance_in_closed_form(elevation_deg):
    """Small errors, so that the look stays a plane's: r / sin of the depression along, r across."""
    errors = PoseErrors(
        attitude_deg=0.01, position_horizontal_m=0.5, position_vertical_m=0.8, terrain_vertical_m=0.5
    )
    camera = poses(level_frames(1, sensor_elevation_deg=elevation_deg, sensor_hae_m=1500.0))
    point = locate_pixels(camera, np.array([639.5]), np.array([359.5]), *SIZE_PX, ConstantHeight(0.0), errors)
    down = np.radians(-elevation_deg)
    turn_m = 1500.0 / np.sin(down) * np.radians(0.01)
    along_m2 = (turn_m / np.sin(down)) ** 2 + 0.5**2 + (0.8**2 + 0.5**2) / np.tan(down) ** 2
    exact_m = circular_error(np.diag([turn_m**2 + 0.5**2, along_m2]))
    assert point.ce90_m[0] == pytest.approx(exact_m, rel=0.01)
    assert point.le90_m[0] == pytest.approx(1.644854 * 0.5, rel=0.01)
