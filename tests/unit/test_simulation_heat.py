"""Temperatures through a day against what physics and every thermal photograph say."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from atalaya.errors import InputError
from atalaya.geo.sun import sun_at
from atalaya.simulation.heat import Climate, HeatDay, heat_day
from atalaya.simulation.solids import Material
from atalaya.simulation.sun import air_mass, sun_colour

LON_DEG, LAT_DEG = -107.2, 24.95
DAY = datetime(2026, 3, 21, 17, tzinfo=UTC)
SKINS = (Material.SHEET_METAL, Material.PLASTIC_SHEET, Material.PAINTED_METAL)


@pytest.fixture(scope="module")
def day() -> HeatDay:
    return heat_day(DAY, LON_DEG, LAT_DEG)


def kelvin(day: HeatDay, hour: float, material: Material) -> float:
    """In the sun, at an hour of solar time."""
    return float(day.at(day.start + timedelta(hours=hour))[0][material])


def crossings_h(day: HeatDay, one: Material, other: Material) -> list[float]:
    warmer = day.sunlit_k[:, one] > day.sunlit_k[:, other]
    return (np.flatnonzero(warmer != np.roll(warmer, 1)) * 24.0 / warmer.size).tolist()


def test_soil_and_canopy_cross_over_after_dawn_and_about_dusk(day):
    crossings = crossings_h(day, Material.SOIL, Material.LEAVES)
    assert any(6.0 < hour < 9.0 for hour in crossings)
    assert sum(16.5 < hour < 21.0 for hour in crossings) == 1
    assert not any(9.0 <= hour <= 16.5 for hour in crossings)
    night = np.r_[: 5 * 12, 21 * 12 : 24 * 12]
    apart_k = day.sunlit_k[:, Material.SOIL] - day.sunlit_k[:, Material.LEAVES]
    assert np.abs(apart_k[night]).max() < 2.5
    assert apart_k.max() > 8.0


def test_a_metal_roof_is_hot_at_noon_and_the_coldest_thing_before_dawn(day):
    assert kelvin(day, 12.5, Material.SHEET_METAL) > kelvin(day, 12.5, Material.LEAVES) + 10.0
    assert 310.0 < kelvin(day, 12.5, Material.SHEET_METAL) < 350.0
    before_dawn = day.at(day.start + timedelta(hours=5))[0]
    assert Material(int(before_dawn.argmin())) is Material.SHEET_METAL
    assert before_dawn[Material.SHEET_METAL] < before_dawn[Material.SOIL] - 3.0


def test_metal_crosses_soil_twice_a_day(day):
    morning_h, evening_h = crossings_h(day, Material.SHEET_METAL, Material.SOIL)
    assert 5.5 < morning_h < 9.0
    assert 12.0 < evening_h < 18.0


def test_thin_things_follow_the_sun_and_heavy_ground_comes_after_it(day):
    warmest_h = day.sunlit_k.argmax(axis=0) * 24.0 / len(day.sunlit_k)
    for skin in SKINS:
        assert 12.0 <= warmest_h[skin] < 13.6
    assert warmest_h[Material.ROCK] > warmest_h[Material.SOIL] > 12.0
    assert warmest_h[Material.WATER] > 16.0


def test_the_canopy_stays_near_the_air(day):
    assert np.abs(day.sunlit_k[:, Material.LEAVES] - day.air_k).max() < 4.0


def test_water_hardly_changes_and_is_warm_at_night_and_cool_at_noon(day):
    assert np.ptp(day.sunlit_k[:, Material.WATER]) < 2.5
    assert kelvin(day, 5.0, Material.WATER) > kelvin(day, 5.0, Material.SOIL)
    assert kelvin(day, 13.0, Material.WATER) < kelvin(day, 13.0, Material.SOIL) - 10.0


def test_black_char_is_warmer_than_soil_in_the_sun_and_wet_mud_cooler(day):
    assert kelvin(day, 13.0, Material.CHAR) > kelvin(day, 13.0, Material.SOIL) + 5.0
    assert kelvin(day, 13.0, Material.MUD) < kelvin(day, 13.0, Material.SOIL) - 5.0


def test_shade_is_cooler_by_day_and_the_same_before_dawn_for_what_keeps_no_heat(day):
    sunlit, shaded, _ = day.at(day.start + timedelta(hours=13))
    assert (sunlit - shaded > 0.0)[[m for m in Material if m is not Material.WATER]].all()
    sunlit, shaded, _ = day.at(day.start + timedelta(hours=5))
    assert np.abs((sunlit - shaded)[list(SKINS)]).max() < 0.2


def test_a_day_ends_as_it_began(day):
    dry = [material for material in Material if material is not Material.WATER]
    step_k = np.abs(np.diff(day.sunlit_k, axis=0)).max(axis=0)
    assert (np.abs(day.sunlit_k[0] - day.sunlit_k[-1]) < step_k + 0.1)[dry].all()
    assert day.at(day.start)[0] == pytest.approx(day.at(day.start + timedelta(days=3))[0])


def test_dry_air_makes_colder_nights_and_wind_brings_skins_nearer_to_the_air():
    before_dawn = timedelta(hours=5)
    dry, damp = (heat_day(DAY, LON_DEG, LAT_DEG, Climate(vapour_hpa=vapour)) for vapour in (4.0, 25.0))
    assert (dry.at(dry.start + before_dawn)[0] < damp.at(damp.start + before_dawn)[0]).all()
    still, windy = (heat_day(DAY, LON_DEG, LAT_DEG, Climate(wind_share=share)) for share in (0.5, 3.0))
    for skin in SKINS:
        assert np.ptp(still.sunlit_k[:, skin]) > np.ptp(windy.sunlit_k[:, skin]) + 5.0


def test_the_sun_stands_where_an_almanac_says():
    noon = sun_at(datetime(2026, 6, 21, 12, 2, tzinfo=UTC), 0.0, 0.0)  # solstice, equation of time -1.8 min
    assert noon.elevation_deg == pytest.approx(90.0 - 23.44, abs=0.05)
    assert noon.azimuth_deg == pytest.approx(0.0, abs=0.5) or noon.azimuth_deg > 359.5
    morning = sun_at(datetime(2026, 3, 20, 6, 7, tzinfo=UTC), 0.0, 25.0)  # equinox: rises due east at six
    assert morning.elevation_deg == pytest.approx(0.0, abs=0.5)
    assert morning.azimuth_deg == pytest.approx(90.0, abs=0.5)
    assert sun_at(DAY.replace(hour=7), LON_DEG, LAT_DEG).elevation_deg < -50.0  # midnight there


def test_low_sun_is_red_and_comes_through_forty_atmospheres_at_the_horizon():
    assert air_mass(90.0) == pytest.approx(1.0, abs=0.001)
    assert air_mass(30.0) == pytest.approx(2.0, abs=0.01)
    assert air_mass(0.0) == pytest.approx(38.0, abs=1.0)
    assert sun_colour(90.0) == pytest.approx([1.0, 1.0, 1.0], abs=0.001)
    red, green, blue = sun_colour(8.0)
    assert red > 1.2
    assert green == 1.0
    assert blue < 0.7


def test_what_is_no_air_and_no_instant_is_refused():
    with pytest.raises(InputError, match="no such air"):
        Climate(coolest_k=310.0, warmest_k=300.0)
    with pytest.raises(InputError, match="time zone"):
        heat_day(datetime(2026, 3, 21), LON_DEG, LAT_DEG)
