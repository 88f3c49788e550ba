"""KLV in columns as one Parquet table: a row for each packet, values with validity, flags beside them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from atalaya.ingest.columns import ABSENT, CHECKSUM_STATES, FLAGS, ItemColumn, KlvColumns
from atalaya.ingest.packet_rows import HEAD_COLUMNS, columns_of
from atalaya.ingest.source_columns import SourceColumns
from atalaya.ingest.value import Value, decoded_json

FORMAT = b"1"
"""Version of the layout, under `atalaya` in the file's metadata."""

_TYPES = {"index": pa.int64(), "offset": pa.int64(), "pid": pa.int32(), "pts_s": pa.float64()}
_WORDS = pa.dictionary(pa.int32(), pa.string())


def write_parquet(source: SourceColumns, rows: Sequence[Mapping[str, Any]], file: BinaryIO) -> None:
    """Write one table, in the order of the source.

    Args:
        source: packets of local sets.
        rows: the other packets, as `packet_row` gives them, with their `index`.
        file: to write to.
    """
    several = len(source.columns) + bool(rows) > 1
    tables = [
        _table(index, columns, prefix=f"{columns.standard}:" if several else "")
        for index, columns in zip(source.index, source.columns, strict=True)
    ]
    tables += [_table_of_rows(rows, prefix="" if not several else "other:")] if rows else []
    if not tables:
        tables = [_table(np.empty(0, dtype=np.int64), None, prefix="")]
    whole = pa.concat_tables(tables, promote_options="default").sort_by("index")
    whole = whole.replace_schema_metadata({**(whole.schema.metadata or {}), b"atalaya": FORMAT})
    pq.write_table(whole, file, compression="zstd")


def _table(index: NDArray[np.int64], columns: KlvColumns | None, *, prefix: str) -> pa.Table:
    if columns is None:
        return pa.table({"index": pa.array(index)})
    count = len(columns)
    unknown = np.isnan(columns.pts_s)
    arrays: dict[str, pa.Array] = {
        "index": pa.array(index),
        "offset": pa.array(columns.offset),
        "pid": pa.array(columns.pid, mask=columns.pid < 0),
        "pts_s": pa.array(columns.pts_s, mask=unknown),
        "utc": pa.array(columns.time_us, mask=columns.time_us < 0).cast(pa.timestamp("us", "UTC")),
        "set": pa.array([columns.standard] * count, pa.string()),
        "version": pa.array(columns.version, mask=columns.version < 0),
        "checksum": _coded(columns.checksum, [str(state) for state in CHECKSUM_STATES], None),
    }
    fields = [pa.field(name, array.type) for name, array in arrays.items()]
    for column in columns.items.values():
        for field, array in _of_item(column, prefix):
            fields.append(field)
            arrays[field.name] = array
    return pa.Table.from_arrays(list(arrays.values()), schema=pa.schema(fields))


def _of_item(column: ItemColumn, prefix: str) -> Iterator[tuple[pa.Field, pa.Array]]:
    unit = "" if column.unit is None else f" [{column.unit}]"
    name = f"{prefix}{column.tag} {column.name or ''}".rstrip() + unit
    facts = {"tag": column.tag, "name": column.name, "unit": column.unit}
    if column.labels is not None:
        facts["labels"] = json.dumps({str(code): word for code, word in column.labels.items()})
    told = {key: str(fact) for key, fact in facts.items() if fact is not None}
    array = _values(column)
    yield pa.field(name, array.type, metadata=told), array
    flags = _coded(column.flags, [str(flag) for flag in FLAGS], ABSENT)
    yield pa.field(f"{name} flag", flags.type), flags


def _values(column: ItemColumn) -> pa.Array:
    """Numbers as they are; all else as text, sets and lists as JSON, null where there is no value."""
    unknown = ~column.valid
    if column.distinct is None:
        return pa.array(column.values, mask=unknown)
    words = [_text(value) for value in column.distinct]
    indices = np.where(unknown, 0, column.values).astype(np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(indices, mask=unknown), pa.array(words, pa.string()))


def _text(value: Value) -> str:
    said = decoded_json(value.value)
    return said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)


def _coded(codes: NDArray[np.uint8], words: list[str], absent: int | None) -> pa.Array:
    missing = np.zeros(len(codes), dtype=np.bool_) if absent is None else codes == absent
    indices = np.where(missing, 0, codes).astype(np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(indices, mask=missing), pa.array(words, pa.string()))


def _table_of_rows(rows: Sequence[Mapping[str, Any]], *, prefix: str) -> pa.Table:
    """Packets that come as rows: each column of the type of what is in it, text where that differs."""
    arrays: dict[str, pa.Array] = {}
    for name in columns_of(rows):
        cells = [row.get(name) for row in rows]
        shown = name if name in HEAD_COLUMNS else f"{prefix}{name}"
        arrays[shown] = _cells(name, cells)
    return pa.table(arrays)


def _cells(name: str, cells: list[Any]) -> pa.Array:
    if name in _TYPES:
        return pa.array(cells, _TYPES[name])
    if name == "utc":
        return pa.array(cells, pa.string()).cast(pa.timestamp("us", "UTC"))
    if name == "version":
        return pa.array(cells, pa.int64())
    kinds = {type(cell) for cell in cells if cell is not None}
    if kinds <= {int, float} and kinds:
        return pa.array(cells, pa.float64() if float in kinds else None)
    texts = [None if cell is None else str(cell) for cell in cells]
    array = pa.array(texts, pa.string())
    return array.cast(_WORDS) if name == "checksum" or name.endswith(" flag") else array
