"""Does an answer belong to what was sent? Checked before it is recorded; oddities are told, not hidden."""

from collections.abc import Iterable
from datetime import timedelta

from atalaya.model.feedback import Outcome, Receipt
from atalaya.model.instants import isoformat_z, require_aware
from atalaya.model.release import Release, ReleaseStatus

CLOCKS_APART = timedelta(minutes=5)
"""How far a partner's clock may differ from ours before a receipt cannot be true."""


def receipt_refusals(receipt: Receipt, release: Release) -> tuple[str, ...]:
    """Why this receipt cannot be of this release; empty where it can."""
    if release.proposal.release_id != receipt.release_id:
        return (f"the receipt is of {receipt.release_id}, not {release.proposal.release_id}",)
    return _not_sent(release)


def receipt_flaws(receipt: Receipt, release: Release) -> tuple[str, ...]:
    """What is wrong with the time of a receipt; empty where nothing is: a package arrives after it exists."""
    reasons: list[str] = []
    if receipt.received_utc > receipt.recorded_utc + CLOCKS_APART:
        reasons.append(f"the receipt at {isoformat_z(receipt.received_utc)} is in the future")
    built_utc = release.built_utc
    if built_utc is not None and receipt.received_utc < built_utc - CLOCKS_APART:
        reasons.append(
            f"the receipt at {isoformat_z(receipt.received_utc)} is before the package was built at "
            f"{isoformat_z(built_utc)}"
        )
    return tuple(reasons)


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
        if _contradicts(outcome, other)
    ]
    return tuple(remarks)


def _contradicts(one: Outcome, other: Outcome) -> bool:
    """Two visits of one day that found different things; a place may well change from visit to visit."""
    if one.acted_utc is None or other.acted_utc is None:
        return False
    return one.finding is not other.finding and one.acted_utc.date() == other.acted_utc.date()


def _not_sent(release: Release) -> tuple[str, ...]:
    if release.built_utc is None:
        return (f"{release.proposal.release_id} is {release.status.value}; nothing was sent yet",)
    return ()
