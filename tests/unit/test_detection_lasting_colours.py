"""Colours that last from look to look: leaves are left out, a stare gains nothing, what was not met is not known."""

import numpy as np
import pytest

from atalaya.detection.ground_grid import add_look, integral, no_looks
from atalaya.detection.lasting_colours import (
    canopy_share,
    ground_likelihood,
    lasting_weights,
    learn_lasting,
)
from atalaya.errors import InputError
from atalaya.model.looks import GroundTile

SIDE = 64
TILE = GroundTile(epsg=32613, col=500, row=5400, cell_m=0.5, cells=SIDE)
LEAVES = np.array([[60, 120, 40], [30, 70, 20], [110, 150, 60]])


def ground() -> np.ndarray:
    """Soil in two colours, and a blue roof."""
    rng = np.random.default_rng(0)
    picture = np.where(rng.random((SIDE, SIDE, 1)) < 0.5, [150, 120, 90], [180, 160, 120])
    picture = np.repeat(np.repeat(picture[::8, ::8], 8, axis=0), 8, axis=1)
    picture[24:40, 24:40] = [60, 100, 200]
    return picture.astype(np.uint8)


def through_leaves(share: float, count: int, *, stare: bool = False) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    pictures, hidden = [], []
    crown, leaves = np.zeros((SIDE, SIDE), dtype=bool), ground()
    for look in range(count):
        if not stare or look == 0:
            crown = rng.random((SIDE // 4, SIDE // 4)) < share
            crown = np.repeat(np.repeat(crown, 4, axis=0), 4, axis=1)
            leaves = LEAVES[rng.integers(0, 3, (SIDE // 4, SIDE // 4))].repeat(4, axis=0).repeat(4, axis=1)
        seen = np.where(crown[..., None], leaves, ground()) + rng.normal(0.0, 3.0, (SIDE, SIDE, 3))
        pictures.append(np.clip(seen, 0, 255).astype(np.uint8))
        hidden.append(crown)
    return np.array(pictures), np.array(hidden)


def everywhere(pictures: np.ndarray) -> np.ndarray:
    return np.ones(pictures.shape[:3], dtype=bool)


def seen_through(pictures: np.ndarray) -> np.ndarray:
    """The weighed mean, (H, W, 3)."""
    lasting = learn_lasting(pictures, everywhere(pictures))
    sums = no_looks(TILE, ("red", "green", "blue"))
    for look, (picture, seen) in enumerate(zip(pictures, everywhere(pictures), strict=True)):
        add_look(picture, seen, look % 8, (0, 0), out=sums, weights=lasting_weights(picture, lasting))
    return integral(sums).transpose(1, 2, 0)


def share_of(pictures: np.ndarray) -> np.ndarray:
    lasting = learn_lasting(pictures, everywhere(pictures))
    sums = no_looks(TILE, ("ground",))
    for look, (picture, seen) in enumerate(zip(pictures, everywhere(pictures), strict=True)):
        ground = ground_likelihood(picture, lasting)
        add_look(ground[..., None], seen, look % 8, (0, 0), out=sums)
    return canopy_share(integral(sums)[0], 9)


def test_the_ground_comes_through_leaves_that_hide_most_of_it():
    pictures, _ = through_leaves(0.7, 16)
    seen = seen_through(pictures)
    plain = pictures.mean(axis=0)
    inner = np.abs(ground()[26:38, 26:38] - seen[26:38, 26:38].astype(float)).mean()
    assert inner < 0.4 * np.abs(ground()[26:38, 26:38] - plain[26:38, 26:38]).mean()


def test_leaves_are_told_from_ground_by_their_colours_alone():
    pictures, hidden = through_leaves(0.7, 8)
    lasting = learn_lasting(pictures, np.ones(hidden.shape, dtype=bool))
    likely = np.stack([ground_likelihood(picture, lasting) for picture in pictures])
    assert likely[~hidden].mean() > 5.0 * likely[hidden].mean()
    assert lasting.lasting == pytest.approx(0.3, abs=0.1)


@pytest.mark.parametrize("share", [0.0, 0.4, 0.8])
def test_the_share_of_crowns_is_estimated(share):
    pictures, hidden = through_leaves(share, 16)
    assert share_of(pictures).mean() == pytest.approx(hidden.mean(), abs=0.12)


def test_under_closed_crowns_nothing_lasts_and_the_cells_are_under_canopy():
    pictures, _ = through_leaves(1.0, 16)
    assert np.median(share_of(pictures)) > 0.8


def test_a_stare_gives_every_colour_one_weight():
    pictures, hidden = through_leaves(0.5, 6, stare=True)
    lasting = learn_lasting(pictures, np.ones(hidden.shape, dtype=bool))
    likely = np.stack([ground_likelihood(picture, lasting) for picture in pictures])
    assert likely[hidden].mean() == pytest.approx(likely[~hidden].mean(), rel=0.1)


def test_the_share_of_crowns_is_unknown_where_no_look_fell():
    ground = np.full((SIDE, SIDE), 255.0, dtype=np.float32)
    ground[:, 32:] = np.nan
    share = canopy_share(ground, 5)
    assert np.isnan(share[:, 32:]).all()
    assert (share[:, :32] < 1e-6).all()


def test_weights_are_those_that_looks_may_have():
    pictures, _ = through_leaves(0.7, 4)
    lasting = learn_lasting(pictures, everywhere(pictures))
    weights = np.stack([lasting_weights(picture, lasting) for picture in pictures])
    assert weights.dtype == np.uint8
    assert (int(weights.min()), int(weights.max())) == (1, 16)


def test_the_same_looks_teach_the_same_colours():
    pictures, hidden = through_leaves(0.6, 7)
    seen = np.ones(hidden.shape, dtype=bool)
    first, second = learn_lasting(pictures, seen), learn_lasting(pictures.copy(), seen)
    assert np.array_equal(first.ground, second.ground)
    assert first.pairs == 12


def test_looks_that_share_no_ground_teach_nothing():
    pictures, hidden = through_leaves(0.5, 3)
    nowhere = np.zeros(hidden.shape, dtype=bool)
    with pytest.raises(InputError, match="share"):
        learn_lasting(pictures, nowhere)
    with pytest.raises(InputError, match="share"):
        learn_lasting(pictures[:1], ~nowhere[:1])
    with pytest.raises(InputError, match="looks are"):
        learn_lasting(pictures[..., :2], nowhere)
