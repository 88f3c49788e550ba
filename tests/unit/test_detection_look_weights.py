"""What counts more in a mean of looks: the uncommon colour, whatever light falls on it."""

import numpy as np
import pytest

from atalaya.detection.look_weights import MOST_WEIGHT, look_weights
from atalaya.errors import InputError


def forest(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    light = rng.uniform(0.4, 1.2, (200, 200, 1))
    leaves = np.array([70.0, 95.0, 50.0]) * light * rng.normal(1.0, 0.05, (200, 200, 3))
    return np.clip(leaves, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("tarp", [(60, 90, 190), (190, 190, 200), (150, 110, 70)])
@pytest.mark.parametrize("light", [0.5, 1.0])
def test_a_sheet_counts_more_than_the_leaves_around_it_in_sun_and_in_shade(tarp, light):
    picture = forest(1)
    picture[80:100, 80:110] = (np.array(tarp) * light).astype(np.uint8)
    weights = look_weights(picture, 0.16)
    assert weights.dtype == np.uint8
    assert weights[83:97, 83:107].min() == MOST_WEIGHT
    outside = np.ones(weights.shape, dtype=bool)
    outside[75:105, 75:115] = False
    assert weights[outside].min() >= 1
    assert weights[outside].mean() < 4.0


def test_a_darker_exposure_hardly_changes_what_counts():
    bright = forest(2)
    bright[50:70, 50:70] = (60, 90, 190)
    dark = (bright * 0.6).astype(np.uint8)
    apart = np.abs(look_weights(bright, 0.16).astype(int) - look_weights(dark, 0.16).astype(int))
    assert np.percentile(apart, 95) <= 1


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 7, 3), (0, 5, 3)])
def test_a_picture_of_one_colour_or_of_nothing_counts_one_everywhere(shape):
    weights = look_weights(np.full(shape, 77, dtype=np.uint8), 0.3)
    assert weights.shape == shape[:2]
    assert (weights == 1).all()


def test_what_is_no_picture_is_refused():
    with pytest.raises(InputError):
        look_weights(np.zeros((4, 4), dtype=np.uint8), 0.2)
    with pytest.raises(InputError):
        look_weights(np.zeros((4, 4, 3), dtype=np.uint8), float("nan"))
