"""What a clip's own evidence says is wrong with its pose; reads only."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from atalaya.app.clip import Clip, clip_of_source
from atalaya.app.clip_motion import matched_points
from atalaya.app.context import Context
from atalaya.app.ground import Ground
from atalaya.app.pose_findings import pose_problems
from atalaya.errors import InputError
from atalaya.georeg.calibrate_centres import calibrate_on_centres
from atalaya.georeg.calibrate_choice import SelfCalibration
from atalaya.georeg.calibrate_motion import calibrate_on_motion
from atalaya.georeg.tie_points import calibrate_on_tie_points, kept_values, tie_point_distances_m
from atalaya.io.tie_points import SaidTiePoint
from atalaya.model.calibration import CalibrationMethod, TiePoint
from atalaya.model.identifiers import SourceId
from atalaya.model.problem import Problem

type Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationAnswer:
    """A correction with what there is to know before it is put on record.

    Args:
        findings: where the clip contradicts itself, without any correction.
        points_before_m, points_after_m: of each tie point, on the ground; empty for other methods.
    """

    clip: str
    answer: SelfCalibration
    findings: tuple[Problem, ...]
    points_before_m: tuple[float, ...] = ()
    points_after_m: tuple[float, ...] = ()


def calibrate_clip(
    clip: Clip,
    method: CalibrationMethod = CalibrationMethod.FRAME_CENTRES,
    points: Sequence[TiePoint] = (),
    progress: Progress = lambda _done, _total: None,
) -> CalibrationAnswer:
    """Estimate what is wrong with a clip's pose, anew; reads only.

    A correction on record plays no part, but for its lag and heading bias where tie points are heard: points
    of single moments do not show them, so they stay.

    Args:
        clip: the clip on its ground.
        method: whose evidence is heard.
        points: for tie points; their heights in the datum of the ground.
        progress: told how many pictures were looked at.

    Raises:
        InputError: no such evidence in this clip, or points that cannot be used.
        ExternalError: the video cannot be read.
    """
    ground = replace(clip.ground, calibration=None)
    findings = pose_problems(ground, clip.frames)
    match method:
        case CalibrationMethod.FRAME_CENTRES:
            answer = calibrate_on_centres(clip.frames, ground.poses_of, ground.geoid)
            return CalibrationAnswer(clip=clip.name, answer=answer, findings=findings)
        case CalibrationMethod.IMAGE_MOTION:
            matches = matched_points(clip, progress)
            answer = calibrate_on_motion(
                clip.frames, ground.poses_of, matches, clip.size_px(), ground.terrain, lens=ground.lens
            )
            return CalibrationAnswer(clip=clip.name, answer=answer, findings=findings)
        case CalibrationMethod.TIE_POINTS:
            return _on_tie_points(clip, ground, points, findings)


def calibrate_source(
    context: Context,
    source_id: SourceId,
    method: CalibrationMethod = CalibrationMethod.FRAME_CENTRES,
    points: Sequence[TiePoint] = (),
) -> CalibrationAnswer:
    """`calibrate_clip` of a source of the workspace; reads only.

    Raises:
        NotFoundError: no such source, or nothing of it was kept.
        InputError: no such evidence in this clip, or points that cannot be used.
        ExternalError: it cannot be read.
    """
    return calibrate_clip(clip_of_source(context, source_id), method, points)


def _on_tie_points(
    clip: Clip, ground: Ground, points: Sequence[TiePoint], findings: tuple[Problem, ...]
) -> CalibrationAnswer:
    answer = calibrate_on_tie_points(
        clip.frames,
        ground.poses_of,
        points,
        clip.size_px(),
        ground.errors,
        base=clip.ground.calibration,
        lens=ground.lens,
    )
    before_m, after_m = (
        tie_point_distances_m(
            clip.frames, ground.poses_of, points, clip.size_px(), values, lens=ground.lens
        ).tolist()
        for values in (kept_values(clip.ground.calibration), answer.calibration.values())
    )
    return CalibrationAnswer(
        clip=clip.name,
        answer=answer,
        findings=findings,
        points_before_m=tuple(before_m),
        points_after_m=tuple(after_m),
    )


def tie_points_on(clip: Clip, said: Sequence[SaidTiePoint]) -> tuple[TiePoint, ...]:
    """Points as they were said, those without a height on the terrain.

    Raises:
        InputError: a place that does not exist, or no terrain under a point without height.
    """
    points = []
    for number, one in enumerate(said, start=1):
        hae_m = one.hae_m
        if hae_m is None:
            hae_m = float(clip.ground.terrain.height_hae_m(one.lon_deg, one.lat_deg))
            if not np.isfinite(hae_m):
                raise InputError(
                    f"tie point {number} has no height, and the terrain has none at lon {one.lon_deg:.6f}, "
                    f"lat {one.lat_deg:.6f}"
                )
        points.append(
            TiePoint(
                frame_index=one.frame_index,
                x_px=one.x_px,
                y_px=one.y_px,
                lon_deg=one.lon_deg,
                lat_deg=one.lat_deg,
                hae_m=hae_m,
            )
        )
    return tuple(points)
