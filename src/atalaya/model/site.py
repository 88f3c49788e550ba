"""A persistent place, why it is believed to be one, and what people decided about it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from atalaya.errors import InputError
from atalaya.model.ground import Position
from atalaya.model.identifiers import ActorId, SiteId, SortieId, SourceId
from atalaya.model.instants import require_aware


class SiteStatus(StrEnum):
    """The system proposes up to PROBABLE; only people set the others."""

    CANDIDATE = "candidate"
    PROBABLE = "probable"
    CONFIRMED = "confirmed"
    INACTIVE = "inactive"
    DISMANTLED = "dismantled"
    REJECTED = "rejected"


class SiteKind(StrEnum):
    """What sort of place; None on a site means that it cannot be told."""

    RURAL_CAMOUFLAGED = "rural-camouflaged"
    INDUSTRIAL = "industrial"
    URBAN = "urban"
    UNDERGROUND = "underground"
    MOBILE = "mobile"
    PILL_PRESS = "pill-press"
    STORAGE = "storage"
    DUMP = "dump"


class EvidenceKind(StrEnum):
    """The sorts of evidence; each has its wording in English and Spanish in `dossier`."""

    PRIOR = "prior"
    ANOMALY_SEEN = "anomaly-seen"
    ROOF_OR_TARP_SEEN = "roof-or-tarp-seen"
    DRUM_OR_TANK_SEEN = "drum-or-tank-seen"
    HOT_SPOT_SEEN = "hot-spot-seen"
    VEHICLES_NEAR = "vehicles-near"
    PERSISTENT = "persistent"
    LOOKED_AND_NOT_SEEN = "looked-and-not-seen"


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceItem:
    """One reason for or against, with its weight.

    Args:
        weight_bits: log2 likelihood ratio; positive speaks for a site.
        looks: how many looks it was drawn from.
        azimuths: from how many distinct 45-degree sectors it was seen.
        length_m, width_m: size on the ground where that is part of the evidence.
        frames: (source, frame_index) of the looks that show it best, best first.
    """

    kind: EvidenceKind
    weight_bits: float
    looks: int
    azimuths: int
    length_m: float | None = None
    width_m: float | None = None
    first_utc: datetime | None = None
    last_utc: datetime | None = None
    frames: tuple[tuple[SourceId, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One place from several looks, as fusion proposes it; it becomes a Site when it is stored.

    Args:
        probability: 0..1 that a site is here, against the stated background.
        probability_against: what the probability is stated against, in words.
        looks_possible: looks whose footprint covered the place; looks_seen: of them, with a detection.
    """

    position: Position
    probability: float
    probability_against: str
    kind: SiteKind | None
    evidence: tuple[EvidenceItem, ...]
    looks_possible: int
    looks_seen: int
    first_seen_utc: datetime
    last_seen_utc: datetime

    def __post_init__(self) -> None:
        if not 0.0 <= self.probability <= 1.0:
            raise InputError(f"probability must be 0 to 1, got {self.probability}")
        if not 0 <= self.looks_seen <= self.looks_possible:
            raise InputError(f"{self.looks_seen} looks seen of {self.looks_possible} possible")


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What one person decided about one site, and why.

    Raises:
        InputError: no reason given.
    """

    site_id: SiteId
    status: SiteStatus
    reviewed_by: ActorId
    reviewed_utc: datetime
    reason: str

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise InputError(f"a review of {self.site_id} needs a reason")
        require_aware("reviewed_utc", self.reviewed_utc)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A persistent place: the candidate it came from, its sorties, and its status now.

    Args:
        synthetic: made by the simulator; shown on every face of everything derived from it.
    """

    site_id: SiteId
    status: SiteStatus
    candidate: Candidate
    sorties: tuple[SortieId, ...]
    synthetic: bool
    proposed_utc: datetime
    reviews: tuple[Review, ...] = ()
