"""Published vectors of ST 0601, ST 0102 and ST 1201, all of them: what other readers' tests say."""

import json
import math
import re
from typing import Any

import pytest

from atalaya.errors import KlvError
from atalaya.ingest.codecs import Linear
from atalaya.ingest.imapb_codec import Imapb, decode_scalar, encode_scalar
from atalaya.ingest.standards.st0102 import SECURITY
from atalaya.ingest.standards.st0601 import UAS_DATALINK
from atalaya.ingest.value import Flag, Value
from klv_item_comparison import compare
from klv_vectors import VECTORS, Vector, literal_number, says, vectors
from shared_data import shared_file

pytestmark = pytest.mark.shared

STANDARDS = ("0601", "0102")
OPAQUE = {60, 61, 62, 140}
FRAME_RATE = 127
NO_VALUE = ("Double.POSITIVE_INFINITY", "Infinity\u00b0", "[NULL]")
"""What jmisb shows for an error indicator, or for what it cannot read."""
UNTAGGED = {
    "ActivePayloadsT": (UAS_DATALINK, 139),
    "AirbaseLocationsT": (UAS_DATALINK, 130),
    "CcMethodT": (SECURITY, 2),
    "CcmDateT": (SECURITY, 23),
    "ControlCommandVerificationT": (UAS_DATALINK, 116),
    "CornerOffsetT": (UAS_DATALINK, 26),
    "CountryCodesT": (UAS_DATALINK, 122),
    "DeclassificationDateT": (SECURITY, 10),
    "GenericFlagData01T": (UAS_DATALINK, 47),
    "ItemDesignatorIdT": (SECURITY, 21),
    "NestedRvtLocalSetT": (UAS_DATALINK, 73),
    "ObjectCountryCodeStringT": (SECURITY, 13),
    "OcMethodT": (SECURITY, 12),
    "OcmDateT": (SECURITY, 24),
    "ST0102VersionT": (SECURITY, 22),
    "SensorAngleRateT": (UAS_DATALINK, 117),
    "StreamIdT": (SECURITY, 19),
    "TargetTrackGateSizeT": (UAS_DATALINK, 43),
    "UasDatalinkAltitudeT": (UAS_DATALINK, 15),
    "UasDatalinkLatitudeT": (UAS_DATALINK, 40),
    "UasDatalinkLongitudeT": (UAS_DATALINK, 41),
    "WavelengthsListT": (UAS_DATALINK, 128),
    "WeaponFiredT": (UAS_DATALINK, 61),
}
"""The item that a test of jmisb without a tag is about."""


def shared_json(name: str) -> Any:
    return json.loads(shared_file(f"data/klv/vectors/{name}").read_text(encoding="utf-8"))


def test_every_kwiver_vector_has_its_value_or_is_opaque_by_charter():
    lines = shared_json("kwiver_st0601_vectors.json")
    assert len(lines) == 975
    found = []
    for line in lines:
        value = UAS_DATALINK.items[line["tag"]].codec.decode(bytes.fromhex(line["hex"]))
        found += compare(f"0601.{line['tag']}", value, line["value"])
        has_value = line["tag"] not in OPAQUE and line["value"] is not None
        assert (value.flag is Flag.OK) == has_value
    assert found == []


def test_every_kwiver_vector_is_written_back_from_its_value():
    for line in shared_json("kwiver_st0601_vectors.json"):
        codec, data = UAS_DATALINK.items[line["tag"]].codec, bytes.fromhex(line["hex"])
        value = codec.decode(data)
        if value.flag is Flag.OK:
            assert codec.encode(value.value, len(data)) == data


def test_every_imapb_case_is_decoded_and_encoded_to_the_last_bit():
    rows = shared_json("st1201_imapb.json")["rows"]
    assert len(rows) == 1090
    for low, high, length, value, count, decoded in rows:
        octets = count.to_bytes(length, "big")
        assert decode_scalar(octets, low, high) == decoded
        assert encode_scalar(value, low, high, length) == octets
        assert encode_scalar(decoded, low, high, length) == octets


def test_every_imapb_special_value_is_flagged_and_never_a_number():
    rows = shared_json("st1201_imapb.json")["rows"]
    for low, high, length, _, count, decoded in rows:
        value = Imapb(low=low, high=high).decode(count.to_bytes(length, "big"))
        if not isinstance(decoded, str):
            assert (value.value, value.flag) == (decoded, Flag.OK)
        else:
            wanted = Flag.ERROR_INDICATOR if "NaN" in decoded else Flag.OUT_OF_RANGE
            assert (value.value, value.flag, value.reason) == (None, wanted, decoded)


