"""Transport packets → KLV packets, and an index of pictures and runs; only PIDs of interest are touched."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.ingest.metadata_stream import KlvPacket, MetadataStream
from atalaya.ingest.pes import is_video, may_be_metadata, read_pes_header, seconds, unwrapped
from atalaya.ingest.picture_clock import PictureClock
from atalaya.ingest.picture_start import begins_decodable
from atalaya.ingest.picture_time import VideoCoding, coding_of
from atalaya.ingest.problems import ProblemLog
from atalaya.ingest.psi import VIDEO_STREAM_TYPES, ElementaryStream, elementary_streams, program_map_pids
from atalaya.ingest.stream_index import PictureIndex, RunIndex
from atalaya.ingest.transport import PACKET_BYTES, TransportBlock

_PIDS = 8192
_NULL_PID = 0x1FFF
_NO_COUNTER = -1
_TABLE, _METADATA, _VIDEO = 1, 2, 3


@dataclass(frozen=True, slots=True)
class _Heads:
    """Header fields of a block's packets, each (N,)."""

    pid: NDArray[np.int64]
    starts_unit: NDArray[np.bool_]
    payload_start: NDArray[np.int64]
    counter: NDArray[np.int64]
    has_payload: NDArray[np.bool_]
    readable: NDArray[np.bool_]


