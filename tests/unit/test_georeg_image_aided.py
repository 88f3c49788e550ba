"""Metadata that drift and pictures that do not: a point of the ground is held, and how well is said."""

from dataclasses import replace

import numpy as np
import pytest

from atalaya.errors import InputError
from atalaya.geo.ellipsoid import east_north_m
from atalaya.geo.terrain import ConstantHeight
from atalaya.georeg.errors import PoseErrors
from atalaya.georeg.image_aided import image_aided_poses, turned
from atalaya.georeg.image_aided_geometry import misses, seen_ties
from atalaya.georeg.image_aided_hold import hold_ground_point, locate_places
from atalaya.georeg.image_ties import ImageTies, tie_pictures
from atalaya.georeg.lens import Lens
from held_scene import SIZE_PX, TERRAIN, circling, held_scene, looking_at, track_of, true_track
from terrain_scenes import fractal_terrain

POINTS_PX = [(160.0, 120.0), (60.0, 200.0), (290.0, 40.0)]
FLAT = PoseErrors(terrain_vertical_m=0.1)


@pytest.fixture(scope="module")
def scene():
    return held_scene()


@pytest.fixture(scope="module")
def ties(scene):
    found, untied = tie_pictures(scene.pictures)
    assert untied == ()
    return found


@pytest.fixture(scope="module")
def aided(scene, ties):
    return image_aided_poses(scene.stated, ties, SIZE_PX, TERRAIN, PoseErrors())


def off_px(held, track):
    return np.hypot(held.x_px - track[:, 0], held.y_px - track[:, 1])


@pytest.mark.parametrize("row", [0, 4])
@pytest.mark.parametrize("point_px", POINTS_PX)
def test_a_point_is_held_within_three_tenths_of_a_pixel_while_metadata_drift_a_hundred(
    scene, aided, point_px, row
):
    held = hold_ground_point(scene.stated, aided, row, point_px, SIZE_PX, TERRAIN, PoseErrors())
    track = true_track(scene, row, point_px)
    assert off_px(held, track).max() < 0.3
    metadata_px = np.hypot(held.metadata_x_px - track[:, 0], held.metadata_y_px - track[:, 1])
    assert metadata_px.max() > 50.0
    assert held.metadata_drift_m.max() > 20.0
    assert held.metadata_drift_m[row] == pytest.approx(0.0, abs=0.05)
    assert off_px(held, track)[row] < 1e-6
    assert held.held_ce90_m[row] < 1e-6


def test_the_metadata_are_found_worse_than_stated_and_the_error_of_the_place_grows(scene, ties, aided):
    assert aided.prior_misfit > 1.5
    held = hold_ground_point(scene.stated, aided, 0, POINTS_PX[0], SIZE_PX, TERRAIN, PoseErrors())
    honest = image_aided_poses(scene.true, ties, SIZE_PX, TERRAIN, PoseErrors())
    assert honest.prior_misfit < 0.3
    better = hold_ground_point(scene.true, honest, 0, POINTS_PX[0], SIZE_PX, TERRAIN, PoseErrors())
    assert held.place.ce90_m[0] > 1.15 * better.place.ce90_m[0]


def test_true_poses_are_left_as_they_are(scene, ties):
    aided = image_aided_poses(scene.true, ties, SIZE_PX, TERRAIN, PoseErrors())
    assert np.degrees(np.abs(aided.turn_rad[:, 1:])).max() < 0.02
    assert aided.rms_px < 0.1
    assert aided.tied.all()


def test_a_third_of_wrong_ties_does_not_move_the_answer(scene, ties):
    rng = np.random.default_rng(8)
    wrong = rng.random(len(ties)) < 0.3
    spoiled = replace(
        ties, second_px=np.where(wrong[:, None], rng.uniform(0, 1, (len(ties), 2)) * SIZE_PX, ties.second_px)
    )
    aided = image_aided_poses(scene.stated, spoiled, SIZE_PX, TERRAIN, PoseErrors())
    for point_px in POINTS_PX:
        held = hold_ground_point(scene.stated, aided, 0, point_px, SIZE_PX, TERRAIN, PoseErrors())
        assert off_px(held, true_track(scene, 0, point_px)).max() < 0.3
    assert aided.inlier[wrong].mean() < 0.05
    assert aided.inlier[~wrong].mean() > 0.9


