"""What ails a terrain is told from points of known height, and a sound one is left in peace."""

from dataclasses import replace

import numpy as np
import pytest

from atalaya.errors import InputError
from atalaya.geo.terrain_check import FEWEST_POINTS, Ailment, check_terrain
from terrain_scenes import fractal_terrain

UNDULATION_M = -28.0


def land(seed=3):
    return fractal_terrain(601, seed, relief_m=900.0, step_deg=2e-4)


def points_on(terrain, count, seed, noise_m=8.0):
    rng = np.random.default_rng(seed)
    west_deg, south_deg, east_deg, north_deg = terrain.bounds_deg
    lon_deg = rng.uniform(west_deg + 0.007, east_deg - 0.007, count)
    lat_deg = rng.uniform(south_deg + 0.007, north_deg - 0.007, count)
    hae_m = terrain.height_hae_m(lon_deg, lat_deg) + rng.normal(0.0, noise_m, count)
    return lon_deg, lat_deg, hae_m


def checked(model, truth, *, count=40, seed=0, undulation_m=UNDULATION_M, le90_m=9.0):
    lon_deg, lat_deg, hae_m = points_on(truth, count, seed)
    return check_terrain(model, lon_deg, lat_deg, hae_m, np.full(count, undulation_m), le90_m)


def raised(terrain, height_m):
    return replace(terrain, hae_m=terrain.hae_m + height_m)


@pytest.mark.parametrize("seed", range(12))
def test_a_sound_terrain_has_no_ailment(seed):
    check = checked(land(seed), land(seed), seed=seed)
    assert check.ailments == ()
    assert not check.sick
    assert abs(check.offset_m) < check.smallest_offset_m
    assert 5.0 < check.spread_m < 12.0


@pytest.mark.parametrize("times", [-2, -1, 1, 2])
def test_a_multiple_of_the_undulation_is_a_wrong_datum(times):
    check = checked(raised(land(), times * UNDULATION_M), land())
    assert check.ailments == (Ailment.WRONG_DATUM,)
    assert check.undulation_times == times
    assert check.decides_datum


def test_another_height_is_an_offset_and_a_small_one_is_neither():
    assert checked(raised(land(), 42.0), land()).ailments == (Ailment.OFFSET,)
    assert checked(raised(land(), 2.0), land()).ailments == ()


@pytest.mark.parametrize("azimuth_deg", range(0, 360, 45))
def test_a_shift_of_300_m_is_found_and_measured(azimuth_deg):
    east_m, north_m = 300.0 * np.sin(np.radians(azimuth_deg)), 300.0 * np.cos(np.radians(azimuth_deg))
    moved = replace(
        land(),
        west_deg=land().west_deg + east_m / 100_900.0,
        north_deg=land().north_deg + north_m / 110_800.0,
    )
    check = checked(moved, land())
    assert Ailment.SHIFTED in check.ailments
    assert np.hypot(check.shift_east_m - east_m, check.shift_north_m - north_m) < 60.0


def test_a_shift_and_a_wrong_datum_at_once_are_both_told():
    moved = replace(raised(land(), -UNDULATION_M), west_deg=land().west_deg + 0.003)
    check = checked(moved, land())
    assert check.ailments == (Ailment.SHIFTED, Ailment.WRONG_DATUM)
    assert check.undulation_times == -1


def test_another_piece_of_land_is_told():
    assert checked(land(5), land(3)).ailments == (Ailment.WRONG_TILE,)


def test_a_model_that_spreads_more_than_stated_is_a_warning():
    rng = np.random.default_rng(2)
    rough = replace(land(), hae_m=land().hae_m + rng.normal(0.0, 60.0, land().hae_m.shape))
    check = checked(rough, land(), count=400)
    assert check.ailments == (Ailment.ROUGHER,)
    assert not check.sick
    assert checked(rough, land(), count=400, le90_m=100.0).ailments == ()


def test_a_small_undulation_decides_nothing_and_that_is_said():
    check = checked(raised(land(), -5.0), land(), undulation_m=-5.0)
    assert check.ailments == ()
    assert not check.decides_datum


def test_single_wrong_points_change_nothing():
    lon_deg, lat_deg, hae_m = points_on(land(), 40, 1)
    hae_m[::8] += 400.0
    check = check_terrain(land(), lon_deg, lat_deg, hae_m, np.full(40, UNDULATION_M), 9.0)
    assert check.ailments == ()


def test_too_few_points_give_no_answer_and_odd_arrays_are_refused():
    assert checked(land(), land(), count=FEWEST_POINTS - 1) is None
    lon_deg, lat_deg, hae_m = points_on(land(), 20, 1)
    assert check_terrain(land(), lon_deg + 3.0, lat_deg, hae_m, np.zeros(20), 9.0) is None
    with pytest.raises(InputError, match="per point"):
        check_terrain(land(), lon_deg, lat_deg, hae_m[:-1], np.zeros(20), 9.0)


def test_points_in_voids_are_left_out():
    holed = land().hae_m.copy()
    holed[:300] = np.nan
    check = checked(replace(land(), hae_m=holed), land(), count=60)
    assert FEWEST_POINTS < check.points < 60
    assert check.ailments == ()
