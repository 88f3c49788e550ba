"""Many looks of a sortie's sources: rasters into the vault with how they were made, tables into the lake.

The ledger says what is about to be done before it is done, and what came of it before anything of it is kept.
Ground outside the permit is not added up.
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from atalaya.app.calibrations import CALIBRATION
from atalaya.app.clip import clip_of_source, source_record
from atalaya.app.code_version import code_version
from atalaya.app.context import Context, commit
from atalaya.app.derivatives import derivative, keep_derivative
from atalaya.app.look_poses import look_poses
from atalaya.app.look_report import report_of
from atalaya.app.looks import LookLimits, LooksMade, LooksWish, look
from atalaya.app.ortho import MEDIA_TYPE, admitted_frames, area_of
from atalaya.app.permission import require_permission
from atalaya.app.ports import Transaction
from atalaya.errors import InputError
from atalaya.governance.roles import Action
from atalaya.io.durable_file import make_durable_folder, on_disk
from atalaya.model.custody import Derivative, Json
from atalaya.model.identifiers import ContentHash, SortieId, SourceId
from atalaya.model.source import SYNTHETIC_MARK, SourceRecord

WORK = "looks-work"
TRANSFORMATION = "atalaya.detection.ground_grid.integral"
REPORT_TYPE = "application/json"

type Progress = Callable[[str, int, int], None]


def look_at_sortie(
    context: Context,
    name: str,
    wish: LooksWish,
    progress: Progress = lambda _what, _done, _total: None,
) -> list[dict[str, Json]]:
    """Bring the looks of a sortie's sources together, each source by itself; interrupted, it goes on.

    Args:
        context: the opened workspace and its actor.
        name: a sortie, or a source (its first letters are enough).
        wish: how.
        progress: told what is going on.

    Returns:
        The report of each source that has pictures.

    Raises:
        NotPermittedError: the role may not; on the record. NotFoundError: no such sortie or source.
        InputError: nothing of it has pictures, its terrain is gone, or cells finer than imagery may be.
        ExternalError: disk or database failed.
    """
    require_permission(context, Action.DETECT, name)
    if wish.cell_m < context.settings.export_gsd_m:
        raise InputError(
            f"imagery is no finer than {context.settings.export_gsd_m:g} m; asked for {wish.cell_m:g} m"
        )
    sources = [it for it in sources_of(context, name) if it.kept is not None and it.has_video]
    if not sources:
        raise InputError(f"nothing of {name} has pictures that were kept")
    return [_look_at_source(context, source, wish, progress) for source in sources]


def sources_of(context: Context, name: str) -> tuple[SourceRecord, ...]:
    """The sources of a sortie, or the one of that name.

    Raises:
        NotFoundError: neither. ExternalError: they cannot be read.
    """
    with context.store.transaction() as step:
        found = step.find(SourceRecord, sortie_id=SortieId(name))
    return found or (source_record(context, name),)


def _look_at_source(
    context: Context, record: SourceRecord, wish: LooksWish, progress: Progress
) -> dict[str, Json]:
    clip = clip_of_source(context, SourceId(record.source_id))
    recipe: dict[str, Json] = {
        "source": record.source_id,
        "cell_m": wish.cell_m,
        "turn_deg": wish.turn_deg,
        "every_s": wish.every_s,
        "registered": wish.registered,
        "terrain_sha256": clip.ground.facts.get("terrain_sha256"),
        "constant_m": clip.ground.facts.get("constant_m"),
        "calibration": clip.ground.facts.get(CALIBRATION),
        "code": code_version(),
    }
    folder = context.settings.workspace / WORK / record.source_id
    with context.lake.hold(record.sortie_id, record.source_id):
        commit(context, "detection.looks-begin", record.source_id, recipe, lambda _: None)
        with on_disk(f"make {folder}"):
            make_durable_folder(folder)
        tags = {"ATALAYA_SOURCE": str(record.source_id)}
        tags |= {"ATALAYA_SYNTHETIC": SYNTHETIC_MARK} if record.synthetic else {}
        made = look(
            clip,
            folder,
            folder,
            wish,
            limits=LookLimits(area=area_of(context, record), frames=admitted_frames(context, record)),
            synthetic=record.synthetic,
            tags=tags,
            progress=progress,
        )
        said = clip.ground.facts.get(CALIBRATION)
        report = report_of(made, clip.name, synthetic=record.synthetic, calibration=said)
        _keep(context, record, made, report, recipe, folder)
        shutil.rmtree(folder, ignore_errors=True)
    return report


def _keep(
    context: Context,
    record: SourceRecord,
    made: LooksMade,
    report: dict[str, Json],
    recipe: dict[str, Json],
    folder: Path,
) -> None:
    """Put rasters and report into the vault and the tables into the lake, once the ledger says so."""
    text = (json.dumps(report, sort_keys=True, ensure_ascii=False) + "\n").encode()
    files = {name: (folder / name).read_bytes() for name, _ in made.files}
    frames = report["frames"]
    body: dict[str, Json] = {
        **recipe,
        "files": dict(made.files),
        "frames": frames,
        "looks": made.looks,
        "places": len(made.places),
    }

    def line(content: ContentHash, media_type: str, name: str) -> Derivative:
        return derivative(
            context,
            content,
            media_type,
            inputs=(record.kept,) if record.kept else (),
            transformation=TRANSFORMATION,
            parameters={**recipe, "name": name},
        )

    def effect(step: Transaction) -> None:
        kept, _ = context.vault.put([text])
        keep_derivative(step, line(kept, REPORT_TYPE, "looks.json"))
        for name, content in made.files:
            context.vault.put([files[name]])
            keep_derivative(step, line(content, MEDIA_TYPE, name))
        for table in (made.keyframes, made.places, look_poses(made)):
            context.lake.clear(type(table), record.sortie_id, record.source_id)
            context.lake.write(record.sortie_id, record.source_id, 0, table)

    commit(context, "detection.looks", record.source_id, body, effect)
