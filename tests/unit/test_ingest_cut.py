"""Only what is known to lie in kept time stays: no byte of another picture or packet."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atalaya.errors import InputError
from atalaya.ingest.cut import CutPlan, plan_cut
from atalaya.ingest.encode import encode_frames
from atalaya.ingest.mux import AccessUnit, mux_ts
from atalaya.ingest.st0601 import frame_table
from atalaya.ingest.stream import read_packets
from atalaya.model.frame import FrameTable, unknown_frames
from shared_data import shared_file

KEY_PICTURE = bytes.fromhex("0000000109f0000000016742c01e0000000165")
PICTURE = bytes.fromhex("0000000109f00000000141")
GROUP = 5
VIDEO, METADATA = 0x100, 0x101
TS = 188


def packets_of(count: int) -> list[bytes]:
    times = {"time_us": 1_700_000_000_000_000 + np.arange(count) * 100_000}
    frames = FrameTable(**unknown_frames(count).columns() | times)
    return encode_frames(frames, mission_id="M", platform_designation="P")


def pictures_of(count: int) -> list[AccessUnit]:
    return [
        AccessUnit(
            pts_90k=126_000 + number * 9000,
            dts_90k=126_000 + number * 9000,
            data=(PICTURE if number % GROUP else KEY_PICTURE) + bytes((number + 1,)) * 700,
            keyframe=number % GROUP == 0,
        )
        for number in range(count)
    ]


def stream_of(count: int, *, late_90k: int = 0, every: int = 1, **options: bool) -> bytes:
    """Packet k belongs to picture k * every, and is sent `late_90k` after it."""
    pictures = pictures_of(count)
    timed = [
        (picture.pts_90k + late_90k, packet)
        for picture, packet in zip(pictures[::every], packets_of(count), strict=False)
    ]
    return b"".join(mux_ts(pictures, timed, **options))


def cut(stream: bytes, keep: np.ndarray) -> tuple[CutPlan, bytes]:
    contents = read_packets([stream])
    frames, _, _ = frame_table(contents.packets)
    plan = plan_cut(contents.index, frames, keep)
    covered = sorted([*plan.kept, *((cut.offset, cut.offset + cut.length) for cut in plan.cuts)])
    assert covered[0][0] == 0
    assert covered[-1][1] == len(stream)
    assert all(before[1] == after[0] for before, after in pairwise(covered))
    return plan, b"".join(stream[start:end] for start, end in plan.kept)


def owners(stream: bytes) -> list[tuple[int, int]]:
    """(PID, which PES of that PID) of each transport packet, told without the reader under test."""
    counts: dict[int, int] = {}
    found = []
    for at in range(0, len(stream), 188):
        pid = (stream[at + 1] & 0x1F) << 8 | stream[at + 2]
        counts[pid] = counts.get(pid, -1) + bool(stream[at + 1] & 0x40)
        found.append((pid, counts[pid]))
    return found


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.booleans(), min_size=6, max_size=6), st.sets(st.integers(0, 29), max_size=3), st.booleans()
)
def test_exactly_the_whole_groups_of_kept_frames_stay(groups, dropped, synchronous):
    keep = np.repeat(groups, GROUP)
    keep[sorted(dropped)] = False
    stream = stream_of(30, synchronous=synchronous)
    plan, _ = cut(stream, keep)

    group_stays = keep.reshape(6, GROUP).all(axis=1)
    stays = {number for number in range(30) if group_stays[number // GROUP]}
    kept_packets = {offset for start, end in plan.kept for offset in range(start, end, 188)}
    for number, (pid, unit) in enumerate(owners(stream)):
        wanted = bool(stays) if pid in {0, 0x1000} else unit in stays
        assert (number * 188 in kept_packets) == wanted, (pid, unit)
    assert set(np.flatnonzero(plan.rows_kept)) == stays


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.booleans(), min_size=30, max_size=30),
    st.integers(0, 20_000),
    st.integers(1, 4),
    st.booleans(),
)
def test_however_packets_are_timed_nothing_unknown_stays(decisions, late_90k, every, timed):
    stream = stream_of(30, late_90k=late_90k, every=every, timed=timed)
    keep = np.array(decisions[: len(range(0, 30, every))])
    _, kept = cut(stream, keep)

    contents = read_packets([kept])

    allowed = {packet for packet, stays in zip(packets_of(30), keep, strict=False) if stays}
    assert {packet.data for packet in contents.packets} <= allowed
    rows = np.arange(0, 30, every)
    for pts_s in contents.index.pictures.pts_s if timed else []:
        picture = round((pts_s * 90_000 - 126_000) / 9000)
        row_times = rows * 9000 + late_90k
        before, after = row_times <= picture * 9000 + 90, row_times >= picture * 9000 - 90  # 1 ms
        assert not before.any() or keep[np.flatnonzero(before)[-1]]
        assert not after.any() or keep[np.flatnonzero(after)[0]]


def test_a_source_wholly_inside_stays_byte_for_byte():
    stream = stream_of(30)

    plan, kept = cut(stream, np.ones(30, dtype=np.bool_))

    assert kept == stream
    assert plan.cuts == ()
    assert plan.rows_kept.all()


def test_rare_packets_vouch_for_a_whole_source_but_not_for_its_silent_end():
    rare = stream_of(30, every=6)
    ends_early = b"".join(mux_ts(pictures_of(30), [(126_000, packets_of(1)[0])]))

    assert cut(rare, np.ones(5, dtype=np.bool_))[1] == rare
    plan, kept = cut(ends_early, np.ones(1, dtype=np.bool_))
    assert len(read_packets([kept]).index.pictures) == GROUP
    assert plan.rows_kept.all()


def test_where_nothing_is_kept_nothing_stays():
    plan, kept = cut(stream_of(30), np.zeros(30, dtype=np.bool_))

    assert kept == b""
    assert [(one.offset, one.length) for one in plan.cuts] == [(0, len(stream_of(30)))]


def test_of_bare_klv_exactly_the_kept_packets_stay():
    packets = packets_of(9)
    keep = np.arange(9) % 3 == 0
    stream = b"\x00\x00" + b"".join(packets) + b"tail"

    plan, kept = cut(stream, keep)

    assert kept == packets[0] + packets[3] + packets[6]
    assert plan.rows_kept.tolist() == keep.tolist()


def test_pictures_after_a_loss_do_not_stay_with_the_group_before():
    stream = stream_of(30)
    second_group = next(n for n, owner in enumerate(owners(stream)) if owner == (0x100, GROUP))
    lost_start = stream[: second_group * 188] + stream[(second_group + 1) * 188 :]
    keep = np.arange(30) < GROUP

    _, kept = cut(lost_start, keep)

    assert bytes((GROUP + 1,)) * 20 not in kept  # the body of the picture whose start was lost


def test_frames_of_another_source_are_refused():
    index = read_packets([stream_of(30)]).index
    frames, _, _ = frame_table(read_packets([stream_of(20)]).packets)

    with pytest.raises(InputError, match="30 frames"):
        plan_cut(index, frames, np.ones(20, dtype=np.bool_))
    with pytest.raises(InputError, match="one decision"):
        plan_cut(index, frame_table(read_packets([stream_of(30)]).packets)[0], np.ones(3, dtype=np.bool_))


@pytest.mark.shared
def test_the_kept_part_of_a_real_clip_is_a_stream_of_its_own():
    stream = shared_file("data/klv/sim/osh_vrsg_vmti.ts").read_bytes()
    keep = np.arange(277) < 139

    plan, kept = cut(stream, keep)

    contents = read_packets([kept])
    assert len(contents.packets) == len(contents.index.pictures) == plan.rows_kept.sum() == 130
    assert contents.problems == ()
    assert [packet.data for packet in contents.packets] == [
        packet.data for packet in read_packets([stream]).packets[:130]
    ]


@pytest.mark.shared
def test_of_a_real_flight_exactly_the_kept_packets_stay():
    stream = shared_file("data/klv/real/cheyenne_c208b_2012.klv").read_bytes()
    keep = np.arange(407) % 7 != 0

    plan, kept = cut(stream, keep)

    assert plan.rows_kept.tolist() == keep.tolist()
    assert len(read_packets([kept]).packets) == keep.sum()


def packets(stream: bytes) -> list[bytes]:
    return [stream[at : at + TS] for at in range(0, len(stream), TS)]


def pid_of(packet: bytes) -> int:
    return (packet[1] & 0x1F) << 8 | packet[2]


def moved(packet: bytes, pid: int) -> bytes:
    return packet[:1] + bytes((packet[1] & 0xE0 | pid >> 8, pid & 0xFF)) + packet[3:]


def with_second_video(stream: bytes) -> bytes:
    """Each picture once more on a PID of its own, as a turret with two cameras sends it."""
    return b"".join(
        packet + moved(packet, 0x200) if pid_of(packet) == VIDEO else packet for packet in packets(stream)
    )


def with_sound(stream: bytes) -> bytes:
    """A sound PES packet behind each packet of metadata."""
    counter, out = 0, []
    for packet in packets(stream):
        out.append(packet)
        if pid_of(packet) == METADATA:
            head = bytes((0x47, 0x43, 0x00, 0x10 | counter & 15))
            out.append(head + b"\x00\x00\x01\xc0" + b"\x00\x00\x80\x00\x00" + b"\x55" * (TS - 13))
            counter += 1
    return b"".join(out)


@pytest.mark.parametrize("other", [with_second_video, with_sound])
def test_a_second_camera_and_sound_are_cut_from_a_source_that_is_otherwise_kept_whole(other):
    stream = stream_of(30)

    plan, kept = cut(other(stream), np.ones(30, dtype=np.bool_))

    assert kept == stream
    assert plan.cuts
    assert plan.rows_kept.all()


def test_bytes_between_transport_packets_are_cut_and_cost_no_picture():
    stream, junk = stream_of(30, every=6), b"\x00picture" * 300
    middle = len(stream) // 2 // TS * TS

    plan, kept = cut(stream[:middle] + junk + stream[middle:] + junk[:99], np.ones(5, dtype=np.bool_))

    assert kept == stream
    assert [part.length for part in plan.cuts] == [len(junk), 99]
    assert plan.rows_kept.all()


def test_service_tables_and_stuffing_stay_with_the_whole():
    stream = stream_of(30)
    service = b"\x47\x40\x11\x10" + b"\x00" + b"\xff" * (TS - 5)
    stuffing = b"\x47\x1f\xff\x10" + b"\xff" * (TS - 4)
    whole = b"".join(
        packet + service + stuffing if number % 9 == 0 else packet
        for number, packet in enumerate(packets(stream))
    )

    plan, kept = cut(whole, np.ones(30, dtype=np.bool_))

    assert kept == whole
    assert plan.cuts == ()
