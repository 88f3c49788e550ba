import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atalaya.detection.plastic import (
    BITS_AT_BEST_F1,
    LIMIT_BITS,
    axis_splines,
    model,
    no_more_than_rare,
    plastic_bits,
    plastic_bits_numpy,
)
from atalaya.errors import InputError

LEVEL = st.integers(0, 255)


def one_pixel(*levels: int) -> np.ndarray:
    return np.array([[levels]], dtype=np.uint8)


def test_the_kernel_and_numpy_give_the_same_bits_for_every_kind_of_colour():
    rgb = np.random.default_rng(3).integers(0, 256, (97, 101, 3), dtype=np.uint8)
    rgb[:8] = 255
    rgb[8:16, :, 2] = 255
    rgb[16:24] //= 16
    np.testing.assert_array_equal(plastic_bits(rgb), plastic_bits_numpy(rgb))


@pytest.mark.parametrize(("red", "green", "blue"), [(90, 120, 180), (75, 95, 130), (150, 200, 250)])
def test_blue_sheeting_speaks_for_a_tarp(red: int, green: int, blue: int):
    assert plastic_bits(one_pixel(red, green, blue))[0, 0] >= BITS_AT_BEST_F1


@pytest.mark.parametrize(
    ("red", "green", "blue"), [(75, 75, 58), (255, 235, 178), (200, 191, 171), (40, 70, 30), (130, 110, 90)]
)
def test_plants_soil_and_roofs_speak_against_one(red: int, green: int, blue: int):
    assert plastic_bits(one_pixel(red, green, blue))[0, 0] < -2.0


def test_deep_shade_is_never_evidence_for_a_tarp():
    dark = np.stack(np.meshgrid(*[np.arange(0, 40, 3)] * 3), axis=-1).reshape(1, -1, 3).astype(np.uint8)
    assert plastic_bits(dark).max() <= 0.0


def test_less_light_hardly_changes_what_a_blue_tarp_says():
    bits = [
        float(plastic_bits(one_pixel(90 * k // 10, 120 * k // 10, 180 * k // 10))[0, 0]) for k in (6, 8, 10)
    ]
    assert min(bits) >= BITS_AT_BEST_F1


def test_more_blue_over_red_never_says_less_beyond_a_quarter_bit_of_rounding():
    table = model()[0]
    assert np.diff(table, axis=0).min() > -0.25


@given(LEVEL, LEVEL, LEVEL)
def test_every_colour_has_finite_bits_within_the_limit(red: int, green: int, blue: int):
    assert abs(float(plastic_bits_numpy(one_pixel(red, green, blue))[0, 0])) <= LIMIT_BITS


def test_splines_share_out_one_whole_everywhere():
    for weights in axis_splines():
        np.testing.assert_allclose(weights.sum(axis=1), 1.0)
        assert weights.min() >= 0.0


def test_a_colour_that_covers_its_picture_is_ground_there():
    bits = np.full((20, 20), 7.0, dtype=np.float32)
    assert no_more_than_rare(bits).max() <= 0.0


def test_a_rare_colour_keeps_its_bits_and_no_pixel_gains_any():
    bits = np.full((64, 64), -4.0, dtype=np.float32)
    bits[:2, :2] = 6.0
    bits[5, 5] = np.nan
    capped = no_more_than_rare(bits)
    assert capped[0, 0] == 6.0
    assert np.isnan(capped[5, 5])
    assert np.nanmax(capped - bits) <= 0.0
    assert capped[30, 30] == -4.0


def test_rarity_of_nothing_observed_is_nothing():
    bits = np.full((3, 3), np.nan, dtype=np.float32)
    assert np.isnan(no_more_than_rare(bits)).all()


@pytest.mark.parametrize(
    "wrong", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 4), np.uint8), np.zeros((4, 4, 3), float)]
)
def test_what_is_no_picture_is_refused(wrong: np.ndarray):
    with pytest.raises(InputError, match="uint8"):
        plastic_bits(wrong)


def test_an_empty_picture_has_no_bits():
    assert plastic_bits(np.zeros((0, 5, 3), np.uint8)).shape == (0, 5)
