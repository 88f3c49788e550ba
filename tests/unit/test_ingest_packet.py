"""Whole packets: everything decoded or explained, and written back as it came."""

from dataclasses import replace

import pytest

from atalaya.errors import KlvError
from atalaya.ingest.ber import item_bytes, length_bytes
from atalaya.ingest.checksum import ChecksumState, checksum_state, running_sum
from atalaya.ingest.metadata_stream import KlvPacket
from atalaya.ingest.packet import decode_packet, encode_packet, packet_json
from atalaya.ingest.stream import UAS_DATALINK_KEY, read_packets
from atalaya.ingest.value import Entries, Entry, Flag, Value, entries_json
from shared_data import shared_file

STREAMS = {
    "data/klv/real/cheyenne_c208b_2012.klv": 407,
    "data/klv/real/aphill_klv_10s.ts": 300,
    "data/klv/sim/osh_vrsg_vmti.ts": 277,
    "data/klv/sim/osh_vrsg_vmti.klv": 277,
    "data/klv/conformance/h264_klv.ts": 30,
    "data/klv/conformance/h265_klv.ts": 30,
    "data/klv/conformance/mpeg2_klv.ts": 30,
    "data/klv/conformance/h265_tricky_klv.ts": 90,
    "data/klv/conformance/jmisb_0903_standalone_vmti.klv": 5,
    "data/klv/conformance/st0902_dynamic_constant_badchecksum.klv": 1,
    "data/klv/conformance/st0902_dynamic_only.klv": 1,
}
EXPLAINED = (Flag.OK, Flag.ERROR_INDICATOR, Flag.ZERO_LENGTH, Flag.OPAQUE, Flag.CHECKSUM_FAILED)


def bare(data: bytes) -> KlvPacket:
    return KlvPacket(
        offset=0,
        last_offset=len(data) - 1,
        length=len(data),
        pid=None,
        pts_s=None,
        data=data,
        checksum_ok=True,
    )


def made(items: bytes, *, payload_only: bool = False) -> bytes:
    """An ST 0601 packet of these items, its sum made as asked."""
    body = items + b"\x01\x02"
    head = UAS_DATALINK_KEY + length_bytes(len(body) + 2)
    summed = body if payload_only else head + body
    return head + body + running_sum(summed).to_bytes(2, "big")


def without_bytes(entries: Entries) -> Entries:
    """The same values, the bytes that they came from blotted out: only an encoder can bring them back."""
    return tuple(blotted(entry) for entry in entries)


def blotted(entry: Entry) -> Entry:
    value = entry.value
    if value.flag is not Flag.OK:
        return entry
    nested = without_bytes(value.value) if isinstance(value.value, tuple) else value.value
    return replace(entry, value=replace(value, value=nested, raw=b"\xee" * len(value.raw)))


@pytest.mark.shared
@pytest.mark.parametrize(("name", "count"), STREAMS.items())
def test_every_packet_of_every_stream_is_decoded_or_explained(name, count):
    packets = read_packets([shared_file(name).read_bytes()]).packets
    assert len(packets) == count
    for index, packet in enumerate(packets):
        decoded = decode_packet(index, packet)
        assert decoded.standard is not None
        assert decoded.entries
        told = [entry for entry in decoded.entries if entry.value.flag not in EXPLAINED]
        assert len(told) <= len(decoded.problems)


@pytest.mark.shared
@pytest.mark.parametrize("name", STREAMS)
def test_what_was_decoded_is_written_back_byte_for_byte(name):
    for index, packet in enumerate(read_packets([shared_file(name).read_bytes()]).packets):
        decoded = decode_packet(index, packet)
        if decoded.checksum is ChecksumState.FAILED:
            continue
        from_values = replace(decoded, entries=without_bytes(decoded.entries))
        assert encode_packet(from_values).hex() == packet.data.hex()


@pytest.mark.shared
def test_a_withheld_item_leaves_a_valid_packet_without_it():
    packet = read_packets([shared_file("data/klv/sim/osh_vrsg_vmti.klv").read_bytes()]).packets[0]
    decoded = decode_packet(0, packet)
    fewer = encode_packet(decoded, without=frozenset({13, 14}))
    again = decode_packet(0, bare(fewer))
    assert checksum_state(fewer) is ChecksumState.OK
    assert [entry.tag for entry in again.entries] == [
        entry.tag for entry in decoded.entries if entry.tag not in (13, 14)
    ]


def test_a_packet_whose_sum_fails_is_kept_and_flagged_and_said():
    data = bytearray(made(item_bytes(2, (10**15).to_bytes(8, "big")) + item_bytes(5, b"\x71\xc2")))
    data[-1] ^= 1
    decoded = decode_packet(0, bare(bytes(data)))
    assert decoded.checksum is ChecksumState.FAILED
    assert {str(entry.value.flag) for entry in decoded.entries} == {"checksum_failed"}
    assert packet_json(decoded)["problems"]


def test_a_producer_that_sums_only_the_payload_is_named_and_written_back():
    data = made(item_bytes(2, (10**15).to_bytes(8, "big")) + item_bytes(65, b"\x13"), payload_only=True)
    decoded = decode_packet(0, bare(data))
    assert decoded.checksum is ChecksumState.PAYLOAD_ONLY
    assert encode_packet(decoded) == data


def test_opaque_items_are_carried_and_neither_named_nor_shown():
    secret = b"\xab\xcd"
    data = made(
        item_bytes(2, (10**15).to_bytes(8, "big")) + b"".join(item_bytes(tag, secret) for tag in (60, 61, 62))
    )
    decoded = decode_packet(0, bare(data))
    shown = packet_json(decoded)["items"]
    for tag in ("60", "61", "62"):
        assert shown[tag]["name"] is None
        assert shown[tag]["value"] is None
        assert shown[tag]["flag"] == "opaque"
    assert "abcd" not in str(packet_json(decoded))
    assert encode_packet(decoded) == data


def test_a_key_that_nobody_knows_is_said_and_cannot_be_written():
    decoded = decode_packet(3, bare(bytes.fromhex("060e2b34010203040506070809101112") + b"\x01\x00"))
    assert decoded.standard is None
    assert "no catalogue" in decoded.problems[0]
    with pytest.raises(KlvError, match="no catalogue"):
        encode_packet(decoded)


def test_a_tag_that_is_written_longer_than_it_needs_comes_back_as_it_was():
    body = b"\x80\x80\x05\x02\x71\xc2"
    data = UAS_DATALINK_KEY + length_bytes(len(body)) + body
    decoded = decode_packet(0, bare(data))
    assert [entry.tag for entry in decoded.entries] == [5]
    assert encode_packet(decoded) == data


def test_a_set_cut_short_gives_what_came_before():
    data = UAS_DATALINK_KEY + b"\x0c" + item_bytes(5, b"\x71\xc2") + b"\x0d\x7f\x00"
    decoded = decode_packet(0, bare(data))
    assert [entry.tag for entry in decoded.entries] == [5]
    assert any("127 bytes" in problem for problem in decoded.problems)
    with pytest.raises(KlvError, match="cut short"):
        encode_packet(decoded)


def test_an_item_that_comes_once_is_an_object_and_one_that_comes_often_a_list():
    entries = tuple(Entry(tag=5, name=None, value=Value(value=number, raw=b"")) for number in range(4))
    assert entries_json(entries[:1])["5"]["value"] == 0
    assert [one["value"] for one in entries_json(entries)["5"]] == [0, 1, 2, 3]
