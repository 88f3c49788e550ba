"""See the sites and decide about them: the system proposes, a person decides, all on the record."""

from dataclasses import replace

from atalaya.app.context import Context, event
from atalaya.app.permission import require_permission
from atalaya.errors import InputError
from atalaya.governance.roles import Action
from atalaya.model.identifiers import SiteId
from atalaya.model.json_form import to_json
from atalaya.model.site import Review, Site, SiteStatus

REVIEW_STATUSES = (
    SiteStatus.CONFIRMED,
    SiteStatus.REJECTED,
    SiteStatus.INACTIVE,
    SiteStatus.DISMANTLED,
)
"""What a review may set; candidate and probable are the system's own proposals."""


def list_sites(context: Context, status: SiteStatus | None = None) -> tuple[Site, ...]:
    """All sites, or those with this status, the most probable first."""
    with context.store.transaction() as step:
        found = step.find(Site) if status is None else step.find(Site, status=status.value)
    return tuple(sorted(found, key=lambda site: (-site.candidate.probability, site.site_id)))


def show_site(context: Context, site_id: SiteId) -> Site:
    """One site.

    Raises:
        NotFoundError: no such site.
    """
    with context.store.transaction() as step:
        return step.get(Site, site_id)


def review_site(context: Context, site_id: SiteId, status: SiteStatus, reason: str) -> Site:
    """Record one person's decision about a site and give the site its status.

    Raises:
        NotPermittedError: the actor's role does not review; the refusal is on the record.
        NotFoundError: no such site.
        InputError: no reason, or a status that only the system proposes.
    """
    if status not in REVIEW_STATUSES:
        raise InputError(f"a review sets one of {', '.join(REVIEW_STATUSES)}; got {status}")
    action = _ACTIONS[status]
    require_permission(context, action, site_id)
    review = Review(
        site_id=site_id,
        status=status,
        reviewed_by=context.actor.actor_id,
        reviewed_utc=context.now(),
        reason=reason,
    )
    with context.store.transaction() as step:  # read and write in one step: no review is lost
        site = step.get(Site, site_id)
        body = {key: value for key, value in to_json(review).items() if key != "site_id"}
        body["former_status"] = site.status.value
        step.record(event(context, action, site_id, body))
        decided = replace(site, status=status, reviews=(*site.reviews, review))
        step.replace(decided)
    return decided


_ACTIONS = {
    SiteStatus.CONFIRMED: Action.REVIEW_CONFIRM,
    SiteStatus.REJECTED: Action.REVIEW_REJECT,
    SiteStatus.INACTIVE: Action.REVIEW_INACTIVE,
    SiteStatus.DISMANTLED: Action.REVIEW_DISMANTLED,
}
