"""A source beside its standards: a clean stream has no complaint, each fault has its own."""

import json
import string
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atalaya.ingest.ber import item_bytes, length_bytes
from atalaya.ingest.checksum import running_sum
from atalaya.ingest.clock_intervals import IntervalMeter
from atalaya.ingest.conformance import ConformanceReport, conformance_report, report_json
from atalaya.ingest.conformance_rules import RULES
from atalaya.ingest.encode import encode_frames
from atalaya.ingest.findings import Severity
from atalaya.ingest.metadata_stream import KlvPacket
from atalaya.ingest.mux import AccessUnit, mux_ts
from atalaya.ingest.packet import decode_packet, encode_packet
from atalaya.ingest.stream import UAS_DATALINK_KEY
from atalaya.model.frame import unknown_frames

SECOND_90K = 90_000
TIME_US = 1_780_000_000_000_000


def packet(*items: tuple[int, bytes], checksum: bool = True) -> bytes:
    body = b"".join(item_bytes(tag, value) for tag, value in items)
    if not checksum:
        return UAS_DATALINK_KEY + length_bytes(len(body)) + body
    whole = UAS_DATALINK_KEY + length_bytes(len(body) + 4) + body + b"\x01\x02"
    return whole + running_sum(whole).to_bytes(2, "big")


def stamp(time_us: int) -> tuple[int, bytes]:
    return 2, time_us.to_bytes(8, "big")


def ticking(count: int, *more: tuple[int, bytes], step_us: int = 100_000) -> bytes:
    return b"".join(packet(stamp(TIME_US + step_us * row), *more, (65, b"\x13")) for row in range(count))


def codes(report: ConformanceReport) -> set[str]:
    return {finding.code for finding in report.findings}


def of(report: ConformanceReport, code: str):
    return next(finding for finding in report.findings if finding.code == code)


def full_frames(count: int):
    every = np.ones(count)
    corners = np.full((count, 4), 24.9)
    return replace(
        unknown_frames(count),
        time_us=TIME_US + 100_000 * np.arange(count),
        checksum_ok=np.ones(count, dtype=np.bool_),
        platform_heading_deg=90.0 * every,
        platform_pitch_deg=1.0 * every,
        platform_roll_deg=1.0 * every,
        sensor_lat_deg=24.95 * every,
        sensor_lon_deg=-107.2 * every,
        sensor_msl_m=1000.0 * every,
        sensor_hae_m=1000.0 * every,
        hfov_deg=10.0 * every,
        vfov_deg=7.5 * every,
        sensor_azimuth_deg=0.0 * every,
        sensor_elevation_deg=-90.0 * every,
        sensor_roll_deg=0.0 * every,
        slant_range_m=1000.0 * every,
        target_width_m=170.0 * every,
        centre_lat_deg=24.95 * every,
        centre_lon_deg=-107.2 * every,
        centre_msl_m=10.0 * every,
        centre_hae_m=10.0 * every,
        corner_lat_deg=corners,
        corner_lon_deg=corners - 132.1,
    )


def muxed(packets: list[bytes], **how) -> bytes:
    timed = [(SECOND_90K + 9_000 * number, one) for number, one in enumerate(packets)]
    video = [
        AccessUnit(
            pts_90k=time_90k,
            dts_90k=time_90k,
            data=b"\x00\x00\x01\x09\xf0\x00\x00\x01\x65\x88",
            keyframe=True,
        )
        for time_90k, _ in timed
    ]
    return b"".join(mux_ts(video, timed, **how))


@pytest.fixture(scope="module")
def clean() -> list[bytes]:
    from uuid import UUID

    return encode_frames(full_frames(20), mission_id="M", platform_designation="P", platform_uuid=UUID(int=7))


@pytest.mark.parametrize("code", RULES)
def test_every_rule_is_told_in_both_languages_with_the_same_facts(code):
    rule = RULES[code]
    fields = [
        {name for _, name, _, _ in string.Formatter().parse(text) if name} for text in (rule.en, rule.es)
    ]
    assert fields[0] == fields[1]
    assert rule.en
    assert rule.es
    assert rule.es != rule.en or code == "stream-problem"


def test_our_own_stream_has_nothing_to_complain_of(clean):
    report = conformance_report([muxed(clean, synchronous=True)])
    assert {finding.code for finding in report.findings if finding.severity is Severity.ERROR} == set()
    assert codes(report) == {"picture-time-missing", "packet-rate", "time-residual"}
    assert report.intervals is not None
    assert report.intervals.clock.largest_s <= 0.1
    assert report.intervals.association.largest_s <= 0.25
    assert report.intervals.maps.largest_s <= 0.25


