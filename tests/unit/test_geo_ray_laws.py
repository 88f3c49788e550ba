"""Laws of rays on terrain: both engines agree, seams change nothing, and every ray says how it ends."""

import copy
import pickle
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atalaya.errors import InputError
from atalaya.geo.ellipsoid import ecef_from_geodetic, geodetic_from_ecef
from atalaya.geo.ray_ends import MEAN_RADIUS_M, RayEnd
from atalaya.geo.rays import cast, cast_to_heights, cast_with_ends, visible
from atalaya.geo.terrain import ConstantHeight, TerrainGrid, TerrainMosaic
from terrain_scenes import cut_in_four, fractal_terrain, rays_from

ENGINES = ("numba", "numpy")
ANGLE_DEG = st.floats(0.0, 360.0)


def looks_at(
    terrain: TerrainGrid | TerrainMosaic, rng: np.random.Generator, count: int = 40
) -> tuple[np.ndarray, np.ndarray]:
    """Rays from in, beside and over a terrain, each aimed at a place in it."""
    west, south, east, north = terrain.bounds_deg
    margin_deg = 0.1 * (east - west)
    start = rng.uniform(
        [west - margin_deg, south - margin_deg], [east + margin_deg, north + margin_deg], (count, 2)
    )
    target = rng.uniform([west, south], [east, north], (count, 2))
    start_m = rng.uniform(0.0, terrain.highest_m + 900.0, count)
    target_m = rng.uniform(terrain.lowest_m - 20.0, terrain.highest_m, count)
    origin_m = ecef_from_geodetic(start[:, 0], start[:, 1], start_m)
    return origin_m, ecef_from_geodetic(target[:, 0], target[:, 1], target_m) - origin_m


def as_float32(terrain: TerrainGrid) -> TerrainGrid:
    return replace(terrain, hae_m=terrain.hae_m.astype(np.float32))


def holed(terrain: TerrainGrid, rng: np.random.Generator) -> TerrainGrid:
    height_m = terrain.hae_m.copy()
    for _ in range(int(rng.integers(0, 4))):
        row, col = rng.integers(0, len(height_m), 2)
        height_m[row : row + rng.integers(1, 12), col : col + rng.integers(1, 12)] = np.nan
    return replace(terrain, hae_m=height_m)


def assert_same_hits(one_m: np.ndarray, other_m: np.ndarray, looks: tuple[np.ndarray, np.ndarray]) -> None:
    """Within a millimetre along the vertical, which is more along a ray that grazes."""
    np.testing.assert_array_equal(np.isnan(one_m), np.isnan(other_m))
    along = looks[1] / np.linalg.norm(looks[1], axis=1, keepdims=True)
    apart_m = one_m - other_m
    along_m = np.abs(np.nan_to_num((apart_m * along).sum(axis=1)))
    assert along_m.max(initial=0.0) < 0.05
    assert np.quantile(along_m, 0.9) < 0.005
    up_m = np.abs(geodetic_from_ecef(one_m)[2] - geodetic_from_ecef(other_m)[2])
    assert np.nanquantile(np.nan_to_num(up_m), 0.9) < 0.001


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.13]), st.booleans())
def test_compiled_and_plain_rays_agree_voids_and_all(seed, refraction, single):
    rng = np.random.default_rng(seed)
    terrain = holed(fractal_terrain(int(rng.integers(8, 90)), seed, relief_m=rng.uniform(20.0, 900.0)), rng)
    terrain = as_float32(terrain) if single else terrain
    looks = looks_at(terrain, rng)
    (one_m, one), (other_m, other) = (
        cast_with_ends(*looks, terrain, refraction_coefficient=refraction, engine=engine)
        for engine in ENGINES
    )
    same = one == other
    assert same.mean() >= 0.97  # a ray that grazes a crest or the rim of a void may pass in one of them
    assert_same_hits(one_m[same], other_m[same], (looks[0][same], looks[1][same]))


def test_however_the_heights_lie_in_memory_the_answers_are_the_same():
    rng = np.random.default_rng(7)
    terrain = holed(fractal_terrain(70, 7, relief_m=400.0), rng)
    looks = looks_at(terrain, rng, 200)
    hit_m, ends = cast_with_ends(*looks, terrain, engine="numba")
    assert len(np.unique(ends)) > 2
    for hae_m in (terrain.hae_m.astype(">f8"), np.asfortranarray(terrain.hae_m), terrain.hae_m[::-1][::-1]):
        other_m, others = cast_with_ends(*looks, replace(terrain, hae_m=hae_m), engine="numba")
        np.testing.assert_array_equal(hit_m, other_m)
        np.testing.assert_array_equal(ends, others)


