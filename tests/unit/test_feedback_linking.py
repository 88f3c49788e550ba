"""An answer belongs to what was sent, and what is odd about it is told."""

from dataclasses import replace
from datetime import timedelta

import pytest

from atalaya.errors import InputError
from atalaya.feedback.linking import (
    outcome_flaws,
    outcome_refusals,
    receipt_flaws,
    receipt_refusals,
    remarks_on,
)
from atalaya.model.feedback import Finding, Outcome, Receipt
from atalaya.model.identifiers import ActorId, DossierId, OutcomeId, ReceiptId, RecipientId, ReleaseId, SiteId
from atalaya.model.release import Release, ReleaseProposal, ReleaseStatus
from dossier_samples import NOW

RELEASE = Release(
    proposal=ReleaseProposal(
        release_id=ReleaseId("REL-1"),
        dossier_id=DossierId("DOS-1"),
        site_id=SiteId("SIT-1"),
        recipient_id=RecipientId("r"),
        withheld=frozenset(),
        proposed_by=ActorId("ana"),
        proposed_utc=NOW,
        reason="because",
    ),
    status=ReleaseStatus.BUILT,
    built_utc=NOW,
)
OUTCOME = Outcome(
    outcome_id=OutcomeId("OUT-1"),
    release_id=ReleaseId("REL-1"),
    site_id=SiteId("SIT-1"),
    finding=Finding.ACTIVE,
    acted_utc=NOW + timedelta(days=1),
    seizures=(),
    source="press",
    remarks="",
    recorded_utc=NOW + timedelta(days=2),
    recorded_by=ActorId("l"),
)
RECEIPT = Receipt(
    receipt_id=ReceiptId("REC-1"),
    release_id=ReleaseId("REL-1"),
    received_utc=NOW,
    recorded_utc=NOW,
    recorded_by=ActorId("l"),
    reference="",
)


def test_an_answer_to_what_was_sent_belongs():
    assert receipt_refusals(RECEIPT, RELEASE) == ()
    assert outcome_refusals(OUTCOME, RELEASE) == ()
    assert remarks_on(OUTCOME, RELEASE, ()) == ()


@pytest.mark.parametrize("status", [ReleaseStatus.PROPOSED, ReleaseStatus.APPROVED])
def test_nothing_can_be_answered_before_it_was_sent(status):
    unsent = replace(RELEASE, status=status, built_utc=None)
    assert "nothing was sent" in receipt_refusals(RECEIPT, unsent)[0]
    assert "nothing was sent" in outcome_refusals(OUTCOME, unsent)[0]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"release_id": ReleaseId("REL-2")}, "is of REL-2"),
        ({"site_id": SiteId("SIT-2")}, "is about SIT-1"),
    ],
)
def test_an_outcome_that_does_not_fit_is_refused(changed, reason):
    assert reason in "; ".join(outcome_refusals(replace(OUTCOME, **changed), RELEASE))


@pytest.mark.parametrize(
    ("changed", "flaw"),
    [({"source": " "}, "names its source"), ({"acted_utc": NOW + timedelta(days=3)}, "future")],
)
def test_a_flawed_outcome_says_what_is_wrong(changed, flaw):
    assert outcome_flaws(OUTCOME) == ()
    assert flaw in "; ".join(outcome_flaws(replace(OUTCOME, **changed)))
    with pytest.raises(InputError):
        outcome_flaws(replace(OUTCOME, acted_utc=NOW.replace(tzinfo=None)))


def test_a_receipt_of_another_release_is_refused():
    assert receipt_refusals(replace(RECEIPT, release_id=ReleaseId("REL-2")), RELEASE)


@pytest.mark.parametrize(
    ("received", "flaw"),
    [
        (-timedelta(days=1), "before the package was built at"),
        (timedelta(days=1), "is in the future"),
    ],
)
def test_a_receipt_from_before_the_package_or_from_the_future_is_flawed(received, flaw):
    assert receipt_flaws(RECEIPT, RELEASE) == ()
    assert flaw in receipt_flaws(replace(RECEIPT, received_utc=NOW + received), RELEASE)[0]


def test_clocks_of_two_authorities_may_differ_by_minutes():
    for minutes in (-4, 4):
        near = replace(RECEIPT, received_utc=NOW + timedelta(minutes=minutes))
        assert receipt_flaws(near, RELEASE) == ()


def test_a_later_visit_that_found_something_else_contradicts_nothing():
    before = replace(OUTCOME, outcome_id=OutcomeId("OUT-0"), finding=Finding.NOTHING_FOUND, acted_utc=NOW)
    nobody = replace(OUTCOME, outcome_id=OutcomeId("OUT-2"), finding=Finding.NOT_VISITED, acted_utc=None)
    assert remarks_on(OUTCOME, RELEASE, (before, nobody)) == ()
    assert remarks_on(nobody, RELEASE, (OUTCOME,)) == ()


def test_a_contradiction_a_revocation_and_an_early_visit_are_told():
    visit = NOW - timedelta(days=1)
    other = replace(OUTCOME, outcome_id=OutcomeId("OUT-0"), finding=Finding.NOTHING_FOUND, acted_utc=visit)
    revoked = replace(RELEASE, status=ReleaseStatus.REVOKED)
    early = replace(OUTCOME, acted_utc=visit)
    told = " ".join(remarks_on(early, revoked, (other,)))
    assert "before the release was built" in told
    assert "revoked" in told
    assert "contradicts OUT-0, which says nothing-found; both are kept" in told
    assert outcome_refusals(early, revoked) == ()
