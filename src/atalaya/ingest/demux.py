"""Transport packets → KLV packets, and an index of pictures and runs; only PIDs of interest are touched."""

from collections.abc import Iterator
from heapq import merge

import numpy as np
from numpy.typing import NDArray

from atalaya.ingest.metadata_stream import KlvPacket, MetadataStream, PacketRun
from atalaya.ingest.pes import StreamClock, read_pes_header, seconds
from atalaya.ingest.picture_clock import PictureClock
from atalaya.ingest.picture_start import begins_decodable
from atalaya.ingest.picture_time import VideoCoding, coding_of
from atalaya.ingest.pid_roles import METADATA, VIDEO, PidRoles
from atalaya.ingest.problems import ProblemLog
from atalaya.ingest.psi import ElementaryStream
from atalaya.ingest.stream_index import PictureIndex, RunIndex
from atalaya.ingest.transport import PACKET_BYTES, TransportBlock
from atalaya.ingest.transport_heads import NULL_PID, Heads, pids_of, read_heads

_PIDS = 8192
_NO_COUNTER = -1


class TransportDemultiplexer:
    """Feeds each metadata PID and notes where pictures start.

    Args:
        log: is told what is wrong.
        index: without it pictures and runs are not looked at, and memory stays as it is however long it runs.
    """

    def __init__(self, log: ProblemLog, *, index: bool = True) -> None:
        self._log = log
        self._index = index
        self._roles = PidRoles(log)
        self._metadata: dict[int, MetadataStream] = {}
        self._stream_clock = StreamClock()
        self._pictures: list[tuple[int, int, float, bool]] = []
        self._clock = PictureClock()
        self._runs: list[RunIndex] = []
        self._last_counter = np.full(_PIDS, _NO_COUNTER, dtype=np.int64)
        self._next_offset = 0

    def put(self, block: TransportBlock) -> list[KlvPacket]:
        """The KLV packets that this block completes."""
        pids = pids_of(block)
        found: list[KlvPacket] = []
        at = 0
        for row in self._roles.changes(block, pids):  # what a table says holds from its place on
            found += self._put_part(block, pids, at, row)
            at = row
        return found + self._put_part(block, pids, at, len(pids))

    def _put_part(
        self, block: TransportBlock, pids: NDArray[np.uint16], first: int, end: int
    ) -> list[KlvPacket]:
        if end <= first:
            return []
        offset, rows = block.offset + first * block.spacing, block.rows[first:end]
        block, pids = TransportBlock(offset, block.spacing, rows), pids[first:end]
        self._roles.look_at(block, pids)
        role = self._roles.of(pids)
        if self._index:
            return self._put_all(block, role)
        heads = read_heads(block, np.flatnonzero(role == METADATA))
        self._report_refused(heads)
        return [
            packet
            for _, run in _metadata_runs(heads, heads.readable)
            for packet in self._stream_of(run.pid).put(run)
        ]

    def _put_all(self, block: TransportBlock, role: NDArray[np.uint8]) -> list[KlvPacket]:
        heads = read_heads(block)
        self._report_refused(heads)
        self._note_runs(block, heads)
        for pid in self._clock.waiting_pids:
            self._gather_time(heads, pid, 0)
        found: list[KlvPacket] = []
        pictures = np.flatnonzero(heads.readable & (role == VIDEO) & heads.starts_unit).tolist()
        runs = _metadata_runs(heads, heads.readable & (role == METADATA))
        events: Iterator[tuple[int, PacketRun | None]] = merge(
            ((row, None) for row in pictures), runs, key=_row
        )
        for row, run in events:
            if run is None:
                self._put_picture(heads, row)
            else:
                found += self._stream_of(run.pid).put(run)
        return found

    def _put_picture(self, heads: Heads, row: int) -> None:
        pid = int(heads.pid[row])
        data = self._note_picture(heads, row)
        if self._clock.begin(pid, int(heads.counter[row]), data, self._coding(pid)):
            self._gather_time(heads, pid, row + 1)

    def _report_refused(self, heads: Heads) -> None:
        refused = np.flatnonzero(heads.refused & (heads.pid != NULL_PID))
        for row in refused[:1].tolist():
            message = (
                f"{refused.size} packets of this block are marked damaged or scrambled, or cannot be read"
            )
            self._log.report("ts-unreadable", message, int(heads.offset[row]))

    def finish(self) -> list[KlvPacket]:
        """The KLV packets that the end of the source completes, in the order of their PIDs' first bytes."""
        return [packet for stream in self._metadata.values() for packet in stream.finish()]

    @property
    def streams(self) -> tuple[ElementaryStream, ...]:
        """Lines of all program maps seen."""
        return self._roles.streams

    @property
    def table_pids(self) -> frozenset[int]:
        """PID 0 and those of the program maps."""
        return self._roles.table_pids

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

    def _note_runs(self, block: TransportBlock, heads: Heads) -> None:
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

    def _after_loss(self, block: TransportBlock, heads: Heads) -> NDArray[np.bool_]:
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
        lost[heads.pid == NULL_PID] = False
        return lost

    def _gather_time(self, heads: Heads, pid: int, row: int) -> None:
        """Hand the rest of a picture to the clock, from this row on, for as long as it wants more."""
        same = row + np.flatnonzero(heads.has_payload[row:] & (heads.pid[row:] == pid))
        for following in same.tolist():
            if heads.starts_unit[following] or not heads.readable[following]:
                return
            if not self._clock.more(pid, int(heads.counter[following]), heads.payload(following)):
                return

    def _coding(self, pid: int) -> VideoCoding | None:
        stream = self._roles.stream(pid)
        return None if stream is None else coding_of(stream.stream_type)

    def _note_picture(self, heads: Heads, row: int) -> bytes:
        """Enter a picture; the answer are its first bytes, behind the PES header."""
        offset, pid, payload = int(heads.offset[row]), int(heads.pid[row]), heads.payload(row)
        packet = heads.rows[row]
        header = read_pes_header(payload)
        if header is None:
            self._pictures.append((offset, pid, float("nan"), False))
            return b""
        pts_s = None if header.pts_90k is None else seconds(self._stream_clock.unwrap(header.pts_90k))
        flagged = bool(packet[3] & 0x20 and packet[4] and packet[5] & 0x40)
        data = payload[header.payload_start :]
        access = flagged or begins_decodable(data)
        self._pictures.append((offset, pid, float("nan") if pts_s is None else pts_s, access))
        return data

    def _stream_of(self, pid: int) -> MetadataStream:
        if pid not in self._metadata:
            said = self._roles.stream(pid)
            declared = said is not None and said.may_carry_klv
            self._metadata[pid] = MetadataStream(pid, self._log, self._stream_clock.unwrap, declared=declared)
        return self._metadata[pid]


