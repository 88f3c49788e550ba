"""Put a correction of a source's pose on record, and into effect.

The audit entry is written before the effect: then the correction lies in the vault, the source's ground names
it, and its footprints are worked out anew. Frames whose corrected footprint is not wholly inside the permit
are not looked at any more, and counted.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from atalaya.app.calibrations import CALIBRATION, calibration_json, corrected_ground
from atalaya.app.clip import Clip, clip_of_source, source_record
from atalaya.app.context import Context, commit, event, refuse
from atalaya.app.derivatives import derivative, keep_derivative
from atalaya.app.ground import Ground, footprint_table
from atalaya.app.ingest_source import FOOTPRINTS, footprint_corners, slab_rows
from atalaya.app.permission import require_permission
from atalaya.app.sorties import permit_of
from atalaya.custody.hashing import content_hash
from atalaya.errors import InputError
from atalaya.governance.collection_gate import Permit, Refusal, admit_frames
from atalaya.governance.roles import Action
from atalaya.io.original import hash_of
from atalaya.model.authority import Suspension
from atalaya.model.calibration import Calibration, TiePoint
from atalaya.model.custody import Derivative, Json
from atalaya.model.footprint import FootprintTable
from atalaya.model.identifiers import ContentHash, SourceId
from atalaya.model.json_form import to_json
from atalaya.model.sortie import Sortie
from atalaya.model.source import SourceRecord

TRANSFORMATION = "atalaya.georeg.calibrate"
"""Under which a correction is recorded as a derivative of its source."""

_CHANGED = (CALIBRATION, "attitude_deg", "position_horizontal_m", "position_vertical_m")
"""What of a source's ground a correction changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedCalibration:
    """A correction that is on record now.

    Args:
        content: of the correction in the vault.
        frames: with a corrected footprint.
        outside: frames that are not looked at any more, as their corrected footprint is not known to lie
            inside the permit.
    """

    content: ContentHash
    frames: int
    outside: int


def apply_calibration(
    context: Context, source_id: str, calibration: Calibration, points: Sequence[TiePoint] = ()
) -> AppliedCalibration:
    """Put a correction on record: from now on every place of this source is worked out with it.

    Args:
        context: the opened workspace and its actor.
        source_id: or its first letters.
        calibration: as estimated; it takes the place of one that is on record.
        points: the tie points that it rests on, for the record.

    Raises:
        NotPermittedError: the role may not, or the authority did not stand; on the record.
        NotFoundError: no such source, or nothing of it was kept. InputError: it corrects nothing.
        ExternalError: disk or database failed; run it again.
    """
    require_permission(context, Action.CALIBRATE, source_id)
    if not calibration.estimated:
        raise InputError("the evidence supports no correction, so there is nothing to apply")
    record = source_record(context, source_id)
    clip = clip_of_source(context, SourceId(record.source_id))
    permit, suspensions = _permit(context, record)
    kept = json.dumps(calibration_json(calibration), sort_keys=True).encode()
    content = content_hash(kept)
    form = {name: value for name, value in calibration_json(calibration).items() if name != "covariance"}
    body: dict[str, Json] = {**form, "content": content, "replaces": record.ground.get(CALIBRATION)}
    ground = corrected_ground(replace(clip.ground, calibration=None), calibration, content)
    with context.lake.hold(record.sortie_id, record.source_id):
        commit(context, "calibration.begin", record.source_id, body, lambda _: None)
        context.vault.put([kept])
        ties = _kept_ties(context, points)
        table, outside = _footprints(clip, ground, permit, suspensions)
        made = [_correction(context, record, content, ties)]
        made += _written(context, record, clip, ground, table, content)
        placed = replace(
            record,
            ground={
                **record.ground,
                **{name: ground.facts[name] for name in _CHANGED if name in ground.facts},
            },
        )
        body |= {"frames": len(table), "outside": outside}
        with context.store.transaction() as step:
            step.record(event(context, Action.CALIBRATE, record.source_id, body))
            for item in made:
                keep_derivative(step, item)
            step.replace(placed)
    return AppliedCalibration(content=content, frames=len(table), outside=outside)


def _permit(context: Context, record: SourceRecord) -> tuple[Permit, tuple[Suspension, ...]]:
    """What was allowed when the source came in."""
    with context.store.transaction() as step:
        sortie = step.get(Sortie, record.sortie_id)
        answer = permit_of(step, sortie, record.ingested_utc)
        suspensions = step.find(Suspension)
    if isinstance(answer, Refusal):
        refuse(context, "calibration.refuse", record.source_id, answer.reasons)
    return answer, suspensions


def _footprints(
    clip: Clip, ground: Ground, permit: Permit, suspensions: tuple[Suspension, ...]
) -> tuple[FootprintTable, int]:
    """Corrected footprints that lie inside the permit, and how many do not."""
    table = footprint_table(ground, clip.frames, clip.image_size_px, clip.stated)
    admitted = admit_frames(
        permit,
        time_us=clip.frames.time_us,
        footprint_lon_lat_deg=footprint_corners(table, clip.frames.frame_index),
        sensor=min(permit.sensors),  # which sensor it was is settled since it came in
        suspensions=suspensions,
    )
    inside = np.isin(table.frame_index, clip.frames.frame_index[admitted.keep])
    return table.take(inside), int((~admitted.keep).sum())


def _written(
    context: Context,
    record: SourceRecord,
    clip: Clip,
    ground: Ground,
    table: FootprintTable,
    content: ContentHash,
) -> list[Derivative]:
    """The footprints in place of those without the correction."""
    context.lake.clear(FootprintTable, record.sortie_id, record.source_id)
    made = []
    for slab, rows in _slabs(context, clip):
        part = table.take(np.isin(table.frame_index, clip.frames.frame_index[rows]))
        hashed, _ = hash_of(context.lake.write(record.sortie_id, record.source_id, slab, part))
        parameters: dict[str, Json] = {**ground.facts, "source_id": record.source_id, "slab": slab}
        inputs = (ContentHash(record.source_id), content)
        made.append(
            derivative(
                context,
                ContentHash(hashed),
                "application/vnd.apache.parquet",
                inputs=inputs,
                transformation=FOOTPRINTS,
                parameters=parameters,
            )
        )
    return made


def _slabs(context: Context, clip: Clip) -> Iterator[tuple[int, NDArray[np.intp]]]:
    yield from enumerate(slab_rows(clip.frames.time_us, context.settings.slab_s))


def _kept_ties(context: Context, points: Sequence[TiePoint]) -> tuple[ContentHash, ...]:
    """The points in the vault, so that the correction can be made again from them."""
    if not points:
        return ()
    content, _ = context.vault.put([json.dumps([to_json(point) for point in points]).encode()])
    return (content,)


def _correction(
    context: Context, record: SourceRecord, content: ContentHash, ties: tuple[ContentHash, ...]
) -> Derivative:
    """The correction as a thing made from its source, the ground it stands on and its tie points."""
    tiles = record.ground.get("terrain_sha256")
    ground = (ContentHash(tiles),) if isinstance(tiles, str) else ()
    inputs = (ContentHash(record.source_id), *ground, *ties)
    parameters: dict[str, Json] = {"source_id": record.source_id}
    return derivative(
        context,
        content,
        "application/json",
        inputs=inputs,
        transformation=TRANSFORMATION,
        parameters=parameters,
    )
