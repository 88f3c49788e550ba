"""Places: peaks of what stands out on observed ground, never more than there are, never where nobody saw."""

import numpy as np
import pytest

from atalaya.detection.burnt_in import FEWEST_CHANGES, Changes, changes_between
from atalaya.detection.look_channels import CANOPY_LEVEL, canopy_levels, score_levels, spreads_of
from atalaya.detection.places import APART_M, GroundEvidence, peaks_of, place_score
from atalaya.errors import InputError

CELL_M = 0.4


def evidence(side=200, **changed):
    rng = np.random.default_rng(4)
    known = {
        "integral": rng.normal(0.0, 0.3, (side, side)).astype(np.float32),
        "single": np.zeros((side, side), dtype=np.float32),
        "persistence": np.zeros((side, side), dtype=np.float32),
        "warmth": None,
        "observed": np.ones((side, side), dtype=np.bool_),
    }
    return GroundEvidence(**known | changed)


def with_sheet(rows=slice(95, 107), cols=slice(60, 70)):
    found = evidence()
    found.integral[rows, cols] += 8.0
    return found


def test_a_sheet_that_stands_out_is_one_place_of_its_size():
    peaks = peaks_of(place_score(with_sheet(), CELL_M), CELL_M)
    assert len(peaks) == 1
    assert (peaks.row[0], peaks.col[0]) == (pytest.approx(100, abs=5), pytest.approx(64, abs=4))
    assert peaks.length_m[0] == pytest.approx(12 * CELL_M, abs=1.6)
    assert peaks.width_m[0] == pytest.approx(10 * CELL_M, abs=1.6)


def test_what_nobody_observed_is_no_place():
    found = with_sheet()
    found.observed[80:120, 40:90] = False
    score = place_score(found, CELL_M)
    assert np.isnan(score[100, 65])
    assert len(peaks_of(score, CELL_M)) == 0


def test_two_sheets_nearer_than_places_are_apart_are_one():
    found = with_sheet()
    found.integral[95:107, 74:80] += 6.0
    assert len(peaks_of(place_score(found, CELL_M), CELL_M)) == 1
    found.integral[95:107, 160:170] += 6.0
    peaks = peaks_of(place_score(found, CELL_M), CELL_M)
    assert len(peaks) == 2
    assert abs(peaks.col[0] - peaks.col[1]) * CELL_M > APART_M
    assert peaks.score[0] > peaks.score[1]


def test_what_many_sectors_found_unusual_scores_higher():
    once, always = with_sheet(), with_sheet()
    always.persistence[95:107, 60:70] = 1.0
    assert np.nanmax(place_score(always, CELL_M)) > np.nanmax(place_score(once, CELL_M))


def test_warmth_makes_a_hot_spot():
    warmth = np.zeros((200, 200), dtype=np.float32)
    warmth[98:104, 62:68] = 12.0
    found = evidence(warmth=warmth)
    peaks = peaks_of(place_score(found, CELL_M), CELL_M, warmth)
    assert peaks.kind.tolist() == ["hot-spot"]


def test_ground_without_anything_known_has_no_places():
    nothing = np.full((50, 50), np.nan, dtype=np.float32)
    found = evidence(50, integral=nothing, single=nothing, persistence=nothing)
    assert len(peaks_of(place_score(found, CELL_M), CELL_M)) == 0
    with pytest.raises(InputError, match="cells have a size"):
        peaks_of(nothing, 0.0)


def test_a_score_goes_into_levels_and_back_in_spreads_of_its_picture():
    score = np.random.default_rng(1).normal(7.0, 2.0, (300, 300)).astype(np.float32)
    back = spreads_of(score_levels(score).astype(np.float32))
    np.testing.assert_allclose(back, np.maximum((score - 7.0) / 2.0, -64.0 / 24.0), atol=0.15)
    assert (score_levels(np.full((4, 4), np.nan, dtype=np.float32)) == 0).all()


def test_rough_green_is_canopy_and_smooth_green_or_rough_brown_is_not():
    rng = np.random.default_rng(2)
    rough = rng.uniform(0.3, 1.7, (120, 120, 1))
    crowns = np.clip(np.array([60, 100, 45]) * rough, 0, 255).astype(np.uint8)
    meadow = np.full((120, 120, 3), (90, 140, 60), dtype=np.uint8)
    stones = np.clip(np.array([120, 105, 90]) * rough, 0, 255).astype(np.uint8)
    assert (canopy_levels(crowns, 0.4) == CANOPY_LEVEL).mean() > 0.95
    assert not canopy_levels(meadow, 0.4).any()
    assert not canopy_levels(stones, 0.4).any()


def test_writing_in_moving_pictures_is_told_and_a_still_scene_is_not_writing():
    rng = np.random.default_rng(3)
    ground = rng.integers(0, 256, (160, 800, 3), dtype=np.uint8)
    changes, still = Changes(), Changes()
    before = None
    for step in range(FEWEST_CHANGES + 2):
        now = ground[:, 40 * step : 40 * step + 240].copy()
        now[20:44, 30:110] = 255
        if before is not None:
            changes = changes.joined(changes_between(before, now))
            still = still.joined(changes_between(now, now))
        before = now
    found = changes.burnt_in()
    assert found[6:10, 9:26].all()
    assert found.mean() < 0.1
    assert not still.burnt_in().any()
    assert not Changes().burnt_in().any()
