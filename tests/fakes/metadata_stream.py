"""A metadata stream for the workbench's tests: sound, or damaged in every way that the page must show."""

import math

from atalaya.app.bilingual import Bilingual
from atalaya.app.item_names import spanish_name
from atalaya.app.stream_views import (
    Axis,
    MetadataItem,
    MetadataSet,
    Severity,
    SpanState,
    StreamClock,
    StreamCounts,
    StreamFinding,
    StreamHealth,
    StreamSet,
    StreamSpan,
    StreamSummary,
    StreamTime,
    StreamView,
)
from atalaya.ingest.checksum import ChecksumState
from atalaya.ingest.value import Flag, Json

FRAMES, FPS = 180, 15
SAID_S = 4.0
"""When the items that are said once were said, after the first frame [s]."""
FAILED = range(60, 66)
REPAIRED = range(90, 108)
MISSING = range(126, 138)


def make_stream(*, damaged: bool, first: float, step: float) -> StreamView:
    """One set of 180 frames; `first` and `step` are the place of the first and the distance between two."""
    axis = Axis.FRAME if step == 1 else Axis.PTS
    time = StreamTime(
        clock=StreamClock.SYNCHRONOUS,
        residual_s=0.0004,
        uncertainty_s=0.033,
        pairs=FRAMES,
        exact_pairs=0,
        notes=(),
    )
    sets = (
        StreamSet(
            standard="0601", title="UAS Datalink Local Set", pid=257 if step != 1 else None, packets=FRAMES
        ),
    )
    if not damaged:
        span = StreamSpan(state=SpanState.OK, start=first, end=first + step * (FRAMES - 1), packets=FRAMES)
        counts = StreamCounts(
            packets=FRAMES, checksum_ok=FRAMES, checksum_failed=0, payload_only=0, no_checksum=0,
            repaired=0, missing=0, bytes_skipped=0, gaps=0, not_kept=0,
        )  # fmt: skip
        return StreamView(
            health=StreamHealth.OK,
            summary=StreamSummary(
                counts=counts, sets=sets, axis=axis, spans=(span,), findings=(), examined=FRAMES, time=time
            ),
        )
    failed, repaired, missing = len(FAILED), len(REPAIRED), len(MISSING)
    counts = StreamCounts(
        packets=FRAMES - missing, checksum_ok=FRAMES - missing - failed, checksum_failed=failed, payload_only=0,
        no_checksum=0, repaired=repaired, missing=missing, bytes_skipped=1_316, gaps=1, not_kept=0,
    )  # fmt: skip
    return StreamView(
        health=StreamHealth.DAMAGED,
        summary=StreamSummary(
            counts=counts, sets=sets, axis=axis, spans=_spans(first, step), findings=FINDINGS, examined=FRAMES, time=time
        ),
    )  # fmt: skip


def make_metadata(frame: int, *, damaged: bool, pid: int | None) -> tuple[MetadataSet, ...]:
    """What the fake set says at one frame."""
    is_failed = damaged and frame in FAILED
    in_force = FAILED.start - 1 if is_failed else MISSING.start - 1 if damaged and frame in MISSING else frame
    age_s = (frame - in_force) / FPS
    return (
        MetadataSet(
            standard="0601",
            title="UAS Datalink Local Set",
            pid=pid,
            version=17,
            packet=frame if is_failed else in_force,
            utc=f"2026-11-20T16:04:{in_force / FPS:09.6f}Z",
            age_s=0.0 if is_failed else age_s,
            checksum=ChecksumState.FAILED if is_failed else ChecksumState.OK,
            items=_items(in_force, age_s or None, frame / FPS),
            not_shown=2,
            problems=(),
        ),
    )


