"""Every way in which KLV travels in a transport stream, regular or not, gives the same packets."""

import numpy as np
import pytest

from atalaya.ingest.ber import item_bytes
from atalaya.ingest.checksum import running_sum
from atalaya.ingest.packet import decode_packet
from atalaya.ingest.pes import StreamClock
from atalaya.ingest.pid_roles import PidRoles
from atalaya.ingest.problems import ProblemLog
from atalaya.ingest.psi import SectionReader, crc32, program_association, program_map
from atalaya.ingest.stream import StreamReader, read_klv, read_packets
from atalaya.ingest.transport import TransportBlock
from atalaya.ingest.transport_heads import pids_of
from shared_data import shared_file
from ts_bytes import KLVA, MAP_PID, Writer, cell, packet, pes

KEY = bytes.fromhex("060e2b34020b01010e01030101000000")
PID = 0x101


def klv(number: int, more: int = 60) -> bytes:
    body = b"\x02\x08" + (10**15 + number).to_bytes(8, "big")
    if more:
        body += item_bytes(10, b"A" * more)
    length = len(body) + 4
    head = KEY + (bytes((length,)) if length < 128 else b"\x81" + bytes((length,))) + body + b"\x01\x02"
    return head + running_sum(head).to_bytes(2, "big")


PACKETS = [klv(number) for number in range(12)]


def read(stream: bytes, chunk: int = 1 << 16):
    return read_packets([stream[at : at + chunk] for at in range(0, len(stream), chunk)])


def data_of(stream: bytes) -> list[bytes]:
    contents = read(stream)
    found = [one.data for one in contents.packets]
    assert [one.data for one in read(stream, 188).packets] == found
    assert [one.data for one in read_klv([stream])] == found
    return found


@pytest.mark.parametrize("stream_type", [0x06, 0x15])
@pytest.mark.parametrize("descriptors", [b"", KLVA])
@pytest.mark.parametrize("stream_id", [0xBD, 0xFC])
@pytest.mark.parametrize("timed", [False, True])
@pytest.mark.parametrize("in_cells", [False, True])
def test_klv_is_found_whatever_the_table_and_the_pes_say(
    stream_type, descriptors, stream_id, timed, in_cells
):
    writer = Writer()
    writer.tables([(stream_type, PID, descriptors)])
    for number, data in enumerate(PACKETS):
        payload = cell(data, number) if in_cells else data
        writer.klv(PID, payload, stream_id=stream_id, pts_90k=9000 * number if timed else None)

    contents = read(writer.stream)

    assert data_of(writer.stream) == PACKETS
    assert contents.problems == ()
    assert [one.pts_s for one in contents.packets] == [
        n * 9000 / 90_000 if timed else None for n in range(12)
    ]


def test_several_packets_lie_in_one_pes():
    writer = Writer()
    writer.klv(PID, b"".join(PACKETS[:5]), pts_90k=9000)
    writer.klv(PID, b"".join(cell(one, n) for n, one in enumerate(PACKETS[5:9])), pts_90k=18000)
    writer.klv(PID, cell(b"".join(PACKETS[9:]), 4), pts_90k=27000)

    assert data_of(writer.stream) == PACKETS
    assert [one.pts_s for one in read(writer.stream).packets] == [0.1] * 5 + [0.2] * 4 + [0.3] * 3


