"""The harness against worlds small enough to work out on paper."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atalaya.detection.evaluation import Rules, evaluate
from atalaya.detection.evaluation_bootstrap import ONE_WORLD
from atalaya.detection.evaluation_claims import Claim
from atalaya.detection.evaluation_froc import partial_area, recalls_at, steps_of
from atalaya.detection.evaluation_ground import looked_ground
from atalaya.detection.evaluation_matching import judge
from atalaya.detection.evaluation_score import JudgedClaim
from atalaya.detection.evaluation_sites import place_looks
from atalaya.errors import InputError
from atalaya.model.evaluation import Evaluation, Ground, ScoreScale
from atalaya.model.json_form import from_json, to_json
from known_worlds import look_alike, places, site, world

# a square of 1 km2, seen from three sectors; reach of a place 10 m + 10 m of slack, 0.00126 km2 each
TWO_SITES = world(site(0, 0), site(200, 0, kind="urban", state="inactive"), look_alike(-200, 0))
QUICK = Rules(resamples=50, rates_per_100km2=(10.0, 100.0, 1000.0))


def judged(*tables, worlds=(TWO_SITES,), rules=QUICK, scale=ScoreScale.RANK):
    claims = [Claim(name="claim", scale=scale, places=tuple(tables))]
    return evaluate(worlds, claims, rules, made_by="test")


def score_of(*tables, **more):
    return judged(*tables, **more).claims[0]


def test_a_curve_worked_out_by_hand():
    # by score: site 1 (9), nothing (8), look-alike (7), site 1 again (6), site 2 (5), nothing (4)
    said = places((3, 4, 9), (400, 400, 8), (-200, 5, 7), (0, 0, 6), (190, 0, 5), (-400, -400, 4))
    claim = score_of(said)
    assert claim.curve.threshold == (9.0, 5.0, 4.0)
    assert claim.curve.false_alarms == (0, 2, 3)
    assert claim.curve.found == (1, 2, 2)
    assert claim.curve.of == 2
    assert claim.curve_on_nothing.false_alarms == (0, 1, 2)
    everything = claim.points[-1]
    assert (everything.found, everything.false_alarms, everything.duplicates) == (2, 3, 1)
    assert everything.on_nothing == 2
    assert everything.on_look_alikes["apiary"] == everything.look_alikes_alarmed["apiary"] == 1
    assert sum(everything.on_look_alikes.values()) == 1


def test_recall_at_each_rate_is_the_one_worked_out_by_hand():
    # nearly 1 km2: 10 and 100 per 100 km2 allow none (0.0997, 0.997), 1000 allow nine
    said = places((0, 0, 9), (400, 400, 8), (200, 0, 5))
    points = score_of(said).points
    assert [point.allowed_per_100km2 for point in points] == [10.0, 100.0, 1000.0, None]
    assert [point.recall.value for point in points] == [0.5, 0.5, 1.0, 1.0]
    assert [point.threshold for point in points] == [9.0, 9.0, 5.0, 5.0]
    # half of the log axis from 10 to 1000 at .5 up to one alarm in .9975 km2, then 1
    km2 = 1.0 - 2 * math.pi * 0.02**2
    whole = math.log10(100.0 / km2 / 10.0)
    assert score_of(said).partial_area.value == pytest.approx((whole * 0.5 + (2 - whole)) / 2, abs=1e-4)


def test_area_leaves_out_what_is_in_reach_of_a_site_and_counts_what_frames_covered():
    facts = judged(places()).worlds[0]
    assert facts.looked_at_km2 == pytest.approx(1.0, abs=0.002)
    assert facts.observed_km2 == facts.looked_at_km2
    assert facts.looked_at_km2 - facts.false_alarm_km2 == pytest.approx(2 * math.pi * 0.02**2, rel=0.02)
    seen_once = world(site(0, 0), azimuths=(10,))
    assert judged(places(), worlds=(seen_once,)).worlds[0].observed_km2 == 0.0


def test_none_seen_in_one_square_kilometre_leaves_three_hundred_per_hundred_possible():
    answer = judged(places())
    km2 = answer.false_alarm_km2
    assert answer.upper_at_none_per_100km2 == pytest.approx(-math.log(0.05) * 100.0 / km2)
    assert answer.least_rate_per_100km2 == pytest.approx(100.0 / km2)
    one = score_of(places((400, 400, 1.0))).points[-1]
    assert one.per_100km2 == pytest.approx(100.0 / km2)
    assert one.upper_per_100km2 == pytest.approx(4.7439 * 100.0 / km2, rel=1e-4)  # Poisson tables


def test_a_place_that_could_be_two_sites_leaves_one_for_the_next():
    # both in reach of the first site; only the surer one also of the second, 25 m on
    close = world(site(0, 0), site(25, 0))
    claim = score_of(places((10, 0, 9), (-10, 0, 8)), worlds=(close,))
    assert claim.curve.found == (1, 2)
    assert claim.points[-1].duplicates == 0


def test_ground_that_was_not_observed_is_no_miss_and_is_in_the_strict_recall():
    sites = [
        site(0, 0),
        site(100, 0, azimuths=(10, 100)),
        site(200, 0, hidden=0.9),
        site(300, 0, azimuths=()),
    ]
    answer = judged(places((0, 0, 5), (100, 0, 4)), worlds=(world(*sites),))
    assert answer.worlds[0].sites_by_state == {
        "observed": 1,
        "not-covered": 1,
        "few-azimuths": 1,
        "under-canopy": 1,
    }
    point = answer.claims[0].points[-1]
    assert (point.found, point.of, point.recall.value) == (1, 1, 1.0)
    assert (point.found_of_all, point.all_sites, point.strict_recall.value) == (2, 4, 0.5)
    assert point.false_alarms == 0


def test_groups_hold_every_sort_of_site_and_where_none_is_say_so():
    sites = [
        site(0, 0, hidden=0.1),
        site(100, 0, hidden=0.6, kind="urban", state="destroyed", azimuths=(10, 60, 100, 190)),
        site(200, 0, hidden=0.9, kind="urban"),
    ]
    claim = score_of(places((0, 0, 5), (100, 0, 4)), worlds=(world(*sites),))
    groups = {(group.by, group.value): group for group in claim.groups}
    assert len(groups) == 7 + 3 + 6 + 9
    urban = groups["setting", "urban"]
    assert (urban.sites, urban.observed, urban.found[-1], urban.recall[-1].value) == (2, 1, 1, 0.5)
    assert groups["occlusion", "50-70 %"].found == (1, 1, 1, 1)
    assert groups["occlusion", "over 85 %"].recall[-1].value == 0.0
    assert groups["azimuths", "4"].sites == 1
    assert groups["state", "destroyed"].found[-1] == 1
    nothing = groups["setting", "dump"].recall[-1]
    assert nothing.value is None
    assert "no site" in nothing.why


def test_a_band_is_that_of_the_shelters_and_of_all_things_where_there_is_none():
    drums = world(site(0, 0, hidden=0.6), object_kind="drum")
    groups = {(group.by, group.value): group for group in score_of(places(), worlds=(drums,)).groups}
    assert groups["occlusion", "50-70 %"].sites == 1


def test_false_alarms_where_nobody_looked_count_and_are_told_apart():
    point = score_of(places((700, 0, 3), (400, 400, 2))).points[-1]
    assert (point.false_alarms, point.on_unseen_ground) == (2, 1)


def test_on_observed_ground_alone_what_is_elsewhere_neither_counts_nor_is_area():
    seen_once = world(site(0, 0), azimuths=(10,))
    rules = Rules(resamples=0, ground=Ground.OBSERVED)
    answer = judged(places((400, 400, 2)), worlds=(seen_once,), rules=rules)
    assert (answer.false_alarm_km2, answer.claims[0].points[-1].false_alarms) == (0.0, 0)
    point = score_of(places((400, 400, 2), (700, 0, 3)), rules=rules).points[-1]
    assert (point.false_alarms, point.on_unseen_ground) == (1, 0)


def test_a_hidden_share_that_the_truth_does_not_say_is_not_held_against_the_look():
    unknown = world(site(0, 0, hidden=math.nan))
    answer = judged(places(), worlds=(unknown,))
    assert answer.worlds[0].sites_by_state["observed"] == 1
    groups = {(group.by, group.value): group for group in answer.claims[0].groups}
    assert groups["occlusion", "not known"].sites == 1


def test_vehicles_are_no_claim_of_a_site():
    claim = score_of(places((400, 400, 3), kind="vehicle"))
    assert (claim.places, claim.vehicles, claim.points[-1].false_alarms) == (0, 1, 0)


def test_one_world_has_no_interval_and_says_why_two_have_one():
    recall = score_of(places((0, 0, 1))).points[0].recall
    assert (recall.value, recall.low, recall.why) == (0.5, None, ONE_WORLD)
    other = world(site(0, 0), name="two")
    answer = judged(places((0, 0, 1)), places(), worlds=(TWO_SITES, other))
    recall = answer.claims[0].points[-1].recall
    assert recall.value == pytest.approx(1 / 3)
    # worlds drawn: both the first .5, one of each 1/3, both the second 0
    assert (recall.low, recall.high) == (0.0, 0.5)


def test_two_claims_are_compared_on_the_same_resamples():
    worlds = [world(site(0, 0), name=str(number)) for number in range(4)]
    good = Claim(name="good", scale=ScoreScale.RANK, places=(places((0, 0, 1)),) * 4)
    bad = Claim(name="bad", scale=ScoreScale.RANK, places=(places(),) * 4)
    difference = evaluate(worlds, [good, bad], QUICK, made_by="test").differences[0]
    assert (difference.first, difference.second, difference.measure) == ("good", "bad", "recall at 10")
    assert (difference.difference.value, difference.difference.low, difference.share_better) == (
        1.0,
        1.0,
        1.0,
    )
    same = evaluate(
        worlds, [good, Claim(name="x", scale=ScoreScale.RANK, places=good.places)], QUICK, made_by="t"
    )
    assert all(one.difference.high == 0.0 and one.share_better == 0.5 for one in same.differences)


def test_without_looks_nothing_is_a_number_that_it_is_not():
    unseen = world(site(0, 0, azimuths=()), azimuths=())
    answer = judged(places((0, 0, 1), (100, 0, 2)), worlds=(unseen,))
    point = answer.claims[0].points[-1]
    assert answer.false_alarm_km2 == 0.0
    assert answer.upper_at_none_per_100km2 is point.per_100km2 is point.recall.value is None
    assert point.recall.why
    assert answer.claims[0].partial_area.value is None


def test_the_answer_survives_its_json_form():
    answer = judged(places((0, 0, 1), (300, 300, 0.5)), scale=ScoreScale.PROBABILITY)
    text = json.dumps(to_json(answer), allow_nan=False)
    assert from_json(Evaluation, json.loads(text)) == answer


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (places((0, 0, math.nan)), "1 of 1 scores are no finite numbers"),
        (places((0, 0, 1), (0, 0, math.inf)), "row 1"),
        (places((9000, 0, 1)), "outside the world"),
        (places((math.nan, 0, 1)), "nowhere"),
    ],
)
def test_what_cannot_be_judged_is_refused_by_row(said, words):
    with pytest.raises(InputError, match=words):
        judged(said)


def test_worlds_or_claims_of_one_name_are_refused():
    with pytest.raises(InputError, match="world one"):
        judged(places(), places(), worlds=(TWO_SITES, TWO_SITES))
    with pytest.raises(InputError, match="no claim"):
        evaluate([TWO_SITES], [], QUICK, made_by="test")


spots = st.tuples(st.integers(-45, 45), st.integers(-45, 45), st.integers(0, 6)).map(
    lambda it: (10.0 * it[0] + 1.0, 10.0 * it[1], float(it[2]))  # never on the edge of a reach
)
said_rows = st.lists(spots, max_size=12)
CROWDED = world(site(0, 0), site(20, 0), site(0, 30), site(200, 200), look_alike(-200, 0), look_alike(40, 0))


def crowded(rows):
    return score_of(places(*rows), worlds=(CROWDED,), rules=Rules(resamples=0))


@settings(deadline=None, max_examples=25)
@given(said_rows, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(rows, dice):
    shuffled = list(rows)
    dice.shuffle(shuffled)
    assert crowded(rows) == crowded(shuffled)


@settings(deadline=None, max_examples=25)
@given(said_rows, st.integers(0, 6))
def test_a_false_place_more_never_raises_recall(rows, score):
    before, after = crowded(rows), crowded([*rows, (-400.0, 400.0, float(score))])
    for old, new in zip(before.points, after.points, strict=True):
        assert new.recall.value <= old.recall.value
        assert new.found_of_all <= old.found_of_all
    assert after.partial_area.value <= before.partial_area.value
    assert after.points[-1].false_alarms == before.points[-1].false_alarms + 1


@settings(deadline=None, max_examples=25)
@given(said_rows)
def test_recall_only_grows_with_false_alarms_and_every_place_is_accounted_for(rows):
    claim = crowded(rows)
    assert all(np.diff(claim.curve.found) >= 0)
    assert all(np.diff(claim.curve.false_alarms) >= 0)
    assert all(np.diff([point.recall.value for point in claim.points]) >= 0)
    last = claim.points[-1]
    assert last.found_of_all + last.duplicates + last.false_alarms == claim.places == len(rows)
    assert last.on_nothing + sum(last.on_look_alikes.values()) == last.false_alarms


@settings(deadline=None, max_examples=25)
@given(said_rows)
def test_as_many_sites_are_found_at_each_threshold_as_any_matching_could(rows):
    from scipy.optimize import linear_sum_assignment

    claim = crowded(rows)
    sites = np.array([[0, 0], [20, 0], [0, 30], [200, 200]])
    for point in claim.points:
        kept = np.array(
            [row[:2] for row in rows if point.threshold is not None and row[2] >= point.threshold]
        )
        near = np.hypot(*(kept.reshape(-1, 1, 2) - sites).transpose(2, 0, 1)) <= 20.0
        best = near[linear_sum_assignment(~near)].sum()
        assert point.found_of_all == best


@settings(deadline=None, max_examples=15)
@given(st.lists(said_rows, min_size=3, max_size=3), st.lists(st.integers(0, 3), min_size=3, max_size=3))
def test_a_world_drawn_twice_counts_as_two_such_worlds_would(tables, weights):
    worlds = [
        world(site(0, 0), site(20, 0), name="a"),
        world(site(200, 200), name="b"),
        world(look_alike(0, 0), name="c"),
    ]
    claim = judged_claim(worlds, tables)
    steps = steps_of(claim.counts())
    drawn = [number for number, times in enumerate(weights) for _ in range(times)]
    found = recalls_at(steps, np.array(weights, dtype=float), (100.0, 1000.0))
    area = partial_area(steps, np.array(weights, dtype=float), 10.0, 1000.0)
    if not any(drawn_one < 2 for drawn_one in drawn):
        assert np.isnan(found).all()
        assert math.isnan(area)
        return
    renamed = [replace(worlds[number], name=f"{place}") for place, number in enumerate(drawn)]
    said = [places(*tables[number]) for number in drawn]
    again = evaluate(
        renamed,
        [Claim(name="x", scale=ScoreScale.RANK, places=tuple(said))],
        Rules(resamples=0, rates_per_100km2=(10.0, 100.0, 1000.0)),
        made_by="test",
    ).claims[0]
    np.testing.assert_allclose(
        found, [again.points[1].recall.value, again.points[2].recall.value], atol=1e-12
    )
    assert area == pytest.approx(again.partial_area.value)


def judged_claim(worlds, tables):
    grounds = [looked_ground(one, 10.0) for one in worlds]
    return JudgedClaim(
        name="x",
        scale=ScoreScale.RANK,
        ground=Ground.LOOKED_AT,
        vehicles=0,
        judged=tuple(
            judge(places(*rows), one, ground, 10.0)
            for rows, one, ground in zip(tables, worlds, grounds, strict=True)
        ),
        worlds=tuple(worlds),
        looks=tuple(place_looks(one) for one in worlds),
        ground_km2=np.array(
            [[one.km2((one.azimuths == number) & ~one.near_site) for number in range(9)] for one in grounds]
        ),
    )


@pytest.mark.parametrize(
    "wrong", [{"rates_per_100km2": (10.0, math.inf)}, {"rates_per_100km2": (10.0, math.nan)}, {"seed": -1}]
)
def test_rules_that_no_answer_could_be_written_by_are_refused(wrong):
    with pytest.raises(InputError):
        Rules(**wrong)
