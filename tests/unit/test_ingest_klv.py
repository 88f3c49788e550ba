"""Keys, lengths, numbers and checksums of KLV, by known answers; recovery by laws."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atalaya.errors import InputError, KlvError
from atalaya.ingest.ber import item_bytes, length_bytes, oid_bytes, read_length, read_oid, walk
from atalaya.ingest.checksum import checksum_holds, running_sum
from atalaya.ingest.codecs import Linear
from atalaya.ingest.column_values import numbers_of
from atalaya.ingest.encode import linear_octets
from atalaya.ingest.imapb_codec import Imapb
from atalaya.ingest.st0601 import frame_table
from atalaya.ingest.standards.st0601 import UAS_DATALINK
from atalaya.ingest.stream import UAS_DATALINK_KEY, read_packets
from shared_data import shared_file


def octets_of(*hexes: str) -> np.ndarray:
    return np.array([list(bytes.fromhex(text)) for text in hexes], dtype=np.uint8)


LINEAR_ITEMS = {tag: item.codec for tag, item in UAS_DATALINK.items.items() if isinstance(item.codec, Linear)}


def decode(codec: Linear | Imapb, octets: np.ndarray) -> np.ndarray:
    """Values as columns read them, from bytes behind a key."""
    count, size = octets.shape
    buffer = np.zeros((count, 16 + size), dtype=np.uint8)
    buffer[:, 16:] = octets
    end = (16 + size) * np.arange(1, count + 1)
    return numbers_of(codec, buffer.ravel(), end, np.full(count, size, dtype=np.int32))[0]


def decode_imapb(octets: np.ndarray, low: float, high: float) -> np.ndarray:
    return decode(Imapb(low=low, high=high), octets)


def encode_imapb(values: np.ndarray, low: float, high: float, size: int) -> np.ndarray:
    written = [Imapb(low=low, high=high).encode(value, size) for value in values.tolist()]
    return octets_of(*(one.hex() for one in written))


def packet_of(*items: tuple[int, bytes]) -> bytes:
    body = b"".join(item_bytes(tag, value) for tag, value in items)
    packet = UAS_DATALINK_KEY + length_bytes(len(body) + 4) + body + b"\x01\x02"
    return packet + running_sum(packet).to_bytes(2, "big")


def time_item(time_us: int) -> tuple[int, bytes]:
    return 2, time_us.to_bytes(8, "big")


# ST 0601 states these examples beside its items.
@pytest.mark.parametrize(
    ("tag", "written", "value"),
    [
        (5, "71c2", 159.974365),
        (6, "fd3d", -0.431531724),
        (7, "08b8", 3.405865657),
        (13, "5595b66d", 60.176822966978335),
        (14, "5b5360c4", 128.42675904204452),
        (15, "c221", 14190.7195),
        (16, "cd9c", 144.571298),
        (17, "d917", 152.643626),
        (18, "724a0a20", 160.719211474396),
        (19, "87f84b86", -168.79232483394085),
        (20, "7dc55ece", 176.865437690573),
        (21, "03830926", 68590.983298744),
        (22, "1281", 722.8199),
        (23, "f101a229", -10.542388633146132),
        (24, "14bc082b", 29.157890122923014),
        (25, "34f3", 3216.03723),
        (26, "c06e", -0.037249),
        (75, "c221", 14190.7195),
        (90, "ff62e2f2", -0.43152510208614414),
    ],
)
def test_linear_items_have_the_values_the_standard_states(tag, written, value):
    item = LINEAR_ITEMS[tag]

    decoded = decode(item, octets_of(written))

    assert decoded[0] == pytest.approx(value, abs=item.step / 2)
    assert linear_octets(item, decoded).tobytes().hex() == written


@pytest.mark.parametrize(
    ("tag", "written"), [(6, "8000"), (13, "80000000"), (19, "80000000"), (26, "8000"), (90, "80000000")]
)
def test_an_error_indicator_is_not_a_number(tag, written):
    assert np.isnan(decode(LINEAR_ITEMS[tag], octets_of(written))[0])


def test_beyond_the_range_of_a_signed_item_the_error_indicator_is_written():
    assert linear_octets(LINEAR_ITEMS[6], np.array([20.1, -30.0])).tobytes() == bytes.fromhex("80008000")
    with pytest.raises(InputError, match="values of -900"):
        linear_octets(LINEAR_ITEMS[15], np.array([19_001.0]))


@settings(deadline=None)
@given(st.sampled_from(sorted(LINEAR_ITEMS)), st.floats(0.0, 1.0))
def test_what_is_written_is_read_back_within_half_a_step(tag, fraction):
    item = LINEAR_ITEMS[tag]
    value = np.array([item.low + fraction * (item.high - item.low)])

    assert abs(decode(item, linear_octets(item, value)) - value)[0] <= 0.5 * item.step * (1 + 1e-9)


@pytest.mark.shared
def test_every_kwiver_value_of_a_frame_item_is_decoded():
    rows = json.loads(shared_file("data/klv/vectors/kwiver_st0601_vectors.json").read_text())
    wanted = [row for row in rows if row["tag"] in LINEAR_ITEMS and isinstance(row["value"], dict)]

    for row in wanted:
        decoded = decode(LINEAR_ITEMS[row["tag"]], octets_of(row["hex"]))
        assert decoded[0] == pytest.approx(row["value"]["value"], rel=1e-9, abs=1e-9), row
    assert len(wanted) > 100


@pytest.mark.shared
def test_every_imapb_case_is_decoded():
    cases = json.loads(shared_file("data/klv/vectors/st1201_imapb.json").read_text())["rows"]

    assert len(cases) > 900
    for low, high, length, _, encoded, wanted in cases:
        decoded = decode_imapb(octets_of(encoded.to_bytes(length, "big").hex()), low, high)[0]
        if isinstance(wanted, str):
            assert np.isnan(decoded), (low, high, length, encoded)
        else:
            assert decoded == pytest.approx(wanted, rel=1e-9, abs=1e-9 * (high - low))


def test_imapb_has_the_values_the_standard_states():
    height_m = decode_imapb(octets_of("2f921e"), -900.0, 40_000.0)

    assert height_m[0] == pytest.approx(23456.24, abs=0.01)  # ST 0601, item 104
    assert np.isnan(decode_imapb(octets_of("c80000", "e80000", "d00000"), -900.0, 40_000.0)).all()


@settings(deadline=None)
@given(st.floats(-900.0, 40_000.0), st.integers(2, 6))
def test_imapb_is_read_back_within_one_step(value, size):
    step = 2.0 ** (16 - (8 * size - 1))

    decoded = decode_imapb(encode_imapb(np.array([value]), -900.0, 40_000.0, size), -900.0, 40_000.0)

    assert decoded[0] == pytest.approx(value, abs=step)


def test_an_impossible_imapb_range_is_refused():
    with pytest.raises(KlvError, match="finite range"):
        decode_imapb(octets_of("00"), 1.0, 1.0)
    with pytest.raises(InputError, match="was wanted"):
        encode_imapb(np.array([2.0]), 0.0, 1.0, 2)


@settings(deadline=None)
@given(st.integers(0, 1 << 40))
def test_lengths_and_tags_are_read_back(number):
    assert read_length(length_bytes(number), 0) == (number, len(length_bytes(number)))
    assert read_oid(oid_bytes(number), 0) == (number, len(oid_bytes(number)))


@pytest.mark.parametrize("damaged", ["", "80", "82ff", "89000000000000000001"])
def test_a_length_that_is_none_is_refused(damaged):
    with pytest.raises(KlvError, match="wanted"):
        read_length(bytes.fromhex(damaged), 0)


def test_a_set_gives_the_items_before_its_damage():
    items = walk(bytes.fromhex("01010102050000000000030900"))

    assert [next(items).tag, next(items).tag] == [1, 2]
    with pytest.raises(KlvError, match="item 3"):
        next(items)


def test_the_running_sum_is_the_one_of_the_standard():
    assert running_sum(bytes.fromhex("0102030405")) == (0x0102 + 0x0304 + 0x0500) & 0xFFFF
    assert checksum_holds(packet_of(time_item(1)))
    assert not checksum_holds(packet_of(time_item(1))[:-1] + b"\x00\x00")


def test_items_of_a_wrong_or_no_length_are_unknown():
    packets = read_packets(
        [packet_of(time_item(7), (5, b"\x01"), (13, b""), (15, b"\xc2\x21"), (90, b"\x00"))]
    ).packets

    frames, targets, problems = frame_table(packets)

    assert frames.time_us.tolist() == [7]
    assert frames.sensor_msl_m[0] == pytest.approx(14190.72, abs=0.01)
    assert np.isnan(
        [frames.platform_heading_deg[0], frames.sensor_lat_deg[0], frames.platform_pitch_deg[0]]
    ).all()
    assert [(problem.code, problem.offset) for problem in problems] == [("item-length", 0)] * 2
    assert len(targets) == 0


def test_full_pitch_stands_over_short_pitch_and_an_unreadable_time_is_none():
    packets = read_packets(
        [packet_of((2, b"\xff" * 8), (6, b"\x80\x00"), (90, bytes.fromhex("ff62e2f2")))]
    ).packets

    frames, _, _ = frame_table(packets)

    assert frames.platform_pitch_deg[0] == pytest.approx(-0.4315251)
    assert frames.time_us.tolist() == [-1]
    assert not frames.usable[0]


def test_corners_come_from_full_items_else_from_offsets():
    centre = [(23, bytes.fromhex("f101a229")), (24, bytes.fromhex("14bc082b"))]
    offsets = [(tag, b"\x7f\xff") for tag in range(26, 34)]
    full = [(82, bytes.fromhex("5595b66d")), (83, bytes.fromhex("5b5360c4"))]
    packets = read_packets([packet_of(time_item(1), *centre, *offsets, *full)]).packets

    frames, _, _ = frame_table(packets)

    assert frames.corner_lat_deg[0, 0] == pytest.approx(60.176823)
    assert frames.corner_lat_deg[0, 1] == pytest.approx(-10.5423886 + 0.075)
    assert frames.corner_lon_deg[0, 3] == pytest.approx(29.1578901 + 0.075)


def test_opaque_items_change_nothing_and_are_not_decoded():
    plain = packet_of(time_item(1), (5, b"\x71\xc2"))
    with_opaque = packet_of(
        time_item(1), (5, b"\x71\xc2"), (60, b"\x01\x02"), (61, b"\x01"), (62, b"\x00\x01"), (140, b"\x02")
    )
    tables = [frame_table(read_packets([data]).packets) for data in (plain, with_opaque)]

    for name, column in tables[0][0].columns().items():
        if name != "packet_length":
            np.testing.assert_array_equal(column, tables[1][0].columns()[name])
    assert not {60, 61, 62, 140} & LINEAR_ITEMS.keys()


def test_the_next_packet_survives_a_packet_that_lost_bytes():
    packets = [packet_of(time_item(time_us), (5, b"\x71\xc2")) for time_us in range(3)]
    for missing in (1, 7, 20):
        data = packets[0] + packets[1][:24] + packets[1][24 + missing :] + packets[2]

        contents = read_packets([data])

        whole = [packet.data for packet in contents.packets if packet.checksum_ok]
        assert whole == [packets[0], packets[2]]
        assert "klv-truncated" in {problem.code for problem in contents.problems}


def test_one_byte_lost_anywhere_costs_one_packet():
    packets = [packet_of(time_item(time_us), (5, b"\x71\xc2"), (3, b"\x00" * 40)) for time_us in range(4)]
    for place in range(len(packets[1])):
        data = packets[0] + packets[1][:place] + packets[1][place + 1 :] + packets[2] + packets[3]

        contents = read_packets([data])

        whole = [packet.data for packet in contents.packets if packet.checksum_ok]
        assert whole == [packets[0], packets[2], packets[3]], place


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_packets_between_garbage_are_all_found(data):
    garbage = st.binary(max_size=40).filter(
        lambda some: b"\x06\x0e\x2b" not in some and not some.endswith(b"\x06")
    )
    packets = [packet_of(time_item(time_us)) for time_us in range(4)]
    stream = b"".join(data.draw(garbage) + packet for packet in packets)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=4)))

    contents = read_packets([stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)])

    assert [packet.data for packet in contents.packets if packet.checksum_ok] == packets


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 120), st.integers(0, 255))
def test_no_damage_to_klv_raises(tail, place, value):
    damaged = bytearray(packet_of(time_item(1), (5, b"\x71\xc2"), (48, b"\x01\x01\x01"), (74, tail)) * 3)
    damaged[place % len(damaged)] = value

    contents = read_packets([bytes(damaged)])
    frames, _, _ = frame_table(contents.packets)

    assert len(frames) <= 6
