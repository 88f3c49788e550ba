"""What the partner answers: the package arrived, this was found, that was seized; as given, then linked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from atalaya.app.context import Context, commit, refuse
from atalaya.app.permission import require_permission
from atalaya.errors import InputError
from atalaya.feedback.linking import (
    outcome_flaws,
    outcome_refusals,
    receipt_flaws,
    receipt_refusals,
    remarks_on,
)
from atalaya.feedback.quantities import Mass, as_written, mass
from atalaya.governance.roles import Action
from atalaya.model.custody import Json
from atalaya.model.feedback import Finding, Outcome, Receipt, Seizure
from atalaya.model.identifiers import OutcomeId, ReceiptId, ReleaseId, SiteId
from atalaya.model.json_form import to_json
from atalaya.model.release import Release


@dataclass(frozen=True, slots=True, kw_only=True)
class SeizedQuantity:
    """One seizure as it is shown.

    Args:
        as_written: value, unit and qualifier as the source gives them: `nearly 282 lb`.
        kg: the same in kilograms, exact, as decimal text; None where it is no mass.
        shown_kg: to three decimals. reason: why there are no kilograms; empty where there are.
    """

    substance: str
    form: str
    as_written: str
    kg: str | None
    shown_kg: str | None
    reason: str
    confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeReport:
    """One outcome with what a reader should know of it.

    Args:
        quantities: its seizures as shown, in their order.
        remarks: what is odd about it (contradicts another, dated before the release, …).
    """

    outcome: Outcome
    quantities: tuple[SeizedQuantity, ...]
    remarks: tuple[str, ...]


def record_receipt(
    context: Context, release_id: ReleaseId, *, received_utc: datetime, reference: str = ""
) -> Receipt:
    """Record the recipient's word that the package arrived and opened.

    Raises:
        NotFoundError: no such release.
        NotPermittedError: the role may not, or nothing was sent yet; on the record.
        InputError: a time without a zone, in the future, or before the package was built.
        ExternalError: it could not be recorded.
    """
    require_permission(context, Action.RECEIPT_RECORD, release_id)
    release = _release(context, release_id)
    receipt = Receipt(
        receipt_id=ReceiptId(context.mint("REC")),
        release_id=release_id,
        received_utc=received_utc,
        recorded_utc=context.now(),
        recorded_by=context.actor.actor_id,
        reference=reference,
    )
    reasons = receipt_refusals(receipt, release)
    if reasons:
        refuse(context, "receipt.refuse", release_id, reasons)
    flaws = receipt_flaws(receipt, release)
    if flaws:
        raise InputError("; ".join(flaws))
    body = _facts(to_json(receipt), "receipt_id")
    commit(context, Action.RECEIPT_RECORD, receipt.receipt_id, body, lambda step: step.add(receipt))
    return receipt


def record_outcome(
    context: Context,
    release_id: ReleaseId,
    *,
    finding: Finding,
    acted_utc: datetime | None,
    seizures: Sequence[Seizure] = (),
    source: str,
    remarks: str = "",
) -> OutcomeReport:
    """Record what the partner found. An outcome that contradicts an earlier one is kept beside it.

    Args:
        context: the opened workspace.
        release_id: the release that led there.
        finding: what was found.
        acted_utc: when the partner went; None only where nobody did.
        seizures: each exactly as the source gives it.
        source: document or address the outcome was taken from.
        remarks: anything else the source says.

    Raises:
        NotFoundError: no such release.
        NotPermittedError: the role may not, or nothing was sent yet; on the record.
        InputError: the outcome contradicts itself (seizures at a place not visited), names no source, or its
            time has no zone or lies in the future.
        ExternalError: it could not be recorded.
    """
    require_permission(context, Action.OUTCOME_RECORD, release_id)
    release = _release(context, release_id)
    outcome = Outcome(
        outcome_id=OutcomeId(context.mint("OUT")),
        release_id=release_id,
        site_id=release.proposal.site_id,
        finding=finding,
        acted_utc=acted_utc,
        seizures=tuple(seizures),
        source=source,
        remarks=remarks,
        recorded_utc=context.now(),
        recorded_by=context.actor.actor_id,
    )
    flaws = outcome_flaws(outcome)
    if flaws:
        raise InputError("; ".join(flaws))
    reasons = outcome_refusals(outcome, release)
    if reasons:
        refuse(context, "outcome.refuse", release_id, reasons)
    earlier = _outcomes_of(context, outcome.site_id)
    body = _facts(to_json(outcome), "outcome_id")
    commit(context, Action.OUTCOME_RECORD, outcome.outcome_id, body, lambda step: step.add(outcome))
    return report_of(outcome, release, earlier)


def list_receipts(context: Context, release_id: ReleaseId | None = None) -> tuple[Receipt, ...]:
    """All receipts, or those of one release, in the order they were recorded."""
    with context.store.transaction() as step:
        return step.find(Receipt) if release_id is None else step.find(Receipt, release_id=release_id)


def list_outcomes(context: Context, release_id: ReleaseId | None = None) -> tuple[OutcomeReport, ...]:
    """All outcomes, or those of one release, in the order they were recorded; contradictions side by side."""
    with context.store.transaction() as step:
        found = step.find(Outcome) if release_id is None else step.find(Outcome, release_id=release_id)
        releases = {one.proposal.release_id: one for one in step.find(Release)}
        everything = step.find(Outcome)
    return tuple(
        report_of(
            outcome,
            releases[outcome.release_id],
            tuple(
                other
                for other in everything
                if other.site_id == outcome.site_id and other.outcome_id != outcome.outcome_id
            ),
        )
        for outcome in found
    )


def report_of(outcome: Outcome, release: Release, others: Sequence[Outcome]) -> OutcomeReport:
    """The outcome with its quantities converted and its oddities told."""
    return OutcomeReport(
        outcome=outcome,
        quantities=tuple(_quantity(seizure) for seizure in outcome.seizures),
        remarks=remarks_on(outcome, release, others),
    )


def _quantity(seizure: Seizure) -> SeizedQuantity:
    found = mass(seizure.value, seizure.unit)
    exact, shown, reason = (
        (f"{found.kg:f}", found.shown_kg, "") if isinstance(found, Mass) else (None, None, found.reason)
    )
    return SeizedQuantity(
        substance=seizure.substance.value,
        form=seizure.form,
        as_written=as_written(seizure),
        kg=exact,
        shown_kg=shown,
        reason=reason,
        confirmed=seizure.confirmed,
    )


def _release(context: Context, release_id: ReleaseId) -> Release:
    with context.store.transaction() as step:
        return step.get(Release, release_id)


def _outcomes_of(context: Context, site_id: SiteId) -> tuple[Outcome, ...]:
    with context.store.transaction() as step:
        return step.find(Outcome, site_id=site_id)


def _facts(form: dict[str, Json], identity: str) -> dict[str, Json]:
    """The record as the ledger holds it; its identity is the entry's subject."""
    return {name: value for name, value in form.items() if name != identity}
