"""One made-up case, complete in every part, that the tests of the papers share."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from shapely import box

from atalaya.model.authority import Authority, Consent, RetentionClass, Sensor
from atalaya.model.case_view import CaseView, CustodyChain, LookGeometry, ViewPicture
from atalaya.model.custody import Derivative, LedgerEntry, TreeHead
from atalaya.model.dossier import Dossier, EvidencePicture
from atalaya.model.ground import Position
from atalaya.model.identifiers import (
    ActorId,
    AuthorityId,
    ContentHash,
    DossierId,
    ReleaseId,
    SiteId,
    SortieId,
    SourceId,
)
from atalaya.model.site import Candidate, EvidenceItem, EvidenceKind, Review, Site, SiteKind, SiteStatus
from atalaya.model.sortie import Payload, Sortie, UnarmedAttestation
from atalaya.model.source import SourceFormat, SourceRecord

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
FLOWN = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
SOURCE = SourceId("5a" * 32)
LON, LAT = -107.1, 24.9


def position() -> Position:
    return Position(
        lon_deg=LON,
        lat_deg=LAT,
        hae_m=1234.5,
        covariance_m2=((36.0, 12.0), (12.0, 25.0)),
        ce90_m=12.4,
        le90_m=8.2,
    )


def evidence() -> tuple[EvidenceItem, ...]:
    return (
        EvidenceItem(kind=EvidenceKind.PRIOR, weight_bits=-9.2, looks=0, azimuths=0),
        EvidenceItem(
            kind=EvidenceKind.ROOF_OR_TARP_SEEN,
            weight_bits=6.1,
            looks=14,
            azimuths=5,
            length_m=6.0,
            width_m=4.0,
            first_utc=FLOWN,
            last_utc=FLOWN + timedelta(minutes=9),
            frames=((SOURCE, 12), (SOURCE, 40)),
        ),
        EvidenceItem(
            kind=EvidenceKind.ANOMALY_SEEN, weight_bits=4.1, looks=11, azimuths=4, frames=((SOURCE, 12),)
        ),
        EvidenceItem(kind=EvidenceKind.PERSISTENT, weight_bits=3.3, looks=14, azimuths=5),
        EvidenceItem(kind=EvidenceKind.VEHICLES_NEAR, weight_bits=1.4, looks=3, azimuths=1),
        EvidenceItem(kind=EvidenceKind.LOOKED_AND_NOT_SEEN, weight_bits=-0.7, looks=4, azimuths=2),
    )


def site() -> Site:
    site_id = SiteId("SIT-0001")
    candidate = Candidate(
        position=position(),
        probability=0.969,
        probability_against="against an innocent object that the detector also marks; before looking "
        "0.05 sites and 30 such objects per km2",
        kind=SiteKind.RURAL_CAMOUFLAGED,
        evidence=evidence(),
        looks_possible=18,
        looks_seen=14,
        first_seen_utc=FLOWN,
        last_seen_utc=FLOWN + timedelta(minutes=9),
    )
    review = Review(
        site_id=site_id,
        status=SiteStatus.CONFIRMED,
        reviewed_by=ActorId("analyst-7"),
        reviewed_utc=FLOWN + timedelta(hours=5),
        reason="Tarpaulin with a straight edge in five directions; fresh vehicle track.",
    )
    return Site(
        site_id=site_id,
        status=SiteStatus.CONFIRMED,
        candidate=candidate,
        sorties=(SortieId("SOR-0001"),),
        synthetic=True,
        proposed_utc=FLOWN + timedelta(hours=4),
        reviews=(review,),
    )


def authority() -> Authority:
    return Authority(
        authority_id=AuthorityId("AUT-0001"),
        instrument="Acuerdo de cooperación 2026-014",
        issuing_body="Secretaría de demostración",
        consent=Consent(
            reference="MX-2026-007",
            granted_by="Autoridad anfitriona (demo)",
            granted_utc=FLOWN - timedelta(days=9),
        ),
        area=box(-107.3, 24.7, -106.9, 25.1),
        valid_from_utc=FLOWN - timedelta(days=5),
        valid_until_utc=FLOWN + timedelta(days=30),
        sensors=frozenset({Sensor.EO_VIDEO}),
        purpose="Detección de laboratorios clandestinos",
        retention=RetentionClass.CASE_5_YEARS,
    )


def sortie() -> Sortie:
    return Sortie(
        sortie_id=SortieId("SOR-0001"),
        authority_id=AuthorityId("AUT-0001"),
        requesting_agency="Agencia solicitante de demostración",
        supported_partner="Fiscalía de demostración",
        platform_pseudonym="GAVILAN-3",
        payloads=(
            Payload(name="EO/IR turret", sensor=Sensor.EO_VIDEO),
            Payload(name="GNSS/INS", sensor=None),
        ),
        attestation=UnarmedAttestation(
            attested_by=ActorId("operator-2"),
            attested_utc=FLOWN - timedelta(hours=2),
            statement="The payload list is complete and nothing on it can harm.",
        ),
        cost_lines=(),
        area=box(-107.2, 24.8, -107.0, 25.0),
        window_from_utc=FLOWN - timedelta(hours=1),
        window_until_utc=FLOWN + timedelta(hours=4),
        opened_utc=FLOWN - timedelta(hours=2),
    )


def source() -> SourceRecord:
    return SourceRecord(
        source_id=SOURCE,
        sortie_id=SortieId("SOR-0001"),
        name="sortie-0001.ts",
        format=SourceFormat.MPEG_TS,
        length=153_016_220,
        kept=ContentHash("5a" * 32),
        cuts=(),
        packets=600,
        packets_checksum_ok=600,
        frames_kept=600,
        frames_dropped=0,
        has_video=True,
        synthetic=True,
        ingested_utc=FLOWN + timedelta(hours=3),
    )


def picture(content: str, frame_index: int = 12) -> EvidencePicture:
    return EvidencePicture(
        content=ContentHash(content),
        width_px=640,
        height_px=480,
        gsd_m=0.21,
        site_x_px=320.0,
        site_y_px=240.0,
        site_radius_px=59.0,
        source_id=SOURCE,
        frame_index=frame_index,
        at_utc=FLOWN + timedelta(seconds=frame_index),
        look_azimuth_deg=123.0,
        slant_range_m=3456.0,
    )


def footprints() -> tuple[tuple[tuple[float, float], ...], ...]:
    return tuple(
        (
            (LON - 0.004 + shift, LAT + 0.003),
            (LON + 0.004 + shift, LAT + 0.003 + shift),
            (LON + 0.003 + shift, LAT - 0.002),
            (LON - 0.003 + shift, LAT - 0.002 - shift),
        )
        for shift in (0.0, 0.0006, -0.0007, 0.0011)
    )


def custody_entries() -> tuple[LedgerEntry, ...]:
    actions = (
        "authority.add",
        "sortie.open",
        "ingest.begin",
        "sites.propose",
        "review.confirm",
        "dossier.build",
    )
    return tuple(
        LedgerEntry(
            index=index,
            leaf=(
                f'{{"action":"{action}","actor":{{"actor_id":"analyst-7","role":"imagery-analyst"}},'
                f'"at_utc":"2026-11-20T0{index}:00:00.000000Z","body":{{}},"index":{index},'
                f'"previous_leaf_hash":"{index:064x}","subject":"SIT-0001"}}'
            ),
            previous_leaf_hash=f"{index:064x}",
            leaf_hash=f"{index + 1:064x}",
        )
        for index, action in enumerate(actions)
    )


def dossier(pictures: tuple[EvidencePicture, ...] = ()) -> Dossier:
    return Dossier(
        dossier_id=DossierId("DOS-0001"),
        site=site(),
        sortie=sortie(),
        authority=authority(),
        sources=(source(),),
        pictures=pictures,
        footprints_lon_lat=footprints(),
        derivatives=tuple(
            Derivative(
                content=one.content,
                media_type="image/jpeg",
                inputs=(ContentHash("5a" * 32),),
                transformation="atalaya.dossier.export_picture.export_picture",
                parameters={"limit_gsd_m": 0.15, "frame_index": one.frame_index},
                code_version="0.1.0+abc",
                made_utc=NOW,
            )
            for one in pictures
        ),
        custody_entries=custody_entries(),
        head=TreeHead(
            origin="atalaya.example/demo",
            size=6,
            root_hash="ab" * 32,
            at_utc=NOW,
            key_id="key-thumbprint-1",
            signature="eyJhbGciOiJFZERTQSJ9..c2lnbmF0dXJl",
        ),
        built_utc=NOW,
        synthetic=True,
    )


def view(case: Dossier | None = None, *, released: bool = True) -> CaseView:
    """Everything of the case, nothing withheld."""
    case = case or dossier()
    found = case.site.candidate
    return CaseView(
        dossier_id=case.dossier_id,
        site_id=case.site.site_id,
        sortie_id=case.sortie.sortie_id,
        release_id=ReleaseId("REL-0001") if released else None,
        recipient_name="Fiscalía de demostración" if released else None,
        synthetic=case.synthetic,
        built_utc=case.built_utc,
        status=case.site.status,
        kind=found.kind,
        payloads=case.sortie.payloads,
        attestation=case.sortie.attestation,
        supported_partner=case.sortie.supported_partner,
        position=found.position,
        probability=found.probability,
        probability_against=found.probability_against,
        evidence=found.evidence,
        looks_possible=found.looks_possible,
        looks_seen=found.looks_seen,
        first_seen_utc=found.first_seen_utc,
        last_seen_utc=found.last_seen_utc,
        reviews=case.site.reviews,
        pictures=tuple(
            ViewPicture(
                picture=one,
                at_utc=one.at_utc,
                geometry=LookGeometry(look_azimuth_deg=one.look_azimuth_deg, slant_range_m=one.slant_range_m),
            )
            for one in case.pictures
        ),
        footprints_lon_lat=case.footprints_lon_lat,
        platform_pseudonym=case.sortie.platform_pseudonym,
        requesting_agency=case.sortie.requesting_agency,
        authority=case.authority,
        custody=CustodyChain(
            sources=case.sources,
            derivatives=case.derivatives,
            entries=case.custody_entries,
            head=case.head,
        ),
    )


def bare_view(full: CaseView) -> CaseView:
    """The same case with everything withheld that can be."""
    return replace(
        full,
        position=None,
        probability=None,
        probability_against=None,
        evidence=(),
        looks_possible=None,
        looks_seen=None,
        first_seen_utc=None,
        last_seen_utc=None,
        reviews=(),
        pictures=(),
        footprints_lon_lat=(),
        platform_pseudonym=None,
        requesting_agency=None,
        authority=None,
        custody=None,
    )
