"""Record what allows a look, and stop it at once: add, list, suspend and resume authorities."""

from dataclasses import dataclass, replace

from atalaya.app.context import Context, commit, refuse
from atalaya.app.permission import require_permission
from atalaya.app.ports import Transaction
from atalaya.custody.canonical import canonical_json
from atalaya.custody.hashing import content_hash
from atalaya.errors import InputError, NotFoundError
from atalaya.governance.roles import Action
from atalaya.model.actor import Role
from atalaya.model.authority import Authority, Suspension
from atalaya.model.custody import Json
from atalaya.model.identifiers import AuthorityId
from atalaya.model.instants import isoformat_z
from atalaya.model.json_form import to_json


@dataclass(frozen=True, slots=True)
class AuthorityState:
    """An authority and the suspension that holds now, if any."""

    authority: Authority
    suspension: Suspension | None


def add_authority(context: Context, authority: Authority) -> Authority:
    """Record one instrument; its id is minted by the caller (`context.mint("AUT")`).

    Raises:
        NotPermittedError: the role may not; on the record.
        InputError: the id is taken.
        ExternalError: it could not be recorded.
    """
    require_permission(context, Action.AUTHORITY_ADD, authority.authority_id)
    body: dict[str, Json] = {
        "instrument": authority.instrument,
        "issuing_body": authority.issuing_body,
        "consent": authority.consent.reference,
        "valid_from_utc": isoformat_z(authority.valid_from_utc),
        "valid_until_utc": isoformat_z(authority.valid_until_utc),
        "sensors": [sensor.value for sensor in sorted(authority.sensors)],
        "retention": authority.retention.value,
        "record_sha256": record_hash(authority),
    }
    commit(context, Action.AUTHORITY_ADD, authority.authority_id, body, lambda step: step.add(authority))
    return authority


def list_authorities(context: Context) -> tuple[AuthorityState, ...]:
    """All authorities in the order they were recorded."""
    with context.store.transaction() as step:
        return tuple(
            AuthorityState(authority, _open_suspension(step, authority.authority_id))
            for authority in step.find(Authority)
        )


def suspend_authority(context: Context, authority_id: AuthorityId, reason: str) -> Suspension:
    """Stop everything under an authority, from now until it is resumed.

    Raises:
        NotPermittedError: the role may not; on the record.
        NotFoundError: no such authority. InputError: no reason, or it is suspended already.
        ExternalError: it could not be recorded.
    """
    require_permission(context, Action.AUTHORITY_SUSPEND, authority_id)
    suspension = Suspension(
        authority_id=authority_id,
        suspended_utc=context.now(),
        suspended_by=context.actor.actor_id,
        reason=reason,
    )

    def suspend(step: Transaction) -> None:
        """Look again under the ledger's lock, then stop.

        Raises:
            NotFoundError: no such authority. InputError: it is suspended already.
        """
        step.get(Authority, authority_id)
        earlier = _open_suspension(step, authority_id)
        if earlier is not None:
            raise InputError(f"{authority_id} is suspended since {isoformat_z(earlier.suspended_utc)}")
        step.add(suspension)

    commit(context, Action.AUTHORITY_SUSPEND, authority_id, {"reason": reason}, suspend)
    return suspension


def resume_authority(context: Context, authority_id: AuthorityId, reason: str) -> Suspension:
    """Lift the suspension: for the account that ordered it, or an officer of the host nation.

    Raises:
        NotPermittedError: the role may not, or somebody else ordered the stop; on the record.
        NotFoundError: the authority is not suspended. InputError: no reason.
        ExternalError: it could not be recorded.
    """
    require_permission(context, Action.AUTHORITY_RESUME, authority_id)
    if not reason.strip():
        raise InputError(f"resuming {authority_id} needs a reason")
    with context.store.transaction() as step:
        held = _open_suspension(step, authority_id)
    if held is None:
        raise NotFoundError(f"{authority_id} is not suspended")
    if context.actor.role is not Role.HOST_NATION_OFFICER and context.actor.actor_id != held.suspended_by:
        stop = f"{held.suspended_by} suspended it: that account or a host-nation officer resumes it"
        refuse(context, "authority.refuse", authority_id, [stop])
    lifted = replace(held, resumed_utc=max(context.now(), held.suspended_utc))
    body: dict[str, Json] = {"reason": reason, "suspended_utc": isoformat_z(held.suspended_utc)}

    def resume(step: Transaction) -> None:
        """Look again under the ledger's lock, then lift.

        Raises:
            InputError: the suspension is no longer the one that was read.
        """
        if _open_suspension(step, authority_id) != held:
            raise InputError(f"the suspension of {authority_id} changed meanwhile; look again")
        step.replace(lifted)

    commit(context, Action.AUTHORITY_RESUME, authority_id, body, resume)
    return lifted


def record_hash(record: object) -> str:
    """SHA-256 of the canonical JSON of a record: the ledger names it and keeps its contents out."""
    return content_hash(canonical_json(to_json(record)))


def _open_suspension(step: Transaction, authority_id: AuthorityId) -> Suspension | None:
    found = step.find(Suspension, authority_id=authority_id)
    return next((stop for stop in found if stop.resumed_utc is None), None)
