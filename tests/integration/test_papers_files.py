"""The papers as files: readable by others, the same every time, and empty of everything that is withheld."""

import json
import re
import time
from dataclasses import replace
from xml.etree import ElementTree as ET

import numpy as np
import pyogrio
import pytest
from shapely import from_wkb
from stix2validator import ValidationOptions, validate_string

from atalaya.app.papers import render_papers
from atalaya.custody.hashing import content_hash
from atalaya.dossier.case_file import read_case_file
from atalaya.dossier.paper_template import TEMPLATE
from atalaya.errors import AtalayaError, ExternalError, InputError, NotFoundError
from atalaya.io.geopackage import write_geopackage
from atalaya.io.pdf import set_pdf
from atalaya.io.pictures import decode_jpeg, encode_jpeg
from atalaya.model.release import DossierField
from atalaya.release.redaction import view as redacted
from dossier_samples import NOW, bare_view, dossier, picture, view
from pdf_reading import everything, objects, text

CONTEXT = None
"""Rendering takes nothing from the workspace."""


def jpegs(count=3):
    rng = np.random.default_rng(5)
    made = [
        encode_jpeg(rng.integers(0, 256, (90, 120, 3), dtype=np.uint8), comment="SYNTHETIC")
        for _ in range(count)
    ]
    return {content_hash(one): one for one in made}


JPEGS = jpegs()


def case():
    pictures = tuple(
        replace(picture(content, 17 + 24 * number), look_azimuth_deg=123.456, slant_range_m=3456.7)
        for number, content in enumerate(JPEGS)
    )
    return dossier(pictures)


def rendered(seen):
    return render_papers(CONTEXT, seen, JPEGS)


@pytest.fixture(scope="module")
def full():
    return rendered(view(case()))


def squeezed(pdf):
    return text(pdf).replace(" ", "")


def test_every_paper_is_there(full):
    assert sorted(full) == [
        "bundle.stix.json",
        "case.gpkg",
        "case.json",
        "custody.json",
        "dossier_en.pdf",
        "dossier_es.pdf",
        "evidence/picture-01.jpg",
        "evidence/picture-02.jpg",
        "evidence/picture-03.jpg",
        "map_en.svg",
        "map_es.svg",
    ]


def test_the_spanish_paper_says_everything(full):
    said = text(full["dossier_es.pdf"])
    for words in (
        "Expediente de sitio SIT-0001",
        "No existe tal lugar",
        "24.900000° N, 107.100000° W",
        "12.4 m",
        "1234.5 m sobre el elipsoide WGS 84 (HAE)",
        "Probabilidad de que aquí haya un sitio: 97 %",
        "frente a un objeto inocente",
        "Posible techo, lona o lámina de plástico, de unos 6.0 × 4.0 m",
        "−9.2",
        "+6.1",
        "confirmado por analista",
        "MX-2026-007",
        "Constancia de no armamento",
        "EO/IR turret (video diurno)",
        "Desde el aire no se afirma ninguna sustancia",
        "review.confirm",
        "Cabecera firmada del registro",
        "Página 1 de",
        "0.21 m por píxel",
        "2026-11-20 06:00:17 UTC",
    ):
        assert words in said, words
    for number in ("5a" * 32, "ab" * 32, *JPEGS):
        assert number in squeezed(full["dossier_es.pdf"])


def test_the_english_paper_says_everything(full):
    said = text(full["dossier_en.pdf"])
    for words in (
        "Site dossier SIT-0001",
        "Probability that a site is here: 97 %",
        "Unarmed attestation",
        "Signed head of the ledger",
        "Page 1 of",
    ):
        assert words in said, words
    assert "Expediente" not in said


def test_every_page_says_synthetic(full):
    pages = text(full["dossier_es.pdf"]).split("\n")
    assert len(pages) >= 3
    assert all("SYNTHETIC / SINTÉTICO" in page for page in pages)
    real = rendered(replace(view(case()), synthetic=False))
    assert "SYNTHETIC" not in text(real["dossier_es.pdf"])


def test_no_letters_are_set_apart_so_that_a_search_finds_the_mark():
    """A program that reads pages takes tracked letters for separate words: SYN THET IC."""
    assert "tracking" not in TEMPLATE


