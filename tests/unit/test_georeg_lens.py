"""A measured lens: pixel to direction to pixel, OpenCV as a second opinion, limits and sizes that do not fit."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atalaya.errors import InputError
from atalaya.georeg.lens import Lens, lens_for, lens_of_matrix

PLAIN = Lens(width_px=1280, height_px=720, fx_px=1500.0, fy_px=1490.0, cx_px=650.0, cy_px=352.0)
WIDE = replace(PLAIN, fx_px=800.0, fy_px=795.0, k1=-0.28, k2=0.09, p1=4e-4, p2=-8e-4, k3=-0.012)


def lenses(tangential: float = 2e-3) -> st.SearchStrategy[Lens]:
    """Lenses as drones and turrets have them: pixels up to 40 deg off the axis."""
    return st.builds(
        Lens,
        width_px=st.just(1280),
        height_px=st.just(720),
        fx_px=st.floats(900.0, 60_000.0),
        fy_px=st.floats(900.0, 60_000.0),
        cx_px=st.floats(600.0, 680.0),
        cy_px=st.floats(330.0, 390.0),
        k1=st.floats(-0.15, 0.3),
        k2=st.floats(-0.1, 0.1),
        p1=st.floats(-tangential, tangential),
        p2=st.floats(-tangential, tangential),
        k3=st.floats(-0.05, 0.05),
    )


PIXELS = st.lists(st.tuples(st.floats(-0.5, 1279.5), st.floats(-0.5, 719.5)), min_size=1, max_size=30)


@settings(deadline=None)
@given(lens=lenses(), pixels=PIXELS)
def test_pixel_to_direction_to_pixel_comes_back_within_a_millionth(lens, pixels):
    x_px, y_px = np.array(pixels).T
    right, down = lens.directions(x_px, y_px)
    known = ~np.isnan(right)
    again_x_px, again_y_px = lens.pixels(right, down)
    np.testing.assert_allclose(again_x_px[known], x_px[known], atol=1e-6)
    np.testing.assert_allclose(again_y_px[known], y_px[known], atol=1e-6)


@settings(deadline=None)
@given(lens=lenses(), right=st.floats(-0.6, 0.6), down=st.floats(-0.4, 0.4))
def test_a_direction_that_falls_on_a_pixel_is_the_direction_of_that_pixel(lens, right, down):
    x_px, y_px = lens.pixels([right], [down])
    if np.isnan(x_px[0]):
        return
    back_right, back_down = lens.directions(x_px, y_px)
    if lens.widest - np.hypot(right, down) > 0.05:  # at the very limit two directions are one pixel
        np.testing.assert_allclose([back_right[0], back_down[0]], [right, down], atol=1e-7)


@settings(deadline=None)
@given(lens=lenses(), right=st.floats(-0.5, 0.5), down=st.floats(-0.35, 0.35))
def test_pixels_are_those_of_opencv(lens, right, down):
    x_px, y_px = lens.pixels([right], [down])
    matrix = np.array([[lens.fx_px, 0.0, lens.cx_px], [0.0, lens.fy_px, lens.cy_px], [0.0, 0.0, 1.0]])
    terms = np.array([lens.k1, lens.k2, lens.p1, lens.p2, lens.k3])
    expected, _ = cv2.projectPoints(np.array([[right, down, 1.0]]), np.zeros(3), np.zeros(3), matrix, terms)
    if not np.isnan(x_px[0]):
        np.testing.assert_allclose([x_px[0], y_px[0]], expected.reshape(2), rtol=1e-12, atol=1e-7)


def test_every_pixel_of_a_usual_lens_has_a_direction():
    x_px, y_px = (
        grid.ravel() for grid in np.meshgrid(np.linspace(-0.5, 1279.5, 65), np.linspace(-0.5, 719.5, 37))
    )
    right, down = WIDE.directions(x_px, y_px)
    assert not np.isnan(right).any()
    assert np.abs(WIDE.pixels(right, down)[0] - x_px).max() < 1e-6
    assert (
        right[-1] > (x_px[-1] - WIDE.cx_px) / WIDE.fx_px
    )  # barrel: the corner sees farther out than a pinhole's


def test_beyond_the_angle_where_the_polynomial_turns_back_nothing_is_said():
    lens = replace(PLAIN, k1=-0.4)
    assert lens.widest == pytest.approx(np.sqrt(1.0 / 1.2))
    limit_px = lens.cx_px + lens.fx_px * lens.widest * (1.0 - 0.4 * lens.widest**2)
    inside, outside = lens.directions([limit_px - 1.0, limit_px + 1.0], [lens.cy_px] * 2)[0]
    assert inside < lens.widest
    assert np.isnan(outside)
    beyond = lens.pixels([lens.widest * 1.2, 3.0], [0.0, 0.0])[0]
    assert np.isnan(beyond).all()
    bent_back = 1.2 * lens.widest * (1.0 - 0.4 * (1.2 * lens.widest) ** 2)
    assert 0.0 < bent_back < limit_px  # it would have fallen inside, on what shows another direction


def test_a_pinhole_is_exact_at_any_angle_and_unknown_stays_unknown():
    right, _ = PLAIN.directions([650.0, 2150.0, np.nan], [352.0, 352.0, 0.0])
    np.testing.assert_array_equal(right, [0.0, 1.0, np.nan])
    assert np.isnan(PLAIN.pixels([np.nan], [0.0])[0]).all()


def test_a_lens_is_scaled_to_the_same_view_in_another_size_and_says_so():
    same, note = lens_for(WIDE, 1280, 720)
    assert (same, note) == (WIDE, None)
    half, note = lens_for(WIDE, 640, 360)
    assert note is not None
    assert "1280 x 720" in note
    x_px, y_px = np.array([-0.5, 639.5, 200.0]), np.array([-0.5, 359.5, 100.0])
    np.testing.assert_allclose(
        half.directions(x_px, y_px), WIDE.directions(2.0 * x_px + 0.5, 2.0 * y_px + 0.5), atol=1e-12
    )


@pytest.mark.parametrize("size_px", [(720, 576), (1280, 960), (720, 1280), (0, 0)])
def test_a_picture_of_another_aspect_is_refused(size_px):
    with pytest.raises(InputError, match=r"1280 x 720|width and a height"):
        lens_for(WIDE, *size_px)


def test_a_camera_matrix_with_or_without_distortion_is_a_lens():
    matrix = np.array([[41251.9, 0.0, 360.0], [0.0, 41251.9, 240.0], [0.0, 0.0, 1.0]])
    lens = lens_of_matrix(matrix, [0.0], 720, 480)
    assert (lens.fx_px, lens.cx_px, lens.cy_px, lens.distorts) == (41251.9, 360.0, 240.0, False)
    assert lens_of_matrix(2.0 * matrix, [], 720, 480) == lens
    bent = lens_of_matrix(matrix, [1.0, 2.0, 3.0, 4.0, 5.0, 0.0], 720, 480)
    assert (bent.k1, bent.k2, bent.p1, bent.p2, bent.k3) == (1.0, 2.0, 3.0, 4.0, 5.0)
    for wrong in (matrix + np.eye(3, k=1), np.eye(2), np.zeros((3, 3))):
        with pytest.raises(InputError):
            lens_of_matrix(wrong, [], 720, 480)
    with pytest.raises(InputError, match="five terms"):
        lens_of_matrix(matrix, [0, 0, 0, 0, 0, 0.1], 720, 480)


@pytest.mark.parametrize("change", [{"fx_px": 0.0}, {"k1": np.nan}, {"width_px": 0}, {"cx_px": np.inf}])
def test_numbers_that_no_lens_has_are_refused(change):
    with pytest.raises(InputError):
        replace(PLAIN, **change)
