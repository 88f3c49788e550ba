"""What the partner answers: receipt, what was found, what was seized — as given, then converted."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from atalaya.errors import InputError
from atalaya.model.identifiers import ActorId, OutcomeId, ReceiptId, ReleaseId, SiteId
from atalaya.model.instants import require_aware


class Finding(StrEnum):
    """What the partner found at the place."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    NOTHING_FOUND = "nothing-found"
    NOT_VISITED = "not-visited"


class Substance(StrEnum):
    """Named by the partner after the fact; never asserted from the air."""

    FENTANYL = "fentanyl"
    METHAMPHETAMINE = "methamphetamine"
    PRECURSOR = "precursor"
    OTHER = "other"


class Unit(StrEnum):
    """Units as partners write them."""

    GRAM = "g"
    KILOGRAM = "kg"
    TONNE = "t"
    POUND = "lb"
    OUNCE = "oz"
    LITRE = "L"
    PILL = "pill"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seizure:
    """One line of what was seized, exactly as the source gives it.

    Args:
        value: the number as written; kept as a decimal so that nothing is rounded.
        form: `powder`, `pills`, `liquid`, … as the source says, or empty.
        qualifier: `nearly`, `presumed`, `about`, … as the source says, or empty.
        confirmed: True only where a forensic result says so.
    """

    substance: Substance
    form: str
    value: Decimal
    unit: Unit
    qualifier: str
    confirmed: bool

    def __post_init__(self) -> None:
        if not self.value.is_finite() or self.value < 0:
            raise InputError(f"a seizure needs a finite value >= 0, got {self.value} {self.unit}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The recipient's word that the package arrived and opened."""

    receipt_id: ReceiptId
    release_id: ReleaseId
    received_utc: datetime
    recorded_utc: datetime
    recorded_by: ActorId
    reference: str

    def __post_init__(self) -> None:
        require_aware("received_utc", self.received_utc)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What happened at the place, linked to the release that led there.

    Args:
        acted_utc: when the partner went; None where the place was not visited.
        source: document or URL the outcome was taken from.
    """

    outcome_id: OutcomeId
    release_id: ReleaseId
    site_id: SiteId
    finding: Finding
    acted_utc: datetime | None
    seizures: tuple[Seizure, ...]
    source: str
    remarks: str
    recorded_utc: datetime
    recorded_by: ActorId

    def __post_init__(self) -> None:
        if self.finding is Finding.NOT_VISITED and (self.acted_utc or self.seizures):
            raise InputError("an outcome 'not visited' has no action time and no seizures")
        if self.finding is not Finding.NOT_VISITED and self.acted_utc is None:
            raise InputError(f"an outcome '{self.finding}' needs the time of the visit")
