"""The time inside pictures (ST 0604): found in every coding, cut anywhere, never made up."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from atalaya.errors import KlvError
from atalaya.ingest.mux import AccessUnit, mux_ts
from atalaya.ingest.picture_clock import PictureClock
from atalaya.ingest.picture_time import (
    PictureTime,
    Search,
    VideoCoding,
    coding_of,
    escaped,
    find_picture_time,
    picture_time_unit,
    unescaped,
)
from atalaya.ingest.stream import read_packets
from shared_data import shared_file

LOCKED = 0x1F
SLICE = {
    VideoCoding.MPEG2: b"\x00\x00\x01\x01slice",
    VideoCoding.H264: b"\x00\x00\x01\x65slice",
    VideoCoding.H265: b"\x00\x00\x01\x28\x01slice",
}
HEADS = {
    VideoCoding.MPEG2: bytes.fromhex("000001b31680f0c1ffffe380000001000010"),
    VideoCoding.H264: bytes.fromhex("0000000109f0000000016742c01e0000000168ce3c80"),
    VideoCoding.H265: bytes.fromhex("0000000146011000000001400100000001420100000001440100"),
}
CODINGS = st.sampled_from(list(VideoCoding))
OSH_FIRST = bytes.fromhex(
    "0000000109f000000106051c4d4953506d6963726f73656374696d651f0004ffc39dff51a8ff2b208000000165"
)
STREAMS = {
    "data/klv/sim/osh_vrsg_vmti.ts": (277, 0x1F, 1340980354100000),
    "data/klv/conformance/h264_klv.ts": (30, 0x9F, 1224807209913000),
    "data/klv/conformance/h264_no_klv.ts": (30, 0x9F, 1224807209913000),
    "data/klv/conformance/h265_klv.ts": (30, 0x9F, 1224807209913000),
    "data/klv/conformance/h265_tricky_klv.ts": (30, 0x9F, 1224807209913000),
    "data/klv/conformance/mpeg2_klv.ts": (30, 0x9F, 1224807209913000),
}


def test_the_time_in_a_real_picture_is_what_its_metadata_says():
    assert find_picture_time(OSH_FIRST, VideoCoding.H264) == PictureTime(1340980354100000, LOCKED)


@example(VideoCoding.MPEG2, 1 << 48, 0x1F)
@given(CODINGS, st.integers(0, 2**63 - 1), st.sampled_from([bits << 5 | 0x1F for bits in range(8)]))
def test_a_time_that_was_written_is_read_back_in_every_coding(coding, time_us, status):
    time = PictureTime(time_us, status)
    data = HEADS[coding] + picture_time_unit(time, coding) + SLICE[coding]
    assert find_picture_time(data, coding) == time
    assert find_picture_time(data, None) == time


@given(st.integers(0, 2**54), st.integers(1, 999))
def test_nanoseconds_are_read_back_in_h265(time_us, nanosecond):
    time = PictureTime(time_us, LOCKED, nanosecond)
    assert find_picture_time(picture_time_unit(time, VideoCoding.H265), VideoCoding.H265) == time


@pytest.mark.parametrize("coding", VideoCoding)
def test_a_time_behind_the_first_slice_is_another_pictures(coding):
    data = HEADS[coding] + SLICE[coding] + picture_time_unit(PictureTime(5, LOCKED), coding)
    assert find_picture_time(data, coding) is Search.ABSENT


@pytest.mark.parametrize("coding", VideoCoding)
def test_cut_anywhere_before_its_end_it_is_undecided_and_never_another_time(coding):
    whole = HEADS[coding] + picture_time_unit(PictureTime(1340980354100000, LOCKED), coding)
    stamp_end = whole.rindex(b"\x2b\x20") + 2
    for end in range(stamp_end):
        assert find_picture_time(whole[:end], coding) is Search.UNDECIDED
    assert find_picture_time(whole[:stamp_end], coding) == PictureTime(1340980354100000, LOCKED)


@pytest.mark.parametrize("at", [19, 22, 25])
def test_a_stamp_without_its_padding_is_no_stamp(at):
    unit = bytearray(picture_time_unit(PictureTime(1340980354100000, LOCKED), VideoCoding.MPEG2))
    unit[4 + at] = 0x00
    assert find_picture_time(bytes(unit), VideoCoding.MPEG2) is Search.UNDECIDED


def test_other_messages_before_and_in_the_same_unit_do_not_hide_it():
    long_note = b"\x05\xff\x10" + b"n" * 271
    unit = picture_time_unit(PictureTime(7, LOCKED), VideoCoding.H264)
    data = b"\x00\x00\x01\x06" + long_note + unit[4:] + SLICE[VideoCoding.H264]
    assert find_picture_time(data, VideoCoding.H264) == PictureTime(7, LOCKED)


def test_the_status_byte_says_lock_and_jumps():
    assert PictureTime(0, 0x1F).locked
    assert not PictureTime(0, 0x9F).locked
    assert not PictureTime(0, 0x3F).backwards
    assert PictureTime(0, 0x5F).discontinuity
    assert PictureTime(0, 0x7F).backwards


def test_codings_are_told_by_the_program_map():
    assert [coding_of(code) for code in (0x02, 0x1B, 0x24)] == list(VideoCoding)
    assert coding_of(0x10) is None
    assert coding_of(None) is None


def test_what_cannot_be_written_is_refused():
    with pytest.raises(KlvError, match=r"H\.265"):
        picture_time_unit(PictureTime(0, LOCKED, 1), VideoCoding.H264)
    with pytest.raises(KlvError, match="64 bits"):
        picture_time_unit(PictureTime(-1, LOCKED), VideoCoding.H264)
    with pytest.raises(KlvError, match="five ones"):
        picture_time_unit(PictureTime(1 << 48, 0x00), VideoCoding.MPEG2)


@given(st.lists(st.sampled_from([0, 0, 0, 1, 2, 3, 4, 255]), max_size=60).map(bytes))
def test_emulation_prevention_is_undone_and_leaves_no_start_code(data):
    written = escaped(data)
    assert unescaped(written) == data
    assert all(code not in written for code in (b"\x00\x00\x00", b"\x00\x00\x01", b"\x00\x00\x02"))


@given(st.binary(max_size=300), st.sampled_from([*VideoCoding, None]))
def test_no_bytes_make_the_search_raise(data, coding):
    find_picture_time(b"\x00\x00\x01\x06\x05" + data, coding)
    find_picture_time(data, coding)


@given(CODINGS, st.integers(4, 60), st.integers(0, 15))
def test_a_time_spread_over_transport_packets_is_gathered(coding, size, counter):
    data = HEADS[coding] + picture_time_unit(PictureTime(1340980354100000, LOCKED), coding) + SLICE[coding]
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    clock = PictureClock()
    wanted = clock.begin(7, counter, pieces[0], coding)
    for number, piece in enumerate(pieces[1:], 1):
        wanted = wanted and clock.more(7, (counter + number) & 15, piece)
    assert clock.columns()[0].tolist() == [1340980354100000]


def test_over_a_gap_no_time_is_pieced_together():
    data = picture_time_unit(PictureTime(1340980354100000, LOCKED), VideoCoding.H264)
    clock = PictureClock()
    assert clock.begin(7, 3, data[:20], VideoCoding.H264)
    assert not clock.more(7, 5, data[20:])
    assert not clock.more(7, 6, data[20:])
    assert clock.waiting_pids == ()
    assert clock.columns()[0].tolist() == [-1]


def test_the_search_of_one_picture_is_bounded():
    clock = PictureClock()
    wanted = clock.begin(7, 0, b"\x00\x00\x01\x09", None)
    looked_at = 1
    while wanted:
        wanted = clock.more(7, looked_at & 15, b"\xff" * 184)
        looked_at += 1
    assert looked_at == 32


@pytest.mark.parametrize("chunk", [1, 188, 1000, 1 << 20])
def test_times_come_out_of_a_made_stream_however_it_is_cut_into_chunks(chunk):
    note = b"\x00\x00\x01\x06" + b"\x05\xff\xff\x20" + b"n" * (2 * 255 + 32) + b"\x80"
    head, slices = HEADS[VideoCoding.H264], SLICE[VideoCoding.H264]
    pictures = [
        AccessUnit(
            pts_90k=9000 * (number + 20),
            dts_90k=9000 * (number + 20),
            keyframe=number == 0,
            data=head
            + (note if number % 2 else b"")
            + (
                b""
                if number == 3
                else picture_time_unit(PictureTime(1000 + number, LOCKED), VideoCoding.H264)
            )
            + slices
            + b"x" * 400,
        )
        for number in range(6)
    ]
    data = b"".join(mux_ts(pictures, []))
    found = read_packets([data[at : at + chunk] for at in range(0, len(data), chunk)]).index.pictures
    assert found.sei_time_us.tolist() == [1000, 1001, 1002, -1, 1004, 1005]
    assert found.sei_status.tolist() == [LOCKED] * 3 + [-1] + [LOCKED] * 2


@pytest.mark.shared
@pytest.mark.parametrize(("name", "expected"), STREAMS.items())
def test_every_picture_of_the_real_streams_says_its_time(name, expected):
    count, status, first_us = expected
    pictures = read_packets([shared_file(name).read_bytes()]).index.pictures
    assert len(pictures) == count
    assert pictures.sei_time_us[0] == first_us
    assert set(pictures.sei_status.tolist()) == {status}
    assert np.all(np.diff(pictures.sei_time_us[np.argsort(pictures.pts_s)]) > 0)


@pytest.mark.shared
def test_a_stream_without_times_in_its_pictures_says_so():
    pictures = read_packets([shared_file("data/klv/real/aphill_klv_10s.ts").read_bytes()]).index.pictures
    assert pictures.sei_time_us.tolist() == [-1] * 10
