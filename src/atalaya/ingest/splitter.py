"""Bytes → whole KLV packets, found by their universal label, with recovery from loss and damage."""

from dataclasses import dataclass

from atalaya.errors import KlvError
from atalaya.ingest.ber import read_length
from atalaya.ingest.checksum import checksum_holds
from atalaya.ingest.problems import ProblemLog

SET_PREFIX = bytes.fromhex("060e2b3402")
"""Universal label of any SMPTE 336 set or pack: what makes bytes KLV, whatever the container says."""

_KEY_BYTES = 16
LONGEST_PACKET_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class Span:
    """One packet, `start` counted from the first byte ever fed."""

    start: int
    data: bytes
    checksum_ok: bool


@dataclass(frozen=True, slots=True)
class _Extent:
    """How far a packet reaches, as its length says; `end` is None where that is not yet known."""

    end: int | None
    damaged: bool = False


class KlvSplitter:
    """Cuts one byte stream into KLV packets.

    A packet whose checksum fails is kept. Where the next key of the same kind begins inside it (bytes were
    lost, or its length is damaged) it ends there, so that the next packet is not lost with it.
    """

    def __init__(self, log: ProblemLog) -> None:
        self._log = log
        self._buffer = b""
        self._start = 0

    @property
    def fed(self) -> int:
        """Bytes fed so far: the `start` that the next byte will have."""
        return self._start + len(self._buffer)

    @property
    def pending(self) -> int:
        """`start` of the first byte that is still held back."""
        return self._start

    def feed(self, data: bytes) -> list[Span]:
        """The packets that are complete now."""
        self._buffer += data
        return self._drain(final=False)

    def break_here(self) -> list[Span]:
        """A packet cannot go on past this point: what is held back ends here (a new PES with its own key)."""
        return self._drain(final=True)

    def _drain(self, *, final: bool) -> list[Span]:
        found: list[Span] = []
        at = 0
        while (begin := self._next_key(at)) is not None:
            at = begin
            end = self._end_of_packet(at, final=final)
            if end is None:
                break
            data = self._buffer[at:end]
            if end - at > _KEY_BYTES:
                complete = end == self._extent(at, final=final).end
                found.append(Span(self._start + at, data, complete and checksum_holds(data)))
            at = end
        else:
            at = self._skip(at, final=final)
        self._start += at
        self._buffer = self._buffer[at:]
        return found

    def _next_key(self, at: int) -> int | None:
        begin = self._buffer.find(SET_PREFIX, at)
        if begin < 0:
            return None
        if begin > at:
            self._garbage(at, begin)
        return begin

    def _skip(self, at: int, *, final: bool) -> int:
        """Give up bytes in which no key begins; the last four may be the start of one."""
        end = len(self._buffer) if final else max(at, len(self._buffer) - len(SET_PREFIX) + 1)
        if end > at:
            self._garbage(at, end)
        return end

    def _garbage(self, begin: int, end: int) -> None:
        if self._buffer[begin:end].strip(b"\x00\xff"):  # stuffing is no loss
            message = f"a KLV key was wanted, {end - begin} bytes of something else came"
            self._log.report("klv-garbage", message, self._start + begin)

    def _end_of_packet(self, at: int, *, final: bool) -> int | None:
        """Where the packet at `at` ends; None when more bytes are needed to say so."""
        extent = self._extent(at, final=final)
        if extent.end is None and not extent.damaged:
            return None
        if extent.end is None:
            following = self._buffer.find(SET_PREFIX, at + _KEY_BYTES)
            end = following if following >= 0 else at + _KEY_BYTES
            return self._cut_short(at, end, "the length is not a length")
        limit = extent.end
        if limit <= len(self._buffer) and checksum_holds(self._buffer[at:limit]):
            return limit
        key = self._buffer[at : at + _KEY_BYTES]
        inner = self._buffer.find(key, at + _KEY_BYTES, limit + _KEY_BYTES - 1)
        if inner >= 0:
            return self._cut_short(at, inner, "the next key begins inside the packet")
        return self._end_unproved(at, limit, final=final)

    def _end_unproved(self, at: int, limit: int, *, final: bool) -> int | None:
        """The same for a packet without a good checksum that reaches to `limit`."""
        if final and limit > len(self._buffer):
            return self._cut_short(at, len(self._buffer), "the bytes end inside the packet")
        if final or len(self._buffer) >= limit + _KEY_BYTES or self._key_follows(limit):
            return limit
        return None

    def _key_follows(self, at: int) -> bool:
        """Whether nothing, or the start of a key, comes after a packet without a good checksum."""
        return self._buffer.startswith(SET_PREFIX, at) or at == len(self._buffer)

    def _extent(self, at: int, *, final: bool) -> _Extent:
        try:
            length, value = read_length(self._buffer, at + _KEY_BYTES)
        except KlvError:
            more_can_come = not final and len(self._buffer) < at + _KEY_BYTES + 9
            return _Extent(None, damaged=not more_can_come)
        if length > LONGEST_PACKET_BYTES:
            return _Extent(None, damaged=True)
        return _Extent(value + length)

    def _cut_short(self, at: int, end: int, reason: str) -> int:
        self._log.report("klv-truncated", f"{reason}: {end - at} bytes are kept of it", self._start + at)
        return end
