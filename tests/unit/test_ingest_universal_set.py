"""Universal sets: EG 0104 with its own labels, the ST 0102 universal set inside it, and back."""

import math
import struct
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atalaya.errors import KlvError
from atalaya.ingest.ber import length_bytes, read_length
from atalaya.ingest.checksum import ChecksumState
from atalaya.ingest.metadata_stream import KlvPacket
from atalaya.ingest.packet import DecodedPacket, decode_packet, encode_packet, packet_json
from atalaya.ingest.standards.eg0104 import PREDATOR, SECURITY_UNIVERSAL
from atalaya.ingest.standards.universal_codecs import (
    BoundedFloating,
    CountryCodes,
    DateTimeText,
    WordCode,
)
from atalaya.ingest.universal_set import (
    NestedUniversal,
    labelled,
    read_universal,
    unversioned,
    write_universal,
)
from atalaya.ingest.value import Entry, Flag, Value

HEADING = bytes.fromhex("060e2b34010101070701100106000000")
OBLIQUITY = bytes.fromhex("060e2b34010101010701100103000000")
LATITUDE = bytes.fromhex("060e2b34010101030701020102040200")
SECURITY_LABEL = bytes.fromhex("060e2b34020101010208020000000000")
CLOSED = {
    60: "060e2b34010101010e01010112000000",
    61: "060e2b34010101010e01010113000000",
    62: "060e2b34010101010e01020201000000",
    140: "060e2b34020401010e01030103000000",
}
KNOWN = [
    ("060e2b34010101030702010101050000", "0003f3b35ede0a7c", 2, 1112376646437500, 0.0),
    ("060e2b34010101010105050000000000", "313030", 3, "100", 0.0),
    ("060e2b34010101070701100106000000", "41a0147b", 5, 20.01, 1e-4),
    ("060e2b34010101070701100105000000", "41fd5c29", 90, 31.67, 1e-4),
    ("060e2b34010101070701100104000000", "41b07ae1", 91, 22.06, 1e-4),
    ("060e2b34010101010101200100000000", "3130", 10, "10", 0.0),
    ("060e2b34010101010420010201010000", "454f204e6f7365", 11, "EO Nose", 0.0),
    ("060e2b34010101030701020102040200", "c0416b46465eabfe", 13, -34.8381, 1e-4),
    ("060e2b34010101030701020102060200", "4061522d320eb74f", 14, 138.5680, 1e-4),
    ("060e2b34010101010701020102020000", "454a18a9", 15, 3233.5413, 1e-3),
    ("060e2b34010101020420020101080000", "3f40b00b", 16, 0.7527, 1e-4),
    ("060e2b340101010704200201010a0100", "4235999a", 17, 45.4, 1e-4),
    ("060e2b34010101010701080101000000", "460ed800", 21, 9142.0, 1e-3),
    ("060e2b34010101010701090201000000", "45e1cb90", 22, 7225.445, 1e-3),
    ("060e2b34010101010701020103020000", "c04165134a876329", 23, -34.7897, 1e-4),
    ("060e2b34010101010701020103040000", "4061545f7131410d", 24, 138.6367, 1e-4),
    ("060e2b340101010a0701020103160000", "447a6ae1", 25, 1001.67, 1e-3),
    ("060e2b34010101030701020103070100", "c04164ec27beeae8", 82, -34.7885, 1e-4),
    ("060e2b340101010307010201030b0100", "40615464fa374924", 83, 138.6373, 1e-4),
    ("060e2b34010101030701020103080100", "c041650763005db2", 84, -34.7893, 1e-4),
    ("060e2b340101010307010201030c0100", "4061546c1a2602db", 85, 138.6382, 1e-4),
    ("060e2b34010101030701020103090100", "c041653964a09b3d", 86, -34.7908, 1e-4),
    ("060e2b340101010307010201030d0100", "4061545a0d9addef", 87, 138.6360, 1e-4),
    ("060e2b340101010307010201030a0100", "c041651ee18b4e23", 88, -34.7900, 1e-4),
    ("060e2b340101010307010201030e0100", "406154531ddbcd29", 89, 138.6351, 1e-4),
    ("060e2b34010101010701100101000000", "bfb9041d", 0, -1.4454, 1e-4),
    ("060e2b34010101010701100102000000", "4245a767", 0, 49.4135, 1e-4),
    ("060e2b34010101010701100103000000", "4349547b", 0, 201.33, 1e-4),
    ("060e2b34010101010702010201010000", "3230303530333331303830343532", 0, "2005-03-31T08:04:52Z", 0.0),
    ("060e2b34010101010702010207010000", "3230303530333331303735303531", 0, "2005-03-31T07:50:51Z", 0.0),
]
"""Label, bytes, ST 0601 item, value, tolerance: an independent encoder's message (jmisb's test, restated)."""


