"""The same points of the ground in two pictures, on motions that are known; or the reason why not."""

import cv2
import numpy as np
import pytest

from atalaya.errors import InputError
from atalaya.georeg.homography import moved, plausible, robust_homography, shared_area
from atalaya.georeg.image_motion import ImageMotion, NoImageMotion, image_motion
from atalaya.georeg.image_texture import repetition
from textured_ground import noisy, seen_through, texture

WIDTH_PX, HEIGHT_PX = 320, 240
GROUND = texture(700, 1)
HOME = np.array([[1.0, 0.0, -190.0], [0.0, 1.0, -230.0], [0.0, 0.0, 1.0]])


def motion_of(turn_deg=0.0, scale=1.0, shift_px=(0.0, 0.0), tilt=(0.0, 0.0)):
    """Second picture from first: a turn and a zoom about the middle, a tilt, a shift."""
    cos, sin = scale * np.cos(np.radians(turn_deg)), scale * np.sin(np.radians(turn_deg))
    middle = np.array([[1.0, 0.0, WIDTH_PX / 2], [0.0, 1.0, HEIGHT_PX / 2], [0.0, 0.0, 1.0]])
    turned = np.array([[cos, -sin, shift_px[0]], [sin, cos, shift_px[1]], [tilt[0], tilt[1], 1.0]])
    found = middle @ turned @ np.linalg.inv(middle)
    return found / found[2, 2]


def two_pictures(motion, sigma=2.0):
    first = noisy(seen_through(GROUND, HOME, WIDTH_PX, HEIGHT_PX), sigma, 2)
    return first, noisy(seen_through(GROUND, motion @ HOME, WIDTH_PX, HEIGHT_PX), sigma, 3)


def error_px(found, motion):
    x_px, y_px = np.meshgrid(np.linspace(30, WIDTH_PX - 30, 9), np.linspace(30, HEIGHT_PX - 30, 7))
    points_px = np.stack([x_px.ravel(), y_px.ravel()], axis=-1)
    return float(np.linalg.norm(moved(found.homography, points_px) - moved(motion, points_px), axis=1).max())


@pytest.mark.parametrize(
    "known",
    [
        motion_of(),
        motion_of(shift_px=(0.37, -0.61)),
        motion_of(turn_deg=3.0, scale=1.05, shift_px=(9.3, -4.7)),
        motion_of(turn_deg=35.0, scale=0.8, shift_px=(48.2, 21.9)),
        motion_of(tilt=(3e-4, -2e-4), shift_px=(30.4, 5.5)),
    ],
    ids=["still", "part-of-a-pixel", "small", "large-turn", "tilt"],
)
def test_a_known_motion_is_found_to_a_tenth_of_a_pixel(known):
    found = image_motion(*two_pictures(known))
    assert isinstance(found, ImageMotion)
    assert error_px(found, known) < 0.15
    apart_px = np.linalg.norm(moved(known, found.from_px) - found.to_px, axis=1)
    assert np.median(apart_px[found.inlier]) < 0.13
    assert found.rms_px < 0.3
    assert found.inlier_share > 0.85
    assert found.area_share == pytest.approx(shared_area(known, WIDTH_PX, HEIGHT_PX), abs=0.02)


def test_what_moves_by_itself_in_a_third_of_the_picture_is_left_out():
    known = motion_of(turn_deg=2.0, shift_px=(6.0, 3.0))
    first, second = two_pictures(known)
    other = seen_through(GROUND, motion_of(shift_px=(-5.0, 8.0)) @ known @ HOME, WIDTH_PX, HEIGHT_PX)
    second[:, 214:] = other[:, 214:]
    found = image_motion(first, second)
    assert isinstance(found, ImageMotion)
    assert 0.15 < 1.0 - found.inlier_share < 0.5
    points_px = found.from_px[found.inlier]
    assert np.linalg.norm(moved(found.homography, points_px) - moved(known, points_px), axis=1).max() < 0.3
    assert (points_px[:, 0] < 225).mean() > 0.97


