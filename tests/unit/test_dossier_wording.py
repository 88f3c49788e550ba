"""Every partner text exists in both languages, and says no more than was seen."""

import dataclasses

import pytest

from atalaya.dossier import labels, sentences, wording
from atalaya.dossier.language import Language, Text
from atalaya.errors import InputError
from atalaya.model.authority import RetentionClass, Sensor
from atalaya.model.site import EvidenceItem, EvidenceKind, SiteKind, SiteStatus
from atalaya.model.source import SourceFormat
from dossier_samples import bare_view, evidence, view


def test_a_text_cannot_be_made_in_one_language_only():
    with pytest.raises(InputError, match="both languages"):
        Text("site", " ")


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (wording.STATUS, SiteStatus),
        (wording.KIND, SiteKind),
        (wording.EVIDENCE, EvidenceKind),
        (wording.SENSOR, Sensor),
        (wording.RETENTION, RetentionClass),
        (wording.SOURCE_FORMAT, SourceFormat),
    ],
)
def test_every_member_has_its_words(words, kind):
    assert set(words) == set(kind)


def test_no_text_names_a_substance_as_seen_from_the_air():
    said = sentences.summary(view()).both()
    texts = [
        text
        for member in (*wording.EVIDENCE.values(), *wording.KIND.values())
        for text in member.both().values()
    ]
    for text in (*said.values(), *texts):
        assert not any(word in text.lower() for word in ("fentan", "metanfet", "methamph", "droga", "drug"))


def test_evidence_says_size_looks_and_directions():
    roof = evidence()[1]
    assert sentences.evidence_sentence(roof).es == (
        "Posible techo, lona o lámina de plástico, de unos 6.0 × 4.0 m, 14 observaciones, desde 5 direcciones"
    )
    assert sentences.evidence_sentence(roof).en == (
        "Possible roof, tarpaulin or plastic sheet, about 6.0 × 4.0 m, 14 looks, from 5 directions"
    )


def test_one_look_is_said_in_the_singular():
    item = EvidenceItem(kind=EvidenceKind.HOT_SPOT_SEEN, weight_bits=1.0, looks=1, azimuths=1)
    assert sentences.evidence_sentence(item).es.endswith("1 observación, desde 1 dirección")


@pytest.mark.parametrize(
    ("weight", "said"), [(4.1, "+4.1"), (-0.7, "−0.7"), (0.0, "+0.0"), (-0.04, "+0.0"), (12.0, "+12.0")]
)
def test_a_weight_always_shows_its_sign(weight, said):
    assert sentences.bits(weight) == said


@pytest.mark.parametrize(
    ("probability", "said"),
    [(0.72, "72 %"), (0.004, "< 1 %"), (0.9999, "> 99 %"), (1.0, "100 %"), (0.0, "0 %")],
)
def test_a_probability_that_is_not_certain_is_never_said_to_be(probability, said):
    assert sentences.percent(probability) == said


def test_the_summary_says_only_what_the_reader_may_see():
    full, bare = sentences.summary(view()), sentences.summary(bare_view(view()))
    assert "24.900000° N, 107.100000° W" in full.es
    assert "12.4 m" in full.en
    assert "97 %" in full.en
    for text in bare.both().values():
        assert not any(part in text for part in ("24.9", "107", "12.4", "97", "2026"))


def test_an_unknown_background_is_shown_as_it_came():
    assert wording.against("something new").both() == {"en": "something new", "es": "something new"}


def test_the_background_that_fusion_states_is_said_in_both_languages():
    said = wording.against(view().probability_against or "")
    assert said.en.startswith("an innocent object that the detector also marks; before looking, 0.05 sites")
    assert said.es.startswith("un objeto inocente que el detector también señala; antes de observar, 0.05")
    assert "against an innocent" in sentences.summary(view()).en
    assert "frente a un objeto inocente" in sentences.summary(view()).es


def test_the_charter_has_five_lines_in_both_languages():
    assert len(wording.CHARTER) == 5
    for heading, words in wording.CHARTER:
        for language in Language:
            assert heading.said(language)
            assert words.said(language)
            assert heading.en != heading.es
            assert words.en != words.es


def test_the_summary_of_an_unknown_kind_says_so():
    said = sentences.summary(dataclasses.replace(view(), kind=None))
    assert "no se puede determinar desde el aire" in said.es


def test_the_spanish_promises_no_more_than_the_english():
    """A ledger that shows every change can be changed: "inalterable" would be a false statement in court."""
    everything = " ".join(f"{heading.es} {words.es}" for heading, words in wording.CHARTER)
    assert "inalterable" not in everything
    assert "un registro al que solo se agrega" in everything


def test_the_spanish_calls_the_instrument_an_authorization_and_the_body_an_authority():
    assert labels.AUTHORITY.es == "Autorización y consentimiento"
    assert any(heading.es.startswith("Sin autorización") for heading, _ in wording.CHARTER)
    assert labels.SUPPORTED.es.startswith("Autoridad")
