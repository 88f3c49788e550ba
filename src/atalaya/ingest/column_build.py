"""Columns while they are filled, block by block."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from atalaya.errors import KlvError
from atalaya.ingest.ber import read_length, walk
from atalaya.ingest.codecs import Coded, Opaque
from atalaya.ingest.column_block import FAILED, KEY_BYTES, NO_SUM, NOT_THERE, Block, Engine, Places, Slots
from atalaya.ingest.column_item import ItemColumn
from atalaya.ingest.column_values import (
    ABSENT,
    CODES,
    DistinctValues,
    Numbers,
    NumberType,
    number_type,
    numbers_of,
)
from atalaya.ingest.local_set import ItemSpec, SetSpec
from atalaya.ingest.problems import ProblemLog
from atalaya.ingest.value import Codec, Flag

_MOST_REASONS = 100
_REPORTED = (Flag.MALFORMED, Flag.OUT_OF_RANGE, Flag.UNKNOWN_ITEM)
_CODE = {
    Flag.MALFORMED: "item-malformed",
    Flag.OUT_OF_RANGE: "item-out-of-range",
    Flag.UNKNOWN_ITEM: "unknown-item",
}
_MEANING = {
    Flag.MALFORMED: "bytes that cannot be read",
    Flag.OUT_OF_RANGE: "values out of range",
    Flag.UNKNOWN_ITEM: "the catalogue does not know it",
}
_OK, _ZERO_LENGTH, _OPAQUE, _UNKNOWN, _FAILED = (
    CODES[flag] for flag in (Flag.OK, Flag.ZERO_LENGTH, Flag.OPAQUE, Flag.UNKNOWN_ITEM, Flag.CHECKSUM_FAILED)
)


class _Column:
    """One item; its codec may depend on the revision (`epoch`) that a packet follows."""

    def __init__(self, tag: int, count: int, epochs: tuple[ItemSpec | None, ...]) -> None:
        self.tag = tag
        self.epochs = epochs
        codecs = [spec.codec for spec in epochs if spec is not None]
        self.is_opaque = any(isinstance(codec, Opaque) for codec in codecs)
        self.kind: NumberType | None = None if self.is_opaque or not codecs else number_type(codecs)
        self.flags = np.full(count, ABSENT, dtype=np.uint8)
        self.values: Numbers | NDArray[np.int32] = (
            np.broadcast_to(np.int32(-1), count)  # what has no value ever takes no room
            if self.is_opaque or not codecs
            else _no_values(self.kind, count)
        )
        self.distinct = DistinctValues()

    def put(
        self, first: int, block: Block, places: Places, slot: int, epoch: NDArray[np.intp] | None
    ) -> None:
        """Values and flags of one block, whose first row is `first`."""
        length = places.length[slot]
        there = np.flatnonzero(length != NOT_THERE)
        if epoch is None:
            self._put(self.epochs[-1], first, block, places, slot, there)
            return
        for number in np.unique(epoch[there]).tolist():
            self._put(self.epochs[number], first, block, places, slot, there[epoch[there] == number])

    def _put(
        self,
        spec: ItemSpec | None,
        first: int,
        block: Block,
        places: Places,
        slot: int,
        there: NDArray[np.intp],
    ) -> None:
        rows = first + there
        if spec is None or self.is_opaque:
            self.flags[rows] = _UNKNOWN if spec is None else _OPAQUE
            return
        end, length = places.end[slot][there], places.length[slot][there]
        if self.kind is None:
            self.values[rows], self.flags[rows] = self.distinct.indices(spec.codec, block.octets, end, length)
            return
        if not length.all():
            self.flags[rows[length == 0]] = _ZERO_LENGTH
            said = length > 0
            rows, end, length = rows[said], end[said], length[said]
        numbers, flags = numbers_of(spec.codec, block.octets, end, length)
        if self.kind is np.float64 and numbers.dtype != np.float64:
            numbers = np.where(flags == _OK, numbers.astype(np.float64), np.nan)
        self.values[rows], self.flags[rows] = numbers, flags

    def item(self) -> ItemColumn:
        """The column as others see it."""
        spec = next((spec for spec in reversed(self.epochs) if spec is not None), None)
        codec: Codec | None = None if spec is None else spec.codec
        unit = getattr(codec, "unit", None)
        return ItemColumn(
            tag=self.tag,
            name=None if spec is None or self.is_opaque else spec.name,
            unit=unit if isinstance(unit, str) else None,
            values=self.values,
            flags=self.flags,
            distinct=tuple(self.distinct.values) if self.kind is None else None,
            labels=codec.labels if isinstance(codec, Coded) else None,
        )


def _no_values(kind: NumberType | None, count: int) -> Numbers | NDArray[np.int32]:
    if kind is None:
        return np.full(count, -1, dtype=np.int32)
    if kind is np.float64:
        return np.full(count, np.nan)
    return np.zeros(count, dtype=np.uint64) if kind is np.uint64 else np.zeros(count, dtype=np.int64)


class ColumnBuilder:
    """Takes blocks in any order of rows, gives columns.

    Args:
        spec: the catalogue. count: rows in all. engine: walks. tags: items that are wanted, None for all.
    """

    def __init__(self, spec: SetSpec, count: int, engine: Engine, tags: frozenset[int] | None) -> None:
        self.spec = spec
        self.checksum = np.full(count, NO_SUM, dtype=np.uint8)
        self._engine = engine
        self._tags = tags
        self._needed = (tags or frozenset()) | {spec.time_tag, spec.version_tag}
        self._count = count
        self._columns: dict[int, _Column] = {}
        self._last_versions = np.array([last for last, _ in spec.revisions], dtype=np.int64)
        self._catalogues: list[Mapping[int, ItemSpec]] = [
            *(spec.items_of(last) for last, _ in spec.revisions),
            spec.items,
        ]
        self._slots = Slots(known=frozenset().union(*self._catalogues))
        self._damaged: list[tuple[int, str]] = []
        self._left_out = 0

    def put(self, first: int, block: Block, checksum: NDArray[np.uint8] | None = None) -> None:
        """Decode one block.

        Args:
            first: row of its first packet.
            block: some packets.
            checksum: (N,) what their sums say, where that is known.
        """
        rows = slice(first, first + len(block))
        if self.spec.checksum_tag is not None:
            self.checksum[rows] = self._engine.sums(block) if checksum is None else checksum
        version_tag = NOT_THERE if self.spec.version_tag is None else self.spec.version_tag
        places = self._engine.walk(block, self._slots, version_tag)
        epoch = self._epoch(places)
        for slot, tag in enumerate(self._slots.tags):
            if self._tags is None or tag in self._needed:
                self._column(tag).put(first, block, places, slot, epoch)
        failed = first + np.flatnonzero(self.checksum[rows] == FAILED)
        if len(failed):
            for column in self._columns.values():
                column.flags[failed[column.flags[failed] == _OK]] = _FAILED
        self._note_damage(first, block, places)

    def _epoch(self, places: Places) -> NDArray[np.intp] | None:
        """(N,) which catalogue each packet follows; None: all the current one."""
        if not len(self._last_versions):
            return None
        current = len(self._last_versions)
        epoch = np.searchsorted(self._last_versions, places.version, side="left")
        epoch = np.where(places.version == NOT_THERE, current, epoch)
        return None if bool((epoch == current).all()) else epoch

    def _column(self, tag: int) -> _Column:
        known = self._columns.get(tag)
        if known is None:
            epochs = tuple(catalogue.get(tag) for catalogue in self._catalogues)
            known = self._columns[tag] = _Column(tag, self._count, epochs)
        return known

    def _note_damage(self, first: int, block: Block, places: Places) -> None:
        self._left_out += places.left_out
        damaged = places.stopped | (block.announced != block.end - block.body)
        for row in np.flatnonzero(damaged).tolist():
            enough = len(self._damaged) >= _MOST_REASONS
            self._damaged.append((first + row, "" if enough else _reason(block, row)))

    def items(self) -> dict[int, ItemColumn]:
        """The columns that are wanted, by tag."""
        wanted = self._columns.keys() if self._tags is None else self._columns.keys() & self._tags
        return {tag: self._columns[tag].item() for tag in sorted(wanted)}

    def whole_numbers(self, tag: int | None) -> NDArray[np.int64]:
        """(N,) values of one item; -1 where there is none, or none that fits."""
        column = None if tag is None else self._columns.get(tag)
        if column is None or column.kind not in (np.int64, np.uint64):
            return np.full(self._count, -1, dtype=np.int64)
        fits = column.item().valid & (column.values <= np.iinfo(np.int64).max)
        return np.where(fits, column.values.astype(np.int64), -1)

    def report(self, log: ProblemLog, offset: NDArray[np.int64]) -> None:
        """What was not as it should be.

        Args:
            log: takes it.
            offset: (N,) where the packets lie.
        """
        for row, reason in self._damaged:
            log.report("set-damaged", reason, int(offset[row]))
        if self._left_out:
            log.report("unknown-item", f"{self._left_out} items of many other numbers are in no column")
        for tag, column in sorted(self._columns.items()):
            for flag in _REPORTED:
                rows = np.flatnonzero(column.flags == CODES[flag])
                if len(rows):
                    by_length = flag is Flag.MALFORMED and column.kind is not None
                    message = f"item {tag}: {len(rows)} of {self._count} packets, {_MEANING[flag]}"
                    log.report("item-length" if by_length else _CODE[flag], message, int(offset[rows[0]]))


def _reason(block: Block, row: int) -> str:
    """Why the items of one packet were not read to an end that is where it should be."""
    packet = block.octets[block.start[row] : block.end[row]].tobytes()
    try:
        announced, body = read_length(packet, KEY_BYTES)
        for _ in walk(packet, body):
            pass
    except KlvError as error:
        return str(error)
    return f"{announced} bytes were announced, {len(packet) - body} are there"