def test_stated_errors_of_the_turns_hold_about_nine_tenths_of_the_true_ones(scene):
    rng = np.random.default_rng(11)
    exact = exact_ties(scene.true, rng, count=60)
    inside = []
    for trial in range(12):
        noise = np.random.default_rng(trial).normal(0.0, 0.5, exact.second_px.shape)
        aided = image_aided_poses(
            scene.stated, replace(exact, second_px=exact.second_px + noise), SIZE_PX, TERRAIN, FLAT
        )
        for point_px in POINTS_PX:
            held = hold_ground_point(scene.stated, aided, 0, point_px, SIZE_PX, TERRAIN, FLAT)
            track = true_track(scene, 0, point_px)
            apart_px = np.stack([held.x_px, held.y_px], axis=-1)[1:] - track[1:]
            square = np.einsum("ni,nij,nj->n", apart_px, np.linalg.inv(held.covariance_px2[1:]), apart_px)
            inside.append(square <= 4.605)
    assert 0.85 < np.mean(inside) <= 1.0


def exact_ties(camera, rng, count, terrain=TERRAIN):
    """Ties of each picture with the one before and with the first, true by construction."""
    pairs = [(row, row + 1) for row in range(len(camera) - 1)] + [(0, row) for row in range(2, len(camera))]
    first, second = (np.repeat([pair[end] for pair in pairs], count) for end in (0, 1))
    first_px = rng.uniform([20.0, 20.0], [300.0, 220.0], (len(first), 2))
    middle_px = np.tile(0.5 * np.array(SIZE_PX) - 0.5, (len(first), 1))
    looked = ImageTies(first=first, second=second, first_px=first_px, second_px=middle_px)
    miss_px = misses(camera, seen_ties(camera, looked, SIZE_PX, None), terrain).miss_px
    return replace(looked, second_px=middle_px + miss_px)


def test_a_frame_without_ties_is_drawn_along_by_its_neighbours_and_says_so(scene):
    pictures = list(scene.pictures)
    pictures[3] = np.full_like(pictures[3], 100)
    found, untied = tie_pictures(pictures)
    assert {it.second for it in untied} == {3}
    aided = image_aided_poses(scene.stated, found, SIZE_PX, TERRAIN, PoseErrors())
    assert aided.tied.tolist() == [True, True, True, False, True, True, True, True]
    held = hold_ground_point(scene.stated, aided, 0, POINTS_PX[0], SIZE_PX, TERRAIN, PoseErrors())
    off = off_px(held, true_track(scene, 0, POINTS_PX[0]))
    assert off[[0, 1, 2, 4, 5, 6, 7]].max() < 0.3
    assert off[3] < 15.0
    assert held.held_ce90_m[3] > 3.0 * held.held_ce90_m[4]


def test_a_frame_without_pose_stays_unknown_and_the_rest_is_held(scene, ties):
    hole = scene.stated.rotation_ecef_from_camera.copy()
    hole[2] = np.nan
    stated = replace(scene.stated, rotation_ecef_from_camera=hole)
    aided = image_aided_poses(stated, ties, SIZE_PX, TERRAIN, PoseErrors())
    held = hold_ground_point(stated, aided, 0, POINTS_PX[0], SIZE_PX, TERRAIN, PoseErrors())
    off = off_px(held, true_track(scene, 0, POINTS_PX[0]))
    assert np.isnan(off[2])
    assert not held.in_picture[2]
    assert np.isnan(held.held_ce90_m[2])
    assert np.nanmax(off) < 0.3
    with pytest.raises(InputError, match="no known pose"):
        hold_ground_point(stated, aided, 2, POINTS_PX[0], SIZE_PX, TERRAIN, PoseErrors())


def test_without_any_tie_the_metadata_stay_as_they_are(scene, ties):
    aided = image_aided_poses(scene.stated, ties.take(slice(0, 0)), SIZE_PX, TERRAIN, PoseErrors())
    assert np.abs(aided.turn_rad).max() == 0.0
    assert not aided.tied.any()
    assert np.isnan(aided.rms_px)
    held = hold_ground_point(scene.stated, aided, 0, POINTS_PX[0], SIZE_PX, TERRAIN, PoseErrors())
    assert held.held_ce90_m[-1] > 5.0


