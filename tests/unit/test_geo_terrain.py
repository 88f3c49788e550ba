"""Heights of the ground: bilinear inside, unknown outside and beside voids."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atalaya.errors import InputError
from atalaya.geo.ceilings import CEILING_BLOCKS, CEILING_RING
from atalaya.geo.mipmap import WIDE_LEVEL
from atalaya.geo.terrain import ConstantHeight, TerrainGrid


def grid(height_m: np.ndarray, step_deg: float = 0.01) -> TerrainGrid:
    return TerrainGrid(
        hae_m=height_m, west_deg=-107.0, north_deg=25.0, step_lon_deg=step_deg, step_lat_deg=step_deg
    )


def test_nodes_are_where_they_are_said_to_be():
    height_m = np.arange(20.0).reshape(4, 5)
    terrain = grid(height_m)
    np.testing.assert_allclose(terrain.bounds_deg, (-107.0, 24.97, -106.96, 25.0))
    for row in range(4):
        for col in range(5):
            found_m = terrain.height_hae_m(-107.0 + 0.01 * col, 25.0 - 0.01 * row)
            assert found_m == pytest.approx(height_m[row, col], abs=1e-6)


@given(st.floats(0.0, 4.0), st.floats(0.0, 3.0))
def test_a_plane_stays_a_plane(col, row):
    rows, cols = np.mgrid[0:4, 0:5]
    height_m = grid(3.0 * rows - 7.0 * cols).height_hae_m(-107.0 + 0.01 * col, 25.0 - 0.01 * row)
    assert height_m == pytest.approx(3.0 * row - 7.0 * col, abs=1e-6)


def test_outside_and_beside_a_void_nothing_is_known():
    height_m = np.ones((4, 5))
    height_m[1, 2] = np.nan
    terrain = grid(height_m)
    lon_deg = [-107.001, -106.959, -106.98, -106.98, -106.985, -106.961, np.nan]
    lat_deg = [24.98, 24.98, 25.001, 24.969, 24.985, 24.971, 24.98]
    assert np.isnan(terrain.height_hae_m(lon_deg, lat_deg)).tolist() == [True] * 5 + [False, True]


def test_a_declared_height_holds_everywhere_but_at_unknown_places():
    assert np.isnan(ConstantHeight(5.0).height_hae_m([1.0, np.nan], [2.0, 3.0])).tolist() == [False, True]


@given(st.integers(0, 1000), st.sampled_from(range(len(CEILING_BLOCKS))))
def test_a_ceiling_holds_for_every_move_shorter_than_a_block(seed, level):
    rng = np.random.default_rng(seed)
    height_m = rng.random((70, 90))
    terrain = grid(height_m, 1e-3)
    block = CEILING_BLOCKS[level]
    row, col = rng.uniform(-block, [70 + block, 90 + block])
    to_row, to_col = row + rng.uniform(1 - block, block - 1), col + rng.uniform(1 - block, block - 1)
    ceiling_m = terrain.ceilings[level]
    i = np.clip(int(row // block) + CEILING_RING, 0, ceiling_m.shape[0] - 1)
    j = np.clip(int(col // block) + CEILING_RING, 0, ceiling_m.shape[1] - 1)
    there_m = terrain.height_at_grid_m(np.array([to_col]), np.array([to_row]))[0]
    assert np.isnan(there_m) or there_m <= ceiling_m[i, j]


@given(st.integers(0, 1000), st.integers(2, 70), st.integers(2, 90))
def test_a_block_of_the_mipmap_holds_every_node_on_and_inside_its_edges(seed, rows, cols):
    rng = np.random.default_rng(seed)
    height_m = rng.random((rows, cols)).astype(np.float32)
    height_m[rng.random((rows, cols)) < 0.1] = np.nan
    height_m[0, 0] = 0.5
    blocks = grid(height_m, 1e-3).mipmap
    for level in range(1, len(blocks.offset) + 1):
        across, down = blocks.blocks_across[level - 1], blocks.blocks_down[level - 1]
        i, j = rng.integers(0, down), rng.integers(0, across)
        found_m = blocks.highest_m[blocks.offset[level - 1] + i * across + j]
        beyond = 1 if level >= WIDE_LEVEL else 0
        south, east = ((i + 1) << level) + 1 + beyond, ((j + 1) << level) + 1 + beyond
        inside_m = height_m[max((i << level) - beyond, 0) : south, max((j << level) - beyond, 0) : east]
        assert found_m >= np.fmax.reduce(inside_m, axis=None, initial=-np.inf)
    assert (blocks.blocks_across[-1], blocks.blocks_down[-1]) == (1, 1)
    assert blocks.highest_m[-1] == np.nanmax(height_m)


def test_a_mipmap_costs_a_third_of_its_grid():
    height_m = np.zeros((601, 601), dtype=np.float32)
    assert grid(height_m, 1e-3).mipmap.highest_m.nbytes < 0.34 * height_m.nbytes


@pytest.mark.parametrize(
    "height_m",
    [np.zeros((1, 5)), np.zeros((4, 4), dtype=np.int64), np.full((4, 4), np.nan), np.full((4, 4), np.inf)],
)
def test_a_grid_that_says_nothing_is_refused(height_m):
    with pytest.raises(InputError):
        grid(height_m)


def test_impossible_places_are_refused():
    with pytest.raises(InputError, match="steps"):
        grid(np.zeros((4, 4)), 0.0)
    with pytest.raises(InputError, match="lat"):
        TerrainGrid(hae_m=np.zeros((4, 4)), west_deg=0.0, north_deg=91.0, step_lon_deg=1.0, step_lat_deg=1.0)
    with pytest.raises(InputError, match="half the world"):
        TerrainGrid(hae_m=np.zeros((4, 400)), west_deg=0.0, north_deg=9.0, step_lon_deg=1.0, step_lat_deg=1.0)
    with pytest.raises(InputError, match="finite"):
        ConstantHeight(float("nan"))
