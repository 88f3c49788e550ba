"""Registering looks: poses that drift are brought together by points on leaves and on the ground alike."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from atalaya.errors import InputError
from atalaya.geo.ellipsoid import rotation_ecef_from_enu
from atalaya.geo.terrain import ConstantHeight
from atalaya.georeg.errors import PoseErrors
from atalaya.georeg.look_adjust import adjust_looks, moved_and_turned
from atalaya.georeg.look_focus import ground_focus, lowest_sharp
from atalaya.georeg.look_scale import NoScale, Scale, scale_of_looks
from atalaya.georeg.look_ties import follow_points, no_look_ties, predicted_homographies, renumbered
from layered_ground import GROUND_M, LAT_DEG, LON_DEG, SIZE_PX, enu_m, layered_ground, orbit, picture

COUNT = 36
TERRAIN = ConstantHeight(GROUND_M)
ERRORS = PoseErrors(attitude_deg=0.1, position_horizontal_m=5.0, position_vertical_m=5.0)


@pytest.fixture(scope="module")
def flown():
    """Poses as they were, pictures under half a canopy, and the points that were followed."""
    true = orbit(COUNT)
    world = layered_ground(0.5)
    pictures = [picture(world, true.take(slice(row, row + 1))) for row in range(COUNT)]
    predicted = predicted_homographies(true, TERRAIN, SIZE_PX)
    return true, pictures, follow_points(enumerate(pictures), predicted)


def drifting(rng, sigma, correlation=20.0):
    series = rng.normal(0.0, sigma, (COUNT, 3))
    kept = np.exp(-1.0 / correlation)
    for row in range(1, COUNT):
        series[row] = kept * series[row - 1] + np.sqrt(1.0 - kept**2) * series[row]
    return series


def said_of(true, seed=1):
    rng = np.random.default_rng(seed)
    up = rotation_ecef_from_enu(true.lon_deg, true.lat_deg)[0]
    return moved_and_turned(true, drifting(rng, 5.0) @ up.T, drifting(rng, np.radians(0.1)))


def met_m(camera):
    """(N, 2) east, north where each optical axis meets the ground."""
    place_m = enu_m(camera.origin_ecef_m)
    ahead = enu_m(camera.origin_ecef_m + camera.rotation_ecef_from_camera[:, :, 0]) - place_m
    return place_m[:, :2] - ahead[:, :2] * (place_m[:, 2:] / ahead[:, 2:])


def scatter_m(camera):
    """Of one point of the ground between looks, the shift of the whole left out."""
    return float(np.sqrt(((met_m(camera) - met_m(camera).mean(axis=0)) ** 2).sum(axis=1).mean()))


def test_looks_that_drift_are_brought_together_on_the_ground(flown):
    true, pictures, ties = flown
    said = said_of(true)
    made = adjust_looks(said, ties, SIZE_PX, TERRAIN, ERRORS)
    some = np.arange(0, COUNT, 2)
    greys = [cv2.cvtColor(pictures[row], cv2.COLOR_RGB2GRAY) for row in some.tolist()]
    level = ground_focus(greys, made.poses.take(some), (LON_DEG, LAT_DEG), TERRAIN)
    up = rotation_ecef_from_enu(true.lon_deg, true.lat_deg)[..., 2]
    lowered = moved_and_turned(made.poses, -level.ground_m * up, np.zeros((COUNT, 3)))
    assert made.tied.all()
    assert not made.strange.any()
    assert scatter_m(said) > 4.0
    assert scatter_m(lowered) < 1.0


def test_poses_that_agree_already_stay_together(flown):
    true, _, ties = flown
    made = adjust_looks(true, ties, SIZE_PX, TERRAIN, ERRORS)
    assert made.rms_after_px < 1.0
    assert np.linalg.norm(made.shift_m, axis=1).max() < 6.0


def test_a_look_with_no_tie_is_not_called_registered(flown):
    true, _, ties = flown
    made = adjust_looks(true, ties.take(ties.picture != 7), SIZE_PX, TERRAIN, ERRORS)
    assert not made.tied[7]
    assert made.tied[[5, 6, 8, 9]].all()


def test_looks_without_ties_stay_where_they_were():
    true = orbit(COUNT)
    made = adjust_looks(true, no_look_ties(), SIZE_PX, TERRAIN, ERRORS)
    np.testing.assert_allclose(made.poses.origin_ecef_m, true.origin_ecef_m, atol=1e-6)
    assert not made.tied.any()


def test_unknown_poses_and_poses_out_of_order_are_refused(flown):
    true, _, ties = flown
    with pytest.raises(InputError, match="known poses"):
        adjust_looks(replace(true, origin_ecef_m=np.full((COUNT, 3), np.nan)), ties, SIZE_PX, TERRAIN, ERRORS)
    with pytest.raises(InputError, match="order of time"):
        adjust_looks(true.take(np.arange(COUNT)[::-1]), ties, SIZE_PX, TERRAIN, ERRORS)


def test_the_ground_is_the_lowest_height_at_which_an_average_is_sharp(flown):
    true, pictures, _ = flown
    up = rotation_ecef_from_enu(true.lon_deg, true.lat_deg)[..., 2]
    high = moved_and_turned(true, 4.0 * up, np.zeros((COUNT, 3)))
    greys = [cv2.cvtColor(one, cv2.COLOR_RGB2GRAY) for one in pictures[::2]]
    some = np.arange(0, COUNT, 2)
    for camera, ground_m in ((true, 0.0), (high, 4.0)):
        found = ground_focus(greys, camera.take(some), (LON_DEG, LAT_DEG), TERRAIN)
        assert found.ground_m == pytest.approx(ground_m, abs=0.6)


def test_where_nothing_stands_out_no_ground_is_named():
    heights_m = np.arange(-12.0, 12.1, 0.5)
    assert np.isnan(lowest_sharp(heights_m, np.ones(len(heights_m))))
    assert np.isnan(lowest_sharp(heights_m, np.linspace(1.0, 2.0, len(heights_m))))
    assert np.isnan(lowest_sharp(heights_m, np.full(len(heights_m), np.nan)))


def test_too_few_looks_name_no_ground():
    with pytest.raises(InputError, match="looks with their poses"):
        ground_focus([], orbit(1), (LON_DEG, LAT_DEG), TERRAIN)


@pytest.mark.parametrize("ratio", [0.5, 2.0])
def test_a_field_of_view_that_is_wrong_by_two_is_contradicted_and_the_right_one_is_not(ratio):
    from atalaya.georeg.camera import project
    from atalaya.georeg.look_ties import LookTies

    passing = straight_pass(12)
    rng = np.random.default_rng(2)
    lon_deg = LON_DEG + rng.uniform(-4e-4, 4e-4, 200)
    lat_deg = LAT_DEG + rng.uniform(-4e-4, 4e-4, 200)
    parts = []
    for row in range(len(passing)):
        many = passing.take(np.full(200, row))
        x_px, y_px = project(many, lon_deg, lat_deg, np.full(200, GROUND_M), *SIZE_PX)
        seen = np.flatnonzero((x_px >= 0) & (x_px < SIZE_PX[0]) & (y_px >= 0) & (y_px < SIZE_PX[1]))
        place_px = np.stack([x_px[seen], y_px[seen]], axis=-1)
        parts.append(LookTies(point=seen, picture=np.full(len(seen), row), place_px=place_px))
    ties = LookTies.concatenate(parts)
    said = replace(
        passing,
        hfov_rad=2.0 * np.arctan(ratio * np.tan(0.5 * passing.hfov_rad)),
        vfov_rad=2.0 * np.arctan(ratio * np.tan(0.5 * passing.vfov_rad)),
    )
    right, wrong = (scale_of_looks(one, ties, SIZE_PX, TERRAIN) for one in (passing, said))
    assert isinstance(right, Scale)
    assert not right.contradicts
    assert isinstance(wrong, Scale)
    assert wrong.contradicts
    assert wrong.ratio == pytest.approx(1.0 / ratio, rel=0.06)


def test_no_tie_is_no_scale():
    assert isinstance(scale_of_looks(orbit(3), no_look_ties(), SIZE_PX, TERRAIN), NoScale)


def test_ties_of_several_runs_share_no_point(flown):
    ties = flown[2]
    both = renumbered([ties, ties])
    assert len(both) == 2 * len(ties)
    assert len(set(both.point.tolist())) == 2 * len(set(ties.point.tolist()))


def straight_pass(count):
    """Poses on a straight line over the ground, the camera held straight ahead and down as it was."""
    first = orbit(1).take(np.zeros(count, dtype=np.intp))
    up = rotation_ecef_from_enu(first.lon_deg, first.lat_deg)[0]
    along_m = (np.arange(count) - 0.5 * count)[:, None] * np.array([[0.0, 6.0, 0.0]])
    moved = moved_and_turned(first, along_m @ up.T, np.zeros((count, 3)))
    return replace(moved, time_us=np.arange(count, dtype=np.int64) * 500_000, frame_index=np.arange(count))
