"""The funnel counts what is on record, and a time that cannot be said is not made up."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atalaya.errors import InputError
from atalaya.model.feedback import Finding, Outcome, Receipt
from atalaya.model.identifiers import ActorId, DossierId, OutcomeId, ReceiptId, RecipientId, ReleaseId, SiteId
from atalaya.model.release import Release, ReleaseProposal, ReleaseStatus
from atalaya.model.site import SiteStatus
from atalaya.trends.funnel import Reason, Step, funnel
from atalaya.trends.wording import HEADINGS, REASONS, STEPS, duration
from dossier_samples import FLOWN, site

HOUR = timedelta(hours=1)


def a_lead(number, *, confirmed=None):
    made = site()
    site_id = SiteId(f"SIT-{number}")
    review = replace(made.reviews[0], site_id=site_id, reviewed_utc=FLOWN + (confirmed or HOUR))
    return replace(
        made,
        site_id=site_id,
        proposed_utc=FLOWN,
        status=SiteStatus.CONFIRMED if confirmed else SiteStatus.CANDIDATE,
        reviews=(review,) if confirmed else (),
    )


def a_release(number, built):
    proposal = ReleaseProposal(
        release_id=ReleaseId(f"REL-{number}"),
        dossier_id=DossierId(f"DOS-{number}"),
        site_id=SiteId(f"SIT-{number}"),
        recipient_id=RecipientId("r"),
        withheld=frozenset(),
        proposed_by=ActorId("ana"),
        proposed_utc=FLOWN,
        reason="because",
    )
    status = ReleaseStatus.BUILT if built else ReleaseStatus.PROPOSED
    return Release(proposal=proposal, status=status, built_utc=FLOWN + built if built else None)


def a_receipt(number, received):
    return Receipt(
        receipt_id=ReceiptId(f"REC-{number}"),
        release_id=ReleaseId(f"REL-{number}"),
        received_utc=FLOWN + received,
        recorded_utc=FLOWN + received,
        recorded_by=ActorId("l"),
        reference="",
    )


def an_outcome(number, acted, finding=Finding.ACTIVE, name="OUT"):
    return Outcome(
        outcome_id=OutcomeId(f"{name}-{number}"),
        release_id=ReleaseId(f"REL-{number}"),
        site_id=SiteId(f"SIT-{number}"),
        finding=finding,
        acted_utc=None if finding is Finding.NOT_VISITED else FLOWN + acted,
        seizures=(),
        source="press",
        remarks="",
        recorded_utc=FLOWN + 900 * HOUR,
        recorded_by=ActorId("l"),
    )


def by_step(found):
    return {one.step: one for one in found.steps}


def test_five_leads_narrow_down():
    found = by_step(
        funnel(
            [
                a_lead(1, confirmed=2 * HOUR),
                a_lead(2, confirmed=4 * HOUR),
                a_lead(3, confirmed=9 * HOUR),
                a_lead(4),
                a_lead(5),
            ],
            [a_release(1, 5 * HOUR), a_release(2, 14 * HOUR), a_release(3, None)],
            [a_receipt(1, 6 * HOUR), a_receipt(2, 16 * HOUR)],
            [an_outcome(1, 30 * HOUR), an_outcome(2, 20 * HOUR, Finding.INACTIVE)],
        )
    )
    assert [found[step].count for step in Step] == [5, 3, 2, 2, 2, 1]
    assert found[Step.CONFIRMED].median_s == 4 * 3600
    assert found[Step.RELEASED].median_s == 6.5 * 3600
    assert found[Step.RECEIVED].median_s == 1.5 * 3600
    assert found[Step.ACTED].median_s == 14 * 3600
    assert found[Step.ACTIVE].median_s is None
    assert found[Step.ACTIVE].reason is Reason.SAME_VISIT
    assert found[Step.LEAD].reason is Reason.FIRST
    assert found[Step.CONFIRMED].measured == 3


def test_nothing_gives_no_times_and_says_why():
    found = funnel([], [], [], [])
    assert all(
        one.count == 0 and one.median_s is None and one.reason is Reason.NONE_CAME for one in found.steps
    )


def test_a_time_before_the_step_before_it_is_counted_but_not_measured():
    found = by_step(
        funnel(
            [a_lead(1, confirmed=2 * HOUR)],
            [a_release(1, 5 * HOUR)],
            [a_receipt(1, 6 * HOUR)],
            [an_outcome(1, -99 * HOUR)],
        )
    )
    assert found[Step.ACTED].count == 1
    assert found[Step.ACTED].median_s is None
    assert found[Step.ACTED].out_of_order == 1
    assert found[Step.ACTED].reason is Reason.OUT_OF_ORDER


def test_a_gap_is_told_and_not_filled():
    found = funnel([a_lead(1, confirmed=HOUR)], [a_release(1, 5 * HOUR)], [], [an_outcome(1, 30 * HOUR)])
    assert [one.count for one in found.steps] == [1, 1, 1, 0, 0, 0]
    assert found.skipped == {Step.RECEIVED: 1}


def test_contradicting_outcomes_are_named_and_the_site_counts_as_active():
    found = funnel(
        [a_lead(1, confirmed=HOUR)],
        [a_release(1, 5 * HOUR)],
        [a_receipt(1, 6 * HOUR)],
        [an_outcome(1, 30 * HOUR), an_outcome(1, 31 * HOUR, Finding.NOTHING_FOUND, "OTHER")],
    )
    assert found.contradicted == ("SIT-1",)
    assert by_step(found)[Step.ACTIVE].count == 1


def test_a_place_nobody_visited_was_not_acted_upon():
    found = funnel(
        [a_lead(1, confirmed=HOUR)],
        [a_release(1, 5 * HOUR)],
        [a_receipt(1, 6 * HOUR)],
        [an_outcome(1, HOUR, Finding.NOT_VISITED)],
    )
    assert by_step(found)[Step.ACTED].count == 0


def test_an_answer_to_an_unknown_release_is_an_error():
    with pytest.raises(InputError, match="REL-1"):
        funnel([a_lead(1)], [], [a_receipt(1, HOUR)], [])


def test_two_releases_of_one_site_are_one_lead_and_the_first_counts():
    early, late = a_release(1, 5 * HOUR), a_release(1, 50 * HOUR)
    late = replace(late, proposal=replace(late.proposal, release_id=ReleaseId("REL-1b")))
    found = by_step(funnel([a_lead(1, confirmed=HOUR)], [late, early], [], []))
    assert found[Step.RELEASED].count == 1
    assert found[Step.RELEASED].median_s == 4 * 3600


@given(st.lists(st.tuples(*[st.one_of(st.none(), st.integers(-50, 500))] * 4), max_size=8))
def test_a_funnel_never_widens_and_counts_add_up(leads):
    sites, releases, receipts, outcomes = [], [], [], []
    for number, (confirmed, built, received, acted) in enumerate(leads):
        sites.append(a_lead(number, confirmed=timedelta(hours=confirmed) if confirmed else None))
        releases.append(a_release(number, timedelta(hours=built) if built else None))
        receipts += [a_receipt(number, timedelta(hours=received))] if received is not None else []
        outcomes += [an_outcome(number, timedelta(hours=acted))] if acted is not None else []
    counts = [one.count for one in funnel(sites, releases, receipts, outcomes).steps]
    assert counts[0] == len(leads)
    assert counts == sorted(counts, reverse=True)
    for one in funnel(sites, releases, receipts, outcomes).steps:
        assert (one.median_s is None) == (one.reason is not None)
        assert one.median_s is None or one.median_s >= 0
        assert one.measured + one.out_of_order <= one.count


def test_every_word_of_the_funnel_exists_in_both_languages():
    assert set(STEPS) == set(Step)
    assert set(REASONS) == set(Reason)
    for words in (*STEPS.values(), *REASONS.values()):
        assert set(words) == {"en", "es"}
        assert words["en"] != words["es"]
    assert len(HEADINGS["en"]) == len(HEADINGS["es"]) == 4


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (0.4, "0 s"), (59, "59.0 s"), (90, "1.5 min"), (5400, "1.5 h"), (200_000, "2.3 d")],
)
def test_durations_are_in_the_largest_fitting_unit(seconds, said):
    assert duration(seconds, "en") == said
