"""Bytes → whole KLV packets, found by their universal label, with recovery from loss and damage."""

from dataclasses import dataclass

from atalaya.errors import KlvError
from atalaya.ingest.ber import read_length
from atalaya.ingest.checksum import CLOSING, checksum_holds, is_proved
from atalaya.ingest.key_index import HEAD_BYTES, LONGEST_LENGTH_BYTES, LONGEST_SURE_BYTES, KeyIndex
from atalaya.ingest.keys import KEY_BYTES, SET_PREFIX, STUMP_BYTES, begins_with_label, begins_with_stump
from atalaya.ingest.problems import ProblemLog

__all__ = ["LONGEST_PACKET_BYTES", "SET_PREFIX", "KlvSplitter", "Span"]

LONGEST_PACKET_BYTES = 4 << 20
_STUFFING = b"\x00\xff"
_STUFFING_BYTES = 256


@dataclass(frozen=True, slots=True)
class Span:
    """One packet, `start` counted from the first byte ever fed.

    Args:
        start: of its first byte.
        data: the packet; where `repaired`, with the five bytes that are missing in front put back.
        checksum_ok: it is whole and its sum holds; after damage, and where repaired, its items must also end
            exactly at the sum.
        repaired: its key came without its first five bytes, as FFmpeg 6.1 leaves it.
    """

    start: int
    data: bytes
    checksum_ok: bool
    repaired: bool = False

    @property
    def length(self) -> int:
        """Bytes found."""
        return len(self.data) - (len(SET_PREFIX) if self.repaired else 0)


@dataclass(frozen=True, slots=True)
class _Head:
    """Where a packet begins in the buffer; a stump is a key that lost its first five bytes."""

    at: int
    stump: bool

    @property
    def key_end(self) -> int:
        return self.at + (STUMP_BYTES if self.stump else KEY_BYTES)


@dataclass(frozen=True, slots=True)
class _Extent:
    """How far a packet reaches; `whole` as its length says, `proved` with a sum that holds."""

    end: int
    whole: bool = False
    proved: bool = False


