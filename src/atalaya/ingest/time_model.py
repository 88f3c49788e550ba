"""When each picture was taken, which metadata belongs to it, and how sure that is.

Four ways, in order of trust: the time inside the picture (ST 0604); metadata cells that share the pictures'
clock (synchronous); private data with presentation times (asynchronous); the order of arrival, which says
nothing about time and is called unsynchronised.

Source: MISB ST 0604.6 (time in pictures), ST 1402.2 (carriage of metadata), ST 0603.5 (time); the fit:
docs/explain/time.md.
"""

from dataclasses import dataclass, replace
from enum import IntEnum
from itertools import pairwise

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from atalaya.errors import InputError
from atalaya.ingest.clock_fit import ClockFit, clock_breaks, fit_clock
from atalaya.ingest.stream_index import PacketIndex, PictureIndex, StreamIndex
from atalaya.ingest.value import Json
from atalaya.model.columns import Columns
from atalaya.units import MicrosecondsArray, Seconds

_METADATA_CELLS = 0x15
_UNKNOWN = -1
_STAMP_UNCERTAINTY_S = 1e-6
_TICK_S = 1.0 / 90_000.0
_LATEST_US = 1 << 53
"""The year 2255; a time beyond is damage."""

_NEIGHBOURS = 2
_UNLIKELY_S, _UNLIKELY_INTERVALS = 2.0, 3.0
_FIELD_SHARE = (0.4, 0.6)
_SAME_CLOCK_S = 2.0
"""Time in pictures and time in metadata farther apart than this are two clocks."""


class TimeSource(IntEnum):
    """What a time rests on, from nothing to the most trusted."""

    UNSYNCHRONISED = 0
    ARRIVAL = 1
    ASYNCHRONOUS_PTS = 2
    SYNCHRONOUS_PTS = 3
    PICTURE = 4

    @property
    def synchronised(self) -> bool:
        """Whether it ties metadata to pictures in time, not only in order."""
        return self >= TimeSource.ASYNCHRONOUS_PTS


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeSegment:
    """A stretch in which the metadata's clock and the presentation clock run together.

    Args:
        first_packet, last_packet: rows of the packet index. first_offset: byte offset of the first of them.
        from_s, until_s: presentation times covered. fit: one clock in terms of the other.
    """

    first_packet: int
    last_packet: int
    first_offset: int
    from_s: Seconds
    until_s: Seconds
    fit: ClockFit


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureTimes(Columns):
    """One row per picture of the index, in its order, N first.

    Args:
        time_us: (N,) int64, time on the metadata's clock; -1 unknown.
        uncertainty_s: (N,) float64, half-width that holds it with 95 %; NaN unknown.
        source: (N,) int64, a TimeSource.
        packet: (N,) int64, row of the metadata packet nearest to it; -1 none.
        packet_offset_s: (N,) float64, time of the picture minus time of that packet, on the clock that
            brought them together; NaN where only the order of arrival did.
        segment: (N,) int64, its TimeSegment; -1 none.
    """

    time_us: NDArray[np.int64]
    uncertainty_s: NDArray[np.float64]
    source: NDArray[np.int64]
    packet: NDArray[np.int64]
    packet_offset_s: NDArray[np.float64]
    segment: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeModel:
    """The time of a whole source.

    Args:
        source: what most pictures' times rest on; without pictures, what the metadata's would.
        pid: of the metadata that the segments are of; -1 none.
        segments: in the order of the bytes.
        pictures: one row each.
        exact_pairs: pictures whose own time is exactly that of their packet.
        notes: what whoever relies on it should know.
    """

    source: TimeSource
    pid: int
    segments: tuple[TimeSegment, ...]
    pictures: PictureTimes
    exact_pairs: int
    notes: tuple[str, ...]

    @property
    def synchronised(self) -> bool:
        """Whether metadata is tied to time: that of the pictures, where there are any."""
        paired = bool((self.pictures.packet >= 0).any()) or not len(self.pictures)
        return self.source.synchronised and paired


