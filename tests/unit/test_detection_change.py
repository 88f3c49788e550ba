"""Change between two passes: found where it is, of the right sense, and nowhere else."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atalaya.detection.change import (
    change_maps,
    channels_of,
    compared_cells,
    connected_changes,
    measure_of,
)
from atalaya.detection.day_night import day_night_changes, day_night_maps, night_is_first
from atalaya.detection.pass_shift import BlockShift, agreed_shift, block_shift, moved, no_shift
from atalaya.detection.surroundings import spreads_above_surroundings, spreads_from_surroundings
from atalaya.errors import InputError
from atalaya.model.change import Compared, season_apart_days
from looked_passes import CELL_M, rough_ground, shot, with_shed

SIDE = 256
GROUND = rough_ground(SIDE)
ALL = np.ones((SIDE, SIDE), dtype=np.bool_)
OTHER_LIGHT = (0.8, 0.85, 0.9)


def blocks_of(before, after, known=(ALL, ALL)):
    first, second = channels_of(before)[..., -1], channels_of(after)[..., -1]
    windows = [np.s_[y : y + 128, x : x + 128] for y in (0, 64, 128) for x in (0, 64, 128)]
    return [
        block_shift(
            first[one],
            second[one],
            (known[0][one], known[1][one]),
            (one[1].start + 64.0, one[0].start + 64.0),
            CELL_M,
        )
        for one in windows
    ]


def compared(before, after, known=(ALL, ALL), shift=None):
    shift = agreed_shift(blocks_of(before, after, known)) if shift is None else shift
    (first, seen), (second, held) = (
        moved(channels_of(one), each, shift, share, (0, 0))
        for one, each, share in ((before, known[0], -0.5), (after, known[1], 0.5))
    )
    both = seen & held
    return change_maps(
        first, second, (seen, held), (measure_of(first[both]), measure_of(second[both])), CELL_M
    )


def test_the_shift_between_passes_is_known_to_a_tenth_of_a_cell():
    first, second = shot(GROUND, 1, shift=(1.3, -2.4)), shot(GROUND, 2, shift=(-3.2, 4.1), gain=OTHER_LIGHT)
    found = agreed_shift(blocks_of(first, second))
    assert found.first == pytest.approx([-4.5, 6.5], abs=0.1)
    assert found.agreeing == found.blocks == 9


def test_passes_over_different_ground_do_not_register():
    blocks = blocks_of(shot(GROUND, 1), shot(rough_ground(SIDE, seed=9), 2))
    with pytest.raises(InputError, match="do not register"):
        agreed_shift(blocks)


def test_blocks_that_contradict_one_another_do_not_register():
    blocks = [BlockShift(x=float(k), y=float(k * k), dx=5.0 * k, dy=-7.0 * k, peak=20.0) for k in range(8)]
    with pytest.raises(InputError, match="agree on a shift"):
        agreed_shift(blocks)


def test_a_block_of_which_little_is_known_says_nothing():
    little = np.zeros_like(ALL)
    little[:40] = True
    assert all(one.peak == 0.0 for one in blocks_of(shot(GROUND, 1), shot(GROUND, 2), (little, ALL))[3:])


@pytest.mark.parametrize(("contrast", "found"), [(1.0, True), (0.4, True), (0.0, False)])
def test_a_shed_that_was_added_has_appeared_in_other_light_and_beside_its_place(contrast, found):
    shed = with_shed(GROUND, 140, 110)
    before = shot(GROUND, 1, shift=(0.0, 1.7))
    after = shot(GROUND + contrast * (shed - GROUND), 2, shift=(2.6, 0.0), gain=OTHER_LIGHT)
    changes = connected_changes(compared(before, after), CELL_M)
    assert len(changes) == int(found)
    if found:
        assert changes.sense[0] == "appeared"
        assert changes.row[0] == pytest.approx(139.5 + 0.85, abs=1.5)  # half way between both passes
        assert changes.col[0] == pytest.approx(109.5 + 1.3, abs=1.5)
        assert 3.6 < changes.width_m[0] <= changes.length_m[0] < 7.5


def test_nothing_is_found_where_nothing_changed():
    """Three pairs of a hectare without a change: no false alarm."""
    for seed in range(3):
        ground = rough_ground(SIDE, seed=100 + seed)
        maps = compared(
            shot(ground, 2 * seed), shot(ground, 2 * seed + 1, gain=OTHER_LIGHT), shift=no_shift()
        )
        assert len(connected_changes(maps, CELL_M)) == 0


def test_a_site_that_is_gone_has_vanished():
    changes = connected_changes(compared(shot(with_shed(GROUND, 90, 90), 1), shot(GROUND, 2)), CELL_M)
    assert changes.sense.tolist() == ["vanished"]


@settings(max_examples=15, deadline=None)
@given(
    row=st.integers(30, 98),
    col=st.integers(30, 98),
    gain=st.floats(0.7, 1.2),
    right=st.floats(-4.0, 4.0),
    down=st.floats(-4.0, 4.0),
)
def test_swapping_old_and_new_swaps_appeared_and_vanished(row, col, gain, right, down):
    small, held = GROUND[:128, :128], (ALL[:128, :128], ALL[:128, :128])
    first = shot(small, 1)
    second = shot(with_shed(small, row, col), 2, shift=(right, down), gain=(gain, gain, gain))
    way = replace(no_shift(), first=np.array([right, down]))
    there = compared(first, second, held, shift=way)
    back = compared(second, first, held, shift=replace(way, first=-way.first))
    np.testing.assert_allclose(there.score, back.score, rtol=1e-3, atol=1e-3)
    np.testing.assert_array_equal(there.compared == Compared.COMPARED, back.compared == Compared.COMPARED)
    one, other = connected_changes(there, CELL_M), connected_changes(back, CELL_M)
    assert one.sense.tolist() == ["appeared"]
    assert other.sense.tolist() == ["vanished"]
    assert one.row == pytest.approx(other.row, abs=1e-6)


def test_what_was_not_observed_is_not_compared_and_says_why():
    before, after = ALL.copy(), ALL.copy()
    before[:60] = False
    after[:, :60] = False
    maps = compared(shot(GROUND, 1), shot(with_shed(GROUND, 30, 150), 2), (before, after), shift=no_shift())
    assert maps.compared[30, 150] == Compared.UNOBSERVED_BEFORE
    assert maps.compared[150, 30] == Compared.UNOBSERVED_AFTER
    assert maps.compared[30, 30] == Compared.UNOBSERVED
    assert maps.compared[150, 150] == Compared.COMPARED
    np.testing.assert_array_equal(np.isfinite(maps.score), maps.compared == Compared.COMPARED)
    assert len(connected_changes(maps, CELL_M)) == 0  # the new shed stands where nobody looked before


def test_a_few_cells_far_from_all_others_have_no_surroundings():
    lone = np.zeros_like(ALL)
    lone[100:104, 100:104] = True
    score = spreads_from_surroundings(
        channels_of(shot(GROUND, 1)), lone, CELL_M, np.full(2, 1e-4, np.float32)
    )
    assert np.isnan(score).all()
    assert set(np.unique(compared_cells((lone, lone), score))) == {
        Compared.UNOBSERVED,
        Compared.NO_SURROUNDINGS,
    }


def test_without_a_sign_one_channel_is_as_far_as_with_it():
    plane, floor = channels_of(shot(GROUND, 1)[..., :1]), np.ones(1, dtype=np.float32)
    above = spreads_above_surroundings(plane, ALL, CELL_M, floor)
    np.testing.assert_allclose(np.abs(above), spreads_from_surroundings(plane, ALL, CELL_M, floor), rtol=1e-3)


def thermal(spots, seed):
    levels = np.full((SIDE, SIDE, 1), 110.0, dtype=np.float32) + 0.25 * (GROUND[..., :1] - 125.0)
    for row, col, warmth in spots:
        levels[row - 5 : row + 5, col - 5 : col + 5] += warmth
    noise = np.random.default_rng(seed).normal(0.0, 1.5, levels.shape)
    return np.clip(levels + noise, 0, 255).astype(np.uint8)


def test_what_stays_warm_at_night_and_what_is_cold_by_day_are_told_apart():
    night = thermal([(60, 60, 70.0), (180, 180, -5.0)], 1)
    day = 0.7 * thermal([(60, 60, 8.0), (180, 180, -70.0), (60, 190, 60.0)], 2)
    levels = channels_of(night), channels_of(day.astype(np.uint8))
    measures = measure_of(levels[0][ALL]), measure_of(levels[1][ALL])
    found = day_night_changes(day_night_maps(*levels, (ALL, ALL), measures, CELL_M), CELL_M)
    assert found.sense.tolist() == ["warm-at-night", "cold-by-day"]
    assert found.row == pytest.approx([59.5, 179.5], abs=1.0)


@pytest.mark.parametrize("suns", [(20.0, 50.0), (-20.0, -3.0), (-5.0, 4.0)])
def test_day_and_night_need_one_sun_above_and_one_below_the_horizon(suns):
    with pytest.raises(InputError, match="day and night"):
        night_is_first(*suns)
    assert night_is_first(-20.0, 50.0)
    assert not night_is_first(50.0, -20.0)


def test_seasons_go_around_the_year():
    december, january = datetime(2025, 12, 20, tzinfo=UTC), datetime(2030, 1, 9, tzinfo=UTC)
    assert season_apart_days(december, january) == pytest.approx(20.0, abs=0.6)
    assert season_apart_days(datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 7, 1, tzinfo=UTC)) > 180.0
    with pytest.raises(InputError, match="time zone"):
        season_apart_days(december, datetime(2026, 1, 1))  # that is what is refused


def test_levels_of_another_kind_are_refused():
    with pytest.raises(InputError, match="8-bit"):
        channels_of(np.zeros((4, 4, 2), dtype=np.uint8))
    with pytest.raises(InputError, match="observed in both"):
        measure_of(np.zeros((0, 3), dtype=np.float32))
    with pytest.raises(InputError, match="positive score"):
        connected_changes(compared(shot(GROUND, 1), shot(GROUND, 2), shift=no_shift()), CELL_M, 0.0)
