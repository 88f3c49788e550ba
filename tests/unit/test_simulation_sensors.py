"""What cameras do to perfect pictures: each effect alone, by as much as was asked for."""

from dataclasses import replace

import numpy as np
import pytest

from atalaya.errors import InputError
from atalaya.simulation.sensor import Air, ColourSensor, blurred, sense_colour
from atalaya.simulation.thermal_sensor import ThermalSensor, sense_thermal, stretched

CLEAR = Air(visibility_m=1e9, sun_elevation_deg=90.0)
PERFECT = ColourSensor(psf_px=0.0, read_levels=0.0, shot_levels=0.0, breath_share=0.0)
STILL = np.zeros(2)
SIZE = (60, 80)


def grey(level: int) -> np.ndarray:
    return np.full((*SIZE, 3), level, dtype=np.uint8)


def far(range_m: float) -> np.ndarray:
    return np.full(SIZE, range_m, dtype=np.float32)


def sensed(picture, sensor=PERFECT, air=CLEAR, range_m=2000.0, time_s=0.0, key=(5, 0)) -> np.ndarray:
    return sense_colour(
        picture, sensor, air, range_m=far(range_m), above_m=1500.0, smear=STILL, time_s=time_s, key=key
    )


def test_a_perfect_camera_in_clear_air_changes_nothing():
    picture = np.random.default_rng(0).integers(0, 256, (*SIZE, 3), dtype=np.uint8)
    assert np.array_equal(sensed(picture), picture)


def test_haze_pales_what_is_far_and_blue_more_than_red():
    air = Air(visibility_m=20_000.0, sun_elevation_deg=90.0)
    near, distant = (sensed(grey(30), air=air, range_m=range_m)[0, 0] for range_m in (1000.0, 6000.0))
    assert (distant > near + 20).all()
    assert distant[2] > distant[0]


def test_a_black_thing_is_lost_where_visibility_ends():
    air = Air(visibility_m=10_000.0, sun_elevation_deg=90.0)
    kept = air.kept(np.array([10_000.0], dtype=np.float32), above_m=0.0)[0]
    assert kept[1] == pytest.approx(0.02, abs=0.001)
    assert kept[0] > kept[1] > kept[2]


def test_noise_has_the_sigma_that_was_asked_for_and_another_in_each_frame():
    sensor = replace(PERFECT, read_levels=2.0)
    first, second = (sensed(grey(128), sensor, key=(5, number)).astype(float) for number in (0, 1))
    assert first.std() == pytest.approx(2.0, rel=0.05)
    assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 0.05
    assert np.array_equal(first, sensed(grey(128), sensor, key=(5, 0)))
    bright = sensed(grey(240), replace(PERFECT, shot_levels=3.0)).astype(float).std()
    assert bright == pytest.approx(3.0 * np.sqrt(240 / 255), rel=0.05)


def test_the_gain_breathes_no_further_than_asked():
    sensor = replace(PERFECT, breath_share=0.1)
    levels = [sensed(grey(150), sensor, time_s=time_s).mean() for time_s in np.arange(0.0, 30.0, 0.5)]
    assert 5.0 < np.ptp(levels) <= 31.0
    assert max(abs(np.array(levels) - 150.0)) <= 15.5


def test_low_sun_is_warm_and_night_is_black_with_noise():
    evening = sensed(grey(120), air=replace(CLEAR, sun_elevation_deg=9.0))[0, 0].astype(int)
    assert evening[0] > evening[1] > evening[2]
    night = sensed(grey(200), replace(PERFECT, read_levels=2.0), replace(CLEAR, sun_elevation_deg=-30.0))
    assert night.mean() < 12.0
    assert night.std() > 3.0


def test_blur_spreads_a_point_by_its_sigma_and_keeps_its_light():
    picture = np.zeros((41, 41), dtype=np.float32)
    picture[20, 20] = 100.0
    soft = blurred(picture, 1.5, STILL)
    assert soft.sum() == pytest.approx(100.0, rel=1e-3)
    assert np.sqrt((soft.sum(axis=0) * (np.arange(41) - 20.0) ** 2).sum() / 100.0) == pytest.approx(
        1.5, abs=0.05
    )


def test_a_smear_goes_along_its_way_and_only_there():
    picture = np.zeros((41, 41), dtype=np.float32)
    picture[20, 20] = 100.0
    drawn = blurred(picture, 0.0, np.array([8.0, 0.0]))
    assert drawn.sum() == pytest.approx(100.0, rel=1e-3)
    assert np.flatnonzero(drawn.sum(axis=0) > 0.5).tolist() == list(range(16, 25))
    assert drawn[20].sum() == pytest.approx(100.0, rel=1e-3)


def test_warm_is_bright_and_the_range_is_the_pictures_own():
    kelvin = np.linspace(290.0, 320.0, 4800, dtype=np.float32).reshape(SIZE)
    made = stretched(kelvin, 6.0, 0.002)
    assert (np.diff(made.ravel().astype(int)) >= 0).all()
    assert made.min() < 16
    assert made.max() > 240
    assert np.array_equal(made, stretched(kelvin + 8.0, 6.0, 0.002))


def test_a_picture_of_one_temperature_is_not_stretched_into_noise():
    noise = np.random.default_rng(2).standard_normal(SIZE).astype(np.float32) * 0.06
    made = stretched(300.0 + noise, 6.0, 0.002).astype(float)
    assert made.std() == pytest.approx(0.06 * 231.0 / 6.0, rel=0.1)
    assert made.mean() == pytest.approx(127.5, abs=2.0)


def test_a_hot_spot_stays_the_brightest_thing_of_a_thermal_picture():
    kelvin = np.full(SIZE, 295.0, dtype=np.float32)
    kelvin[30:34, 40:44] += 25.0
    made = sense_thermal(
        kelvin, ThermalSensor(), air_k=298.0, range_m=far(2000.0), above_m=1500.0, smear=STILL, key=(1, 2)
    )
    assert np.unravel_index(made.argmax(), SIZE)[0] in range(29, 35)
    assert made[31, 42] > made[5, 5] + 150


def test_pictures_that_do_not_fit_are_refused():
    with pytest.raises(InputError, match="like its ranges"):
        sensed(np.zeros((5, 5, 3), dtype=np.uint8))
    with pytest.raises(InputError, match="finite"):
        sense_thermal(
            np.full(SIZE, np.nan, dtype=np.float32),
            ThermalSensor(),
            air_k=298.0,
            range_m=far(9.0),
            above_m=9.0,
            smear=STILL,
            key=(1, 2),
        )
    with pytest.raises(InputError, match="visibility"):
        Air(visibility_m=0.0, sun_elevation_deg=1.0)
