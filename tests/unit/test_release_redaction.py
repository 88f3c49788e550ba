"""What is withheld is in no part of the view: canaries planted in every place, every subset drawn."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atalaya.custody.canonical import canonical_json
from atalaya.errors import InputError
from atalaya.model.case_view import CaseView
from atalaya.model.dossier import Dossier
from atalaya.model.identifiers import ReleaseId
from atalaya.model.json_form import from_json, to_json
from atalaya.model.release import DossierField
from atalaya.release.redaction import view
from redaction_samples import ANYTHING, CANARIES, FIELDS, IMAGE, PLANTED, SOURCE


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
        DossierField.SENSOR: {"pictures", "footprints_lon_lat"},
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
    assert made.pictures[0].picture.slant_range_m is None


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


def test_the_outlines_of_the_looks_tell_from_where_it_looked_and_go_with_the_sensor():
    assert shown({DossierField.SENSOR}).footprints_lon_lat == ()
    assert shown({DossierField.PLATFORM}).footprints_lon_lat == PLANTED.footprints_lon_lat


def test_no_bits_stay_from_which_a_withheld_probability_adds_up_again():
    """The starting point is the same in every dossier of a workspace: one released in full gives it away."""
    assert shown({DossierField.PROBABILITY}).evidence == ()
    assert shown({DossierField.PROBABILITY}).looks_seen == 818181


@pytest.mark.parametrize(
    ("name", "spelled"),
    [
        ("Armada de México", "Armada de Me\u0301xico"),
        ("Canary Agency", "CANARY\u00a0 AGENCY"),
        ("Canary Agency", "Ｃａｎａｒｙ Agency"),
        ("Canary\u200bAgency", "canaryagency"),
        ("Straße", "STRASSE"),
    ],
)
def test_a_withheld_name_is_found_however_it_is_spelled(name, spelled):
    sortie = replace(
        PLANTED.sortie,
        requesting_agency=name,
        attestation=replace(PLANTED.sortie.attestation, statement=f"Checked by {spelled}: unarmed."),
    )
    with pytest.raises(InputError, match="the attestation, which is always shown, names what is withheld"):
        shown({DossierField.REQUESTING_AGENCY}, replace(PLANTED, sortie=sortie))


def test_the_unreleased_view_has_no_recipient():
    made = view(PLANTED, frozenset(), release_id=None, recipient_name=None)
    assert made.release_id is None
    assert made.recipient_name is None
    assert made.built_utc - PLANTED.built_utc == timedelta(0)
