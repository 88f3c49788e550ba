"""What each PID carries: learned from the program tables, and from what is in it where they are missing."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from atalaya.ingest.pes import is_video, may_be_metadata
from atalaya.ingest.problems import ProblemLog
from atalaya.ingest.psi import (
    VIDEO_STREAM_TYPES,
    ElementaryStream,
    SectionReader,
    elementary_streams,
    is_current,
    program_map_pids,
)
from atalaya.ingest.transport import PACKET_BYTES, TransportBlock
from atalaya.ingest.transport_heads import NULL_PID, Heads, read_heads

_PIDS = 8192
_HEADER_BYTES = 4
_START_BYTES = 4
UNKNOWN, TABLE, METADATA, VIDEO, NOTHING = range(5)


class PidRoles:
    """A PID is metadata or video by the stream id of its PES packets, and also where a program map says so.

    A missing or damaged table loses nothing; a new version of it is believed at once.
    """

    def __init__(self, log: ProblemLog) -> None:
        self._log = log
        self._role = np.full(_PIDS, UNKNOWN, dtype=np.uint8)
        self._role[0], self._role[NULL_PID] = TABLE, NOTHING
        self._readers: dict[int, SectionReader] = {}
        self._known: dict[int, NDArray[np.uint8]] = {}
        self._streams: dict[int, ElementaryStream] = {}

    @property
    def streams(self) -> tuple[ElementaryStream, ...]:
        """Lines of all program maps seen."""
        return tuple(self._streams.values())

    @property
    def table_pids(self) -> frozenset[int]:
        """PID 0 and those of the program maps."""
        return frozenset(np.flatnonzero(self._role == TABLE).tolist())

    def stream(self, pid: int) -> ElementaryStream | None:
        """What the program maps say of a PID."""
        return self._streams.get(pid)

    def of(self, pid: NDArray[np.uint16]) -> NDArray[np.uint8]:
        """(N,) the role of each of these PIDs."""
        return self._role[pid]

    def changes(self, block: TransportBlock, pid: NDArray[np.uint16]) -> Iterator[int]:
        """Rows at which tables change what a PID carries; it holds when the row after it is asked for."""
        after, last = 0, -1
        while last != after:
            last = after
            rows = after + np.flatnonzero(self._role[pid[after:]] == TABLE)
            heads = read_heads(block, rows)
            for number in np.flatnonzero(heads.readable & ~self._is_known(heads)).tolist():
                before = self._role.copy()
                self._read_table(heads, number)
                changed = self._role != before
                if not changed.any():
                    continue
                said, self._role = self._role[changed], before
                after = int(rows[number]) + 1
                yield after - 1
                self._role[changed] = said
                break

    def look_at(self, block: TransportBlock, pid: NDArray[np.uint16]) -> None:
        """Learn from the PES packets that start on PIDs of which nothing is known."""
        starts = (block.rows[:, 1] & 0x40) != 0
        unknown = np.flatnonzero(starts & (self._role[pid] == UNKNOWN))
        if len(unknown):
            self._look_at(read_heads(block, unknown))

    def _look_at(self, heads: Heads) -> None:
        rows = np.flatnonzero(heads.readable & (heads.payload_start + _START_BYTES <= PACKET_BYTES))
        codes = heads.rows[rows[:, None], heads.payload_start[rows, None] + np.arange(_START_BYTES)]
        is_pes = (codes[:, 0] == 0) & (codes[:, 1] == 0) & (codes[:, 2] == 1)
        for pid, stream_id in zip(heads.pid[rows][is_pes].tolist(), codes[is_pes, 3].tolist(), strict=True):
            if is_video(stream_id):
                self._role[pid] = VIDEO
            elif may_be_metadata(stream_id):
                self._role[pid] = METADATA

    def _read_table(self, heads: Heads, row: int) -> None:
        pid = int(heads.pid[row])
        reader = self._readers.setdefault(pid, SectionReader())
        before = reader.damaged
        counter, starts = int(heads.counter[row]), bool(heads.starts_unit[row])
        sections = reader.put(heads.payload(row), counter, starts_unit=starts)
        for section in sections:
            self._read_section(pid, section)
        if starts and len(sections) == 1 and reader.is_empty:
            self._known[pid] = heads.rows[row, _HEADER_BYTES:].copy()
        if reader.damaged > before:
            message = f"PID {pid}: a program table whose CRC does not hold is left out"
            self._log.report("ts-table", message, int(heads.offset[row]))

    def _is_known(self, heads: Heads) -> NDArray[np.bool_]:
        """(M,) packets that say what the last whole table of their PID said: most do."""
        known = np.zeros(len(heads.pid), dtype=np.bool_)
        for pid, payload in self._known.items():
            rows = np.flatnonzero((heads.pid == pid) & heads.starts_unit)
            known[rows] = (heads.rows[rows, _HEADER_BYTES:] == payload).all(axis=1)
        return known

    def _read_section(self, pid: int, section: bytes) -> None:
        if not is_current(section):
            return
        if pid == 0:
            self._role[[one for one in program_map_pids(section) if one != NULL_PID]] = TABLE
            return
        for stream in elementary_streams(section):
            self._streams[stream.pid] = stream
            if stream.may_carry_klv:
                self._role[stream.pid] = METADATA
            elif stream.stream_type in VIDEO_STREAM_TYPES:
                self._role[stream.pid] = VIDEO
