"""What the workbench shows of one metadata stream: health, what was recovered, the values of an instant."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from atalaya.app.bilingual import Bilingual
from atalaya.ingest.checksum import ChecksumState
from atalaya.ingest.value import Flag, Json
from atalaya.model.problem import Problem
from atalaya.model.source import SourceRecord
from atalaya.units import Seconds


class StreamHealth(StrEnum):
    """How a stream is at a glance.

    ATTENTION: something is not as the standard says, or ingest stopped early. DAMAGED: bytes were lost or
    changed: packets fail their checksum, were cut short, or are missing.
    """

    OK = "ok"
    ATTENTION = "attention"
    DAMAGED = "damaged"


DAMAGE_CODES = frozenset(
    {
        "checksum-failed",
        "klv-garbage",
        "klv-truncated",
        "not-a-stream",
        "set-damaged",
        "ts-continuity",
        "ts-lost-sync",
        "ts-truncated",
        "ts-unreadable",
        "video-not-playable",
    }
)
"""Problems that mean lost or changed bytes; every other code asks for attention only."""


class SpanState(StrEnum):
    """What came of a stretch of the source.

    GAP: packets are missing by the beat of the others. NOT_KEPT: whole, but not known to lie inside the
    permit, and therefore not kept.
    """

    OK = "ok"
    CHECKSUM_FAILED = "checksum_failed"
    REPAIRED = "repaired"
    GAP = "gap"
    NOT_KEPT = "not_kept"


class Axis(StrEnum):
    """What the stretches of a stream are measured in: time on its own clock, or number of the frame."""

    PTS = "pts_s"
    FRAME = "frame"


class StreamClock(StrEnum):
    """What ties the metadata to the pictures, in falling trust."""

    SEI = "sei"
    SYNCHRONOUS = "synchronous"
    ASYNCHRONOUS = "asynchronous"
    ARRIVAL = "arrival"
    UNSYNCHRONISED = "unsynchronised"


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamSpan:
    """A stretch of the source in which all metadata packets fared alike.

    Args:
        start, end: on the axis of the view, `start <= end`. packets: in it; for a gap those missing.
    """

    state: SpanState
    start: float
    end: float
    packets: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamCounts:
    """What was recovered of a stream and what was not.

    Args:
        packets: metadata packets of all sets.
        checksum_ok, checksum_failed, payload_only, no_checksum: how their sums stand; together `packets`.
        repaired: packets whose lost bytes were put back, each proved by its checksum; among `checksum_ok`.
        missing: ST 0601 packets that are absent by the beat of the others; an estimate.
        bytes_skipped: bytes that belong to no packet.
        gaps: stretches without packets. not_kept: ST 0601 packets that are whole and were not kept.
    """

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


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamFinding:
    """One thing that was found, as often as it was.

    Args:
        code: stable, for programs. standard: which document asks for it; None where it is plain damage.
        count: how often. offset: of the first, in the original; None where it has no single place.
        details: the first few in the reader's own words.
    """

    severity: Severity
    code: str
    standard: str | None
    wording: Bilingual
    count: int
    offset: int | None
    details: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamTime:
    """How pictures and metadata are brought to one clock.

    Args:
        clock: what ties the two together.
        residual_s: root mean square of what the metadata's own time strays from the fit; None without one.
        uncertainty_s: half-width that holds the time of one picture with 95 %, the middle one.
        pairs: packets the fit rests on. exact_pairs: pictures whose own time is exactly that of their packet.
        notes: what whoever relies on it should know.
    """

    clock: StreamClock
    residual_s: Seconds | None
    uncertainty_s: Seconds | None
    pairs: int
    exact_pairs: int
    notes: tuple[Bilingual, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamSet:
    """One set on one PID."""

    standard: str | None
    title: str
    pid: int | None
    packets: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamSummary:
    """One metadata stream as it came: noted when it is taken in, before anything is cut away.

    Args:
        axis: what the spans are measured in.
        findings: the gravest first. examined: packets that were held against the standards item by item.
    """

    counts: StreamCounts
    sets: tuple[StreamSet, ...]
    axis: Axis
    spans: tuple[StreamSpan, ...]
    findings: tuple[StreamFinding, ...]
    examined: int
    time: StreamTime


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamView:
    """One metadata stream of the workspace and how it is at a glance."""

    health: StreamHealth
    summary: StreamSummary


@dataclass(frozen=True, slots=True, kw_only=True)
class MetadataItem:
    """One item as the panel shows it.

    Args:
        tag: item number; 0 for an element of a series or an item known by its label only.
        value: a number, text, truth value or list of them; None under a flag that has none, and for a set.
        parts: the items of a nested set, or the elements of a series of sets.
        more: elements of a long series that are not listed.
    """

    tag: int
    name: str | None
    name_es: str | None
    value: Json
    unit: str | None
    flag: Flag
    label: str | None
    reason: str | None
    age_s: Seconds | None
    parts: tuple["MetadataItem", ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MetadataSet:
    """What one set says at an instant.

    Args:
        packet: number of the packet in force among those of its set. utc: its time, as written.
        age_s: how long before the instant it came; None where that is not known.
        checksum: of the newest packet, which is the one in force unless it failed.
        items: in the order of the set; those of earlier packets that still hold carry their age.
        not_shown: items that the charter keeps closed.
        problems: of the newest packet.
    """

    standard: str | None
    title: str
    pid: int | None
    version: int | None
    packet: int
    utc: str | None
    age_s: Seconds | None
    checksum: ChecksumState
    items: tuple[MetadataItem, ...]
    not_shown: int
    problems: tuple[str, ...]


def source_health(
    record: SourceRecord, problems: Iterable[Problem], findings: Iterable[StreamFinding] = ()
) -> StreamHealth:
    """How a source is, from what its ingest recorded: known without reading it again.

    Args:
        record: of the source.
        problems: of it, and whatever else was met since.
        findings: of its summary; those that are errors ask for attention.
    """
    codes = {problem.code for problem in problems}
    if codes & DAMAGE_CODES:
        return StreamHealth.DAMAGED
    unsummed = record.packets_checksum_ok + record.packets_unsummed < record.packets
    grave = any(finding.severity is Severity.ERROR for finding in findings)
    return StreamHealth.ATTENTION if codes or unsummed or grave or record.stopped_reason else StreamHealth.OK
