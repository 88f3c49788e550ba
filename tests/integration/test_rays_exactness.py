"""Rays on real terrain against a march of one metre with exact places; figures that no machine's speed changes."""

import tracemalloc

import numpy as np
import pytest

from atalaya.geo.geoid import VerticalDatum
from atalaya.geo.rays import cast
from atalaya.geo.terrain import TerrainGrid
from atalaya.io.terrain import read_geoid, read_terrain
from ray_truth import brute_force_m, frame_rays
from shared_data import shared_file


@pytest.fixture(scope="module")
def colima() -> TerrainGrid:
    geoid = read_geoid(shared_file("data/geo/geoid/mx_inegi_ggm10.tif"))
    source = shared_file("data/geo/dem/colima_jalisco_20m_utm13n.tif")
    return read_terrain(source, VerticalDatum.MSL, geoid)


@pytest.mark.shared
@pytest.mark.parametrize(("height_m", "depression_deg"), [(4400.0, 14.0), (4400.0, 35.0), (3000.0, 5.0)])
def test_on_the_volcano_of_colima_rays_are_where_a_metre_by_metre_march_finds_them(
    colima, height_m, depression_deg
):
    origin_m, direction = frame_rays((-103.617, 19.42, height_m), 0.0, depression_deg, size_px=(20, 12))
    found_m = np.linalg.norm(cast(origin_m, direction, colima) - origin_m, axis=1)
    true_m = brute_force_m(origin_m, direction, colima, end_m=20e3)
    assert (np.isnan(found_m) == np.isnan(true_m)).mean() > 0.99
    apart_m = np.abs(found_m - true_m)
    assert np.isfinite(apart_m).mean() > 0.5
    assert np.nanquantile(apart_m, 0.99) < 0.05
    assert np.nanmedian(apart_m) < 0.005


def test_a_one_degree_tile_with_its_mipmap_stays_below_130_mb():
    tracemalloc.start()
    try:
        terrain = TerrainGrid(
            hae_m=np.zeros((3601, 3601), dtype=np.float32),
            west_deg=-107.0,
            north_deg=25.0,
            step_lon_deg=1.0 / 3600.0,
            step_lat_deg=1.0 / 3600.0,
        )
        assert terrain.mipmap.highest_m.size > 4e6
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 130e6
