"""Numbers and equal byte strings of one item in many packets, compiled; see `column_numba`."""

from collections.abc import Callable
from typing import cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

from atalaya.ingest.codecs import Integer, Linear
from atalaya.ingest.column_block import NOT_THERE, Block, Numbers, Places
from atalaya.ingest.column_values import ABSENT, CODES
from atalaya.ingest.value import Codec, Flag

_ABSENT = ABSENT
_OK, _ZERO_LENGTH, _MALFORMED, _OUT_OF_RANGE, _ERROR = (
    CODES[flag]
    for flag in (Flag.OK, Flag.ZERO_LENGTH, Flag.MALFORMED, Flag.OUT_OF_RANGE, Flag.ERROR_INDICATOR)
)
_LARGEST, _SMALLEST = np.iinfo(np.int64).max, np.iinfo(np.int64).min

type Octets = NDArray[np.uint8]
type Longs = NDArray[np.int64]
type Ints = NDArray[np.int32]
type Words = NDArray[np.uint64]
type Floats = NDArray[np.float64]
type Whole = int | np.integer
type Truth = bool | np.bool


def compiled[F: Callable[..., object]](function: F) -> F:
    """The function, compiled at its first call; it keeps no lock while it runs."""
    return cast("F", njit(cache=True, nogil=True)(function))


def compiled_in_place[F: Callable[..., object]](function: F) -> F:
    """The same, written into whatever calls it."""
    return cast("F", njit(cache=True, nogil=True, inline="always")(function))


def fill_numbers(
    codec: Codec, block: Block, places: Places, slot: int, values: Numbers, flags: NDArray[np.uint8]
) -> bool:
    """Write values and flags of one item for all rows; False where that is not done here.

    Args:
        codec: of the item.
        block: the packets.
        places: where their values lie.
        slot: of the item.
        values: (N,) to be filled.
        flags: (N,) to be filled.
    """
    where = (block.octets, places.start, places.shape, places.end[slot], places.length[slot])
    if type(codec) is Linear and codec.size < 8 and values.dtype == np.float64:
        low = 0.0 if codec.signed else codec.low
        _fill_linear(*where, codec.size, codec.signed, codec.step, low, values.view(np.float64), flags)
        return True
    if type(codec) is not Integer or values.dtype == np.float64:
        return False
    if values.dtype == np.uint64 and (codec.high is not None or (codec.low or 0) > 0):
        return False
    low_count = _SMALLEST if codec.low is None or values.dtype == np.uint64 else codec.low
    high_count = _LARGEST if codec.high is None else codec.high
    if not _SMALLEST <= low_count <= high_count <= _LARGEST:
        return False
    sizes = (1, codec.longest) if codec.size is None else (codec.size, codec.size)
    _fill_integer(*where, *sizes, codec.signed, low_count, high_count, values.view(np.int64), flags)
    return True


