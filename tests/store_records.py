"""One record of every kind the store keeps, for the tests of whatever keeps or shows them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from shapely import MultiPolygon, box

from atalaya.model.actor import Actor, Role
from atalaya.model.authority import Authority, Consent, RetentionClass, Sensor, Suspension
from atalaya.model.custody import AuditEvent, Derivative, TreeHead
from atalaya.model.dossier import DossierFile, DossierRecord
from atalaya.model.feedback import Finding, Outcome, Receipt, Seizure, Substance, Unit
from atalaya.model.ground import Position
from atalaya.model.identifiers import (
    ActorId,
    AuthorityId,
    ContentHash,
    DossierId,
    OutcomeId,
    ReceiptId,
    RecipientId,
    ReleaseId,
    SiteId,
    SortieId,
    SourceId,
)
from atalaya.model.release import DossierField, Recipient, Release, ReleaseProposal, ReleaseStatus
from atalaya.model.site import Candidate, EvidenceItem, EvidenceKind, Site, SiteStatus
from atalaya.model.sortie import CostLine, Payload, Sortie, UnarmedAttestation
from atalaya.model.source import CutRange, SourceFormat, SourceRecord

NOW = datetime(2026, 11, 22, 10, 0, 0, 123456, tzinfo=UTC)
ACTOR = Actor(ActorId("María Ñ. 調"), Role.COLLECTION_MANAGER)
HASH = "ab" * 32


def an_event(subject: str = "x", **body) -> AuditEvent:
    return AuditEvent(at_utc=NOW, actor=ACTOR, action="test.write", subject=subject, body=body)


def an_authority(name: str = "AUT-1") -> Authority:
    return Authority(
        authority_id=AuthorityId(name),
        instrument="Acuerdo «núm. 7» \u0000\U0001f6f0",
        issuing_body="Órgano emisor",
        consent=Consent(reference="NV-9", granted_by="SRE", granted_utc=NOW),
        area=MultiPolygon([box(-108, 24, -107, 25), box(-106, 24, -105, 25)]),
        valid_from_utc=NOW,
        valid_until_utc=NOW + timedelta(days=9),
        sensors=frozenset({Sensor.IR_VIDEO, Sensor.EO_VIDEO}),
        purpose="búsqueda",
        retention=RetentionClass.CASE_5_YEARS,
    )


def a_sortie(name: str = "SOR-1", authority: str = "AUT-1") -> Sortie:
    return Sortie(
        sortie_id=SortieId(name),
        authority_id=AuthorityId(authority),
        requesting_agency="agency",
        supported_partner="partner",
        platform_pseudonym="HERON-GREY",
        payloads=(Payload(name="turret", sensor=Sensor.EO_VIDEO), Payload(name="beacon", sensor=None)),
        attestation=UnarmedAttestation(attested_by=ACTOR.actor_id, attested_utc=NOW, statement="unarmed"),
        cost_lines=(CostLine(label="hour", amount=Decimal("1234.50"), currency="USD"),),
        area=box(-108, 24, -107, 25),
        window_from_utc=NOW,
        window_until_utc=NOW + timedelta(hours=5),
        opened_utc=NOW,
    )


def a_site(name: str = "SIT-1") -> Site:
    candidate = Candidate(
        position=Position(
            lon_deg=-107.123456789012345,
            lat_deg=24.1,
            hae_m=None,
            covariance_m2=((4.0, 0.1), (0.1, 9.0)),
            ce90_m=5.5,
            le90_m=None,
        ),
        probability=0.1 + 0.2,
        probability_against="open ground",
        kind=None,
        evidence=(
            EvidenceItem(
                kind=EvidenceKind.PRIOR, weight_bits=-6.5, looks=0, azimuths=0, frames=((SourceId(HASH), 7),)
            ),
        ),
        looks_possible=9,
        looks_seen=4,
        first_seen_utc=NOW,
        last_seen_utc=NOW,
    )
    return Site(
        site_id=SiteId(name),
        status=SiteStatus.CANDIDATE,
        candidate=candidate,
        sorties=(SortieId("SOR-1"),),
        synthetic=True,
        proposed_utc=NOW,
    )


def a_release(name: str = "REL-1") -> Release:
    proposal = ReleaseProposal(
        release_id=ReleaseId(name),
        dossier_id=DossierId("DOS-1"),
        site_id=SiteId("SIT-1"),
        recipient_id=RecipientId("7d444840-9dc0-11d1-b245-5ffdce74fad2"),
        withheld=frozenset({DossierField.SENSOR, DossierField.HEIGHT}),
        proposed_by=ACTOR.actor_id,
        proposed_utc=NOW,
        reason="lead",
    )
    return Release(proposal=proposal, status=ReleaseStatus.PROPOSED)


def every_kind() -> list[tuple[object, str]]:
    """One record of each kind with its identity, in an order that satisfies the references."""
    return [
        (an_authority(), "AUT-1"),
        (
            Suspension(
                authority_id=AuthorityId("AUT-1"),
                suspended_utc=NOW,
                suspended_by=ACTOR.actor_id,
                reason="alto",
            ),
            "AUT-1@2026-11-22T10:00:00.123456Z",
        ),
        (a_sortie(), "SOR-1"),
        (
            SourceRecord(
                source_id=SourceId(HASH),
                sortie_id=SortieId("SOR-1"),
                name="vuelo.ts",
                format=SourceFormat.MPEG_TS,
                length=2**40,
                kept=None,
                cuts=(CutRange(offset=0, length=188, reason="outside-area"),),
                packets=277,
                packets_checksum_ok=277,
                frames_kept=0,
                frames_dropped=277,
                has_video=True,
                synthetic=False,
                ingested_utc=NOW,
            ),
            f"{HASH}@SOR-1",
        ),
        (a_site(), "SIT-1"),
        (
            Derivative(
                content=ContentHash(HASH),
                media_type="image/jpeg",
                inputs=(ContentHash("cd" * 32),),
                transformation="atalaya.dossier.picture",
                parameters={"gsd_m": 0.15, "names": ["a", None], "deep": {"on": True}},
                code_version="0.1.0",
                made_utc=NOW,
            ),
            f"{HASH}:atalaya.dossier.picture",
        ),
        (
            DossierRecord(
                dossier_id=DossierId("DOS-1"),
                site_id=SiteId("SIT-1"),
                built_utc=NOW,
                synthetic=True,
                case_file=ContentHash(HASH),
                files=(
                    DossierFile(
                        name="caso.pdf", media_type="application/pdf", content=ContentHash(HASH), length=1
                    ),
                ),
            ),
            "DOS-1",
        ),
        (
            Recipient(
                recipient_id=RecipientId("7d444840-9dc0-11d1-b245-5ffdce74fad2"),
                name="FGR",
                nation="MEX",
                age_public_key="age1x",
            ),
            "7d444840-9dc0-11d1-b245-5ffdce74fad2",
        ),
        (a_release(), "REL-1"),
        (
            Receipt(
                receipt_id=ReceiptId("REC-1"),
                release_id=ReleaseId("REL-1"),
                received_utc=NOW,
                recorded_utc=NOW,
                recorded_by=ACTOR.actor_id,
                reference="oficio 12",
            ),
            "REC-1",
        ),
        (
            Outcome(
                outcome_id=OutcomeId("OUT-1"),
                release_id=ReleaseId("REL-1"),
                site_id=SiteId("SIT-1"),
                finding=Finding.ACTIVE,
                acted_utc=NOW,
                seizures=(
                    Seizure(
                        substance=Substance.FENTANYL,
                        form="pills",
                        value=Decimal(629138),
                        unit=Unit.PILL,
                        qualifier="nearly",
                        confirmed=False,
                    ),
                ),
                source="https://example.invalid/x",
                remarks="",
                recorded_utc=NOW,
                recorded_by=ACTOR.actor_id,
            ),
            "OUT-1",
        ),
    ]


def a_head(size: int = 1) -> TreeHead:
    return TreeHead(
        origin="atalaya.example/ñ", size=size, root_hash=HASH, at_utc=NOW, key_id="k", signature="a..b"
    )
