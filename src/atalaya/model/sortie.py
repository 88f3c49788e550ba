"""One flight under one authority: what flew, for whom, unarmed, and at what cost."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from shapely import MultiPolygon, Polygon

from atalaya.errors import InputError
from atalaya.model.authority import Sensor, require_area
from atalaya.model.identifiers import ActorId, AuthorityId, SortieId
from atalaya.model.instants import require_aware


class SortieStatus(StrEnum):
    """A sortie is opened once and closed once."""

    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """One thing the aircraft carries: a sensor, or a named aid that looks at nothing (`sensor` None)."""

    name: str
    sensor: Sensor | None

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise InputError("a payload needs a name")


@dataclass(frozen=True, slots=True, kw_only=True)
class UnarmedAttestation:
    """Somebody accountable states that the payload list is complete and nothing on it can harm."""

    attested_by: ActorId
    attested_utc: datetime
    statement: str

    def __post_init__(self) -> None:
        if not self.statement.strip():
            raise InputError("the unarmed attestation needs its statement in words")
        require_aware("attested_utc", self.attested_utc)


@dataclass(frozen=True, slots=True, kw_only=True)
class CostLine:
    """One line of what the sortie cost, in the currency it was paid in."""

    label: str
    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not self.label.strip() or len(self.currency) != 3 or not self.amount.is_finite():
            raise InputError(f"cost line needs a label, an amount and an ISO 4217 code: {self}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sortie:
    """One flight, opened only with a permit (`governance.collection_gate`).

    Args:
        area: the part of the authority's area this sortie may look at, lon, lat [deg].
        platform_pseudonym: stable name that does not give the tail number away.

    Raises:
        InputError: an empty field, an empty payload list, an invalid area or window.
    """

    sortie_id: SortieId
    authority_id: AuthorityId
    requesting_agency: str
    supported_partner: str
    platform_pseudonym: str
    payloads: tuple[Payload, ...]
    attestation: UnarmedAttestation
    cost_lines: tuple[CostLine, ...]
    area: Polygon | MultiPolygon
    window_from_utc: datetime
    window_until_utc: datetime
    opened_utc: datetime
    status: SortieStatus = SortieStatus.OPEN
    closed_utc: datetime | None = None

    def __post_init__(self) -> None:
        for name in ("requesting_agency", "supported_partner", "platform_pseudonym"):
            if not str(getattr(self, name)).strip():
                raise InputError(f"sortie {self.sortie_id}: {name} is empty")
        if not self.payloads:
            raise InputError(f"sortie {self.sortie_id}: the payload list is empty")
        require_area(f"sortie {self.sortie_id}", self.area)
        for name in ("window_from_utc", "window_until_utc", "opened_utc"):
            require_aware(name, getattr(self, name))
        if not self.window_from_utc < self.window_until_utc:
            raise InputError(f"sortie {self.sortie_id}: the window is empty")
