"""Sums and places of many packets in NumPy: packets of one shape at once, all others in step.

A shape is where tags and lengths stand. The common stream has few: one packet of each is walked, and the
bytes that say where its values lie are compared with those of all packets of its length.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.errors import KlvError
from atalaya.ingest.ber import Item, walk
from atalaya.ingest.column_block import (
    FAILED,
    KEY_BYTES,
    NO_SUM,
    NOT_THERE,
    OK,
    PAYLOAD_ONLY,
    Block,
    Numbers,
    Places,
    Slots,
    read_lengths,
    versions_of,
)
from atalaya.ingest.column_values import numbers_of
from atalaya.ingest.splitter import LONGEST_PACKET_BYTES, SET_PREFIX
from atalaya.ingest.value import Codec

_WINDOW_BYTES = 2 << 20
_SHAPES_OF_ONE_LENGTH = 8
_FEWEST_OF_A_SHAPE = 24
_FEWEST_IN_STEP = 8
_CLOSING_BYTES = 4
_CLOSING = (1, 2)


def running_sums(
    octets: NDArray[np.uint8], start: NDArray[np.int64], stop: NDArray[np.int64]
) -> NDArray[np.uint16]:
    """(N,) running sums of the bytes from `start` to `stop`, each as `checksum.running_sum`."""
    sums = np.zeros(len(start), dtype=np.uint16)
    for odd in (0, 1):
        rows = np.flatnonzero((start & 1 == odd) & (stop - start >= 2))
        if not len(rows):
            continue
        aligned = octets[odd : odd + (len(octets) - odd) // 2 * 2].view(np.dtype("=u2"))
        words = np.append(aligned.byteswap() if sys.byteorder == "little" else aligned, np.uint16(0))
        edges = np.stack(((start[rows] - odd) // 2, (stop[rows] - odd) // 2), axis=1).ravel()
        sums[rows] = np.add.reduceat(words, edges, dtype=np.uint16)[::2]
    left_over = np.flatnonzero((stop - start) & 1 == 1)
    sums[left_over] += octets[stop[left_over] - 1].astype(np.uint16) << 8
    return sums


class _Table:
    """Places while they are found; grows with the slots."""

    def __init__(self, block: Block, slots: Slots, version_tag: int) -> None:
        self.block = block
        self.slots = slots
        self.version_tag = version_tag
        self.shape = np.zeros(len(block), dtype=np.int32)
        self.shapes = 0
        self.end = np.zeros((max(len(self.slots.tags), 1), len(block)), dtype=np.int32)
        self.length = np.full(self.end.shape, NOT_THERE, dtype=np.int32)
        self.version_end = np.zeros(len(block), dtype=np.int64)
        self.version_length = np.full(len(block), NOT_THERE, dtype=np.int32)
        self.stopped = np.zeros(len(block), dtype=np.bool_)
        self.left_out = np.zeros(len(block), dtype=np.int64)

    def new_shape(self, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        """The number of a shape that some packets have."""
        self.shape[rows] = self.shapes
        self.shapes += 1
        return np.array([self.shapes - 1], dtype=np.intp)

    def new_shapes(self, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        """A shape of its own for each of some packets."""
        shapes = np.arange(self.shapes, self.shapes + len(rows))
        self.shape[rows] = shapes
        self.shapes += len(rows)
        return shapes

    def put(
        self,
        tag: int,
        shapes: NDArray[np.intp],
        end: NDArray[np.int64] | int,
        length: NDArray[np.int64] | int,
    ) -> None:
        """Note where an item lies in some shapes; what was noted of it before is forgotten."""
        if tag == self.version_tag:
            first = self.version_length[shapes] == NOT_THERE
            self.version_end[shapes[first]] = np.broadcast_to(end, len(shapes))[first]
            self.version_length[shapes[first]] = np.broadcast_to(length, len(shapes))[first]
        slot = self.slots.slot(tag)
        if slot == NOT_THERE:
            self.left_out[shapes] += 1
            return
        if slot >= len(self.end):
            more = max(slot + 1 - len(self.end), len(self.end))
            self.end = np.pad(self.end, ((0, more), (0, 0)))
            self.length = np.pad(self.length, ((0, more), (0, 0)), constant_values=NOT_THERE)
        self.end[slot, shapes] = end
        self.length[slot, shapes] = length

    def places(self) -> Places:
        """All that was found."""
        count = len(self.slots.tags)
        start, shape = self.block.start, self.shape
        version_end = start + self.version_end[shape]
        return Places(
            start=start,
            shape=shape,
            end=self.end[:count],
            length=self.length[:count],
            version=versions_of(self.block.octets, version_end, self.version_length[shape]),
            stopped=self.stopped[shape],
            left_out=int(self.left_out[shape].sum()),
        )


def equal_runs(
    octets: NDArray[np.uint8], end: NDArray[np.int64], length: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Runs of equal values among those of one length.

    Returns:
        (N,) run of each row; (M,) the first row of each run, in order.
    """
    group = np.empty(len(end), dtype=np.int32)
    heads: list[NDArray[np.intp]] = []
    count = 0
    for size in np.unique(length).tolist():
        rows = np.flatnonzero(length == size)
        changes = np.zeros(len(rows), dtype=np.bool_)
        changes[0] = True
        if size:
            every = np.ndarray((len(octets) - size + 1,), dtype=f"V{size}", buffer=octets, strides=(1,))
            values = every[end[rows] - size].view(np.uint8).reshape(len(rows), size)
            changes[1:] = (values[1:] != values[:-1]).any(axis=1)
        group[rows] = count + np.cumsum(changes) - 1
        heads.append(rows[changes])
        count += len(heads[-1])
    rows = np.concatenate([np.zeros(0, dtype=np.intp), *heads]).astype(np.int32)
    order = np.argsort(rows)
    rank = np.empty_like(rows)
    rank[order] = np.arange(len(rows), dtype=np.int32)
    return (rank[group] if count else group).astype(np.int32), rows[order].astype(np.int32)


