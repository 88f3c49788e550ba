"""A whole source beside its standards: findings, its time, its intervals. It informs; it drops nothing.

Source: STANAG 4609; MISB ST 0601, ST 0902, ST 0102, ST 1402, ST 0604; ISO/IEC 13818-1.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.ingest.checksum import ChecksumState
from atalaya.ingest.clock_intervals import (
    METADATA_DESCRIPTOR,
    METADATA_STD_DESCRIPTOR,
    ClockIntervals,
    IntervalMeter,
    intervals_json,
)
from atalaya.ingest.conformance_packets import PacketCensus
from atalaya.ingest.conformance_rules import RULES, STREAM_RULES
from atalaya.ingest.findings import ConformanceFinding, Severity, Tally, finding_json
from atalaya.ingest.metadata_stream import KlvPacket
from atalaya.ingest.packet import DecodedPacket, decode_packets
from atalaya.ingest.stream import StreamReader
from atalaya.ingest.stream_index import StreamIndex
from atalaya.ingest.time_model import TimeModel, time_json, time_model
from atalaya.ingest.value import Json
from atalaya.model.problem import Problem
from atalaya.model.source import SourceFormat

_PRIVATE, _METADATA = 0x06, 0x15
_MORE = re.compile(r"(\d+) more of ")
_LEAST_GAP_S, _GAP_OVER_USUAL = 1.0, 10.0
_TOLD_OTHERWISE = frozenset({"checksum-failed", "ffmpeg-6.1-damage", "not-a-stream", "ts-continuity"})
_DESCRIPTORS = {
    METADATA_DESCRIPTOR: "metadata_descriptor",
    METADATA_STD_DESCRIPTOR: "metadata_STD_descriptor",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ConformanceReport:
    """What there is to say of one source.

    Args:
        index: what is where. sets: packets by standard, None for keys that no catalogue knows.
        intervals: of clock and tables; None in a `.klv`. time: how it is known.
        findings: the gravest first.
    """

    index: StreamIndex
    sets: dict[str | None, int]
    intervals: ClockIntervals | None
    time: TimeModel
    findings: tuple[ConformanceFinding, ...]


def conformance_report(chunks: Iterable[bytes]) -> ConformanceReport:
    """Everything that is found in a source; never raises, whatever the bytes are.

    Args:
        chunks: its bytes in order, in pieces of any size.
    """
    reader, meter, census = StreamReader(), IntervalMeter(), PacketCensus()
    times: list[int] = []
    for decoded in decode_packets(_read(chunks, reader, meter)):
        census.put(decoded)
        times.append(_time_us(decoded))
    index, measured = reader.index, meter.finish()
    intervals = measured if index.format is SourceFormat.MPEG_TS else None
    time = time_model(index, np.array(times, dtype=np.int64))
    found = [*census.findings(), *stream_findings(index, reader.problems, intervals, time)]
    return ConformanceReport(
        index=index, sets=dict(census.sets), intervals=intervals, time=time, findings=in_order(found)
    )


def in_order(findings: Iterable[ConformanceFinding]) -> tuple[ConformanceFinding, ...]:
    """The gravest first, then in the order of the rules."""
    codes, gravity = list(RULES), list(Severity)
    return tuple(sorted(findings, key=lambda one: (gravity.index(one.severity), codes.index(one.code))))


def _read(chunks: Iterable[bytes], reader: StreamReader, meter: IntervalMeter) -> Iterator[KlvPacket]:
    for chunk in chunks:
        meter.feed(chunk)
        yield from reader.feed(chunk)
    yield from reader.finish()


def _time_us(decoded: DecodedPacket) -> int:
    """The time a packet says, -1 where it says none or cannot be trusted."""
    if decoded.utc is None or decoded.checksum is ChecksumState.FAILED:
        return -1
    time_us = next((one.value.value for one in decoded.entries if one.tag == 2), None)
    return time_us if isinstance(time_us, int) else -1


def stream_findings(
    index: StreamIndex, problems: Sequence[Problem], intervals: ClockIntervals | None, time: TimeModel
) -> tuple[ConformanceFinding, ...]:
    """What is found in how the packets are carried, and in time.

    Args:
        index: of the source.
        problems: of its reader.
        intervals: None for a source that is no transport stream, or was not measured.
        time: its model.
    """
    tally = Tally(STREAM_RULES)
    _damage(problems, tally)
    if intervals is not None:
        _clocks(intervals, tally)
    if index.format is SourceFormat.MPEG_TS:
        _carriage(index, {} if intervals is None else intervals.descriptors, tally)
        _pictures(index, tally)
    _time(time, tally)
    return tally.findings()


def _damage(problems: Sequence[Problem], tally: Tally) -> None:
    counts: Counter[str] = Counter()
    for problem in problems:
        more = _MORE.match(problem.message) if problem.offset is None else None
        counts[problem.code] += int(more[1]) if more else 1
    for code, count in counts.items():
        if code in _TOLD_OTHERWISE:
            continue
        first = next(problem for problem in problems if problem.code == code)
        known = code if code in STREAM_RULES else "stream-problem"
        detail = {"problem": code, "told": first.message}
        tally.note(known, first.offset, what=code, count=count, detail=detail)


def _clocks(intervals: ClockIntervals, tally: Tally) -> None:
    measured = {
        "pcr-interval": intervals.clock,
        "pat-interval": intervals.association,
        "pmt-interval": intervals.maps,
    }
    for pid, gaps in intervals.gaps.items():
        detail = {"pid": pid, "packets": gaps.packets}
        tally.note("ts-continuity", gaps.first_offset, what=str(pid), count=gaps.places, detail=detail)
    if not intervals.clock.count:
        tally.note("pcr-missing")
    if not intervals.association.count or not intervals.maps.count:
        tally.note("program-table-missing")
    for code, one in measured.items():
        if one.too_long:
            tally.note(code, one.first_offset, count=one.too_long, detail={"largest_s": one.largest_s})


def _carriage(index: StreamIndex, descriptors: dict[int, tuple[int, ...]], tally: Tally) -> None:
    """Each PID that carries KLV, or says so."""
    streams = {stream.pid: stream for stream in index.streams}
    carrying = set(np.unique(index.packets.pid).tolist())
    for pid in sorted(carrying | {pid for pid, one in streams.items() if one.may_carry_klv}):
        rows = np.flatnonzero(index.packets.pid == pid)
        first = int(index.packets.offset[rows[0]]) if len(rows) else None
        stream = streams.get(pid)
        what, detail = str(pid), {"pid": pid}
        if not len(rows):
            tally.note("klv-pid-empty", what=what, detail=detail)
        if stream is None:
            tally.note("klv-pid-unlisted", first, what=what, detail=detail)
            continue
        if stream.stream_type not in (_PRIVATE, _METADATA):
            shown = f"0x{stream.stream_type:02X}"
            tally.note("klv-stream-type", first, what=what, detail=detail | {"stream_type": shown})
        if stream.stream_type != _METADATA and not stream.registered_klv:
            tally.note("klv-not-registered", first, what=what, detail=detail)
        if stream.stream_type == _METADATA and pid in descriptors:
            for tag, name in _DESCRIPTORS.items():
                if tag not in descriptors[pid]:
                    told = detail | {"descriptor": name}
                    tally.note("metadata-descriptor-missing", first, what=f"{pid} {name}", detail=told)
        _presentation(stream.stream_type, pid, index.packets.pts_s[rows], index.packets.offset[rows], tally)


def _presentation(
    stream_type: int,
    pid: int,
    pts_s: NDArray[np.float64],
    offset: NDArray[np.int64],
    tally: Tally,
) -> None:
    """Presentation times of the KLV packets of one PID."""
    what = str(pid)
    timed = ~np.isnan(pts_s)
    if stream_type == _METADATA and not timed.all():
        at = np.flatnonzero(~timed)
        tally.note("sync-without-pts", int(offset[at[0]]), what=what, count=len(at), detail={"pid": pid})
    if stream_type != _METADATA and timed.any():
        at = np.flatnonzero(timed)
        tally.note("async-with-pts", int(offset[at[0]]), what=what, count=len(at), detail={"pid": pid})
    places = offset[timed]
    steps_s = np.diff(pts_s[timed])
    rising_s = steps_s[steps_s > 0.0]
    if not len(rising_s):
        return
    usual_s = float(np.median(rising_s))
    gaps = np.flatnonzero(steps_s > max(_LEAST_GAP_S, _GAP_OVER_USUAL * usual_s))
    if len(gaps):
        detail = {"pid": pid, "largest_s": float(steps_s[gaps].max()), "usual_s": usual_s}
        tally.note("pts-gap", int(places[gaps[0] + 1]), what=what, count=len(gaps), detail=detail)
    falls = np.flatnonzero(steps_s < 0.0)
    if len(falls):
        tally.note(
            "pts-backwards", int(places[falls[0] + 1]), what=what, count=len(falls), detail={"pid": pid}
        )


def _pictures(index: StreamIndex, tally: Tally) -> None:
    pictures = index.pictures
    if not len(pictures):
        tally.note("no-video")
        return
    silent = np.flatnonzero(pictures.sei_time_us < 0)
    if len(silent):
        detail = {"missing": len(silent), "pictures": len(pictures)}
        first = int(pictures.offset[silent[0]])
        tally.note("picture-time-missing", first, count=len(silent), detail=detail)


def _time(time: TimeModel, tally: Tally) -> None:
    if not time.synchronised:
        tally.note("unsynchronised")
    if len(time.segments) > 1:
        tally.note("clock-set-anew", time.segments[1].first_offset, count=len(time.segments) - 1)
    if time.segments:
        widest = max(time.segments, key=lambda one: one.fit.residual_p95_s)
        samples = sum(one.fit.samples for one in time.segments)
        detail = {"p95_s": widest.fit.residual_p95_s, "samples": samples}
        tally.note("time-residual", detail=detail)


def report_json(report: ConformanceReport) -> dict[str, Json]:
    """A report as the command line writes it."""
    index = report.index
    packets = Counter(index.packets.pid.tolist())
    counts = Counter(finding.severity for finding in report.findings)
    sets: dict[str, Json] = {standard or "unknown": count for standard, count in report.sets.items()}
    return {
        "format": None if index.format is None else str(index.format),
        "bytes": index.length,
        "packets": sets,
        "pictures": len(index.pictures),
        "streams": [
            {
                "pid": stream.pid,
                "stream_type": f"0x{stream.stream_type:02X}",
                "registered_klv": stream.registered_klv,
                "packets": packets[stream.pid],
            }
            for stream in index.streams
        ],
        "intervals": None if report.intervals is None else intervals_json(report.intervals),
        "time": time_json(report.time),
        "counts": {str(severity): counts[severity] for severity in Severity},
        "findings": [finding_json(finding) for finding in report.findings],
    }
