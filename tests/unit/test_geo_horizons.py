"""Horizons looked up: what they decide is what following the line of sight says."""

import numpy as np
import pytest

from atalaya.geo.horizons import NEAR_ROWS, horizons_towards, seen_over
from atalaya.geo.terrain import TerrainGrid
from atalaya.geo.viewshed import Observer, Seen, viewshed
from terrain_scenes import fractal_terrain


def answers(terrain: TerrainGrid, observer: Observer) -> np.ndarray:
    """The look-up for every node."""
    rows, cols = terrain.hae_m.shape
    row, col = (it.reshape(-1).astype(float) for it in np.mgrid[:rows, :cols])
    kept = horizons_towards(terrain, observer, col, row)
    height_m = terrain.hae_m.reshape(-1)
    found = [
        seen_over(kept.eye, kept.sectors, kept.metrics, kept.values, *place)
        for place in zip(col, row, height_m, strict=True)
    ]
    return np.array(found).reshape(rows, cols)


@pytest.mark.parametrize(
    ("lon_deg", "lat_deg", "above_m"), [(-106.9951, 24.9953, 400.0), (-107.01, 24.99, 500.0)]
)
def test_what_is_decided_is_so_and_little_is_left_open(lon_deg, lat_deg, above_m):
    terrain = fractal_terrain(101, 8, relief_m=500.0)
    observer = Observer(lon_deg=lon_deg, lat_deg=lat_deg, hae_m=above_m)
    said = answers(terrain, observer)
    exact = viewshed(terrain, observer, exact=True) == Seen.SEEN
    assert (said[exact] != 0).mean() > 0.999  # nothing seen is called hidden
    assert (said == -1).mean() < 0.08
    hidden = ~exact & (said == 1)
    assert hidden.mean() < 0.05  # by the last rows, which are the caller's
    assert NEAR_ROWS == 2


def test_a_void_hides_nothing():
    hae_m = np.zeros((41, 81))
    hae_m[:, 40] = np.nan
    terrain = TerrainGrid(hae_m=hae_m, west_deg=-107.0, north_deg=25.0, step_lon_deg=1e-3, step_lat_deg=1e-3)
    said = answers(terrain, Observer(lon_deg=-106.98, lat_deg=24.98, hae_m=300.0))
    assert (said[:, 45:] == 1).all()