def test_the_pdf_is_archival_accessible_and_in_its_language(full):
    for language in ("es", "en"):
        inside = everything(full[f"dossier_{language}.pdf"])
        assert b"pdfaid:part>2<" in inside
        assert b"pdfaid:conformance>A<" in inside
        assert b"pdfuaid:part>1<" in inside
        assert f"/Lang({language}-{'MX' if language == 'es' else 'US'})".encode() in inside
        assert b"/tmp" not in inside
        assert b"/home" not in inside


def test_the_same_view_gives_the_same_bytes(full):
    time.sleep(1.1)  # nothing in a file may come from the clock
    assert rendered(view(case())) == full


def test_the_geopackage_opens_in_gdal_with_all_its_layers(full, tmp_path):
    path = tmp_path / "case.gpkg"
    path.write_bytes(full["case.gpkg"])
    assert [name for name, _ in pyogrio.list_layers(path)] == ["site", "ce90", "footprints", "looks"]
    meta, _, wkb, values = pyogrio.raw.read(path, layer="site")
    row = dict(zip(meta["fields"], (column[0] for column in values), strict=True))
    place = from_wkb(wkb[0])
    assert meta["crs"] == "EPSG:4326"
    assert (place.x, place.y) == (-107.1, 24.9)
    assert row["ce90_m"] == 12.4
    assert row["probability"] == 0.969
    assert bool(row["synthetic"])
    meta, _, wkb, values = pyogrio.raw.read(path, layer="ce90")
    assert [from_wkb(one).contains(place) for one in wkb] == [True, True]
    assert pyogrio.read_info(path, layer="footprints")["features"] == 4
    assert pyogrio.read_info(path, layer="looks")["features"] == 3


def test_the_stix_bundle_and_the_map_hold_together(full):
    assert validate_string(full["bundle.stix.json"].decode(), ValidationOptions(version="2.1")).is_valid
    bundle = json.loads(full["bundle.stix.json"])
    report = next(one for one in bundle["objects"] if one["type"] == "report")
    assert "24.900000° N" in report["description"]
    assert "SYNTHETIC" in report["description"]
    for language in ("es", "en"):
        ET.fromstring(full[f"map_{language}.svg"])  # noqa: S314


def test_the_case_and_custody_files_are_the_view(full):
    form = json.loads(full["case.json"])["view"]
    assert form["position"]["ce90_m"] == 12.4
    assert [one["picture"]["content"] for one in form["pictures"]] == list(JPEGS)
    assert json.loads(full["custody.json"])["custody"]["head"]["root_hash"] == "ab" * 32
    with pytest.raises(InputError):
        read_case_file(full["case.json"])  # a view is no whole case


def telling_case():
    """The same case with numbers that no drawing coordinate could be."""
    whole = case()
    found = whole.site.candidate
    spot = replace(found.position, ce90_m=4712.3, hae_m=1234.5, le90_m=8231.7)
    items = tuple(replace(item, weight_bits=item.weight_bits * 1000 + 0.7) for item in found.evidence)
    attestation = replace(whole.sortie.attestation, attested_utc=NOW)
    return replace(
        whole,
        site=replace(whole.site, candidate=replace(found, position=spot, evidence=items)),
        sortie=replace(whole.sortie, attestation=attestation),
    )


CANARIES = {
    DossierField.POSITION_EXACT: ["24.9000", "107.1000", "-107.1", "4712.3"],
    DossierField.HEIGHT: ["1234.5", "8231.7"],
    DossierField.IMAGERY: [*JPEGS],
    DossierField.EVIDENCE: ["6100.7", "lámina", "tarpaulin", "14 looks", "14 observaciones"],
    DossierField.PROBABILITY: ["0.969", "97 %", "-9199.3", "−9199.3", "inocente", "innocent"],
    DossierField.TIMES: ["2026-11-20", "06:00:17"],
    DossierField.PLATFORM: ["GAVILAN-3"],
    DossierField.SENSOR: ["123.456", "3456.7", "123°", "3457 m"],
    DossierField.REQUESTING_AGENCY: ["Agencia solicitante de demostración"],
    DossierField.AUTHORITY: ["2026-014", "MX-2026-007", "Secretaría de demostración"],
    DossierField.CUSTODY_CHAIN: ["5a" * 32, "key-thumbprint-1", "ab" * 32],
}


def contents(files):
    """Every byte a reader could get at, compressed or not, and the text as it reads."""
    for name, data in files.items():
        yield name, everything(data) + squeezed(data).encode() if name.endswith(".pdf") else data