def test_every_jmisb_vector_that_is_to_be_refused_is_flagged():
    refused = vectors(("0601",), "reject")
    assert len(refused) == 29
    found = [str(one) for one in refused if one.spec.items[one.tag].codec.decode(one.data).flag is Flag.OK]
    assert found == []


def test_every_jmisb_vector_is_decoded_to_its_value():
    wrong = []
    lines = vectors(("0601",), "decode")
    assert len(lines) == 256
    for vector in lines:
        value = vector.spec.items[vector.tag].codec.decode(vector.data)
        if vector.tag in OPAQUE:
            assert (value.flag, value.value) == (Flag.OPAQUE, None)
        elif vector.said in NO_VALUE:
            assert value.value is None
            assert value.flag in (Flag.ERROR_INDICATOR, Flag.MALFORMED)
        elif not is_code(vector.said):
            wrong += [] if is_said(value, vector) else [f"{vector}: {value}"]
    assert wrong == []


def is_code(said: Any) -> bool:
    """A piece of Java whose value the vectors do not have."""
    return isinstance(said, str) and re.fullmatch(r"[a-z]+|.*, .*|[A-Z]\w+[.][A-Z]+", said) is not None


def is_said(value: Value, vector: Vector) -> bool:
    """As `says`; a number is known to the decimals that it is written with, and to a count of its item."""
    codec = vector.spec.items[vector.tag].codec
    number = value.value
    if vector.tag == FRAME_RATE and isinstance(number, dict):
        number = number["numerator"] / number["denominator"]
    if isinstance(vector.said, float) and isinstance(number, int | float):
        decimals = 0.5001 * 10.0 ** -len(repr(vector.said).partition(".")[2])
        tolerance = max(vector.tolerance or 0.0, decimals, codec.step if isinstance(codec, Linear) else 0.0)
        return abs(number - vector.said) <= tolerance
    return says(value, vector)


def test_every_jmisb_vector_is_encoded_to_its_bytes():
    wrong = []
    lines = vectors(("0601",), "encode")
    assert len(lines) == 71
    for vector in lines:
        codec = vector.spec.items[vector.tag].codec
        number = literal_number(vector.said)
        if vector.tag in OPAQUE:
            with pytest.raises(KlvError):
                codec.encode(number)
            continue
        wanted = codec.decode(vector.data).value if number is None else number
        length = len(vector.data) if number is None else None
        if codec.encode(wanted, length) != vector.data:
            wrong.append(str(vector))
    assert wrong == []


def untagged(direction: str) -> list[Any]:
    lines = json.loads(shared_file(VECTORS).read_text(encoding="utf-8"))
    wanted = [line for line in lines if line["std"][2:] in STANDARDS and "tag" not in line]
    return [line for line in wanted if line["dir"] == direction and line["name"] in UNTAGGED]


def test_what_jmisb_refuses_without_naming_its_item_is_flagged_too():
    lines = untagged("reject")
    assert len(lines) >= 15
    for line in lines:
        spec, tag = UNTAGGED[line["name"]]
        found = spec.items[tag].codec.decode(bytes.fromhex(line["hex"]))
        assert found.flag is not Flag.OK, line


def test_numbers_that_jmisb_gives_without_naming_their_item_are_ours():
    lines = [line for line in untagged("decode") if isinstance(line.get("value"), int | float)]
    assert len(lines) >= 15
    for line in lines:
        spec, tag = UNTAGGED[line["name"]]
        found = spec.items[tag].codec.decode(bytes.fromhex(line["hex"])).value
        tolerance = line.get("tol", 1e-6 * (abs(line["value"]) + 1))
        assert isinstance(found, int | float)
        assert math.isclose(found, line["value"], abs_tol=max(tolerance, 0.03))


def plain(text: str) -> str:
    """A word without the signs that only separate: "FIPS10_4_TWO_LETTER" is "FIPS 10-4 two letter"."""
    return "".join(letter for letter in text.lower() if letter.isalnum())


def test_words_that_jmisb_shows_for_items_of_st_0102_are_ours():
    shown = [line for line in untagged("decode") if isinstance(line.get("value"), str)]
    lines = [line for line in shown if line["std"] == "st0102"]
    assert len(lines) >= 6
    for line in lines:
        spec, tag = UNTAGGED[line["name"]]
        found = spec.items[tag].codec.decode(bytes.fromhex(line["hex"]))
        assert plain(line["value"]) in (plain(found.label or ""), plain(str(found.value)))
