"""What kwiver says of ST 0601 items set beside ours, item by item, to the depth of every nested set."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest

from atalaya.ingest.value import Decoded, Entries, Flag, Value
from klv_golden import differences

NESTED = {73, 74, 95, 97, 98, 99}
"""Sets of other standards, whose words for a field differ from kwiver's: see `klv_golden`."""
OPAQUE = {60, 61, 62, 140}
"""Items of ST 0601 that the charter keeps closed."""


@dataclass(frozen=True)
class Difference:
    path: str
    ours: object
    golden: Any


def compare_set(path: str, ours: Entries, wanted: Any) -> list[Difference]:
    """Items in any order (the golden decode sorts them); those of one tag in their own order."""
    wanted = [item for item in wanted if "integer" in item["key"]]
    left = [entry for entry in ours if entry.tag != 1 or any(one["key"]["integer"] == 1 for one in wanted)]
    tags, wanted_tags = [entry.tag for entry in left], [item["key"]["integer"] for item in wanted]
    if Counter(tags) != Counter(wanted_tags):
        return [Difference(path, sorted(tags), sorted(wanted_tags))]
    found = []
    for entry, item in zip(
        sorted(left, key=lambda one: one.tag),
        sorted(wanted, key=lambda one: one["key"]["integer"]),
        strict=True,
    ):
        found += compare(f"{path}.{entry.tag}", entry.value, item["value"])
    return found


def compare(path: str, ours: Value, wanted: Any) -> list[Difference]:
    if path.removeprefix("0601.") in {str(tag) for tag in OPAQUE}:
        is_closed = ours.flag is Flag.OPAQUE and ours.value is None
        return [] if is_closed else [Difference(path, ours, "nothing")]
    if path.rpartition(".")[2] in {str(tag) for tag in NESTED} and isinstance(ours.value, tuple):
        return [Difference(path, line, wanted) for line in nested_differences(ours.value, wanted)]
    return compare_value(path, ours.value, wanted)


def nested_differences(ours: Entries, wanted: Any) -> list[str]:
    """None where no catalogue has the set's items yet."""
    is_known = any(entry.value.flag is not Flag.UNKNOWN_ITEM for entry in ours)
    return differences(wanted, ours) if is_known else []


def compare_value(path: str, ours: Decoded, wanted: Any) -> list[Difference]:
    same = False
    match wanted:
        case [{"key": _, "value": _}, *_] if isinstance(ours, tuple):
            return compare_set(path, ours, wanted)
        case [{"integer": _, "string": _}, *_] if isinstance(ours, int):
            same = ours == sum(1 << one["integer"] for one in wanted)
        case [] if isinstance(ours, int):
            same = ours == 0
        case {"length": _, "value": number}:
            return compare_value(path, ours, number)
        case {"integer": code, "string": _}:
            same = ours == code
        case {"bytes": _, "hex": octets} if isinstance(ours, str):
            same = ours.replace("-", "").lower() == octets.replace("-", "").replace(" ", "").lower()
        case str() if (
            path.endswith("48.13") and "\x00" in wanted
        ):  # the golden decode keeps its UTF-16 as bytes
            same = ours == wanted.encode("latin-1").decode("utf-16-be")
        case dict() if isinstance(ours, dict):
            return compare_fields(path, ours, wanted)
        case list() if isinstance(ours, dict):
            return compare_value(path, ours["payloads"], wanted)
        case list() if isinstance(ours, list) and len(ours) == len(wanted):
            pairs = enumerate(zip(ours, wanted, strict=True))
            return [one for place, (a, b) in pairs for one in compare_value(f"{path}[{place}]", a, b)]
        case float() if isinstance(ours, int | float):
            same = ours == pytest.approx(wanted, rel=1e-9, abs=1e-12)
        case _:
            same = ours == wanted
    return [] if same else [Difference(path, ours, wanted)]


def compare_fields(path: str, ours: dict[str, Decoded], wanted: dict[str, Any]) -> list[Difference]:
    found = []
    for name, value in wanted.items():
        found += compare_value(f"{path}.{name}", ours.get(name.replace("-", "_")), value)
    return found
