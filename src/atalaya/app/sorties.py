"""Open, close and show sorties: no permit, no sortie, and each refusal is kept with its reasons."""

from dataclasses import dataclass, replace
from datetime import datetime

from shapely import MultiPolygon, Polygon

from atalaya.app.authorities import record_hash
from atalaya.app.context import Context, event, refuse
from atalaya.app.permission import require_permission
from atalaya.app.ports import Transaction
from atalaya.errors import InputError
from atalaya.governance.collection_gate import CollectionRequest, Permit, Refusal, decide
from atalaya.governance.roles import Action
from atalaya.model.authority import Authority, Sensor, Suspension
from atalaya.model.custody import Json
from atalaya.model.identifiers import AuthorityId, SortieId
from atalaya.model.instants import isoformat_z
from atalaya.model.sortie import CostLine, Payload, Sortie, SortieStatus, UnarmedAttestation


@dataclass(frozen=True, slots=True, kw_only=True)
class SortieRequest:
    """What somebody wants to fly, before anybody allowed it.

    Args:
        authority_id: only under this one; None: under the first that allows it.
        attestation: the unarmed statement in the words of the actor who opens the sortie.
        area: lon, lat [deg].
        window_from_utc, window_until_utc: first instant wanted, first instant no longer wanted.
    """

    requesting_agency: str
    supported_partner: str
    platform_pseudonym: str
    payloads: tuple[Payload, ...]
    attestation: str
    area: Polygon | MultiPolygon
    window_from_utc: datetime
    window_until_utc: datetime
    cost_lines: tuple[CostLine, ...] = ()
    authority_id: AuthorityId | None = None


def open_sortie(context: Context, wanted: SortieRequest) -> Sortie:
    """Open a sortie under the authority that allows all of it.

    Raises:
        NotPermittedError: the role may not, or no authority allows it; on the record with all reasons.
        InputError: a field is empty, no payload, no sensor, no unarmed statement.
        ExternalError: it could not be recorded.
    """
    sortie_id, now = SortieId(context.mint("SOR")), context.now()
    require_permission(context, Action.SORTIE_OPEN, sortie_id)
    attestation = UnarmedAttestation(
        attested_by=context.actor.actor_id, attested_utc=now, statement=wanted.attestation
    )
    request = _collection_request(
        wanted.area, wanted.window_from_utc, wanted.window_until_utc, wanted.payloads, now
    )
    with context.store.transaction() as step:  # a suspension that comes meanwhile undoes the step
        answer = _decide(step, request, wanted.authority_id)
        if isinstance(answer, Permit):
            sortie = _sortie(sortie_id, answer, wanted, attestation, now)
            step.record(event(context, Action.SORTIE_OPEN, sortie_id, _facts(sortie)))
            step.add(sortie)
            return sortie
    return refuse(context, "sortie.refuse", sortie_id, answer.reasons)


def close_sortie(context: Context, sortie_id: SortieId) -> Sortie:
    """Close a sortie; nothing is ingested under it any more.

    Raises:
        NotPermittedError: the role may not; on the record.
        NotFoundError: no such sortie. InputError: it is closed already.
        ExternalError: it could not be recorded.
    """
    require_permission(context, Action.SORTIE_CLOSE, sortie_id)
    with context.store.transaction() as step:
        sortie = step.get(Sortie, sortie_id)
        if sortie.status is SortieStatus.CLOSED:
            raise InputError(f"sortie {sortie_id} is closed already")
        closed = replace(sortie, status=SortieStatus.CLOSED, closed_utc=context.now())
        step.record(event(context, Action.SORTIE_CLOSE, sortie_id, {"authority_id": sortie.authority_id}))
        step.replace(closed)
    return closed


def show_sortie(context: Context, sortie_id: SortieId) -> Sortie:
    """One sortie.

    Raises:
        NotFoundError: no such sortie.
    """
    with context.store.transaction() as step:
        return step.get(Sortie, sortie_id)


def list_sorties(context: Context, status: SortieStatus | None = None) -> tuple[Sortie, ...]:
    """All sorties, or those with this status, in the order they were opened."""
    with context.store.transaction() as step:
        return step.find(Sortie) if status is None else step.find(Sortie, status=status.value)


def permit_of(step: Transaction, sortie: Sortie, at_utc: datetime) -> Permit | Refusal:
    """The permit a sortie has now, decided afresh: what work under it must ask for first."""
    request = _collection_request(
        sortie.area, sortie.window_from_utc, sortie.window_until_utc, sortie.payloads, at_utc
    )
    return _decide(step, request, sortie.authority_id)


def _collection_request(
    area: Polygon | MultiPolygon,
    window_from_utc: datetime,
    window_until_utc: datetime,
    payloads: tuple[Payload, ...],
    at_utc: datetime,
) -> CollectionRequest:
    return CollectionRequest(
        area=area,
        window_from_utc=window_from_utc,
        window_until_utc=window_until_utc,
        sensors=_sensors(payloads),
        at_utc=at_utc,
    )


def _sensors(payloads: tuple[Payload, ...]) -> frozenset[Sensor]:
    return frozenset(payload.sensor for payload in payloads if payload.sensor is not None)


def _decide(
    step: Transaction, request: CollectionRequest, authority_id: AuthorityId | None
) -> Permit | Refusal:
    authorities = step.find(Authority) if authority_id is None else (step.get(Authority, authority_id),)
    return decide(request, authorities, step.find(Suspension))


def _sortie(
    sortie_id: SortieId,
    permit: Permit,
    wanted: SortieRequest,
    attestation: UnarmedAttestation,
    now: datetime,
) -> Sortie:
    return Sortie(
        sortie_id=sortie_id,
        authority_id=permit.authority_id,
        requesting_agency=wanted.requesting_agency,
        supported_partner=wanted.supported_partner,
        platform_pseudonym=wanted.platform_pseudonym,
        payloads=wanted.payloads,
        attestation=attestation,
        cost_lines=wanted.cost_lines,
        area=permit.area,
        window_from_utc=permit.window_from_utc,
        window_until_utc=permit.window_until_utc,
        opened_utc=now,
    )


def _facts(sortie: Sortie) -> dict[str, Json]:
    return {
        "authority_id": sortie.authority_id,
        "window_from_utc": isoformat_z(sortie.window_from_utc),
        "window_until_utc": isoformat_z(sortie.window_until_utc),
        "payloads": [payload.name for payload in sortie.payloads],
        "sensors": [sensor.value for sensor in sorted(_sensors(sortie.payloads))],
        "unarmed_statement": sortie.attestation.statement,
        "record_sha256": record_hash(sortie),
    }
