"""jmisb's unit tests as vectors: bytes, and what they say, restated."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from atalaya.ingest.local_set import SetSpec
from atalaya.ingest.standards.catalogue import NESTED_SETS, SETS_BY_STANDARD
from atalaya.ingest.value import Decoded, Value
from shared_data import shared_file

VECTORS = "data/klv/vectors/jmisb_vectors.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vector:
    """One vector that names its item.

    Args:
        spec: its set. tag, data: its item. said: the value as jmisb's test writes it: a number, or a text
            that may end in a unit. tolerance: of a number, None where the test compares exactly.
    """

    spec: SetSpec
    tag: int
    data: bytes
    said: Any
    tolerance: float | None

    def __str__(self) -> str:
        return f"{self.spec.title} {self.tag} {self.data.hex()} {self.said!r}"


def vectors(standards: tuple[str, ...], direction: str) -> list[Vector]:
    """Those of some standards that carry a tag: "decode", "encode" or "reject"."""
    lines = json.loads(shared_file(VECTORS).read_text(encoding="utf-8"))
    return [_vector(line) for line in lines if _is_asked_for(line, standards, direction)]


def _is_asked_for(line: Any, standards: tuple[str, ...], direction: str) -> bool:
    return line["std"][2:] in standards and line["dir"] == direction and "tag" in line


def _vector(line: Any) -> Vector:
    standard, name = line["std"][2:], line["set"].lower().removesuffix("metadatakey")
    said = line.get("value", line.get("expr", line.get("from")))
    return Vector(
        spec=NESTED_SETS.get((standard, name)) or SETS_BY_STANDARD[standard],
        tag=line["tag"],
        data=bytes.fromhex(line["hex"]),
        said=said.encode().decode("unicode_escape") if isinstance(said, str) else said,
        tolerance=line.get("tol"),
    )


def literal_number(said: Any) -> float | None:
    """A number that a vector gives, casts stripped; None where it gives none."""
    if isinstance(said, str):
        said = said.removeprefix("(byte)").removeprefix("(short)").strip()
    try:
        return None if isinstance(said, bool) else float(said)
    except (TypeError, ValueError):
        return None


def says(value: Value, vector: Vector) -> bool:
    """Whether a decoded value is the vector's: the number, the text, the label, or the number of the text."""
    if isinstance(vector.said, str) and vector.said in (value.label, *leaves(value.value)):
        return True
    if not isinstance(vector.said, str):
        number = float(vector.said)
        tolerance = (vector.tolerance or 0.0) + 1e-9 * abs(number)
        return any(math.isclose(one, number, rel_tol=0.0, abs_tol=tolerance) for one in numbers(value.value))
    return _is_time(value.value, vector.said) or _is_shown(value.value, vector.said)


def _is_time(value: Decoded, shown: str) -> bool:
    """Whether microseconds are the date and time that is shown."""
    try:
        time = datetime.fromisoformat(shown).replace(tzinfo=UTC)
    except ValueError:
        return False
    return value == (time - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _is_shown(value: Decoded, shown: str) -> bool:
    """Whether the numbers of a text such as "10.0°", "[1, 2]" or "ST0903.4" are those of the value."""
    digits = "".join(letter if letter in "0123456789.-" else " " for letter in shown.rpartition("ST")[2])
    words = [word for word in digits.split() if any(letter.isdigit() for letter in word)]
    if shown.startswith("ST"):
        words = [words[0].partition(".")[2]]
    decimals = [len(word.partition(".")[2]) for word in words]
    found = list(numbers(value))
    return len(found) == len(words) and all(
        abs(one - float(word)) <= 0.5 * 10.0**-count + 1e-9
        for one, word, count in zip(found, words, decimals, strict=True)
    )


def leaves(value: Any) -> Iterator[Any]:
    """Everything inside a value."""
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list):
        yield value
        return
    for one in value:
        yield from leaves(one)


def numbers(value: Any) -> Iterator[float]:
    """Every number inside a value."""
    yield from (one for one in leaves(value) if isinstance(one, int | float) and not isinstance(one, bool))