def group_equal(block: Block, places: Places, slot: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """(N,) which distinct byte string each row has, -1 for none, and a row for each distinct one."""
    group = np.empty(len(block), dtype=np.int32)
    rows = np.empty(len(block), dtype=np.int32)
    words = np.ndarray((len(block.octets) - 7,), dtype=np.uint64, buffer=block.octets, strides=(1,))
    where = (words, places.start, places.shape, places.end[slot], places.length[slot])
    count = _group_equal(*where, group, rows) if len(block) else 0
    return group, rows[:count]


@compiled_in_place
def _count(octets: Octets, after: np.uint64, size: Whole, signed: Truth) -> np.int64:
    """Big-endian integer of up to eight bytes before a position; of eight unsigned ones the same bits."""
    if size == 2:
        count = np.int64(octets[after - np.uint64(2)]) << 8 | np.int64(octets[after - np.uint64(1)])
        return np.int64(np.int16(count)) if signed else count
    if size == 4:
        count = (
            np.int64(octets[after - np.uint64(4)]) << 24
            | np.int64(octets[after - np.uint64(3)]) << 16
            | np.int64(octets[after - np.uint64(2)]) << 8
            | np.int64(octets[after - np.uint64(1)])
        )
        return np.int64(np.int32(count)) if signed else count
    at = after - np.uint64(size)
    count = np.int64(octets[at])
    if signed and count >= 128:
        count -= 256
    while at + np.uint64(1) < after:
        at += np.uint64(1)
        count = count << 8 | np.int64(octets[at])
    return count


@compiled
def _no_value(length: Whole) -> Whole:
    """The flag of an item whose length is not one of its codec."""
    if length < 0:
        return _ABSENT
    return _ZERO_LENGTH if length == 0 else _MALFORMED


@compiled
def _fill_linear(
    octets: Octets,
    start: Longs,
    shape: Ints,
    ends: Ints,
    lengths: Ints,
    size: Whole,
    signed: Truth,
    step: float,
    low: float,
    values: Floats,
    flags: Octets,
) -> None:
    error = -(np.int64(1) << np.int64(8 * size - 1)) if signed else np.int64(_SMALLEST)
    for row in range(len(start)):
        length = lengths[shape[row]]
        if length != size:
            values[row], flags[row] = np.nan, _no_value(length)
            continue
        count = _count(octets, np.uint64(start[row] + ends[shape[row]]), size, signed)
        if count == error:
            values[row], flags[row] = np.nan, _ERROR
        else:
            values[row], flags[row] = np.float64(count) * step + low, _OK


@compiled
def _fill_integer(
    octets: Octets,
    start: Longs,
    shape: Ints,
    ends: Ints,
    lengths: Ints,
    shortest: Whole,
    longest: Whole,
    signed: Truth,
    low: Whole,
    high: Whole,
    values: Longs,
    flags: Octets,
) -> None:
    for row in range(len(start)):
        length = lengths[shape[row]]
        if length < shortest or length > longest:
            values[row], flags[row] = 0, _no_value(length)
            continue
        count = _count(octets, np.uint64(start[row] + ends[shape[row]]), length, signed)
        if count < low or count > high:
            values[row], flags[row] = 0, _OUT_OF_RANGE
        else:
            values[row], flags[row] = count, _OK


@compiled
def _group_equal(
    words: Words, start: Longs, shape: Ints, ends: Ints, lengths: Ints, group: Ints, rows: Ints
) -> Whole:
    """Fill `group`, and `rows` with the first of each; how many there are."""
    found = 0
    table = np.empty(0, dtype=np.int32)
    previous: Whole = NOT_THERE
    before, before_length = np.int64(0), np.int32(NOT_THERE)
    for row in range(len(start)):
        length = lengths[shape[row]]
        if length < 0:
            group[row] = NOT_THERE
            continue
        end = start[row] + ends[shape[row]]
        if length == before_length and _are_equal(words, end, before, length):
            group[row] = previous
            continue
        if found == 1:
            table = np.full(_table_size(len(start)), NOT_THERE, dtype=np.int32)
            table[_hash(words, before, before_length) & np.uint64(len(table) - 1)] = 0
        previous = 0
        if found:
            previous = _look_up(words, start, shape, ends, lengths, rows, found, table, end, length)
        if previous == found:
            rows[found] = row
            found += 1
        group[row] = previous
        before, before_length = end, length
    return found


@compiled
def _look_up(
    words: Words,
    start: Longs,
    shape: Ints,
    ends: Ints,
    lengths: Ints,
    rows: Ints,
    found: Whole,
    table: Ints,
    end: Whole,
    length: Whole,
) -> Whole:
    """The number of a value; `found`, noted in the table, where it is new."""
    last = np.uint64(len(table) - 1)
    place = _hash(words, end, length) & last
    while table[place] >= 0:
        number = np.int64(table[place])
        other = rows[number]
        if length == lengths[shape[other]] and _are_equal(
            words, end, start[other] + ends[shape[other]], length
        ):
            return number
        place = (place + np.uint64(1)) & last
    table[place] = found
    return np.int64(found)


@compiled
def _table_size(count: Whole) -> np.int64:
    """A power of two well above the count."""
    size = np.int64(64)
    while size < 4 * count:
        size *= 2
    return size


@compiled_in_place
def _are_equal(words: Words, end: Whole, other: Whole, length: Whole) -> Truth:
    """Whether two values of one length, by where they end, hold the same bytes."""
    differs: np.uint64 = np.uint64(0)
    left = np.int64(length)
    while left >= 8:
        differs |= np.uint64(words[end - left] ^ words[other - left])
        left -= 8
    if left:  # the last bytes are the high ones of their word
        differs |= np.uint64(words[end - 8] ^ words[other - 8]) >> np.uint64(64 - 8 * left)
    are_equal: Truth = differs == np.uint64(0)
    return are_equal


@compiled
def _hash(words: Words, end: Whole, length: Whole) -> np.uint64:
    """A number that depends on all bytes of a value; multiplications as in FNV-1a and MurmurHash."""
    total = np.uint64(0xCBF29CE484222325) ^ np.uint64(length)
    left = np.int64(length)
    while left >= 8:
        total = _mixed(total ^ np.uint64(words[end - left]))
        left -= 8
    if left:
        total = _mixed(total ^ np.uint64(words[end - 8]) >> np.uint64(64 - 8 * left))
    return total


@compiled
def _mixed(total: np.uint64) -> np.uint64:
    total *= np.uint64(0xFF51AFD7ED558CCD)
    return total ^ (total >> np.uint64(33))
