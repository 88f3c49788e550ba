"""One sign, and no height without a grid."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atalaya.errors import InputError
from atalaya.geo.geoid import GeoidGrid, GeoidStack, best_first, hae_to_msl, msl_to_hae, undulation_m


def tilted() -> GeoidGrid:
    rows, cols = np.mgrid[0:5, 0:7]
    return GeoidGrid(
        name="tilted",
        undulation_m=-20.0 - rows + 0.5 * cols,
        west_deg=-110.0,
        north_deg=28.0,
        step_lon_deg=0.5,
        step_lat_deg=1.0,
    )


def world() -> GeoidGrid:
    cols = np.arange(8.0)
    return GeoidGrid(
        name="world",
        undulation_m=np.tile(cols, (5, 1)),
        west_deg=-180.0,
        north_deg=90.0,
        step_lon_deg=45.0,
        step_lat_deg=45.0,
    )


def test_the_geoid_under_mexico_is_below_the_ellipsoid_so_msl_is_above_hae():
    assert undulation_m(tilted(), -110.0, 28.0) == -20.0
    assert msl_to_hae(tilted(), -110.0, 28.0, 1000.0) == 980.0


@given(st.floats(-110.0, -107.0), st.floats(24.0, 28.0), st.floats(-100.0, 9000.0))
def test_heights_come_back_and_a_tilted_plane_is_followed(lon_deg, lat_deg, msl_m):
    hae_m = msl_to_hae(tilted(), lon_deg, lat_deg, msl_m)
    assert hae_to_msl(tilted(), lon_deg, lat_deg, hae_m) == pytest.approx(msl_m, abs=1e-9)
    assert hae_m - msl_m == pytest.approx(-20.0 - (28.0 - lat_deg) + (lon_deg + 110.0), abs=1e-9)


@pytest.mark.parametrize(
    ("lon_deg", "lat_deg"), [(-110.01, 26.0), (-106.99, 26.0), (-109.0, 28.01), (-109.0, 23.99)]
)
def test_a_place_beyond_the_grid_is_refused(lon_deg, lat_deg):
    with pytest.raises(InputError, match="tilted does not reach"):
        undulation_m(tilted(), lon_deg, lat_deg)


def test_a_missing_grid_is_refused_and_never_zero():
    with pytest.raises(InputError, match="geoid grid is needed"):
        msl_to_hae(None, -110.0, 26.0, 100.0)


def test_a_void_in_the_grid_is_refused():
    grid = tilted()
    holed = GeoidGrid(
        name="holed",
        undulation_m=np.where(grid.undulation_m == -20.0, np.nan, grid.undulation_m),
        west_deg=-110.0,
        north_deg=28.0,
        step_lon_deg=0.5,
        step_lat_deg=1.0,
    )
    with pytest.raises(InputError, match="no value"):
        undulation_m(holed, -109.9, 27.9)


def test_a_world_grid_meets_itself_at_the_date_line():
    assert undulation_m(world(), 179.999999, 10.0) == pytest.approx(0.0, abs=1e-6)
    assert undulation_m(world(), 157.5, 10.0) == pytest.approx(3.5)
    assert undulation_m(world(), 200.0, 10.0) == undulation_m(world(), -160.0, 10.0)


def test_unknown_places_stay_unknown():
    assert np.isnan(undulation_m(tilted(), [np.nan, -110.0], [26.0, 28.0])).tolist() == [True, False]


def test_of_several_grids_the_regional_answers_where_it_reaches_and_the_world_elsewhere():
    stack = GeoidStack(best_first([world(), tilted()]))
    assert stack.name == "tilted, world"
    assert undulation_m(stack, [-110.0, 157.5], [28.0, 10.0]).tolist() == [-20.0, 3.5]
    assert np.isnan(undulation_m(stack, np.nan, 10.0))
    assert stack.reaches([-110.0, 157.5], [28.0, 10.0]).all()
    with pytest.raises(InputError, match="geodata add"):
        undulation_m(GeoidStack((tilted(),)), 10.0, 10.0)
    with pytest.raises(InputError, match="needs one"):
        GeoidStack(())


@given(st.floats(-540.0, 540.0), st.floats(-90.0, 90.0))
def test_a_grid_answers_exactly_where_it_says_that_it_reaches(lon_deg, lat_deg):
    for grid in (tilted(), world()):
        if grid.reaches(lon_deg, lat_deg):
            assert np.isfinite(undulation_m(grid, lon_deg, lat_deg))
        else:
            with pytest.raises(InputError, match="does not reach"):
                undulation_m(grid, lon_deg, lat_deg)
