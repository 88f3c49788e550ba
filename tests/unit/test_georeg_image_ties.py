"""Which pictures are tied to which: each to the one before, and to a key picture for as long as it is seen."""

import numpy as np

from atalaya.georeg.image_ties import POINTS_PER_PAIR, tie_pictures
from textured_ground import noisy, seen_through, texture

GROUND = texture(900, 3)


def panned(count, step_px):
    for number in range(count):
        home = np.array([[1.0, 0.0, -100.0 - step_px * number], [0.0, 1.0, -300.0], [0.0, 0.0, 1.0]])
        yield noisy(seen_through(GROUND, home, 240, 180), 2.0, number)


def pairs_of(ties):
    return sorted(set(zip(ties.first.tolist(), ties.second.tolist(), strict=True)))


def test_each_picture_is_tied_to_the_one_before_and_to_the_first():
    ties, untied = tie_pictures(panned(5, 6.0))
    assert pairs_of(ties) == [(0, 1), (0, 2), (0, 3), (0, 4), (1, 2), (2, 3), (3, 4)]
    assert untied == ()
    apart_px = ties.first_px - ties.second_px - 6.0 * (ties.second - ties.first)[:, None] * [1.0, 0.0]
    assert np.abs(apart_px).max() < 0.5
    _, counts = np.unique(ties.first * 100 + ties.second, return_counts=True)
    assert counts.max() <= POINTS_PER_PAIR


def test_a_key_picture_that_goes_out_of_view_is_followed_by_another():
    ties, untied = tie_pictures(panned(9, 40.0))
    pairs = pairs_of(ties)
    assert untied == ()
    assert all((row, row + 1) in pairs for row in range(8))
    assert (0, 3) in pairs
    assert (0, 6) not in pairs
    assert any(second - first > 1 and first > 0 for first, second in pairs)


def test_a_picture_that_shows_nothing_is_passed_over_and_named():
    pictures = list(panned(5, 6.0))
    pictures[2] = np.full_like(pictures[2], 90)
    ties, untied = tie_pictures(pictures)
    assert pairs_of(ties) == [(0, 1), (0, 3), (0, 4), (1, 3), (3, 4)]
    assert [(it.first, it.second) for it in untied] == [(1, 2), (0, 2)]
    assert "points" in untied[0].reason


def test_after_a_cut_to_another_scene_the_chain_begins_anew():
    elsewhere = [picture[::-1].copy() for picture in panned(5, 6.0)]
    ties, untied = tie_pictures([*panned(3, 6.0), *elsewhere])
    assert pairs_of(ties) == [(0, 1), (0, 2), (1, 2), (5, 6), (5, 7), (6, 7)]
    assert {it.second for it in untied} == {3, 4, 5}


def test_no_picture_and_one_picture_have_no_ties():
    assert len(tie_pictures([])[0]) == 0
    assert len(tie_pictures(panned(1, 0.0))[0]) == 0
