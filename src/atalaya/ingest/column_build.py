"""Columns while they are filled, block by block."""

from collections.abc import Mapping
from typing import cast

import numpy as np
from numpy.typing import NDArray

from atalaya.errors import KlvError
from atalaya.ingest.ber import read_length, walk
from atalaya.ingest.codecs import Coded, Opaque
from atalaya.ingest.column_block import (
    FAILED,
    KEY_BYTES,
    NO_SUM,
    NOT_THERE,
    Block,
    Engine,
    Numbers,
    Places,
    Slots,
)
from atalaya.ingest.column_item import ItemColumn
from atalaya.ingest.column_numpy import equal_runs
from atalaya.ingest.column_values import (
    ABSENT,
    CODES,
    DistinctValues,
    NumberType,
    number_type,
    numbers_of,
)
from atalaya.ingest.local_set import ItemSpec, SetSpec, read_set
from atalaya.ingest.problems import ProblemLog
from atalaya.ingest.value import Codec, Flag

_MOST_REASONS = 100
_COLUMNS_AT_ONCE = 16
_REPORTED = {
    Flag.MALFORMED: ("item-malformed", "bytes that cannot be read"),
    Flag.OUT_OF_RANGE: ("item-out-of-range", "values out of range"),
    Flag.UNKNOWN_ITEM: ("unknown-item", "the catalogue does not know it"),
}
_OK, _ZERO_LENGTH, _OPAQUE, _UNKNOWN, _FAILED = (
    CODES[flag] for flag in (Flag.OK, Flag.ZERO_LENGTH, Flag.OPAQUE, Flag.UNKNOWN_ITEM, Flag.CHECKSUM_FAILED)
)

type Epochs = NDArray[np.intp]
"""(N,) which of the catalogues of a standard's revisions each packet follows."""


class _Room:
    """Arrays for the rows of columns, cut from large ones: large ones cost far fewer page faults."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._left: dict[type[np.generic], list[NDArray[np.generic]]] = {}

    def of(self, kind: type[np.generic]) -> NDArray[np.generic]:
        """(N,) of that type, filled with anything."""
        left = self._left.setdefault(kind, [])
        if not left:
            left += list(np.empty((_COLUMNS_AT_ONCE, self._count), dtype=kind))
        return left.pop()


class _Column:
    """One item; its codec may depend on the revision that a packet follows.

    Args:
        tag: item number. spec: its set. first: row where it was seen first. room: for its rows.
        catalogues: the item in the catalogue of each old revision, of one that is not said, and of the
            current one; None where there is none.
    """

    def __init__(
        self, tag: int, spec: SetSpec, first: int, room: _Room, catalogues: tuple[ItemSpec | None, ...]
    ) -> None:
        self.tag = tag
        self.set = spec
        self.is_refined = tag in spec.refined
        self.catalogues = catalogues
        codecs = [spec.codec for spec in catalogues if spec is not None]
        self.is_opaque = any(isinstance(codec, Opaque) for codec in codecs)
        self.has_values = bool(codecs) and not self.is_opaque
        self.kind: NumberType | None = number_type(codecs) if self.has_values else None
        self.distinct = DistinctValues()
        self.flags = cast("NDArray[np.uint8]", room.of(np.uint8))
        self.flags[:first] = ABSENT
        self.values: Numbers | NDArray[np.int32] = np.broadcast_to(np.int32(-1), len(self.flags))
        if self.has_values:
            self.values = cast("Numbers", room.of(np.int32 if self.kind is None else self.kind))
            self.values[:first] = self._nothing

    @property
    def _numbers(self) -> Numbers:
        """The values of an item that is a number."""
        return cast("Numbers", self.values)

    @property
    def _nothing(self) -> float:
        """What stands where there is no value."""
        if self.kind is None:
            return -1
        return float("nan") if self.kind is np.float64 else 0

    def put(
        self, engine: Engine, first: int, block: Block, places: Places, slot: int, epoch: Epochs | None
    ) -> None:
        """Values and flags of one block, whose first row is `first`."""
        spec = self.catalogues[-1]
        rows = slice(first, first + len(block))
        if (epoch is not None and not self.is_refined) or spec is None or self.is_opaque:
            self._put_by_revision(first, block, places, slot, epoch)
        elif self.is_refined:
            self._put_refined(engine, first, block, places, slot)
        elif self.kind is None:
            group, heads = engine.group_equal(block, places, slot)
            datas = [places.value(block.octets, slot, row) for row in heads.tolist()]
            self._put_groups(rows, group, self.distinct.table(spec.codec, datas))
        elif not engine.fill_numbers(spec.codec, block, places, slot, self._numbers[rows], self.flags[rows]):
            self._put_by_revision(first, block, places, slot, None)

    def _put_refined(self, engine: Engine, first: int, block: Block, places: Places, slot: int) -> None:
        """The same for an item that depends on the order of the items: once for each shape and value."""
        group, _ = engine.group_equal(block, places, slot)
        both = places.shape.astype(np.int64) << 32 | np.where(group < 0, 0, group + 1)
        _, heads, line = np.unique(both, return_index=True, return_inverse=True)
        found = [(-1, ABSENT) if group[row] < 0 else self._refined(block, row) for row in heads.tolist()]
        table = np.array(found, dtype=np.int32)
        rows = slice(first, first + len(block))
        self.values[rows], self.flags[rows] = table[line, 0], table[line, 1]

    def _refined(self, block: Block, row: int) -> tuple[int, int]:
        data = block.octets[block.body[row] : block.end[row]].tobytes()
        entries, _ = read_set(self.set, data)
        value = next(entry.value for entry in reversed(entries) if entry.tag == self.tag)
        return self.distinct.put((tuple(entry.tag for entry in entries), value.raw), value)

    def _put_by_revision(
        self, first: int, block: Block, places: Places, slot: int, epoch: Epochs | None
    ) -> None:
        rows = slice(first, first + len(block))
        self.flags[rows] = ABSENT
        if self.has_values:
            self.values[rows] = self._nothing
        end, length = places.of_rows(slot)
        there = np.flatnonzero(length != NOT_THERE)
        if epoch is None:
            self._put(self.catalogues[-1], block, first + there, end[there], length[there])
            return
        for number in np.unique(epoch[there]).tolist():
            some = there[epoch[there] == number]
            self._put(self.catalogues[number], block, first + some, end[some], length[some])

    def _put(
        self,
        spec: ItemSpec | None,
        block: Block,
        rows: NDArray[np.intp],
        end: NDArray[np.int64],
        length: NDArray[np.int32],
    ) -> None:
        if spec is None or self.is_opaque:
            self.flags[rows] = _UNKNOWN if spec is None else _OPAQUE
            return
        if self.kind is None:
            group, heads = equal_runs(block.octets, end, length)
            pairs = zip(end[heads].tolist(), length[heads].tolist(), strict=True)
            datas = [block.octets[last - size : last].tobytes() for last, size in pairs]
            self._put_groups(rows, group, self.distinct.table(spec.codec, datas))
            return
        if not length.all():
            self.flags[rows[length == 0]] = _ZERO_LENGTH
            said = length > 0
            rows, end, length = rows[said], end[said], length[said]
        numbers, flags = numbers_of(spec.codec, block.octets, end, length)
        if self.kind is np.float64 and numbers.dtype != np.float64:
            numbers = np.where(flags == _OK, numbers.astype(np.float64), np.nan)
        self.values[rows], self.flags[rows] = numbers, flags

    def _put_groups(
        self, rows: slice | NDArray[np.intp], group: NDArray[np.int32], table: NDArray[np.int32]
    ) -> None:
        """Index and flag of each row's group; the last line of the table is for rows of none."""
        if len(table) == 2 and bool((group == 0).all()):
            self.values[rows], self.flags[rows] = table[0]
        else:
            self.values[rows], self.flags[rows] = table[group, 0], table[group, 1]

    def item(self) -> ItemColumn:
        """The column as others see it."""
        spec = next((spec for spec in reversed(self.catalogues) if spec is not None), None)
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