def test_chunks_of_any_size_give_the_same_report(clean):
    stream = muxed(clean)
    pieces = [stream[at : at + 777] for at in range(0, len(stream), 777)]
    assert report_json(conformance_report(pieces)) == report_json(conformance_report([stream]))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (packet((65, b"\x13")), "time-missing"),
        (packet((65, b"\x13"), stamp(TIME_US)), "time-not-first"),
        (packet(stamp(TIME_US), (65, b"\x13"), checksum=False), "checksum-missing"),
        (packet(stamp(TIME_US)), "version-missing"),
        (packet(stamp(TIME_US), (65, b"\x04")), "version-old"),
        (packet(stamp(TIME_US), (65, b"\xc8")), "version-unknown"),
        (packet(stamp(TIME_US), (3, b"a"), (3, b"b"), (65, b"\x13")), "duplicate-item"),
        (packet(stamp(5), (65, b"\x13")), "time-implausible"),
        (packet(stamp(TIME_US), (5, b"\x01"), (65, b"\x13")), "item-malformed"),
        (packet(stamp(TIME_US), (34, b"\x77"), (65, b"\x13")), "item-out-of-range"),
        (packet(stamp(TIME_US), (9999, b"\x77"), (65, b"\x13")), "item-unknown"),
        (packet(stamp(TIME_US), (13, b"\x80\x00\x00\x00"), (65, b"\x13")), "error-indicators"),
        (packet(stamp(TIME_US), (75, b"\x10\x00"), (104, b"\x10\x00\x00"), (65, b"\x13")), "two-heights"),
        (packet(stamp(TIME_US), (48, b"\x01\x01\x01"), (65, b"\x13")), "security-incomplete"),
        (packet(stamp(TIME_US), (74, b"\x04\x01\x06"), (65, b"\x13")), "vmti-without-parent"),
        (packet(stamp(TIME_US), (74, b"\x05\x01\x00"), (65, b"\x13")), "vmti-version-missing"),
        (packet(stamp(TIME_US), (11, b""), (65, b"\x13")), "minimum-item-without-value"),
        (bytes.fromhex("060e2b34020b01010e010301ff000000") + b"\x02ab", "unknown-set"),
    ],
)
def test_each_fault_of_a_packet_has_its_finding(data, code):
    report = conformance_report([ticking(3), data])
    found = of(report, code)
    assert found.count == 1
    assert found.first_offset in {None, len(ticking(3))}
    assert found.message_en != found.message_es
    assert code not in codes(conformance_report([ticking(3)]))


def test_what_a_stream_never_says_is_missing():
    found = codes(conformance_report([ticking(3)]))
    assert {"security-missing", "miis-missing", "minimum-item-missing", "unsynchronised"} <= found
    assert "uas-datalink-missing" in codes(
        conformance_report([bytes.fromhex("060e2b34020301010e01030302000000") + b"\x03\x01\x01\x01"])
    )


def test_missing_items_are_named_and_the_corners_as_one():
    told = of(conformance_report([ticking(3, (5, b"\x10\x00"))]), "minimum-item-missing").message_en
    assert "6 / 90 Platform Pitch Angle" in told
    assert "26-33 / 82-89 Corner Points (8 of 8)" in told
    assert " 5 Platform Heading" not in told


def test_sums_that_fail_and_sums_of_the_payload_are_told_apart():
    good = packet(stamp(TIME_US), (65, b"\x13"))
    bad = good[:-1] + bytes((good[-1] ^ 1,))
    value = good[17:-2]
    payload_only = good[:-2] + running_sum(value).to_bytes(2, "big")
    assert "checksum-failed" in codes(conformance_report([good, bad]))
    assert "checksum-payload-only" in codes(conformance_report([good, payload_only]))


def test_times_that_fall_repeat_or_jump_are_counted():
    times = [TIME_US + 100_000 * row for row in range(10)]
    times[4] = times[3]
    times[6] = times[5] - 50_000
    times[9] = times[8] + 60_000_000
    report = conformance_report([b"".join(packet(stamp(time), (65, b"\x13")) for time in times)])
    assert of(report, "time-repeats").count == 1
    assert of(report, "time-backwards").count == 1
    assert "0.050" in of(report, "time-backwards").message_en
    assert "60.000" in of(report, "time-jump").message_es


