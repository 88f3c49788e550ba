"""One metadata PID: transport packets → PES → KLV packets with their place and time."""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import NamedTuple

from atalaya.ingest.keys import SET_PREFIX, begins_with_label, begins_with_stump
from atalaya.ingest.pes import (
    PES_HEADER_BYTES,
    PesHeader,
    begins_with_cell,
    metadata_slices,
    read_pes_header,
    seconds,
)
from atalaya.ingest.problems import ProblemLog
from atalaya.ingest.splitter import KlvSplitter, Span
from atalaya.units import Seconds

_LONGEST_OPEN_BYTES = 1 << 18
_NO_HEADER = PesHeader(stream_id=0, payload_start=0, length=None, pts_90k=None)


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
        data: the whole packet, original bytes; where it was repaired, the five bytes that are missing in the
            source stand in front of those found: data is longer than `length` by them.
        checksum_ok: it ends in item 1 and the sum holds; where it was repaired or comes after damage, its
            items also end exactly there.
        repaired: FFmpeg 6.1 took the first five bytes of its key, and they are put back; proved where
            `checksum_ok`, else only likely, and used for no position.
    """

    offset: int
    last_offset: int
    length: int
    pid: int | None
    pts_s: Seconds | None
    data: bytes
    checksum_ok: bool
    repaired: bool = False


class PacketRun(NamedTuple):
    """Payloads of transport packets of one PID that follow each other without a loss.

    Args:
        pid: of them all. offsets: of each packet in the source.
        sizes: of each payload [byte]. payload: all of them joined.
        first_counter, last_counter: continuity counters of the first and the last packet.
        starts_pes: the first packet has the payload unit start indicator.
        jumps: its adaptation field says that the counter may jump here.
    """

    pid: int
    offsets: list[int]
    sizes: list[int]
    payload: bytes
    first_counter: int
    last_counter: int
    starts_pes: bool
    jumps: bool = False


class _Mark(NamedTuple):
    """Where joined KLV bytes come from: pieces of the payload of one PES.

    Args:
        start, base: counted in the joined KLV bytes.
        starts: of each piece, from `base`. offsets: of the transport packet that holds it.
        pts_s: of the PES.
    """

    start: int
    base: int
    starts: list[int]
    offsets: list[int]
    pts_s: Seconds | None

    def offset(self, place: int) -> int:
        """Of the transport packet that holds the byte at `place`."""
        return self.offsets[max(bisect_right(self.starts, place - self.base) - 1, 0)]


class MetadataStream:
    """Collects the payloads of one PID; gives KLV packets as soon as they are whole.

    Args:
        pid: in the stream.
        log: is told what is wrong.
        unwrap: undoes the wrap-around of a time.
        declared: a program map says that there is KLV; else bytes before the first packet are no problem.
    """

    def __init__(
        self, pid: int, log: ProblemLog, unwrap: Callable[[int], int], *, declared: bool = True
    ) -> None:
        self._pid = pid
        self._log = log
        self._unwrap = unwrap
        self._splitter = KlvSplitter(log, quiet=not declared)
        self._marks: list[_Mark] = []
        self._pieces: list[bytes] = []
        self._offsets: list[int] = []
        self._sizes: list[int] = []
        self._collected = 0
        self._header: PesHeader | None = None
        self._is_open = False
        self._pts_s: Seconds | None = None
        self._in_cells = False
        self._counter: int | None = None
        self._last_payload = b""

    def put(self, run: PacketRun) -> list[KlvPacket]:
        """The KLV packets that this run completes; only its first packet may start a PES."""
        first = run.payload[: run.sizes[0]]
        if run.first_counter == self._counter and first == self._last_payload and not run.jumps:
            return self._put_rest(run, len(first))  # a packet may be sent twice
        expected = run.first_counter if self._counter is None else (self._counter + 1) & 15
        if run.first_counter != expected and not run.jumps:
            message = f"PID {self._pid}: counter {expected} was wanted, got {run.first_counter}"
            self._log.report("ts-continuity", message, run.offsets[0])
            self._splitter.doubt()
        found = self._flush() if run.starts_pes else []
        if run.starts_pes:
            self._is_open, self._pts_s = True, None
        return found + self._collect(run)

    def _put_rest(self, run: PacketRun, repeated_bytes: int) -> list[KlvPacket]:
        if len(run.offsets) == 1:
            return []
        offsets, sizes, payload = run.offsets[1:], run.sizes[1:], run.payload[repeated_bytes:]
        return self._collect(run._replace(offsets=offsets, sizes=sizes, payload=payload))

    def _collect(self, run: PacketRun) -> list[KlvPacket]:
        self._counter, self._last_payload = (
            run.last_counter,
            run.payload[-run.sizes[-1] :] if run.sizes[-1] else b"",
        )
        if not self._is_open and self._splitter.pending == self._splitter.fed:
            return []  # the rest of a PES whose beginning is missing
        self._pieces.append(run.payload)
        self._offsets += run.offsets
        self._sizes += run.sizes
        self._collected += len(run.payload)
        return self._flush_if_due()

    def finish(self) -> list[KlvPacket]:
        """What is left when the source ends."""
        return self._flush() + self._packets(self._splitter.break_here())

    def _flush_if_due(self) -> list[KlvPacket]:
        """Read on where the PES is whole, as its length says; where it has none, when it grows too long."""
        if not self._is_open:
            return self._flush()
        if self._header is None:
            self._header = self._read_header(final=False)
        header = self._header
        if header is not None and header.length is not None and self._collected >= header.length:
            return self._flush()
        if header is None or header.length is not None or self._collected <= _LONGEST_OPEN_BYTES:
            return []
        found = self._flush()
        self._header, self._is_open = replace(header, payload_start=0), True
        return found

    def _read_header(self, *, final: bool) -> PesHeader | None:
        """The header of what is collected; None when more bytes are needed.

        One that is damaged counts as payload: the key is looked for in it.
        """
        head = b"".join(self._pieces)
        needed = PES_HEADER_BYTES + (head[8] if len(head) > PES_HEADER_BYTES else 0)
        if len(head) < needed and not final:
            return None
        header = read_pes_header(head)
        if header is None:
            message = f"PID {self._pid}: a PES header was wanted, got {head[:PES_HEADER_BYTES].hex()}"
            self._log.report("pes-header", message, self._offsets[0])
            self._splitter.doubt()
            return _NO_HEADER
        key_at = head.find(SET_PREFIX, PES_HEADER_BYTES)
        if PES_HEADER_BYTES <= key_at < header.payload_start:
            return replace(header, payload_start=key_at)  # its length field is damaged
        return header

    def _flush(self) -> list[KlvPacket]:
        if not self._pieces:
            self._header, self._is_open = None, False
            return []
        header = self._header or (self._read_header(final=True) if self._is_open else None) or _NO_HEADER
        whole = b"".join(self._pieces)[: header.length]
        starts = list(accumulate(self._sizes[:-1], initial=-header.payload_start))
        offsets = self._offsets
        self._pieces, self._offsets, self._sizes, self._collected = [], [], [], 0
        self._header, self._is_open = None, False
        payload = whole[header.payload_start :]
        if header.pts_90k is not None and header.payload_start:
            self._pts_s = seconds(self._unwrap(header.pts_90k))
        self._in_cells = self._in_cells or begins_with_cell(payload)
        source = _Mark(0, 0, starts, offsets, self._pts_s)
        found: list[KlvPacket] = []
        parts = list(metadata_slices(payload, in_cells=self._in_cells and not _begins_packet(payload)))
        for part in parts:
            found += self._take(payload[part], part.start, source, ends=part is parts[-1])
        return found

    def _take(self, data: bytes, at: int, source: _Mark, *, ends: bool) -> list[KlvPacket]:
        """Bytes of a PES payload, from its byte `at` on."""
        found = self._packets(self._splitter.break_here()) if self._is_new_packet(data) else []
        fed = self._splitter.fed
        self._marks.append(source._replace(start=fed, base=fed - at))
        return found + self._packets(self._splitter.feed(data, ends_unit=ends))

    def _is_new_packet(self, data: bytes) -> bool:
        """Whether a packet begins here, whatever came before."""
        if data.startswith(SET_PREFIX):
            return True
        return begins_with_stump(data) and not self._splitter.ends_in_prefix

    def _packets(self, spans: list[Span]) -> list[KlvPacket]:
        packets = [self._packet(span) for span in spans]
        first_needed = max(bisect_right(self._marks, self._splitter.pending, key=_start) - 1, 0)
        del self._marks[:first_needed]
        return packets

    def _packet(self, span: Span) -> KlvPacket:
        end = span.start + span.length - 1
        first = self._marks[bisect_right(self._marks, span.start, key=_start) - 1]
        last = self._marks[bisect_right(self._marks, end, key=_start) - 1]
        return KlvPacket(
            offset=first.offset(span.start),
            last_offset=last.offset(end),
            length=span.length,
            pid=self._pid,
            pts_s=first.pts_s,
            data=span.data,
            checksum_ok=span.checksum_ok,
            repaired=span.repaired,
        )


def _begins_packet(payload: bytes) -> bool:
    return begins_with_label(payload) or begins_with_stump(payload)


def _start(mark: _Mark) -> int:
    return mark.start
