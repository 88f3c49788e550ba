"""A source's bytes → KLV packets with their place and time: MPEG-TS or bare KLV, told from the content.

KLV never goes through a multimedia library: some of them change its bytes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from atalaya.ingest.demux import TransportDemultiplexer
from atalaya.ingest.keys import SET_PREFIX, begins_with_label, begins_with_stump
from atalaya.ingest.metadata_stream import KlvPacket
from atalaya.ingest.problems import ProblemLog
from atalaya.ingest.psi import ElementaryStream
from atalaya.ingest.splitter import KlvSplitter, Span
from atalaya.ingest.stream_index import PacketIndex, StreamIndex
from atalaya.ingest.transport import TransportAligner, TransportLayout, find_layout
from atalaya.model.problem import Problem
from atalaya.model.source import SourceFormat

__all__ = [
    "PREDATOR_KEY",
    "UAS_DATALINK_KEY",
    "ElementaryStream",
    "KlvPacket",
    "StreamContents",
    "StreamIndex",
    "StreamReader",
    "detect_format",
    "is_uas_datalink",
    "key_of_frames",
    "read_klv",
    "read_packets",
]

PREDATOR_KEY = bytes.fromhex("060e2b34020101010e01010201010000")
"""Universal label of the EG 0104 universal set."""

UAS_DATALINK_KEY = bytes.fromhex("060e2b34020b01010e01030101000000")
"""Universal label of the ST 0601 local set."""

_HEAD_BYTES = 4096
_PIECE_BYTES = 1 << 20
"""What stays in a processor's cache while it is worked on."""
_LONGEST_PREAMBLE_BYTES = 1 << 20


def detect_format(head: bytes) -> SourceFormat | None:
    """What the bytes are, by their content; None where they are neither.

    Args:
        head: the start of the source; 4 kB are enough where it begins cleanly.
    """
    if begins_with_label(head) or begins_with_stump(head):
        return SourceFormat.KLV
    if find_layout(head) is not None:
        return SourceFormat.MPEG_TS
    return SourceFormat.KLV if SET_PREFIX in head else None


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamContents:
    """Everything a source holds.

    Args:
        format: None where it is neither a transport stream nor KLV; then there are no packets.
        packets: KLV packets of any kind, in the order in which they end.
        index: what is where.
        problems: what was not as it should be.
    """

    format: SourceFormat | None
    packets: tuple[KlvPacket, ...]
    index: StreamIndex
    problems: tuple[Problem, ...]


