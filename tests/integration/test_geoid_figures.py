"""The figures for heights: the geoid by three readers at eight cities, and a published test put right."""

import numpy as np
import pytest

from atalaya.geo.geoid import GeoidStack, best_first, undulation_m
from atalaya.io.geodata_geoid import read_geoid
from geoid_figures import CITIES, GRIDS, by_proj, by_scipy, round_trip_m, thunderstorm
from shared_data import shared_file


@pytest.mark.shared
@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("city", CITIES)
def test_the_geoid_at_eight_cities_is_what_two_other_readers_say(grid, city):
    source, place = shared_file(GRIDS[grid]), CITIES[city]
    ours_m = float(undulation_m(read_geoid(source), *place))
    assert ours_m == pytest.approx(by_scipy(source, *place), abs=1e-6), "wanted: 0.1 m"
    assert ours_m == pytest.approx(by_proj(source, *place), abs=1e-6)


@pytest.mark.shared
@pytest.mark.parametrize("city", CITIES)
def test_heights_come_back_to_less_than_a_millimetre(city):
    grids = best_first(read_geoid(shared_file(name)) for name in GRIDS.values())
    assert [grid.name for grid in grids] == ["mx_inegi_ggm10", "us_nga_egm96_15"]
    for msl_m in (-5.0, 0.0, 2240.0, 9000.0):
        assert round_trip_m(GeoidStack(grids), *CITIES[city], msl_m) < 1e-6, "wanted: 1 mm"


@pytest.mark.shared
def test_the_published_circles_are_restated_to_the_centimetre():
    cep_m, ce90_m = thunderstorm().cep_and_ce90_m()
    assert (round(cep_m, 2), round(ce90_m, 2)) == (7.73, 17.27)


@pytest.mark.shared
@pytest.mark.parametrize("grid", GRIDS)
def test_the_published_heights_are_off_by_twice_the_geoid_and_right_with_our_datum(grid):
    test = thunderstorm()
    geoid = read_geoid(shared_file(GRIDS[grid]))
    published_m = float(test.published_error_m().mean())
    twice_m = -2.0 * float(undulation_m(geoid, test.lon_deg, test.lat_deg).mean())
    assert published_m == pytest.approx(56.8, abs=0.05)
    assert published_m == pytest.approx(twice_m, abs=0.5)
    assert abs(float(test.right_error_m(geoid).mean())) < 1.0
    assert abs(float(test.ray_error_m(geoid).mean())) < 1.0
    assert np.std(test.right_error_m(geoid)) < 6.0


@pytest.mark.shared
def test_their_rays_end_where_their_results_say_so_the_drone_shares_the_error():
    test = thunderstorm()
    end_m = test.drone_m - test.slant_range_m * np.sin(test.depression_rad)
    assert np.abs(end_m - test.published_m).max() < 0.2
