"""MISP time to UTC: by what the producer says, by the table, or said to be unknown."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atalaya.ingest.checksum import ChecksumState
from atalaya.ingest.metadata_stream import KlvPacket
from atalaya.ingest.misp_time import (
    LEAP_TABLE_VALID_UNTIL,
    UtcOrigin,
    ahead_of_utc_us,
    to_utc,
    utc_of,
)
from atalaya.ingest.packet import DecodedPacket
from atalaya.ingest.value import Entry, Flag, Value

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def count_us(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("moment", "tai_ahead_s"),
    [
        (datetime(1980, 1, 6, tzinfo=UTC), 19),
        (datetime(1999, 6, 1, tzinfo=UTC), 32),
        (datetime(2012, 6, 30, tzinfo=UTC), 34),
        (datetime(2012, 7, 2, tzinfo=UTC), 35),
        (datetime(2016, 12, 31, tzinfo=UTC), 36),
        (NOON, 37),
    ],
)
def test_misp_time_is_tai_less_eight_seconds_and_a_bit(moment, tai_ahead_s):
    misp_us = count_us(moment) + tai_ahead_s * 1_000_000 - 8_000_082
    answer = to_utc(misp_us, version=19)
    assert answer.utc == moment
    assert answer.origin is UtcOrigin.LEAP_TABLE
    assert answer.doubt_s == pytest.approx(tai_ahead_s - 8.000082)


def test_the_leap_second_of_2016_begins_at_its_microsecond():
    midnight = count_us(datetime(2017, 1, 1, tzinfo=UTC))
    assert ahead_of_utc_us(midnight + 28_999_918) == 28_999_918
    assert ahead_of_utc_us(midnight + 28_999_917) == 27_999_918


def test_what_item_136_says_is_added_and_leaves_no_doubt():
    answer = to_utc(count_us(NOON) + 29_000_000, version=19, leap_s=-29)
    assert (answer.utc, answer.origin, answer.doubt_s) == (NOON, UtcOrigin.LEAP_ITEM, 0.0)


def test_a_positive_item_136_is_added_as_the_standard_says_and_doubted():
    answer = to_utc(count_us(NOON), version=19, leap_s=29)
    assert answer.utc == NOON + timedelta(seconds=29)
    assert answer.doubt_s == 58.0
    assert "taken off" in answer.note


def test_the_correction_of_item_137_is_added_first():
    assert to_utc(count_us(NOON) - 7, version=19, leap_s=0, correction_us=7).utc == NOON
    assert to_utc(count_us(NOON) + 9, version=3, correction_us=-9).utc == NOON


@pytest.mark.parametrize(("standard", "version"), [("0601", 1), ("0601", 7), ("0104", None)])
def test_early_revisions_and_eg_0104_count_in_utc(standard, version):
    answer = to_utc(count_us(NOON), standard=standard, version=version)
    assert (answer.utc, answer.origin) == (NOON, UtcOrigin.POSIX)
    assert answer.doubt_s == pytest.approx(28.999918)


@pytest.mark.parametrize(("standard", "version"), [("0601", None), ("0903", 6), ("0102", 12)])
def test_where_nothing_says_which_it_is_taken_as_written_and_said(standard, version):
    answer = to_utc(count_us(NOON), standard=standard, version=version)
    assert (answer.utc, answer.origin) == (NOON, UtcOrigin.AS_WRITTEN)
    assert answer.doubt_s == pytest.approx(28.999918)
    assert "nothing says" in answer.note


def test_before_1972_utc_drifted_and_no_table_holds():
    assert ahead_of_utc_us(0) is None
    assert to_utc(0, version=19).origin is UtcOrigin.AS_WRITTEN


def test_after_the_table_ends_the_answer_says_so():
    late = count_us(LEAP_TABLE_VALID_UNTIL + timedelta(days=1))
    assert "announced later" in to_utc(late, version=19).note
    assert "announced later" not in to_utc(late - 10 * 86_400_000_000, version=19).note


def test_a_count_outside_the_calendar_has_no_utc():
    for version in (1, 19, None):
        assert to_utc((1 << 64) - 1, version=version).utc is None
    assert to_utc(0, version=19, leap_s=-(2**31), correction_us=-(2**63)).utc is None


@given(st.integers(count_us(datetime(1972, 1, 2, tzinfo=UTC)), count_us(datetime(2100, 1, 1, tzinfo=UTC))))
def test_by_the_table_utc_is_never_ahead_of_misp_time_and_never_more_than_a_minute_behind(misp_us):
    answer = to_utc(misp_us, version=19)
    assert timedelta(seconds=1) < EPOCH + timedelta(microseconds=misp_us) - answer.utc < timedelta(seconds=60)


def entry(tag: int, value: int | None, flag: Flag = Flag.OK) -> Entry:
    return Entry(tag=tag, name="", value=Value(value=value, raw=b"", flag=flag))


def packet_saying(*entries: Entry, version: int | None = 19) -> DecodedPacket:
    packet = KlvPacket(offset=0, last_offset=0, length=0, pid=None, pts_s=None, data=b"", checksum_ok=True)
    return DecodedPacket(
        index=0,
        packet=packet,
        standard="0601",
        title="",
        version=version,
        utc=NOON,
        checksum=ChecksumState.OK,
        entries=entries,
        problems=(),
        length_size=1,
        complete=True,
    )


def test_a_packet_goes_by_its_own_items_before_those_said_earlier():
    own = packet_saying(entry(136, -29), entry(137, 1_000_000))
    assert utc_of(own, leap_s=-1, correction_us=5).utc == NOON - timedelta(seconds=28)
    earlier = utc_of(packet_saying(), leap_s=-29, correction_us=1_000_000)
    assert earlier.utc == NOON - timedelta(seconds=28)
    cleared = packet_saying(entry(136, None, Flag.ZERO_LENGTH))
    assert utc_of(cleared).origin is UtcOrigin.LEAP_TABLE


def test_a_packet_without_time_or_with_a_failed_checksum_has_no_utc():
    assert utc_of(replace(packet_saying(), utc=None)) is None
    assert utc_of(replace(packet_saying(), standard=None)) is None
    assert utc_of(replace(packet_saying(), checksum=ChecksumState.FAILED)) is None