@pytest.mark.parametrize("parts", [1, 4])
def test_a_copy_of_a_terrain_answers_when_the_first_is_gone(parts):
    rng = np.random.default_rng(8)
    whole = as_float32(fractal_terrain(70, 8, relief_m=400.0))
    terrain = TerrainMosaic(cut_in_four(whole, 30, 40) if parts == 4 else (whole,))
    looks = looks_at(terrain, rng, 200)
    hit_m, ends = cast_with_ends(*looks, terrain, engine="numba")
    copied, kept = copy.deepcopy(terrain), pickle.loads(pickle.dumps(terrain))  # noqa: S301 - our own bytes
    held = [sys.getrefcount(tile.hae_m) for tile in terrain.tiles]
    cast(*looks, terrain, engine="numba")
    assert [sys.getrefcount(tile.hae_m) for tile in terrain.tiles] == held
    for tile in terrain.tiles:
        tile.hae_m[:] = np.nan
    for other in (copied, kept):
        other_m, others = cast_with_ends(*looks, other, engine="numba")
        np.testing.assert_array_equal(hit_m, other_m)
        np.testing.assert_array_equal(ends, others)


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_a_seam_changes_nothing(engine, seed):
    rng = np.random.default_rng(seed)
    whole = as_float32(fractal_terrain(60, seed, relief_m=400.0))
    tiles = cut_in_four(whole, *rng.integers(1, 58, 2).tolist())
    looks = looks_at(whole, rng)
    hit_m, ends = cast_with_ends(*looks, whole, engine=engine)
    order = rng.permutation(4)
    parts_m, parts = cast_with_ends(*looks, TerrainMosaic(tuple(tiles[i] for i in order)), engine=engine)
    np.testing.assert_array_equal(ends, parts)
    assert_same_hits(hit_m, parts_m, looks)


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_in_a_mosaic_the_best_tile_that_knows_a_place_answers_for_it(engine, seed):
    rng = np.random.default_rng(seed)
    coarse = fractal_terrain(30, seed, relief_m=300.0, step_deg=4e-4)
    fine = holed(fractal_terrain(60, seed + 1, relief_m=300.0, step_deg=1e-4), rng)
    fine = replace(fine, west_deg=-106.9973, north_deg=24.9973)
    mosaic = TerrainMosaic((as_float32(fine), as_float32(coarse)))
    looks = looks_at(mosaic, rng)
    hit_m, ends = cast_with_ends(*looks, mosaic, engine=engine)
    np.testing.assert_array_equal(np.isnan(hit_m[:, 0]), ends != RayEnd.HIT)
    met = ends == RayEnd.HIT
    lon_deg, lat_deg, hae_m = geodetic_from_ecef(hit_m[met])
    off_m = np.abs(hae_m - mosaic.height_hae_m(lon_deg, lat_deg))
    on_ground = off_m < 0.01
    along = looks[1][met] / np.linalg.norm(looks[1][met], axis=1, keepdims=True)
    before = geodetic_from_ecef(hit_m[met] - 0.1 * along)
    behind = geodetic_from_ecef(hit_m[met] + 0.1 * along)
    above_m = before[2] - mosaic.height_hae_m(before[0], before[1])
    under_m = behind[2] - mosaic.height_hae_m(behind[0], behind[1])
    assert (on_ground | ((above_m > 0.0) & (under_m < 0.0))).all()  # on the ground, or on the wall of a seam
    assert_first(looks, np.where(met, np.linalg.norm(hit_m - looks[0], axis=1), np.inf), mosaic, ends)


def assert_first(looks, distance_m, mosaic, ends):
    """No sampled place before the answer is below known ground by more than a clipped crest."""
    along = looks[1] / np.linalg.norm(looks[1], axis=1, keepdims=True)
    for ray in np.flatnonzero(np.isin(ends, (RayEnd.HIT, RayEnd.SKY, RayEnd.OFF_TERRAIN))):
        along_m = np.arange(0.0, min(distance_m[ray], 4000.0), 1.0)
        lon_deg, lat_deg, hae_m = geodetic_from_ecef(looks[0][ray] + along_m[:, None] * along[ray])
        gap_m = hae_m - mosaic.height_hae_m(lon_deg, lat_deg)
        if ends[ray] == RayEnd.OFF_TERRAIN and (gap_m < -0.02).any():
            continue  # came in under the ground from beyond the terrain
        assert not (gap_m < -0.02).any()


