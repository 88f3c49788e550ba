"""Sets inside kwiver's published streams: its golden decode matched item by item, every byte written back."""

from typing import Any

import pytest

from atalaya.ingest.local_set import SetSpec, read_set, write_set
from atalaya.ingest.standards.catalogue import SETS_BY_STANDARD
from klv_golden import KWIVER, differences, golden_items, packets_of, values_of

pytestmark = pytest.mark.shared
SETS = {73: "0806", 74: "0903", 95: "1206", 97: "1002", 99: "1602"}
GEO_REGISTRATION, AMEND = 98, 101


def distinct(tag: int) -> list[bytes]:
    return list(dict.fromkeys(value for packet in packets_of(KWIVER) for value in values_of(packet, tag)))


def agrees(spec: SetSpec, golden: list[Any], found: list[bytes]) -> list[str]:
    assert len(golden) == len(found) >= 1
    lines = []
    for theirs, data in zip(golden, found, strict=True):
        entries, complaint = read_set(spec, data)
        assert complaint is None
        assert write_set(spec, entries) == data
        lines += differences(theirs, entries)
    return lines


@pytest.mark.parametrize(("tag", "standard"), SETS.items())
def test_a_nested_set_is_what_kwiver_says(tag, standard):
    assert agrees(SETS_BY_STANDARD[standard], golden_items(tag), distinct(tag)) == []


def test_the_geo_registration_of_an_amendment_is_what_kwiver_says():
    (amendment,) = golden_items(AMEND)
    (data,) = distinct(AMEND)
    (theirs,) = [item["value"] for item in amendment if item["key"]["integer"] == GEO_REGISTRATION]
    assert data[:2] == bytes((GEO_REGISTRATION, 0x82))
    assert agrees(SETS_BY_STANDARD["1601"], [theirs], [data[4:]]) == []