@pytest.mark.parametrize("piece", [7, 40, 100, 333])
def test_a_packet_lies_over_several_pes(piece):
    whole, writer = b"".join(PACKETS), Writer()
    for at in range(0, len(whole), piece):
        writer.klv(PID, whole[at : at + piece], pts_90k=at)

    assert data_of(writer.stream) == PACKETS
    contents = read(writer.stream)
    firsts = [sum(len(one) for one in PACKETS[:n]) // piece * piece for n in range(12)]
    assert [one.pts_s for one in contents.packets] == [at / 90_000 for at in firsts]


@pytest.mark.parametrize("piece", [20, 61])
def test_a_cell_is_fragmented_over_several_pes(piece):
    writer, number = Writer(), 0
    writer.tables([(0x15, PID, KLVA)])
    for data in PACKETS:
        pieces = [data[at : at + piece] for at in range(0, len(data), piece)]
        for n, one in enumerate(pieces):
            writer.klv(
                PID,
                cell(one, number, first=n == 0, last=n == len(pieces) - 1),
                stream_id=0xFC,
                pts_90k=number,
            )
            number += 1

    assert data_of(writer.stream) == PACKETS
    assert read(writer.stream).problems == ()


@pytest.mark.parametrize("in_cells", [False, True])
def test_a_pes_of_open_length_ends_where_the_next_begins(in_cells):
    writer = Writer()
    for number, data in enumerate(PACKETS):
        writer.klv(PID, cell(data, number) if in_cells else data, open_length=True, pts_90k=9000 * number)

    assert data_of(writer.stream) == PACKETS


def test_a_pes_of_open_length_that_never_ends_is_given_as_it_comes():
    many = [klv(number, 100) for number in range(6000)]
    reader = StreamReader(index=False)
    writer = Writer()
    writer.klv(PID, b"".join(many), open_length=True)
    stream, given, held = writer.stream, 0, 0
    for at in range(0, len(stream), 18_800):
        given += len(reader.feed(stream[at : at + 18_800]))
        held = max(held, at // 188 * 184 - given * len(many[0]))

    assert given + len(reader.finish()) == 6000
    assert held < 1 << 19


def test_a_header_that_fills_its_first_packet_is_read_to_its_end():
    writer = Writer()
    for number, data in enumerate(PACKETS):
        writer.payload(PID, pes(data, pts_90k=9000 * number), room=3)

    contents = read(writer.stream)

    assert contents.packets == ()  # nothing says yet that this PID is of interest
    writer.packets.insert(0, packet(PID, pes(b""), 15, starts=True))
    assert data_of(writer.stream) == PACKETS
    assert read(writer.stream).packets[3].pts_s == pytest.approx(0.3)


def test_a_pid_without_content_says_nothing():
    writer = Writer()
    writer.tables([(0x06, PID, KLVA), (0x06, PID + 1, KLVA)])
    for data in PACKETS:
        writer.klv(PID, data)
        writer.klv(PID + 1, b"")

    contents = read(writer.stream)

    assert data_of(writer.stream) == PACKETS
    assert contents.index.klv_pids == (PID,)
    assert contents.problems == ()


@pytest.mark.shared
def test_the_three_klv_pids_of_the_tricky_clip_are_read_completely():
    contents = read(shared_file("data/klv/conformance/h265_tricky_klv.ts").read_bytes())

    counts = {pid: sum(one.pid == pid for one in contents.packets) for pid in (257, 258, 259)}
    assert counts == {257: 30, 258: 60, 259: 0}
    assert all(one.checksum_ok for one in contents.packets)
    assert [stream.registered_klv for stream in contents.index.streams] == [False, True, True, True]
    assert contents.problems == ()


def test_private_data_that_is_no_klv_is_no_problem():
    rng, writer = np.random.default_rng(4), Writer()
    writer.tables([(0x81, PID, b""), (0x06, PID + 1, KLVA)])
    for data in PACKETS:
        writer.klv(PID, rng.bytes(700), pts_90k=0)
        writer.klv(PID + 1, data)

    contents = read(writer.stream)

    assert [one.data for one in contents.packets] == PACKETS
    assert contents.problems == ()


def test_a_repeated_packet_counts_once():
    writer = Writer()
    for number, data in enumerate(PACKETS):
        writer.klv(PID, data, pts_90k=number)
    doubled = b"".join(one + one for one in writer.packets)

    assert data_of(doubled) == PACKETS
    assert read(doubled).problems == ()


def test_a_lost_packet_costs_one_klv_packet_and_is_told():
    writer = Writer()
    for data in [klv(number, 200) for number in range(12)]:
        writer.klv(PID, data)
    for lost in range(len(writer.packets)):
        stream = b"".join(writer.packets[:lost] + writer.packets[lost + 1 :])
        contents = read(stream)
        whole = [one.data for one in contents.packets if one.checksum_ok]
        assert len(whole) == 11, lost
        assert set(whole) <= {klv(number, 200) for number in range(12)}
        if 0 < lost < len(writer.packets) - 1:
            assert "ts-continuity" in {one.code for one in contents.problems}


def test_a_counter_that_is_said_to_jump_is_no_gap():
    writer = Writer()
    for number, data in enumerate(PACKETS):
        counter = number * 5 & 15
        field = b"\x80" if number else b"\x00"
        writer.packets.append(packet(PID, pes(data), counter, starts=True, field=field))

    assert data_of(writer.stream) == PACKETS
    assert read(writer.stream).problems == ()


def test_packets_without_payload_change_nothing():
    writer = Writer()
    for number, data in enumerate(PACKETS):
        writer.klv(PID, data, pts_90k=number)
    filled: list[bytes] = []
    for one in writer.packets:
        filled += [one, packet(PID, b"", one[3] & 15, starts=False, field=b"\x00")]

    assert data_of(b"".join(filled)) == PACKETS
    assert read(b"".join(filled)).problems == ()


@pytest.mark.parametrize(("place", "bits"), [(3, 0xC0), (1, 0x80)])
def test_a_packet_marked_scrambled_or_damaged_is_not_read_and_told(place, bits):
    writer = Writer()
    for data in PACKETS:
        writer.klv(PID, data)
    marked = bytearray(writer.packets[5])
    marked[place] |= bits
    writer.packets[5] = bytes(marked)

    contents = read(writer.stream)

    assert [one.data for one in contents.packets] == PACKETS[:5] + PACKETS[6:]
    assert {one.code for one in contents.problems} == {"ts-unreadable", "ts-continuity"}


def test_a_damaged_pes_header_costs_its_time_only():
    for place in (0, 2, 3, 6, 8):
        writer = Writer()
        for number, data in enumerate(PACKETS):
            unit = bytearray(pes(data, pts_90k=9000 * number))
            if number == 4:
                unit[place] ^= 0x55
            writer.payload(PID, bytes(unit))

        contents = read(writer.stream)

        assert [one.data for one in contents.packets if one.checksum_ok] == PACKETS, place


def test_tables_go_over_several_packets():
    many = [(0x06, 0x200 + n, b"\x05\x04TEST" + bytes((0x09, 30)) + bytes(30)) for n in range(20)]
    writer = Writer()
    writer.tables([*many, (0x06, PID, KLVA)])
    assert len(program_map(0x100, [*many, (0x06, PID, KLVA)])) > 3 * 184
    writer.payload(PID, pes(PACKETS[0]), room=3)  # only the table says what this is
    for data in PACKETS[1:]:
        writer.klv(PID, data)

    contents = read(writer.stream)

    assert [one.data for one in contents.packets] == PACKETS
    assert len(contents.index.streams) == 21
    assert contents.problems == ()


def test_a_section_begins_behind_the_end_of_another():
    first, second = program_map(0x100, [(0x06, PID, bytes((9, 200)) + bytes(200))]), program_association(7)
    joined = first + second
    reader = SectionReader()

    found = reader.put(b"\x00" + joined[:183], 3, starts_unit=True)
    rest = len(first) - 183
    found += reader.put(bytes((rest,)) + joined[183:] + b"\xff" * 40, 4, starts_unit=True)

    assert found == [first, second]
    assert reader.damaged == 0


def test_a_damaged_table_is_told_and_the_next_one_believed():
    writer = Writer()
    writer.section(0, program_association(MAP_PID))
    broken = bytearray(program_map(0x100, [(0x1B, PID, b"")]))
    broken[-1] ^= 1
    writer.section(MAP_PID, bytes(broken))
    writer.section(MAP_PID, program_map(0x100, [(0x06, PID, KLVA)]))
    for data in PACKETS:
        writer.klv(PID, data)

    contents = read(writer.stream)

    assert [one.data for one in contents.packets] == PACKETS
    assert [one.code for one in contents.problems] == ["ts-table"]
    assert [(one.pid, one.stream_type) for one in contents.index.streams] == [(PID, 0x06)]


def test_a_new_version_of_the_table_moves_the_klv():
    writer = Writer()
    writer.tables([(0x15, PID, KLVA)])
    for data in PACKETS[:6]:
        writer.klv(PID, data)
    writer.tables([(0x1B, PID, b""), (0x15, PID + 1, KLVA)])
    for data in PACKETS[6:]:
        writer.klv(PID + 1, data)

    assert data_of(writer.stream) == PACKETS
    assert read(writer.stream).index.klv_pids == (PID, PID + 1)


def test_tables_that_change_nothing_do_not_divide_a_block():
    writer = Writer()
    writer.tables([(0x06, PID, KLVA)])
    damaged = bytearray(program_map(0x100, [(0x06, PID, KLVA)]))
    damaged[-1] ^= 1
    for number in range(500):
        writer.section(MAP_PID, bytes(damaged[:-2]) + number.to_bytes(2, "big"))
    rows = np.frombuffer(writer.stream, dtype=np.uint8).reshape(-1, 188)
    block = TransportBlock(0, 188, rows)

    assert list(PidRoles(ProblemLog()).changes(block, pids_of(block))) == [0, 1]


def test_a_table_for_later_is_not_believed_now():
    later = bytearray(program_map(0x100, [(0x1B, PID, b"")])[:-4])
    later[5] &= 0xFE
    section = bytes(later) + crc32(bytes(later)).to_bytes(4, "big")
    writer = Writer()
    writer.tables([(0x06, PID, KLVA)])
    writer.section(MAP_PID, section)
    for data in PACKETS:
        writer.klv(PID, data)

    assert [(one.pid, one.stream_type) for one in read(writer.stream).index.streams] == [(PID, 0x06)]
    assert data_of(writer.stream) == PACKETS


@pytest.mark.parametrize(("before", "after"), [(0, 0), (4, 0), (0, 16)])
def test_places_are_found_again_after_garbage_in_every_packet_size(before, after):
    rng, writer = np.random.default_rng(5), Writer()
    for data in PACKETS * 4:
        writer.klv(PID, data)
    wide = [rng.bytes(before) + one + rng.bytes(after) for one in writer.packets]
    stream = b"".join(wide[:20]) + rng.bytes(777) + b"".join(wide[20:])

    contents = read(stream)

    assert [one.data for one in contents.packets if one.checksum_ok] == PACKETS * 4
    assert "ts-lost-sync" in {one.code for one in contents.problems}


@pytest.mark.parametrize(
    "key",
    [
        "060e2b34010101030702010101050000",  # time, an element of its own
        "060e2b3401010101 0e01040503000000".replace(" ", ""),  # core identifier as an element
        "060e2b34040101010e01020300000000",  # a label
        "060e2b34020501010e01050000000000",  # a pack
    ],
)
@pytest.mark.parametrize("bare", [False, True])
def test_a_label_that_is_no_set_is_kept_and_explained(key, bare):
    element = bytes.fromhex(key) + b"\x08" + bytes(range(8))
    wanted = [PACKETS[0], element, PACKETS[1], element]
    writer = Writer()
    for data in wanted:
        writer.klv(PID, data)

    packets = read_packets([b"".join(wanted) if bare else writer.stream]).packets

    assert [one.data for one in packets] == wanted
    assert any("no catalogue knows the key" in line for line in decode_packet(0, packets[1]).problems)
    assert not packets[1].checksum_ok


def test_stuffing_between_packets_is_no_loss():
    element = bytes.fromhex("060e2b34010101030702010101050000") + b"\x02ab"
    data = PACKETS[0] + b"\xff" * 30 + PACKETS[1] + bytes(9) + element + b"\xff\xff" + PACKETS[2]

    contents = read_packets([data])

    assert [one.data for one in contents.packets] == [PACKETS[0], PACKETS[1], element, PACKETS[2]]
    assert contents.problems == ()


def test_one_wrong_time_does_not_carry_the_others_over_the_wrap():
    clock = StreamClock()
    times = [1000, 4000, 4000 + (1 << 32) + 9000, 7000, 10_000]

    assert [clock.unwrap(one) for one in times][-2:] == [7000, 10_000]
    assert [clock.unwrap(one) for one in (1 << 32, (1 << 32) + 3000)] == [1 << 32, (1 << 32) + 3000]


def test_times_that_wrap_in_one_pid_go_on_rising():
    writer = Writer()
    start = (1 << 33) - 3 * 9000
    for number, data in enumerate(PACKETS):
        writer.klv(PID, data, pts_90k=(start + 9000 * number) % (1 << 33))

    assert [one.pts_s for one in read(writer.stream).packets] == [
        (start + 9000 * number) / 90_000 for number in range(12)
    ]


def test_what_a_reader_without_an_index_holds_does_not_grow():
    writer = Writer()
    writer.tables([(0x1B, 0x100, b""), (0x06, PID, KLVA)])
    for number in range(400):
        writer.payload(0x100, pes(bytes(3000), stream_id=0xE0, pts_90k=3000 * number, open_length=True))
        writer.klv(PID, PACKETS[number % 12], pts_90k=3000 * number)
    stream, reader = writer.stream, StreamReader(index=False)
    held = []
    for _ in range(4):
        for at in range(0, len(stream), 65_536):
            reader.feed(stream[at : at + 65_536])
        held.append(_held_bytes(reader, set()))

    assert held[-1] <= held[0] + 2000
    assert held[-1] < 400_000


def _held_bytes(thing, seen):
    """Bytes of everything that can be reached from an object, modules and classes left out."""
    import sys
    from types import FunctionType, MethodType, ModuleType

    if id(thing) in seen or isinstance(thing, (type, ModuleType, FunctionType, MethodType)):
        return 0
    seen.add(id(thing))
    size = sys.getsizeof(thing)
    if isinstance(thing, dict):
        return size + sum(_held_bytes(one, seen) for pair in thing.items() for one in pair)
    if isinstance(thing, (list, tuple, set, frozenset)) or type(thing).__name__ == "deque":
        return size + sum(_held_bytes(one, seen) for one in thing)
    fields = [*getattr(thing, "__dict__", {}).values()]
    fields += [getattr(thing, name, None) for name in getattr(type(thing), "__slots__", ())]
    return size + sum(_held_bytes(one, seen) for one in fields)
