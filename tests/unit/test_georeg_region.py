"""The region holds 90 of 100 true places, in parts where the ground breaks off, and is smaller than a circle."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, Polygon

from atalaya.geo.terrain import ConstantHeight, TerrainGrid
from atalaya.georeg.doubt import doubt
from atalaya.georeg.errors import PoseErrors
from atalaya.georeg.locate import locate_pixels, pixel_region
from atalaya.georeg.motion import motion
from atalaya.georeg.pose import poses
from terrain_scenes import fractal_terrain, level_frames
from truth_draws import SIZE_PX, region_area_m2, shares_in_regions, true_offsets

ERRORS = PoseErrors()


def outlines(region):
    return [Polygon(list(zip(it.ring_lon_deg, it.ring_lat_deg, strict=True))) for it in region.parts]


def table_mountain(nodes: int = 301, step_deg: float = 2e-4) -> TerrainGrid:
    """A flat land with a mesa 300 m high and 200 m wide, north to south through it."""
    height_m = np.zeros((nodes, nodes))
    height_m[:, 100:110] = 300.0
    return TerrainGrid(
        hae_m=height_m, west_deg=-107.0, north_deg=25.0, step_lon_deg=step_deg, step_lat_deg=step_deg
    )


def over_the_mesa(elevation_deg: float):
    frames = level_frames(
        1,
        sensor_lon_deg=-106.995,
        sensor_lat_deg=24.97,
        sensor_hae_m=900.0,
        platform_heading_deg=90.0,
        sensor_elevation_deg=elevation_deg,
    )
    return poses(frames)


def test_on_flat_ground_the_region_is_the_ninety_percent_ellipse():
    camera = poses(level_frames(1, sensor_elevation_deg=-30.0))
    region = pixel_region(camera, (639.5, 359.5), SIZE_PX, ConstantHeight(1000.0), ERRORS)
    (part,) = region.parts
    (outline,) = outlines(region)
    assert part.probability == pytest.approx(0.9, abs=1e-3)
    assert outline.contains(Point(part.lon_deg, part.lat_deg))
    assert part.hae_m == pytest.approx(1000.0, abs=5.0)
    area_m2 = 2.0 * np.log(10.0) * np.pi * np.sqrt(np.linalg.det(np.array(region.position.covariance_m2)))
    assert region_area_m2(region) == pytest.approx(area_m2, rel=0.03)
    assert region_area_m2(region) < np.pi * region.position.ce90_m**2
    assert region.other_slope_probability == pytest.approx(0.0, abs=1e-9)
    assert region.nowhere_probability == pytest.approx(0.0, abs=1e-9)


def test_a_look_over_a_crest_has_a_part_on_either_side_and_says_how_likely_each_is():
    terrain = table_mountain()
    region = pixel_region(over_the_mesa(-19.6), (639.5, 359.5), SIZE_PX, terrain, ERRORS)
    assert len(region.parts) == 2
    first, second = outlines(region)
    assert first.disjoint(second)
    assert region.parts[0].probability > region.parts[1].probability > 0.02
    assert region.contained == pytest.approx(0.9, abs=0.01)
    heights_m = sorted(part.hae_m for part in region.parts)
    assert heights_m[0] == pytest.approx(0.0, abs=15.0)
    assert heights_m[1] == pytest.approx(300.0, abs=15.0)
    before = pixel_region(over_the_mesa(-35.0), (639.5, 359.5), SIZE_PX, terrain, ERRORS)
    assert len(before.parts) == 1
    assert before.other_slope_probability < 0.01 < region.other_slope_probability


def test_the_share_of_the_other_slope_is_what_draws_say():
    terrain, camera = table_mountain(), over_the_mesa(-19.6)
    region = pixel_region(camera, (639.5, 359.5), SIZE_PX, terrain, ERRORS)
    x_px, y_px = np.full(1, 639.5), np.full(1, 359.5)
    points = locate_pixels(camera, x_px, y_px, *SIZE_PX, terrain, ERRORS)
    offsets = true_offsets(camera, x_px, y_px, terrain, ERRORS, points, 700)[:, 0]
    height_m = offsets[:, 2] + points.hae_m[0]
    other = (height_m > 150.0) != (points.hae_m[0] > 150.0)
    assert region.other_slope_probability == pytest.approx(other.mean(), abs=0.04)


@pytest.mark.parametrize("last_column", [148, 152, 154])
def test_a_narrow_strip_behind_a_crest_and_nothing_beyond_it_are_told_apart(last_column):
    """Over the crest likely errors meet a strip of far ground, and over that the end of the terrain."""
    whole, camera = table_mountain(), over_the_mesa(-19.9)
    terrain = replace(whole, hae_m=np.ascontiguousarray(whole.hae_m[:, :last_column]))
    region = pixel_region(camera, (639.5, 359.5), SIZE_PX, terrain, ERRORS)
    assert region is not None
    x_px, y_px = np.full(1, 639.5), np.full(1, 359.5)
    points = locate_pixels(camera, x_px, y_px, *SIZE_PX, terrain, ERRORS)
    offsets = true_offsets(camera, x_px, y_px, terrain, ERRORS, points, 500)[:, 0]
    nowhere = np.isinf(offsets[:, 0])
    other = ~nowhere & ((offsets[:, 2] + points.hae_m[0] > 150.0) != (points.hae_m[0] > 150.0))
    assert region.nowhere_probability == pytest.approx(nowhere.mean(), abs=0.03)
    assert region.other_slope_probability == pytest.approx(other.mean(), abs=0.03)
    assert region.other_slope_probability + region.nowhere_probability > 0.03


@pytest.mark.parametrize("elevation_deg", [-45.0, -20.0, -12.0])
def test_ninety_of_a_hundred_true_places_are_in_the_region_on_rough_ground(elevation_deg):
    terrain = fractal_terrain(401, 5, relief_m=900.0, step_deg=3e-4, roughness=2.0)
    rng, count = np.random.default_rng(6), 16
    west, south, east, north = terrain.bounds_deg
    frames = level_frames(
        count,
        sensor_lon_deg=rng.uniform(west + 0.4 * (east - west), east - 0.4 * (east - west), count),
        sensor_lat_deg=rng.uniform(south + 0.4 * (north - south), north - 0.4 * (north - south), count),
        sensor_hae_m=terrain.highest_m + 800.0,
        sensor_elevation_deg=elevation_deg,
        platform_heading_deg=rng.uniform(0.0, 360.0, count),
    )
    camera, x_px, y_px = poses(frames), rng.uniform(0, 1279, count), rng.uniform(0, 719, count)
    points = locate_pixels(camera, x_px, y_px, *SIZE_PX, terrain, ERRORS)
    offsets = true_offsets(camera, x_px, y_px, terrain, ERRORS, points, 100)
    regions = [
        pixel_region(camera.take(np.array([row])), (x_px[row], y_px[row]), SIZE_PX, terrain, ERRORS)
        for row in range(count)
    ]
    shares = shares_in_regions(regions, points, offsets)
    assert 0.88 <= np.nanmean(shares) <= 0.92
    assert np.nanmin(shares) > 0.75


def test_an_error_in_time_widens_the_region_along_the_flight():
    frames = level_frames(
        3,
        time_us=[0, 100_000, 200_000],
        sensor_lat_deg=24.95 + 2e-4 * np.arange(3),
        sensor_elevation_deg=-90.0,
    )
    camera, late = poses(frames), PoseErrors(time_s=0.1)
    one = np.array([1])
    doubts = doubt(late, motion(camera)).take(one)
    still = pixel_region(camera.take(one), (639.5, 359.5), SIZE_PX, ConstantHeight(0.0), late)
    flown = pixel_region(camera.take(one), (639.5, 359.5), SIZE_PX, ConstantHeight(0.0), late, doubts=doubts)
    east_m2, north_m2 = np.diag(np.array(flown.position.covariance_m2))
    assert north_m2 - east_m2 == pytest.approx((0.1 * 221.5) ** 2, rel=0.03)
    assert region_area_m2(flown) > 1.5 * region_area_m2(still)


def test_at_the_edge_of_the_terrain_the_region_says_what_lies_beyond():
    """The answer is 25 m inside the edge: some likely errors leave the terrain, fewer than a tenth."""
    camera = poses(level_frames(1, sensor_elevation_deg=-90.0))
    terrain = TerrainGrid(
        hae_m=np.zeros((51, 51)),
        west_deg=-106.975,
        north_deg=24.95 + 10.5 / 110_700.0,
        step_lon_deg=1e-3,
        step_lat_deg=1e-3,
    )
    region = pixel_region(camera, (639.5, 359.5), SIZE_PX, terrain, ERRORS)
    assert region is not None
    assert 0.01 < region.nowhere_probability < 0.1
    assert region.contained == pytest.approx(0.9, abs=0.01)
    _, _, _, north_deg = terrain.bounds_deg
    assert max(max(part.ring_lat_deg) for part in region.parts) < north_deg + 1e-6


@settings(max_examples=25, deadline=None)
@given(st.floats(-85.0, -8.0), st.floats(0.0, 360.0), st.integers(0, 40))
def test_a_region_is_well_formed_wherever_one_looks(elevation_deg, heading_deg, seed):
    terrain = fractal_terrain(129, seed, relief_m=1500.0, step_deg=1e-3, roughness=1.4)
    frames = level_frames(
        1,
        sensor_lon_deg=-106.94,
        sensor_lat_deg=24.94,
        sensor_hae_m=terrain.highest_m + 500.0,
        sensor_elevation_deg=elevation_deg,
        platform_heading_deg=heading_deg,
    )
    region = pixel_region(poses(frames), (300.0, 500.0), SIZE_PX, terrain, ERRORS)
    if region is None:
        return
    total = sum(part.probability for part in region.parts)
    assert region.contained == pytest.approx(total)
    assert 0.8 < region.contained < 0.95
    assert region.other_slope_probability + region.nowhere_probability < 1.0
    shares = [part.probability for part in region.parts]
    assert shares == sorted(shares, reverse=True)
    assert all(outline.is_valid and outline.area > 0.0 for outline in outlines(region))
