"""Damaged KLV: every packet that was left whole is found, none is invented, and nothing takes long."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atalaya.ingest.checksum import is_proved, running_sum
from atalaya.ingest.problems import ProblemLog
from atalaya.ingest.splitter import SET_PREFIX, KlvSplitter
from atalaya.ingest.stream import StreamReader, read_packets
from klv_damage import Damage, damaged
from shared_data import shared_file

KEY = bytes.fromhex("060e2b34020b01010e01030101000000")
OTHER_KEY = bytes.fromhex("060e2b34020b01010e01030306000000")


def packet_of(time_us: int, more: bytes = b"", key: bytes = KEY) -> bytes:
    body = b"\x02\x08" + time_us.to_bytes(8, "big") + more
    size = len(body) + 4
    length = bytes((size,)) if size < 0x80 else b"\x82" + size.to_bytes(2, "big")
    head = key + length + body + b"\x01\x02"
    return head + running_sum(head).to_bytes(2, "big")


def proved(data: bytes) -> list[bytes]:
    return [packet.data for packet in read_packets([data]).packets if packet.checksum_ok]


@pytest.mark.shared
@pytest.mark.parametrize("how", list(Damage))
def test_of_a_real_flight_every_packet_left_whole_is_recovered_and_none_is_wrong(how):
    data = shared_file("data/klv/real/cheyenne_c208b_2012.klv").read_bytes() * 2
    packets = read_packets([data]).packets
    starts = np.array([packet.offset for packet in packets])
    lengths = np.array([packet.length for packet in packets])
    originals = {packet.data for packet in packets}

    for seed in range(3):
        case = damaged(data, starts, lengths, how, seed)
        found = {
            packet.offset: packet.data for packet in read_packets([case.data]).packets if packet.checksum_ok
        }

        missed = {at for at, number in case.whole.items() if found.get(at) != packets[number].data}
        assert not missed
        assert set(found.values()) <= originals


def test_a_packet_whose_length_is_damaged_hides_no_packet_behind_it():
    packets = [packet_of(time_us, bytes((3, 90)) + b"A" * 90) for time_us in range(6)]
    for length in (b"\x00", b"\x05", b"\x7f", b"\xff", b"\x82\x10", b"\x83\x20", b"\x84\x00"):
        data = packets[0] + packets[1][:16] + length + packets[1][16 + len(length) :] + b"".join(packets[2:])
        assert proved(data) == [packets[0], *packets[2:]], length


def test_a_damaged_packet_of_another_kind_hides_no_proved_packet():
    inside = [packet_of(time_us, bytes((3, 20)) + b"A" * 20) for time_us in range(3)]
    outer = packet_of(9, key=OTHER_KEY)[:16] + b"\x82\x00\xf0" + b"\x02\x08" + bytes(8)

    assert proved(outer + b"".join(inside) + packet_of(10)) == [*inside, packet_of(10)]


def test_a_sum_that_holds_by_chance_is_not_believed_after_damage():
    body = b"\x02\x08" + bytes(8) + b"\x03\x7f" + b"A" * 6  # item 3 runs past the end
    head = KEY + bytes((len(body) + 4,)) + body + b"\x01\x02"
    chance = head + running_sum(head).to_bytes(2, "big")

    assert not is_proved(chance)
    assert proved(b"lost" + chance + packet_of(2)) == [packet_of(2)]


@pytest.mark.parametrize("chunk", [1, 13, 188, 4096])
@settings(max_examples=25, deadline=None)
@given(st.data())
def test_how_damaged_bytes_are_cut_into_chunks_changes_nothing(chunk, data):
    keys = st.sampled_from([KEY, OTHER_KEY])
    stream = bytearray(
        b"".join(packet_of(number, b"\x03\x04ABCD" * 4, data.draw(keys)) for number in range(12))
    )
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(stream) - 1))
        if data.draw(st.booleans()):
            stream[place] = data.draw(st.integers(0, 255))
        else:
            del stream[place : place + data.draw(st.integers(1, 40))]
    whole = read_packets([bytes(stream)]).packets

    reader = StreamReader()
    packets = [
        packet
        for at in range(0, len(stream), chunk)
        for packet in reader.feed(bytes(stream[at : at + chunk]))
    ]
    assert tuple(packets + reader.finish()) == whole


def spans(pieces) -> int:
    splitter = KlvSplitter(ProblemLog())
    return sum(len(splitter.feed(piece)) for piece in pieces) + len(splitter.break_here())


def hostile_streams() -> dict[str, bytes]:
    far = b"\x84\x00\x3f\xff\x00"
    keys = b"".join(SET_PREFIX + number.to_bytes(11, "big") + far for number in range(8_000))
    return {
        "one key, a long length, the same key again and again": (KEY + far) * 8_000,
        "keys that are all different, each with a long length": keys,
        "a long length and nothing behind it": KEY + far + b"\x01\x02" * 60_000,
        "prefixes without anything": SET_PREFIX * 20_000,
        "stumps of keys": (KEY[5:] + far) * 8_000,
    }


@pytest.mark.parametrize("name", list(hostile_streams()))
def test_hostile_bytes_are_searched_a_bounded_number_of_times(name, monkeypatch):
    data = hostile_streams()[name]
    searched = 0
    plain = bytearray

    class Counting(bytearray):
        def find(self, *arguments):
            nonlocal searched
            found = plain.find(self, *arguments)
            begin = arguments[1] if len(arguments) > 1 else 0
            end = min(arguments[2], len(self)) if len(arguments) > 2 else len(self)
            searched += (end if found < 0 else found + 16) - begin
            return found

    splitter = KlvSplitter(ProblemLog())
    monkeypatch.setattr(splitter, "_buffer", Counting())
    for at in range(0, len(data), 8192):
        splitter.feed(data[at : at + 8192])
    splitter.break_here()

    assert searched < 8 * len(data)
