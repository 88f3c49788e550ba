"""All packets of a source in columns, standard by standard."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from atalaya.ingest.column_engine import EngineName
from atalaya.ingest.columns import ABSENT, FLAGS, ItemColumn, KlvColumns, decode_bytes, decode_columns
from atalaya.ingest.local_set import Nested
from atalaya.ingest.metadata_stream import KlvPacket
from atalaya.ingest.packet import DecodedPacket
from atalaya.ingest.standards.catalogue import LOCAL_SETS_BY_KEY, SETS_BY_STANDARD
from atalaya.ingest.value import Value

_KEY_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceColumns:
    """Packets of a source.

    Args:
        index: for each of `columns` the (N,) numbers of its packets in the source, from 0.
        columns: one for each local set that has packets, in the order of their first packet.
        others: numbers of the packets that no local set's catalogue reads: universal sets, unknown keys.
    """

    index: tuple[NDArray[np.int64], ...]
    columns: tuple[KlvColumns, ...]
    others: tuple[int, ...]


def source_columns(packets: Sequence[KlvPacket], *, engine: EngineName = "auto") -> SourceColumns:
    """Every packet of a source in the columns of its standard.

    Args:
        packets: in the order of the source.
        engine: see `decode_columns`.
    """
    by_key: dict[bytes, list[int]] = {}
    for number, packet in enumerate(packets):
        by_key.setdefault(packet.data[:_KEY_BYTES], []).append(number)
    known = [(spec, by_key[key]) for key in by_key if (spec := LOCAL_SETS_BY_KEY.get(key)) is not None]
    others = [number for key, numbers in by_key.items() if key not in LOCAL_SETS_BY_KEY for number in numbers]
    return SourceColumns(
        index=tuple(np.array(numbers, dtype=np.int64) for _, numbers in known),
        columns=tuple(
            decode_columns([packets[number] for number in numbers], spec=spec, engine=engine)
            for spec, numbers in known
        ),
        others=tuple(sorted(others)),
    )


def bare_columns(data: bytes, *, engine: EngineName = "auto") -> tuple[KlvColumns, ...]:
    """Bare KLV in columns, without an object for each packet: one for each local set that has packets.

    Args:
        data: the whole source.
        engine: see `decode_bytes`.
    """
    first = LOCAL_SETS_BY_KEY.get(data[:_KEY_BYTES])
    if first is not None:
        only = decode_bytes(data, spec=first, engine=engine)
        if int(only.length.sum()) == len(data):  # no byte is left for a packet of another key
            return (only,)
    found = sorted((at, key) for key in LOCAL_SETS_BY_KEY if (at := data.find(key)) >= 0)
    columns = (decode_bytes(data, spec=LOCAL_SETS_BY_KEY[key], engine=engine) for _, key in found)
    return tuple(one for one in columns if len(one))


def in_their_revisions(source: SourceColumns, decoded: Sequence[DecodedPacket]) -> SourceColumns:
    """The same columns, sets inside packets read by the revision that their stream said last.

    Columns look at each packet alone; a producer may say the revision of a nested set only now and then.

    Args:
        source: of a source's packets.
        decoded: all of them, in the order of the source.
    """
    columns = tuple(
        replace(
            one, items=MappingProxyType(dict(_nested_anew(one, [decoded[row] for row in index.tolist()])))
        )
        for index, one in zip(source.index, source.columns, strict=True)
    )
    return replace(source, columns=columns)


def _nested_anew(columns: KlvColumns, packets: Sequence[DecodedPacket]) -> Iterator[tuple[int, ItemColumn]]:
    spec = SETS_BY_STANDARD.get(columns.standard)
    for tag, column in columns.items.items():
        known = None if spec is None else spec.items.get(tag)
        nested = known is not None and isinstance(known.codec, Nested) and column.distinct is not None
        yield tag, _column_anew(column, packets) if nested else column


def _column_anew(column: ItemColumn, packets: Sequence[DecodedPacket]) -> ItemColumn:
    values = np.full(len(packets), -1, dtype=np.int32)
    flags = np.full(len(packets), ABSENT, dtype=np.uint8)
    numbers: dict[tuple[bytes, tuple[tuple[str, int], ...]], int] = {}
    distinct: list[Value] = []
    for row, packet in enumerate(packets):
        said = [entry.value for entry in packet.entries if entry.tag == column.tag]
        if not said:
            continue
        value = said[-1]
        flags[row] = FLAGS.index(value.flag)
        if value.value is None:
            continue
        key = value.raw, tuple(sorted(packet.said.items()))
        if key not in numbers:
            numbers[key] = len(distinct)
            distinct.append(value)
        values[row] = numbers[key]
    return replace(column, values=values, flags=flags, distinct=tuple(distinct))
