"""Where KLV packets belong beside the pictures."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atalaya.ingest.annex_b import with_delimiter
from atalaya.ingest.checksum import ChecksumState
from atalaya.ingest.metadata_stream import KlvPacket
from atalaya.ingest.mux import VideoType
from atalaya.ingest.mux_times import in_ticks, placed_by_presentation, placed_by_stamp
from atalaya.ingest.packet import DecodedPacket

NOON = datetime(2026, 5, 4, 18, 0, tzinfo=UTC)


def packet(number: int, *, after_s: float | None = None, pts_s: float | None = None, good: bool = True):
    return DecodedPacket(
        index=number,
        packet=KlvPacket(
            offset=0, last_offset=0, length=1, pid=None, pts_s=pts_s, data=bytes((number,)), checksum_ok=good
        ),
        standard="0601",
        title=None,
        version=None,
        utc=None if after_s is None else NOON + timedelta(seconds=after_s),
        checksum=ChecksumState.OK if good else ChecksumState.FAILED,
        entries=(),
        problems=(),
        length_size=1,
        complete=True,
    )


def by_stamp(*times_s: float | None, offset_s: float = 0.0) -> list[float]:
    packets = [packet(number, after_s=time_s) for number, time_s in enumerate(times_s)]
    return [one.after_s for one in placed_by_stamp(packets, offset_s)]


def test_the_first_stamp_comes_with_the_first_picture_and_the_others_after_it():
    assert by_stamp(5.0, 5.1, 5.3) == pytest.approx([0.0, 0.1, 0.3])
    assert by_stamp(5.0, 5.1, offset_s=2.0) == pytest.approx([2.0, 2.1])


def test_a_packet_without_time_comes_with_the_one_before_it():
    assert by_stamp(None, 1.0, None, 1.2) == pytest.approx([0.0, 0.0, 0.0, 0.2])


def test_a_time_that_falls_or_leaps_is_not_followed():
    assert by_stamp(0.0, 0.1, -3.0, 0.3) == pytest.approx([0.0, 0.1, 0.1, 0.3])
    assert by_stamp(0.0, 0.1, 9e6, 0.3) == pytest.approx([0.0, 0.1, 0.1, 0.3])


def test_a_leap_is_believed_once_it_is_confirmed():
    assert by_stamp(0.0, 0.1, 500.0, 500.1, 500.2) == pytest.approx([0.0, 0.1, 0.1, 500.1, 500.2])


def test_a_failed_checksum_has_no_time():
    packets = [packet(0, after_s=0.0), packet(1, after_s=7.0, good=False), packet(2, after_s=0.2)]
    placed = placed_by_stamp(packets, 0.0)
    assert [one.after_s for one in placed] == pytest.approx([0.0, 0.0, 0.2])
    assert [one.timed for one in placed] == [True, False, True]


def test_presentation_times_are_kept_beside_the_pictures_of_the_same_clock():
    packets = [packet(number, pts_s=10.0 + 0.1 * number) for number in range(3)]
    same = placed_by_presentation(packets, 9.5, 0.0)
    other = placed_by_presentation(packets, None, 0.0)
    assert [one.after_s for one in same] == pytest.approx([0.5, 0.6, 0.7])
    assert [one.after_s for one in other] == pytest.approx([0.0, 0.1, 0.2])
    assert in_ticks(other, 126_000) == [(126_000, b"\x00"), (135_000, b"\x01"), (144_000, b"\x02")]


@settings(deadline=None)
@given(st.lists(st.none() | st.floats(min_value=-1e6, max_value=1e6), max_size=30))
def test_times_never_fall_and_no_packet_is_lost(times_s):
    packets = [packet(number, after_s=time_s) for number, time_s in enumerate(times_s)]
    placed = placed_by_stamp(packets, 0.0)
    assert [one.data for one in placed] == [one.packet.data for one in packets]
    ticks = [time for time, _ in in_ticks(placed, 0)]
    assert ticks == sorted(ticks)


@pytest.mark.parametrize(
    ("video_type", "data", "longer"),
    [
        (VideoType.H264, b"\x00\x00\x00\x01\x65\x88", 6),
        (VideoType.H264, b"\x00\x00\x00\x01\x09\x10\x00\x00\x01\x65", 0),
        (VideoType.H264, b"\x00\x00\x01\x29\x10\x00\x00\x01\x65", 0),
        (VideoType.H265, b"\x00\x00\x00\x01\x26\x01", 7),
        (VideoType.H265, b"\x00\x00\x01\x46\x01\x50\x00\x00\x01\x26", 0),
        (VideoType.MPEG2, b"\x00\x00\x01\xb3", 0),
    ],
)
def test_a_delimiter_stands_in_front_of_every_picture_once(video_type, data, longer):
    whole = with_delimiter(data, video_type)
    assert whole.endswith(data)
    assert len(whole) - len(data) == longer
    assert with_delimiter(whole, video_type) == whole