def test_colour_and_grey_pictures_give_the_same_motion():
    first, second = two_pictures(motion_of(shift_px=(4.0, 2.0)))
    grey = image_motion(first, second)
    colour = image_motion(*(np.repeat(picture[:, :, None], 3, axis=2) for picture in (first, second)))
    assert isinstance(grey, ImageMotion)
    assert isinstance(colour, ImageMotion)
    np.testing.assert_allclose(colour.homography, grey.homography)


def test_a_prediction_carries_a_motion_that_nothing_else_would_find():
    known = motion_of(turn_deg=170.0, scale=0.35, shift_px=(20.0, 10.0))
    first, second = two_pictures(known, sigma=0.0)
    found = image_motion(first, second, predicted=motion_of(turn_deg=170.5, scale=0.35, shift_px=(21.0, 9.0)))
    assert isinstance(found, ImageMotion)
    assert error_px(found, known) < 0.5


def test_a_wrong_prediction_does_no_harm():
    known = motion_of(shift_px=(3.0, -2.0))
    found = image_motion(*two_pictures(known), predicted=motion_of(shift_px=(-60.0, 50.0)))
    assert isinstance(found, ImageMotion)
    assert error_px(found, known) < 0.15


def flat(sigma, seed):
    return noisy(np.full((HEIGHT_PX, WIDTH_PX), 120, dtype=np.uint8), sigma, seed)


@pytest.mark.parametrize("sigma", [0.0, 1.0, 3.0, 10.0, 40.0])
def test_pictures_without_texture_are_refused_with_the_reason(sigma):
    answer = image_motion(flat(sigma, 4), flat(sigma, 5))
    assert isinstance(answer, NoImageMotion)
    assert any(word in answer.reason for word in ("texture", "points", "different", "move"))


def test_a_picture_without_texture_says_how_many_corners_were_found():
    answer = image_motion(flat(0.0, 0), flat(0.0, 0))
    assert answer == NoImageMotion("too little texture: 0 corners were found, 20 are needed")


def test_pictures_of_two_places_are_refused():
    first, _ = two_pictures(motion_of())
    elsewhere = seen_through(texture(700, 9), HOME, WIDTH_PX, HEIGHT_PX)
    assert isinstance(image_motion(first, elsewhere), NoImageMotion)


def test_pictures_that_hardly_overlap_are_refused():
    first, second = two_pictures(motion_of(shift_px=(300.0, 0.0)))
    assert isinstance(image_motion(first, second), NoImageMotion)


def test_texture_in_one_corner_only_is_refused():
    first, second = (flat(0.0, 0) for _ in range(2))
    still, later = two_pictures(motion_of(shift_px=(2.0, 1.0)))
    first[:90, :90], second[:90, :90] = still[:90, :90], later[:90, :90]
    answer = image_motion(first, second)
    assert isinstance(answer, NoImageMotion)
    assert "of the picture only" in answer.reason


@pytest.mark.parametrize(
    ("first", "second", "predicted"),
    [
        (np.zeros((240, 320)), np.zeros((240, 320)), None),
        (np.zeros((240, 320), np.uint8), np.zeros((240, 300), np.uint8), None),
        (np.zeros((240, 320, 4), np.uint8), np.zeros((240, 320, 4), np.uint8), None),
        (np.zeros((8, 8), np.uint8), np.zeros((8, 8), np.uint8), None),
        (np.zeros((240, 320), np.uint8), np.zeros((240, 320), np.uint8), np.full((3, 3), np.nan)),
        (np.zeros((240, 320), np.uint8), np.zeros((240, 320), np.uint8), np.eye(2)),
    ],
)
def test_what_is_no_picture_is_refused(first, second, predicted):
    with pytest.raises(InputError):
        image_motion(first, second, predicted=predicted)