def item(label: bytes, body: bytes) -> bytes:
    return label + length_bytes(len(body)) + body


def packet_of(*items: bytes, length_size: int = 3) -> KlvPacket:
    body = b"".join(items)
    data = PREDATOR.key + length_bytes(len(body), length_size) + body
    return KlvPacket(
        offset=0,
        last_offset=len(data) - 1,
        length=len(data),
        pid=None,
        pts_s=None,
        data=data,
        checksum_ok=False,
    )


def decoded_of(*items: bytes) -> DecodedPacket:
    return decode_packet(0, packet_of(*items))


@pytest.mark.parametrize(("label", "raw", "tag", "value", "tolerance"), KNOWN)
def test_an_item_of_a_known_message_says_what_its_writer_said(label, raw, tag, value, tolerance):
    entry = decoded_of(item(bytes.fromhex(label), bytes.fromhex(raw))).entries[0]
    assert entry.value.flag is Flag.OK
    assert entry.tag == tag
    assert entry.key == bytes.fromhex(label)
    if tolerance:
        assert entry.value.value == pytest.approx(value, abs=tolerance)
    else:
        assert entry.value.value == value


def test_a_whole_known_message_is_decoded_and_written_back_byte_for_byte():
    decoded = decoded_of(*(item(bytes.fromhex(label), bytes.fromhex(raw)) for label, raw, *_ in KNOWN))
    assert (decoded.standard, decoded.version, decoded.checksum) == ("0104", None, ChecksumState.ABSENT)
    assert decoded.problems == ()
    assert decoded.utc is not None
    assert decoded.utc.isoformat() == "2005-04-01T17:30:46.437500+00:00"
    blotted = tuple(
        replace(entry, value=replace(entry.value, raw=b"\xee" * len(entry.value.raw)))
        for entry in decoded.entries
    )
    assert encode_packet(replace(decoded, entries=blotted)) == decoded.packet.data


def test_items_of_the_json_go_by_their_labels():
    shown = packet_json(decoded_of(item(HEADING, bytes.fromhex("41a0147b"))))
    assert shown["set"] == "0104"
    assert shown["items"][HEADING.hex()]["name"] == "Platform Heading Angle"
    assert shown["items"][HEADING.hex()]["unit"] == "deg"


def test_angles_of_the_world_have_no_item_of_st_0601_because_those_are_of_the_platform():
    of_world = {item.name for item in PREDATOR.items.values() if item.name and "(World)" in item.name}
    assert of_world == {"Sensor Roll Angle (World)", "Angle to North (World)", "Obliquity Angle (World)"}
    assert {item.tag for item in PREDATOR.items.values()}.isdisjoint({18, 19, 20})


def test_the_version_byte_of_a_label_does_not_matter_and_is_kept():
    other = HEADING[:7] + b"\x01" + HEADING[8:]
    decoded = decoded_of(item(other, bytes.fromhex("41a0147b")))
    assert decoded.entries[0].tag == 5
    assert encode_packet(decoded) == decoded.packet.data


def test_no_two_items_of_a_catalogue_differ_only_in_their_version():
    for spec in (PREDATOR, SECURITY_UNIVERSAL):
        assert len({unversioned(one.key) for one in spec.items.values()}) == len(spec.items)
        assert all(len(one.key) == 16 for one in spec.items.values())
    assert len(PREDATOR.items) == 31 + 2 + 4
    assert len(labelled(*[(HEADING.hex(), 5, "a", DateTimeText())] * 2)) == 1