def test_items_that_fall_silent_are_told_by_the_packets_own_time():
    mission = (3, b"M")
    first = packet(stamp(TIME_US), mission, (5, b"\x10\x00"), (65, b"\x13"))
    later = [
        packet(stamp(TIME_US + 1_000_000 * row), (5, b"\x10\x00"), (65, b"\x13")) for row in range(1, 40)
    ]
    assert "minimum-item-silent" in codes(conformance_report([first, *later]))
    rare = codes(conformance_report([first, *later[:20]]))
    assert "minimum-item-rare" in rare
    assert "minimum-item-silent" not in rare
    assert not {"minimum-item-rare", "minimum-item-silent"} & codes(conformance_report([first, *later[:9]]))


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"synchronous": False}, "async-with-pts"),
        ({"synchronous": False, "timed": False}, "unsynchronised"),
    ],
)
def test_how_the_metadata_is_carried_is_told(clean, how, code):
    assert code in codes(conformance_report([muxed(clean, **how)]))


def test_a_stream_without_its_program_map_says_so(clean):
    rows = np.frombuffer(muxed(clean), dtype=np.uint8).reshape(-1, 188)
    pid = (rows[:, 1].astype(np.int64) & 0x1F) << 8 | rows[:, 2]
    report = conformance_report([rows[pid != 0x1000].tobytes()])
    assert {"program-table-missing", "klv-pid-unlisted"} <= codes(report)


def test_clock_and_tables_that_come_rarely_are_measured(clean):
    rows = np.frombuffer(muxed(clean), dtype=np.uint8).reshape(-1, 188)
    pid = (rows[:, 1].astype(np.int64) & 0x1F) << 8 | rows[:, 2]
    keep = (pid != 0) | (np.cumsum(pid == 0) % 10 == 1)
    report = conformance_report([rows[keep].tobytes()])
    late = of(report, "pat-interval")
    assert late.count >= 1
    assert report.intervals is not None
    assert report.intervals.association.largest_s == pytest.approx(1.0, abs=0.15)


def test_lost_transport_packets_are_counted(clean):
    stream = muxed(clean)
    lost = next(at for at in range(188 * 20, len(stream), 188) if stream[at + 1 : at + 3] == b"\x01\x01")
    report = conformance_report([stream[:lost] + stream[lost + 188 :]])
    found = of(report, "ts-continuity")
    assert (found.count, found.first_offset is not None) == (1, True)
    assert "1 transport packets are missing in 1 places" in found.message_en
    assert "ts-continuity" not in codes(conformance_report([stream]))


def test_what_ffmpeg_took_from_a_recording_is_told(clean):
    rows = np.frombuffer(muxed(clean, timed=False), dtype=np.uint8).reshape(-1, 188)
    damaged = rows.tobytes().replace(UAS_DATALINK_KEY, UAS_DATALINK_KEY[5:] + b"\xff" * 5)
    found = codes(conformance_report([damaged]))
    assert found & {"ffmpeg-6.1-damage", "checksum-failed", "klv-garbage", "klv-truncated"}
    lost = b"".join(one[5:] for one in clean)
    assert of(conformance_report([clean[0] + lost]), "ffmpeg-6.1-damage").count >= 1


def test_a_clock_that_wraps_around_goes_on():
    meter = IntervalMeter()
    wrap = (1 << 33) - 5 * 3_600
    packets = [(wrap + 3_600 * number, ticking(1)) for number in range(20)]
    meter.feed(b"".join(mux_ts([], packets)))
    measured = meter.finish()
    assert measured.clock.largest_s == pytest.approx(0.04, abs=1e-6)


def test_nothing_and_noise_give_a_report_and_no_error():
    for data in (b"", b"noise" * 5000, bytes(100)):
        report = conformance_report([data])
        assert report.index.format is None
        json.dumps(report_json(report), allow_nan=False)


def test_a_report_is_plain_json(clean):
    answer = report_json(conformance_report([muxed(clean)]))
    assert json.loads(json.dumps(answer, allow_nan=False)) == answer
    assert answer["counts"]["info"] == sum(one["severity"] == "info" for one in answer["findings"])


def test_a_withheld_security_set_is_missed(clean):
    decoded = [
        decode_packet(
            number,
            KlvPacket(
                offset=0, last_offset=0, length=len(one), pid=None, pts_s=None, data=one, checksum_ok=True
            ),
        )
        for number, one in enumerate(clean)
    ]
    less = b"".join(encode_packet(one, without=frozenset({48})) for one in decoded)
    assert "security-missing" in codes(conformance_report([less]))


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_no_damage_stops_a_report(clean, data):
    stream = bytearray(muxed(clean, synchronous=data.draw(st.booleans())))
    for _ in range(data.draw(st.integers(min_value=1, max_value=30))):
        at = data.draw(st.integers(min_value=0, max_value=len(stream) - 1))
        stream[at : at + data.draw(st.integers(min_value=0, max_value=3))] = data.draw(st.binary(max_size=4))
    answer = report_json(conformance_report([bytes(stream)]))
    assert all(one["count"] >= 1 for one in answer["findings"])
    json.dumps(answer, allow_nan=False)
