"""Does an answer belong to what was sent? Checked before it is recorded; oddities are told, not hidden."""

from collections.abc import Iterable

from atalaya.model.feedback import Outcome, Receipt
from atalaya.model.instants import require_aware
from atalaya.model.release import Release, ReleaseStatus


def receipt_refusals(receipt: Receipt, release: Release) -> tuple[str, ...]:
    """Why this receipt cannot be of this release; empty where it can."""
    if release.proposal.release_id != receipt.release_id:
        return (f"the receipt is of {receipt.release_id}, not {release.proposal.release_id}",)
    return _not_sent(release)


def outcome_flaws(outcome: Outcome) -> tuple[str, ...]:
    """What is wrong with an outcome whatever it answers; empty where nothing is.

    Raises:
        InputError: a time without a zone.
    """
    reasons = [] if outcome.source.strip() else ["an outcome names its source: a document or an address"]
    if outcome.acted_utc is not None:
        require_aware("acted_utc", outcome.acted_utc)
        if outcome.acted_utc > outcome.recorded_utc:
            reasons.append(f"the visit at {outcome.acted_utc.isoformat()} is in the future")
    return tuple(reasons)


def outcome_refusals(outcome: Outcome, release: Release) -> tuple[str, ...]:
    """Why this outcome cannot be of this release; empty where it can.

    A revoked release can still have an outcome: what happened, happened.
    """
    reasons = list(_not_sent(release))
    if release.proposal.release_id != outcome.release_id:
        reasons.append(f"the outcome is of {outcome.release_id}, not {release.proposal.release_id}")
    if release.proposal.site_id != outcome.site_id:
        reasons.append(f"{outcome.release_id} is about {release.proposal.site_id}, not {outcome.site_id}")
    return tuple(reasons)


def remarks_on(outcome: Outcome, release: Release, earlier: Iterable[Outcome]) -> tuple[str, ...]:
    """What a reader should know of an outcome that is recorded all the same."""
    remarks: list[str] = []
    built_utc = release.built_utc
    if outcome.acted_utc is not None and built_utc is not None and outcome.acted_utc < built_utc:
        remarks.append("the visit is dated before the release was built: it was not led by it")
    if release.status is ReleaseStatus.REVOKED:
        remarks.append("the release had been revoked")
    remarks += [
        f"contradicts {other.outcome_id}, which says {other.finding.value}; both are kept"
        for other in earlier
        if other.finding is not outcome.finding
    ]
    return tuple(remarks)


def _not_sent(release: Release) -> tuple[str, ...]:
    if release.built_utc is None:
        return (f"{release.proposal.release_id} is {release.status.value}; nothing was sent yet",)
    return ()
