"""What the live measurement sends: a stream that never ends, cut into datagrams, some of them lost by lot.

Sender and judge make the same plan from the same seed; nothing but the datagrams goes from one to the other.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from atalaya.ingest.encode import encode_frames
from atalaya.ingest.mux import AccessUnit, mux_ts
from atalaya.model.frame import FrameTable, unknown_frames

BYTES_PER_S = 1_000_000
DATAGRAM_BYTES = 7 * 188
FRAMES_PER_S = 30
FIRST_TIME_US = 1_780_000_000_000_000
_FRAME_US = 1_000_000 // FRAMES_PER_S
_SEGMENT_FRAMES = 60
_FIRST_PTS_90K = 126_000
_UNTOUCHED = 100
"""Datagrams at either end that are never lost: a gap shows only between what comes before and after it."""


@dataclass(frozen=True, slots=True)
class Datagram:
    """One datagram of the plan.

    Args:
        data: 7 transport packets. lost: it is not sent. completes: numbers of the KLV packets that end in it.
        holds: numbers of the KLV packets of which it carries a part.
    """

    data: bytes
    lost: bool
    completes: tuple[int, ...]
    holds: tuple[int, ...]


def frame_number(time_us: int) -> int:
    """Which packet of the plan says this time in item 2."""
    return (time_us - FIRST_TIME_US) // _FRAME_US


def plan(seconds: float, seed: int, loss: float) -> Iterator[Datagram]:
    """So many seconds at 8 Mbit/s."""
    count = int(seconds * BYTES_PER_S) // DATAGRAM_BYTES
    lots = np.random.default_rng(seed)
    waiting, places, begin, made = b"", [], 0, 0
    for segment, in_segment in _segments():
        base = begin + len(waiting)
        places += [(base + first, base + last, number) for first, last, number in in_segment]
        waiting += segment
        lost = lots.random(len(waiting) // DATAGRAM_BYTES) < loss
        for one in lost.tolist():
            data, waiting = waiting[:DATAGRAM_BYTES], waiting[DATAGRAM_BYTES:]
            begin += DATAGRAM_BYTES
            done = tuple(number for _, last, number in places if last < begin)
            holds = tuple(number for first, _, number in places if first < begin)
            places = places[len(done) :]
            safe = not _UNTOUCHED <= made < count - _UNTOUCHED
            yield Datagram(data, one and not safe, done, holds)
            made += 1
            if made == count:
                return


def _segments() -> Iterator[tuple[bytes, list[tuple[int, int, int]]]]:
    """Two seconds each, and (position of its first and last byte, number) of each KLV packet in them."""
    counters = np.zeros(8192, dtype=np.int64)
    first = 0
    while True:
        numbers = range(first, first + _SEGMENT_FRAMES)
        times = [_FIRST_PTS_90K + number * 90_000 // FRAMES_PER_S for number in numbers]
        packets = encode_frames(_frames(numbers), mission_id="LIVE", platform_designation="BENCH")
        pictures = [
            AccessUnit(pts_90k=time, dts_90k=time, data=_FILLER, keyframe=time == times[0]) for time in times
        ]
        parts = list(mux_ts(pictures, list(zip(times, packets, strict=True))))
        ends = np.cumsum([len(part) for part in parts]).tolist()
        places = zip(ends[0::2], (end - 1 for end in ends[1::2]), numbers, strict=True)
        yield _renumbered(b"".join(parts), counters), list(places)  # a packet follows the picture of its time
        first += _SEGMENT_FRAMES


_FILLER = b"\x00\x00\x00\x01\x09\xf0\x00\x00\x00\x01\x0c" + b"\xff" * 31_600 + b"\x80"
"""An access unit of filler data: with tables, clock and KLV about 8 Mbit/s at 30 a second."""


def _frames(numbers: range) -> FrameTable:
    count = len(numbers)
    every = np.ones(count)
    order = np.array(numbers, dtype=np.int64)
    return replace(
        unknown_frames(count),
        time_us=FIRST_TIME_US + order * _FRAME_US,
        platform_heading_deg=order * 0.1 % 360.0,
        platform_pitch_deg=0.5 * every,
        platform_roll_deg=-0.5 * every,
        sensor_lat_deg=24.95 * every,
        sensor_lon_deg=-107.2 + 1e-6 * order % 1.0,
        sensor_hae_m=3_000.0 * every,
        hfov_deg=10.0 * every,
        vfov_deg=7.5 * every,
        sensor_azimuth_deg=90.0 * every,
        sensor_elevation_deg=-45.0 * every,
        sensor_roll_deg=0.0 * every,
        slant_range_m=4_200.0 * every,
        centre_lat_deg=24.95 * every,
        centre_lon_deg=-107.17 * every,
    )


def _renumbered(segment: bytes, counters: NDArray[np.int64]) -> bytes:
    """The segment with continuity counters that go on from the one before; `counters` goes on with it."""
    rows = np.frombuffer(segment, dtype=np.uint8).reshape(-1, 188).copy()
    pid = (rows[:, 1].astype(np.int64) & 0x1F) << 8 | rows[:, 2]
    rows[:, 3] = rows[:, 3] & 0xF0 | (rows[:, 3] + counters[pid]) & 0x0F
    counters += np.bincount(pid[rows[:, 3] & 0x10 != 0], minlength=8192)
    return rows.tobytes()


@dataclass(slots=True)
class Truth:
    """What a reader must notice of a plan.

    Args:
        gaps: (PID, offset in what was sent) → packets missing, less whole rounds of 16.
        runs: runs of lost datagrams, each as the (PID, offset) of the packets before which its loss shows.
        silent_runs: runs that no counter of four bits can show.
        made: KLV packets that end in the plan. broken: those that a lost datagram held a part of.
        sent: datagrams sent. lost: not sent.
    """

    gaps: dict[tuple[int, int], int] = field(default_factory=dict)
    runs: list[frozenset[tuple[int, int]]] = field(default_factory=list)
    silent_runs: int = 0
    made: int = 0
    broken: set[int] = field(default_factory=set)
    sent: int = 0
    lost: int = 0


def truth_of(datagrams: Iterator[Datagram]) -> Truth:
    """Told from what is sent and lost, without any reader."""
    truth = Truth()
    missing: Counter[int] = Counter()
    runs_of_pid: dict[int, set[int]] = {}
    shown: list[set[tuple[int, int]]] = []
    in_run = False
    for datagram in datagrams:
        truth.made += len(datagram.completes)
        pids = [pid for pid, counts in _pids(datagram.data) if counts]
        if datagram.lost:
            truth.lost += 1
            truth.broken.update(datagram.holds)
            if not in_run:
                shown.append(set())
            in_run = True
            missing.update(pids)
            for pid in pids:
                runs_of_pid.setdefault(pid, set()).add(len(shown) - 1)
            continue
        in_run = False
        for row, (pid, counts) in enumerate(_pids(datagram.data)):
            if not counts or not missing[pid]:
                continue
            place = pid, truth.sent * DATAGRAM_BYTES + row * 188
            if missing[pid] % 16:
                truth.gaps[place] = missing[pid] % 16
                for run in runs_of_pid[pid]:
                    shown[run].add(place)
            missing[pid] = 0
            runs_of_pid[pid] = set()
        truth.sent += 1
    truth.silent_runs = sum(not run for run in shown)
    truth.runs = [frozenset(run) for run in shown if run]
    return truth


def _pids(data: bytes) -> list[tuple[int, bool]]:
    """(PID, its counter counts) of each transport packet."""
    return [
        ((data[at + 1] & 0x1F) << 8 | data[at + 2], bool(data[at + 3] & 0x10))
        for at in range(0, len(data), 188)
    ]
