"""A metadata stream to wire."""

import math
from collections.abc import Sequence

from atalaya.app.stream_views import MetadataItem, MetadataSet, StreamFinding, StreamTime, StreamView
from atalaya.ingest.value import Json
from atalaya.web import wire_stream
from atalaya.web.wire_base import Text


def stream_answer(source_id: str, view: StreamView) -> wire_stream.StreamAnswer:
    """One stream as a whole."""
    summary, counts = view.summary, view.summary.counts
    return wire_stream.StreamAnswer(
        source_id=source_id,
        health=view.health.value,
        counts=wire_stream.CountsWire(
            packets=counts.packets,
            checksum_ok=counts.checksum_ok,
            checksum_failed=counts.checksum_failed,
            payload_only=counts.payload_only,
            no_checksum=counts.no_checksum,
            repaired=counts.repaired,
            missing=counts.missing,
            bytes_skipped=counts.bytes_skipped,
            gaps=counts.gaps,
            not_kept=counts.not_kept,
        ),
        sets=[
            wire_stream.StreamSetWire(standard=it.standard, title=it.title, pid=it.pid, packets=it.packets)
            for it in summary.sets
        ],
        axis=summary.axis.value,
        spans=[
            wire_stream.SpanWire(state=it.state.value, start=it.start, end=it.end, packets=it.packets)
            for it in summary.spans
        ],
        examined=summary.examined,
        findings=[_finding(it) for it in summary.findings],
        time=_time(summary.time),
    )


def metadata_answer(
    source_id: str, pts_s: float | None, frame_index: int | None, sets: Sequence[MetadataSet]
) -> wire_stream.MetadataAnswer:
    """What the stream says at one picture."""
    return wire_stream.MetadataAnswer(
        source_id=source_id, pts_s=pts_s, frame_index=frame_index, sets=[_set(it) for it in sets]
    )


def _set(it: MetadataSet) -> wire_stream.MetadataSetWire:
    return wire_stream.MetadataSetWire(
        standard=it.standard,
        title=it.title,
        pid=it.pid,
        version=it.version,
        packet=it.packet,
        utc=it.utc,
        age_s=it.age_s,
        checksum=it.checksum.value,
        items=[_item(one) for one in it.items],
        not_shown=it.not_shown,
        problems=list(it.problems),
    )


def _item(it: MetadataItem) -> wire_stream.ItemWire:
    return wire_stream.ItemWire(
        tag=it.tag,
        name=it.name,
        name_es=it.name_es,
        value=_plain(it.value),
        unit=it.unit,
        flag=it.flag.value,
        label=it.label,
        reason=it.reason,
        age_s=it.age_s,
        parts=[_item(one) for one in it.parts],
        more=it.more,
    )


def _plain(value: Json) -> wire_stream.Scalar | list[wire_stream.Scalar]:
    if isinstance(value, list):
        return [_scalar(one) for one in value]
    return _scalar(value)


def _scalar(value: Json) -> wire_stream.Scalar:
    """A number, text or truth value; anything with parts of its own goes as text."""
    match value:
        case list() | dict():
            return str(value)
        case float() if not math.isfinite(value):
            return None
        case _:
            return value


def _finding(it: StreamFinding) -> wire_stream.FindingWire:
    return wire_stream.FindingWire(
        severity=it.severity.value,
        code=it.code,
        standard=it.standard,
        wording=Text(en=it.wording.en, es=it.wording.es),
        count=it.count,
        offset=it.offset,
        details=list(it.details),
    )


def _time(it: StreamTime) -> wire_stream.StreamTimeWire:
    return wire_stream.StreamTimeWire(
        clock=it.clock.value,
        residual_s=it.residual_s,
        uncertainty_s=it.uncertainty_s,
        pairs=it.pairs,
        exact_pairs=it.exact_pairs,
        notes=[Text(en=one.en, es=one.es) for one in it.notes],
    )
