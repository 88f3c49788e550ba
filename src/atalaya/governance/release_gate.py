"""May this dossier be shown to this recipient? Two people say yes, and only here."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from atalaya.governance.collection_gate import Refusal
from atalaya.governance.roles import ALLOWED, Action
from atalaya.model.actor import Actor, account_key
from atalaya.model.identifiers import ActorId
from atalaya.model.instants import isoformat_z, require_aware
from atalaya.model.release import Release, ReleaseProposal, ReleaseStatus

PROPOSAL_LIFETIME = timedelta(days=30)
"""A proposal that nobody approved for so long is stale: what it would show may have changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseDecision:
    """Proof that a second person approved; no package exists without one, and only `decide` makes one."""

    proposal: ReleaseProposal
    approved_by: ActorId
    approved_utc: datetime


def decide(release: Release, approver: Actor, at_utc: datetime) -> ReleaseDecision | Refusal:
    """The decision of a second person, who is a release officer, on a proposal that still stands.

    Pure; the caller records the answer. Every reason against is given.

    Raises:
        InputError: `at_utc` without a time zone.
    """
    require_aware("at_utc", at_utc)
    proposal, reasons = release.proposal, list[str]()
    if approver.role not in ALLOWED[Action.RELEASE_APPROVE]:
        reasons.append(f"{approver.actor_id} acts as {approver.role}, not as release-officer")
    if account_key(approver.actor_id) == account_key(proposal.proposed_by):
        reasons.append(f"{approver.actor_id} proposed it; a second person must approve")
    if release.status is not ReleaseStatus.PROPOSED:
        reasons.append(f"it is {release.status}, no longer a proposal")
    if at_utc < proposal.proposed_utc:
        reasons.append(f"it is approved before it was proposed at {isoformat_z(proposal.proposed_utc)}")
    if at_utc >= proposal.proposed_utc + PROPOSAL_LIFETIME:
        reasons.append(f"the proposal expired at {isoformat_z(proposal.proposed_utc + PROPOSAL_LIFETIME)}")
    if reasons:
        return Refusal(tuple(f"{proposal.release_id}: {reason}" for reason in reasons))
    return ReleaseDecision(proposal=proposal, approved_by=approver.actor_id, approved_utc=at_utc)
