"""Sums, places and numbers of many packets, compiled: the same answers as in NumPy, packet by packet.

Compiled at the first call and kept beside the package (or in the user's cache): the next start is quick.
"""

import numpy as np
from numpy.typing import NDArray

from atalaya.ingest.column_block import (
    FAILED,
    KEY_BYTES,
    LONGEST,
    MOST_UNKNOWN_TAGS,
    NO_SUM,
    NOT_THERE,
    OK,
    PAYLOAD_ONLY,
    Block,
    Numbers,
    Places,
    Slots,
)
from atalaya.ingest.column_numba_values import (
    Ints,
    Longs,
    Octets,
    Truth,
    Whole,
    compiled,
    fill_numbers,
    group_equal,
)
from atalaya.ingest.splitter import LONGEST_PACKET_BYTES, SET_PREFIX
from atalaya.ingest.value import Codec

_PREFIX = np.frombuffer(SET_PREFIX, dtype=np.uint8)
_SMALL_TAGS = 256
_SPARE_SLOTS = 32
_SHORTEST_SUMMED = KEY_BYTES + 1 + 4
_SETS, _WAYS, _LONGEST_KEPT = 64, 4, 2048
"""Shapes are remembered by packet length: so many lengths, shapes of one length, and bytes at most."""

_USED, _SHAPES, _UNKNOWN_LEFT = 0, 1, 2
type Bools = NDArray[np.bool_]

_UNALIGNED = 24
"""Added to a row of places: rows a power of two apart would all want the same lines of the cache."""