def orchard(period_px, shift_px, seed):
    """Rows of crowns, all alike but for a pixel of place and a little of size, on open ground."""
    rng = np.random.default_rng(1)
    field = 0.3 * cv2.resize(texture(100, 3), (600, 500)).astype(np.float64)
    for y_px in range(5, 500, period_px):
        for x_px in range(5, 600, period_px):
            place = (round(x_px + rng.normal()), round(y_px + rng.normal()))
            cv2.circle(field, place, int(rng.integers(4, 7)), float(120 + rng.normal(0, 25)), -1)
    down, across = shift_px
    shown = cv2.GaussianBlur(field, (0, 0), 1.0)[50 + down : 290 + down, 50 + across : 370 + across]
    return noisy(np.clip(shown, 0, 255).astype(np.uint8), 3.0, seed)


@pytest.mark.parametrize("shift_px", [(3, 4), (18, 0), (20, 25), (40, 60)])
def test_rows_of_an_orchard_are_told_apart_or_refused_but_never_confused(shift_px):
    answer = image_motion(orchard(18, (0, 0), 1), orchard(18, shift_px, 2))
    if isinstance(answer, ImageMotion):
        np.testing.assert_allclose(answer.homography[:2, 2], [-shift_px[1], -shift_px[0]], atol=0.5)
    else:
        assert "repeats" in answer.reason


@pytest.mark.parametrize("period_px", [10, 24, 40])
def test_a_pattern_that_repeats_exactly_is_refused(period_px):
    row, col = np.mgrid[:HEIGHT_PX, :WIDTH_PX]
    board = ((col * 2 // period_px + row * 2 // period_px) % 2 * 150 + 50).astype(np.uint8)
    soft = np.asarray(cv2.GaussianBlur(board, (0, 0), 1.0), dtype=np.uint8)
    answer = image_motion(noisy(soft, 3.0, 1), noisy(np.roll(soft, 3, axis=1), 3.0, 2))
    assert isinstance(answer, NoImageMotion)
    assert "repeats" in answer.reason or "points" in answer.reason


def test_a_picture_is_asked_how_much_it_looks_like_itself():
    assert repetition(texture(300, 1)) < 0.4
    assert repetition(flat(0.0, 0)) == 0.0
    assert repetition(orchard(18, (0, 0), 1)) > 0.7


def test_the_same_pictures_give_the_same_answer_twice():
    pictures = two_pictures(motion_of(turn_deg=5.0, shift_px=(12.0, 3.0)))
    one, other = image_motion(*pictures), image_motion(*pictures)
    assert isinstance(one, ImageMotion)
    assert isinstance(other, ImageMotion)
    np.testing.assert_array_equal(one.to_px, other.to_px)


def test_a_homography_is_found_among_a_third_of_wrong_points():
    rng = np.random.default_rng(6)
    known = motion_of(turn_deg=10.0, shift_px=(5.0, 9.0))
    from_px = rng.uniform([0, 0], [WIDTH_PX, HEIGHT_PX], (200, 2))
    to_px = moved(known, from_px) + 0.1 * rng.standard_normal((200, 2))
    to_px[:66] = rng.uniform([0, 0], [WIDTH_PX, HEIGHT_PX], (66, 2))
    found = robust_homography(from_px, to_px, 1.0)
    assert found is not None
    assert found[1][66:].mean() > 0.98
    assert found[1][:66].mean() < 0.05
    assert np.abs(moved(found[0], from_px) - moved(known, from_px)).max() < 0.2


def test_a_mirrored_or_boundless_plane_is_not_plausible():
    assert plausible(np.eye(3), 100, 80)
    assert not plausible(np.diag([-1.0, 1.0, 1.0]), 100, 80)
    assert not plausible(np.array([[1.0, 0, 0], [0, 1.0, 0], [-0.02, 0, 1.0]]), 100, 80)
    assert not plausible(np.diag([9.0, 9.0, 1.0]), 100, 80)


def test_the_shared_area_of_a_shift_is_known():
    half = np.array([[1.0, 0.0, 50.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    assert shared_area(half, 100, 80) == pytest.approx(0.5)
