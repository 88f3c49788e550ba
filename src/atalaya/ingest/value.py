"""One decoded value: what it is, in which unit, how far to trust it, and the bytes it came from."""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

type Decoded = bool | int | float | str | list[Decoded] | dict[str, Decoded] | Entries | None
"""A value in memory: JSON-like, with a nested set as Entries."""

type Json = bool | int | float | str | list[Json] | dict[str, Json] | None

type Entries = tuple[Entry, ...]
"""The items of one set, in the order of the bytes; a tag may come more than once."""


class Flag(StrEnum):
    """How far a value can be trusted; only OK, STALE and CHECKSUM_FAILED have one."""

    OK = "ok"
    ERROR_INDICATOR = "error_indicator"
    OUT_OF_RANGE = "out_of_range"
    ZERO_LENGTH = "zero_length"
    STALE = "stale"
    CHECKSUM_FAILED = "checksum_failed"
    MALFORMED = "malformed"
    OPAQUE = "opaque"
    UNKNOWN_ITEM = "unknown_item"


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """What one item says.

    Args:
        value: None wherever the flag is not OK, STALE or CHECKSUM_FAILED.
        raw: the bytes as they came, always kept.
        unit: as the field writes it ("deg", "m", "m/s"); None for what has none.
        flag: how far to trust it.
        label: the word behind a code (an enumeration's meaning), None elsewhere.
        reason: why there is no value, for people.
        age_s: for a stale value, since when it was last said [s].
    """

    value: Decoded
    raw: bytes
    unit: str | None = None
    flag: Flag = Flag.OK
    label: str | None = None
    reason: str | None = None
    age_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item of a set.

    Args:
        tag: item number; in a universal set the item of the local set (ST 0601; ST 0102 in the security set)
            that says the same in the same unit, 0 where there is none.
        name: None where the catalogue does not know or must not say it.
        length_size: bytes of the BER length as written, so that it can be written again.
        tag_size: bytes of the tag as written; more than its number needs only from a careless producer.
        key: in a universal set the item's own 16-byte label, else None.
    """

    tag: int
    name: str | None
    value: Value
    length_size: int = 1
    tag_size: int = 1
    key: bytes | None = None


class Codec(Protocol):
    """Bytes of one item's value ↔ what they mean."""

    def decode(self, data: bytes, /) -> Value:
        """What the bytes say; never raises, whatever they are: zero bytes clear the item."""

    def encode(self, value: Decoded, length: int | None = None, /) -> bytes:
        """The bytes that say this value.

        Args:
            value: as `decode` gives it.
            length: bytes to write, where the standard leaves a choice; None for the usual number.

        Raises:
            KlvError: this item cannot say that.
        """


def malformed(data: bytes, reason: str, unit: str | None = None) -> Value:
    """A value whose bytes cannot be read."""
    return Value(value=None, raw=data, unit=unit, flag=Flag.MALFORMED, reason=reason)


def cleared(data: bytes = b"", unit: str | None = None) -> Value:
    """A value of zero bytes: the producer says that it is unknown from now on."""
    reason = "zero length: unknown from now on"
    return Value(value=None, raw=data, unit=unit, flag=Flag.ZERO_LENGTH, reason=reason)


def value_json(value: Value) -> dict[str, Json]:
    """A value as the command line writes it: value, unit, flag; label, reason and age where there are any."""
    answer: dict[str, Json] = {
        "value": decoded_json(value.value),
        "unit": value.unit,
        "flag": str(value.flag),
    }
    more = {"label": value.label, "reason": value.reason, "age_s": value.age_s}
    return answer | {key: known for key, known in more.items() if known is not None}


def entries_json(entries: Entries) -> dict[str, Json]:
    """A set as an object by tag, or by label in hexadecimal; what comes more than once gives a list."""
    answer: dict[str, Json] = {}
    for entry in entries:
        one: Json = {"name": entry.name, **value_json(entry.value)}
        key = str(entry.tag) if entry.key is None else entry.key.hex()
        before = answer.setdefault(key, one)
        if isinstance(before, list):
            before.append(one)
        elif before is not one:
            answer[key] = [before, one]
    return answer


def decoded_json(value: Decoded) -> Json:
    """A decoded value as JSON can say it: infinities and NaN as words."""
    match value:
        case tuple():
            return entries_json(value)
        case list():
            return [decoded_json(one) for one in value]
        case dict():
            return {key: decoded_json(one) for key, one in value.items()}
        case float() if not math.isfinite(value):
            return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
        case _:
            return value
