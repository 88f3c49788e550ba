"""A further sortie finds a place again, finds a new one, or looks and does not see it."""

from dataclasses import replace

import numpy as np
import pytest

from atalaya.fusion.merge import combine, looked_without_seeing, match_candidates
from atalaya.fusion.odds import log2_odds_of
from atalaya.fusion.params import FusionParams
from atalaya.fusion.sites import fuse
from atalaya.model.site import Candidate, EvidenceKind
from fusion_world import PLANE, START_US, detections, footprints

PARAMS = FusionParams(report_probability=0.0, single_look_bits=0.0)
ROUND = [0.0, 45.0, 90.0, 135.0, 180.0, 225.0, 270.0, 315.0]
DAY_US = 86_400_000_000


def candidate(east: float = 0.0, north: float = 0.0, day: int = 0, sigma_m: float = 4.0) -> Candidate:
    looks = footprints(ROUND, start_us=START_US + day * DAY_US)
    table = detections(looks, range(8), [(east, north)] * 8, sigma_m=sigma_m)
    sources = np.array([f"day-{day}"] * 8, dtype=np.str_)
    return fuse(table, looks, detection_sources=sources, footprint_sources=sources, params=PARAMS)[0]


def total_bits(one: Candidate) -> float:
    return sum(item.weight_bits for item in one.evidence)


def test_each_candidate_goes_to_the_place_it_is_likeliest_to_be():
    known = [candidate(0, 0), candidate(40, 0), candidate(900, 0)]
    again = [candidate(42, 1, 1), candidate(1, -2, 1), candidate(-500, 0, 1)]
    matching = match_candidates(known, again, PARAMS)
    assert matching.pairs == ((0, 1), (1, 0))
    assert matching.new == (2,)
    assert matching.unseen == (2,)


def test_nothing_matches_nothing():
    one = [candidate()]
    assert match_candidates([], one, PARAMS).new == (0,)
    assert match_candidates(one, [], PARAMS).unseen == (0,)
    assert match_candidates([], [], PARAMS).pairs == ()


def test_found_again_a_place_is_surer_and_better_placed_and_its_items_still_add_up():
    first, again = candidate(0, 0), candidate(4, 0, 1)
    both = combine(first, again, PARAMS)
    assert both.probability > first.probability
    assert log2_odds_of(both.probability) == pytest.approx(total_bits(both), abs=1e-6)
    assert both.position.ce90_m < min(first.position.ce90_m, again.position.ce90_m)
    offset = PLANE.to_metres(np.array(both.position.lon_deg), np.array(both.position.lat_deg))
    assert offset == pytest.approx([2.0, 0.0], abs=0.05)
    assert (both.looks_seen, both.looks_possible) == (16, 16)
    assert both.first_seen_utc == first.first_seen_utc
    assert both.last_seen_utc == again.last_seen_utc
    priors = [item for item in both.evidence if item.kind is EvidenceKind.PRIOR]
    assert len(priors) == 1


def test_the_surer_position_pulls_more():
    both = combine(candidate(0, 0, 0, sigma_m=2.0), candidate(10, 0, 1, sigma_m=9.0), PARAMS)
    offset = PLANE.to_metres(np.array(both.position.lon_deg), np.array(both.position.lat_deg))
    assert 0.0 < offset[0] < 2.5


def test_evidence_of_a_further_sortie_counts_its_share_only():
    whole = replace(PARAMS, repeat_share=1.0)
    half = replace(PARAMS, repeat_share=0.5)
    none = replace(PARAMS, repeat_share=0.0)
    first, again = candidate(), candidate(1, 1, 1)
    bits = [total_bits(combine(first, again, params)) for params in (none, half, whole)]
    assert bits[0] == pytest.approx(total_bits(first))
    assert bits[1] - bits[0] == pytest.approx(bits[2] - bits[1])
    assert bits[2] > bits[1] > bits[0]


def test_a_place_looked_at_and_not_seen_is_less_probable_and_one_not_looked_at_is_unchanged():
    first = candidate()
    doubted = looked_without_seeing(first, footprints(ROUND, start_us=START_US + DAY_US), PARAMS)
    assert doubted.probability < first.probability
    assert doubted.looks_possible == 16
    assert doubted.looks_seen == 8
    assert log2_odds_of(doubted.probability) == pytest.approx(total_bits(doubted), abs=1e-6)
    elsewhere = footprints(ROUND, centre_m=(4000.0, 0.0), start_us=START_US + DAY_US)
    assert looked_without_seeing(first, elsewhere, PARAMS) == first
    assert doubted.position == first.position