@pytest.mark.parametrize("engine", ENGINES)
def test_the_step_between_two_tiles_is_a_wall(engine):
    low = TerrainGrid(
        hae_m=np.zeros((11, 11), dtype=np.float32),
        west_deg=-107.0,
        north_deg=25.0,
        step_lon_deg=1e-3,
        step_lat_deg=1e-3,
    )
    high = replace(low, hae_m=np.full((11, 11), 50.0, dtype=np.float32), west_deg=-106.99)
    origin_m, direction = rays_from(-106.995, 24.995, 25.0, [90.0], [0.0])
    for tiles in ((low, high), (high, low)):
        hit_m, ends = cast_with_ends(origin_m, direction, TerrainMosaic(tiles), engine=engine)
        assert ends.tolist() == [RayEnd.HIT]
        assert geodetic_from_ecef(hit_m)[0][0] == pytest.approx(-106.99, abs=1e-7)
    apart = replace(high, west_deg=-106.985)  # unknown ground between the two: nobody knows where it rises
    ends = cast_with_ends(origin_m, direction, TerrainMosaic((low, apart)), engine=engine)[1]
    assert ends.tolist() == [RayEnd.OFF_TERRAIN]


@pytest.mark.parametrize("engine", ENGINES)
def test_every_ray_says_how_it_ends(engine):
    height_m = np.full((101, 101), 50.0)
    height_m[40:60, 40:60] = np.nan
    height_m[0, 0] = 900.0
    terrain = TerrainGrid(
        hae_m=height_m, west_deg=-107.0, north_deg=25.0, step_lon_deg=1e-3, step_lat_deg=1e-3
    )
    over, _ = rays_from(-106.95, 24.95, 3000.0, [0.0], [90.0])
    low, _ = rays_from(-106.97, 24.95, 40.0, [0.0], [90.0])
    valley, _ = rays_from(-106.97, 24.95, 60.0, [0.0], [90.0])
    cases = {
        "down beside the void": (over, 60.0, RayEnd.HIT),
        "down in the void": (over, 89.0, RayEnd.VOID),
        "up from above all": (over, -5.0, RayEnd.SKY),
        "far beyond": (over, 10.0, RayEnd.OFF_TERRAIN),
        "up from between": (valley, -80.0, RayEnd.SKY),
        "level from between": (valley, 0.0, RayEnd.OFF_TERRAIN),
        "from under the ground": (low, -80.0, RayEnd.UNDER_GROUND),
    }
    for case, (origin_m, depression_deg, end) in cases.items():
        direction = rays_from(-106.95, 24.95, 0.0, [0.0], [depression_deg])[1]
        hit_m, ends = cast_with_ends(origin_m, direction, terrain, engine=engine)
        assert RayEnd(ends[0]) is end, case
        assert np.isnan(hit_m).all() == (end is not RayEnd.HIT), case
    ends = cast_with_ends(over, np.zeros((1, 3)), terrain, engine=engine)[1]
    assert ends.tolist() == [RayEnd.UNKNOWN]
    ends = cast_with_ends(over * np.nan, over, ConstantHeight(0.0))[1]
    assert ends.tolist() == [RayEnd.UNKNOWN]


@settings(deadline=None)
@given(ANGLE_DEG, st.floats(3.0, 89.0), st.floats(-0.3, 0.9))
def test_on_a_level_grid_a_bent_ray_lands_where_the_bent_closed_form_does(azimuth_deg, depression_deg, k):
    level = TerrainGrid(
        hae_m=np.full((201, 201), 321.0),
        west_deg=-107.5,
        north_deg=25.5,
        step_lon_deg=5e-3,
        step_lat_deg=5e-3,
    )
    origin_m, direction = rays_from(-107.0, 25.0, 2500.0, [azimuth_deg], [depression_deg])
    hit_m = cast(origin_m, direction, level, refraction_coefficient=k)
    exact_m = cast(origin_m, direction, ConstantHeight(321.0), refraction_coefficient=k)
    np.testing.assert_allclose(hit_m, exact_m, rtol=0.0, atol=0.002 / np.sin(np.radians(depression_deg)))
    assert geodetic_from_ecef(exact_m)[2][0] == pytest.approx(321.0, abs=1e-3)


def test_a_ray_bends_down_by_k_d2_over_2r():
    origin_m, direction = rays_from(-107.0, 25.0, 3000.0, [30.0], [2.0])
    straight_m = cast_to_heights(origin_m, direction, np.array([500.0]))
    distance_m = np.linalg.norm(straight_m - origin_m)
    bent_m = 0.13 * distance_m**2 / (2.0 * MEAN_RADIUS_M)
    target_m = np.array([500.0 - bent_m])
    through_m = cast_to_heights(origin_m, direction, target_m, refraction_coefficient=0.13)
    lon_deg, lat_deg, hae_m = geodetic_from_ecef(np.concatenate([straight_m, through_m]))
    assert bent_m > 40.0
    np.testing.assert_allclose([lon_deg[1], lat_deg[1]], [lon_deg[0], lat_deg[0]], atol=1e-7)
    assert hae_m[0] - hae_m[1] == pytest.approx(bent_m, abs=1e-3)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.13]))
