"""An original comes in: hashed as it streams, cut to the permit, its frames brought to the ground and kept.

The order: refuse what may not be (on the record) → hash the whole → record that ingest begins → decide slab
by slab, asking before each whether the authority still stands → plan the cuts → keep what is inside the
permit → record the outcome. Nothing reads a run that failed; the same source again is the same record again,
unless nothing of it was kept or it was stopped: then it is judged anew. Of one source one ingest runs at a
time, and the file must be the same each time it is read.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from atalaya.app.context import Context, commit, event, refuse
from atalaya.app.derivatives import derivative, keep_derivative
from atalaya.app.ground import DeclaredGround, Ground, footprint_table, ground_of, lens_of, with_lens
from atalaya.app.ground_check import ground_problems
from atalaya.app.permission import require_permission
from atalaya.app.ports import Transaction
from atalaya.app.pose_findings import pose_problems
from atalaya.app.sorties import permit_of
from atalaya.app.stream_reading import stream_reading
from atalaya.app.stream_summary import stream_summary
from atalaya.app.stream_views import StreamSummary
from atalaya.errors import InputError, NotFoundError
from atalaya.georeg.lens import Lens, lens_for
from atalaya.governance.collection_gate import Permit, Refusal, admit_frames, still_allowed
from atalaya.governance.roles import Action
from atalaya.ingest.clock_intervals import ClockIntervals, IntervalMeter
from atalaya.ingest.cut import CutPlan, plan_cut
from atalaya.ingest.frames import read_frames
from atalaya.ingest.st0601 import stream_facts
from atalaya.ingest.stated_errors import stated_errors
from atalaya.ingest.stream import KlvPacket, StreamIndex, StreamReader
from atalaya.io.original import hash_of, read_chunks, read_ranges, readable_name, require_same
from atalaya.io.video import video_facts
from atalaya.model.authority import Sensor, Suspension
from atalaya.model.columns import Columns
from atalaya.model.custody import Derivative, Json
from atalaya.model.footprint import FootprintTable
from atalaya.model.frame import FrameTable, TargetTable
from atalaya.model.identifiers import ContentHash, SortieId, SourceId
from atalaya.model.json_form import from_json, to_json
from atalaya.model.problem import Problem
from atalaya.model.sortie import Sortie, SortieStatus
from atalaya.model.source import SYNTHETIC_MARK, SourceFormat, SourceRecord
from atalaya.model.stated_errors import StatedErrors

FOOTPRINTS = "atalaya.georeg.footprint"
"""Transformation under which a source's footprints, and the ground they are on, are recorded."""

_METERED_BYTES = 64 << 20
"""From the start of a source, so many bytes are looked at for how often clock and tables come; about 1 s."""

