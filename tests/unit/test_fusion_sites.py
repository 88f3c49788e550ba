"""Looks become candidates whose evidence adds up, and not seeing counts against."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atalaya.errors import InputError
from atalaya.fusion.evidence import presence_bits
from atalaya.fusion.odds import log2_odds_of
from atalaya.fusion.params import FusionParams
from atalaya.fusion.sites import fuse
from atalaya.model.detection import DetectionTable
from atalaya.model.footprint import FootprintTable
from atalaya.model.instants import to_microseconds
from atalaya.model.site import Candidate, EvidenceKind
from fusion_world import PLANE, START_US, detections, footprints

ALL = FusionParams(report_probability=0.0, single_look_bits=0.0)
ROUND = [0.0, 45.0, 90.0, 135.0, 180.0, 225.0, 270.0, 315.0]


def fused(table: DetectionTable, looks: FootprintTable, params: FusionParams = ALL) -> tuple[Candidate, ...]:
    return fuse(
        table,
        looks,
        detection_sources=np.array(["s"] * len(table), dtype=np.str_),
        footprint_sources=np.array(["s"] * len(looks), dtype=np.str_),
        params=params,
    )


def bits(candidate: Candidate, kind: EvidenceKind) -> float:
    return sum(item.weight_bits for item in candidate.evidence if item.kind is kind)


def around(count: int, sigma_m: float = 1.0, seed: int = 0) -> list[tuple[float, float]]:
    rng = np.random.default_rng(seed)
    return [(float(e), float(n)) for e, n in rng.normal(0, sigma_m, (count, 2))]


def test_one_place_seen_from_all_sides_is_one_candidate_where_it_is():
    looks = footprints(ROUND)
    (one,) = fused(detections(looks, range(8), around(8)), looks)
    assert (one.looks_seen, one.looks_possible) == (8, 8)
    offset = PLANE.to_metres(np.array(one.position.lon_deg), np.array(one.position.lat_deg))
    assert np.linalg.norm(offset) < 1.5
    assert one.position.hae_m == 900
    assert one.position.ce90_m > 0.0


def test_the_items_of_a_candidate_add_up_to_its_odds():
    looks = footprints(ROUND * 2)
    table = DetectionTable.concatenate(
        [
            detections(looks, range(10), around(10), kind="roof-or-tarp"),
            detections(looks, range(4), [(12.0, 3.0)] * 4, kind="drum-or-tank", weight_bits=1.0),
            detections(looks, [2, 3], [(20.0, -9.0)] * 2, kind="vehicle", weight_bits=2.0),
        ]
    )
    one = fused(table, looks)[0]
    kinds = {item.kind for item in one.evidence}
    assert {EvidenceKind.PRIOR, EvidenceKind.ROOF_OR_TARP_SEEN, EvidenceKind.DRUM_OR_TANK_SEEN} <= kinds
    assert {EvidenceKind.VEHICLES_NEAR, EvidenceKind.PERSISTENT, EvidenceKind.LOOKED_AND_NOT_SEEN} <= kinds
    total = sum(item.weight_bits for item in one.evidence)
    assert log2_odds_of(one.probability) == pytest.approx(total, abs=1e-6)


def test_the_prior_is_sites_over_innocent_objects_and_is_said_in_words():
    looks = footprints([0.0])
    params = FusionParams(
        prior_sites_per_km2=1.0, innocent_objects_per_km2=64.0, report_probability=0.0, single_look_bits=0.0
    )
    (one,) = fused(detections(looks, [0], [(0, 0)]), looks, params)
    assert bits(one, EvidenceKind.PRIOR) == pytest.approx(-6.0)
    assert "1 sites and 64 such objects per km2" in one.probability_against


def test_looks_that_should_have_shown_it_and_did_not_count_against_it():
    few, many = footprints(ROUND), footprints(ROUND * 3)
    (seen,) = fused(detections(few, range(8), around(8)), few)
    (doubted,) = fused(detections(many, range(8), around(8)), many)
    assert bits(seen, EvidenceKind.LOOKED_AND_NOT_SEEN) == 0.0
    assert bits(doubted, EvidenceKind.LOOKED_AND_NOT_SEEN) < -3.0
    assert doubted.probability < seen.probability
    assert (doubted.looks_seen, doubted.looks_possible) == (8, 24)


def test_a_thing_missed_here_and_there_is_likelier_a_site_than_one_that_left():
    looks = footprints(ROUND * 2)
    (hidden,) = fused(detections(looks, range(0, 16, 2), around(8)), looks)
    (left,) = fused(detections(looks, range(8), around(8)), looks)
    (came,) = fused(detections(looks, range(8, 16), around(8)), looks)
    assert hidden.probability > 1.5 * left.probability
    assert came.probability == pytest.approx(left.probability, rel=0.1)


def test_a_site_missed_in_a_few_looks_is_hardly_doubted():
    looks = footprints(ROUND * 2)
    (always,) = fused(detections(looks, range(16), around(16)), looks)
    shown = [row for row in range(16) if row % 5 != 2]
    (mostly,) = fused(detections(looks, shown, around(len(shown))), looks)
    stays = bits(always, EvidenceKind.PERSISTENT)
    together = bits(mostly, EvidenceKind.PERSISTENT) + bits(mostly, EvidenceKind.LOOKED_AND_NOT_SEEN)
    assert stays - 0.6 < together < stays


def test_one_further_object_adds_little_and_several_add_more():
    looks = footprints(ROUND)

    def probability(others):
        tables = [detections(looks, range(8), around(8))]
        tables += [detections(looks, range(8), [(9.0 * n, 9.0)] * 8) for n in range(others)]
        return fused(DetectionTable.concatenate(tables), looks)[0].probability

    lone, two, three = probability(0), probability(1), probability(2)
    assert lone < 0.61
    assert 0.7 < two < 0.76
    assert 0.8 < three < 0.87


def test_looks_elsewhere_say_nothing_about_a_place():
    here, there = footprints(ROUND), footprints(ROUND, centre_m=(5000.0, 0.0))
    sources = np.array(["s"] * 8 + ["t"] * 8, dtype=np.str_)
    table = detections(here, range(8), around(8))
    arguments = {"detection_sources": sources[:8], "params": ALL}
    alone = fuse(table, here, footprint_sources=sources[:8], **arguments)
    both = fuse(
        table,
        FootprintTable.concatenate([here, there]),
        footprint_sources=sources,
        **arguments,
    )
    assert alone == both


def test_looks_from_one_side_say_less_than_as_many_from_all_sides():
    one_side, all_sides = footprints([10.0] * 8), footprints(ROUND)
    (near,) = fused(detections(one_side, range(8), around(8), weight_bits=0.5), one_side)
    (round_,) = fused(detections(all_sides, range(8), around(8), weight_bits=0.5), all_sides)
    assert near.probability < round_.probability
    assert near.position.ce90_m > round_.position.ce90_m


def test_a_single_isolated_look_needs_more_than_the_bar():
    looks = footprints([0.0])
    table = detections(looks, [0], [(0, 0)], weight_bits=5.0)
    low = FusionParams(prior_sites_per_km2=1.0, innocent_objects_per_km2=2.0, single_look_bits=0.0)
    strict = FusionParams(prior_sites_per_km2=1.0, innocent_objects_per_km2=2.0, single_look_bits=6.0)
    assert len(fused(table, looks, low)) == 1
    assert fused(table, looks, strict) == ()


def test_weak_signs_within_reach_add_up_and_far_ones_do_not():
    looks = footprints(ROUND)
    seed = detections(looks, range(8), [(0.0, 0.0)] * 8, weight_bits=0.7)
    near = detections(looks, range(8), [(18.0, 0.0)] * 8, weight_bits=0.6)
    far = detections(looks, range(8), [(70.0, 0.0)] * 8, weight_bits=0.6)
    alone = fused(seed, looks)[0]
    together = fused(DetectionTable.concatenate([seed, near]), looks)
    apart = fused(DetectionTable.concatenate([seed, far]), looks)
    assert len(together) == 1
    assert together[0].probability > alone.probability
    assert len(apart) == 2
    assert apart[0].probability == pytest.approx(alone.probability)


def test_the_kind_of_a_place_is_not_guessed_from_roof_like_shapes():
    looks = footprints(ROUND)
    (one,) = fused(detections(looks, range(8), around(8), kind="roof-or-tarp"), looks)
    assert one.kind is None


def test_a_vehicle_alone_is_no_place():
    looks = footprints(ROUND)
    assert fused(detections(looks, range(8), around(8), kind="vehicle"), looks) == ()


def test_the_best_frames_come_first():
    looks = footprints(ROUND)
    parts = [detections(looks, [row], [(0.0, 0.0)], weight_bits=float(row)) for row in range(8)]
    (one,) = fused(DetectionTable.concatenate(parts), looks)
    item = next(item for item in one.evidence if item.kind is EvidenceKind.ANOMALY_SEEN)
    assert item.frames == (("s", 7), ("s", 6), ("s", 5), ("s", 4), ("s", 3))
    assert (item.looks, item.azimuths, item.length_m, item.width_m) == (8, 8, 7.0, 5.0)
    assert to_microseconds(one.first_seen_utc) == START_US


def test_detections_without_a_known_place_or_error_weigh_nothing():
    looks = footprints(ROUND)
    good = detections(looks, range(8), around(8))
    bad = detections(looks, range(8), [(float("nan"), 0.0)] * 8)
    flat = detections(looks, range(8), around(8), sigma_m=0.0)
    assert fused(DetectionTable.concatenate([good, bad, flat]), looks) == fused(good, looks)
    assert fused(bad, looks) == ()


def test_a_frame_without_a_footprint_is_a_look_at_what_it_showed_only():
    looks = footprints(ROUND)
    (one,) = fused(detections(looks, range(8), around(8)), looks.take(slice(0, 0)))
    assert (one.looks_seen, one.looks_possible) == (8, 8)


def test_what_is_burned_into_the_picture_is_no_place():
    parts, tables = [], []
    for index in range(8):
        looks = footprints(
            [ROUND[index]], centre_m=(index * 300.0, 0.0), start_us=START_US + index * 1_000_000
        )
        looks = replace(looks, frame_index=looks.frame_index + index)
        parts.append(looks)
        tables.append(detections(looks, [0], [(index * 300.0 + 20.0, 0.0)], pixel=(60.0, 9.0)))
    assert fused(DetectionTable.concatenate(tables), FootprintTable.concatenate(parts)) == ()


def test_sources_that_do_not_go_with_their_table_are_refused():
    looks = footprints(ROUND)
    with pytest.raises(InputError, match="sources"):
        fuse(
            detections(looks, [0], [(0, 0)]),
            looks,
            detection_sources=np.array([], dtype=np.str_),
            footprint_sources=np.array(["s"] * 8, dtype=np.str_),
            params=ALL,
        )
    with pytest.raises(InputError, match="no such kind"):
        fused(detections(looks, [0], [(0, 0)], kind="castle"), looks)


@given(
    shown=st.lists(st.booleans(), min_size=1, max_size=30).filter(any),
    weight=st.floats(0.01, 1.0),
)
def test_looks_never_say_more_than_staying_there_can(shown, weight):
    said = presence_bits(np.full(len(shown), weight), np.array(shown), ALL)
    assert -ALL.absence_limit_bits <= said <= ALL.persistence_limit_bits


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 30))
def test_whatever_is_seen_the_evidence_adds_up_and_looks_are_counted(seed, count):
    rng = np.random.default_rng(seed)
    looks = footprints(rng.uniform(0, 360, 12).tolist())
    table = DetectionTable.concatenate(
        [
            detections(
                looks,
                [int(rng.integers(12))],
                [tuple(rng.uniform(-90, 90, 2))],
                kind=str(rng.choice(["anomaly", "roof-or-tarp", "vehicle", "hot-spot", "track-end"])),
                weight_bits=float(rng.normal(0, 3)),
            )
            for _ in range(count)
        ]
    )
    for one in fused(table, looks):
        total = sum(item.weight_bits for item in one.evidence)
        assert log2_odds_of(one.probability) == pytest.approx(total, abs=1e-6)
        assert 1 <= one.looks_seen <= one.looks_possible <= 12