class TransportDemultiplexer:
    """Feeds each metadata PID and notes where pictures start.

    A PID is metadata or video by the stream id of its PES packets, and metadata also where a program map
    registers it as KLV: a missing or damaged table loses nothing.

    Args:
        index: without it pictures and runs are not looked at, and memory stays as it is however long it runs.
    """

    def __init__(self, log: ProblemLog, *, index: bool = True) -> None:
        self._log = log
        self._index = index
        self._role = np.zeros(_PIDS, dtype=np.uint8)
        self._role[0] = _TABLE
        self._tables: dict[int, bytes] = {}
        self._streams: dict[int, ElementaryStream] = {}
        self._metadata: dict[int, MetadataStream] = {}
        self._clock_90k: int | None = None
        self._pictures: list[tuple[int, int, float, bool]] = []
        self._clock = PictureClock()
        self._runs: list[RunIndex] = []
        self._last_counter = np.full(_PIDS, _NO_COUNTER, dtype=np.int64)
        self._next_offset = 0

    def put(self, block: TransportBlock) -> list[KlvPacket]:
        """The KLV packets that this block completes."""
        heads = self._read_heads(block)
        if self._index:
            self._note_runs(block, heads)
        self._learn_roles(block, heads)
        for pid in self._clock.waiting_pids:
            self._gather_time(block, heads, pid, 0)
        role = self._role[heads.pid]
        found: list[KlvPacket] = []
        wanted = heads.readable & (role == _METADATA)
        if self._index:
            wanted |= heads.readable & (role == _VIDEO) & heads.starts_unit
        for row in np.flatnonzero(wanted).tolist():
            offset = block.offset + row * block.spacing
            pid = int(heads.pid[row])
            payload = block.rows[row, heads.payload_start[row] :].tobytes()
            if role[row] == _VIDEO:
                data = self._note_picture(offset, pid, block.rows[row], payload)
                if self._clock.begin(pid, int(heads.counter[row]), data, self._coding(pid)):
                    self._gather_time(block, heads, pid, row + 1)
            else:
                counter, starts = int(heads.counter[row]), bool(heads.starts_unit[row])
                found += self._stream_of(pid).put(offset, counter, payload, starts_pes=starts)
        return found

    def finish(self) -> list[KlvPacket]:
        """The KLV packets that the end of the source completes, in the order of their PIDs' first bytes."""
        return [packet for stream in self._metadata.values() for packet in stream.finish()]

    @property
    def streams(self) -> tuple[ElementaryStream, ...]:
        """Lines of all program maps seen."""
        return tuple(self._streams.values())

    @property
    def table_pids(self) -> frozenset[int]:
        """PID 0 and those of the program maps."""
        return frozenset(np.flatnonzero(self._role == _TABLE).tolist())

    def pictures(self) -> PictureIndex:
        """Every video PES packet seen so far."""
        offsets, pids, times, access = (
            zip(*self._pictures, strict=True) if self._pictures else ((), (), (), ())
        )
        sei_time_us, sei_status = self._clock.columns()
        return PictureIndex(
            offset=np.array(offsets, dtype=np.int64),
            pid=np.array(pids, dtype=np.int64),
            pts_s=np.array(times, dtype=np.float64),
            random_access=np.array(access, dtype=np.bool_),
            sei_time_us=sei_time_us,
            sei_status=sei_status,
        )

    def runs(self) -> RunIndex:
        """Every transport packet seen so far, run by run."""
        none = RunIndex(
            offset=np.empty(0, dtype=np.int64),
            packets=np.empty(0, dtype=np.int64),
            pid=np.empty(0, dtype=np.int64),
            starts_unit=np.empty(0, dtype=np.bool_),
            broken=np.empty(0, dtype=np.bool_),
        )
        return RunIndex.concatenate([none, *self._runs])

    def _read_heads(self, block: TransportBlock) -> _Heads:
        rows = block.rows
        control = (rows[:, 3] >> 4) & 3
        adaptation = np.where(control & 2, 1 + rows[:, 4].astype(np.int64), 0)
        payload_start = 4 + adaptation
        damaged = (rows[:, 1] & 0x80) != 0
        scrambled = (rows[:, 3] & 0xC0) != 0
        heads = _Heads(
            pid=(rows[:, 1].astype(np.int64) & 0x1F) << 8 | rows[:, 2],
            starts_unit=(rows[:, 1] & 0x40) != 0,
            payload_start=payload_start,
            counter=rows[:, 3].astype(np.int64) & 0x0F,
            has_payload=(control & 1) != 0,
            readable=((control & 1) != 0) & (payload_start < PACKET_BYTES) & ~damaged & ~scrambled,
        )
        unreadable = np.flatnonzero((damaged | scrambled) & (heads.pid != _NULL_PID))
        for row in unreadable[:1].tolist():
            message = f"{unreadable.size} packets of this block are marked damaged or scrambled"
            self._log.report("ts-unreadable", message, block.offset + row * block.spacing)
        return heads

    def _note_runs(self, block: TransportBlock, heads: _Heads) -> None:
        broken = self._after_loss(block, heads) | (heads.has_payload & ~heads.readable)
        starts = heads.starts_unit & heads.readable
        changes = np.ones(len(heads.pid), dtype=np.bool_)
        changes[1:] = (heads.pid[1:] != heads.pid[:-1]) | heads.starts_unit[1:] | broken[1:]
        first = np.flatnonzero(changes)
        run = RunIndex(
            offset=block.offset + first * block.spacing,
            packets=np.diff(first, append=len(heads.pid)),
            pid=heads.pid[first],
            starts_unit=starts[first],
            broken=broken[first] & ~starts[first],
        )
        self._runs.append(run)

    def _after_loss(self, block: TransportBlock, heads: _Heads) -> NDArray[np.bool_]:
        """(N,) packets before which packets of the same PID are missing, as the continuity counters say."""
        if block.offset != self._next_offset:
            self._last_counter[:] = _NO_COUNTER
        self._next_offset = block.offset + len(heads.pid) * block.spacing
        order = np.argsort(heads.pid, kind="stable")
        pid, counter, has_payload = heads.pid[order], heads.counter[order], heads.has_payload[order]
        before = np.empty_like(counter)
        before[1:] = counter[:-1]
        is_first = np.ones(len(pid), dtype=np.bool_)
        is_first[1:] = pid[1:] != pid[:-1]
        before[is_first] = self._last_counter[pid[is_first]]
        self._last_counter[pid] = counter  # of several for one PID the last is stored
        follows = np.where(has_payload, counter == (before + 1) & 15, counter == before)
        repeats = counter == before
        lost = np.zeros(len(pid), dtype=np.bool_)
        lost[order] = (before == _NO_COUNTER) | ~(follows | repeats)
        lost[heads.pid == _NULL_PID] = False
        return lost

    def _learn_roles(self, block: TransportBlock, heads: _Heads) -> None:
        starts = heads.readable & heads.starts_unit
        for row in np.flatnonzero(starts & (heads.pid == 0)).tolist():
            self._read_table(block, heads, row)
        for row in np.flatnonzero(starts & (self._role[heads.pid] == _TABLE) & (heads.pid != 0)).tolist():
            self._read_table(block, heads, row)
        rows = np.flatnonzero(
            starts & (self._role[heads.pid] == 0) & (heads.payload_start + 4 <= PACKET_BYTES)
        )
        columns = heads.payload_start[rows, None] + np.arange(4)
        codes = block.rows[rows[:, None], columns]
        is_pes = (codes[:, 0] == 0) & (codes[:, 1] == 0) & (codes[:, 2] == 1)
        for pid, stream_id in zip(heads.pid[rows][is_pes].tolist(), codes[is_pes, 3].tolist(), strict=True):
            if is_video(stream_id):
                self._role[pid] = _VIDEO
            elif may_be_metadata(stream_id):
                self._role[pid] = _METADATA

    def _read_table(self, block: TransportBlock, heads: _Heads, row: int) -> None:
        pid = int(heads.pid[row])
        payload = block.rows[row, heads.payload_start[row] :].tobytes()
        if self._tables.get(pid) == payload:
            return
        self._tables[pid] = payload
        if pid == 0:
            self._role[list(program_map_pids(payload))] = _TABLE
            return
        for stream in elementary_streams(payload):
            self._streams[stream.pid] = stream
            if stream.may_carry_klv:
                self._role[stream.pid] = _METADATA
            elif stream.stream_type in VIDEO_STREAM_TYPES:
                self._role[stream.pid] = _VIDEO

    def _gather_time(self, block: TransportBlock, heads: _Heads, pid: int, row: int) -> None:
        """Hand the rest of a picture to the clock, from this row on, for as long as it wants more."""
        same = row + np.flatnonzero(heads.has_payload[row:] & (heads.pid[row:] == pid))
        for following in same.tolist():
            if heads.starts_unit[following] or not heads.readable[following]:
                return
            payload = block.rows[following, heads.payload_start[following] :].tobytes()
            if not self._clock.more(pid, int(heads.counter[following]), payload):
                return

    def _coding(self, pid: int) -> VideoCoding | None:
        stream = self._streams.get(pid)
        return None if stream is None else coding_of(stream.stream_type)

    def _note_picture(self, offset: int, pid: int, packet: NDArray[np.uint8], payload: bytes) -> bytes:
        """Enter a picture; the answer are its first bytes, behind the PES header."""
        header = read_pes_header(payload)
        if header is None:
            self._pictures.append((offset, pid, float("nan"), False))
            return b""
        pts_s = None if header.pts_90k is None else seconds(self._unwrap(header.pts_90k))
        flagged = bool(packet[3] & 0x20 and packet[4] and packet[5] & 0x40)
        data = payload[header.payload_start :]
        access = flagged or begins_decodable(data)
        self._pictures.append((offset, pid, float("nan") if pts_s is None else pts_s, access))
        return data

    def _stream_of(self, pid: int) -> MetadataStream:
        if pid not in self._metadata:
            self._metadata[pid] = MetadataStream(pid, self._log, self._unwrap)
        return self._metadata[pid]

    def _unwrap(self, pts_90k: int) -> int:
        self._clock_90k = unwrapped(pts_90k, self._clock_90k)
        return self._clock_90k
