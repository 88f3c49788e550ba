"""RTP put in order, KLV units put together, and live bytes read piece by piece: known answers and laws."""

import struct
import sys
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atalaya.ingest.checksum import running_sum
from atalaya.ingest.continuity import ContinuityWatch
from atalaya.ingest.live_stream import LiveProblem, LiveRecord, LiveStream
from atalaya.ingest.mux import mux_ts
from atalaya.ingest.problems import ProblemLog
from atalaya.ingest.rtp import (
    KlvUnits,
    RtpPacket,
    RtpSequencer,
    Sequenced,
    is_whole_transport,
    read_rtp,
    unwrapped_timestamp,
)
from atalaya.ingest.stream import UAS_DATALINK_KEY
from atalaya.ingest.transport import TransportBlock
from atalaya.model.problem import Problem


def a_packet(number: int, filling: int = 60) -> bytes:
    body = b"\x02\x08" + (1_700_000_000_000_000 + number).to_bytes(8, "big")
    body += b"\x03" + bytes((filling,)) + bytes(65 + number % 26 for _ in range(filling)) + b"\x01\x02"
    whole = UAS_DATALINK_KEY + b"\x82" + (len(body) + 2).to_bytes(2, "big") + body
    return whole + running_sum(whole).to_bytes(2, "big")


