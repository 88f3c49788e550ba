"""Which role may do what. Nothing is allowed that is not in the table, whatever the action's name."""

from collections.abc import Mapping
from enum import StrEnum

from atalaya.errors import InputError, NotPermittedError
from atalaya.model.actor import Actor, Role


class Action(StrEnum):
    """Everything a role is asked for; the words are those of the ledger."""

    READ = "read"
    AUTHORITY_ADD = "authority.add"
    AUTHORITY_SUSPEND = "authority.suspend"
    AUTHORITY_RESUME = "authority.resume"
    SORTIE_OPEN = "sortie.open"
    SORTIE_CLOSE = "sortie.close"
    PLAN = "plan.make"
    TERRAIN_ADD = "terrain.add"
    TERRAIN_REMOVE = "terrain.remove"
    GEODATA_ADD = "geodata.add"
    INGEST = "source.ingest"
    CALIBRATE = "calibration.apply"
    DETECT = "detection.run"
    EVALUATE = "detection.evaluate"
    FUSE = "site.propose"
    REVIEW_CONFIRM = "review.confirm"
    REVIEW_REJECT = "review.reject"
    REVIEW_INACTIVE = "review.mark-inactive"
    REVIEW_DISMANTLED = "review.mark-dismantled"
    ORTHO_EXPORT = "ortho.export"
    DOSSIER_BUILD = "dossier.build"
    RECIPIENT_ADD = "recipient.add"
    RELEASE_PROPOSE = "release.propose"
    RELEASE_APPROVE = "release.approve"
    RELEASE_BUILD = "release.build"
    RELEASE_REVOKE = "release.revoke"
    RECEIPT_RECORD = "receipt.record"
    OUTCOME_RECORD = "outcome.record"
    LEDGER_HEAD = "ledger.head"


_MANAGER = Role.COLLECTION_MANAGER
_OPERATOR = Role.SENSOR_OPERATOR
_ANALYST = Role.IMAGERY_ANALYST
_RELEASER = Role.RELEASE_OFFICER
_LIAISON = Role.PARTNER_LIAISON
_AUDITOR = Role.OVERSIGHT_AUDITOR
_HOST = Role.HOST_NATION_OFFICER
_SYSTEM = Role.SYSTEM

ALLOWED: Mapping[Action, frozenset[Role]] = {
    Action.READ: frozenset(Role),
    Action.AUTHORITY_ADD: frozenset({_MANAGER}),
    Action.AUTHORITY_SUSPEND: frozenset({_MANAGER, _HOST}),
    Action.AUTHORITY_RESUME: frozenset({_MANAGER, _HOST}),
    Action.SORTIE_OPEN: frozenset({_MANAGER}),
    Action.SORTIE_CLOSE: frozenset({_MANAGER, _OPERATOR}),
    Action.PLAN: frozenset({_MANAGER, _ANALYST}),
    Action.TERRAIN_ADD: frozenset({_MANAGER, _OPERATOR, _ANALYST}),
    Action.TERRAIN_REMOVE: frozenset({_MANAGER, _OPERATOR, _ANALYST}),
    Action.GEODATA_ADD: frozenset({_MANAGER, _OPERATOR, _ANALYST}),
    Action.INGEST: frozenset({_OPERATOR, _ANALYST}),
    Action.CALIBRATE: frozenset({_OPERATOR, _ANALYST}),
    Action.DETECT: frozenset({_OPERATOR, _ANALYST, _SYSTEM}),
    Action.EVALUATE: frozenset({_OPERATOR, _ANALYST, _AUDITOR}),
    Action.FUSE: frozenset({_OPERATOR, _ANALYST, _SYSTEM}),
    Action.REVIEW_CONFIRM: frozenset({_ANALYST}),
    Action.REVIEW_REJECT: frozenset({_ANALYST}),
    Action.REVIEW_INACTIVE: frozenset({_ANALYST}),
    Action.REVIEW_DISMANTLED: frozenset({_ANALYST}),
    Action.ORTHO_EXPORT: frozenset({_ANALYST, _RELEASER}),
    Action.DOSSIER_BUILD: frozenset({_ANALYST, _RELEASER}),
    Action.RECIPIENT_ADD: frozenset({_RELEASER, _LIAISON}),
    Action.RELEASE_PROPOSE: frozenset({_ANALYST, _RELEASER}),
    Action.RELEASE_APPROVE: frozenset({_RELEASER}),
    Action.RELEASE_BUILD: frozenset({_RELEASER}),
    Action.RELEASE_REVOKE: frozenset({_RELEASER, _HOST}),
    Action.RECEIPT_RECORD: frozenset({_LIAISON}),
    Action.OUTCOME_RECORD: frozenset({_LIAISON}),
    Action.LEDGER_HEAD: frozenset(Role),
}
"""The roles of each action. The system decides nothing: it only carries out what a user ordered."""


def require_role(actor: Actor, action: str) -> None:
    """Refuse an actor whose role may not do this.

    Args:
        actor: account and role it acts in.
        action: an `Action` or its word.

    Raises:
        NotPermittedError: the role may not; the message names the roles that may.
        InputError: no such action.
    """
    try:
        known = Action(action)
    except ValueError as error:
        raise InputError(f"no such action: {action!r}") from error
    if actor.role not in ALLOWED[known]:
        allowed = ", ".join(sorted(ALLOWED[known]))
        raise NotPermittedError(f"{known} is for {allowed}; {actor.actor_id} acts as {actor.role}")