def time_model(index: StreamIndex, time_us: MicrosecondsArray) -> TimeModel:
    """The time model of a source.

    Args:
        index: of the source, as the reader gives it.
        time_us: (K,) int64, time that each packet of the index says (item 2) [µs]; -1 where it says none or
            cannot be trusted (its checksum fails).

    Raises:
        InputError: not as many times as packets.
    """
    packets, likely = index.packets, _with_likely_pts(index.pictures)
    second = _second_fields(likely)
    pictures = _with_frame_pts(likely, second)
    time_us = np.where(time_us < _LATEST_US, time_us, _UNKNOWN)
    if len(time_us) != len(packets):
        raise InputError(f"a time for each of {len(packets)} packets was wanted, got {len(time_us)}")
    synchronous = frozenset(one.pid for one in index.streams if one.stream_type == _METADATA_CELLS)
    rows = _best_rows(packets, time_us, synchronous)
    segments = _segments(packets, time_us, rows)
    pid = int(packets.pid[rows[0]]) if len(rows) else -1
    pts_source = TimeSource.SYNCHRONOUS_PTS if pid in synchronous else TimeSource.ASYNCHRONOUS_PTS
    by_pts = _by_pts(pictures, packets, time_us, rows, segments, pts_source)
    apart_s = _clocks_apart(pictures, by_pts)
    times = by_pts if _another_clock(apart_s) else _by_stamp(pictures, time_us, by_pts)
    times = _widened(_by_arrival(pictures, packets, time_us, times), pictures, second)
    return TimeModel(
        source=_overall(times, segments, pts_source),
        pid=pid,
        segments=segments,
        pictures=times,
        exact_pairs=int(((times.source == TimeSource.PICTURE) & (times.packet_offset_s == 0.0)).sum()),
        notes=(
            *_notes(pictures, times, segments, apart_s),
            *_note_of_pts(index.pictures, likely),
            *_note_of_fields(second),
        ),
    )


def _with_likely_pts(pictures: PictureIndex) -> PictureIndex:
    """The pictures, without presentation times that none of their neighbours supports: damage, not time."""
    pts_s = pictures.pts_s.copy()
    for pid in np.unique(pictures.pid).tolist():
        rows = np.flatnonzero((pictures.pid == pid) & ~np.isnan(pts_s))
        if len(rows) > _NEIGHBOURS:
            pts_s[rows[_is_unlikely(pts_s[rows])]] = np.nan
    return replace(pictures, pts_s=pts_s)


def _second_fields(pictures: PictureIndex) -> NDArray[np.bool_]:
    """(N,) second fields of interlaced video, where only the first field of a frame has a presentation time.

    Told by the whole stream: about every second picture of the PID has none, behind one that has.
    """
    second = np.zeros(len(pictures), dtype=np.bool_)
    for pid in np.unique(pictures.pid).tolist():
        rows = np.flatnonzero(pictures.pid == pid)
        without = np.isnan(pictures.pts_s[rows])
        follows = np.zeros(len(rows), dtype=np.bool_)
        follows[1:] = without[1:] & ~without[:-1]
        few, many = _FIELD_SHARE
        if len(rows) > _NEIGHBOURS and few <= without.mean() <= many and follows.sum() >= few * len(rows):
            second[rows[follows]] = True
    return second


def _with_frame_pts(pictures: PictureIndex, second: NDArray[np.bool_]) -> PictureIndex:
    """The pictures, second fields with the presentation time of their frame."""
    pts_s = pictures.pts_s.copy()
    for pid in np.unique(pictures.pid[second]).tolist():
        rows = np.flatnonzero(pictures.pid == pid)
        own = np.flatnonzero(second[rows])
        pts_s[rows[own]] = pts_s[rows[own - 1]]
    return replace(pictures, pts_s=pts_s)


