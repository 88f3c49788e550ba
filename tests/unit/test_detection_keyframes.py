"""Keyframes: one verdict on every picture, the sharpest of those from one direction, and bad input told apart."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atalaya.detection.keyframes import (
    ConsideredPictures,
    KeyframeRules,
    choose_keyframes,
    pose_jumps,
    torn_poses,
)
from atalaya.errors import InputError
from atalaya.model.looks import FrameVerdict

RADIUS_M, HEIGHT_M = 1000.0, 1500.0


def orbit(count: int = 72, turn_deg: float = 360.0) -> ConsideredPictures:
    """Good pictures on a circle about the origin, half a second apart; the last is not the first again."""
    angle = np.radians(np.arange(count) * turn_deg / count)
    place_m = np.stack(
        [RADIUS_M * np.cos(angle), RADIUS_M * np.sin(angle), np.full(count, HEIGHT_M)], axis=-1
    )
    return ConsideredPictures(
        frame_index=np.arange(count),
        time_us=np.arange(count) * 500_000,
        pts_s=np.arange(count) * 0.5,
        place_m=place_m,
        axis=-place_m / np.linalg.norm(place_m, axis=1, keepdims=True),
        torn=np.zeros(count, dtype=np.bool_),
        ground_m=np.zeros((count, 3)),
        width_m=np.full(count, 300.0),
        look_azimuth_deg=np.degrees(angle),
        depression_deg=np.full(count, 56.0),
        gsd_m=np.full(count, 0.16),
        permitted=np.ones(count, dtype=np.bool_),
        sharpness=np.full(count, 0.6),
        has_content=np.ones(count, dtype=np.bool_),
        is_sharp=np.ones(count, dtype=np.bool_),
        shift_px=np.array([np.nan] + [8.0] * (count - 1))[:count],
        gsd_contradicted=np.zeros(count, dtype=np.bool_),
    )


def marked(pictures: ConsideredPictures, name: str, rows: slice, value: object) -> ConsideredPictures:
    column = pictures.columns()[name].copy()
    column[rows] = value
    return replace(pictures, **{name: column})


def verdicts(pictures: ConsideredPictures, rules: KeyframeRules | None = None) -> list[str]:
    return choose_keyframes(pictures, rules).verdict.tolist()


def test_an_orbit_is_looked_at_once_every_few_degrees_all_the_way_round():
    used = [row for row, verdict in enumerate(verdicts(orbit())) if verdict == FrameVerdict.USED]
    assert 30 <= len(used) <= 48  # 3 deg of sight a picture, 5 deg apart
    assert max(np.diff([*used, 72 + used[0]])) <= 3


def test_a_stare_is_one_look():
    still = orbit(turn_deg=0.3)
    assert verdicts(still).count(FrameVerdict.USED) == 1
    assert verdicts(still).count(FrameVerdict.NEAR_ANOTHER) == 71


def test_new_ground_is_a_new_look_although_the_direction_is_the_same():
    flown = orbit(count=10, turn_deg=1e-4)
    along_m = np.arange(10)[:, None] * np.array([60.0, 0.0, 0.0])
    passing = replace(flown, ground_m=flown.ground_m + along_m, place_m=flown.place_m + along_m)
    assert verdicts(passing).count(FrameVerdict.USED) == 5  # 120 m of 300 m


def test_of_pictures_from_one_direction_the_sharpest_is_used():
    still = marked(orbit(count=9, turn_deg=0.1), "sharpness", slice(6, 7), 0.61)
    assert verdicts(still)[6] == FrameVerdict.USED


@pytest.mark.parametrize(
    ("name", "value", "verdict"),
    [
        ("has_content", False, FrameVerdict.DARK),
        ("is_sharp", False, FrameVerdict.BLURRED),
        ("place_m", np.nan, FrameVerdict.NO_POSE),
        ("torn", True, FrameVerdict.POSE_JUMP),
        ("ground_m", np.nan, FrameVerdict.NO_GROUND),
        ("permitted", False, FrameVerdict.NOT_PERMITTED),
        ("gsd_contradicted", True, FrameVerdict.WRONG_GSD),
        ("shift_px", 0.2, FrameVerdict.FROZEN_PICTURE),
    ],
)
def test_what_is_wrong_with_a_picture_is_its_verdict_and_it_is_not_used(name, value, verdict):
    found = verdicts(marked(orbit(), name, slice(20, 24), value))
    assert found[20:24] == [verdict] * 4
    assert verdict not in found[:20] + found[24:]


def test_one_pose_under_pictures_that_move_is_frozen_metadata_from_its_first_picture_on():
    pictures = orbit()
    place_m, axis = pictures.place_m.copy(), pictures.axis.copy()
    place_m[30:40], axis[30:40] = place_m[30], axis[30]
    found = verdicts(replace(pictures, place_m=place_m, axis=axis))
    assert found[30:40] == [FrameVerdict.FROZEN_METADATA] * 10
    assert FrameVerdict.FROZEN_METADATA not in found[:30] + found[40:]


def test_one_pose_under_one_picture_is_a_stare_and_not_frozen():
    still = marked(orbit(count=9, turn_deg=0.0), "shift_px", slice(1, None), 0.3)
    assert verdicts(still).count(FrameVerdict.USED) == 1
    assert FrameVerdict.FROZEN_PICTURE not in verdicts(still)
    assert set(verdicts(still)) == {FrameVerdict.USED, FrameVerdict.NEAR_ANOTHER}


def test_a_pose_that_jumps_away_and_back_is_doubted_and_the_rest_is_not():
    pictures = orbit()
    place_m = pictures.place_m.copy()
    place_m[40:42, 0] += 900.0
    torn = torn_poses(pictures.time_us, place_m, pictures.axis)
    assert np.flatnonzero(torn).tolist() == [40, 41]


def test_a_gimbal_that_slews_is_no_jump_and_one_that_snaps_is():
    axis = np.array([[0.0, 0.0, -1.0], [np.sin(1.0), 0.0, -np.cos(1.0)]])
    assert not pose_jumps(np.array([0, 500_000]), np.zeros((2, 3)), axis)[0]
    assert pose_jumps(np.array([0, 33_000]), np.zeros((2, 3)), axis)[0]


def test_a_clip_all_of_whose_poses_jump_keeps_one_stretch_at_most():
    place_m = np.zeros((6, 3))
    place_m[::2, 0] = 5000.0
    torn = torn_poses(np.arange(6) * 500_000, place_m, np.tile([0.0, 0.0, -1.0], (6, 1)))
    assert torn.sum() == 5


@given(st.lists(st.sampled_from(["has_content", "is_sharp", "permitted"]), max_size=5), st.integers(1, 60))
def test_every_picture_has_a_verdict_and_only_good_ones_are_used(spoiled, count):
    pictures = orbit(count=count)
    for row, name in enumerate(spoiled[:count]):
        pictures = marked(pictures, name, slice(row, row + 1), value=False)
    table = choose_keyframes(pictures)
    assert len(table) == count
    assert set(table.verdict.tolist()) <= set(FrameVerdict)
    used = table.verdict == FrameVerdict.USED
    assert (pictures.has_content & pictures.is_sharp & pictures.permitted)[used].all()
    if len(spoiled) < count:
        assert used.any()


def test_no_picture_has_no_verdict():
    assert len(choose_keyframes(orbit().take(slice(0, 0)))) == 0


@pytest.mark.parametrize("rules", [{"turn_deg": 0.0}, {"turn_deg": 90.0}, {"moved_share": 0.0}])
def test_rules_that_choose_nothing_are_refused(rules):
    with pytest.raises(InputError, match="keyframes are"):
        KeyframeRules(**rules)
