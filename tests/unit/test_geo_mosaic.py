"""Many grids as one ground: the best that knows a place answers for it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atalaya.errors import InputError
from atalaya.geo.slope import upward_normal
from atalaya.geo.terrain import ConstantHeight, TerrainGrid, TerrainMosaic
from terrain_scenes import cut_in_four, fractal_terrain


def level(height_m: float, west_deg: float = -107.0, step_deg: float = 0.01) -> TerrainGrid:
    return TerrainGrid(
        hae_m=np.full((5, 5), height_m),
        west_deg=west_deg,
        north_deg=25.0,
        step_lon_deg=step_deg,
        step_lat_deg=step_deg,
    )


def test_the_first_tile_that_knows_a_place_answers():
    fine = level(100.0, step_deg=0.005)
    fine.hae_m[3, 3] = np.nan
    mosaic = TerrainMosaic((fine, level(50.0)))
    lon_deg, lat_deg = [-106.995, -106.983, -106.97, -106.9], [24.995, 24.983, 24.97, 24.9]
    np.testing.assert_array_equal(mosaic.height_hae_m(lon_deg, lat_deg), [100.0, 50.0, 50.0, np.nan])
    np.testing.assert_array_equal(mosaic.tile_at(lon_deg, lat_deg), [0, 1, 1, -1])
    np.testing.assert_array_equal(mosaic.cell_size_deg(lon_deg, lat_deg)[0], [0.005, 0.01, 0.01, np.nan])
    assert (mosaic.lowest_m, mosaic.highest_m) == (50.0, 100.0)


@given(st.integers(1, 38), st.integers(1, 38), st.integers(0, 100))
def test_a_grid_cut_in_four_has_the_heights_of_the_whole(cut_row, cut_col, seed):
    whole = fractal_terrain(40, seed, relief_m=300.0)
    parts = TerrainMosaic(cut_in_four(whole, cut_row, cut_col))
    np.testing.assert_allclose(parts.bounds_deg, whole.bounds_deg, rtol=0.0, atol=1e-12)
    rng = np.random.default_rng(seed)
    west, south, east, north = whole.bounds_deg
    lon_deg, lat_deg = rng.uniform(west, east, 50), rng.uniform(south, north, 50)
    np.testing.assert_allclose(
        parts.height_hae_m(lon_deg, lat_deg), whole.height_hae_m(lon_deg, lat_deg), rtol=0.0, atol=1e-6
    )


def test_tiles_on_both_sides_of_the_date_line_are_neighbours():
    mosaic = TerrainMosaic((level(10.0, west_deg=179.96), level(20.0, west_deg=-180.0)))
    np.testing.assert_allclose(mosaic.bounds_deg, (179.96, 24.96, 180.04, 25.0))
    assert mosaic.height_hae_m([179.97, -179.97], [24.98, 24.98]).tolist() == [10.0, 20.0]


def test_a_mosaic_of_nothing_is_refused():
    with pytest.raises(InputError, match="at least one"):
        TerrainMosaic(())


def test_the_normal_of_a_slope_leans_downhill_in_every_kind_of_terrain():
    rows = np.arange(5.0)[:, None] * 100.0  # 100 m higher with each row to the south
    slope = replace(level(0.0), hae_m=np.tile(rows, (1, 5)))
    lon_deg, lat_deg = np.array([-106.98]), np.array([24.98])
    for terrain in (slope, TerrainMosaic((slope,)), TerrainMosaic((level(0.0, west_deg=-100.0), slope))):
        east, north, up = upward_normal(lon_deg, lat_deg, terrain)[0]
        assert abs(east) < 1e-12
        assert north / up == pytest.approx(100.0 / (0.01 * 110_770.0), rel=1e-3)
    assert upward_normal(lon_deg, lat_deg, ConstantHeight(5.0)).tolist() == [[0.0, 0.0, 1.0]]
    assert np.isnan(upward_normal(np.array([-106.9]), lat_deg, slope)).all()
