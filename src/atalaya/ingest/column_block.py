"""Many packets side by side in one buffer: where each begins and ends, where every value lies."""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from atalaya.ingest.checksum import ChecksumState
from atalaya.ingest.value import Codec

KEY_BYTES = 16
CHECKSUM_STATES: tuple[ChecksumState, ...] = tuple(ChecksumState)
"""What a code in a column of checksum states stands for."""

OK, FAILED, PAYLOAD_ONLY, NO_SUM = (CHECKSUM_STATES.index(state) for state in ChecksumState)
NOT_THERE = -1
LONGEST = 2**63 // 2
"""What a longer length, or a higher revision, is read as."""

MOST_UNKNOWN_TAGS = 256
"""Items of numbers that no catalogue knows get so many columns; more are only counted."""


type Numbers = NDArray[np.float64] | NDArray[np.int64] | NDArray[np.uint64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Packets that lie in one buffer, in its order.

    Args:
        octets: uint8, the buffer.
        start, body, end: (N,) int64: of the key, of the first item, behind the last byte; `body` equals `end`
            where the length cannot be read.
        announced: (N,) int64, bytes of items as the length says; NOT_THERE where it cannot be read.
    """

    octets: NDArray[np.uint8]
    start: NDArray[np.int64]
    body: NDArray[np.int64]
    end: NDArray[np.int64]
    announced: NDArray[np.int64]

    def __len__(self) -> int:
        """Packets."""
        return len(self.start)

    def rows(self, which: slice | NDArray[np.bool_]) -> "Block":
        """Some of its packets, in the same buffer."""
        return Block(
            octets=self.octets,
            start=self.start[which],
            body=self.body[which],
            end=self.end[which],
            announced=self.announced[which],
        )

    def narrowed(self) -> "Block":
        """The same packets in no more of the buffer than they need."""
        low, high = (int(self.start[0]), int(self.end[-1])) if len(self) else (0, 0)
        return Block(
            octets=self.octets[low:high],
            start=self.start - low,
            body=self.body - low,
            end=self.end - low,
            announced=self.announced,
        )


@dataclass(slots=True)
class Slots:
    """Which items were seen so far; an item's slot is its place in every table of places.

    Args:
        known: item numbers of the catalogue; others are seen up to MOST_UNKNOWN_TAGS.
        tags: of each slot, in the order of first sight.
        unknown: how many of them are not in the catalogue.
    """

    known: frozenset[int]
    tags: list[int] = field(default_factory=list)
    _slot_of: dict[int, int] = field(default_factory=dict)
    unknown: int = 0

    def slot(self, tag: int) -> int:
        """The slot of an item, a new one where it is seen for the first time; NOT_THERE: too many unknown."""
        found = self._slot_of.get(tag)
        if found is not None:
            return found
        if tag not in self.known:
            if self.unknown >= MOST_UNKNOWN_TAGS:
                return NOT_THERE
            self.unknown += 1
        self._slot_of[tag] = len(self.tags)
        self.tags.append(tag)
        return len(self.tags) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where the values of a block lie: packets of one shape hold the same items at the same places.

    Of an item that comes more than once in a packet, the last is meant.

    Args:
        start: (N,) int64, where each packet begins.
        shape: (N,) int32, which shape each packet has.
        end: (S, K) int32, by slot and shape: behind the last byte of the value, from the packet's start.
        length: (S, K) int32, bytes of the value; NOT_THERE where the shape has no such item.
        version: (N,) int64, what the first item of the set's version number says; NOT_THERE where nothing.
        stopped: (N,) bool, packets whose items could not be read to the end.
        left_out: items that got no slot.
    """

    start: NDArray[np.int64]
    shape: NDArray[np.int32]
    end: NDArray[np.int32]
    length: NDArray[np.int32]
    version: NDArray[np.int64]
    stopped: NDArray[np.bool_]
    left_out: int

    def of_rows(self, slot: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """(N,) ends in the buffer and lengths of one item's values."""
        return self.start + self.end[slot][self.shape], self.length[slot][self.shape]

    def value(self, octets: NDArray[np.uint8], slot: int, row: int) -> bytes:
        """The bytes of one item in one packet that has it."""
        shape = int(self.shape[row])
        end = int(self.start[row]) + int(self.end[slot, shape])
        return octets[end - int(self.length[slot, shape]) : end].tobytes()


class Engine(Protocol):
    """The steps that touch every packet; there is one in NumPy and one that is compiled."""

    name: str

    def chain(self, octets: NDArray[np.uint8], at: int, most: int) -> NDArray[np.int64]:
        """(M + 1,) edges of packets that follow each other without a gap from `at` on, M at most `most`.

        There may be more of them after the last; where M is 0 there are none.
        """

    def sums(self, block: Block) -> NDArray[np.uint8]:
        """(N,) what the sum of each packet says, as codes of CHECKSUM_STATES."""

    def walk(self, block: Block, slots: Slots, version_tag: int) -> Places:
        """Where the values lie.

        Args:
            block: packets whose bodies are walked.
            slots: grows by what is seen for the first time.
            version_tag: item that says the revision, NOT_THERE where the set has none.
        """

    def fill_numbers(
        self,
        codec: Codec,
        block: Block,
        places: Places,
        slot: int,
        values: Numbers,
        flags: NDArray[np.uint8],
    ) -> bool:
        """Write values and flags of one item for all rows; False where this engine leaves that to others."""

    def group_equal(
        self, block: Block, places: Places, slot: int
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Rows of one item that hold equal bytes.

        Returns:
            (N,) group of each row, NOT_THERE where the packet has no such item; (M,) a row of each group. Two
            groups may hold the same bytes.
        """


def words_at(octets: NDArray[np.uint8], end: NDArray[np.integer]) -> NDArray[np.uint64]:
    """The eight bytes before each position as a big-endian number; (N,) uint64.

    A shorter value is the low end of its number: what comes before it is to be shifted out. Every packet
    begins with a key of 16 bytes, so that no value ends before byte 8.
    """
    if not len(end):
        return np.zeros(0, dtype=np.uint64)
    every = np.ndarray((len(octets) - 7,), dtype=">u8", buffer=octets, strides=(1,))
    words: NDArray[np.uint64] = every[end - 8].astype(np.uint64)
    return words


def unsigned_of(words: NDArray[np.uint64], length: NDArray[np.integer]) -> NDArray[np.uint64]:
    """(N,) uint64 numbers of 1 to 8 bytes from `words_at`."""
    shift = (64 - 8 * length).astype(np.uint64)
    return words << shift >> shift


def signed_of(words: NDArray[np.uint64], length: NDArray[np.integer]) -> NDArray[np.int64]:
    """(N,) int64 numbers of 1 to 8 bytes in two's complement from `words_at`."""
    shift = (64 - 8 * length).astype(np.int64)
    return (words << shift.astype(np.uint64)).view(np.int64) >> shift


def read_lengths(
    octets: NDArray[np.uint8], at: NDArray[np.int64], stop: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """BER lengths, each as `ber.read_length` reads one.

    Args:
        octets: uint8, the buffer.
        at: (N,) where the lengths begin.
        stop: (N,) where the bytes end.

    Returns:
        (N,) lengths, at most LONGEST; (N,) positions behind them; (N,) bool, whether they can be read.
    """
    first = octets[np.minimum(at, len(octets) - 1)].astype(np.int64)
    count = np.where(first < 0x80, 0, first & 0x7F)
    after = at + 1 + count
    readable = (at < stop) & (first != 0x80) & (count <= 8) & (after <= stop)
    if not count.any():
        return first, after, readable
    long = np.flatnonzero(readable & (count > 0))
    length = first
    length[long] = np.minimum(
        unsigned_of(words_at(octets, after[long]), count[long]), np.uint64(LONGEST)
    ).astype(np.int64)
    return length, after, readable


def block_of(octets: NDArray[np.uint8], start: NDArray[np.int64], end: NDArray[np.int64]) -> Block:
    """A block of packets whose headers are read here.

    Args:
        octets: uint8, the buffer.
        start: (N,) where each begins.
        end: (N,) where each ends.
    """
    if not len(start):
        return Block(octets=octets, start=start, body=end, end=end, announced=end - start)
    announced, body, readable = read_lengths(octets, start + KEY_BYTES, end)
    return Block(
        octets=octets,
        start=start,
        body=np.where(readable, body, end),
        end=end,
        announced=np.where(readable, announced, NOT_THERE),
    )


def versions_of(
    octets: NDArray[np.uint8], end: NDArray[np.int64], length: NDArray[np.int32]
) -> NDArray[np.int64]:
    """(N,) revisions from where they are written; NOT_THERE where they are not, or have no bytes."""
    version = np.full(len(end), NOT_THERE, dtype=np.int64)
    said = np.flatnonzero((length > 0) & (length <= 8))
    numbers = unsigned_of(words_at(octets, end[said]), length[said])
    version[said] = np.minimum(numbers, np.uint64(LONGEST)).astype(np.int64)
    version[length > 8] = LONGEST
    return version
