"""Sectors of bearings and tiles of the ground: the same ground has the same tile in every clip."""

import numpy as np
import pytest

from atalaya.errors import InputError
from atalaya.model.looks import AZIMUTH_BINS, GroundTile, azimuth_bin, tiles_over


def test_a_bearing_falls_into_its_sector_and_an_unknown_one_into_none():
    bearings = np.array([0.0, 44.999, 45.0, 359.999, 360.0, -1e-20, -45.0, np.nan, np.inf])
    assert azimuth_bin(bearings).tolist() == [0, 0, 1, AZIMUTH_BINS - 1, 0, 0, 7, -1, -1]


def test_tiles_cover_their_bounds_from_north_west_to_south_east():
    tiles = tiles_over(32613, (250_000.0, 2_759_000.0, 250_200.0, 2_759_300.0), 0.5, 256)
    assert min(tile.west_m for tile in tiles) <= 250_000.0
    assert max(tile.west_m + tile.side_m for tile in tiles) > 250_200.0
    assert max(tile.north_m for tile in tiles) > 2_759_300.0
    assert min(tile.north_m - tile.side_m for tile in tiles) <= 2_759_000.0
    assert tiles[0].north_m == max(tile.north_m for tile in tiles)


def test_a_tile_does_not_depend_on_the_clip_that_touched_it():
    wide = tiles_over(32613, (250_000.0, 2_759_000.0, 251_000.0, 2_760_000.0), 0.25, 512)
    narrow = tiles_over(32613, (250_500.0, 2_759_500.0, 250_501.0, 2_759_501.0), 0.25, 512)
    assert set(narrow) <= set(wide)


@pytest.mark.parametrize(
    "bounds", [(1.0, 0.0, 0.0, 1.0), (0.0, 1.0, 1.0, 0.0), (0.0, 0.0, np.nan, 1.0), (0.0, 0.0, np.inf, 1.0)]
)
def test_bounds_out_of_order_or_unknown_are_refused(bounds):
    with pytest.raises(InputError, match="bounds"):
        tiles_over(32613, bounds, 0.5, 256)


@pytest.mark.parametrize(("cell_m", "cells"), [(0.0, 256), (0.05, 256), (5.0, 256), (0.5, 0), (np.nan, 10)])
def test_cells_of_no_use_are_refused(cell_m, cells):
    with pytest.raises(InputError, match="cells"):
        GroundTile(epsg=32613, col=0, row=0, cell_m=cell_m, cells=cells)