@pytest.mark.parametrize(("tag", "label"), CLOSED.items())
def test_what_the_charter_keeps_closed_is_carried_and_neither_named_nor_shown(tag, label):
    decoded = decoded_of(item(bytes.fromhex(label), b"\xab\xcd"))
    entry = decoded.entries[0]
    assert (entry.tag, entry.name, entry.value.value) == (tag, None, None)
    assert entry.value.flag is Flag.OPAQUE
    assert "abcd" not in str(packet_json(decoded))
    assert encode_packet(decoded) == decoded.packet.data
    assert encode_packet(decoded, without=frozenset({tag})) == PREDATOR.key + length_bytes(0, 3)


@pytest.mark.parametrize("without", [{OBLIQUITY}, {0}, {OBLIQUITY, 13}])
def test_an_item_is_withheld_by_its_label_or_its_tag(without):
    heading = item(HEADING, struct.pack(">f", 20.0))
    decoded = decoded_of(heading, item(OBLIQUITY, struct.pack(">f", -35.0)))
    assert encode_packet(decoded, without=frozenset(without)) == packet_of(heading).data


def test_a_label_that_nobody_knows_is_kept_and_said():
    label = bytes.fromhex("060e2b340101010107010301010f0000")
    decoded = decoded_of(item(label, b"\x01\x02"))
    assert decoded.entries[0].value.flag is Flag.UNKNOWN_ITEM
    assert label.hex() in decoded.problems[0]
    assert encode_packet(decoded) == decoded.packet.data


@pytest.mark.parametrize(
    "rest",
    [HEADING[:9], b"\x00" * 20, HEADING, HEADING + b"\x80", HEADING + b"\x05\x00", HEADING + b"\x84\xff"],
)
def test_a_set_cut_short_gives_what_came_before(rest):
    decoded = decoded_of(item(LATITUDE, struct.pack(">d", 38.0)), rest)
    assert [entry.tag for entry in decoded.entries] == [13]
    assert decoded.problems
    assert not decoded.complete
    with pytest.raises(KlvError, match="cut short"):
        encode_packet(decoded)


@pytest.mark.parametrize(
    ("body", "flag"),
    [
        (b"", Flag.ZERO_LENGTH),
        (b"\x00" * 5, Flag.MALFORMED),
        (struct.pack(">d", math.nan), Flag.ERROR_INDICATOR),
        (struct.pack(">d", math.inf), Flag.OUT_OF_RANGE),
        (struct.pack(">d", 91.0), Flag.OUT_OF_RANGE),
    ],
)
def test_what_is_no_latitude_is_null_with_its_reason_and_written_back(body, flag):
    decoded = decoded_of(item(LATITUDE, body))
    value = decoded.entries[0].value
    assert (value.value, value.flag) == (None, flag)
    assert value.reason
    assert encode_packet(decoded) == decoded.packet.data


def security_items() -> bytes:
    third = bytes.fromhex("060e2b3401010103")
    first = bytes.fromhex("060e2b3401010101")
    return (
        item(third + bytes.fromhex("0208020100000000"), b"UNCLASSIFIED//")
        + item(third + bytes.fromhex("0701200102070000"), b"GENC Three Letter")
        + item(third + bytes.fromhex("0701200102080000"), b"//MEX")
        + item(third + bytes.fromhex("0701200102010100"), "MEX".encode("utf-16-be"))
        + item(first + bytes.fromhex("0e01020504000000"), b"\x00\x0c")
    )


def test_the_security_set_inside_is_read_by_the_items_of_its_local_form():
    decoded = decoded_of(item(SECURITY_LABEL, security_items()))
    entry = decoded.entries[0]
    inside = {one.tag: one.value for one in entry.value.value}
    assert entry.tag == 48
    assert (inside[1].value, inside[1].label) == (1, "UNCLASSIFIED")
    assert (inside[3].value, inside[13].value, inside[22].value) == ("//MEX", "MEX", 12)
    assert encode_packet(decoded) == decoded.packet.data
    assert decoded.problems == ()


def test_a_security_set_of_its_own_is_a_packet():
    body = security_items()
    data = SECURITY_LABEL + length_bytes(len(body)) + body
    decoded = decode_packet(0, replace(packet_of(), data=data))
    assert (decoded.standard, decoded.version) == ("0102", 12)
    assert encode_packet(decoded) == data