type Progress = Callable[[str, int, int], None]
"""Called with what is going on, how much is done and how much there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestReport:
    """What came of it.

    Args:
        repeated: the source was already there under this sortie; nothing was changed.
        dropped: frames not kept, by reason.
    """

    record: SourceRecord
    problems: tuple[Problem, ...]
    dropped: Mapping[str, int]
    repeated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """Everything that was read of one source."""

    packets: tuple[KlvPacket, ...]
    index: StreamIndex
    frames: FrameTable
    targets: TargetTable
    stated: StatedErrors
    problems: tuple[Problem, ...]
    intervals: ClockIntervals | None
    image_size_px: tuple[int, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """Which frames stay, their footprints, why the others go, and why it stopped early."""

    keep: NDArray[np.bool_]
    footprints: FootprintTable
    dropped: dict[str, int]
    stopped_reason: str | None


def ingest_source(
    context: Context,
    path: Path,
    sortie_id: SortieId,
    *,
    sensor: Sensor | None = None,
    declared: DeclaredGround | None = None,
    lens: Lens | None = None,
    progress: Progress = lambda _what, _done, _total: None,
) -> IngestReport:
    """Take one original into the workspace under one sortie.

    Args:
        context: the opened workspace and its actor.
        path: MPEG-TS with STANAG 4609 KLV, or bare `.klv`.
        sortie_id: the open sortie it was taken on.
        sensor: what took it; may be left out where the sortie carries one sensor only.
        declared: the ground where the workspace has no terrain.
        lens: what its pictures were taken through, where it was measured.
        progress: told what is going on.

    Raises:
        NotPermittedError: role, closed sortie or authority say no; the refusal is on the record.
        NotFoundError: no such file or sortie.
        InputError: not such a stream, neither ST 0601 nor EG 0104 in it, a lens that does not fit its
            pictures, or no ground to bring it to.
        IntegrityError: the file changed while it was taken in; nothing of it is kept.
        ExternalError: disk or database failed; nothing half is kept.
    """
    require_permission(context, Action.INGEST, sortie_id)
    sortie, permit = _permit(context, sortie_id)
    sensor = _sensor(sortie, sensor)
    source_id, length = hash_of(path, lambda done, total: progress("hash", done, total))
    with context.lake.hold(sortie_id, source_id):
        known = _known(context, source_id, sortie_id)
        if known is not None:
            _require_same_lens(known, lens)
            return IngestReport(record=known, problems=problems_of(context, known), dropped={}, repeated=True)
        ground = with_lens(ground_of(context, declared or DeclaredGround()), lens)
        reading = _read(path, source_id, lambda done, total: progress("read", done, total))
        _require_lens_fits(path, reading, lens)
        contradictions = pose_problems(ground, reading.frames, against=("slant-range",))
        reading = replace(reading, problems=(*reading.problems, *contradictions))
        begun: dict[str, Json] = {
            "source_id": source_id,
            "length": length,
            "name": readable_name(path),
            "sensor": sensor.value,
        }
        commit(context, "source.begin", sortie_id, begun, lambda _: None)
        judged = _judge(context, permit, sensor, ground, reading, progress)
        misfits = ground_problems(ground, reading.frames, judged.footprints, permit.area)
        reading = replace(reading, problems=(*reading.problems, *misfits))
        plan = plan_cut(reading.index, reading.frames, judged.keep)
        record = _record(context, sortie, path, source_id, length, reading, judged, plan)
        return _keep(context, path, record, reading, judged, plan, ground)


def problems_of(context: Context, record: SourceRecord) -> tuple[Problem, ...]:
    """What was wrong with a source when it was read, in the order it was met.

    Raises:
        IntegrityError: the kept list is not the one that was recorded.
    """
    if record.problems is None:
        return ()
    kept = json.loads(context.vault.read(record.problems))
    return tuple(from_json(Problem, form) for form in kept["problems"])


def summary_of(context: Context, record: SourceRecord) -> StreamSummary | None:
    """How its metadata stream was as it came; None where its ingest noted none, or in another form.

    Raises:
        IntegrityError: what is kept is not what was recorded.
    """
    if record.problems is None:
        return None
    kept = json.loads(context.vault.read(record.problems))
    try:
        return from_json(StreamSummary, kept["stream"]) if "stream" in kept else None
    except InputError:
        return None


def _permit(context: Context, sortie_id: SortieId) -> tuple[Sortie, Permit]:
    with context.store.transaction() as step:
        sortie = step.get(Sortie, sortie_id)
        answer = permit_of(step, sortie, context.now())
    if sortie.status is SortieStatus.CLOSED:
        refuse(context, "source.refuse", sortie_id, [f"sortie {sortie_id} is closed"])
    if isinstance(answer, Refusal):
        refuse(context, "source.refuse", sortie_id, answer.reasons)
    return sortie, answer


def _sensor(sortie: Sortie, wanted: Sensor | None) -> Sensor:
    carried = sorted({payload.sensor for payload in sortie.payloads if payload.sensor is not None})
    if wanted is None and len(carried) == 1:
        return carried[0]
    if wanted is None:
        raise InputError(f"say which sensor took it, one of {', '.join(carried)}")
    if wanted not in carried:
        raise InputError(f"sortie {sortie.sortie_id} carries {', '.join(carried)}, not {wanted}")
    return wanted


def _known(context: Context, source_id: SourceId, sortie_id: SortieId) -> SourceRecord | None:
    """The record of an earlier, finished ingest of the same bytes under the same sortie that kept some."""
    try:
        with context.store.transaction() as step:
            record = step.get(SourceRecord, f"{source_id}@{sortie_id}")
    except NotFoundError:
        return None
    return None if record.stopped_reason or record.kept is None else record


def _read(path: Path, source_id: SourceId, progress: Callable[[int, int], None]) -> _Reading:
    reader, digest, meter, metered = StreamReader(), hashlib.sha256(), IntervalMeter(), 0
    packets: list[KlvPacket] = []
    for chunk in read_chunks(path, progress):
        digest.update(chunk)
        if metered < _METERED_BYTES:
            meter.feed(chunk)
            metered += len(chunk)
        packets += reader.feed(chunk)
    packets += reader.finish()
    require_same(path, digest.hexdigest(), source_id)
    if reader.format is None:
        raise InputError(f"{path.name} is neither an MPEG transport stream nor KLV, whatever its name says")
    frames, targets, found = read_frames(packets)
    if not len(frames):
        seen = (
            ", ".join(sorted({problem.code for problem in reader.problems}))
            or "nothing wrong with the container"
        )
        raise InputError(
            f"{path.name} holds no ST 0601 or EG 0104 metadata: nothing in it can be placed ({seen})"
        )
    facts = (
        video_facts(path) if reader.format is SourceFormat.MPEG_TS and len(reader.index.pictures) else None
    )
    return _Reading(
        packets=tuple(packets),
        index=reader.index,
        frames=frames,
        targets=targets,
        stated=stated_errors(packets),
        problems=(*reader.problems, *found),
        intervals=meter.finish() if reader.format is SourceFormat.MPEG_TS else None,
        image_size_px=None if facts is None else (facts.width_px, facts.height_px),
    )


def _require_same_lens(known: SourceRecord, lens: Lens | None) -> None:
    if lens is not None and lens != lens_of(known):
        raise InputError(
            f"source {known.source_id} was taken in with another lens, or none: take it in under a new sortie"
        )


def _require_lens_fits(path: Path, reading: _Reading, lens: Lens | None) -> None:
    if lens is None:
        return
    if reading.image_size_px is None:
        raise InputError(f"{path.name} has no pictures: a lens says nothing of it")
    lens_for(lens, *reading.image_size_px)


def _judge(
    context: Context, permit: Permit, sensor: Sensor, ground: Ground, reading: _Reading, progress: Progress
) -> _Judged:
    """Slab by slab: may we still, where did each frame look, is that wholly inside."""
    frames = reading.frames
    keep = np.zeros(len(frames), dtype=np.bool_)
    parts: list[FootprintTable] = []
    dropped: Counter[str] = Counter()
    stopped_reason: str | None = None
    slabs = list(slab_rows(frames.time_us, context.settings.slab_s))
    for number, rows in enumerate(slabs):
        progress("place", number, len(slabs))
        with context.store.transaction() as step:
            suspensions = step.find(Suspension)
        answer = still_allowed(permit, suspensions, context.now())
        if isinstance(answer, Refusal):
            stopped_reason = "; ".join(answer.reasons)
            dropped["stopped"] += sum(len(later) for later in slabs[number:])
            break
        table = footprint_table(ground, frames.take(rows), reading.image_size_px, reading.stated)
        admitted = admit_frames(
            permit,
            time_us=frames.time_us[rows],
            footprint_lon_lat_deg=footprint_corners(table, frames.frame_index[rows]),
            sensor=sensor,
            suspensions=suspensions,
        )
        keep[rows] = admitted.keep
        dropped.update(admitted.dropped)
        parts.append(table)
    progress("place", len(slabs), len(slabs))
    table = (
        FootprintTable.concatenate(parts) if parts else footprint_table(ground, frames.take(slice(0)), (1, 1))
    )
    return _Judged(keep=keep, footprints=table, dropped=dict(dropped), stopped_reason=stopped_reason)


def slab_rows(time_us: NDArray[np.int64], slab_s: float) -> Iterator[NDArray[np.intp]]:
    """Rows slab by slab in the order of time; rows without a time go with the first slab."""
    known = time_us >= 0
    start_us = int(time_us[known].min()) if known.any() else 0
    slab = np.where(known, (time_us - start_us) // round(slab_s * 1e6), 0)
    order = np.argsort(slab, kind="stable")
    edges = np.flatnonzero(np.diff(slab[order])) + 1
    yield from (rows for rows in np.split(order, edges) if rows.size)


def footprint_corners(table: FootprintTable, frame_index: NDArray[np.int64]) -> NDArray[np.float64]:
    """(N, 4, 2) lon, lat of the frames asked for; NaN where a frame has no footprint."""
    corners = np.full((len(frame_index), 4, 2), np.nan)
    rows = np.searchsorted(frame_index, table.frame_index)
    corners[rows, :, 0] = table.corner_lon_deg
    corners[rows, :, 1] = table.corner_lat_deg
    return corners


def _record(
    context: Context,
    sortie: Sortie,
    path: Path,
    source_id: SourceId,
    length: int,
    reading: _Reading,
    judged: _Judged,
    plan: CutPlan,
) -> SourceRecord:
    kept_rows = int(plan.rows_kept.sum())
    missions = stream_facts(reading.packets).mission_ids
    return SourceRecord(
        source_id=source_id,
        sortie_id=sortie.sortie_id,
        name=readable_name(path),
        format=reading.index.format or SourceFormat.KLV,
        length=length,
        kept=None,
        cuts=plan.cuts,
        packets=len(reading.frames),
        packets_checksum_ok=int(reading.frames.checksum_ok.sum()),
        packets_unsummed=int(reading.frames.unsummed.sum()),
        frames_kept=kept_rows,
        frames_dropped=len(reading.frames) - kept_rows,
        has_video=reading.image_size_px is not None,
        synthetic=any(mission.startswith(SYNTHETIC_MARK) for mission in missions),
        ingested_utc=context.now(),
        stopped_reason=judged.stopped_reason,
    )


def _keep(
    context: Context,
    path: Path,
    record: SourceRecord,
    reading: _Reading,
    judged: _Judged,
    plan: CutPlan,
    ground: Ground,
) -> IngestReport:
    """Bytes inside the permit and observations first, under the entry that ingest began; then the record.

    Until the record stands nothing reads them; the same ingest again writes the same names.
    """
    origin = (ContentHash(record.source_id),)
    if plan.kept:
        kept, _ = context.vault.put(read_ranges(path, plan.kept, record.source_id))
        record = replace(record, kept=kept)
    whole = stream_reading(reading.packets, reading.index, reading.problems)
    summary = stream_summary(whole, plan.rows_kept, reading.intervals)
    listed = {
        "source_id": record.source_id,
        "problems": [to_json(problem) for problem in reading.problems],
        "stream": to_json(summary),
    }
    problems, _ = context.vault.put([json.dumps(listed, ensure_ascii=False).encode()])
    record = replace(record, problems=problems, ground=ground.facts)
    made: list[Derivative] = []
    for kind in (FrameTable, TargetTable, StatedErrors, FootprintTable):
        context.lake.clear(kind, record.sortie_id, record.source_id)
    for slab, table in _tables(context, reading, judged, plan):
        written = context.lake.write(record.sortie_id, record.source_id, slab, table)
        if isinstance(table, FootprintTable):
            parameters: dict[str, Json] = {**ground.facts, "source_id": record.source_id, "slab": slab}
            content, _ = hash_of(written)
            made.append(
                derivative(
                    context,
                    ContentHash(content),
                    "application/vnd.apache.parquet",
                    inputs=origin,
                    transformation=FOOTPRINTS,
                    parameters=parameters,
                )
            )
    with context.store.transaction() as step:
        step.record(event(context, Action.INGEST, record.source_id, _facts(record, judged, reading.problems)))
        for item in made:
            keep_derivative(step, item)
        _store(step, record)
    return IngestReport(record=record, problems=reading.problems, dropped=judged.dropped, repeated=False)


def _tables(
    context: Context, reading: _Reading, judged: _Judged, plan: CutPlan
) -> Iterator[tuple[int, Columns]]:
    """The kept rows of every table, slab by slab."""
    frames, targets, footprints = reading.frames, reading.targets, judged.footprints
    for slab, rows in enumerate(slab_rows(frames.time_us, context.settings.slab_s)):
        kept_rows = rows[plan.rows_kept[rows]]
        if not kept_rows.size:
            continue
        wanted = frames.frame_index[kept_rows]
        yield slab, frames.take(kept_rows)
        yield slab, targets.take(np.isin(targets.frame_index, wanted))
        stated = reading.stated.take(np.isin(reading.stated.frame_index, wanted))
        if len(stated):
            yield slab, stated
        yield slab, footprints.take(np.isin(footprints.frame_index, wanted))


def _store(step: Transaction, record: SourceRecord) -> None:
    """Add the record, or put it in the place of one whose ingest was stopped."""
    try:
        step.get(SourceRecord, f"{record.source_id}@{record.sortie_id}")
    except NotFoundError:
        step.add(record)
    else:
        step.replace(record)


def _facts(record: SourceRecord, judged: _Judged, problems: tuple[Problem, ...]) -> dict[str, Json]:
    """The custody entry: the whole's hash, what was kept, what was cut and why, and what was wrong."""
    return {
        "sortie_id": record.sortie_id,
        "length": record.length,
        "format": record.format.value,
        "kept": record.kept,
        "cuts": [[cut.offset, cut.length, cut.reason] for cut in record.cuts],
        "packets": record.packets,
        "packets_checksum_ok": record.packets_checksum_ok,
        "frames_kept": record.frames_kept,
        "frames_dropped": record.frames_dropped,
        "dropped": dict(judged.dropped),
        "problems": dict(Counter(problem.code for problem in problems)),
        "problems_list": record.problems,
        "synthetic": record.synthetic,
        "stopped_reason": record.stopped_reason,
        "ground": dict(record.ground),
    }
