"""What FFmpeg 6.1 took from the keys is put back: every packet found, each repair proved or said not to be."""

import pytest

from atalaya.ingest.checksum import running_sum
from atalaya.ingest.mux import mux_ts
from atalaya.ingest.packet import decode_packet
from atalaya.ingest.st0601 import frame_table
from atalaya.ingest.stream import detect_format, read_klv, read_packets
from atalaya.model.source import SourceFormat
from ffmpeg_damage import as_ffmpeg_6_1_leaves_it
from shared_data import shared_file

KEY = bytes.fromhex("060e2b34020b01010e01030101000000")
EG0104_KEY = bytes.fromhex("060e2b34020101010e01010201010000")
LOST = 5


def packet_of(time_us: int, more: bytes = b"") -> bytes:
    body = b"\x02\x08" + time_us.to_bytes(8, "big") + more
    head = KEY + bytes((len(body) + 4,)) + body + b"\x01\x02"
    return head + running_sum(head).to_bytes(2, "big")


PACKETS = [packet_of(time_us, bytes((3, 20)) + b"A" * 20) for time_us in range(10**15, 10**15 + 20)]


def damaged_stream(**options) -> bytes:
    timed = [(126_000 + 3000 * number, packet[LOST:]) for number, packet in enumerate(PACKETS)]
    return b"".join(mux_ts([], timed, **options))


def codes(contents) -> list[str]:
    return [problem.code for problem in contents.problems]


@pytest.mark.shared
@pytest.mark.parametrize(
    ("relative", "klv_pids", "repaired", "proved"),
    [
        ("data/klv/conformance/h264_klv.ts", {257}, 30, 30),
        ("data/klv/conformance/h265_klv.ts", {257}, 30, 30),
        ("data/klv/conformance/mpeg2_klv.ts", {257}, 30, 30),
        ("data/klv/sim/osh_vrsg_vmti.ts", {257}, 277, 277),
        ("data/klv/conformance/h265_tricky_klv.ts", {257, 258, 259}, 60, 60),
        ("data/klv/real/aphill_klv_10s.ts", {257}, 300, 0),
    ],
)
def test_every_packet_that_ffmpeg_damaged_is_found_and_put_back(relative, klv_pids, repaired, proved):
    stream = shared_file(relative).read_bytes()
    damaged = as_ffmpeg_6_1_leaves_it(stream, klv_pids)

    contents = read_packets([damaged])

    wanted = sorted(packet.data for packet in read_packets([stream]).packets)
    assert sorted(packet.data for packet in contents.packets) == wanted
    assert sum(packet.repaired for packet in contents.packets) == repaired
    assert sum(packet.repaired and packet.checksum_ok for packet in contents.packets) == proved
    assert codes(contents) == ["ffmpeg-6.1-damage"]
    assert contents.problems[0].message.startswith(f"{repaired} packets")
    assert f"{proved} proved" in contents.problems[0].message


@pytest.mark.parametrize("timed", [False, True])
def test_a_repaired_packet_says_so_and_keeps_its_place(timed):
    stream = damaged_stream(timed=timed)

    contents = read_packets([stream])

    assert [packet.data for packet in contents.packets] == PACKETS
    assert all(packet.repaired and packet.checksum_ok for packet in contents.packets)
    for packet in contents.packets:
        assert packet.length == len(packet.data) - LOST
        assert packet.data[LOST:] in stream[packet.offset : packet.last_offset + 188]
        said = decode_packet(0, packet).problems
        assert any("FFmpeg 6.1" in line and "proved" in line for line in said)
    frames, _, _ = frame_table(contents.packets)
    assert frames.checksum_ok.all()


def test_bare_klv_that_ffmpeg_copied_out_is_repaired_too():
    data = b"".join(packet[LOST:] for packet in PACKETS)

    assert detect_format(data) is SourceFormat.KLV
    for size in (1, 7, 64, len(data)):
        packets = list(read_klv(data[at : at + size] for at in range(0, len(data), size)))
        assert [packet.data for packet in packets] == PACKETS
        assert all(
            data[packet.offset : packet.offset + packet.length] == packet.data[LOST:] for packet in packets
        )


def test_after_a_loss_the_next_damaged_packet_is_found_by_what_is_left_of_its_key():
    stumps = [packet[LOST:] for packet in PACKETS]
    data = b"".join(stumps[:5]) + stumps[5][:20] + b"".join(stumps[6:])

    contents = read_packets([data])

    proved = [packet.data for packet in contents.packets if packet.checksum_ok]
    assert proved == PACKETS[:5] + PACKETS[6:]


def test_a_repair_that_its_sum_does_not_prove_is_kept_and_not_believed():
    wrong = bytearray(PACKETS[0])
    wrong[20] ^= 1
    timed = [(0, bytes(wrong)[LOST:])]

    contents = read_packets([b"".join(mux_ts([], [*timed, (3000, PACKETS[1][LOST:])]))])

    assert [packet.repaired for packet in contents.packets] == [True, True]
    assert [packet.checksum_ok for packet in contents.packets] == [False, True]
    assert frame_table(contents.packets)[0].checksum_ok.tolist() == [False, True]
    assert any("not proved" in line for line in decode_packet(0, contents.packets[0]).problems)


def test_a_set_without_a_checksum_is_put_back_but_never_proved():
    packet = EG0104_KEY + b"\x14" + bytes.fromhex("060e2b34010101010701010201010000") + b"\x03abc"

    contents = read_packets([b"".join(mux_ts([], [(0, packet[LOST:])] * 4))])

    assert [one.data for one in contents.packets] == [packet] * 4
    assert [one.checksum_ok for one in contents.packets] == [False] * 4
    assert "4 packets" in contents.problems[-1].message
    assert "0 proved" in contents.problems[-1].message


def test_a_key_cut_between_two_pes_packets_is_no_damage():
    whole = b"".join(PACKETS[:3])
    cut = len(PACKETS[0]) + LOST
    stream = b"".join(mux_ts([], [(0, whole[:cut]), (3000, whole[cut:])]))

    contents = read_packets([stream])

    assert [packet.data for packet in contents.packets] == PACKETS[:3]
    assert not any(packet.repaired for packet in contents.packets)
    assert contents.problems == ()


def test_a_whole_stream_is_not_said_to_be_damaged():
    stream = b"".join(mux_ts([], [(3000 * number, packet) for number, packet in enumerate(PACKETS)]))

    contents = read_packets([stream])

    assert contents.problems == ()
    assert not any(packet.repaired for packet in contents.packets)
