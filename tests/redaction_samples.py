"""A case with a canary planted in every place that can be withheld, and what each field must take away."""

from dataclasses import replace
from datetime import UTC, datetime

from atalaya.custody.chain import FIRST_PREVIOUS, link
from atalaya.model.actor import Actor, Role
from atalaya.model.custody import AuditEvent, Json, LedgerEntry
from atalaya.model.dossier import Dossier
from atalaya.model.ground import Position
from atalaya.model.identifiers import ActorId, AuthorityId, ContentHash, SourceId
from atalaya.model.release import DossierField
from atalaya.model.site import EvidenceItem, EvidenceKind, Review
from atalaya.model.source import CutRange
from dossier_samples import dossier, picture

FIELDS = list(DossierField)
SEEN = datetime(2031, 3, 4, 5, 6, 7, 891011, tzinfo=UTC)
WHEN = "2031-03-04T"
SOURCE, IMAGE = SourceId("cafe" * 16), ContentHash("beef" * 16)

CANARIES: dict[DossierField, tuple[str, ...]] = {
    DossierField.POSITION_EXACT: (
        "-107.1234567",
        "24.7654321",
        "41.41414",
        "37.37373",
        "-107.9876543",
        "2345.25",
    ),
    DossierField.HEIGHT: ("2345.25", "17.17171", "42424242"),
    DossierField.IMAGERY: (IMAGE, "7007007"),
    DossierField.EVIDENCE: ("5.5555555", "77.77777", "818181", "828282", "roof-or-tarp-seen"),
    DossierField.PROBABILITY: ("0.8675309", "canary background", "-9.1919191", "prior", "5.5555555"),
    DossierField.TIMES: (WHEN,),
    DossierField.PLATFORM: ("canary-platform",),
    DossierField.SENSOR: ("311.3131", "9876.543", "-107.9876543"),
    DossierField.REQUESTING_AGENCY: ("Canary Agency", "canary agency"),
    DossierField.AUTHORITY: ("Canary Instrument", "Canary Consent", "AUT-CANARY", "canary-issuer"),
    DossierField.CUSTODY_CHAIN: (SOURCE, "canary-transformation", "previous_leaf_hash", "sources"),
}
"""What may not be found where that field is withheld."""
ANYTHING = ("canary reason", "canary-file.ts", "canary cut", "canary parameter", "canary stop")
"""Free text of the inside: may not be found where anything at all is withheld."""


def entries() -> tuple[LedgerEntry, ...]:
    bodies: list[tuple[str, dict[str, Json]]] = [
        ("SIT-0001", {"lon_deg": -107.1234567, "lat_deg": 24.7654321}),
        ("SIT-0001", {"hae_m": 42424242.0}),
        ("SIT-0001", {"pictures": [IMAGE]}),
        ("SIT-0001", {"weights": [5.5555555], "looks_possible": 818181}),
        ("SIT-0001", {"probability": 0.8675309}),
        ("SIT-0001", {"platform": "canary-platform"}),
        ("SIT-0001", {"agency": "Canary Agency"}),
        ("AUT-CANARY", {"issuing_body": "canary-issuer"}),
        ("SIT-0001", {"reasons": ["canary reason"]}),
        ("SIT-0001", {"slant_range_m": 9876.543}),
        ("SIT-0001", {"first_seen_utc": "2031-03-04T05:06:07.000000Z"}),
        (SOURCE, {"name": "canary-file.ts"}),
        (SOURCE, {"frames_kept": 600, "kept": "ab" * 32, "stopped": None, "whole": True}),
    ]
    made: list[LedgerEntry] = []
    for index, (subject, body) in enumerate(bodies):
        event = AuditEvent(
            at_utc=SEEN,
            actor=Actor(ActorId("ana"), Role.SYSTEM),
            action="site.note",
            subject=subject,
            body=body,
        )
        made.append(link(event, index, made[-1].leaf_hash if made else FIRST_PREVIOUS, salt="5a" * 16))
    return tuple(made)


def planted() -> Dossier:
    base = dossier((replace(picture(IMAGE), source_id=SOURCE, frame_index=7007007, at_utc=SEEN),))
    shown = replace(base.pictures[0], look_azimuth_deg=311.3131, slant_range_m=9876.543)
    position = Position(
        lon_deg=-107.1234567,
        lat_deg=24.7654321,
        hae_m=2345.25,
        covariance_m2=((41.41414, 1.0), (1.0, 37.37373)),
        ce90_m=13.13131,
        le90_m=17.17171,
    )
    evidence = (
        EvidenceItem(kind=EvidenceKind.PRIOR, weight_bits=-9.1919191, looks=0, azimuths=0),
        EvidenceItem(
            kind=EvidenceKind.ROOF_OR_TARP_SEEN,
            weight_bits=5.5555555,
            looks=14,
            azimuths=5,
            length_m=77.77777,
            first_utc=SEEN,
            last_utc=SEEN,
            frames=((SOURCE, 7007007),),
        ),
    )
    candidate = replace(
        base.site.candidate,
        position=position,
        probability=0.8675309,
        probability_against="canary background",
        evidence=evidence,
        looks_possible=828282,
        looks_seen=818181,
        first_seen_utc=SEEN,
        last_seen_utc=SEEN,
    )
    review = Review(
        site_id=base.site.site_id,
        status=base.site.status,
        reviewed_by=ActorId("ana"),
        reviewed_utc=SEEN,
        reason="canary reason: seen by canary-platform for Canary Agency at 24.7654321, -107.1234567",
    )
    authority = replace(
        base.authority,
        authority_id=AuthorityId("AUT-CANARY"),
        instrument="Canary Instrument",
        issuing_body="canary-issuer",
        consent=replace(base.authority.consent, reference="Canary Consent"),
    )
    source = replace(
        base.sources[0],
        source_id=SOURCE,
        name="canary-file.ts",
        cuts=(CutRange(offset=0, length=5, reason="canary cut"),),
        stopped_reason="canary stop",
        ingested_utc=SEEN,
    )
    derivative = replace(
        base.derivatives[0],
        transformation="canary-transformation",
        parameters={"note": "canary parameter", "platform": "canary-platform", "lon_deg": -107.1234567},
        made_utc=SEEN,
    )
    return replace(
        base,
        site=replace(base.site, candidate=candidate, reviews=(review,)),
        sortie=replace(base.sortie, requesting_agency="Canary Agency", platform_pseudonym="canary-platform"),
        authority=authority,
        sources=(source,),
        pictures=(shown,),
        footprints_lon_lat=(((-107.9876543, 24.0), (-107.0, 24.0), (-107.0, 25.0)),),
        derivatives=(
            derivative,
            replace(derivative, media_type="application/json", content=ContentHash("12" * 32)),
        ),
        custody_entries=entries(),
    )


PLANTED = planted()
