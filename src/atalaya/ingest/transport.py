"""MPEG transport packets out of bytes: where they begin, and where again after damage.

Source: ISO/IEC 13818-1, 2.4.3.2 (188 bytes, sync byte 0x47); 192 bytes with a 4-byte time stamp in front
(BDAV), 204 bytes with 16 bytes of parity behind (ETSI EN 300 429).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.ingest.problems import ProblemLog

PACKET_BYTES = 188
_SYNC = 0x47
_SPACINGS = (188, 192, 204)
_HITS_WANTED = 5
_HITS_TO_RESUME = 3
_FIRST_WINDOW = 64
"""Packets looked at first when the next loss is searched; each further look is twice as long."""


@dataclass(frozen=True, slots=True)
class TransportLayout:
    """How packets lie in the file: `spacing` bytes apart, the sync byte `sync_column` bytes into each."""

    spacing: int
    sync_column: int
    first: int


@dataclass(frozen=True, slots=True)
class TransportBlock:
    """Consecutive transport packets.

    Args:
        offset: byte offset of the first packet in the source.
        spacing: bytes from one packet to the next.
        rows: (N, 188) uint8.
    """

    offset: int
    spacing: int
    rows: NDArray[np.uint8]


def find_layout(head: bytes) -> TransportLayout | None:
    """Where transport packets begin, or None where the bytes are no transport stream.

    At least three sync bytes at one spacing are wanted, five where so many bytes are there, and each
    packet must say that it has a payload or an adaptation field.
    """
    octets = np.frombuffer(head, dtype=np.uint8)
    found: list[TransportLayout] = []
    for spacing in _SPACINGS:
        hits = min(_HITS_WANTED, len(head) // spacing)
        if hits < _HITS_TO_RESUME:
            continue
        first = _first_run(octets, spacing, hits)
        if first is not None:
            column = 4 if spacing == 192 and first >= 4 else 0
            found.append(TransportLayout(spacing, column, first - column))
    return min(found, key=lambda layout: layout.first + layout.sync_column, default=None)


def _first_run(octets: NDArray[np.uint8], spacing: int, hits: int) -> int | None:
    """Position of the first of `hits` plausible packet heads that are `spacing` apart."""
    starts = len(octets) - (hits - 1) * spacing - 3
    if starts <= 0:
        return None
    is_head = (octets[:-3] == _SYNC) & ((octets[3:] & 0x30) != 0)
    run = is_head[:starts].copy()
    for hit in range(1, hits):
        run &= is_head[hit * spacing : hit * spacing + starts]
    first = int(run.argmax())
    return first if run[first] else None


def _next_run(octets: NDArray[np.uint8], spacing: int, hits: int) -> int | None:
    """The same as `_first_run`; looks no further than it must, so that many losses cost no more than one."""
    begin, window = 0, _FIRST_WINDOW * spacing
    reach = (hits - 1) * spacing + 3
    while begin + reach < len(octets):
        place = _first_run(octets[begin : begin + window + reach], spacing, hits)
        if place is not None:
            return begin + place
        begin, window = begin + window, 2 * window
    return None


class TransportAligner:
    """Bytes in, aligned blocks of packets out; finds its place again after lost or foreign bytes.

    One packet is held back until the sync byte after it is seen: a packet that lost bytes is dropped.
    """

    def __init__(self, layout: TransportLayout, log: ProblemLog) -> None:
        self._layout = layout
        self._log = log
        self._buffer = b""
        self._offset = 0

    def feed(self, data: bytes) -> list[TransportBlock]:
        """The blocks that are certain now."""
        self._buffer += data
        return self._drain(final=False)

    def finish(self) -> list[TransportBlock]:
        """The last blocks; a packet cut short by the end is reported, not given."""
        blocks = self._drain(final=True)
        if self._buffer:
            message = f"a transport packet was wanted, {len(self._buffer)} bytes came before the end"
            self._log.report("ts-truncated", message, self._offset)
            self._buffer = b""
        return blocks

    def _drain(self, *, final: bool) -> list[TransportBlock]:
        blocks: list[TransportBlock] = []
        at = 0
        while True:
            good = self._good_packets(at, final=final)
            lost = self._sync_is_lost(at + good * self._layout.spacing)
            sure = max(good - 1, 0) if lost else good
            if sure:
                blocks.append(self._block(at, sure))
                at += sure * self._layout.spacing
            if not lost:
                break
            resumed = self._resume(at, doubtful=good > sure, blocks=blocks, final=final)
            if resumed is None:
                break
            at = resumed
        self._offset += at
        self._buffer = self._buffer[at:]
        return blocks

    def _block(self, at: int, count: int) -> TransportBlock:
        spacing, column = self._layout.spacing, self._layout.sync_column
        octets = np.frombuffer(self._buffer, dtype=np.uint8, count=count * spacing, offset=at)
        rows = octets.reshape(count, spacing)[:, column : column + PACKET_BYTES]
        return TransportBlock(self._offset + at, spacing, rows)

    def _good_packets(self, at: int, *, final: bool) -> int:
        """Whole packets from `at` whose own sync byte is right and, before the end, the next one is seen."""
        spacing, column = self._layout.spacing, self._layout.sync_column
        whole = (len(self._buffer) - at) // spacing
        if not final and at + whole * spacing + column >= len(self._buffer):
            whole -= 1
        if whole <= 0:
            return 0
        octets = np.frombuffer(self._buffer, dtype=np.uint8)
        begin, window = 0, _FIRST_WINDOW
        while begin < whole:
            end = min(begin + window, whole)
            wrong = octets[at + begin * spacing + column : at + end * spacing : spacing] != _SYNC
            first_wrong = int(wrong.argmax())
            if wrong[first_wrong]:
                return begin + first_wrong
            begin, window = end, 2 * window
        return whole

    def _sync_is_lost(self, at: int) -> bool:
        place = at + self._layout.sync_column
        return place < len(self._buffer) and self._buffer[place] != _SYNC

    def _resume(self, at: int, *, doubtful: bool, blocks: list[TransportBlock], final: bool) -> int | None:
        """Where packets begin again at or after `at`; None when more bytes are needed.

        The packet at `at`, when doubtful, is given unless packets begin again inside it out of step.
        """
        spacing, column = self._layout.spacing, self._layout.sync_column
        if not final and len(self._buffer) - at < (_HITS_TO_RESUME + 2) * spacing:
            return None
        octets = np.frombuffer(self._buffer, dtype=np.uint8, offset=at + column + 1)
        place = _next_run(octets, spacing, _HITS_TO_RESUME)
        if place is None and final:
            place = _next_run(octets, spacing, _HITS_TO_RESUME - 1)
        if place is not None:
            resumed = at + 1 + place
        else:
            unseen = 0 if final else (_HITS_TO_RESUME - 1) * spacing + column + 3
            resumed = len(self._buffer) - unseen
        keep = doubtful and resumed >= at + spacing
        if keep:
            blocks.append(self._block(at, 1))
        skipped_from = at + spacing if keep else at
        message = f"a transport packet was wanted, {resumed - skipped_from} bytes are skipped"
        self._log.report("ts-lost-sync", message, self._offset + skipped_from)
        return resumed