class NumbaEngine:
    """See Engine."""

    name = "numba"

    def chain(self, octets: NDArray[np.uint8], at: int, most: int) -> NDArray[np.int64]:
        """See Engine."""
        edges = np.empty(most + 1, dtype=np.int64)
        count = _chain(octets, at, _PREFIX, edges)
        return edges[: count + 1]

    def sums(self, block: Block) -> NDArray[np.uint8]:
        """See Engine."""
        state = np.empty(len(block), dtype=np.uint8)
        _sums(block.octets, block.start, block.body, block.end, block.announced, state)
        return state

    def walk(self, block: Block, slots: Slots, version_tag: int) -> Places:
        """See Engine."""
        capacity = len(slots.tags) + _SPARE_SLOTS
        while (found := _places(block, slots, version_tag, capacity)) is None:
            capacity *= 4
        return found

    def fill_numbers(
        self,
        codec: Codec,
        block: Block,
        places: Places,
        slot: int,
        values: Numbers,
        flags: NDArray[np.uint8],
    ) -> bool:
        """See Engine."""
        return fill_numbers(codec, block, places, slot, values, flags)

    def group_equal(
        self, block: Block, places: Places, slot: int
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """See Engine."""
        return group_equal(block, places, slot)


def _places(block: Block, slots: Slots, version_tag: int, capacity: int) -> Places | None:
    """Where the values lie; None where there are more items than slots."""
    count = len(block)
    tags = np.full(capacity, NOT_THERE, dtype=np.int64)
    tags[: len(slots.tags)] = slots.tags
    counts = np.array([len(slots.tags), 0, MOST_UNKNOWN_TAGS - slots.unknown], dtype=np.int64)
    shape = np.empty(count, dtype=np.int32)
    end = np.empty((capacity, count + _UNALIGNED), dtype=np.int32)
    length = np.empty_like(end)
    version = np.full((count, 2), NOT_THERE, dtype=np.int64)
    stopped = np.zeros(count, dtype=np.bool_)
    left_out = np.zeros(count, dtype=np.int64)
    known = np.array(sorted(slots.known), dtype=np.int64)
    is_whole = _walk(
        block.octets,
        block.start,
        block.body,
        block.end,
        known,
        version_tag,
        tags,
        counts,
        shape,
        end,
        length,
        version,
        stopped,
        left_out,
    )
    if not is_whole:
        return None
    for tag in tags[len(slots.tags) : counts[_USED]].tolist():
        slots.slot(tag)
    versions = np.empty(count, dtype=np.int64)
    _versions(block.octets, block.start, shape, version, versions)
    return Places(
        start=block.start,
        shape=shape,
        end=end[: counts[_USED]],
        length=length[: counts[_USED]],
        version=versions,
        stopped=stopped[shape],
        left_out=int(left_out[shape].sum()),
    )


@compiled
def _read_length(octets: Octets, at: Whole, stop: Whole) -> tuple[Whole, Whole]:
    """(length, position behind it); the length NOT_THERE where it cannot be read."""
    if at >= stop:
        return np.int64(NOT_THERE), at
    first = np.int64(octets[at])
    at += 1
    if first < 128:
        return first, at
    count = first & 127
    if count < 1 or count > 8 or at + count > stop:
        return np.int64(NOT_THERE), at
    length = np.int64(0)
    for _ in range(count):
        length = min(length, np.int64(1) << 48) << 8 | np.int64(octets[at])  # longer than anything stays so
        at += 1
    return length, at


@compiled
def _read_oid(octets: Octets, at: Whole, stop: Whole) -> tuple[Whole, Whole]:
    """(number, position behind it); the number NOT_THERE where it cannot be read."""
    number = np.int64(0)
    for place in range(at, min(at + 8, stop)):
        byte = np.int64(octets[place])
        number = number << 7 | byte & 127
        if byte < 128:
            return number, place + 1
    return np.int64(NOT_THERE), at


@compiled
def _chain(octets: Octets, at: Whole, prefix: Octets, edges: Longs) -> Whole:
    """Fill `edges`; how many packets follow each other."""
    edges[0] = at
    count = 0
    stop = len(octets)
    while count + 1 < len(edges) and at + len(prefix) <= stop:
        for place in range(len(prefix)):
            if octets[at + place] != prefix[place]:
                return count
        length, body = _read_length(octets, at + KEY_BYTES, stop)
        if length < 0 or length > LONGEST_PACKET_BYTES or body + length > stop:
            return count
        at = body + length
        count += 1
        edges[count] = at
    return count


@compiled
def _running_sum(octets: Octets, start: Whole, stop: Whole) -> Whole:
    """As `checksum.running_sum`, of some bytes."""
    words = octets[start : start + (stop - start) // 2 * 2].view(np.uint16)
    total = np.uint32(0)
    for word in words:
        total += np.uint32(word >> 8) + np.uint32((word & 0xFF) << 8)
    if (stop - start) & 1:
        total += np.uint32(octets[stop - 1]) << 8
    return total & np.uint32(0xFFFF)


@compiled
def _sums(octets: Octets, start: Longs, body: Longs, end: Longs, announced: Longs, state: Octets) -> None:
    for row in range(len(start)):
        stop = end[row] - 2
        begin = start[row]
        if end[row] - begin < _SHORTEST_SUMMED or octets[stop - 2] != 1 or octets[stop - 1] != 2:
            state[row] = NO_SUM
            continue
        said = np.uint32(octets[stop]) << 8 | np.uint32(octets[stop + 1])
        if _running_sum(octets, begin, stop) == said:
            state[row] = OK
        elif announced[row] != NOT_THERE and _running_sum(octets, body[row], stop) == said:
            state[row] = PAYLOAD_ONLY
        else:
            state[row] = FAILED


@compiled
def _walk(
    octets: Octets,
    start: Longs,
    body: Longs,
    end: Longs,
    known: Longs,
    version_tag: Whole,
    tags: Longs,
    counts: Longs,
    shape: Ints,
    place_end: Ints,
    place_length: Ints,
    version: Longs,
    stopped: Bools,
    left_out: Longs,
) -> Truth:
    """Fill what comes after `known`; whether the slots were enough."""
    slot_of = np.full(_SMALL_TAGS, NOT_THERE, dtype=np.int64)
    for slot in range(counts[_USED]):
        if tags[slot] < _SMALL_TAGS:
            slot_of[tags[slot]] = slot
    kept_length = np.full(_SETS * _WAYS, NOT_THERE, dtype=np.int64)
    kept_shape = np.empty(_SETS * _WAYS, dtype=np.int32)
    kept = np.empty((_SETS * _WAYS, _LONGEST_KEPT), dtype=np.uint8)
    is_structure = np.empty((_SETS * _WAYS, _LONGEST_KEPT), dtype=np.uint8)
    turn = np.zeros(_SETS, dtype=np.int64)
    spare = np.empty(_LONGEST_KEPT, dtype=np.uint8)
    for row in range(len(start)):
        packet = octets[start[row] : end[row]]
        first = len(packet) % _SETS * _WAYS
        found = np.int32(NOT_THERE)
        for place in range(first, first + _WAYS):
            if kept_length[place] == len(packet) and _same(packet, kept[place], is_structure[place]):
                found = kept_shape[place]
                break
        if found < 0:
            found = np.int32(counts[_SHAPES])
            counts[_SHAPES] += 1
            is_kept = len(packet) <= _LONGEST_KEPT
            place = first + turn[first // _WAYS] % _WAYS
            mask = is_structure[place] if is_kept else spare[:0]
            mask[:] = 255
            mask[:KEY_BYTES] = 0
            if not _walk_one(
                packet,
                body[row] - start[row],
                found,
                known,
                version_tag,
                tags,
                counts,
                slot_of,
                place_end,
                place_length,
                version,
                stopped,
                left_out,
                mask,
            ):
                return False
            if is_kept:
                kept_length[place] = len(packet)
                kept_shape[place] = found
                kept[place, : len(packet)] = packet
                turn[first // _WAYS] += 1
        shape[row] = found
    return True


@compiled
def _same(packet: Octets, other: Octets, is_structure: Octets) -> Truth:
    """Whether the bytes that say where values lie are the same."""
    whole = len(packet) // 8 * 8
    ours, theirs = packet[:whole].view(np.uint64), other[:whole].view(np.uint64)
    mask = is_structure[:whole].view(np.uint64)
    differs = np.uint64(0)
    for place in range(len(ours)):
        differs |= (ours[place] ^ theirs[place]) & mask[place]
    for place in range(whole, len(packet)):
        differs |= np.uint64((packet[place] ^ other[place]) & is_structure[place])
    is_same: Truth = differs == np.uint64(0)
    return is_same


@compiled
def _walk_one(
    packet: Octets,
    at: Whole,
    number: Whole,
    known: Longs,
    version_tag: Whole,
    tags: Longs,
    counts: Longs,
    slot_of: Longs,
    place_end: Ints,
    place_length: Ints,
    version: Longs,
    stopped: Bools,
    left_out: Longs,
    mask: Octets,
) -> Truth:
    """Place the items of one shape; whether the slots were enough."""
    place_length[: counts[_USED], number] = NOT_THERE
    while at < len(packet):
        tag, after = _read_oid(packet, at, len(packet))
        length, begin = _read_length(packet, after, len(packet))
        if tag < 0 or length < 0 or length > len(packet) - begin:
            stopped[number] = True
            return True
        at = begin + length
        mask[begin:at] = 0
        slot = slot_of[tag] if tag < _SMALL_TAGS else _find(tags, counts[_USED], tag)
        if slot < 0:
            slot = _new_slot(tag, known, tags, counts)
            if slot >= len(tags):
                return False
            if slot < 0:
                left_out[number] += 1
                continue
            place_length[slot, : number + 1] = NOT_THERE
            if tag < _SMALL_TAGS:
                slot_of[tag] = slot
        place_end[slot, number] = at
        place_length[slot, number] = length
        if tag == version_tag and version[number, 1] == NOT_THERE:
            version[number, 0] = at
            version[number, 1] = length
    return True


@compiled
def _new_slot(tag: Whole, known: Longs, tags: Longs, counts: Longs) -> Whole:
    """A slot for an item; beyond the last where there is none left, NOT_THERE where it gets none."""
    is_known = _is_in(known, tag)
    if not is_known and counts[_UNKNOWN_LEFT] <= 0:
        return NOT_THERE
    slot: Whole = counts[_USED]
    if slot < len(tags):
        tags[slot] = tag
        counts[_USED] += 1
        if not is_known:
            counts[_UNKNOWN_LEFT] -= 1
    return slot


@compiled
def _versions(octets: Octets, start: Longs, shape: Ints, version: Longs, versions: Longs) -> None:
    """As `versions_of`, from where each shape says its revision."""
    for row in range(len(start)):
        length = version[shape[row], 1]
        if length <= 0:
            versions[row] = NOT_THERE
            continue
        end = start[row] + version[shape[row], 0]
        number = np.int64(0)
        for place in range(end - length, end):
            number = min(number, np.int64(LONGEST >> 8)) << 8 | np.int64(octets[place])
        versions[row] = number if length <= 8 and number < LONGEST else np.int64(LONGEST)


@compiled
def _find(tags: Longs, used: Whole, tag: Whole) -> Whole:
    for slot in range(used):
        if tags[slot] == tag:
            return slot
    return NOT_THERE


@compiled
def _is_in(known: Longs, tag: Whole) -> Truth:
    place = np.searchsorted(known, tag)
    return place < len(known) and known[place] == tag
