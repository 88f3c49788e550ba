"""How far apart a transport stream's clock and tables come, and what its program map says of KLV.

Times are those of the program clock itself: between two clock references by the number of bytes.

Source: ISO/IEC 13818-1, 2.4.2.2 and 2.4.3.5 (clock references), 2.4.4 (tables), 2.6.58 to 2.6.63 (metadata
descriptors).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.ingest.continuity import ContinuityWatch
from atalaya.ingest.problems import ProblemLog
from atalaya.ingest.psi import crc32
from atalaya.ingest.transport import TransportAligner, TransportBlock, find_layout
from atalaya.ingest.value import Json

_HEAD_BYTES = 4096
_LONGEST_PREAMBLE_BYTES = 1 << 20
_CLOCK_HZ = 27_000_000
_WRAP = (1 << 33) * 300
_LONGEST_STEP_S = 10.0
_ASSOCIATION, _MAP = 0x00, 0x02
METADATA_DESCRIPTOR, METADATA_STD_DESCRIPTOR = 0x26, 0x27


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervals:
    """Times between one thing and its next.

    Args:
        count: how many came. largest_s: NaN where fewer than two, or no clock.
        too_long: how many were longer than asked. first_offset: of the first that was late; None.
    """

    count: int
    largest_s: float
    too_long: int
    first_offset: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaps:
    """Where transport packets of one PID are missing.

    Args:
        places: how often. packets: how many in all. first_offset: of the first.
    """

    places: int
    packets: int
    first_offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockIntervals:
    """What was measured.

    Args:
        gaps: by PID, where there are any.
        clock: of the PID with most clock references. association: of the PAT. maps: of each PMT together, the
            worst one. descriptors: tags of the descriptors by PID, of every stream a program map lists.
    """

    clock: Intervals
    association: Intervals
    maps: Intervals
    gaps: dict[int, Gaps]
    descriptors: dict[int, tuple[int, ...]]


class IntervalMeter:
    """Fed with a transport stream's bytes; memory grows by 24 bytes for each clock reference and table."""

    def __init__(self) -> None:
        self._head = b""
        self._given_up = False
        self._aligner: TransportAligner | None = None
        self._map_pids: set[int] = set()
        self._clocks: list[NDArray[np.int64]] = []
        self._tables: list[tuple[int, int]] = []
        self._descriptors: dict[int, tuple[int, ...]] = {}
        self._read: dict[int, bytes] = {}
        self._watch = ContinuityWatch()
        self._gaps: dict[int, Gaps] = {}

    def feed(self, chunk: bytes) -> None:
        """The next bytes; what is no transport stream has nothing to measure."""
        for block in self._blocks(chunk, final=False):
            self._put(block)

    def finish(self) -> ClockIntervals:
        """What was measured; the stream has ended."""
        for block in self._blocks(b"", final=True):
            self._put(block)
        offset, time_s = self._clock()
        association = [at for at, pid in self._tables if pid == 0]
        maps = [
            _intervals(np.array([at for at, own in self._tables if own == pid]), offset, time_s, 0.25)
            for pid in sorted(self._map_pids)
        ]
        worst = max(maps, key=lambda one: (one.count == 0, one.too_long, one.largest_s), default=None)
        return ClockIntervals(
            clock=_intervals(offset, offset, time_s, 0.1),
            association=_intervals(np.array(association), offset, time_s, 0.25),
            maps=worst or _intervals(np.empty(0), offset, time_s, 0.25),
            gaps=dict(sorted(self._gaps.items())),
            descriptors=self._descriptors,
        )

    def _blocks(self, chunk: bytes, *, final: bool) -> list[TransportBlock]:
        if self._aligner is None:
            chunk = self._begin(chunk, final=final)
        aligner = self._aligner
        if aligner is None:
            return []
        return aligner.feed(chunk) + (aligner.finish() if final else [])

    def _begin(self, chunk: bytes, *, final: bool) -> bytes:
        """Gather bytes until it is clear how packets lie; then give all of them back."""
        if self._given_up:
            return b""
        self._head += chunk
        if len(self._head) < _HEAD_BYTES and not final:
            return b""
        layout = find_layout(self._head)
        if layout is None:
            self._given_up = len(self._head) > _LONGEST_PREAMBLE_BYTES
            return b""
        self._aligner = TransportAligner(layout, ProblemLog())
        head, self._head = self._head, b""
        return head

    def _put(self, block: TransportBlock) -> None:
        rows = block.rows
        pid = (rows[:, 1].astype(np.int64) & 0x1F) << 8 | rows[:, 2]
        whole = (rows[:, 1] & 0x80) == 0
        has_clock = whole & ((rows[:, 3] & 0x20) != 0) & (rows[:, 4] >= 7) & ((rows[:, 5] & 0x10) != 0)
        at = np.flatnonzero(has_clock)
        field = rows[at, 6:12].astype(np.int64)
        base = field[:, 0] << 25 | field[:, 1] << 17 | field[:, 2] << 9 | field[:, 3] << 1 | field[:, 4] >> 7
        ticks = base * 300 + ((field[:, 4] & 1) << 8 | field[:, 5])
        places = block.offset + at * block.spacing
        self._clocks.append(np.stack([places, pid[at], ticks, rows[at, 5] >> 7], axis=1))
        starts = whole & ((rows[:, 1] & 0x40) != 0) & ((rows[:, 3] & 0x10) != 0)
        for row in np.flatnonzero(starts & (pid == 0)).tolist():
            self._table(block, row, 0)
        for row in np.flatnonzero(starts & (pid != 0) & np.isin(pid, list(self._map_pids))).tolist():
            self._table(block, row, int(pid[row]))

        for missing in self._watch.put(block):
            known = self._gaps.get(missing.pid, Gaps(places=0, packets=0, first_offset=missing.offset))
            self._gaps[missing.pid] = Gaps(
                places=known.places + 1,
                packets=known.packets + missing.packets,
                first_offset=known.first_offset,
            )

    def _table(self, block: TransportBlock, row: int, pid: int) -> None:
        packet = block.rows[row].tobytes()
        start = 4 + (1 + packet[4] if packet[3] & 0x20 else 0)
        section = _section(packet[start:], _ASSOCIATION if pid == 0 else _MAP)
        if section is None:
            return
        self._tables.append((block.offset + row * block.spacing, pid))
        if self._read.get(pid) == section:
            return
        self._read[pid] = section
        if pid == 0:
            self._map_pids |= _map_pids(section)
        else:
            self._descriptors |= _descriptor_tags(section)

    def _clock(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Offsets and times [s] of the references of one PID; a break in the clock goes on from before."""
        every = np.concatenate([np.empty((0, 4), dtype=np.int64), *self._clocks])
        if not len(every):
            return np.empty(0, dtype=np.int64), np.empty(0)
        pids, counts = np.unique(every[:, 1], return_counts=True)
        own = every[every[:, 1] == pids[np.argmax(counts)]]
        steps_s = np.diff(own[:, 2]) % _WRAP / _CLOCK_HZ
        steps_s[(own[1:, 3] != 0) | (steps_s > _LONGEST_STEP_S)] = 0.0
        return own[:, 0], np.append(0.0, np.cumsum(steps_s))


def _intervals(
    places: NDArray[np.int64] | NDArray[np.float64],
    offset: NDArray[np.int64],
    time_s: NDArray[np.float64],
    asked_s: float,
) -> Intervals:
    """Times between things at these places, on the clock of the references."""
    if len(places) < 2 or len(offset) < 2:
        return Intervals(count=len(places), largest_s=float("nan"), too_long=0, first_offset=None)
    steps_s = np.diff(np.interp(places, offset, time_s))
    late = np.flatnonzero(steps_s > asked_s + 1e-3)
    return Intervals(
        count=len(places),
        largest_s=float(steps_s.max()),
        too_long=len(late),
        first_offset=int(places[late[0] + 1]) if len(late) else None,
    )


def _section(payload: bytes, table_id: int) -> bytes | None:
    """The section that begins in a payload, its CRC checked; a long one as far as it goes."""
    start = 1 + payload[0] if payload else 0
    if len(payload) < start + 12 or payload[start] != table_id:
        return None
    size = 3 + ((payload[start + 1] & 0x0F) << 8 | payload[start + 2])
    section = payload[start : start + size]
    return section if len(section) < size or crc32(section) == 0 else None


def _map_pids(section: bytes) -> set[int]:
    lines = [section[at : at + 4] for at in range(8, len(section) - 7, 4)]
    return {(line[2] & 0x1F) << 8 | line[3] for line in lines if line[:2] != b"\x00\x00"}


def _descriptor_tags(section: bytes) -> dict[int, tuple[int, ...]]:
    """Tags of the descriptors of each stream of a program map."""
    found: dict[int, tuple[int, ...]] = {}
    at, end = 12 + ((section[10] & 0x0F) << 8 | section[11]), len(section) - 4
    while at + 5 <= end:
        pid = (section[at + 1] & 0x1F) << 8 | section[at + 2]
        size = (section[at + 3] & 0x0F) << 8 | section[at + 4]
        found[pid] = tuple(_tags(section[at + 5 : at + 5 + size]))
        at += 5 + size
    return found


def _tags(descriptors: bytes) -> list[int]:
    tags: list[int] = []
    at = 0
    while at + 2 <= len(descriptors):
        tags.append(descriptors[at])
        at += 2 + descriptors[at + 1]
    return tags


def intervals_json(intervals: ClockIntervals) -> dict[str, Json]:
    """Measured intervals as the report writes them."""
    named = {"pcr": intervals.clock, "pat": intervals.association, "pmt": intervals.maps}
    return {
        name: {
            "count": one.count,
            "largest_s": one.largest_s if one.largest_s >= 0.0 else None,
            "too_long": one.too_long,
        }
        for name, one in named.items()
    }
