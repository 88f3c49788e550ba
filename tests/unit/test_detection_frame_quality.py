"""Blurred, black, white and frozen frames are told, whatever is in the picture."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from atalaya.detection.frame_quality import blurred, frame_quality, is_frozen, picture_shift_px
from atalaya.errors import InputError

type Picture = NDArray[np.uint8]


def land(contrast: float = 30.0, seed: int = 0, height: int = 360, width: int = 640) -> Picture:
    """Power falls with the square of frequency, as in pictures of land."""
    rng = np.random.default_rng(seed)
    rows, cols = np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width)[None, :]
    spectrum = np.fft.fft2(rng.normal(0.0, 1.0, (height, width))) / np.maximum(np.hypot(rows, cols), 1e-3)
    shade = np.fft.ifft2(spectrum).real
    grey = np.clip(110.0 + contrast * shade / shade.std(), 0, 255)
    return np.dstack([grey, grey, 0.8 * grey]).astype(np.uint8)


def moved(rgb: Picture, length_px: int, turned: bool) -> Picture:
    kernel = np.full((1, length_px), 1.0 / length_px, np.float32)
    return np.asarray(cv2.filter2D(rgb, -1, kernel.T if turned else kernel), np.uint8)


@pytest.mark.parametrize("contrast", [10.0, 25.0, 45.0])
def test_sharp_land_is_sharp_whatever_its_contrast(contrast):
    quality = frame_quality(land(contrast))
    assert quality.is_sharp
    assert quality.sharpness == pytest.approx(frame_quality(land(25.0)).sharpness, abs=0.1)


@pytest.mark.parametrize("contrast", [15.0, 45.0])
def test_out_of_focus_is_not_sharp_and_the_blur_is_measured_in_pixels(contrast):
    for sigma_px in (3.0, 4.0):
        quality = frame_quality(cv2.GaussianBlur(land(contrast), (0, 0), sigma_px))
        assert not quality.is_sharp
        assert quality.blur_px == pytest.approx(sigma_px, rel=0.35)


@pytest.mark.parametrize("turned", [False, True])
def test_motion_in_one_direction_is_blur_too(turned):
    assert not frame_quality(moved(land(), 19, turned)).is_sharp


def test_a_frame_is_blurred_for_its_clip_before_it_is_blurred_for_any():
    sharpness = np.array([0.80, 0.82, 0.78, 0.44, 0.81, np.nan, 0.30])
    assert blurred(sharpness).tolist() == [False, False, False, True, False, False, True]
    assert not blurred(np.array([0.46, 0.44, 0.45])).any()
    assert not blurred(np.full(3, np.nan)).any()
    assert blurred(np.zeros(0)).shape == (0,)


@settings(max_examples=15)
@given(st.integers(0, 5), st.floats(0.5, 3.0))
def test_more_blur_is_never_sharper(seed, sigma_px):
    rgb = land(seed=seed)
    once = cv2.GaussianBlur(rgb, (0, 0), sigma_px)
    assert frame_quality(once).sharpness < frame_quality(rgb).sharpness
    assert frame_quality(cv2.GaussianBlur(once, (0, 0), 1.5)).sharpness < frame_quality(once).sharpness


def test_a_sharp_clock_and_crosshair_do_not_save_a_blurred_frame():
    rgb = cv2.GaussianBlur(land(), (0, 0), 4.0)
    cv2.putText(rgb, "2026-11-25 18:00:00", (10, 30), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (255, 255, 255), 2)
    cv2.line(rgb, (300, 180), (340, 180), (255, 255, 255), 1)
    assert not frame_quality(rgb).is_sharp


@pytest.mark.parametrize("shade", [0, 128, 255])
def test_black_white_and_a_lens_cap_have_no_content_and_no_sharpness(shade):
    quality = frame_quality(np.full((120, 160, 3), shade, np.uint8))
    assert not quality.has_content
    assert not quality.is_sharp
    assert np.isnan(quality.sharpness)
    assert quality.mean_level == shade
    assert quality.blur_px == float("inf")


def test_black_with_noise_has_no_content():
    noise = np.random.default_rng(0).integers(0, 4, (240, 320, 3), dtype=np.uint8)
    assert not frame_quality(noise).has_content
    assert not frame_quality(noise).is_sharp


def test_a_dim_frame_at_dusk_still_has_content():
    assert frame_quality((land() // 5).astype(np.uint8)).is_sharp


def test_the_same_picture_with_coding_noise_is_frozen_and_one_moved_by_two_pixels_is_not():
    rgb = land()
    noise = np.random.default_rng(1).normal(0.0, 1.0, rgb.shape)
    again = np.clip(rgb + noise, 0, 255).astype(np.uint8)
    assert picture_shift_px(rgb, rgb) == 0.0
    assert is_frozen(rgb, again)
    assert not is_frozen(rgb, np.roll(rgb, 2, axis=1))
    assert not is_frozen(rgb, land(seed=9))


def test_a_small_shift_is_measured_in_pixels_whatever_the_contrast():
    for contrast in (10.0, 45.0):
        wide = cv2.GaussianBlur(land(contrast), (0, 0), 2.0)
        assert picture_shift_px(wide[:, 1:], wide[:, :-1]) == pytest.approx(1.0, abs=0.25)


def test_nothing_to_be_seen_to_move_is_not_called_frozen():
    black = np.zeros((120, 160, 3), np.uint8)
    assert np.isnan(picture_shift_px(black, black))
    assert not is_frozen(black, black)


def test_grey_and_tiny_frames_are_measured_and_what_is_no_frame_is_refused():
    assert frame_quality(land()[..., 0]).is_sharp
    assert not frame_quality(np.zeros((3, 3), np.uint8)).has_content
    for bad in (np.zeros((20, 20), np.float32), np.zeros((20, 20, 4), np.uint8), np.zeros((2, 20), np.uint8)):
        with pytest.raises(InputError, match="frame"):
            frame_quality(bad)
    with pytest.raises(InputError, match="one shape"):
        picture_shift_px(np.zeros((20, 20), np.uint8), np.zeros((20, 21), np.uint8))
