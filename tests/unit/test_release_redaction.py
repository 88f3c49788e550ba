"""What is withheld is in no part of the view: canaries planted in every place, every subset drawn."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atalaya.custody.canonical import canonical_json
from atalaya.custody.chain import FIRST_PREVIOUS, link
from atalaya.errors import InputError
from atalaya.model.actor import Actor, Role
from atalaya.model.case_view import CaseView
from atalaya.model.custody import AuditEvent, Json, LedgerEntry
from atalaya.model.dossier import Dossier
from atalaya.model.ground import Position
from atalaya.model.identifiers import ActorId, AuthorityId, ContentHash, ReleaseId, SourceId
from atalaya.model.json_form import from_json, to_json
from atalaya.model.release import DossierField
from atalaya.model.site import EvidenceItem, EvidenceKind, Review
from atalaya.model.source import CutRange
from atalaya.release.redaction import view
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
    DossierField.PROBABILITY: ("0.8675309", "canary background", "-9.1919191", "prior"),
    DossierField.TIMES: (WHEN,),
    DossierField.PLATFORM: ("canary-platform",),
    DossierField.SENSOR: ("311.3131", "9876.543"),
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
        made.append(link(event, index, made[-1].leaf_hash if made else FIRST_PREVIOUS))
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


def shown(withheld: set[DossierField], case: Dossier = PLANTED) -> CaseView:
    return view(
        case, frozenset(withheld), release_id=ReleaseId("REL-1"), recipient_name="Fiscalía de demostración"
    )


def text_of(made: CaseView) -> str:
    form = to_json(made)
    if form["custody"] is None:
        del form["custody"]
    return canonical_json(form).decode()


def test_with_nothing_withheld_everything_is_there():
    made = shown(set())
    text = text_of(made)
    for canaries in (*CANARIES.values(), ANYTHING):
        for canary in canaries:
            assert canary in text or canary == "canary agency", canary
    assert made.reviews == PLANTED.site.reviews
    assert made.custody is not None
    assert made.custody.entries == PLANTED.custody_entries
    assert from_json(CaseView, json.loads(text)) == made


@given(st.sets(st.sampled_from(FIELDS)))
def test_no_canary_of_a_withheld_field_is_in_the_view(withheld):
    text = text_of(shown(withheld))
    for field in withheld:
        for canary in CANARIES[field]:
            assert canary not in text, (field, canary)
    if withheld:
        for canary in ANYTHING:
            assert canary not in text, canary


@pytest.mark.parametrize("field", FIELDS)
def test_withholding_one_field_leaves_the_plain_parts_of_the_others(field):
    made, whole = shown({field}), shown(set())
    own = {
        DossierField.POSITION_EXACT: {"position", "footprints_lon_lat"},
        DossierField.HEIGHT: {"position"},
        DossierField.IMAGERY: {"pictures", "evidence"},
        DossierField.EVIDENCE: {"evidence", "looks_possible", "looks_seen"},
        DossierField.PROBABILITY: {"probability", "probability_against", "evidence"},
        DossierField.TIMES: {"first_seen_utc", "last_seen_utc", "evidence", "pictures"},
        DossierField.PLATFORM: {"platform_pseudonym"},
        DossierField.SENSOR: {"pictures"},
        DossierField.REQUESTING_AGENCY: {"requesting_agency"},
        DossierField.AUTHORITY: {"authority"},
        DossierField.CUSTODY_CHAIN: {"custody", "evidence", "pictures"},
    }[field]
    changed = {name for name, value in to_json(whole).items() if to_json(made)[name] != value}
    assert changed - {"reviews", "custody"} == own - {"custody"}


@given(st.sets(st.sampled_from(FIELDS)))
def test_the_payload_list_and_the_attestation_are_never_withheld(withheld):
    made = shown(withheld)
    assert made.payloads == PLANTED.sortie.payloads
    assert made.attestation == PLANTED.sortie.attestation
    assert made.synthetic is True


@given(st.sets(st.sampled_from(FIELDS)), st.sets(st.sampled_from(FIELDS)))
def test_withholding_more_never_shows_more(some, more):
    less_text = text_of(shown(some | more))
    more_text = text_of(shown(some))
    for canaries in CANARIES.values():
        for canary in canaries:
            assert canary not in less_text or canary in more_text


def test_the_picture_stays_where_only_its_time_or_geometry_is_withheld():
    made = shown({DossierField.TIMES, DossierField.SENSOR})
    assert made.pictures[0].at_utc is None
    assert made.pictures[0].geometry is None
    assert made.pictures[0].picture.content == IMAGE
    assert made.pictures[0].picture.slant_range_m < 0


def test_the_entry_that_holds_only_ids_hashes_and_counts_passes():
    made = shown({DossierField.PLATFORM})
    assert made.custody is not None
    indices = [entry.index for entry in made.custody.entries]
    assert 12 in indices
    assert 11 not in indices
    assert 5 not in indices
    assert 8 not in indices
    assert made.custody.entries[-1] == PLANTED.custody_entries[12]
    assert made.custody.sources[0].source_id == SOURCE
    assert made.custody.head == PLANTED.head


def test_an_entry_that_cannot_be_read_does_not_pass():
    broken = replace(PLANTED.custody_entries[12], leaf="not JSON")
    made = shown({DossierField.HEIGHT}, replace(PLANTED, custody_entries=(broken,)))
    assert made.custody is not None
    assert made.custody.entries == ()


def test_an_authority_that_names_the_withheld_agency_goes_with_it():
    case = replace(PLANTED, authority=replace(PLANTED.authority, issuing_body="The CANARY AGENCY, Office 4"))
    assert shown({DossierField.REQUESTING_AGENCY}, case).authority is None
    assert shown({DossierField.PLATFORM}, case).authority is not None


@pytest.mark.parametrize("where", ["attestation", "payloads"])
def test_what_is_always_shown_may_not_name_what_is_withheld(where):
    sortie = PLANTED.sortie
    changed = {
        "attestation": replace(sortie.attestation, statement="Nothing on Canary-Platform can harm."),
        "payloads": (replace(sortie.payloads[0], name="turret of canary-platform"),),
    }[where]
    case = replace(PLANTED, sortie=replace(sortie, **{where: changed}))
    with pytest.raises(InputError, match=f"the {where}, which is always shown, names what is withheld"):
        shown({DossierField.PLATFORM}, case)
    assert shown({DossierField.SENSOR}, case).attestation


def test_a_name_inside_a_longer_word_is_another_word():
    sortie = replace(PLANTED.sortie, platform_pseudonym="load")
    assert shown({DossierField.PLATFORM}, replace(PLANTED, sortie=sortie)).platform_pseudonym is None


def test_the_unreleased_view_has_no_recipient():
    made = view(PLANTED, frozenset(), release_id=None, recipient_name=None)
    assert made.release_id is None
    assert made.recipient_name is None
    assert made.built_utc - PLANTED.built_utc == timedelta(0)