def test_half_a_security_set_gives_nothing_rather_than_half():
    codec = NestedUniversal(lambda: SECURITY_UNIVERSAL)
    assert codec.decode(security_items()[:-1]).flag is Flag.MALFORMED
    assert codec.decode(b"").flag is Flag.ZERO_LENGTH
    with pytest.raises(KlvError, match="entries"):
        codec.encode("no set")


def test_an_entry_without_its_label_cannot_be_written():
    entry = Entry(tag=5, name=None, value=Value(value=1.0, raw=b"1234"))
    with pytest.raises(KlvError, match="label"):
        write_universal(PREDATOR, (entry,))


@pytest.mark.parametrize("data", [b"20050331T080452", b"20050331080452"])
def test_a_moment_is_read_with_or_without_its_t_and_written_back_as_it_was(data):
    value = DateTimeText().decode(data)
    assert value.value == "2005-03-31T08:04:52Z"
    assert DateTimeText().encode(value.value, len(data)) == data


@pytest.mark.parametrize(
    "data", [b"20051331T080452", b"2005033T1080452", b"20050331T08045", b"2005-3-31080452"]
)
def test_a_moment_that_does_not_exist_is_malformed(data):
    assert DateTimeText().decode(data).flag is Flag.MALFORMED


def test_words_codes_and_countries_that_cannot_be_are_refused():
    words = WordCode(words={1: "UNCLASSIFIED"})
    assert words.decode(b"COSMIC//").flag is Flag.OUT_OF_RANGE
    assert words.encode("UNCLASSIFIED") == words.encode(1) == b"UNCLASSIFIED//"
    assert words.encode(1, 12) == b"UNCLASSIFIED"
    with pytest.raises(KlvError):
        words.encode(2)
    with pytest.raises(KlvError):
        CountryCodes().encode(5)
    with pytest.raises(KlvError):
        DateTimeText().encode("yesterday")
    with pytest.raises(KlvError):
        BoundedFloating(low=0.0, high=1.0).encode(2.0)
    assert CountryCodes().decode(b"\xff\xfe\xfd").flag is Flag.MALFORMED
    assert all(
        codec.decode(b"").flag is Flag.ZERO_LENGTH for codec in (words, CountryCodes(), DateTimeText())
    )


@given(st.text(alphabet=st.characters(max_codepoint=0x7F), min_size=1), st.booleans())
def test_country_codes_come_back_in_the_width_they_had(text, wide):
    codec = CountryCodes()
    data = text.encode("utf-16-be" if wide else "ascii")
    assert codec.encode(codec.decode(data).value, len(data)) == data


@given(st.floats(-360.0, 360.0, width=32), st.sampled_from([4, 8]))
def test_a_number_comes_back_bit_for_bit_in_four_bytes_and_in_eight(number, size):
    codec = BoundedFloating(low=-360.0, high=360.0)
    data = codec.encode(number, size)
    assert len(data) == size
    assert codec.decode(data).value == number
    assert codec.encode(codec.decode(data).value, size) == data


@given(st.binary(max_size=200))
def test_no_bytes_make_the_reader_raise_and_what_it_read_is_written_back(data):
    entries, complaint = read_universal(PREDATOR, data)
    if complaint is None:
        assert write_universal(PREDATOR, entries) == data


@given(st.lists(st.tuples(st.sampled_from(sorted(PREDATOR.items)), st.binary(max_size=20)), max_size=8))
def test_every_item_with_any_bytes_is_explained_and_written_back(pairs):
    data = b"".join(item(label, body) for label, body in pairs)
    entries, complaint = read_universal(PREDATOR, data)
    assert complaint is None
    assert all(entry.value.reason for entry in entries if entry.value.flag is not Flag.OK)
    assert write_universal(PREDATOR, entries) == data


def test_the_length_of_a_set_is_written_as_long_as_it_was():
    for size in (1, 2, 3, 4):
        decoded = decode_packet(0, packet_of(item(HEADING, b"\x41\xa0\x14\x7b"), length_size=size))
        assert read_length(encode_packet(decoded), 16) == (21, 16 + size)
