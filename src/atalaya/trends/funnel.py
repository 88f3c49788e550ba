"""How many leads came how far, and how long each step took: from the recorded facts, nothing assumed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from statistics import median

from atalaya.errors import InputError
from atalaya.model.feedback import Finding, Outcome, Receipt
from atalaya.model.identifiers import ReleaseId, SiteId
from atalaya.model.release import Release
from atalaya.model.site import Site, SiteStatus


class Step(StrEnum):
    """The steps of a lead, in order; a lead that is at one has been at all before it."""

    LEAD = "lead"
    CONFIRMED = "confirmed"
    RELEASED = "released"
    RECEIVED = "received"
    ACTED = "acted"
    ACTIVE = "active"


class Reason(StrEnum):
    """Why a step has no median time."""

    FIRST = "first-step"
    NONE_CAME = "no-lead-came-this-far"
    SAME_VISIT = "found-at-the-visit-itself"
    OUT_OF_ORDER = "every-time-is-before-the-step-before"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCount:
    """One step of the funnel.

    Args:
        count: leads that came this far.
        median_s: median time from the step before to this one [s]; None where it cannot be said.
        measured: from how many leads that median is.
        reason: why there is no median; None where there is one.
        out_of_order: leads whose time at this step lies before the step before it; they count, and their
            times are left out of the median.
    """

    step: Step
    count: int
    median_s: float | None
    measured: int
    reason: Reason | None
    out_of_order: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel:
    """The whole funnel.

    Args:
        contradicted: sites whose outcomes contradict each other; all outcomes are kept, and such a site
            counts as active because one of them says so.
        skipped: leads that have a later step without an earlier one on record (acted upon without a
            receipt); they count up to the step before the gap, and the gap is told here.
    """

    steps: tuple[StepCount, ...]
    contradicted: tuple[SiteId, ...]
    skipped: Mapping[Step, int]


type LeadTimes = Mapping[Step, datetime]
"""When one lead came to each step it came to."""


def funnel(
    sites: Iterable[Site],
    releases: Iterable[Release],
    receipts: Iterable[Receipt],
    outcomes: Iterable[Outcome],
) -> Funnel:
    """Counts and medians over all leads. A lead is a site that the system proposed.

    Raises:
        InputError: a receipt or an outcome names a release that is not among the releases.
    """
    by_site = _lead_times(tuple(sites), tuple(releases), tuple(receipts), outcomes := tuple(outcomes))
    reached = {site: _reached(times) for site, times in by_site.items()}
    steps = tuple(_count(step, by_site, reached) for step in Step)
    return Funnel(
        steps=steps, contradicted=contradicted(outcomes), skipped=_skipped(by_site.values(), reached.values())
    )


def contradicted(outcomes: Iterable[Outcome]) -> tuple[SiteId, ...]:
    """Sites of which one outcome says active and another, of the same visit or day, something else."""
    visited: dict[tuple[SiteId, object], set[Finding]] = {}
    for outcome in outcomes:
        if outcome.acted_utc is not None:
            visited.setdefault((outcome.site_id, outcome.acted_utc.date()), set()).add(outcome.finding)
    return tuple(dict.fromkeys(site for (site, _), findings in visited.items() if len(findings) > 1))


def _lead_times(
    sites: tuple[Site, ...],
    releases: tuple[Release, ...],
    receipts: tuple[Receipt, ...],
    outcomes: tuple[Outcome, ...],
) -> dict[SiteId, LeadTimes]:
    site_of = {release.proposal.release_id: release.proposal.site_id for release in releases}
    times: dict[SiteId, dict[Step, datetime]] = {site.site_id: {} for site in sites}

    def first(site: SiteId, step: Step, at_utc: datetime | None) -> None:
        known = times.setdefault(site, {})
        if at_utc is not None:
            known[step] = min(known.get(step, at_utc), at_utc)

    for site in sites:
        first(site.site_id, Step.LEAD, site.proposed_utc)
        for review in site.reviews:
            if review.status is SiteStatus.CONFIRMED:
                first(site.site_id, Step.CONFIRMED, review.reviewed_utc)
    for release in releases:
        first(release.proposal.site_id, Step.RELEASED, release.built_utc)
    for receipt in receipts:
        first(_site_of(receipt.release_id, site_of), Step.RECEIVED, receipt.received_utc)
    for outcome in outcomes:
        site_id = _site_of(outcome.release_id, site_of)
        first(site_id, Step.ACTED, outcome.acted_utc)
        if outcome.finding is Finding.ACTIVE:
            first(site_id, Step.ACTIVE, outcome.acted_utc)
    return {site_id: known for site_id, known in times.items() if Step.LEAD in known}


def _site_of(release_id: ReleaseId, site_of: Mapping[ReleaseId, SiteId]) -> SiteId:
    try:
        return site_of[release_id]
    except KeyError as error:
        raise InputError(f"no release {release_id} among those the funnel is made of") from error


def _reached(times: LeadTimes) -> int:
    """How many steps in a row the lead has, from the first."""
    steps = tuple(Step)
    return next((number for number, step in enumerate(steps) if step not in times), len(steps))


def _skipped(leads: Iterable[LeadTimes], reached: Iterable[int]) -> dict[Step, int]:
    steps, found = tuple(Step), dict[Step, int]()
    for times, count in zip(leads, reached, strict=True):
        if any(step in times for step in steps[count:]):
            found[steps[count]] = found.get(steps[count], 0) + 1
    return found


def _count(step: Step, by_site: Mapping[SiteId, LeadTimes], reached: Mapping[SiteId, int]) -> StepCount:
    steps = tuple(Step)
    place = steps.index(step)
    here = [times for site, times in by_site.items() if reached[site] > place]
    timed = place > 0 and step is not Step.ACTIVE  # active is found at the visit: no time lies between
    waits_s = [(times[step] - times[steps[place - 1]]).total_seconds() for times in here] if timed else []
    forward_s = [wait for wait in waits_s if wait >= 0.0]
    return StepCount(
        step=step,
        count=len(here),
        median_s=median(forward_s) if forward_s else None,
        measured=len(forward_s),
        reason=None if forward_s else _no_median(step, here),
        out_of_order=len(waits_s) - len(forward_s),
    )


def _no_median(step: Step, here: Sequence[LeadTimes]) -> Reason:
    if not here:
        return Reason.NONE_CAME
    match step:
        case Step.LEAD:
            return Reason.FIRST
        case Step.ACTIVE:
            return Reason.SAME_VISIT
        case _:
            return Reason.OUT_OF_ORDER
