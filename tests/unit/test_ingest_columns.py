"""Columns say of every item of every packet what `decode_packet` says of it."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atalaya.ingest.ber import item_bytes, length_bytes, oid_bytes
from atalaya.ingest.checksum import ChecksumState, checksum_state, running_sum
from atalaya.ingest.codecs import Coded, Floating, Integer, Linear, Opaque, Raw, Text
from atalaya.ingest.columns import ABSENT, CHECKSUM_STATES, FLAGS, KlvColumns, decode_bytes, decode_columns
from atalaya.ingest.imapb_codec import Imapb
from atalaya.ingest.local_set import Nested, SetSpec, read_set, specs
from atalaya.ingest.metadata_stream import KlvPacket
from atalaya.ingest.packet import decode_packet
from atalaya.ingest.stream import UAS_DATALINK_KEY, read_packets
from atalaya.ingest.value import Decoded, Flag
from shared_data import shared_file

INNER = SetSpec(standard="9999", title="inner", items=specs((1, "Inner number", Integer(size=1))))
MADE = SetSpec(
    standard="0601",
    title="every way of writing",
    key=UAS_DATALINK_KEY,
    checksum_tag=1,
    version_tag=65,
    time_tag=2,
    items=specs(
        (1, "Checksum", Integer(size=2)),
        (2, "Time", Integer(size=8, unit="us")),
        (3, "Words", Text(longest=8)),
        (5, "Heading", Linear(size=2, low=0.0, high=360.0, unit="deg")),
        (6, "Pitch", Linear(size=2, low=-20.0, high=20.0, signed=True, unit="deg")),
        (13, "Latitude", Linear(size=4, low=-90.0, high=90.0, signed=True, unit="deg")),
        (15, "Height", Linear(size=3, low=-900.0, high=19_000.0, unit="m")),
        (16, "Depth", Linear(size=3, low=-900.0, high=19_000.0, unit="m")),
        (34, "Code", Coded(labels={0: "none", 3: "three"})),
        (35, "Long code", Coded(labels={70_000: "far"}, size=3)),
        (36, "Count", Integer(low=2, high=300)),
        (37, "Offset", Integer(longest=4, signed=True, low=-9, unit="px")),
        (38, "Large offset", Integer(signed=True)),
        (48, "Security", Nested(lambda: INNER)),
        (60, None, Opaque()),
        (61, None, Opaque()),
        (65, "Version", Integer(size=1)),
        (96, "Width", Imapb(low=0.0, high=1_500_000.0, unit="m")),
        (97, "Odd range", Imapb(low=-0.1, high=0.7)),
        (98, "Short", Imapb(low=-900.0, high=40_000.0, longest=3)),
        (99, "Ratio", Floating()),
        (300, "Raw", Raw()),
    ),
    undecided=specs((15, "Height", Raw())),
    revisions=(
        (3, specs((5, "Heading", Imapb(low=0.0, high=360.0)), (36, "Count", Text()))),
        (7, specs((36, "Count", Integer(size=2)), (34, "Code", Integer(size=1)))),
    ),
)
"""A catalogue with every codec in it, and items that were written otherwise in older revisions."""

type Said = dict[int, tuple[Decoded, Flag | None]]

TAGS = [*MADE.items, 7, 5000, 2**40]


def packet_of(body: bytes, *, how: str = "ok") -> bytes:
    body += b"\x01\x02"
    head = UAS_DATALINK_KEY + length_bytes(len(body) + 2)
    total = running_sum(body if how == "payload_only" else head + body) ^ (0x5555 if how == "failed" else 0)
    return head + body + total.to_bytes(2, "big")


def klv_packet(offset: int, data: bytes) -> KlvPacket:
    return KlvPacket(
        offset=offset,
        last_offset=offset + len(data) - 1,
        length=len(data),
        pid=None,
        pts_s=None,
        data=data,
        checksum_ok=checksum_state(data) is ChecksumState.OK,
    )


def klv_packets(*datas: bytes) -> list[KlvPacket]:
    return [klv_packet(1000 * row, data) for row, data in enumerate(datas)]


@st.composite
def items(draw) -> bytes:
    tag = draw(st.sampled_from(TAGS))
    value = draw(st.binary(max_size=10) | st.binary(min_size=1, max_size=4) | st.just(b"\x80\x00"))
    if tag == 48 and draw(st.booleans()):
        value = item_bytes(1, value[:1])
    if draw(st.integers(0, 5)) == 0:
        return oid_bytes(tag) + b"\x83" + len(value).to_bytes(3, "big") + value
    return item_bytes(tag, value)


def version_item() -> st.SearchStrategy[bytes]:
    return st.sampled_from([b"", b"", b"\x41\x01\x03", b"\x41\x01\x05", b"\x41\x01\x08", b"\x41\x00"])


@st.composite
def made_packets(draw) -> bytes:
    body = draw(version_item()) + b"".join(draw(st.lists(items(), max_size=8))) + draw(version_item())
    data = packet_of(body, how=draw(st.sampled_from(["ok", "ok", "failed", "payload_only"])))
    match draw(st.integers(0, 9)):
        case 0:
            return data[: draw(st.integers(16, len(data)))]
        case 1:
            return data + draw(st.binary(max_size=3))
        case 2:
            place = draw(st.integers(16, len(data) - 1))
            return data[:place] + bytes((draw(st.integers(0, 255)),)) + data[place + 1 :]
        case _:
            return data


def said_of(row: int, columns: KlvColumns) -> Said:
    found = {tag: (column.value(row), column.flag(row)) for tag, column in columns.items.items()}
    return {tag: pair for tag, pair in found.items() if pair[1] is not None}


def wanted_of(packet: KlvPacket, spec: SetSpec) -> Said:
    """What the reader that goes item by item says, the last of what comes more than once."""
    announced = block_start(packet.data)
    entries = () if announced is None else read_set(spec, packet.data[announced:])[0]
    failed = checksum_state(packet.data) is ChecksumState.FAILED
    return {
        entry.tag: (
            entry.value.value,
            Flag.CHECKSUM_FAILED if failed and entry.value.flag is Flag.OK else entry.value.flag,
        )
        for entry in entries
    }


def block_start(data: bytes) -> int | None:
    from atalaya.errors import KlvError
    from atalaya.ingest.ber import read_length

    try:
        return read_length(data, 16)[1]
    except KlvError:
        return None


def assert_same(found: Said, wanted: Said) -> None:
    assert found.keys() == wanted.keys()
    for tag, (value, flag) in wanted.items():
        assert found[tag][1] is flag, (tag, found[tag], wanted[tag])
        if tag == 97 and isinstance(value, float):  # begins between two counts
            assert abs(found[tag][0] - value) <= np.spacing(abs(value)), tag
        else:
            assert found[tag][0] == value, (tag, found[tag], wanted[tag])
            assert type(found[tag][0]) is type(value)


ENGINES = ["numpy", "numba"]


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=120, deadline=None)
@given(st.lists(made_packets(), min_size=1, max_size=12), st.integers(1, 40))
def test_every_item_of_made_packets_is_what_the_other_reader_says(engine, datas, times):
    packets = klv_packets(*datas * times)

    columns = decode_columns(packets, spec=MADE, engine=engine)

    assert len(columns) == len(packets)
    for row, packet in enumerate(packets[: len(datas)]):
        assert_same(said_of(row, columns), wanted_of(packet, MADE))
        assert CHECKSUM_STATES[columns.checksum[row]] is checksum_state(packet.data)
        assert said_of(row, columns) == said_of(row + len(packets) - len(datas), columns)


SHARED_STREAMS = [
    "data/klv/real/cheyenne_c208b_2012.klv",
    "data/klv/sim/osh_vrsg_vmti.ts",
    "data/klv/conformance/h264_klv.ts",
    "data/klv/conformance/h265_klv.ts",
    "data/klv/conformance/h265_tricky_klv.ts",
    "data/klv/conformance/mpeg2_klv.ts",
    "data/klv/conformance/st0902_dynamic_constant_badchecksum.klv",
    "data/klv/conformance/st0902_dynamic_only.klv",
]


@pytest.mark.shared
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("relative", SHARED_STREAMS)
def test_every_item_of_the_shared_streams_is_what_the_other_reader_says(relative, engine):
    packets = [
        packet
        for packet in read_packets([shared_file(relative).read_bytes()]).packets
        if packet.data.startswith(UAS_DATALINK_KEY)
    ]

    columns = decode_columns(packets, engine=engine)

    assert len(columns) == len(packets) > 0
    for row, packet in enumerate(packets):
        decoded = decode_packet(row, packet)
        wanted = {entry.tag: (entry.value.value, entry.value.flag) for entry in decoded.entries}
        assert said_of(row, columns) == wanted
        assert CHECKSUM_STATES[columns.checksum[row]] is decoded.checksum
        assert (None if columns.version[row] < 0 else columns.version[row]) == decoded.version


@pytest.mark.shared
@pytest.mark.parametrize("engine", ENGINES)
def test_bytes_and_packets_give_the_same_columns(engine):
    data = shared_file("data/klv/sim/osh_vrsg_vmti.klv").read_bytes() * 3

    assert_equal_columns(decode_bytes(data, engine=engine), decode_columns(read_packets([data]).packets))


def assert_equal_columns(ours: KlvColumns, theirs: KlvColumns) -> None:
    for field in dataclasses.fields(KlvColumns):
        if field.name not in ("items", "problems"):
            np.testing.assert_array_equal(getattr(ours, field.name), getattr(theirs, field.name))
    assert ours.items.keys() == theirs.items.keys()
    for tag, column in ours.items.items():
        other = theirs.items[tag]
        np.testing.assert_array_equal(column.values, other.values)
        np.testing.assert_array_equal(column.flags, other.flags)
        assert (column.distinct, column.name, column.unit) == (other.distinct, other.name, other.unit)


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=80, deadline=None)
@given(st.data())
def test_damaged_bytes_give_the_packets_that_the_splitter_finds(engine, data):
    packets = data.draw(st.lists(made_packets(), min_size=1, max_size=6))
    stream = bytearray(b"".join(packets * data.draw(st.integers(1, 3))))
    for _ in range(data.draw(st.integers(0, 4))):
        place = data.draw(st.integers(0, len(stream) - 1))
        match data.draw(st.integers(0, 2)):
            case 0:
                stream[place] = data.draw(st.integers(0, 255))
            case 1:
                del stream[place : place + data.draw(st.integers(1, 40))]
            case _:
                stream[place:place] = data.draw(st.binary(max_size=30))
        stream = stream or bytearray(b"\x00")

    columns = decode_bytes(bytes(stream), spec=MADE, engine=engine)

    found = [packet for packet in splitter_packets(bytes(stream)) if packet.data.startswith(UAS_DATALINK_KEY)]
    assert columns.offset.tolist() == [packet.offset for packet in found]
    assert columns.length.tolist() == [packet.length for packet in found]
    assert [CHECKSUM_STATES[code] for code in columns.checksum] == [
        checksum_state(packet.data) for packet in found
    ]


def splitter_packets(stream: bytes) -> list[KlvPacket]:
    from atalaya.ingest.problems import ProblemLog
    from atalaya.ingest.splitter import KlvSplitter

    splitter = KlvSplitter(ProblemLog())
    spans = splitter.feed(stream) + splitter.break_here()
    return [dataclasses.replace(klv_packet(span.start, span.data), length=span.length) for span in spans]


def test_of_a_repeated_item_the_last_counts():
    data = packet_of(item_bytes(5, b"\x00\x01") + item_bytes(5, b"\xff\xff"))

    columns = decode_columns(klv_packets(data), spec=MADE)

    assert columns.items[5].values.tolist() == [360.0]


def test_values_of_a_failed_packet_are_kept_and_said_to_be_of_one():
    body = item_bytes(5, b"\xff\xff") + item_bytes(6, b"\x80\x00") + item_bytes(3, b"abc")

    columns = decode_columns(klv_packets(packet_of(body), packet_of(body, how="failed")), spec=MADE)

    heading, pitch, words = (columns.items[tag] for tag in (5, 6, 3))
    assert [FLAGS[code] for code in heading.flags] == [Flag.OK, Flag.CHECKSUM_FAILED]
    assert heading.values.tolist() == [360.0, 360.0]
    assert heading.valid.tolist() == [True, True]
    assert heading.trusted.tolist() == [True, False]
    assert [FLAGS[code] for code in pitch.flags] == [Flag.ERROR_INDICATOR] * 2
    assert np.isnan(pitch.values).all()
    assert [FLAGS[code] for code in words.flags] == [Flag.OK, Flag.CHECKSUM_FAILED]
    assert columns.checksum_ok.tolist() == [True, False]


def test_opaque_items_have_a_flag_and_nothing_else():
    data = packet_of(item_bytes(60, b"\x01\x02") + item_bytes(61, b""))

    columns = decode_columns(klv_packets(data, packet_of(b"")), spec=MADE)

    for tag in (60, 61):
        column = columns.items[tag]
        assert [column.flag(0), column.flag(1)] == [Flag.OPAQUE, None]
        assert column.flags[1] == ABSENT
        assert (column.name, column.unit, column.distinct, column.labels) == (None, None, (), None)
        assert column.values.tolist() == [-1, -1]


@pytest.mark.parametrize("engine", ENGINES)
def test_what_depends_on_the_items_before_it_is_told_by_their_order(engine):
    correlations = item_bytes(102, bytes.fromhex("0220") + b"\x3c\x00\x40\x00")
    heading, height = item_bytes(5, b"\x00\x00"), item_bytes(15, b"\x00\x00")
    orders = (heading + height + correlations, height + heading + correlations, height + correlations, height)
    packets = klv_packets(*[packet_of(body) for body in orders * 30])

    columns = decode_columns(packets, engine=engine)

    for row, packet in enumerate(packets):
        wanted = {entry.tag: entry.value for entry in decode_packet(row, packet).entries}
        assert said_of(row, columns) == {tag: (value.value, value.flag) for tag, value in wanted.items()}
    assert [value.value["members"] for value in columns.items[102].distinct] == [[5, 15], [15, 5]]


def test_texts_are_kept_once_each():
    datas = [packet_of(item_bytes(3, text)) for text in (b"a", b"b", b"a", b"\xff", b"", b"b")]

    column = decode_columns(klv_packets(*datas), spec=MADE).items[3]

    assert [value.value for value in column.distinct] == ["a", "b"]
    assert column.values.tolist() == [0, 1, 0, -1, -1, 1]
    assert [column.flag(row) for row in (3, 4)] == [Flag.MALFORMED, Flag.ZERO_LENGTH]


def test_only_the_wanted_items_are_given():
    data = packet_of(
        item_bytes(2, bytes(7) + b"\x05") + item_bytes(5, b"\x00\x00") + item_bytes(13, bytes(4))
    )

    columns = decode_columns(klv_packets(data), spec=MADE, tags=frozenset({5}))

    assert list(columns.items) == [5]
    assert columns.time_us.tolist() == [5]


def test_items_of_unknown_numbers_cannot_fill_the_memory():
    body = b"".join(item_bytes(1000 + tag, b"") for tag in range(600))

    columns = decode_columns(klv_packets(packet_of(body)), spec=MADE)

    assert len(columns.items) == 257
    assert ("unknown-item", None) in [(problem.code, problem.offset) for problem in columns.problems]


def test_nothing_gives_columns_of_no_rows():
    assert len(decode_columns([])) == 0
    assert len(decode_bytes(b"")) == 0
    assert len(decode_bytes(b"nothing of the kind", spec=MADE)) == 0
    other = dataclasses.replace(klv_packet(0, packet_of(b"")), data=bytes(30))
    assert len(decode_columns([other])) == 0