class ColumnBuilder:
    """Takes blocks in the order of the rows, gives columns.

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
        self._room = _Room(count)
        self._columns: dict[int, _Column] = {}
        self._last_versions = np.array([last for last, _ in spec.revisions], dtype=np.int64)
        self._catalogues: list[Mapping[int, ItemSpec]] = [
            *(spec.items_of(last) for last, _ in spec.revisions),
            {**spec.items, **spec.undecided},
            spec.items,
        ]
        self._slots = Slots(known=frozenset().union(*self._catalogues))
        depends = spec.version_tag is not None and bool(spec.revisions)
        self._version_tag = spec.version_tag if depends and spec.version_tag is not None else NOT_THERE
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
        places = self._engine.walk(block, self._slots, self._version_tag)
        epoch = self._epoch(places)
        for slot, tag in enumerate(self._slots.tags):
            if self._tags is None or tag in self._needed:
                self._column(tag, first).put(self._engine, first, block, places, slot, epoch)
        failed = first + np.flatnonzero(self.checksum[rows] == FAILED)
        if len(failed):
            for column in self._columns.values():
                column.flags[failed[column.flags[failed] == _OK]] = _FAILED
        self._note_damage(first, block, places)

    def _epoch(self, places: Places) -> Epochs | None:
        """Which catalogue each packet follows; None: all the current one."""
        if self._version_tag == NOT_THERE:
            return None
        unsaid = len(self._last_versions)
        current = unsaid + 1
        epoch = np.searchsorted(self._last_versions, places.version, side="left")
        epoch = np.where(epoch == unsaid, current, epoch)
        epoch = np.where(places.version == NOT_THERE, unsaid if self.spec.undecided else current, epoch)
        return None if bool((epoch == current).all()) else epoch

    def _column(self, tag: int, first: int) -> _Column:
        known = self._columns.get(tag)
        if known is None:
            catalogues = tuple(catalogue.get(tag) for catalogue in self._catalogues)
            known = self._columns[tag] = _Column(tag, self.spec, first, self._room, catalogues)
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
            for flag, (code, meaning) in _REPORTED.items():
                rows = np.flatnonzero(column.flags == CODES[flag])
                if len(rows):
                    by_length = flag is Flag.MALFORMED and column.kind is not None
                    message = f"item {tag}: {len(rows)} of {self._count} packets, {meaning}"
                    log.report("item-length" if by_length else code, message, int(offset[rows[0]]))


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
