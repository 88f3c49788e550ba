"""Many looks of a clip that is a file: everything goes into one folder, nothing into a workspace."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from atalaya.app.calibrate_source import calibrate_clip
from atalaya.app.calibrations import calibration_json
from atalaya.app.clip import Clip
from atalaya.app.look_report import report_of
from atalaya.app.looks import LookLimits, LooksMade, LooksWish, look
from atalaya.errors import InputError
from atalaya.io.durable_file import make_durable_folder, on_disk, write_whole
from atalaya.io.lake import parquet_of
from atalaya.io.original import read_chunks
from atalaya.model.calibration import Calibration, CalibrationMethod
from atalaya.model.custody import Json
from atalaya.model.source import SYNTHETIC_MARK

REPORT, KEYFRAMES, PLACES, WORK = "looks.json", "keyframes.parquet", "places.parquet", ".looks-work"
_HEAD_CHUNKS = 4

type Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipLooks:
    """What was asked, and what became of it.

    Args:
        report: as it stands in `REPORT`.
        made: the tables themselves.
    """

    report: dict[str, Json]
    made: LooksMade


def look_at_clip(
    clip: Clip,
    out: Path,
    wish: LooksWish,
    *,
    thermal: Clip | None = None,
    calibrate: CalibrationMethod | None = None,
    replace_there: bool = False,
    keep_work: bool = False,
    progress: Progress = lambda _what, _done, _total: None,
) -> ClipLooks:
    """Bring the looks of a clip together in a folder; interrupted, it goes on where it was.

    Args:
        clip: with pictures, on its ground.
        out: folder for rasters, tables and report; made if missing.
        wish: how.
        thermal: long-wave pictures of the same flight.
        calibrate: whose evidence corrects the pose first; None leaves it.
        replace_there: whether what an earlier run left there may be replaced.
        keep_work: whether the sums stay, so that a longer clip need not do the same looks again.
        progress: told what is going on.

    Raises:
        InputError: no pictures or times, a folder that holds an answer, or no evidence to calibrate by.
        ExternalError: it cannot be read or written.
    """
    if (out / REPORT).exists() and not replace_there:
        raise InputError(f"{out / REPORT} is there already; --force replaces it")
    with on_disk(f"make {out}"):
        make_durable_folder(out)
    correction = None if calibrate is None else calibrate_clip(clip, calibrate).answer.calibration
    clip, thermal = _corrected(clip, correction), None if thermal is None else _corrected(thermal, correction)
    synthetic = is_synthetic(clip) or (thermal is not None and is_synthetic(thermal))
    tags = {"ATALAYA_SYNTHETIC": SYNTHETIC_MARK} if synthetic else {}
    made = look(
        clip,
        out,
        out / WORK,
        wish,
        limits=LookLimits(),
        thermal=thermal,
        synthetic=synthetic,
        tags={"ATALAYA_CLIP": clip.name, **tags},
        progress=progress,
    )
    said = None if correction is None else calibration_json(correction)
    report = report_of(made, clip.name, synthetic=synthetic, calibration=said)
    _forget_rasters(out, {name for name, _ in made.files})
    write_whole(out / KEYFRAMES, parquet_of(made.keyframes))
    write_whole(out / PLACES, parquet_of(made.places))
    write_whole(out / REPORT, (json.dumps(report, indent=2, ensure_ascii=False) + "\n").encode())
    if not keep_work:
        shutil.rmtree(out / WORK, ignore_errors=True)
    return ClipLooks(report=report, made=made)


def _forget_rasters(out: Path, made: set[str]) -> None:
    """Take away rasters that an earlier answer named and this one did not make anew: they are not its own."""
    try:
        with on_disk(f"read {out / REPORT}"):
            said = json.loads((out / REPORT).read_bytes()) if (out / REPORT).is_file() else {}
        earlier = [str(one["name"]) for one in said.get("files", [])]
    except (ValueError, TypeError, KeyError, AttributeError):
        return
    with on_disk(f"tidy {out}"):
        for name in earlier:
            if name not in made and name == Path(name).name and name.endswith(".tif"):
                (out / name).unlink(missing_ok=True)


def is_synthetic(clip: Clip) -> bool:
    """Whether the clip says of itself that a simulator made it, in its first megabytes.

    Raises:
        ExternalError: it cannot be read.
    """
    if clip.video is None:
        return False
    mark, before = SYNTHETIC_MARK.encode(), b""
    for number, chunk in enumerate(read_chunks(clip.video)):
        if mark in before + chunk:
            return True
        before = bytes(chunk)[-len(mark) :]
        if number >= _HEAD_CHUNKS:
            return False
    return False


def _corrected(clip: Clip, correction: Calibration | None) -> Clip:
    if correction is None or not correction.estimated:
        return clip
    ground = replace(clip.ground, calibration=correction)
    return replace(clip, ground=ground, camera=ground.poses_of(clip.frames))
