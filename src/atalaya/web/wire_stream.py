"""The wire models of a metadata stream: its health, its values, what was recovered."""

from typing import Literal

from atalaya.web.wire_base import Answer, Text, Wire

type Health = Literal["ok", "attention", "damaged"]
type Checksum = Literal["ok", "failed", "payload_only", "absent"]
type FlagWord = Literal[
    "ok",
    "error_indicator",
    "out_of_range",
    "zero_length",
    "stale",
    "checksum_failed",
    "malformed",
    "opaque",
    "unknown_item",
]
type Scalar = bool | int | float | str | None


class SpanWire(Wire):
    """A stretch of the source in which all packets fared alike; for a gap, how many are missing."""

    state: Literal["ok", "checksum_failed", "repaired", "gap", "not_kept"]
    start: float
    end: float
    packets: int


class CountsWire(Wire):
    """What was recovered and what was not; `missing` is an estimate by the beat of the packets."""

    packets: int
    checksum_ok: int
    checksum_failed: int
    payload_only: int
    no_checksum: int
    repaired: int
    missing: int
    bytes_skipped: int
    gaps: int
    not_kept: int


class FindingWire(Wire):
    """One kind of thing that was found, as often as it was."""

    severity: Literal["error", "warning", "info"]
    code: str
    standard: str | None
    wording: Text
    count: int
    offset: int | None
    details: list[str]


class StreamTimeWire(Wire):
    """How pictures and metadata are brought to one clock, and how well."""

    clock: Literal["sei", "synchronous", "asynchronous", "arrival", "unsynchronised"]
    residual_s: float | None
    uncertainty_s: float | None
    pairs: int
    exact_pairs: int
    notes: list[Text]


class StreamSetWire(Wire):
    """One set on one PID."""

    standard: str | None
    title: str
    pid: int | None
    packets: int


class StreamAnswer(Answer):
    """One metadata stream as a whole; spans are on the axis it names."""

    source_id: str
    health: Health
    counts: CountsWire
    sets: list[StreamSetWire]
    axis: Literal["pts_s", "frame"]
    spans: list[SpanWire]
    findings: list[FindingWire]
    examined: int
    time: StreamTimeWire


class ItemWire(Wire):
    """One item; `value` is null under a flag that has none, `parts` are the items of a set inside it."""

    tag: int
    name: str | None
    name_es: str | None
    value: Scalar | list[Scalar]
    unit: str | None
    flag: FlagWord
    label: str | None
    reason: str | None
    age_s: float | None
    parts: list["ItemWire"]
    more: int


class MetadataSetWire(Wire):
    """What one set says at the instant; items of earlier packets that still hold carry their age."""

    standard: str | None
    title: str
    pid: int | None
    version: int | None
    packet: int
    utc: str | None
    age_s: float | None
    checksum: Checksum
    items: list[ItemWire]
    not_shown: int
    problems: list[str]


class MetadataAnswer(Answer):
    """What the stream says at one picture, set by set."""

    source_id: str
    pts_s: float | None
    frame_index: int | None
    sets: list[MetadataSetWire]