class NumpyEngine:
    """See Engine."""

    name = "numpy"

    def chain(self, octets: NDArray[np.uint8], at: int, most: int) -> NDArray[np.int64]:
        """See Engine."""
        window = octets[at : at + _WINDOW_BYTES]
        data = window.tobytes()
        found: list[int] = []
        place = 0 if data.startswith(SET_PREFIX) else -1
        while place >= 0 and len(found) <= most:
            found.append(place)
            place = data.find(SET_PREFIX, place + KEY_BYTES)
        start = np.array(found, dtype=np.int64)
        length, body, readable = read_lengths(window, start + KEY_BYTES, np.full(len(start), len(window)))
        end = np.where(readable & (length <= LONGEST_PACKET_BYTES), body + length, len(window) + 1)
        follows = np.append(start[1:], end[-1:]) == end
        whole = np.flatnonzero(~(follows & (end <= len(window))))
        count = min(int(whole[0]) if len(whole) else len(start), most)
        return at + np.append(np.int64(0), end[:count])

    def sums(self, block: Block) -> NDArray[np.uint8]:
        """See Engine."""
        octets, end = block.octets, block.end
        state = np.full(len(block), NO_SUM, dtype=np.uint8)
        summed = np.flatnonzero(end - block.start >= KEY_BYTES + 1 + _CLOSING_BYTES)
        for back, wanted in zip((4, 3), _CLOSING, strict=True):
            summed = summed[octets[end[summed] - back] == wanted]
        if not len(summed):
            return state
        stop = end[summed] - 2
        said = octets[stop].astype(np.uint16) << 8 | octets[stop + 1]
        good = running_sums(octets, block.start[summed], stop) == said
        state[summed] = np.where(good, OK, FAILED)
        wrong, stop, said = summed[~good], stop[~good], said[~good]
        whole = (block.announced[wrong] != NOT_THERE) & (
            running_sums(octets, block.body[wrong], stop) == said
        )
        state[wrong[whole]] = PAYLOAD_ONLY
        return state

    def walk(self, block: Block, slots: Slots, version_tag: int) -> Places:
        """See Engine."""
        table = _Table(block, slots, version_tag)
        singles = [_walk_shapes(table, rows) for rows in _by_length(block)]
        if singles:
            _walk_in_step(table, np.concatenate(singles))
        return table.places()

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
        end, length = places.of_rows(slot)
        if not (length > 0).all():
            return False
        values[:], flags[:] = numbers_of(codec, block.octets, end, length)
        return True

    def group_equal(
        self, block: Block, places: Places, slot: int
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """See Engine."""
        end, length = places.of_rows(slot)
        group = np.full(len(end), NOT_THERE, dtype=np.int32)
        there = np.flatnonzero(length != NOT_THERE)
        group[there], rows = equal_runs(block.octets, end[there], length[there])
        return group, there[rows].astype(np.int32)


def _by_length(block: Block) -> Iterator[NDArray[np.intp]]:
    """Rows of packets that are equally long."""
    lengths = block.end - block.start
    order = np.argsort(lengths, kind="stable")
    yield from np.split(order, np.flatnonzero(np.diff(lengths[order])) + 1)


def _walk_shapes(table: _Table, rows: NDArray[np.intp]) -> NDArray[np.intp]:
    """Place the items of equally long packets shape by shape; gives the rows of packets left over."""
    if len(rows) < _FEWEST_OF_A_SHAPE:
        return rows
    block = table.block
    start, length = block.start[rows], int(block.end[rows[0]] - block.start[rows[0]])
    every = np.ndarray(
        (len(block.octets) - length + 1,), dtype=f"V{length}", buffer=block.octets, strides=(1,)
    )
    octets = every[start].view(np.uint8).reshape(len(rows), length)
    for _ in range(_SHAPES_OF_ONE_LENGTH):
        row = rows[0]
        shape = _shape(octets[0].tobytes(), int(block.body[row] - block.start[row]))
        same = (octets[:, shape.structure] == octets[0, shape.structure]).all(axis=1)
        if same.all():
            _put_shape(table, shape, rows)
            return rows[:0]
        _put_shape(table, shape, rows[same])
        few = np.count_nonzero(same) < _FEWEST_OF_A_SHAPE
        rows, octets = rows[~same], octets[~same]
        if few or len(rows) < _FEWEST_OF_A_SHAPE:
            break
    return rows


@dataclass(frozen=True, slots=True)
class _Shape:
    items: list[Item]
    structure: NDArray[np.intp]
    stopped: bool


def _shape(packet: bytes, body: int) -> _Shape:
    """Items of one packet, and which of its bytes say where they are."""
    items: list[Item] = []
    is_value = np.zeros(len(packet), dtype=np.bool_)
    is_value[:KEY_BYTES] = True
    stopped = False
    try:
        for item in walk(packet, body):
            items.append(item)
            is_value[item.start : item.end] = True
    except KlvError:
        stopped = True
    return _Shape(items, np.flatnonzero(~is_value), stopped)


def _put_shape(table: _Table, shape: _Shape, rows: NDArray[np.intp]) -> None:
    number = table.new_shape(rows)
    table.stopped[number] = shape.stopped
    for item in shape.items:
        table.put(item.tag, number, item.end, item.length)


def _walk_in_step(table: _Table, rows: NDArray[np.intp]) -> None:
    """Place the items of packets of any shape: the first of each, then the second of each, and so on."""
    block = table.block
    shapes = table.new_shapes(rows)
    start, at, stop = block.start[rows], block.body[rows], block.end[rows]
    more = at < stop
    while np.count_nonzero(more) >= _FEWEST_IN_STEP:
        shapes, start, at, stop = shapes[more], start[more], at[more], stop[more]
        tag, after, is_tag = _read_oids(block.octets, at, stop)
        length, begin, is_length = read_lengths(block.octets, after, stop)
        good = is_tag & is_length & (length <= stop - begin)
        table.stopped[shapes[~good]] = True
        at = np.where(good, begin + length, stop)
        for one in np.unique(tag[good]).tolist():
            of_tag = np.flatnonzero(good & (tag == one))
            table.put(one, shapes[of_tag], (at - start)[of_tag], length[of_tag])
        more = at < stop
    for number in np.flatnonzero(more).tolist():
        _walk_one(table, shapes[number : number + 1], slice(at[number], stop[number]), int(start[number]))


def _walk_one(table: _Table, shape: NDArray[np.intp], where: slice, start: int) -> None:
    """Place the rest of the items of one packet."""
    try:
        for item in walk(table.block.octets[where].tobytes()):
            table.put(item.tag, shape, where.start - start + item.end, item.length)
    except KlvError:
        table.stopped[shape] = True


def _read_oids(
    octets: NDArray[np.uint8], at: NDArray[np.int64], stop: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """BER-OID numbers, positions behind them, and whether they can be read; see `ber.read_oid`."""
    byte = octets[at]
    number, after = (byte & 0x7F).astype(np.int64), at + 1
    readable = np.ones(len(at), dtype=np.bool_)
    unended = np.flatnonzero(byte >= 0x80)
    for _ in range(7):
        readable[unended[after[unended] >= stop[unended]]] = False
        unended = unended[after[unended] < stop[unended]]
        if not len(unended):
            return number, after, readable
        byte = octets[after[unended]]
        number[unended] = number[unended] << 7 | (byte & 0x7F)
        after[unended] += 1
        unended = unended[byte >= 0x80]
    readable[unended] = False
    return number, after, readable