@pytest.mark.parametrize("field", CANARIES)
def test_a_withheld_part_is_in_no_file(field):
    seen = redacted(telling_case(), frozenset({field}), release_id="REL-0001", recipient_name="Fiscalía")
    found = [
        (name, canary)
        for name, data in contents(rendered(seen))
        for canary in CANARIES[field]
        if canary.encode() in data or canary.replace(" ", "").encode() in data
    ]
    assert not found


@pytest.mark.parametrize("field", CANARIES)
def test_the_canaries_are_there_when_nothing_is_withheld(field):
    everywhere = b"".join(data for _, data in contents(rendered(view(telling_case()))))
    assert all(canary.encode() in everywhere for canary in CANARIES[field][:1])
    assert any(canary.encode() in everywhere for canary in CANARIES[field])


def test_a_bare_view_has_only_what_is_left():
    files = rendered(bare_view(view(case())))
    assert sorted(files) == ["bundle.stix.json", "case.json", "dossier_en.pdf", "dossier_es.pdf"]
    assert "Sin armas." in text(files["dossier_es.pdf"])


EVIL = [
    '#read("data.json")',
    "]#panic(1)[",
    "<script>alert(1)</script>",
    "$x^2$ *b* _i_ `c` @ref <label> // c",
    '"; #import "@preview/x:1.0.0"',
    "\\u{202e} \u202e {{ }} %s {0}",
    "x" * 400,
    "\x00\x07\ud7ff中文🛰",
]


@pytest.mark.parametrize("evil", EVIL)
def test_markup_in_a_record_is_shown_and_never_obeyed(evil):
    full_case = case()
    sortie = replace(full_case.sortie, platform_pseudonym=evil, requesting_agency=evil)
    review = replace(full_case.site.reviews[0], reason=evil)
    source = replace(full_case.sources[0], name=evil)
    seen = view(
        replace(full_case, sortie=sortie, sources=(source,), site=replace(full_case.site, reviews=(review,)))
    )
    files = rendered(replace(seen, site_id=f"SIT-{evil}", recipient_name=evil))
    said = squeezed(files["dossier_es.pdf"])
    words = re.findall(r"[a-zA-Z]{3,}", evil)
    assert all(word in said for word in words)
    for language in ("es", "en"):
        assert ET.fromstring(files[f"map_{language}.svg"]).find(".//{*}script") is None  # noqa: S314
    assert validate_string(files["bundle.stix.json"].decode(), ValidationOptions(version="2.1")).is_valid


def test_a_missing_picture_is_named():
    with pytest.raises(NotFoundError, match=next(iter(JPEGS))):
        render_papers(CONTEXT, view(case()), {})


def test_a_picture_that_is_none_is_an_error_of_ours():
    with pytest.raises(ExternalError, match="typst"):
        render_papers(CONTEXT, view(case()), dict.fromkeys(JPEGS, b"not a picture"))


def test_a_template_cannot_reach_outside_its_folder():
    with pytest.raises(AtalayaError):
        set_pdf('#read("/etc/passwd")', {}, {}, NOW)
    with pytest.raises(AtalayaError):
        set_pdf('#read("../secret")', {}, {}, NOW)
    with pytest.raises(InputError):
        set_pdf("x", {}, {"../x.jpg": b""}, NOW)


def test_a_jpeg_comes_back_nearly_the_same_and_holds_no_device():
    rgb = np.full((40, 60, 3), (90, 120, 60), dtype=np.uint8)
    data = encode_jpeg(rgb, comment="SYNTHETIC / SINTÉTICO")
    assert np.abs(decode_jpeg(data).astype(int) - rgb).max() <= 3
    assert "SYNTHETIC / SINTÉTICO".encode() in data
    assert b"Exif" not in data
    with pytest.raises(InputError):
        decode_jpeg(b"GIF89a")
    with pytest.raises(InputError):
        decode_jpeg(data[: len(data) // 2])
    with pytest.raises(InputError):
        encode_jpeg(rgb[..., 0])


def test_a_case_without_ellipse_or_footprints_still_has_a_geopackage():
    seen = view(case())
    assert seen.position is not None
    flat = replace(seen.position, covariance_m2=((1.0, 1.0), (1.0, 1.0)))
    assert write_geopackage(replace(seen, position=flat, footprints_lon_lat=(), pictures=())) is not None
    assert write_geopackage(replace(seen, position=None)) is None


def test_both_papers_cost_little(full):
    assert len(objects(full["dossier_es.pdf"])) > 50
    before = time.process_time()
    rendered(view(case()))
    assert time.process_time() - before < 3.0