def _widened(times: PictureTimes, pictures: PictureIndex, second: NDArray[np.bool_]) -> PictureTimes:
    """The times, those of second fields less sure by a frame: how far a field lies behind is not said."""
    if not second.any():
        return times
    interval_s = float(np.median(np.diff(np.unique(pictures.pts_s[~np.isnan(pictures.pts_s)]))))
    less_sure = second & (times.source < TimeSource.PICTURE)
    uncertainty_s = np.where(less_sure, np.hypot(times.uncertainty_s, interval_s), times.uncertainty_s)
    return replace(times, uncertainty_s=uncertainty_s)


def _is_unlikely(pts_s: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(N,) far off the middle of five in a row, as pictures come."""
    around_s = sliding_window_view(np.pad(pts_s, _NEIGHBOURS, mode="reflect"), 2 * _NEIGHBOURS + 1)
    interval_s = float(np.median(np.abs(np.diff(pts_s))))
    off_s = np.abs(pts_s - np.median(around_s, axis=1))
    unlikely: NDArray[np.bool_] = off_s > max(_UNLIKELY_S, _UNLIKELY_INTERVALS * interval_s)
    return unlikely


def _note_of_pts(before: PictureIndex, after: PictureIndex) -> list[str]:
    dropped = int((np.isnan(after.pts_s) & ~np.isnan(before.pts_s)).sum())
    return (
        [f"{dropped} pictures have a presentation time far off their neighbours': not used"]
        if dropped
        else []
    )


def _note_of_fields(second: NDArray[np.bool_]) -> list[str]:
    count = int(second.sum())
    return [f"{count} second fields have the presentation time of their frame"] if count else []


def time_json(model: TimeModel) -> dict[str, Json]:
    """A time model in a few lines, as reports and the workbench show it."""
    known_s = model.pictures.uncertainty_s[~np.isnan(model.pictures.uncertainty_s)]
    return {
        "source": model.source.name.lower(),
        "synchronised": model.synchronised,
        "pid": model.pid if model.pid >= 0 else None,
        "pictures": len(model.pictures),
        "exact_pairs": model.exact_pairs,
        "uncertainty_median_s": float(np.median(known_s)) if len(known_s) else None,
        "uncertainty_max_s": float(known_s.max()) if len(known_s) else None,
        "segments": [_segment_json(segment) for segment in model.segments],
        "notes": list(model.notes),
    }


def _segment_json(segment: TimeSegment) -> Json:
    fit = segment.fit
    return {
        "from_s": segment.from_s,
        "until_s": segment.until_s,
        "rate": fit.rate,
        "samples": fit.samples,
        "outliers": fit.outliers,
        "residual_rms_s": fit.residual_rms_s,
        "residual_p95_s": fit.residual_p95_s,
        "residual_max_s": fit.residual_max_s,
    }


def _best_rows(
    packets: PacketIndex, time_us: MicrosecondsArray, synchronous: frozenset[int]
) -> NDArray[np.intp]:
    """Rows with both times of the most trusted PID: a synchronous one, then the one with most packets."""
    timed = (time_us >= 0) & ~np.isnan(packets.pts_s)
    pids, counts = np.unique(packets.pid[timed], return_counts=True)
    if not len(pids):
        return np.empty(0, dtype=np.intp)
    ranked = sorted(
        zip(pids.tolist(), counts.tolist(), strict=True),
        key=lambda line: (line[0] in synchronous, line[1], -line[0]),
    )
    return np.flatnonzero(timed & (packets.pid == ranked[-1][0]))


def _segments(
    packets: PacketIndex, time_us: MicrosecondsArray, rows: NDArray[np.intp]
) -> tuple[TimeSegment, ...]:
    pts_s, times = packets.pts_s[rows], time_us[rows]
    starts = clock_breaks(pts_s, times).tolist()
    return tuple(
        TimeSegment(
            first_packet=int(rows[start]),
            last_packet=int(rows[end - 1]),
            first_offset=int(packets.offset[rows[start]]),
            from_s=float(pts_s[start:end][fit.holds_for(pts_s[start:end], times[start:end])].min()),
            until_s=float(pts_s[start:end][fit.holds_for(pts_s[start:end], times[start:end])].max()),
            fit=fit,
        )
        for start, end in pairwise([*starts, len(rows)])
        for fit in (fit_clock(pts_s[start:end], times[start:end]),)
    )


def _unknown_times(count: int) -> PictureTimes:
    return PictureTimes(
        time_us=np.full(count, _UNKNOWN, dtype=np.int64),
        uncertainty_s=np.full(count, np.nan),
        source=np.full(count, TimeSource.UNSYNCHRONISED, dtype=np.int64),
        packet=np.full(count, _UNKNOWN, dtype=np.int64),
        packet_offset_s=np.full(count, np.nan),
        segment=np.full(count, _UNKNOWN, dtype=np.int64),
    )


def _by_pts(
    pictures: PictureIndex,
    packets: PacketIndex,
    time_us: MicrosecondsArray,
    rows: NDArray[np.intp],
    segments: tuple[TimeSegment, ...],
    source: TimeSource,
) -> PictureTimes:
    """Times by the fits, pictures and packets brought together by presentation time."""
    times = _unknown_times(len(pictures))
    home = _segment_of(pictures, segments)
    for number, segment in enumerate(segments):
        own = np.flatnonzero(home == number)
        mine = rows[(rows >= segment.first_packet) & (rows <= segment.last_packet)]
        mine = mine[segment.fit.holds_for(packets.pts_s[mine], time_us[mine])]
        pts_s = pictures.pts_s[own]
        nearest = mine[_nearest(packets.pts_s[mine], pts_s)]
        times.time_us[own] = np.maximum(segment.fit.time_at(pts_s), _UNKNOWN)
        times.uncertainty_s[own] = np.maximum(segment.fit.uncertainty_at(pts_s), _TICK_S)
        times.source[own] = source
        times.packet[own] = nearest
        times.packet_offset_s[own] = pts_s - packets.pts_s[nearest]
        times.segment[own] = number
    return times


def _segment_of(pictures: PictureIndex, segments: tuple[TimeSegment, ...]) -> NDArray[np.int64]:
    """(N,) the segment whose presentation times are nearest, of those next to a picture in the bytes."""
    if not segments:
        return np.full(len(pictures), _UNKNOWN, dtype=np.int64)
    place = np.searchsorted([one.first_offset for one in segments], pictures.offset, side="right") - 1
    from_s, until_s = np.array([one.from_s for one in segments]), np.array([one.until_s for one in segments])
    candidates = np.clip(place[:, None] + np.array([0, -1, 1]), 0, len(segments) - 1)
    pts_s = pictures.pts_s[:, None]
    off_s = np.maximum(from_s[candidates] - pts_s, 0.0) + np.maximum(pts_s - until_s[candidates], 0.0)
    chosen = candidates[np.arange(len(pictures)), np.argmin(off_s, axis=1)]
    return np.where(np.isnan(pictures.pts_s), _UNKNOWN, chosen)


def _nearest[T: (np.int64, np.float64)](at: NDArray[T], wanted: NDArray[T]) -> NDArray[np.intp]:
    """For each wanted value the index of the nearest `at`, the earlier of two; there must be one."""
    order = np.argsort(at, kind="stable")
    ordered = at[order]
    after = np.clip(np.searchsorted(ordered, wanted), 0, len(at) - 1)
    before = np.maximum(after - 1, 0)
    closer = np.abs(wanted - ordered[before]) <= np.abs(ordered[after] - wanted)
    return order[np.where(closer, before, after)]


def _clocks_apart(pictures: PictureIndex, by_pts: PictureTimes) -> Seconds | None:
    """Time in pictures minus time by presentation, the middle one; None where there is nothing to compare."""
    both = (pictures.sei_time_us >= 0) & (by_pts.time_us >= 0)
    if not both.any():
        return None
    return float(np.median((pictures.sei_time_us[both] - by_pts.time_us[both]) * 1e-6))


def _another_clock(apart_s: Seconds | None) -> bool:
    return apart_s is not None and abs(apart_s) > _SAME_CLOCK_S


def _by_stamp(pictures: PictureIndex, time_us: MicrosecondsArray, times: PictureTimes) -> PictureTimes:
    """Pictures that say their own time keep it; their packet is the one whose time is nearest."""
    stamped = pictures.sei_time_us >= 0
    rows = np.flatnonzero(time_us >= 0)
    if not stamped.any():
        return times
    found = PictureTimes(**{name: column.copy() for name, column in times.columns().items()})
    own_us = pictures.sei_time_us[stamped]
    found.time_us[stamped] = own_us
    found.uncertainty_s[stamped] = _STAMP_UNCERTAINTY_S
    found.source[stamped] = TimeSource.PICTURE
    if not len(rows):
        return found
    nearest = rows[_nearest(time_us[rows], own_us)]
    found.packet[stamped] = nearest
    found.packet_offset_s[stamped] = (own_us - time_us[nearest]) * 1e-6
    return found


def _by_arrival(
    pictures: PictureIndex, packets: PacketIndex, time_us: MicrosecondsArray, times: PictureTimes
) -> PictureTimes:
    """Pictures left over take the packet that came last before them, and no time from it."""
    left = times.packet < 0
    rows = np.flatnonzero(time_us >= 0)
    if not left.any() or not len(rows):
        return times
    found = PictureTimes(**{name: column.copy() for name, column in times.columns().items()})
    order = rows[np.argsort(packets.last_offset[rows], kind="stable")]
    place = np.searchsorted(packets.last_offset[order], pictures.offset[left]) - 1
    found.packet[left] = order[np.maximum(place, 0)]
    found.source[left] = TimeSource.ARRIVAL
    return found


def _overall(times: PictureTimes, segments: tuple[TimeSegment, ...], pts_source: TimeSource) -> TimeSource:
    if len(times):
        counts = np.bincount(times.source, minlength=len(TimeSource))
        return TimeSource(len(counts) - 1 - int(np.argmax(counts[::-1])))  # of two as common the more trusted
    return pts_source if segments else TimeSource.UNSYNCHRONISED


def _notes(
    pictures: PictureIndex,
    times: PictureTimes,
    segments: tuple[TimeSegment, ...],
    apart_s: Seconds | None,
) -> list[str]:
    notes: list[str] = []
    stamped = int((times.source == TimeSource.PICTURE).sum())
    if not segments and stamped:
        notes.append("no metadata has a presentation time: only the time in the pictures ties the two")
    elif not segments:
        notes.append("unsynchronised: no metadata has a presentation time")
    if len(segments) > 1:
        notes.append(f"a clock was set anew {len(segments) - 1} times: each stretch has a fit of its own")
    notes.extend(
        f"the metadata's clock runs {one.fit.rate:.3f} s a second of presentation: how sure it is is unknown"
        for one in segments
        if not one.fit.keeps_pace
    )
    if _another_clock(apart_s):
        notes.append(f"the time in the pictures is {apart_s:.3f} s off the metadata's: not used")
    unlocked = int(((pictures.sei_status >= 0) & (pictures.sei_status & 0x80 != 0)).sum())
    if unlocked:
        notes.append(f"{unlocked} pictures say that their clock was not locked, or that it is not known")
    arrival = int((times.source == TimeSource.ARRIVAL).sum())
    if arrival:
        notes.append(f"{arrival} pictures have metadata by order of arrival only: unsynchronised")
    return notes