def _row(event: tuple[int, PacketRun | None]) -> int:
    return event[0]


def _metadata_runs(heads: Heads, wanted: NDArray[np.bool_]) -> Iterator[tuple[int, PacketRun]]:
    """The wanted packets, run by run, in the order of the bytes, each with its first row."""
    chosen = np.flatnonzero(wanted)
    if not len(chosen):
        return
    firsts, lasts = heads.runs(chosen)
    offsets = heads.offset[chosen].tolist()
    sizes = (PACKET_BYTES - heads.payload_start[chosen]).tolist()
    counters = heads.counter[chosen].tolist()
    begins = heads.payload_start[chosen].tolist()
    octets = heads.rows[chosen].tobytes()
    payloads = [
        octets[place + begin : place + PACKET_BYTES]
        for place, begin in zip(range(0, len(octets), PACKET_BYTES), begins, strict=True)
    ]
    for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True):
        row = int(chosen[first])
        yield (
            row,
            PacketRun(
                pid=int(heads.pid[row]),
                offsets=offsets[first : last + 1],
                sizes=sizes[first : last + 1],
                payload=b"".join(payloads[first : last + 1]),
                first_counter=counters[first],
                last_counter=counters[last],
                starts_pes=bool(heads.starts_unit[row]),
                jumps=bool(heads.jumps[row]),
            ),
        )
