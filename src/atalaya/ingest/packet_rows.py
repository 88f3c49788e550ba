"""Decoded packets as rows of one flat table: a column for each item, named by its tag, name and unit."""

import json
from collections.abc import Iterable, Iterator, Mapping

from atalaya.ingest.packet import DecodedPacket, packet_json
from atalaya.ingest.value import Entries, Entry, Flag, decoded_json

type Cell = bool | int | float | str | None

HEAD_COLUMNS = ("index", "offset", "pid", "pts_s", "utc", "set", "version", "checksum")
LAST_COLUMN = "problems"

_TRUSTED = frozenset({Flag.OK})


def packet_row(decoded: DecodedPacket) -> dict[str, Cell]:
    """One packet as cells by column; items that it lacks have none.

    Nested sets give a column for each of their items (`48.1 Security Classification`); lists, and what comes
    more than once in a set, are JSON text. The flag of an item stands in `<column> flag` where it is not ok.
    """
    whole = packet_json(decoded)
    row: dict[str, Cell] = {name: _scalar(whole[name]) for name in HEAD_COLUMNS}
    row.update(_cells(decoded.entries, ""))
    row[LAST_COLUMN] = "; ".join(decoded.problems)
    return row


def columns_of(rows: Iterable[Mapping[str, Cell]]) -> list[str]:
    """All columns of these rows: the packet's own, the items by their tags, the problems."""
    found = {name: None for row in rows for name in row}
    items = [name for name in found if name not in {*HEAD_COLUMNS, LAST_COLUMN}]
    return [*HEAD_COLUMNS, *sorted(items, key=_by_tag), LAST_COLUMN]


def _by_tag(column: str) -> tuple[tuple[int, str], ...]:
    path = column.split(" ", 1)[0].split(".")
    order = tuple((int(part), "") if part.isdigit() else (1 << 30, part) for part in path)
    return (*order, (-1, column))


def _cells(entries: Entries, path: str) -> Iterator[tuple[str, Cell]]:
    by_key: dict[str, list[Entry]] = {}
    for entry in entries:
        by_key.setdefault(str(entry.tag) if entry.key is None else entry.key.hex(), []).append(entry)
    for key, same in by_key.items():
        if len(same) > 1:
            said = [decoded_json(entry.value.value) for entry in same]
            yield _column(f"{path}{key}", same[0]), json.dumps(said, ensure_ascii=False)
        else:
            yield from _cells_of(same[0], f"{path}{key}")


def _cells_of(entry: Entry, path: str) -> Iterator[tuple[str, Cell]]:
    column = _column(path, entry)
    if isinstance(entry.value.value, tuple):
        yield from _cells(entry.value.value, f"{path}.")
    else:
        yield column, _scalar(decoded_json(entry.value.value))
    if entry.value.flag not in _TRUSTED:
        yield f"{column} flag", str(entry.value.flag)


def _column(path: str, entry: Entry) -> str:
    unit = "" if entry.value.unit is None else f" [{entry.value.unit}]"
    return f"{path} {entry.name or ''}".rstrip() + unit


def _scalar(value: object) -> Cell:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return json.dumps(value, ensure_ascii=False)