def test_a_measured_lens_takes_the_place_of_the_field_of_view(scene, ties):
    focal_px = 160.0 / np.tan(0.5 * scene.stated.hfov_rad[0])
    lens = Lens(
        width_px=SIZE_PX[0], height_px=SIZE_PX[1], fx_px=focal_px, fy_px=focal_px, cx_px=159.5, cy_px=119.5
    )
    blind = replace(scene.stated, hfov_rad=np.full(len(scene.stated), 0.7))
    with_lens = image_aided_poses(blind, ties, SIZE_PX, TERRAIN, PoseErrors(), lens=lens)
    without = image_aided_poses(scene.stated, ties, SIZE_PX, TERRAIN, PoseErrors())
    np.testing.assert_allclose(with_lens.turn_rad, without.turn_rad, atol=1e-7)
    one = hold_ground_point(blind, with_lens, 0, POINTS_PX[1], SIZE_PX, TERRAIN, PoseErrors(), lens=lens)
    other = hold_ground_point(scene.stated, without, 0, POINTS_PX[1], SIZE_PX, TERRAIN, PoseErrors())
    np.testing.assert_allclose(one.x_px, other.x_px, atol=1e-3)


def test_how_a_look_moves_with_small_turns_agrees_with_moving_it(scene, ties):
    seen = seen_ties(scene.stated, ties, SIZE_PX, None)
    here = misses(scene.stated, seen, TERRAIN)
    for axis in range(3):
        for row in (0, 7):
            turn_rad = np.zeros((len(scene.stated), 3))
            turn_rad[row, axis] = 1e-6
            moved = (misses(turned(scene.stated, turn_rad), seen, TERRAIN).miss_px - here.miss_px) / 1e-6
            own = np.where((seen.first == row)[:, None], here.by_first[:, :, axis], 0.0)
            own = own + np.where((seen.second == row)[:, None], here.by_second[:, :, axis], 0.0)
            np.testing.assert_allclose(moved, own, atol=0.5, rtol=1e-3)


def test_the_sky_holds_nothing(scene, aided):
    high = replace(aided, poses=turned(aided.poses, np.tile([0.0, 1.0, 0.0], (len(scene.stated), 1))))
    with pytest.raises(InputError, match="meets no known ground"):
        hold_ground_point(scene.stated, high, 0, (160.0, 0.0), SIZE_PX, TERRAIN, PoseErrors())


def test_what_cannot_be_aided_is_refused(scene, ties):
    with pytest.raises(InputError, match="rows"):
        image_aided_poses(scene.stated.take(slice(0, 3)), ties, SIZE_PX, TERRAIN, PoseErrors())
    with pytest.raises(InputError, match="order of time"):
        image_aided_poses(scene.stated.take(slice(None, None, -1)), ties, SIZE_PX, TERRAIN, PoseErrors())
    with pytest.raises(InputError, match="positive time"):
        image_aided_poses(scene.stated, ties, SIZE_PX, TERRAIN, PoseErrors(), lasting_s=0.0)
    blind = replace(scene.stated, origin_ecef_m=np.full_like(scene.stated.origin_ecef_m, np.nan))
    with pytest.raises(InputError, match="no frame"):
        image_aided_poses(blind, ties, SIZE_PX, TERRAIN, PoseErrors())


def test_poses_under_the_ground_are_aided_by_nothing(ties):
    aided = image_aided_poses(circling(8), ties, SIZE_PX, ConstantHeight(9000.0), PoseErrors())
    assert np.isnan(aided.residual_px).all()
    assert not aided.inlier.any()


def test_a_point_on_rough_ground_is_held_inside_its_stated_error():
    terrain = fractal_terrain(201, 3, relief_m=300.0)
    true = looking_at(terrain, count=6)
    ties = exact_ties(true, np.random.default_rng(2), 40, terrain)
    ties = replace(ties, second_px=ties.second_px + np.random.default_rng(3).normal(0.0, 0.3, (len(ties), 2)))
    share = np.linspace(0.0, 1.0, len(true))[:, None]
    stated = turned(true, np.radians(share * [0.1, 0.2, 0.5]))
    aided = image_aided_poses(stated, ties, SIZE_PX, terrain, PoseErrors())
    assert aided.rms_px < 0.7
    inside = []
    for point_px in [(160.0, 120.0), (80.0, 170.0), (250.0, 60.0), (200.0, 200.0)]:
        held = hold_ground_point(stated, aided, 0, point_px, SIZE_PX, terrain, PoseErrors())
        track = track_of(true, 0, point_px, terrain)
        assert off_px(held, track).max() < 2.0
        metadata_px = np.hypot(held.metadata_x_px - track[:, 0], held.metadata_y_px - track[:, 1])
        assert metadata_px.max() > 25.0
        lon_deg, lat_deg = locate_places(aided.poses, track[:, 0], track[:, 1], SIZE_PX, terrain, None)
        apart_m = east_north_m(lon_deg, lat_deg, lon_deg[0], lat_deg[0])[1:]
        inside.append(np.linalg.norm(apart_m, axis=1) <= held.held_ce90_m[1:])
    assert np.mean(inside) > 0.8
