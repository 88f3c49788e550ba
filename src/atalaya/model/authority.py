"""What allows a look: a recorded instrument, the host nation's consent, and its limits."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shapely import MultiPolygon, Polygon

from atalaya.errors import InputError
from atalaya.model.identifiers import ActorId, AuthorityId
from atalaya.model.instants import require_aware


class Sensor(StrEnum):
    """What may look. Nothing here listens to or reads anybody."""

    EO_VIDEO = "eo-video"
    IR_VIDEO = "ir-video"
    SAR = "sar"


class RetentionClass(StrEnum):
    """How long what was collected may be kept."""

    TRANSIENT_30_DAYS = "transient-30-days"
    CASE_5_YEARS = "case-5-years"
    LEGAL_HOLD = "legal-hold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """The host nation's consent, as its own document says it."""

    reference: str
    granted_by: str
    granted_utc: datetime

    def __post_init__(self) -> None:
        if not self.reference.strip() or not self.granted_by.strip():
            raise InputError("host-nation consent needs a document reference and who granted it")
        require_aware("consent.granted_utc", self.granted_utc)


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """One recorded instrument under which collection is allowed.

    Args:
        area: lon, lat [deg] WGS 84; valid, not empty.
        valid_from_utc: first instant allowed.
        valid_until_utc: first instant no longer allowed.

    Raises:
        InputError: a field is empty, the area is not valid, or the window is empty.
    """

    authority_id: AuthorityId
    instrument: str
    issuing_body: str
    consent: Consent
    area: Polygon | MultiPolygon
    valid_from_utc: datetime
    valid_until_utc: datetime
    sensors: frozenset[Sensor]
    purpose: str
    retention: RetentionClass

    def __post_init__(self) -> None:
        for name in ("instrument", "issuing_body", "purpose"):
            if not str(getattr(self, name)).strip():
                raise InputError(f"authority {self.authority_id}: {name} is empty")
        require_area(f"authority {self.authority_id}", self.area)
        require_aware("valid_from_utc", self.valid_from_utc)
        require_aware("valid_until_utc", self.valid_until_utc)
        if not self.valid_from_utc < self.valid_until_utc:
            raise InputError(
                f"authority {self.authority_id}: the window is empty, "
                f"{self.valid_from_utc.isoformat()} to {self.valid_until_utc.isoformat()}"
            )
        if not self.sensors:
            raise InputError(f"authority {self.authority_id}: allows no sensor")


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspension:
    """A stop ordered by the host nation or the issuing body; holds until it is lifted."""

    authority_id: AuthorityId
    suspended_utc: datetime
    suspended_by: ActorId
    reason: str
    resumed_utc: datetime | None = None

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise InputError(f"suspension of {self.authority_id} needs a reason")
        require_aware("suspended_utc", self.suspended_utc)


def require_area(what: str, area: Polygon | MultiPolygon) -> None:
    """Refuse an area that is empty, invalid or outside lon -180..180, lat -90..90.

    Raises:
        InputError: as said.
    """
    if not isinstance(area, Polygon | MultiPolygon) or area.is_empty or not area.is_valid:
        raise InputError(f"{what}: area must be a valid, non-empty Polygon or MultiPolygon")
    west_deg, south_deg, east_deg, north_deg = area.bounds
    if west_deg < -180 or east_deg > 180 or south_deg < -90 or north_deg > 90:
        raise InputError(f"{what}: area must be lon, lat in degrees, got bounds {area.bounds}")