class StreamReader:
    """Reads a source chunk by chunk; memory stays constant beyond what it gives and its index.

    Args:
        index: note pictures, runs and packets for whoever cuts; without it only KLV is looked at, which is
            faster, and memory does not grow.
    """

    def __init__(self, *, index: bool = True) -> None:
        self.format: SourceFormat | None = None
        self._indexed = index
        self._repaired = self._repairs_proved = 0
        self._first_repaired = 0
        self._log = ProblemLog()
        self._head = b""
        self._enough = _HEAD_BYTES
        self._given_up = False
        self._length = 0
        self._spacing = 0
        self._aligner: TransportAligner | None = None
        self._demultiplexer = TransportDemultiplexer(self._log, index=index)
        self._splitter = KlvSplitter(self._log)
        self._rows: list[tuple[int, int, int, int, float, bytes]] = []

    def feed(self, chunk: bytes) -> list[KlvPacket]:
        """The packets that are whole now, in order; never raises, whatever the bytes are."""
        self._length += len(chunk)
        return self._noted(self._read(chunk, final=False))

    def finish(self) -> list[KlvPacket]:
        """The packets that the end of the source completes."""
        found = self._read(b"", final=True)
        if self._aligner is not None:
            for block in self._aligner.finish():
                found += self._demultiplexer.put(block)
            found += self._demultiplexer.finish()
        else:
            found += [_bare(span) for span in self._splitter.break_here()]
        return self._noted(found)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was not as it should be, so far."""
        return (*self._log.problems(), *self._repairs())

    def _repairs(self) -> tuple[Problem, ...]:
        """One line for the damage that FFmpeg 6.1 does, if there is any."""
        if not self._repaired:
            return ()
        message = (
            f"{self._repaired} packets came without the first five bytes of their key, as FFmpeg 6.1 leaves "
            f"them: put back, {self._repairs_proved} proved by their checksum"
        )
        return (Problem(code="ffmpeg-6.1-damage", message=message, offset=self._first_repaired),)

    @property
    def index(self) -> StreamIndex:
        """What is where, as far as it was read; its tables are empty where none was wanted."""
        columns = zip(*self._rows, strict=True) if self._rows else ((),) * 6
        offset, last_offset, length, pid, pts_s, keys = columns
        frame_key = key_of_frames(keys)
        return StreamIndex(
            format=self.format,
            length=self._length,
            spacing=self._spacing,
            streams=self._demultiplexer.streams,
            table_pids=self._demultiplexer.table_pids,
            pictures=self._demultiplexer.pictures(),
            runs=self._demultiplexer.runs(),
            packets=PacketIndex(
                offset=np.array(offset, dtype=np.int64),
                last_offset=np.array(last_offset, dtype=np.int64),
                length=np.array(length, dtype=np.int64),
                pid=np.array(pid, dtype=np.int64),
                pts_s=np.array(pts_s, dtype=np.float64),
                is_frame=np.array([key == frame_key for key in keys], dtype=np.bool_),
            ),
        )

    def _read(self, chunk: bytes, *, final: bool) -> list[KlvPacket]:
        if self.format is None:
            chunk = self._begin(chunk, final=final)
        if self._aligner is not None:
            pieces = (chunk[at : at + _PIECE_BYTES] for at in range(0, len(chunk), _PIECE_BYTES))
            blocks = (block for piece in pieces for block in self._aligner.feed(piece))
            return [packet for block in blocks for packet in self._demultiplexer.put(block)]
        if self.format is SourceFormat.KLV:
            return [_bare(span) for span in self._splitter.feed(chunk)]
        return []

    def _begin(self, chunk: bytes, *, final: bool) -> bytes:
        """Gather bytes until it is clear what they are; then give all of them back."""
        if self._given_up:
            return b""
        self._head += chunk
        if len(self._head) < self._enough and not final:
            return b""
        self._enough = 2 * len(self._head)  # many small chunks cost no more than few
        layout = self._tell_format()
        if self.format is None:
            self._given_up = final or len(self._head) > _LONGEST_PREAMBLE_BYTES
            if self._given_up:
                message = f"an MPEG transport stream or KLV was wanted, got {self._head[:16]!r}"
                self._log.report("not-a-stream", message, 0)
                self._head = b""
            return b""
        if layout is not None:
            self._aligner = TransportAligner(layout, self._log)
            self._spacing = layout.spacing
        head, self._head = self._head, b""
        return head

    def _tell_format(self) -> TransportLayout | None:
        """Look at the start, then at twice as much, until it is clear; a large first chunk costs no more."""
        seen = size = 0
        while self.format is None and seen < min(len(self._head), _LONGEST_PREAMBLE_BYTES):
            size = 2 * size or _HEAD_BYTES
            head = self._head[:size]
            seen = len(head)
            self.format = detect_format(head)
        return find_layout(self._head[:size]) if self.format is SourceFormat.MPEG_TS else None

    def _noted(self, packets: list[KlvPacket]) -> list[KlvPacket]:
        for packet in packets:
            pid = -1 if packet.pid is None else packet.pid
            pts_s = float("nan") if packet.pts_s is None else packet.pts_s
            if is_uas_datalink(packet) and not packet.checksum_ok:
                message = "an ST 0601 packet's checksum does not hold: counted, not used for positions"
                self._log.report("checksum-failed", message, packet.offset)
            self._note_repair(packet)
            if not self._indexed:
                continue
            key = packet.data[: len(UAS_DATALINK_KEY)]
            self._rows.append((packet.offset, packet.last_offset, packet.length, pid, pts_s, key))
        return packets

    def _note_repair(self, packet: KlvPacket) -> None:
        if packet.repaired:
            self._first_repaired = self._first_repaired if self._repaired else packet.offset
            self._repaired += 1
            self._repairs_proved += packet.checksum_ok


def is_uas_datalink(packet: KlvPacket) -> bool:
    """Whether a packet is an ST 0601 local set."""
    return packet.data.startswith(UAS_DATALINK_KEY)


def key_of_frames(keys: Iterable[bytes]) -> bytes:
    """Packets of which set are the frames of a source: EG 0104 only where there is no ST 0601.

    Args:
        keys: of its packets, 16 bytes each.
    """
    seen = set(keys)
    return PREDATOR_KEY if PREDATOR_KEY in seen and UAS_DATALINK_KEY not in seen else UAS_DATALINK_KEY


def read_packets(chunks: Iterable[bytes]) -> StreamContents:
    """Everything that a source holds; for what is too large to keep use StreamReader.

    Args:
        chunks: the source's bytes in order, in pieces of any size.
    """
    reader = StreamReader()
    packets = [packet for chunk in chunks for packet in reader.feed(chunk)]
    packets += reader.finish()
    return StreamContents(
        format=reader.format, packets=tuple(packets), index=reader.index, problems=reader.problems
    )


def read_klv(chunks: Iterable[bytes]) -> Iterator[KlvPacket]:
    """The KLV packets of a source as they come; pictures are passed over, memory does not grow.

    Args:
        chunks: the source's bytes in order, in pieces of any size; from 1 MB on they are read fastest.
    """
    reader = StreamReader(index=False)
    for chunk in chunks:
        yield from reader.feed(chunk)
    yield from reader.finish()


def _bare(span: Span) -> KlvPacket:
    return KlvPacket(
        offset=span.start,
        last_offset=span.start + span.length - 1,
        length=span.length,
        pid=None,
        pts_s=None,
        data=span.data,
        checksum_ok=span.checksum_ok,
        repaired=span.repaired,
    )
