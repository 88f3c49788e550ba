"""A STIX 2.1 bundle that the validator has nothing against, and that says only what may be seen."""

import json
from dataclasses import replace

import pytest
from stix2validator import ValidationOptions, validate_string

from atalaya.errors import InputError
from atalaya.release.stix import TLP_AMBER_STRICT, BundleText, bundle
from dossier_samples import bare_view, dossier, picture, view

TEXTS = {
    "en": BundleText(title="Case", summary="Possible site, CE90 12.4 m", statement="Unarmed."),
    "es": BundleText(title="Caso", summary="Posible sitio, CE90 12.4 m", statement="Sin armas."),
}
PICTURES = (picture("11" * 32), picture("22" * 32, 40))
NAMES = {"11" * 32: "evidence/picture-01.jpg", "22" * 32: "evidence/picture-02.jpg"}


def full():
    return view(dossier(PICTURES))


def made(seen, texts=TEXTS):
    return {one["type"]: one for one in json.loads(bundle(seen, texts, NAMES))["objects"]}


@pytest.mark.parametrize(
    "seen", [full(), bare_view(full()), replace(full(), release_id=None, recipient_name=None)]
)
def test_the_validator_finds_no_error(seen):
    answer = validate_string(bundle(seen, TEXTS, NAMES).decode(), ValidationOptions(version="2.1"))
    assert answer.is_valid, [str(error) for error in answer.errors]
    unwanted = [
        str(warning) for warning in answer.warnings if "{103}" not in str(warning)
    ]  # UUIDv5 on purpose
    assert not unwanted


def test_the_place_carries_its_error_and_the_report_its_numbers():
    objects = made(full())
    assert objects["location"]["latitude"] == 24.9
    assert objects["location"]["longitude"] == -107.1
    assert objects["location"]["precision"] == 12.4
    assert objects["report"]["description"] == TEXTS["en"].summary
    assert objects["note"]["content"] == TEXTS["es"].summary
    assert objects["language-content"]["contents"]["es"]["description"] == TEXTS["es"].summary
    assert objects["infrastructure"]["confidence"] == 97
    assert objects["location"]["id"] in objects["report"]["object_refs"]


def test_every_object_is_marked_and_a_synthetic_one_says_so():
    for one in json.loads(bundle(full(), TEXTS, NAMES))["objects"]:
        if one["type"] not in {"marking-definition", "identity"} or one.get("labels"):
            assert TLP_AMBER_STRICT in one["object_marking_refs"]
        if one["type"] in {"location", "report", "infrastructure"}:
            assert one["labels"] == ["synthetic"]
    assert "synthetic" not in bundle(replace(full(), synthetic=False), TEXTS, NAMES).decode()


def test_what_is_withheld_is_nowhere():
    text = bundle(bare_view(full()), TEXTS, {}).decode()
    for canary in (
        "24.9",
        "107.1",
        "latitude",
        "first_seen",
        "confidence",
        "11" * 32,
        "observed_data",
        "SHA-256",
    ):
        assert canary not in text


def test_the_same_case_gives_the_same_bytes_and_another_release_other_ids():
    assert bundle(full(), TEXTS, NAMES) == bundle(full(), TEXTS, NAMES)
    other = replace(full(), release_id="REL-0002")
    assert made(other)["report"]["id"] != made(full())["report"]["id"]
    assert made(other)["file"]["id"] == made(full())["file"]["id"]


def test_a_missing_language_or_name_is_refused():
    with pytest.raises(InputError, match="es"):
        bundle(full(), {"en": TEXTS["en"]}, NAMES)
    with pytest.raises(InputError, match="no name"):
        bundle(full(), TEXTS, {})


def test_no_substance_is_named():
    text = bundle(full(), TEXTS, NAMES).decode().lower()
    assert not any(word in text for word in ("fentan", "meth", "drug", "narco"))
