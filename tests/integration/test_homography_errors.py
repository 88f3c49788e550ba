"""Homography of perfect corners is wrong in mountains, and the more so the flatter the look."""

import numpy as np
import pytest

from atalaya.geo.geoid import VerticalDatum
from atalaya.geo.terrain import TerrainGrid
from atalaya.io.terrain import read_terrain
from homography_measures import homography_errors
from shared_data import shared_file


@pytest.mark.shared
def test_on_the_volcano_the_table_in_the_docs_holds():
    terrain = read_terrain(shared_file("data/geo/dem/colima_jalisco_20m_utm13n.tif"), VerticalDatum.HAE)
    found = [
        homography_errors(terrain, depression_deg, 60, seed=1) for depression_deg in (60.0, 35.0, 22.0, 14.0)
    ]
    assert [round(one.median_m) for one in found] == pytest.approx([6, 18, 49, 78], abs=2)
    assert [round(one.p90_m) for one in found] == pytest.approx([21, 74, 157, 277], rel=0.05)
    assert all(one.looks == 60 for one in found)


def test_on_a_plane_it_is_exact():
    plane = TerrainGrid(
        hae_m=np.full((401, 401), 500.0),
        west_deg=-107.0,
        north_deg=25.0,
        step_lon_deg=5e-4,
        step_lat_deg=5e-4,
    )
    found = homography_errors(plane, 35.0, 5, seed=2)
    assert found.largest_m < 0.2  # the earth is round
