"""Warm and cold things answer at their size, in kelvin and in levels, by night and by day."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from atalaya.detection.thermal_cues import thermal_fused, thermal_maps
from atalaya.errors import InputError

type Thermal = NDArray[np.float32]

GSDS = pytest.mark.parametrize("gsd_m", [0.1, 0.4])
SIDE_M = 64.0


def ground(gsd_m: float, kelvin: float = 293.0, seed: int = 0) -> Thermal:
    """Land that is warmer here and colder there by 0.3 K, over tens of metres, with a camera's noise."""
    side = round(SIDE_M / gsd_m)
    rng = np.random.default_rng(seed)
    slow = cv2.resize(
        rng.normal(0.0, 0.3, (5, 5)).astype(np.float32), (side, side), interpolation=cv2.INTER_CUBIC
    )
    return (kelvin + slow + rng.normal(0.0, 0.08, (side, side))).astype(np.float32)


def with_box(picture: Thermal, gsd_m: float, centre_m, size_m, by_k: float) -> Thermal:
    (x, y), (w, h) = np.array(centre_m) / gsd_m, np.array(size_m) / gsd_m / 2.0
    picture[round(y - h) : round(y + h), round(x - w) : round(x + w)] += np.float32(by_k)
    return picture


def at(plane, gsd_m: float, x_m: float, y_m: float, reach_m: float = 1.5) -> float:
    x, y, reach = (round(one / gsd_m) for one in (x_m, y_m, reach_m))
    return float(plane[y - reach : y + reach + 1, x - reach : x + reach + 1].max())


@GSDS
def test_a_generator_is_a_hot_spot_a_cold_roof_a_cold_one_and_a_warm_field_neither(gsd_m):
    picture = with_box(ground(gsd_m), gsd_m, (16, 16), (1.2, 1.2), 8.0)
    with_box(picture, gsd_m, (48, 16), (2.0, 4.0), -8.0)
    with_box(picture, gsd_m, (32, 46), (30, 20), 8.0)
    maps = thermal_maps(picture, gsd_m)
    assert at(maps.hot, maps.gsd_m, 16, 16) > 2.0
    assert at(maps.cold, maps.gsd_m, 48, 16) > 2.0
    assert at(maps.hot, maps.gsd_m, 48, 16, 0.4) < 0.5
    assert at(maps.hot, maps.gsd_m, 32, 46) < 0.5
    assert at(maps.cold, maps.gsd_m, 32, 46) < 0.5


@GSDS
def test_cfar_measures_in_the_spread_of_the_ring_so_the_same_spot_says_less_in_clutter(gsd_m):
    calm = with_box(ground(gsd_m), gsd_m, (32, 32), (2, 2), 3.0)
    rng = np.random.default_rng(5)
    cells = rng.normal(0.0, 3.0, (32, 32)).astype(np.float32)
    clutter = calm + cv2.resize(cells, calm.shape[::-1], interpolation=cv2.INTER_CUBIC)
    quiet, busy = (thermal_maps(one, gsd_m) for one in (calm, clutter))
    assert at(quiet.cfar, quiet.gsd_m, 32, 32) > 5.0
    assert at(busy.cfar, busy.gsd_m, 32, 32) < 0.6 * at(quiet.cfar, quiet.gsd_m, 32, 32)
    away = quiet.cfar[: quiet.cfar.shape[0] // 4]
    assert np.abs(away).max() < 4.0


@GSDS
def test_cold_is_negative_to_cfar(gsd_m):
    picture = with_box(ground(gsd_m), gsd_m, (32, 32), (3, 3), -5.0)
    maps = thermal_maps(picture, gsd_m)
    middle = maps.cfar.shape[0] // 2
    assert maps.cfar[middle, middle] < -5.0


@GSDS
def test_a_vehicle_on_a_quiet_street_is_active_and_a_long_facade_and_an_even_field_are_not(gsd_m):
    picture = with_box(ground(gsd_m), gsd_m, (20, 32), (2, 4.6), 6.0)
    with_box(picture, gsd_m, (20, 31), (1.2, 1.2), -9.0)
    with_box(picture, gsd_m, (52, 32), (12, 60), 6.0)
    maps = thermal_maps(picture, gsd_m)
    vehicle = at(maps.activity, maps.gsd_m, 20, 32)
    assert vehicle > 3.0
    assert at(maps.activity, maps.gsd_m, 46, 32) < 0.7 * vehicle
    assert at(maps.activity, maps.gsd_m, 34, 12) < 1.5


@GSDS
def test_the_score_is_highest_on_the_vehicle_in_kelvin_and_in_levels(gsd_m):
    picture = with_box(ground(gsd_m), gsd_m, (40, 22), (2, 4.6), 5.0)
    levels = np.clip((picture - 280.0) * 8.0, 0, 255).astype(np.uint8)
    for one in (picture, levels):
        score = thermal_fused(thermal_maps(one, gsd_m))
        assert score.shape == one.shape
        row, col = np.unravel_index(int(score.argmax()), score.shape)
        assert np.hypot(col * gsd_m - 40, row * gsd_m - 22) < 4.0


def test_a_picture_warmer_by_ten_kelvin_everywhere_gives_the_same_answer():
    picture = with_box(ground(0.4), 0.4, (40, 22), (2, 4.6), 5.0)
    one, other = (thermal_fused(thermal_maps(picture + np.float32(add), 0.4)) for add in (0.0, 10.0))
    assert np.allclose(one, other, atol=1e-2)


def test_where_there_is_no_value_there_is_no_score():
    picture = ground(0.4)
    picture[:, :30] = np.nan
    score = thermal_fused(thermal_maps(picture, 0.4))
    assert np.isnan(score[:, :30]).all()
    assert np.isfinite(score[:, 32:]).all()
    assert np.isnan(thermal_fused(thermal_maps(np.full((20, 20), np.nan, np.float32), 0.1))).all()


@pytest.mark.parametrize("picture", [np.full((40, 60), 7, np.uint8), np.full((40, 60), 290.0, np.float32)])
def test_an_even_picture_holds_no_spot(picture):
    maps = thermal_maps(picture, 0.25)
    assert maps.hot.max() < 1e-3
    assert maps.cold.max() < 1e-3
    assert np.abs(maps.cfar).max() < 1e-3
    assert np.allclose(maps.activity, 1.0)


def test_what_is_no_thermal_picture_is_refused():
    for bad in (np.zeros((20, 20, 3), np.uint8), np.zeros((20, 20)), np.zeros((2, 20), np.uint8)):
        with pytest.raises(InputError, match="thermal picture"):
            thermal_maps(bad, 0.2)
    with pytest.raises(InputError, match="GSD"):
        thermal_maps(np.zeros((20, 20), np.uint8), 0.0)