def _items(frame: int, age_s: float | None, now_s: float) -> tuple[MetadataItem, ...]:
    turn = frame / 30
    east_deg = -107.12 + frame * 1e-5

    def fresh(
        tag: int, name: str, value: Json, unit: str | None = None, label: str | None = None
    ) -> MetadataItem:
        flag = Flag.OK if age_s is None else Flag.STALE
        return item(tag, name, value, unit, flag=flag, age_s=age_s, label=label)

    return (
        fresh(2, "Precision Time Stamp", 1_795_190_640_000_000 + frame * 1_000_000 // FPS, "us"),
        item(3, "Mission ID", "SIERRA-07", flag=Flag.STALE, age_s=now_s + SAID_S),
        fresh(5, "Platform Heading Angle", 159.974 + math.sin(turn), "deg"),
        fresh(6, "Platform Pitch Angle", -0.4315, "deg"),
        fresh(7, "Platform Roll Angle", 3.4058 + math.cos(turn), "deg"),
        fresh(8, "Platform True Airspeed", 47, "m/s"),
        item(10, "Platform Designation", "GARZA-2", flag=Flag.STALE, age_s=now_s + SAID_S),
        fresh(11, "Image Source Sensor", "EO Nose"),
        fresh(13, "Sensor Latitude", 24.9165, "deg"),
        fresh(14, "Sensor Longitude", east_deg, "deg"),
        fresh(15, "Sensor True Altitude", 3_190.7, "m"),
        fresh(16, "Sensor Horizontal Field of View", 8.4, "deg"),
        fresh(17, "Sensor Vertical Field of View", 4.73, "deg"),
        fresh(18, "Sensor Relative Azimuth Angle", 204.1, "deg"),
        fresh(19, "Sensor Relative Elevation Angle", -31.8, "deg"),
        fresh(20, "Sensor Relative Roll Angle", 0.0, "deg"),
        fresh(21, "Slant Range", 2_750.0 + 30 * math.sin(turn), "m"),
        fresh(22, "Target Width", 403.0, "m"),
        fresh(23, "Frame Center Latitude", 24.93, "deg"),
        fresh(24, "Frame Center Longitude", east_deg, "deg"),
        fresh(25, "Frame Center Elevation", 1_243.0, "m"),
        fresh(26, "Offset Corner Latitude Point 1", 0.00135, "deg"),
        fresh(27, "Offset Corner Longitude Point 1", -0.00208, "deg"),
        item(28, "Offset Corner Latitude Point 2", None, "deg", flag=Flag.ERROR_INDICATOR, reason="0x8000: off the earth"),
        item(29, "Offset Corner Longitude Point 2", None, "deg", flag=Flag.ERROR_INDICATOR, reason="0x8000: off the earth"),
        item(36, "Wind Speed", None, "m/s", flag=Flag.ZERO_LENGTH, age_s=12.0, reason="zero length: unknown from now on"),
        item(50, "Platform Angle of Attack", None, "deg", flag=Flag.OUT_OF_RANGE, reason="beyond 20 degrees"),
        fresh(77, "Operational Mode", 1, label="Operational"),
        item(94, "MIIS Core Identifier", "0170:F592-F023/AB12", flag=Flag.STALE, age_s=now_s + SAID_S),
        item(200, None, None, flag=Flag.UNKNOWN_ITEM, reason="ST 0601 has no item 200 here"),
        set_of(48, "Security Local Set", (
            item(1, "Security Classification", 1, label="UNCLASSIFIED"),
            item(3, "Classifying Country", "//MX"),
            item(22, "Version", 12),
        )),
        set_of(74, "VMTI Local Set", (
            item(6, "Number of Reported Targets", 2),
            set_of(101, "VTarget Series", tuple(target(number) for number in range(2))),
        )),
        fresh(65, "UAS Datalink LS Version Number", 17),
    )  # fmt: skip


def target(number: int) -> MetadataItem:
    return set_of(0, f"[{number}]", (
        item(1, "Target Centroid Pixel Number", 40_213 + number),
        item(12, "Target HAE", 1_240.5, "m"),
    ))  # fmt: skip


def item(
    tag: int, name: str | None, value: Json, unit: str | None = None, *, flag: Flag = Flag.OK,
    age_s: float | None = None, label: str | None = None, reason: str | None = None,
) -> MetadataItem:  # fmt: skip
    return MetadataItem(
        tag=tag, name=name, name_es=None if name is None else spanish_name("0601", tag), value=value, unit=unit,
        flag=flag, label=label, reason=reason, age_s=age_s, parts=(), more=0,
    )  # fmt: skip


def set_of(tag: int, name: str, parts: tuple[MetadataItem, ...]) -> MetadataItem:
    return MetadataItem(
        tag=tag, name=name, name_es=spanish_name("0601", tag) if tag in {48, 74} else None, value=None, unit=None,
        flag=Flag.OK, label=None, reason=None, age_s=None, parts=parts, more=0,
    )  # fmt: skip


def _spans(first: float, step: float) -> tuple[StreamSpan, ...]:
    edges = (
        (SpanState.OK, 0, FAILED.start),
        (SpanState.CHECKSUM_FAILED, FAILED.start, FAILED.stop),
        (SpanState.OK, FAILED.stop, REPAIRED.start),
        (SpanState.REPAIRED, REPAIRED.start, REPAIRED.stop),
        (SpanState.OK, REPAIRED.stop, MISSING.start),
        (SpanState.GAP, MISSING.start, MISSING.stop),
        (SpanState.OK, MISSING.stop, FRAMES - 1),
    )
    return tuple(
        StreamSpan(state=state, start=first + step * begin, end=first + step * end, packets=end - begin)
        for state, begin, end in edges
    )


FINDINGS = (
    StreamFinding(
        severity=Severity.ERROR, code="checksum-failed", standard="ST 0601",
        wording=Bilingual("Packets whose checksum does not hold: never used for positions", "Paquetes cuya suma de verificación no cuadra: nunca se usan para posiciones"),
        count=len(FAILED), offset=48_316, details=("packet 60: checksum 0x1f02, computed 0x9a77",),
    ),
    StreamFinding(
        severity=Severity.WARNING, code="missing-security", standard="ST 0102",
        wording=Bilingual("Security set missing for longer than 10 s", "Falta el conjunto de seguridad por más de 10 s"),
        count=1, offset=None, details=(),
    ),
    StreamFinding(
        severity=Severity.INFO, code="klv-repaired", standard=None,
        wording=Bilingual("Packets that a recorder had damaged, repaired and proved by their checksum", "Paquetes que una grabadora había dañado, reparados y comprobados con su suma"),
        count=len(REPAIRED), offset=71_224, details=(),
    ),
)  # fmt: skip
