"""What one reader may see of a dossier; every paper is rendered from this and from nothing else.

A withheld part is None or empty here, so it cannot reach any file. The charter statement, the payload
list and the unarmed attestation can never be withheld.
"""

from dataclasses import dataclass
from datetime import datetime

from atalaya.model.authority import Authority
from atalaya.model.custody import Derivative, LedgerEntry, TreeHead
from atalaya.model.dossier import EvidencePicture
from atalaya.model.ground import Position
from atalaya.model.identifiers import DossierId, ReleaseId, SiteId, SortieId
from atalaya.model.site import EvidenceItem, Review, SiteKind, SiteStatus
from atalaya.model.sortie import Payload, UnarmedAttestation
from atalaya.model.source import SourceRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class LookGeometry:
    """From where one picture was taken; withheld with the sensor."""

    look_azimuth_deg: float
    slant_range_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewPicture:
    """One picture of the view; `at_utc` and `geometry` are None where withheld."""

    picture: EvidencePicture
    at_utc: datetime | None
    geometry: LookGeometry | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustodyChain:
    """Originals, derivatives, the ledger entries the case rests on and the signed head over them."""

    sources: tuple[SourceRecord, ...]
    derivatives: tuple[Derivative, ...]
    entries: tuple[LedgerEntry, ...]
    head: TreeHead


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """A dossier less what is withheld.

    Args:
        release_id: None for the unreleased dossier itself.
        recipient_name: whom this copy is for; None for the unreleased dossier.
        position: None where the exact position is withheld; hae_m inside is None where height is.
        footprints_lon_lat: empty where the exact position is withheld.
    """

    dossier_id: DossierId
    site_id: SiteId
    sortie_id: SortieId
    release_id: ReleaseId | None
    recipient_name: str | None
    synthetic: bool
    built_utc: datetime
    status: SiteStatus
    kind: SiteKind | None
    payloads: tuple[Payload, ...]
    attestation: UnarmedAttestation
    supported_partner: str
    position: Position | None
    probability: float | None
    probability_against: str | None
    evidence: tuple[EvidenceItem, ...]
    looks_possible: int | None
    looks_seen: int | None
    first_seen_utc: datetime | None
    last_seen_utc: datetime | None
    reviews: tuple[Review, ...]
    pictures: tuple[ViewPicture, ...]
    footprints_lon_lat: tuple[tuple[tuple[float, float], ...], ...]
    platform_pseudonym: str | None
    requesting_agency: str | None
    authority: Authority | None
    custody: CustodyChain | None
