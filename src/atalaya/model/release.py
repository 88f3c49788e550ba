"""Who may see what: proposals, the decision of two people, and what was built from it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from atalaya.errors import InputError
from atalaya.model.identifiers import ActorId, ContentHash, DossierId, RecipientId, ReleaseId, SiteId
from atalaya.model.instants import require_aware


class DossierField(StrEnum):
    """The parts of a dossier that a release can withhold, each absent from every file when withheld."""

    POSITION_EXACT = "position-exact"
    HEIGHT = "height"
    IMAGERY = "imagery"
    EVIDENCE = "evidence"
    PROBABILITY = "probability"
    TIMES = "times"
    PLATFORM = "platform"
    SENSOR = "sensor"
    REQUESTING_AGENCY = "requesting-agency"
    AUTHORITY = "authority"
    CUSTODY_CHAIN = "custody-chain"


class ReleaseStatus(StrEnum):
    """The life of a release."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    BUILT = "built"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A partner authority that may receive packages.

    Args:
        recipient_id: UUID. nation: ISO 3166-1 alpha-3. age_public_key: `age1…` (X25519).
    """

    recipient_id: RecipientId
    name: str
    nation: str
    age_public_key: str

    def __post_init__(self) -> None:
        if not self.name.strip() or len(self.nation) != 3:
            raise InputError(f"a recipient needs a name and an ISO 3166-1 alpha-3 nation: {self.name!r}")
        if not self.age_public_key.startswith("age1"):
            raise InputError(f"recipient {self.name}: an age public key starts with age1")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseProposal:
    """One person proposes to show one dossier, less the withheld fields, to one recipient."""

    release_id: ReleaseId
    dossier_id: DossierId
    site_id: SiteId
    recipient_id: RecipientId
    withheld: frozenset[DossierField]
    proposed_by: ActorId
    proposed_utc: datetime
    reason: str

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise InputError(f"release {self.release_id}: a proposal needs a reason")
        require_aware("proposed_utc", self.proposed_utc)


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A release as stored; `approved_*`, `package` and `revoked_*` fill up along its life."""

    proposal: ReleaseProposal
    status: ReleaseStatus
    approved_by: ActorId | None = None
    approved_utc: datetime | None = None
    package: ContentHash | None = None
    built_utc: datetime | None = None
    revoked_by: ActorId | None = None
    revoked_utc: datetime | None = None
    revoked_reason: str | None = None