def rtp_bytes(
    sequence: int, payload: bytes, *, timestamp=0, ssrc=7, kind=96, marker=False, extension=b"", padding=0
) -> bytes:
    first = 0x80 | (0x10 if extension else 0) | (0x20 if padding else 0)
    head = struct.pack(
        "!BBHII", first, (0x80 if marker else 0) | kind, sequence % 65536, timestamp % (1 << 32), ssrc
    )
    if extension:
        head += struct.pack("!HH", 0xBEDE, len(extension) // 4) + extension
    return head + payload + (b"\x00" * (padding - 1) + bytes((padding,)) if padding else b"")


def numbered(sequence: int, payload: bytes = b"", **more) -> RtpPacket:
    packet = read_rtp(rtp_bytes(sequence, payload, **more))
    assert packet is not None
    return packet


def order_of(sequenced) -> list[tuple[int, int]]:
    return [(one.packet.sequence, one.missing) for one in sequenced]


def records(events) -> list[LiveRecord]:
    return [event for event in events if isinstance(event, LiveRecord)]


def problems(events) -> list[LiveProblem]:
    return [event for event in events if isinstance(event, LiveProblem)]


def codes(events) -> list[str]:
    return [event.problem.code for event in problems(events)]


def a_transport_stream(count: int = 20) -> bytes:
    timed = [(90_000 + 3_000 * number, a_packet(number, 200)) for number in range(count)]
    return b"".join(mux_ts([], timed))


# the header


def test_header_fields_stand_where_rfc_3550_puts_them():
    packet = read_rtp(bytes.fromhex("80e1 1234 00000065 deadbeef".replace(" ", "")) + b"payload")
    assert packet == RtpPacket(
        payload_type=0x61,
        marker=True,
        sequence=0x1234,
        timestamp=0x65,
        ssrc=0xDEADBEEF,
        payload=b"payload",
    )


def test_contributing_sources_extension_and_padding_are_no_payload():
    sources = bytes((0x82,)) + rtp_bytes(1, b"")[1:] + bytes(8)
    assert read_rtp(sources + b"abc").payload == b"abc"
    assert read_rtp(rtp_bytes(1, b"abc", extension=b"12345678", padding=5)).payload == b"abc"


@pytest.mark.parametrize(
    "foreign",
    [
        b"",
        b"\x80\x60\x00",
        b"\x47" * 188,
        UAS_DATALINK_KEY,
        b"\x80\xc8" + bytes(20),  # RTCP sender report
        b"\xa0\x60" + bytes(9) + b"\x07" + b"\xff",  # more padding than packet
        b"\x90\x60" + bytes(10) + b"\x00",  # an extension cut short
    ],
)
def test_what_is_no_rtp_is_not_read_as_rtp(foreign):
    assert read_rtp(foreign) is None


@given(st.binary(max_size=60))
def test_no_bytes_whatever_make_the_header_reader_raise(data):
    read_rtp(data)
    read_rtp(b"\x80\x60" + data)


def test_a_timestamp_goes_on_rising_when_its_32_bits_wrap():
    before = (1 << 32) - 3_000
    assert unwrapped_timestamp(0, before) == 1 << 32
    assert unwrapped_timestamp(before, (1 << 32) + 100) == before
    assert unwrapped_timestamp(5, None) == 5


# order and loss


def test_packets_out_of_order_within_the_window_are_put_in_order_without_loss():
    sequencer = RtpSequencer(window=4)
    given_out = []
    for sequence in (65534, 0, 65535, 1, 3, 2):
        given_out += sequencer.put(numbered(sequence), 0.0)
    assert order_of(given_out) == [(65534, 0), (65535, 0), (0, 0), (1, 0), (2, 0), (3, 0)]
    assert sequencer.lost == 0


def test_a_lost_packet_is_given_up_when_the_window_is_full_and_told_once():
    sequencer = RtpSequencer(window=3)
    given_out = []
    for sequence in (10, 13, 14, 15, 16, 17):
        given_out += sequencer.put(numbered(sequence), 0.0)
    assert order_of(given_out) == [(10, 0), (13, 2), (14, 0), (15, 0), (16, 0), (17, 0)]
    assert sequencer.lost == 2


def test_a_lost_packet_is_given_up_when_patience_ends():
    sequencer = RtpSequencer(patience_s=0.05)
    assert order_of(sequencer.put(numbered(1), 0.0)) == [(1, 0)]
    assert sequencer.put(numbered(3), 1.0) == []
    assert sequencer.overdue(1.04) == []
    assert order_of(sequencer.overdue(1.06)) == [(3, 1)]
    assert sequencer.put(numbered(2), 1.07) == []
    assert sequencer.late == 1


def test_a_sender_that_begins_anew_is_believed_at_its_second_packet():
    sequencer = RtpSequencer()
    sequencer.put(numbered(100), 0.0)
    assert sequencer.put(numbered(40_000), 0.0) == []
    (one,) = sequencer.put(numbered(40_001), 0.0)
    assert one.restarted
    assert order_of(sequencer.put(numbered(40_002), 0.0)) == [(40_002, 0)]


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 65535), st.randoms(use_true_random=False), st.integers(1, 8))
def test_whatever_the_jitter_every_packet_comes_out_once_and_in_order(first, rng, jitter):
    sent = [numbered(first + number) for number in range(80)]
    kept = [packet for packet in sent[1:-1] if rng.random() > 0.1]
    late = sorted(range(len(kept)), key=lambda number: number + rng.random() * jitter)
    sequencer = RtpSequencer(window=16)
    given_out = sequencer.put(sent[0], 0.0)
    for number in late:
        given_out += sequencer.put(kept[number], 0.0)
    given_out += sequencer.put(sent[-1], 0.0) + sequencer.finish()
    wanted = [sent[0], *kept, sent[-1]]
    assert [one.packet for one in given_out] == wanted
    assert sum(one.missing for one in given_out) == len(sent) - len(wanted) == sequencer.lost


# KLV units


def units_of(packets: list[Sequenced]) -> tuple[list[bytes], list[str]]:
    log = ProblemLog()
    units = KlvUnits(log)
    found = [unit for packet in packets for unit in units.put(packet, 0)] + units.finish()
    return [unit.data for unit in found], [problem.code for problem in log.problems()]


def fragments(data: bytes, sequence: int, timestamp: int, size: int = 40, *, marked=True) -> list[RtpPacket]:
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    return [
        numbered(sequence + number, piece, timestamp=timestamp, marker=marked and number == len(pieces) - 1)
        for number, piece in enumerate(pieces)
    ]


def test_a_unit_over_several_packets_is_put_together():
    one, two = a_packet(1), a_packet(2)
    packets = fragments(one, 0, 3000) + fragments(two, 10, 6000)
    assert units_of([Sequenced(packet, 0.0) for packet in packets]) == ([one, two], [])


def test_units_are_told_apart_by_their_time_where_nobody_sets_the_marker():
    one, two = a_packet(1), a_packet(2)
    packets = fragments(one, 0, 3000, marked=False) + fragments(two, 10, 6000, marked=False)
    assert units_of([Sequenced(packet, 0.0) for packet in packets]) == ([one, two], [])


