"""Tie points over a real workspace: the same correction that `atalaya georef calibrate` puts on record."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from atalaya.app.apply_calibration import apply_calibration
from atalaya.app.calibrate_source import calibrate_clip, tie_points_on
from atalaya.app.calibrations import CALIBRATION
from atalaya.app.clip import Clip, clip_of_source, source_record
from atalaya.app.context import Context
from atalaya.app.permission import require_permission
from atalaya.app.picture_poses import poses_of_pictures
from atalaya.app.workbench_points import nearest_row
from atalaya.app.workbench_ties import TieMark, TiesApplied, TieView
from atalaya.errors import InputError
from atalaya.geo.ellipsoid import ecef_from_geodetic, geodetic_from_ecef
from atalaya.georeg.camera import camera_directions, project
from atalaya.governance.roles import Action
from atalaya.io.tie_points import SaidTiePoint
from atalaya.model.actor import Actor
from atalaya.model.calibration import CalibrationMethod, TiePoint
from atalaya.model.identifiers import SourceId


class WorkspaceCalibrator:
    """Satisfies `app.workbench_ties.SourceCalibrator`.

    Args:
        context: the opened workspace and who serves it.
    """

    __slots__ = ("_context",)

    def __init__(self, context: Context) -> None:
        self._context = context

    def try_ties(self, source: SourceId, marks: Sequence[TieMark]) -> TieView:
        """What the points say; reads only.

        Raises:
            NotFoundError: no such source. InputError: points that cannot be used.
            ExternalError: the workspace cannot be read.
        """
        record = source_record(self._context, source)
        clip = clip_of_source(self._context, record.source_id)
        found = calibrate_clip(clip, CalibrationMethod.TIE_POINTS, _points(clip, marks))
        return TieView(
            calibration=found.answer.calibration,
            points_before_m=found.points_before_m,
            points_after_m=found.points_after_m,
            replaces=CALIBRATION in record.ground,
        )

    def apply_ties(self, actor: Actor, source: SourceId, marks: Sequence[TieMark]) -> TiesApplied:
        """Put the correction on record and into effect.

        Raises:
            NotPermittedError: the role may not; the refusal is on the record.
            NotFoundError: no such source. InputError: points that cannot be used.
            ExternalError: it cannot be recorded; then nothing happens.
        """
        context = replace(self._context, actor=actor)
        require_permission(context, Action.CALIBRATE, source)
        clip = clip_of_source(context, source)
        points = _points(clip, marks)
        found = calibrate_clip(clip, CalibrationMethod.TIE_POINTS, points)
        applied = apply_calibration(context, source, found.answer.calibration, points)
        return TiesApplied(frames=applied.frames, outside=applied.outside)


def _points(clip: Clip, marks: Sequence[TieMark]) -> tuple[TiePoint, ...]:
    """The marks as points of frames.

    Raises:
        InputError: a mark on no known picture, or no terrain under it.
    """
    return tie_points_on(clip, [_said(clip, number, mark) for number, mark in enumerate(marks, start=1)])


def _said(clip: Clip, number: int, mark: TieMark) -> SaidTiePoint:
    """The mark on the frame nearest to its picture: where that frame's camera would have seen the same line.

    Raises:
        InputError: neither a time nor a frame, no pictures, or no pose at the time of the picture.
    """
    width_px, height_px = clip.size_px()
    moment, x_px, y_px = mark.moment, mark.x_px, mark.y_px
    if (moment.pts_s is None) == (moment.frame_index is None):
        raise InputError("a time pts_s or a frame_index was wanted, one of the two")
    frame_index = moment.frame_index
    if moment.pts_s is not None:
        row = nearest_row(clip.frames.pts_s, moment.pts_s)
        then = poses_of_pictures(clip.frames, clip.camera, np.array([moment.pts_s]))
        if row is None or then.reason[0]:
            raise InputError(f"tie point {number}: where the camera was at this picture is not known")
        frame_index = int(clip.frames.frame_index[row])
        at_m = ecef_from_geodetic(mark.lon_deg, mark.lat_deg, _height_m(clip, mark))
        range_m = float(np.linalg.norm(at_m - then.poses.origin_ecef_m[0]))
        seen = camera_directions(
            then.poses, np.array([x_px]), np.array([y_px]), width_px, height_px, lens=clip.ground.lens
        )[0]
        line = then.poses.rotation_ecef_from_camera[0] @ (seen / np.linalg.norm(seen))
        far = geodetic_from_ecef((then.poses.origin_ecef_m[0] + range_m * line)[None])
        camera = clip.camera.take(np.array([row], dtype=np.intp))
        x_there, y_there = project(camera, *far, width_px, height_px, lens=clip.ground.lens)
        x_px, y_px = float(x_there[0]), float(y_there[0])
    return SaidTiePoint(
        frame_index=frame_index or 0,
        x_px=x_px,
        y_px=y_px,
        lon_deg=mark.lon_deg,
        lat_deg=mark.lat_deg,
        hae_m=None,
    )


def _height_m(clip: Clip, mark: TieMark) -> float:
    return float(np.nan_to_num(clip.ground.terrain.height_hae_m(mark.lon_deg, mark.lat_deg)))