def test_what_a_ray_meets_is_visible_and_what_lies_behind_it_is_not(seed, refraction):
    rng = np.random.default_rng(seed)
    terrain = fractal_terrain(60, seed, relief_m=600.0)
    origin_m, direction = looks_at(terrain, rng)
    hit_m, ends = cast_with_ends(origin_m, direction, terrain, refraction_coefficient=refraction)
    met = ends == RayEnd.HIT
    far = np.linalg.norm(hit_m[met] - origin_m[met], axis=1) > 20.0
    start_m, seen_m = origin_m[met][far], hit_m[met][far]
    along = (seen_m - start_m) / np.linalg.norm(seen_m - start_m, axis=1, keepdims=True)
    assert visible(start_m, seen_m, terrain, refraction_coefficient=refraction).mean() > 0.98
    lon_deg, lat_deg, hae_m = geodetic_from_ecef(seen_m + 15.0 * along)
    buried = hae_m < terrain.height_hae_m(lon_deg, lat_deg) - 1.0
    behind_m = (seen_m + 15.0 * along)[buried]
    assert not visible(start_m[buried], behind_m, terrain, refraction_coefficient=refraction).any()


def test_one_observer_may_look_at_many_targets():
    origin_m, direction = rays_from(-106.95, 24.95, 300.0, [0.0, 90.0], [20.0, 20.0])
    targets_m = cast(origin_m, direction, ConstantHeight(0.0))
    assert visible(origin_m[:1], targets_m, ConstantHeight(0.0)).tolist() == [True, True]
    assert visible(origin_m[:1], targets_m, ConstantHeight(10.0)).tolist() == [False, False]
    assert visible(origin_m, targets_m * np.nan, ConstantHeight(0.0)).tolist() == [False, False]


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_threads_and_the_company_a_ray_is_in_change_no_answer(seed):
    rng = np.random.default_rng(seed)
    terrain = fractal_terrain(200, seed, relief_m=400.0, step_deg=1e-3)  # origins in many neighbourhoods
    looks = looks_at(terrain, rng, 101)
    hit_m = cast(*looks, terrain)
    np.testing.assert_array_equal(hit_m, cast(*looks, terrain, threads=3))
    some = rng.permutation(101)[:7]
    np.testing.assert_array_equal(hit_m[some], cast(looks[0][some], looks[1][some], terrain))


@pytest.mark.parametrize(
    ("west_deg", "north_deg", "step_lon_deg"),
    [(-107.0, 25.0, 0.01), (10.0, 77.0, 0.02), (179.0, 10.0, 0.01), (-20.0, 90.0, 0.2), (100.0, -88.0, 0.2)],
)
def test_far_looks_are_exact_near_the_poles_and_over_the_date_line_too(west_deg, north_deg, step_lon_deg):
    hills = fractal_terrain(200, 3, relief_m=1500.0, step_deg=0.01)
    terrain = replace(hills, west_deg=west_deg, north_deg=north_deg, step_lon_deg=step_lon_deg)
    west, south, east, north = terrain.bounds_deg
    rng = np.random.default_rng(4)
    looks = rays_from(
        0.5 * (west + east),
        0.5 * (south + north),
        9000.0,
        rng.uniform(0.0, 360.0, 30),
        rng.uniform(2.5, 12.0, 30),
    )
    for refraction in (0.0, 0.13):
        (one_m, one), (other_m, other) = (
            cast_with_ends(*looks, terrain, refraction_coefficient=refraction, engine=engine)
            for engine in ENGINES
        )
        np.testing.assert_array_equal(one, other)
        np.testing.assert_allclose(one_m, other_m, rtol=0.0, atol=0.02)
        met = one == RayEnd.HIT
        lon_deg, lat_deg, hae_m = geodetic_from_ecef(one_m[met])
        assert met.sum() > 5
        assert np.linalg.norm(one_m[met] - looks[0][met], axis=1).max() > 50e3
        np.testing.assert_allclose(hae_m, terrain.height_hae_m(lon_deg, lat_deg), rtol=0.0, atol=0.01)


def test_what_cannot_be_is_refused():
    origin_m, direction = rays_from(-106.95, 24.95, 300.0, [0.0], [20.0])
    terrain = fractal_terrain(10, 0, relief_m=1.0)
    with pytest.raises(InputError, match="refraction"):
        cast(origin_m, direction, terrain, refraction_coefficient=float("nan"))
    with pytest.raises(InputError, match="thread"):
        cast(origin_m, direction, terrain, threads=0)
    with pytest.raises(InputError, match="engine"):
        cast(origin_m, direction, terrain, engine="fortran")
