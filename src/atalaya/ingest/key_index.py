"""Keys inside bytes that are held back: looked up where a packet is damaged, each byte searched once."""

from bisect import bisect_left, insort
from collections import deque

from atalaya.errors import KlvError
from atalaya.ingest.ber import read_length
from atalaya.ingest.checksum import is_proved
from atalaya.ingest.keys import KEY_BYTES, SET_PREFIX

LONGEST_LENGTH_BYTES = 9
HEAD_BYTES = KEY_BYTES + LONGEST_LENGTH_BYTES
"""So many bytes are wanted to know a key and the length behind it."""

LONGEST_SURE_BYTES = 1 << 16
"""A longer packet is not waited for where the key inside it says that it is damaged."""

_MOST_UNDECIDED = 256


class KeyIndex:
    """Where keys of sets begin, and which of them begin packets whose sum and structure hold.

    Positions count from the first byte ever fed. Keys are asked for in rising order; work and memory stay
    in proportion to the bytes searched, whatever they are.
    """

    def __init__(self) -> None:
        self._searched = 0
        self._keys: deque[tuple[int, bytes]] = deque()
        self._same: dict[bytes, deque[int]] = {}
        self._undecided: list[tuple[int, int]] = []
        self._proved: list[int] = []

    def search(self, buffer: bytearray, base: int, until: int, *, final: bool) -> None:
        """Find the keys that begin before `until`, as far as they and their lengths are there.

        Args:
            buffer: the bytes held back.
            base: position of the first of them.
            until: a position.
            final: nothing comes after these bytes.
        """
        last = len(buffer) - (KEY_BYTES if final else HEAD_BYTES)
        stop = min(until - base, last + 1)
        at = max(self._searched - base, 0)
        while at < stop:
            at = buffer.find(SET_PREFIX, at, stop + len(SET_PREFIX) - 1)
            if at < 0:
                break
            self._enter(buffer, base, at)
            at += 1
        self._searched = max(self._searched, base + max(stop, 0))

    def forget(self, before: int) -> None:
        """Drop what lies before this position."""
        while self._keys and self._keys[0][0] < before:
            _, key = self._keys.popleft()
            self._same[key].popleft()
            if not self._same[key]:
                del self._same[key]
        self._undecided = [entry for entry in self._undecided if entry[0] >= before]
        del self._proved[: bisect_left(self._proved, before)]

    def next_same(self, key: bytes, after: int) -> int | None:
        """Where this key begins again behind `after`."""
        places = self._same.get(key, deque())
        return next((place for place in places if place > after), None)

    def next_proved(self, buffer: bytearray, base: int, after: int, before: int) -> int | None:
        """Where the first packet begins, between these positions, that is proved."""
        end = base + len(buffer)
        ready = [entry for entry in self._undecided if entry[1] <= end]
        if ready:
            self._undecided = [entry for entry in self._undecided if entry[1] > end]
            for place, stop in ready:
                self._decide(buffer, base, place, stop)
        first = bisect_left(self._proved, after + 1)
        found = self._proved[first] if first < len(self._proved) else before
        return found if found < before else None

    def undecided(self, before: int) -> bool:
        """Whether more bytes could still prove a packet that begins before this position."""
        return any(place < before for place, _ in self._undecided)

    def _enter(self, buffer: bytearray, base: int, at: int) -> None:
        key, place = bytes(buffer[at : at + KEY_BYTES]), base + at
        self._keys.append((place, key))
        self._same.setdefault(key, deque()).append(place)
        try:
            length, value = read_length(buffer, at + KEY_BYTES)
        except KlvError:
            return
        if length > LONGEST_SURE_BYTES:
            return
        if value + length <= len(buffer):
            self._decide(buffer, base, place, base + value + length)
        elif len(self._undecided) < _MOST_UNDECIDED:
            self._undecided.append((place, base + value + length))

    def _decide(self, buffer: bytearray, base: int, place: int, stop: int) -> None:
        if place >= base and is_proved(bytes(buffer[place - base : stop - base])):
            insort(self._proved, place)