class KlvSplitter:
    """Cuts one byte stream into KLV packets.

    A packet whose checksum fails is kept. Where the next key of the same kind, or a packet that is proved,
    begins inside it (bytes were lost, or its length is damaged) it ends there, so that the next packet is
    not lost with it. How the bytes are cut into pieces changes nothing.

    Args:
        log: is told what is wrong.
        quiet: bytes before the first packet are not reported: nobody said that there is KLV.
    """

    def __init__(self, log: ProblemLog, *, quiet: bool = False) -> None:
        self._log = log
        self._quiet = quiet
        self._buffer = bytearray()
        self._start = 0
        self._index = KeyIndex()
        self._at_boundary = True
        self._in_doubt = False
        self._stump = b""
        self._no_stump_before = 0

    @property
    def fed(self) -> int:
        """Bytes fed so far: the `start` that the next byte will have."""
        return self._start + len(self._buffer)

    @property
    def pending(self) -> int:
        """`start` of the first byte that is still held back."""
        return self._start

    @property
    def ends_in_prefix(self) -> bool:
        """Whether the last bytes fed are the beginning of a key: a stump may follow that is none."""
        return self._buffer.endswith(SET_PREFIX)

    def feed(self, data: bytes, *, ends_unit: bool = False) -> list[Span]:
        """The packets that are complete now.

        Args:
            data: bytes that follow those fed before.
            ends_unit: the container says that a unit ends here, and so may a packet.
        """
        self._buffer += data
        return self._drain(final=False, ends_unit=ends_unit)

    def break_here(self) -> list[Span]:
        """A packet cannot go on past this point: what is held back ends here (a new PES with its own key)."""
        found = self._drain(final=True, ends_unit=True)
        self._at_boundary = True
        return found

    def doubt(self) -> None:
        """Bytes are missing here: a sum alone is not believed until a packet is proved."""
        self._in_doubt = True

    def _drain(self, *, final: bool, ends_unit: bool) -> list[Span]:
        found: list[Span] = []
        at = 0
        while at < len(self._buffer):
            head = self._next_head(at, final=final)
            if head is None:
                at = self._skip(at, final=final)
                break
            at = head.at
            extent = self._extent(head, final=final, ends_unit=ends_unit)
            if extent is None:
                break
            at = extent.end
            if at > head.key_end:
                data = self._bytes(head, at)
                found.append(Span(self._start + head.at, data, extent.proved, head.stump))
                self._quiet = False
            self._at_boundary = extent.whole
            self._in_doubt = not extent.proved and (self._in_doubt or not extent.whole)
        self._start += at
        del self._buffer[:at]
        return found

    def _bytes(self, head: _Head, end: int) -> bytes:
        found = bytes(self._buffer[head.at : end])
        return SET_PREFIX + found if head.stump else found

    def _next_head(self, at: int, *, final: bool) -> _Head | None:
        """Where the next packet begins at or after `at`; bytes before it are given up."""
        if self._at_boundary:
            start = at + self._stuffing_at(at)
            if begins_with_label(self._buffer, start):
                return _Head(start, stump=False)
            if begins_with_stump(self._buffer, start):
                self._meet_stump(bytes(self._buffer[start : start + STUMP_BYTES]))
                return _Head(start, stump=True)
            if not final and len(self._buffer) < start + STUMP_BYTES:
                return None
        stump = self._find_stump(at)
        begin = self._buffer.find(SET_PREFIX, at, stump if stump >= 0 else len(self._buffer))
        is_stump = begin < 0 <= stump
        first = stump if is_stump else begin
        if first < 0:
            return None
        self._garbage(at, first)
        return _Head(first, stump=is_stump)

    def _meet_stump(self, stump: bytes) -> None:
        if stump != self._stump:
            self._stump, self._no_stump_before = stump, 0

    def _stuffing_at(self, at: int) -> int:
        if at < len(self._buffer) and self._buffer[at] not in _STUFFING:
            return 0
        head = bytes(self._buffer[at : at + _STUFFING_BYTES])
        return len(head) - len(head.lstrip(_STUFFING))

    def _skip(self, at: int, *, final: bool) -> int:
        """Give up bytes in which no key begins; the last few may be the start of one."""
        if self._at_boundary and not final and len(self._buffer) < at + self._stuffing_at(at) + STUMP_BYTES:
            return at
        kept = 0 if final else max(len(SET_PREFIX), len(self._stump)) - 1
        end = max(at, len(self._buffer) - kept)
        self._garbage(at, end)
        return end

    def _garbage(self, begin: int, end: int) -> None:
        if end <= begin:
            return
        self._at_boundary = False
        if not self._buffer[begin:end].strip(_STUFFING):  # stuffing is no loss
            return
        self._in_doubt = True
        if not self._quiet:
            message = f"a KLV key was wanted, {end - begin} bytes of something else came"
            self._log.report("klv-garbage", message, self._start + begin)

    def _limit(self, head: _Head) -> int | None:
        """Where the packet's length says that it ends; None where it says nothing that can be."""
        try:
            length, value = read_length(self._buffer, head.key_end)
        except KlvError:
            return None
        return None if length > LONGEST_PACKET_BYTES else value + length

    def _extent(self, head: _Head, *, final: bool, ends_unit: bool) -> _Extent | None:
        """How far the packet reaches; None when more bytes are needed to say so."""
        limit, have = self._limit(head), len(self._buffer)
        if limit is None:
            if not final and have < head.key_end + LONGEST_LENGTH_BYTES:
                return None
            return self._cut_short(head.at, min(head.key_end, have), "the length is not a length")
        is_long = limit - head.at > LONGEST_SURE_BYTES
        if limit > have and not (final or is_long):
            return None
        if not is_long and self._holds(head, limit):
            return _Extent(limit, whole=True, proved=True)
        return self._doubtful(head, limit, final=final, ends_unit=ends_unit)

    def _doubtful(self, head: _Head, limit: int, *, final: bool, ends_unit: bool) -> _Extent | None:
        """The same for a packet that is long or whose sum does not hold."""
        inner = self._next_same(head, limit, final=final)
        if inner is not None:
            return self._cut_short(head.at, inner, "the next key begins inside the packet")
        if limit > len(self._buffer) and not final:
            return None
        if self._holds(head, limit):
            return _Extent(limit, whole=True, proved=True)
        return self._unproved(head, limit, final=final, ends_unit=ends_unit)

    def _holds(self, head: _Head, limit: int) -> bool:
        """Whether the packet is there and its sum holds, and in doubt also its structure."""
        if limit > len(self._buffer) or self._buffer[limit - 4 : limit - 2] != CLOSING:
            return False
        data = self._bytes(head, limit)
        return is_proved(data) if self._in_doubt or head.stump else checksum_holds(data)

    def _next_same(self, head: _Head, limit: int, *, final: bool) -> int | None:
        """Where the same key begins again before `limit`."""
        if head.stump:
            stump = self._find_stump(head.key_end)
            return stump if 0 <= stump < limit else None
        self._index.forget(self._start + head.at)
        self._index.search(self._buffer, self._start, self._start + limit, final=final)
        key = bytes(self._buffer[head.at : head.key_end])
        found = self._index.next_same(key, self._start + head.at)
        return None if found is None or found >= self._start + limit else found - self._start

    def _find_stump(self, at: int) -> int:
        """Where the stump that was met last begins again at or after `at`; -1 where it does not."""
        begin = max(at, self._no_stump_before - self._start)
        found = self._buffer.find(self._stump, begin) if self._stump else -1
        clear = found if found >= 0 else max(begin, len(self._buffer) - STUMP_BYTES + 1)
        self._no_stump_before = self._start + clear
        return found

    def _unproved(self, head: _Head, limit: int, *, final: bool, ends_unit: bool) -> _Extent | None:
        """The same for a packet without a good checksum in which its key does not begin again."""
        first, last, have = self._start + head.at, self._start + limit, len(self._buffer)
        inner = self._index.next_proved(self._buffer, self._start, first, last)
        if inner is not None:
            return self._cut_short(head.at, inner - self._start, "a whole packet begins inside the packet")
        if limit > have:
            return self._cut_short(head.at, have, "the bytes end inside the packet")
        if final or (ends_unit and limit == have):
            return _Extent(limit, whole=True)
        if self._index.undecided(last):
            return None
        sure = have >= limit + HEAD_BYTES or begins_with_label(self._buffer, limit)
        return _Extent(limit, whole=True) if sure else None

    def _cut_short(self, at: int, end: int, reason: str) -> _Extent:
        self._log.report("klv-truncated", f"{reason}: {end - at} bytes are kept of it", self._start + at)
        return _Extent(end)
