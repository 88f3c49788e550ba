"""Sums of many looks: the same in any order, and honest about what no look has shown."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atalaya.detection.ground_grid import (
    TileSums,
    add_look,
    azimuths,
    cell_states,
    integral,
    merged,
    no_looks,
    spread,
)
from atalaya.detection.look_weights import MOST_WEIGHT
from atalaya.errors import InputError
from atalaya.model.looks import AZIMUTH_BINS, CellState, GroundTile

TILE = GroundTile(epsg=32613, col=500, row=5400, cell_m=0.5, cells=12)
CHANNELS = ("red", "score")


type Look = tuple[np.ndarray, np.ndarray, int, tuple[int, int], np.ndarray]


def looks(seed: int, count: int) -> list[Look]:
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        height, width = (int(it) for it in rng.integers(1, 12, 2))
        place = (int(rng.integers(0, 13 - height)), int(rng.integers(0, 13 - width)))
        levels = rng.integers(0, 256, (height, width, 2), dtype=np.uint8)
        weights = rng.integers(1, MOST_WEIGHT + 1, (height, width), dtype=np.uint8)
        seen = rng.random((height, width)) < 0.7
        made.append((levels, seen, int(rng.integers(0, AZIMUTH_BINS)), place, weights))
    return made


def summed(some: list[Look]) -> TileSums:
    sums = no_looks(TILE, CHANNELS)
    for levels, seen, sector, place, weights in some:
        add_look(levels, seen, sector, place, out=sums, weights=weights)
    return sums


def same(first: TileSums, second: TileSums) -> bool:
    names = ("count", "weight", "total", "square", "most")
    return all(np.array_equal(getattr(first, name), getattr(second, name)) for name in names)


@given(st.integers(0, 10_000), st.integers(0, 12), st.randoms(use_true_random=False))
def test_a_slab_added_later_and_looks_in_any_order_give_the_same_sums(seed, cut, shuffle):
    made = looks(seed, 12)
    whole = summed(made)
    first, second = summed(made[:cut]), summed(made[cut:])
    shuffle.shuffle(made)
    assert same(whole, merged(first, second))
    assert same(whole, merged(second, first))
    assert same(whole, summed(made))


def test_sums_hold_what_every_look_said_of_a_cell():
    made = looks(7, 40)
    sums = summed(made)
    said: list[list[tuple[int, int]]] = [[] for _ in range(AZIMUTH_BINS)]
    for levels, seen, sector, (row, col), weights in made:
        at = (5 - row, 6 - col)
        if 0 <= at[0] < seen.shape[0] and 0 <= at[1] < seen.shape[1] and seen[at]:
            said[sector].append((int(levels[at][1]), int(weights[at])))
    everything = np.array([one for part in said for one in part])
    assert len(everything) > 3
    assert sums.count[:, 5, 6].tolist() == [len(part) for part in said]
    assert sums.most[:, 1, 5, 6].max() == everything[:, 0].max()
    mean, count = np.average(everything[:, 0], weights=everything[:, 1]), len(everything)
    variance = np.average((everything[:, 0] - mean) ** 2, weights=everything[:, 1]) * count / (count - 1)
    assert spread(sums)[1, 5, 6] == pytest.approx(np.sqrt(variance), rel=1e-5)
    parts = [np.array(part) for part in said if part]
    upper = sum((part[:, 0] * part[:, 1]).mean() for part in parts)
    assert integral(sums)[1, 5, 6] == pytest.approx(
        upper / sum(part[:, 1].mean() for part in parts), rel=1e-5
    )


def test_a_free_look_among_hidden_ones_counts_by_its_weight():
    sums = no_looks(TILE, ("light",))
    seen = np.ones((12, 12), dtype=bool)
    for sector in range(3):
        add_look(np.full((12, 12, 1), 40, dtype=np.uint8), seen, sector, (0, 0), out=sums)
    heavy = np.full((12, 12), 9, dtype=np.uint8)
    add_look(np.full((12, 12, 1), 200, dtype=np.uint8), seen, 3, (0, 0), out=sums, weights=heavy)
    assert integral(sums)[0, 3, 3] == pytest.approx((3 * 40 + 9 * 200) / 12)
    with pytest.raises(InputError, match="weights"):
        add_look(np.ones((12, 12, 1), np.uint8), seen, 0, (0, 0), out=sums, weights=np.zeros_like(heavy))
    with pytest.raises(InputError, match="weights"):
        add_look(np.ones((12, 12, 1), np.uint8), seen, 0, (0, 0), out=sums, weights=heavy[:5])


def test_many_looks_from_one_side_do_not_outvote_the_one_from_the_other():
    sums = no_looks(TILE, ("light",))
    seen = np.ones((12, 12), dtype=bool)
    for _ in range(99):
        add_look(np.full((12, 12, 1), 40, dtype=np.uint8), seen, 0, (0, 0), out=sums)
    add_look(np.full((12, 12, 1), 200, dtype=np.uint8), seen, 4, (0, 0), out=sums)
    assert integral(sums)[0, 3, 3] == pytest.approx(120.0)


def test_what_was_not_seen_is_never_a_number_and_never_called_observed():
    sums = no_looks(TILE, ("light",))
    west = np.zeros((12, 12), dtype=bool)
    west[:, :6] = True
    for sector in (0, 2, 4):
        add_look(np.full((12, 12, 1), 90, dtype=np.uint8), west, sector, (0, 0), out=sums)
    add_look(np.full((12, 2, 1), 90, dtype=np.uint8), np.ones((12, 2), dtype=bool), 0, (0, 6), out=sums)
    assert np.isnan(integral(sums)[0, :, 8:]).all()
    assert np.isnan(spread(sums)[0, :, 6:]).all()
    canopy = np.zeros((12, 12), dtype=np.float32)
    canopy[0, :] = 0.81
    canopy[1, :] = np.nan
    permitted = np.ones((12, 12), dtype=bool)
    permitted[11, :] = False
    state = cell_states(sums, canopy, permitted)
    assert (state[1:11, :6] == CellState.OBSERVED).all()
    assert (state[0, :6] == CellState.UNDER_CANOPY).all()
    assert (state[:11, 6:8] == CellState.FEW_AZIMUTHS).all()
    assert (state[:11, 8:] == CellState.NOT_COVERED).all()
    assert (state[11] == CellState.NOT_PERMITTED).all()
    assert azimuths(sums)[3].tolist() == [3] * 6 + [1] * 2 + [0] * 4


def test_a_look_that_does_not_fit_is_refused_and_nothing_is_added():
    sums = no_looks(TILE, CHANNELS)
    levels, seen = np.ones((4, 4, 2), dtype=np.uint8), np.ones((4, 4), dtype=bool)
    wrong: list[tuple[np.ndarray, np.ndarray, int, tuple[int, int]]] = [
        (levels, seen, 0, (9, 0)),
        (levels, seen, 0, (-1, 0)),
        (levels, seen, 8, (0, 0)),
        (levels, seen, -1, (0, 0)),
        (levels[..., :1], seen, 0, (0, 0)),
        (levels.astype(np.float32), seen, 0, (0, 0)),
        (levels, seen[:3], 0, (0, 0)),
    ]
    for look in wrong:
        with pytest.raises(InputError):
            add_look(*look, out=sums)
    assert not sums.count.any()


def test_sums_of_different_ground_or_channels_do_not_add_up():
    other = GroundTile(epsg=32613, col=501, row=5400, cell_m=0.5, cells=12)
    with pytest.raises(InputError):
        merged(no_looks(TILE, CHANNELS), no_looks(other, CHANNELS))
    with pytest.raises(InputError):
        merged(no_looks(TILE, CHANNELS), no_looks(TILE, ("red",)))
    with pytest.raises(InputError, match="names"):
        no_looks(TILE, ("red", "red"))
