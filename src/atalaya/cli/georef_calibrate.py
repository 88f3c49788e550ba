"""`atalaya georef calibrate CLIP`: what a clip's own evidence says is wrong with its pose."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from atalaya.cli.georef_clip import ClipName, OnGround, on_ground, opened_clip
from atalaya.cli.output import AsJson, emit
from atalaya.cli.progress import bars
from atalaya.cli.session import open_context

if TYPE_CHECKING:
    from atalaya.app.apply_calibration import AppliedCalibration
    from atalaya.app.calibrate_source import CalibrationAnswer
    from atalaya.app.clip import Clip
    from atalaya.model.calibration import Calibration, TiePoint


class From(StrEnum):
    """Whose evidence is heard."""

    CENTRES = "centres"
    MOTION = "motion"
    TIE_POINTS = "tie-points"


def register(noun: typer.Typer) -> None:
    """Add the verb."""
    noun.command("calibrate")(on_ground(calibrate))


def calibrate(
    context: typer.Context,
    clip: ClipName,
    evidence: Annotated[
        From,
        typer.Option(
            "--from", help="centres: of the packets; motion: of the picture; tie-points: of --points."
        ),
    ] = From.CENTRES,
    points: Annotated[
        Path | None,
        typer.Option(help="Tie points (JSON or CSV): frame, x_px, y_px, lon_deg, lat_deg, hae_m."),
    ] = None,
    apply: Annotated[
        bool, typer.Option("--apply", help="Put the correction on record for this source.")
    ] = False,
    ground: OnGround = OnGround(),
    as_json: AsJson = False,
) -> None:
    """What is wrong with a clip's pose by its own evidence; with --apply every place of it is corrected."""
    from atalaya.app.apply_calibration import apply_calibration
    from atalaya.app.calibrate_source import calibrate_clip
    from atalaya.errors import InputError
    from atalaya.model.calibration import CalibrationMethod

    if (evidence is From.TIE_POINTS) != (points is not None):
        raise InputError("--from tie-points and --points FILE go together")
    if apply and Path(clip).is_file():
        raise InputError("--apply is for a source of the workspace; this is a file beside it")
    found = opened_clip(context, clip, ground)
    method = {
        From.CENTRES: CalibrationMethod.FRAME_CENTRES,
        From.MOTION: CalibrationMethod.IMAGE_MOTION,
        From.TIE_POINTS: CalibrationMethod.TIE_POINTS,
    }[evidence]
    ties = _points(found, points)
    with bars(shown=evidence is From.MOTION) as tell:
        answer = calibrate_clip(found, method, ties, lambda done, total: tell("look", done, total))
    applied = None
    if apply:
        applied = apply_calibration(open_context(context), clip, answer.answer.calibration, ties)
    emit(_form(answer, applied), as_json=as_json, text="" if as_json else _text(answer, applied))


def _points(clip: Clip, path: Path | None) -> tuple[TiePoint, ...]:
    from atalaya.app.calibrate_source import tie_points_on
    from atalaya.io.tie_points import read_tie_points

    return () if path is None else tie_points_on(clip, read_tie_points(path))


def _form(answer: CalibrationAnswer, applied: AppliedCalibration | None) -> dict[str, Any]:
    from atalaya.app.calibrations import calibration_json

    return {
        "clip": answer.clip,
        "calibration": calibration_json(answer.answer.calibration),
        "left_alone": dict(answer.answer.left_alone),
        "tie_points": [
            {"before_m": before_m, "after_m": after_m}
            for before_m, after_m in zip(answer.points_before_m, answer.points_after_m, strict=True)
        ],
        "findings": [{"code": one.code, "message": one.message} for one in answer.findings],
        "applied": None
        if applied is None
        else {"content": applied.content, "frames": applied.frames, "outside_permit": applied.outside},
    }


def _text(answer: CalibrationAnswer, applied: AppliedCalibration | None) -> str:
    from atalaya.app.pose_findings import WORDS, correction_words

    calibration = answer.answer.calibration
    lines = [
        f"{answer.clip}: {calibration.observations} looks ({calibration.method.value})",
        _residual(calibration),
    ]
    estimated = correction_words(calibration)
    lines.append(f"  correction: {estimated}" if estimated else "  no correction is supported")
    lines += [
        f"  left alone: {WORDS[name][0]}: {reason}" for name, reason in answer.answer.left_alone.items()
    ]
    pairs = zip(answer.points_before_m, answer.points_after_m, strict=True)
    lines += [
        f"  tie point {number}: {before_m:.2f} m before, {after_m:.2f} m after"
        for number, (before_m, after_m) in enumerate(pairs, start=1)
    ]
    lines += [f"warning: {one.message}" for one in answer.findings]
    if applied is not None:
        lines.append(f"on record as {applied.content}: {applied.frames} frames are placed with it")
        if applied.outside:
            lines.append(
                f"{applied.outside} frames are not looked at any more: not known to be inside the permit"
            )
    elif estimated:
        lines.append("nothing was changed; --apply puts the correction on record")
    return "\n".join(lines)


def _residual(calibration: Calibration) -> str:
    import math

    before_m, after_m = calibration.residual_before_m, calibration.residual_after_m
    words = f"  median distance: {before_m:.2f} m, corrected {after_m:.2f} m"
    if math.isnan(calibration.holdout_after_m):
        return words
    held_out = f"{calibration.holdout_before_m:.2f} m to {calibration.holdout_after_m:.2f} m"
    return f"{words}; where not fitted: {held_out}"
