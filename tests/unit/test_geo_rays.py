"""Rays against closed forms and a brute-force march; never an answer beyond the terrain."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atalaya.errors import InputError
from atalaya.geo.ellipsoid import ecef_from_geodetic, geodetic_from_ecef
from atalaya.geo.rays import cast, cast_to_heights
from atalaya.geo.terrain import ConstantHeight, TerrainGrid
from terrain_scenes import fractal_terrain, rays_from


def plane(slope_m_per_row: float = 0.0) -> TerrainGrid:
    rows = np.arange(101.0)[:, None] * slope_m_per_row
    return TerrainGrid(
        hae_m=np.tile(rows, (1, 101)), west_deg=-107.0, north_deg=25.0, step_lon_deg=1e-3, step_lat_deg=1e-3
    )


def test_straight_down_meets_the_ground_below():
    origin_m, direction = rays_from(-106.95, 24.95, 3000.0, [0.0, 123.0], [90.0, 90.0])
    for terrain in (ConstantHeight(120.0), plane(1.0)):
        lon_deg, lat_deg, hae_m = geodetic_from_ecef(cast(origin_m, direction, terrain))
        np.testing.assert_allclose(lon_deg, -106.95, atol=1e-9)
        np.testing.assert_allclose(lat_deg, 24.95, atol=1e-9)
        np.testing.assert_allclose(hae_m, terrain.height_hae_m(lon_deg, lat_deg), atol=1e-3)


@given(st.floats(0.0, 360.0), st.floats(3.0, 90.0), st.floats(-50.0, 4000.0))
def test_a_declared_height_is_met_exactly_and_on_the_ray(azimuth_deg, depression_deg, hae_m):
    origin_m, direction = rays_from(-106.95, 24.95, 5000.0, [azimuth_deg], [depression_deg])
    hit_m = cast(origin_m, direction, ConstantHeight(hae_m))
    assert geodetic_from_ecef(hit_m)[2][0] == pytest.approx(hae_m, abs=1e-6)
    along = hit_m - origin_m
    np.testing.assert_allclose(along / np.linalg.norm(along), direction, atol=1e-9)


def test_each_ray_may_have_its_own_height():
    origin_m, direction = rays_from(0.0, 0.0, 5000.0, [10.0, 20.0, 30.0], [30.0, 30.0, 30.0])
    hit_m = cast_to_heights(origin_m, direction, np.array([100.0, np.nan, 900.0]))
    np.testing.assert_allclose(geodetic_from_ecef(hit_m)[2], [100.0, np.nan, 900.0], atol=1e-6)


@pytest.mark.parametrize("depression_deg", [-30.0, 0.0, 1.0])
def test_the_sky_has_no_ground(depression_deg):
    origin_m, direction = rays_from(-106.95, 24.95, 5000.0, [0.0], [depression_deg])
    assert np.isnan(cast(origin_m, direction, ConstantHeight(0.0))).all()
    assert np.isnan(cast(origin_m, direction, plane())).all()


def test_the_horizon_dips_with_the_curvature_of_the_earth():
    dip_deg = np.degrees(np.arccos(6371e3 / 6376e3))  # 5000 m above a sphere: 2.27 deg
    origin_m, direction = rays_from(0.0, 45.0, 5000.0, [0.0, 0.0], [dip_deg - 0.02, dip_deg + 0.02])
    assert np.isnan(cast(origin_m, direction, ConstantHeight(0.0))[:, 0]).tolist() == [True, False]


def test_no_answer_beyond_the_terrain_nor_from_under_the_ground():
    origin_m, direction = rays_from(-106.95, 24.95, 3000.0, [0.0, 90.0, 0.0], [10.0, 10.0, 80.0])
    assert np.isnan(cast(origin_m, direction, plane())[:, 0]).tolist() == [True, True, False]
    under_m, down = rays_from(-106.95, 24.95, 20.0, [0.0], [20.0])
    assert np.isnan(cast(under_m, down, plane(1.0))).all()
    assert np.isnan(cast(under_m, down, ConstantHeight(50.0))).all()


def test_a_ray_that_enters_the_terrain_from_outside_is_answered_only_above_the_ground():
    origin_m, direction = rays_from(-107.02, 24.95, 1500.0, [90.0, 90.0], [20.0, 38.0])
    lon_deg, _, _ = geodetic_from_ecef(cast(origin_m, direction, plane()))
    assert lon_deg[0] == pytest.approx(-106.979, abs=1e-3)
    assert np.isnan(lon_deg[1])


def test_a_void_is_never_an_answer():
    height_m = np.full((101, 101), 50.0)
    height_m[40:60, 40:60] = np.nan
    terrain = TerrainGrid(
        hae_m=height_m, west_deg=-107.0, north_deg=25.0, step_lon_deg=1e-3, step_lat_deg=1e-3
    )
    origin_m, direction = rays_from(-106.95, 24.95, 3000.0, [0.0, 0.0, 0.0], [90.0, 80.0, 60.0])
    assert np.isnan(cast(origin_m, direction, terrain)[:, 0]).tolist() == [True, True, False]


def test_a_zero_or_unknown_direction_has_no_answer():
    origin_m = ecef_from_geodetic(np.full(2, -106.95), np.full(2, 24.95), np.full(2, 900.0))
    direction = np.array([[0.0, 0.0, 0.0], [np.nan, 1.0, 0.0]])
    assert np.isnan(cast(origin_m, direction, plane())).all()
    assert np.isnan(cast(origin_m, direction, ConstantHeight(1.0))).all()
    with pytest.raises(InputError, match="both be"):
        cast(origin_m, direction[:1], plane())


def test_no_rays_are_no_answers():
    nothing = np.empty((0, 3))
    assert cast(nothing, nothing, plane()).shape == (0, 3)
    assert cast(nothing, nothing, ConstantHeight(0.0)).shape == (0, 3)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000))
def test_the_march_finds_what_a_brute_force_march_finds(seed):
    rng = np.random.default_rng(seed)
    terrain = with_voids(
        fractal_terrain(int(rng.integers(24, 130)), seed, relief_m=rng.uniform(50.0, 900.0)), rng
    )
    west, south, east, north = terrain.bounds_deg
    origin_m, direction = np.empty((6, 3)), np.empty((6, 3))
    for ray in range(6):  # from in, beside and over the terrain, aimed at a place in it
        start = rng.uniform([west - 3e-3, south - 3e-3], [east + 3e-3, north + 3e-3])
        target = rng.uniform([west, south], [east, north])
        height_m = rng.choice(
            [rng.uniform(0.0, terrain.highest_m), terrain.highest_m + rng.uniform(0.0, 900.0)]
        )
        origin_m[ray] = ecef_from_geodetic(start[0], start[1], height_m)
        direction[ray] = ecef_from_geodetic(target[0], target[1], rng.uniform(-20.0, terrain.highest_m))
        direction[ray] -= origin_m[ray]
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    hit_m = cast(origin_m, direction, terrain)
    for ray in range(6):
        expected_m, depth_m = _brute_force_m(origin_m[ray], direction[ray], terrain)
        found_m = float(np.linalg.norm(hit_m[ray] - origin_m[ray]))
        if depth_m > 0.1:  # a crest clipped by centimetres, or by a void's very edge, may be passed
            np.testing.assert_allclose(found_m, expected_m, atol=0.05)
        if not np.isnan(found_m):
            lon_deg, lat_deg, hae_m = geodetic_from_ecef(hit_m[ray])
            assert hae_m == pytest.approx(float(terrain.height_hae_m(lon_deg, lat_deg)), abs=0.01)


def with_voids(terrain: TerrainGrid, rng: np.random.Generator) -> TerrainGrid:
    height_m = terrain.hae_m.copy()
    for _ in range(int(rng.integers(0, 4))):
        row, col = rng.integers(0, len(height_m), 2)
        height_m[row : row + rng.integers(1, 10), col : col + rng.integers(1, 10)] = np.nan
    return replace(terrain, hae_m=height_m)


def _brute_force_m(origin_m: np.ndarray, direction: np.ndarray, terrain: TerrainGrid) -> tuple[float, float]:
    """Distance to the first crossing, NaN for none, and how deep the ray then goes before it comes out."""
    along_m = np.arange(0.0, 6000.0, 0.1)
    lon_deg, lat_deg, hae_m = geodetic_from_ecef(origin_m + along_m[:, None] * direction)
    gap_m = hae_m - terrain.height_hae_m(lon_deg, lat_deg)
    under = np.flatnonzero(gap_m < 0.0)
    if not under.size:
        return float("nan"), 1.0
    first = int(under[0])
    stay = gap_m[first:] < 0.0
    run = len(stay) if stay.all() else int(np.argmin(stay))
    beside_unknown = bool(
        np.isnan(gap_m[max(first - 1, 0)]) or np.isnan(gap_m[min(first + run, len(gap_m) - 1)])
    )
    lost = beside_unknown and run < 70  # under the ground for about half a cell at the edge of the unknown
    depth_m = 0.0 if lost else float(-gap_m[first : first + run].min())
    if first == 0 or np.isnan(gap_m[first - 1]):
        return float("nan"), depth_m
    share = gap_m[first - 1] / (gap_m[first - 1] - gap_m[first])
    return float(along_m[first - 1] + 0.1 * share), depth_m


def test_a_wall_of_one_cell_stops_the_ray():
    height_m = np.zeros((101, 101))
    height_m[:, 70] = 400.0
    terrain = TerrainGrid(
        hae_m=height_m, west_deg=-107.0, north_deg=25.0, step_lon_deg=1e-4, step_lat_deg=1e-4
    )
    origin_m, direction = rays_from(-106.999, 24.995, 300.0, [90.0], [15.0])
    lon_deg, _, _ = geodetic_from_ecef(cast(origin_m, direction, terrain))
    assert -106.9931 < lon_deg[0] < -106.9930


def test_a_tile_west_of_the_date_line_goes_on_east_of_it():
    terrain = TerrainGrid(
        hae_m=np.full((101, 101), 10.0), west_deg=179.95, north_deg=25.0, step_lon_deg=1e-3, step_lat_deg=1e-3
    )
    origin_m, direction = rays_from(179.99, 24.95, 3000.0, [90.0], [45.0])
    lon_deg, _, hae_m = geodetic_from_ecef(cast(origin_m, direction, terrain))
    assert lon_deg[0] == pytest.approx(-179.98, abs=1e-3)
    assert hae_m[0] == pytest.approx(10.0, abs=1e-3)


def test_a_ray_that_enters_under_the_edge_and_comes_out_within_a_step_has_no_answer():
    height_m = np.full((40, 40), 0.0)
    height_m[0, :] = 500.0  # a cliff along the northern edge
    terrain = TerrainGrid(
        hae_m=height_m, west_deg=-107.0, north_deg=25.0, step_lon_deg=1e-3, step_lat_deg=1e-3
    )
    origin_m, direction = rays_from(-106.98, 25.002, 385.0, [180.0, 180.0], [1.0, 10.0])
    assert np.isnan(cast(origin_m, direction, terrain)).all()
    over_m, _ = rays_from(-106.98, 25.002, 900.0, [180.0], [30.0])
    assert not np.isnan(cast(over_m, rays_from(-106.98, 25.002, 900.0, [180.0], [30.0])[1], terrain)).any()
