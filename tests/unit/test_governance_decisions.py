"""Roles, the decision of two people, and how long things may be kept."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from atalaya.errors import InputError, NotPermittedError
from atalaya.governance.collection_gate import Refusal
from atalaya.governance.release_gate import PROPOSAL_LIFETIME, ReleaseDecision, decide
from atalaya.governance.retention import expires_utc
from atalaya.governance.roles import ALLOWED, Action, require_role
from atalaya.model.actor import Actor, Role
from atalaya.model.authority import RetentionClass
from atalaya.model.identifiers import ActorId
from atalaya.model.release import ReleaseStatus
from store_records import NOW, a_release

OFFICER = Actor(ActorId("officer"), Role.RELEASE_OFFICER)


def may(role: Role, action: Action) -> bool:
    try:
        require_role(Actor(ActorId("somebody"), role), action)
    except NotPermittedError:
        return False
    return True


@pytest.mark.parametrize(
    ("action", "roles"),
    [
        (Action.AUTHORITY_ADD, {Role.COLLECTION_MANAGER}),
        (Action.AUTHORITY_SUSPEND, {Role.COLLECTION_MANAGER, Role.HOST_NATION_OFFICER}),
        (Action.SORTIE_OPEN, {Role.COLLECTION_MANAGER}),
        (Action.INGEST, {Role.SENSOR_OPERATOR, Role.IMAGERY_ANALYST}),
        (Action.REVIEW_CONFIRM, {Role.IMAGERY_ANALYST}),
        (Action.RELEASE_PROPOSE, {Role.IMAGERY_ANALYST, Role.RELEASE_OFFICER}),
        (Action.RELEASE_APPROVE, {Role.RELEASE_OFFICER}),
        (Action.OUTCOME_RECORD, {Role.PARTNER_LIAISON}),
        (Action.READ, set(Role)),
    ],
)
def test_the_table_of_roles_is_the_one_that_was_agreed(action, roles):
    assert {role for role in Role if may(role, action)} == roles


def test_every_action_has_its_line_and_every_action_can_be_done_by_somebody():
    assert set(ALLOWED) == set(Action)
    assert all(ALLOWED.values())


def test_the_auditor_and_the_system_decide_nothing():
    harmless = {Action.READ, Action.LEDGER_HEAD}
    processing = {Action.DETECT, Action.FUSE}
    own_judgement = {Action.EVALUATE}  # how good detectors are on simulated worlds: of no real place
    assert {action for action in Action if may(Role.OVERSIGHT_AUDITOR, action)} == harmless | own_judgement
    assert {action for action in Action if may(Role.SYSTEM, action)} == harmless | processing


def test_a_refusal_names_who_may_and_an_unknown_action_is_nobodys():
    with pytest.raises(NotPermittedError, match="release-officer; officer acts as imagery-analyst"):
        require_role(Actor(ActorId("officer"), Role.IMAGERY_ANALYST), "release.approve")
    with pytest.raises(InputError, match="drop"):
        require_role(OFFICER, "ledger.drop")


def test_a_second_person_who_is_a_release_officer_decides():
    at_utc = NOW + timedelta(hours=1)
    decision = decide(a_release(), OFFICER, at_utc)
    assert decision == ReleaseDecision(
        proposal=a_release().proposal, approved_by=OFFICER.actor_id, approved_utc=at_utc
    )


@pytest.mark.parametrize(
    "name", [a_release().proposal.proposed_by, f" {a_release().proposal.proposed_by.upper()} "]
)
def test_nobody_approves_their_own_proposal_however_the_account_is_spelled(name):
    answer = decide(a_release(), Actor(ActorId(name), Role.RELEASE_OFFICER), NOW)
    assert isinstance(answer, Refusal)
    assert "second person" in answer.reasons[0]


@pytest.mark.parametrize("role", set(Role) - {Role.RELEASE_OFFICER})
def test_no_other_role_approves(role):
    answer = decide(a_release(), Actor(ActorId("other"), role), NOW)
    assert isinstance(answer, Refusal)
    assert "not as release-officer" in answer.reasons[0]


@pytest.mark.parametrize("status", set(ReleaseStatus) - {ReleaseStatus.PROPOSED})
def test_what_is_no_longer_a_proposal_cannot_be_approved(status):
    answer = decide(replace(a_release(), status=status), OFFICER, NOW)
    assert isinstance(answer, Refusal)
    assert status in answer.reasons[0]


@pytest.mark.parametrize("at_utc", [NOW + PROPOSAL_LIFETIME, NOW - timedelta(microseconds=1)])
def test_an_expired_proposal_and_one_from_the_future_are_refused(at_utc):
    assert isinstance(decide(a_release(), OFFICER, at_utc), Refusal)
    assert isinstance(
        decide(a_release(), OFFICER, NOW + PROPOSAL_LIFETIME - timedelta(microseconds=1)), ReleaseDecision
    )


def test_every_reason_against_is_given():
    same = Actor(a_release().proposal.proposed_by, Role.IMAGERY_ANALYST)
    answer = decide(replace(a_release(), status=ReleaseStatus.REVOKED), same, NOW + 2 * PROPOSAL_LIFETIME)
    assert isinstance(answer, Refusal)
    assert len(answer.reasons) == 4


def test_retention_ends_when_its_class_says():
    day = datetime(2024, 2, 29, 12, tzinfo=UTC)
    assert expires_utc(RetentionClass.TRANSIENT_30_DAYS, day) == datetime(2024, 3, 30, 12, tzinfo=UTC)
    assert expires_utc(RetentionClass.CASE_5_YEARS, day) == datetime(2029, 3, 1, 12, tzinfo=UTC)
    assert expires_utc(RetentionClass.CASE_5_YEARS, NOW) == NOW.replace(year=2031)
    assert expires_utc(RetentionClass.LEGAL_HOLD, day) is None
