"""One metadata PID: transport packets → PES → KLV packets with their place and time."""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass

from atalaya.ingest.pes import PesHeader, begins_with_cell, metadata_slices, read_pes_header, seconds
from atalaya.ingest.problems import ProblemLog
from atalaya.ingest.splitter import SET_PREFIX, KlvSplitter, Span
from atalaya.units import Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class KlvPacket:
    """One KLV packet as it came.

    Args:
        offset: byte offset of the key; in a TS of the transport packet that holds its first byte.
        last_offset: the same for its last byte: where the packet ends, for whoever cuts.
        length: key + length + value [byte], as found.
        pid: its PID in a TS, else None.
        pts_s: presentation time of the PES that holds its first byte [s], on the stream's own 90 kHz clock,
            wrap-around undone; None where it has none.
        data: the whole packet, original bytes.
        checksum_ok: it ends in item 1 and the sum holds.
    """

    offset: int
    last_offset: int
    length: int
    pid: int | None
    pts_s: Seconds | None
    data: bytes
    checksum_ok: bool


@dataclass(frozen=True, slots=True)
class _Mark:
    """From this byte of the joined KLV bytes on, bytes lie in this transport packet and PES."""

    start: int
    offset: int
    pts_s: Seconds | None


class MetadataStream:
    """Collects the payloads of one PID; gives KLV packets as soon as they are whole."""

    def __init__(self, pid: int, log: ProblemLog, unwrap: Callable[[int], int]) -> None:
        self._pid = pid
        self._log = log
        self._unwrap = unwrap
        self._splitter = KlvSplitter(log)
        self._marks: list[_Mark] = []
        self._pieces: list[tuple[int, bytes]] = []
        self._collected = 0
        self._header: PesHeader | None = None
        self._in_cells = False
        self._counter: int | None = None
        self._last_payload = b""

    def put(self, offset: int, counter: int, payload: bytes, *, starts_pes: bool) -> list[KlvPacket]:
        """One transport packet's payload.

        Args:
            offset: of the transport packet in the source.
            counter: its continuity counter.
            payload: behind the transport header and adaptation field.
            starts_pes: payload unit start indicator.
        """
        if counter == self._counter and payload == self._last_payload:
            return []  # a packet may be sent twice
        if self._counter is not None and counter != (self._counter + 1) & 15:
            message = f"PID {self._pid}: counter {(self._counter + 1) & 15} was wanted, got {counter}"
            self._log.report("ts-continuity", message, offset)
        self._counter, self._last_payload = counter, payload
        found = self._flush() if starts_pes else []
        if starts_pes:
            self._header = read_pes_header(payload)
        if self._header is None:
            return found
        self._pieces.append((offset, payload))
        self._collected += len(payload)
        if self._header.length is not None and self._collected >= self._header.length:
            found += self._flush()
        return found

    def finish(self) -> list[KlvPacket]:
        """What is left when the source ends."""
        return self._flush() + self._packets(self._splitter.break_here())

    def _flush(self) -> list[KlvPacket]:
        header, pieces = self._header, self._pieces
        self._header, self._pieces, self._collected = None, [], 0
        if header is None:
            return []
        whole = b"".join(piece for _, piece in pieces)[: header.length]
        payload = whole[header.payload_start :]
        self._in_cells = self._in_cells or begins_with_cell(payload)
        pts_s = None if header.pts_90k is None else seconds(self._unwrap(header.pts_90k))
        starts = _piece_starts(pieces, header.payload_start)
        found: list[KlvPacket] = []
        bare = payload.startswith(SET_PREFIX)
        for part in metadata_slices(payload, in_cells=self._in_cells and not bare):
            found += self._take(payload, part, starts, pts_s)
        return found

    def _take(
        self, payload: bytes, part: slice, starts: list[tuple[int, int]], pts_s: Seconds | None
    ) -> list[KlvPacket]:
        data = payload[part]
        found = self._packets(self._splitter.break_here()) if data.startswith(SET_PREFIX) else []
        base = self._splitter.fed - part.start
        covering = [pair for pair in starts if pair[0] <= part.start][-1:]
        inside = [pair for pair in starts if part.start < pair[0] < part.stop]
        for start, offset in covering + inside:
            self._marks.append(_Mark(base + max(start, part.start), offset, pts_s))
        return found + self._packets(self._splitter.feed(data))

    def _packets(self, spans: list[Span]) -> list[KlvPacket]:
        packets = [self._packet(span) for span in spans]
        first_needed = max(bisect_right(self._marks, self._splitter.pending, key=_start) - 1, 0)
        del self._marks[:first_needed]
        return packets

    def _packet(self, span: Span) -> KlvPacket:
        first = self._marks[bisect_right(self._marks, span.start, key=_start) - 1]
        last = self._marks[bisect_right(self._marks, span.start + len(span.data) - 1, key=_start) - 1]
        return KlvPacket(
            offset=first.offset,
            last_offset=last.offset,
            length=len(span.data),
            pid=self._pid,
            pts_s=first.pts_s,
            data=span.data,
            checksum_ok=span.checksum_ok,
        )


def _start(mark: _Mark) -> int:
    return mark.start


def _piece_starts(pieces: list[tuple[int, bytes]], header_bytes: int) -> list[tuple[int, int]]:
    """(position in the PES payload, offset of the transport packet) of each piece, in order."""
    starts: list[tuple[int, int]] = []
    at = -header_bytes
    for offset, piece in pieces:
        starts.append((at, offset))
        at += len(piece)
    return starts