@pytest.mark.parametrize("lost", [0, 1, 2])
def test_a_unit_that_lost_a_packet_is_dropped_and_told_and_the_next_is_whole(lost):
    one, two = fragments(a_packet(1), 0, 3000), fragments(a_packet(2), 3, 6000)
    assert len(one) == 3
    kept = [packet for number, packet in enumerate(one) if number != lost] + two
    expected = min(2, lost)
    sequenced = [Sequenced(packet, 0.0, int(number == expected)) for number, packet in enumerate(kept)]
    assert units_of(sequenced) == ([a_packet(2)], ["rtp-klv-dropped"])


def test_a_whole_unit_before_a_lost_one_is_kept_though_no_marker_says_that_it_ended():
    one, three = a_packet(1), a_packet(3)
    packets = [
        *(Sequenced(packet, 0.0) for packet in fragments(one, 0, 3000, marked=False)),
        *(Sequenced(packet, 0.0, 3 * (not at)) for at, packet in enumerate(fragments(three, 6, 9000))),
    ]
    assert units_of(packets) == ([one, three], [])


# continuity


def a_row(pid: int, counter: int, fill: int = 0, *, control: int = 0x10, flags: int | None = None) -> bytes:
    head = bytes((0x47, pid >> 8, pid & 0xFF, control | counter))
    if flags is not None:
        head += bytes((1, flags))
    return head + bytes((fill,)) * (188 - len(head))


def missing_in(*rows: bytes) -> list[tuple[int, int, int]]:
    octets = np.frombuffer(b"".join(rows), dtype=np.uint8).reshape(-1, 188)
    return [
        (one.pid, one.offset, one.packets) for one in ContinuityWatch().put(TransportBlock(0, 188, octets))
    ]


def test_every_pid_is_counted_by_itself():
    rows = [a_row(256, 14), a_row(257, 3), a_row(256, 15), a_row(256, 0), a_row(257, 6), a_row(256, 1)]
    assert missing_in(*rows) == [(257, 4 * 188, 2)]


def test_a_packet_sent_twice_is_no_loss_but_fifteen_lost_ones_are():
    assert missing_in(a_row(256, 4, 1), a_row(256, 4, 1), a_row(256, 5)) == []
    assert missing_in(a_row(256, 4, 1), a_row(256, 4, 2)) == [(256, 188, 15)]


def test_null_packets_packets_without_payload_and_declared_breaks_do_not_count():
    null, bare = 0x1FFF, a_row(256, 4, control=0x20, flags=0x00)
    assert missing_in(a_row(null, 1), a_row(null, 9)) == []
    assert missing_in(a_row(256, 4), bare, bare, a_row(256, 5)) == []
    assert missing_in(a_row(256, 4), a_row(256, 9, control=0x30, flags=0x80)) == []


# live streams


def put_all(stream: LiveStream, datagrams):
    events = [event for at, data in enumerate(datagrams) for event in stream.put(data, float(at))]
    return events + stream.finish(float(len(datagrams)))


