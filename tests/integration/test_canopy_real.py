"""Many looks from around find real shelters under a canopy where one look, and a stare, do not."""

import numpy as np
import pytest

from canopy_looks import estimated_share, orbit, pooled, single, stare, through, through_lasting
from real_villages import area_under_curve, villages

SEED = 21


@pytest.mark.shared
def test_sixteen_looks_from_around_see_what_one_does_not_and_four_see_more_than_their_scores_pooled():
    over_pool: dict[str, list[float]] = {}
    gain, hidden = [], []
    for village in villages(0.16):
        looks = orbit(village.picture, 0.7, 16, SEED)
        four = looks.every(4)
        scores = [single(one) for one in four.pictures]
        one_look = np.mean([area_under_curve(village.shelter, score) for score in scores])
        gain.append(area_under_curve(village.shelter, through(looks)[0]) - one_look)
        at_four = area_under_curve(village.shelter, through(four)[0])
        for how, score in pooled(scores).items():
            over_pool.setdefault(how, []).append(at_four - area_under_curve(village.shelter, score))
        hidden.append(looks.hidden)
    assert 0.65 < np.mean(hidden) < 0.75
    assert np.mean(gain) >= 0.20
    assert min(np.mean(apart) for apart in over_pool.values()) >= 0.05


@pytest.mark.shared
def test_a_stare_gains_nothing_however_long_it_lasts():
    gain = []
    for village in villages(0.16):
        looks = stare(village.picture, 0.7, 16, SEED)
        first = area_under_curve(village.shelter, single(looks.pictures[0]))
        gain.append(area_under_curve(village.shelter, through(looks)[0]) - first)
    assert np.mean(gain) < 0.02


@pytest.mark.shared
def test_colours_that_last_show_more_and_tell_how_much_the_crowns_hid():
    gain, too_much = [], []
    for village in villages(0.16):
        four = orbit(village.picture, 0.7, 4, SEED)
        lasting, own = (through_lasting(four)[0], through(four)[0])
        gain.append(area_under_curve(village.shelter, lasting) - area_under_curve(village.shelter, own))
        found, true = estimated_share(four, 2.0)
        too_much.append(found.mean() - true.mean())
    assert np.mean(gain) >= 0.01
    assert 0.0 < min(too_much) <= max(too_much) < 0.15
