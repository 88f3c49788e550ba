"""Tiles of one lattice that touch leave no strip of unknown ground between them."""

import numpy as np
import pytest

from atalaya.geo.terrain import TerrainGrid, TerrainMosaic
from atalaya.io.terrain_seams import without_gaps

STEP = 0.25


def land():
    return np.random.default_rng(4).uniform(0.0, 1000.0, (40, 60)).astype(np.float32)


def part(values, rows, cols, step=STEP):
    return TerrainGrid(
        hae_m=values[rows, cols],
        west_deg=-107.0 + cols.start * STEP,
        north_deg=25.0 - rows.start * STEP,
        step_lon_deg=step,
        step_lat_deg=step,
    )


def quarters(values):
    return [
        part(values, rows, cols)
        for rows in (slice(0, 18), slice(18, 40))
        for cols in (slice(0, 33), slice(33, 60))
    ]


def test_four_quarters_are_the_whole_at_every_place():
    values = land()
    whole = part(values, slice(0, 40), slice(0, 60))
    mosaic = TerrainMosaic(tiles=without_gaps(quarters(values)))
    rng = np.random.default_rng(1)
    lon_deg = rng.uniform(-107.0, -107.0 + 59 * STEP, 20_000)
    lat_deg = rng.uniform(25.0 - 39 * STEP, 25.0, 20_000)
    np.testing.assert_allclose(
        mosaic.height_hae_m(lon_deg, lat_deg), whole.height_hae_m(lon_deg, lat_deg), rtol=1e-6
    )
    plain = TerrainMosaic(tiles=tuple(quarters(values)))
    assert np.isnan(plain.height_hae_m(lon_deg, lat_deg)).any(), "without the strip there is a gap"


def test_tiles_apart_or_of_another_lattice_stay_as_they_are():
    values = land()
    tiles = [part(values, slice(0, 18), slice(0, 30)), part(values, slice(0, 18), slice(32, 60))]
    assert without_gaps(tiles) == tuple(tiles)
    other = part(values, slice(18, 40), slice(0, 30), step=0.2)
    assert without_gaps([tiles[0], other]) == (tiles[0], other)


def test_a_void_of_the_better_tile_at_the_seam_stays_a_void():
    values = land()
    tiles = quarters(values)
    tiles[1].hae_m[5, 0] = np.nan
    extended = without_gaps(tiles)[0]
    assert np.isnan(extended.hae_m[5, 33])
    assert extended.hae_m[18, 33] == pytest.approx(values[18, 33])
