"""What stands on the paper, before it is set."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atalaya.dossier.evidence_blocks import waterfall
from atalaya.dossier.language import Language
from atalaya.dossier.paper import paper
from atalaya.dossier.paper_template import TEMPLATE
from atalaya.dossier.printable import printable
from dossier_samples import bare_view, dossier, evidence, picture, view


def full():
    return view(dossier((picture("11" * 32), picture("22" * 32, 40))))


def said(seen, language=Language.SPANISH):
    return json.dumps(paper(seen, language).data, ensure_ascii=False)


def test_the_template_is_the_same_for_every_case_and_holds_no_text_of_it():
    assert paper(full(), Language.SPANISH).source == TEMPLATE
    assert "SIT-0001" not in TEMPLATE


def test_the_charter_payload_and_attestation_stand_on_every_paper():
    for seen in (full(), bare_view(full())):
        text = said(seen)
        assert "EO/IR turret (video diurno); GNSS/INS (ayuda que no observa)" in text
        assert "The payload list is complete and nothing on it can harm." in text
        assert "Sin armas." in text
        assert "Decide una persona." in text


@pytest.mark.parametrize("language", Language)
def test_what_is_withheld_has_no_line_and_no_heading(language):
    kinds = [block["kind"] for block in paper(bare_view(full()), language).data["blocks"]]
    assert kinds == ["heading", "text", "heading", "facts", "charter"]
    assert not paper(bare_view(full()), language).pictures


def test_the_two_languages_have_the_same_blocks():
    spanish, english = (paper(full(), language).data for language in (Language.SPANISH, Language.ENGLISH))
    assert [block["kind"] for block in spanish["blocks"]] == [block["kind"] for block in english["blocks"]]
    assert spanish["heading"] != english["heading"]


def test_a_picture_without_geometry_or_time_says_neither():
    seen = full()
    hidden = replace(seen, pictures=tuple(replace(one, at_utc=None, geometry=None) for one in seen.pictures))
    items = next(
        block for block in paper(hidden, Language.ENGLISH).data["blocks"] if block["kind"] == "pictures"
    )["items"]
    for item in items:
        assert item["north_deg"] is None
        assert "2026" not in item["caption"]
        assert "looking" not in item["caption"]
    assert "La flecha" not in said(hidden)


def test_the_waterfall_starts_at_the_prior_and_ends_at_the_sum():
    made = waterfall(evidence(), 0.969, Language.ENGLISH)
    rows = made["rows"]
    assert rows[0]["bits"] == "−9.2"
    assert rows[0]["from"] == 0.0
    assert rows[0]["to"] == made["zero"]
    assert made["sum_bits"] == "+5.0"
    assert max(row["to"] for row in rows) == pytest.approx(1.0)


def test_the_sum_is_not_told_where_the_probability_is_withheld():
    assert waterfall(evidence(), None, Language.ENGLISH)["sum_bits"] is None
    assert waterfall(evidence()[1:], 0.9, Language.ENGLISH)["sum_bits"] is None


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=8))
def test_every_bar_lies_within_the_drawing(weights):
    items = tuple(
        replace(item, weight_bits=weight) for item, weight in zip(evidence() * 2, weights, strict=False)
    )
    for row in waterfall(items, None, Language.SPANISH)["rows"]:
        assert -1e-9 <= row["from"] <= row["to"] <= 1 + 1e-9


@pytest.mark.parametrize(
    ("given_text", "shown"),
    [
        ("Sinaloa – ñandú 20°", "Sinaloa – ñandú 20°"),
        ("中", "[U+4E2D]"),
        ("a\u202eb", "a[U+202E]b"),
        ("a\x00b", "a[U+0000]b"),
        ("one\ntwo", "one two"),
        ("soft\u00adhyphen", "soft[U+00AD]hyphen"),
        ("n\u0303", "ñ"),
    ],
)
def test_what_cannot_be_printed_is_shown_as_its_code_point(given_text, shown):
    assert printable(given_text) == shown