def pieces_of(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


@pytest.mark.parametrize("size", [188, 1316, 100, 500, 1315, 1317, 70_000])
@pytest.mark.parametrize("first", [0, 60])
@pytest.mark.parametrize("datagrams", [True, False])
def test_a_transport_stream_is_read_however_it_is_cut(size, first, datagrams):
    events = put_all(LiveStream(datagrams=datagrams), pieces_of(a_transport_stream()[first:], size))
    wanted = [a_packet(number, 200) for number in range(20)]
    given_out = [record.packet.data for record in records(events)]
    assert given_out == wanted[1 if first and len(given_out) == 19 else 0 :]
    assert [record.index for record in records(events)] == list(range(len(given_out)))
    assert "ts-continuity" not in codes(events)


def test_datagrams_that_came_together_are_read_as_they_are_one_by_one():
    datagrams = pieces_of(a_transport_stream(40), 1316)
    del datagrams[3]
    one_by_one = put_all(LiveStream(datagrams=True), datagrams)
    stream = LiveStream(datagrams=True)
    together = list(stream.put_all(datagrams[:1], 0.0)) + list(stream.put_all(datagrams[1:], 0.0))
    together += stream.finish(0.0)
    assert [record.packet for record in records(together)] == [
        record.packet for record in records(one_by_one)
    ]
    told, told_together = (
        Counter(event.problem for event in problems(events)) for events in (one_by_one, together)
    )
    assert told == told_together


def test_keys_that_ffmpeg_6_1_cut_are_put_back_and_told_once():
    timed = [(90_000 + 3_000 * number, a_packet(number)[5:]) for number in range(6)]
    events = put_all(LiveStream(datagrams=True), list(mux_ts([], timed)))
    assert [record.packet.data for record in records(events)] == [a_packet(number) for number in range(6)]
    assert all(record.packet.repaired for record in records(events))
    assert codes(events) == ["ffmpeg-6.1-damage"]


def test_a_packet_is_given_with_the_very_datagram_that_completes_it():
    stream = LiveStream(datagrams=True)
    count = 0
    for number, data in enumerate(mux_ts([], [(90_000 + n, a_packet(n)) for n in range(5)])):
        events = stream.put(data, float(number))
        (record,) = records(events)
        assert record.packet.data == a_packet(number)
        assert record.arrived_s == number
        count += 1
    assert count == 5


def test_a_lost_datagram_is_told_with_its_pid_and_how_many_packets_are_missing():
    datagrams = pieces_of(a_transport_stream(40), 1316)
    lost = datagrams.pop(3)
    events = put_all(LiveStream(datagrams=True), datagrams)
    gaps = [event for event in problems(events) if event.problem.code == "ts-continuity"]
    pids = Counter(lost[at + 1] % 32 << 8 | lost[at + 2] for at in range(0, len(lost), 188))
    assert {gap.pid: gap.missing for gap in gaps} == pids
    assert gaps[0].noticed_s == 3.0
    assert sum(record.gaps_before for record in records(events)) == len(pids)


def test_bare_klv_is_read_one_packet_a_datagram_and_cut_into_several():
    packets = [a_packet(number) for number in range(6)]
    events = put_all(LiveStream(datagrams=True), packets)
    assert [record.packet.data for record in records(events)] == packets
    assert [record.arrived_s for record in records(events)] == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    events = put_all(LiveStream(datagrams=True), pieces_of(b"".join(packets), 37))
    assert [record.packet.data for record in records(events)] == packets


def test_a_transport_stream_in_rtp_is_told_from_its_content_and_put_in_order():
    payloads = pieces_of(a_transport_stream(), 1316)
    datagrams = [rtp_bytes(65_530 + at, payload, kind=33) for at, payload in enumerate(payloads)]
    datagrams[2], datagrams[3] = datagrams[3], datagrams[2]
    kept: list[bytes] = []
    events = put_all(LiveStream(datagrams=True, keep=kept.append), datagrams)
    assert [record.packet.data for record in records(events)] == [a_packet(at, 200) for at in range(20)]
    assert codes(events) == []
    assert b"".join(kept) == a_transport_stream()


def test_klv_in_rtp_is_put_together_timed_and_its_losses_are_told():
    start = (1 << 32) - 6_000
    datagrams, sequence = [], 0
    for number in range(5):
        for piece in pieces_of(a_packet(number), 40):
            marker = len(piece) < 40 or a_packet(number).endswith(piece)
            datagrams.append(rtp_bytes(sequence, piece, timestamp=start + 3_000 * number, marker=marker))
            sequence += 1
    del datagrams[4]
    untimed = put_all(LiveStream(datagrams=True), datagrams)
    assert {record.packet.pts_s for record in records(untimed)} == {None}
    events = put_all(LiveStream(datagrams=True, klv_clock_hz=90_000), datagrams)
    assert [record.packet.data for record in records(events)] == [a_packet(at) for at in (0, 2, 3, 4)]
    times = [record.packet.pts_s for record in records(events)]
    assert times == pytest.approx([(start + 3_000 * at) / 90_000 for at in (0, 2, 3, 4)])
    assert sorted(codes(events)) == ["rtp-klv-dropped", "rtp-lost"]
    assert records(events)[1].gaps_before == 2


def test_another_sender_on_the_same_port_is_told_and_read_by_itself():
    one = [rtp_bytes(at, a_packet(at), marker=True, timestamp=at) for at in range(3)]
    two = [rtp_bytes(9_000 + at, a_packet(at), marker=True, timestamp=at, ssrc=8) for at in range(3)]
    mixed = [datagram for pair in zip(one, two, strict=True) for datagram in pair]
    events = put_all(LiveStream(datagrams=True), mixed)
    assert len(records(events)) == 6
    assert codes(events) == ["rtp-ssrc-changed"]


@pytest.mark.parametrize("datagrams", [True, False])
def test_a_short_stream_that_ends_before_it_is_clear_what_it_is_is_read_at_its_end(datagrams):
    events = put_all(LiveStream(datagrams=datagrams), [b"\x01" * 30 + a_packet(1), a_packet(2)[:50]])
    assert records(events)[0].packet.data == a_packet(1)
    assert "klv-garbage" in codes(events)


def test_foreign_bytes_are_told_once_however_long_they_last():
    foreign = [bytes((at % 200,)) * 1400 for at in range(600)]
    for datagrams in (True, False):
        assert codes(put_all(LiveStream(datagrams=datagrams), foreign)) == ["not-a-stream"]


def test_rtp_of_something_else_is_left_alone():
    datagrams = [rtp_bytes(at, b"\x65" * 900, kind=97) for at in range(3)]
    datagrams += [rtp_bytes(3 + at, a_packet(at), marker=True, kind=96) for at in range(2)]
    assert len(records(put_all(LiveStream(datagrams=True), datagrams))) == 2


def test_after_a_restart_a_stream_of_another_kind_is_read():
    stream = LiveStream(datagrams=False)
    events = stream.put(a_transport_stream(3), 0.0)
    events += stream.note(Problem(code="file-restarted", message="shorter"), 1.0, restart=True)
    events += stream.put(a_packet(9) + a_packet(10), 2.0) + stream.finish(3.0)
    assert [record.packet.data for record in records(events)][-2:] == [a_packet(9), a_packet(10)]
    assert codes(events) == ["file-restarted"]
    assert records(events)[-2].packet.offset == len(a_transport_stream(3))


@settings(deadline=None, max_examples=80)
@given(st.lists(st.binary(max_size=400), max_size=20), st.booleans())
def test_no_datagrams_whatever_make_a_live_stream_raise(pieces, datagrams):
    put_all(LiveStream(datagrams=datagrams), pieces)
    put_all(LiveStream(datagrams=datagrams), [rtp_bytes(0, a_packet(0), marker=True), *pieces])
    put_all(LiveStream(datagrams=datagrams), [a_transport_stream(2), *pieces])


def test_whole_transport_packets_are_told_from_others():
    stream = a_transport_stream(3)
    assert is_whole_transport(stream)
    assert not is_whole_transport(stream[:-1])
    assert not is_whole_transport(stream[188:] + b"\x00" * 188)
    assert not is_whole_transport(b"")


def test_a_stream_that_runs_long_keeps_nothing():
    """Problems and packets are handed on: after thousands the reader is no larger than after hundreds."""

    def size_of(value, seen: set[int]) -> int:
        if id(value) in seen:
            return 0
        seen.add(id(value))
        more = []
        if isinstance(value, dict):
            more = [*value.keys(), *value.values()]
        elif isinstance(value, (list, tuple, set)):
            more = list(value)
        slots = [
            getattr(value, name) for name in getattr(type(value), "__slots__", ()) if hasattr(value, name)
        ]
        inside = [*more, *slots, *getattr(value, "__dict__", {}).values()]
        ours = type(value).__module__.startswith(("atalaya", "builtins", "collections"))
        return sys.getsizeof(value) + (sum(size_of(one, seen) for one in inside) if ours else 0)

    stream = LiveStream(datagrams=True)
    datagrams = pieces_of(a_transport_stream(200), 188)
    sizes = []
    for turn in range(12):
        for at, datagram in enumerate(datagrams):
            if at % 11:
                stream.put(datagram, float(turn))
        sizes.append(size_of(stream, set()))
    assert max(sizes[2:]) < 1.1 * sizes[1]
