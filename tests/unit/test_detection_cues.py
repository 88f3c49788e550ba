"""Each cue answers to its thing and not to its innocent neighbour, at 0.1 and at 0.4 m."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from atalaya.detection.cues import cue_maps, fused, fused_at_working_gsd, score_maps
from atalaya.detection.ground_cues import new_tracks
from atalaya.detection.metric_windows import to_working_gsd
from atalaya.errors import InputError

type Picture = NDArray[np.uint8]

GSDS = pytest.mark.parametrize("gsd_m", [0.1, 0.4])
GREEN, SOIL, SUNLIT_SOIL, BLUE, GREY = (
    (55, 85, 45),
    (120, 95, 70),
    (205, 170, 130),
    (60, 90, 190),
    (150, 150, 152),
)
WITHERED, DARK = (88, 78, 48), (14, 18, 12)
SIDE_M = 96.0
"""Of the square of land in these pictures; places in it are given in metres from its upper left corner."""


def land(gsd_m: float, colour: tuple[int, int, int], seed: int = 0) -> Picture:
    """Ground of one colour with texture of 1 and of 6 m, never quite flat."""
    rng = np.random.default_rng(seed)
    side = round(SIDE_M / gsd_m)
    shade = np.zeros((side, side), np.float32)
    for size_m, strength in ((1.0, 0.06), (6.0, 0.06)):
        cells = round(SIDE_M / size_m)
        coarse = rng.normal(0.0, strength, (cells, cells)).astype(np.float32)
        shade += cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC)
    rgb = np.array(colour, np.float32) * (1.0 + shade[..., None]) + rng.normal(0.0, 2.0, (side, side, 3))
    return np.clip(rgb, 0, 255).astype(np.uint8)


def patch(rgb: Picture, gsd_m: float, centre_m, size_m, colour, angle_deg: float = 0.0) -> Picture:
    corners = cv2.boxPoints((np.array(centre_m) / gsd_m, np.array(size_m) / gsd_m, angle_deg))
    cv2.fillPoly(rgb, [np.round(corners).astype(np.int32)], colour)
    return rgb


def disc(rgb: Picture, gsd_m: float, centre_m, radius_m: float, colour) -> Picture:
    centre = tuple(round(one / gsd_m) for one in centre_m)
    cv2.circle(rgb, centre, round(radius_m / gsd_m), colour, -1)
    return rgb


def at(maps, name: str, x_m: float, y_m: float, reach_m: float = 2.0) -> float:
    """The largest value of a cue within some metres of a place."""
    plane = getattr(maps, name)
    x, y, reach = (round(one / maps.gsd_m) for one in (x_m, y_m, reach_m))
    return float(plane[y - reach : y + reach + 1, x - reach : x + reach + 1].max())


@GSDS
def test_a_colour_that_the_ground_lacks_answers_in_both_rx_and_a_shadow_not_in_chromaticity(gsd_m):
    rgb = land(gsd_m, SOIL)
    patch(rgb, gsd_m, (30, 48), (5, 5), BLUE)
    patch(rgb, gsd_m, (66, 48), (5, 5), tuple(round(0.55 * one - 9) for one in SOIL))
    maps = cue_maps(rgb, gsd_m)
    assert at(maps, "lab_rx", 30, 48) > 100.0
    assert at(maps, "chroma_rx", 30, 48) > 100.0
    assert at(maps, "lab_rx", 66, 48) > 40.0
    assert at(maps, "chroma_rx", 66, 48) < 10.0


@GSDS
def test_small_structure_is_at_most_four_metres_wide_and_structure_at_most_twelve(gsd_m):
    rgb = land(gsd_m, GREEN)
    for x_m, size_m in ((16, 2.4), (40, 8.0), (72, 20.0)):
        patch(rgb, gsd_m, (x_m, 48), (size_m, size_m), GREY)
    maps = cue_maps(rgb, gsd_m)
    small = [at(maps, "small_structure", x_m, 48, 0.4) for x_m in (16, 40, 72)]
    structure = [at(maps, "structure", x_m, 48, 0.4) for x_m in (16, 40, 72)]
    assert small[0] > 50.0
    assert max(small[1:]) < 20.0
    assert min(structure[:2]) > 50.0
    assert structure[2] < 20.0


@GSDS
def test_a_blue_tarp_is_plastic_and_blue_and_grey_soil_or_brighter_soil_is_not(gsd_m):
    rgb = land(gsd_m, SOIL)
    patch(rgb, gsd_m, (30, 48), (5, 5), BLUE)
    patch(rgb, gsd_m, (66, 48), (5, 5), SUNLIT_SOIL)
    maps = cue_maps(rgb, gsd_m)
    assert at(maps, "plastic", 30, 48) > 2.0
    assert at(maps, "plastic", 66, 48) < 0.0
    assert at(maps, "blueness", 30, 48) > at(maps, "blueness", 66, 48) + 0.5


@GSDS
@pytest.mark.parametrize("angle_deg", [0.0, 20.0, 45.0])
def test_a_roof_has_right_angles_however_turned_and_a_road_or_a_round_bush_has_none(gsd_m, angle_deg):
    rgb = land(gsd_m, GREEN)
    patch(rgb, gsd_m, (24, 30), (6, 6), GREY, angle_deg)
    disc(rgb, gsd_m, (72, 30), 3.4, GREY)
    patch(rgb, gsd_m, (48, 72), (140, 4), GREY, angle_deg / 3)
    maps = cue_maps(rgb, gsd_m)
    roof = at(maps, "rectangularity", 24, 30)
    assert roof > 2.0 * at(maps, "rectangularity", 72, 30)
    assert roof > 2.0 * at(maps, "rectangularity", 48, 72)
    assert at(maps, "edges", 48, 70) > 50.0


@GSDS
def test_edges_of_a_shadow_are_edges_of_light_and_hardly_of_colour(gsd_m):
    rgb = land(gsd_m, GREY)
    patch(rgb, gsd_m, (30, 48), (6, 6), (75, 75, 76))
    patch(rgb, gsd_m, (66, 48), (6, 6), BLUE)
    maps = cue_maps(rgb, gsd_m)
    assert at(maps, "edges", 30, 48, 4) > 50.0
    assert at(maps, "colour_edges", 66, 48, 4) > 4.0 * at(maps, "colour_edges", 30, 48, 4)


@GSDS
def test_a_withered_crown_in_green_answers_and_sunlit_soil_a_tarp_or_brown_in_brown_does_not(gsd_m):
    rgb = land(gsd_m, GREEN)
    disc(rgb, gsd_m, (24, 30), 3.0, WITHERED)
    disc(rgb, gsd_m, (72, 30), 3.0, SUNLIT_SOIL)
    disc(rgb, gsd_m, (48, 72), 3.0, BLUE)
    maps = cue_maps(rgb, gsd_m)
    crown = at(maps, "withered", 24, 30)
    assert crown > 0.2
    assert at(maps, "withered", 72, 30, 1) < 0.3 * crown
    assert at(maps, "withered", 48, 72, 1) < 0.3 * crown
    brown = disc(land(gsd_m, SOIL), gsd_m, (48, 48), 3.0, WITHERED)
    assert cue_maps(brown, gsd_m).withered.max() < 0.1 * crown


@GSDS
@pytest.mark.parametrize("angle_deg", [0.0, 30.0, 77.0])
def test_a_track_is_a_bright_line_and_a_roof_a_clearing_or_a_dark_stream_is_not(gsd_m, angle_deg):
    rgb = land(gsd_m, GREEN)
    patch(rgb, gsd_m, (30, 48), (50, 3), SUNLIT_SOIL, angle_deg)
    patch(rgb, gsd_m, (78, 20), (6, 6), SUNLIT_SOIL)
    patch(rgb, gsd_m, (76, 74), (24, 24), SUNLIT_SOIL)
    patch(rgb, gsd_m, (60, 48), (3, 80), DARK)
    maps = cue_maps(rgb, gsd_m)
    track = at(maps, "tracks", 30, 48)
    assert track > 1.5
    for x_m, y_m in ((78, 20), (76, 74), (60, 48)):
        assert at(maps, "tracks", x_m, y_m) < 0.5 * track


def test_a_new_track_is_new_and_an_old_one_a_little_beside_itself_is_not():
    old, new = land(0.4, GREEN), land(0.4, GREEN, seed=1)
    for rgb, shift_m in ((old, 0.0), (new, 1.6)):
        patch(rgb, 0.4, (48, 24 + shift_m), (60, 3), SUNLIT_SOIL)
    patch(new, 0.4, (48, 70), (60, 3), SUNLIT_SOIL)
    now, before = cue_maps(new, 0.4).tracks, cue_maps(old, 0.4).tracks
    change = new_tracks(now, before, 0.4)
    assert change[round(70 / 0.4), round(48 / 0.4)] > 1.5
    assert change[: round(40 / 0.4)].max() < 1.0
    with pytest.raises(InputError, match="one grid"):
        new_tracks(now, before[1:], 0.4)


@GSDS
@pytest.mark.parametrize("colour", [SOIL, DARK])
def test_a_hole_in_closed_canopy_answers_and_the_same_patch_in_scrub_or_a_gap_between_crowns_does_not(
    gsd_m, colour
):
    rgb = disc(land(gsd_m, GREEN), gsd_m, (30, 48), 4.0, colour)
    disc(rgb, gsd_m, (70, 48), 0.6, DARK)
    maps = cue_maps(rgb, gsd_m)
    assert at(maps, "canopy_holes", 30, 48) > 0.8
    assert at(maps, "canopy_holes", 70, 48) < 0.2
    open_land = disc(land(gsd_m, SUNLIT_SOIL), gsd_m, (48, 48), 4.0, colour)
    assert cue_maps(open_land, gsd_m).canopy_holes.max() < 0.05


@GSDS
@pytest.mark.parametrize("contrast", [1.0, 0.3])
def test_the_score_is_highest_on_a_tarp_also_where_canopy_has_taken_most_of_its_contrast(gsd_m, contrast):
    rgb = land(gsd_m, GREEN)
    tarp = patch(rgb.copy(), gsd_m, (60, 36), (6, 4), BLUE, 25.0)
    faint = np.clip(rgb + contrast * (tarp.astype(np.float32) - rgb), 0, 255).astype(np.uint8)
    score = fused(cue_maps(faint, gsd_m))
    assert score.shape == rgb.shape[:2]
    assert score.dtype == np.float32
    row, col = np.unravel_index(int(score.argmax()), score.shape)
    assert np.hypot(col * gsd_m - 60, row * gsd_m - 36) < 3.5


def test_the_same_land_scores_alike_at_any_gsd_finer_than_the_working_one():
    fine = patch(land(0.1, SOIL), 0.1, (48, 48), (6, 4), BLUE)
    coarse = cv2.resize(fine, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    one, other = (fused_at_working_gsd(cue_maps(rgb, gsd_m)) for rgb, gsd_m in ((fine, 0.1), (coarse, 0.2)))
    assert np.abs(one - other).max() < 0.5


@settings(max_examples=12)
@given(st.integers(0, 50), st.sampled_from([0, 1, None]))
def test_a_mirrored_picture_has_the_mirrored_score(seed, axis):
    """Lines have twelve directions and sides in half pixels: they are not in the score, and not asked here."""
    rgb = np.random.default_rng(seed).integers(60, 180, (40, 64, 3), dtype=np.uint8)
    rgb[10:16, 20:30] = BLUE
    turned = np.flip(rgb, axis) if axis is not None else np.transpose(rgb, (1, 0, 2))
    score, other = (fused(cue_maps(np.ascontiguousarray(one), 0.4)) for one in (rgb, turned))
    back = np.flip(other, axis) if axis is not None else other.T
    assert np.abs(score - back).max() < 0.25
    assert np.corrcoef(score.ravel(), back.ravel())[0, 1] > 0.999


@settings(max_examples=12)
@given(st.integers(0, 50), st.floats(0.75, 1.25))
def test_more_or_less_light_hardly_changes_where_the_score_is_high(seed, light):
    rgb = land(0.4, SOIL, seed)
    for x_m in (20, 48, 76):
        patch(rgb, 0.4, (x_m, 40), (5, 4), BLUE, x_m)
    other = np.clip(light * rgb.astype(np.float32), 0, 255).astype(np.uint8)
    one, two = (fused_at_working_gsd(cue_maps(picture, 0.4)) for picture in (rgb, other))
    assert np.corrcoef(one.ravel(), two.ravel())[0, 1] > 0.97
    high = two > np.quantile(two, 0.99)
    assert (one[high] > np.quantile(one, 0.97)).mean() > 0.9


def test_the_score_is_the_same_from_the_maps_it_needs_as_from_all():
    rgb = patch(land(0.2, SOIL), 0.2, (40, 40), (5, 5), BLUE)
    assert np.array_equal(fused(score_maps(rgb, 0.2)), fused(cue_maps(rgb, 0.2)))


def test_what_was_never_observed_has_no_score_and_its_border_is_no_find():
    rgb = patch(land(0.4, SOIL), 0.4, (40, 40), (5, 5), BLUE)
    observed = np.zeros(rgb.shape[:2], np.bool_)
    observed[:, : round(60 / 0.4)] = True
    rgb[~observed] = 0
    score = fused(cue_maps(rgb, 0.4, observed))
    assert np.isnan(score[~observed]).all()
    assert not np.isnan(score[observed]).any()
    row, col = np.unravel_index(int(np.nanargmax(score)), score.shape)
    assert np.hypot(col * 0.4 - 40, row * 0.4 - 40) < 4.0


def test_a_picture_of_which_nothing_was_observed_has_no_score_anywhere():
    rgb = np.zeros((40, 40, 3), np.uint8)
    assert np.isnan(fused(cue_maps(rgb, 0.1, np.zeros((40, 40), np.bool_)))).all()


@pytest.mark.parametrize("shade", [0, 77, 255])
def test_a_constant_picture_is_even_everywhere_and_no_map_holds_nan(shade):
    maps = cue_maps(np.full((60, 90, 3), shade, np.uint8), 0.4)
    assert np.ptp(fused(maps)) < 1e-3
    for name in ("lab_rx", "chroma_rx", "structure", "rectangularity", "withered", "tracks", "canopy_holes"):
        assert np.isfinite(getattr(maps, name)).all()
        assert getattr(maps, name).max() < 1e-2


@pytest.mark.parametrize(("height", "width"), [(3, 3), (3, 400), (5, 7), (61, 47)])
def test_small_and_odd_pictures_are_answered_in_their_own_shape(height, width):
    rgb = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    score = fused(cue_maps(rgb, 0.1))
    assert score.shape == (height, width)
    assert np.isfinite(score).all()


def test_what_is_no_picture_is_refused():
    rgb = np.zeros((20, 20, 3), np.uint8)
    with pytest.raises(InputError, match="3 x 3"):
        cue_maps(rgb[:2], 0.4)
    with pytest.raises(InputError, match="GSD"):
        cue_maps(rgb, float("nan"))
    with pytest.raises(InputError, match="uint8"):
        cue_maps(rgb.astype(np.float32), 0.4)
    with pytest.raises(InputError, match="mask"):
        cue_maps(rgb, 0.4, np.ones((20, 21), np.bool_))


def test_only_finer_pictures_are_brought_to_the_working_gsd():
    assert to_working_gsd(np.zeros((100, 200, 3), np.uint8), 0.1, 0.4)[0].shape == (25, 50, 3)
    assert to_working_gsd(np.zeros((100, 200, 3), np.uint8), 0.37, 0.4)[1] == 0.37
