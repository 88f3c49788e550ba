"""Answers for points over a real workspace; sources stay open between questions."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from contextlib import suppress

import numpy as np

from atalaya.app.clip import Clip, clip_of_source, source_record
from atalaya.app.context import Context
from atalaya.app.exposure_picture import ExposurePicture, exposure_picture
from atalaya.app.ground import TERRAIN_FOLDER
from atalaya.app.picture_poses import poses_of_pictures
from atalaya.app.pixel_on_ground import image_points_of_clip, pixel_of_clip
from atalaya.app.point_words import NOT_ASKABLE, why_no_place, why_not_seen
from atalaya.app.viewshed import exposure_of_clip
from atalaya.app.workbench_points import Moment, NotAskable, PixelView, PlaceView, nearest_row
from atalaya.errors import AtalayaError, InputError
from atalaya.geo.geoid import hae_to_msl
from atalaya.georeg.outline import Outline, footprint_outline
from atalaya.georeg.pose import HeightReference
from atalaya.io.terrain import revision_of
from atalaya.model.identifiers import SourceId
from atalaya.units import Degrees, Metres, Pixels

KEPT_CLIPS = 4
"""Sources held open; each holds its frames, and all share nothing with the terrain of another."""

MOST_LOOKS = 150
"""Looks at a source that is longer than so many seconds; each costs about a tenth of a second."""


class WorkspaceLocator:
    """Satisfies `app.workbench_points.PointReader` and `GroundReader`.

    Args:
        context: the opened workspace and who serves it.
    """

    __slots__ = ("_clips", "_context", "_exposing", "_exposures", "_lock")

    def __init__(self, context: Context) -> None:
        self._context = context
        self._lock = threading.Lock()
        self._exposing = threading.Lock()
        self._clips: OrderedDict[Hashable, Clip] = OrderedDict()
        self._exposures: dict[SourceId, tuple[Clip, ExposurePicture]] = {}

    def prepare(self, source: SourceId) -> None:
        """Open the source and ask about one pixel: the first ray compiles what casts it, for some seconds."""
        with suppress(AtalayaError):
            clip = self._clip(source)
            known = np.flatnonzero(clip.camera.known)
            if known.size:
                frame_index = int(clip.frames.frame_index[known[len(known) // 2]])
                width_px, height_px = clip.size_px()
                pixel_of_clip(clip, frame_index, 0.5 * width_px, 0.5 * height_px)

    def ground_of_pixel(self, source: SourceId, moment: Moment, x_px: Pixels, y_px: Pixels) -> PixelView:
        """Where one pixel is on the ground, with its error; or the reason why not.

        Raises:
            NotFoundError: no such source or frame.
            InputError: no such pixel, or the terrain the source was placed on is gone.
            ExternalError: the workspace cannot be read.
        """
        shown = _shown_at(self._clip(source), moment)
        if isinstance(shown, NotAskable):
            return PixelView(shown, NOT_ASKABLE[shown])
        clip, frame_index = shown
        answer = pixel_of_clip(clip, frame_index, x_px, y_px)
        return PixelView(answer, why_no_place(clip, answer))

    def image_of_place(
        self, source: SourceId, moment: Moment, lon_deg: Degrees, lat_deg: Degrees
    ) -> PlaceView:
        """Where one place is in the picture; or the reason why not.

        Raises:
            NotFoundError: no such source or frame.
            InputError: no such place, no pictures, or the terrain the source was placed on is gone.
            ExternalError: the workspace cannot be read.
        """
        whole = self._clip(source)
        hae_m, msl_m = _heights(whole, lon_deg, lat_deg)
        shown = _shown_at(whole, moment)
        if isinstance(shown, NotAskable):
            return PlaceView(answer=shown, words=NOT_ASKABLE[shown], hae_m=hae_m, msl_m=msl_m)
        clip, frame_index = shown
        row = np.array([clip.row_of(frame_index)], dtype=np.intp)
        answer = image_points_of_clip(clip, lon_deg, lat_deg, row)[0]
        return PlaceView(answer=answer, words=why_not_seen(clip, answer), hae_m=hae_m, msl_m=msl_m)

    def outline(self, source: SourceId, moment: Moment) -> Outline | None:
        """The ground under one picture, following the relief; None where its pose is not known.

        Raises:
            NotFoundError: no such source or frame.
            InputError: the terrain the source was placed on is gone. ExternalError: it cannot be read.
        """
        shown = _shown_at(self._clip(source), moment)
        if isinstance(shown, NotAskable):
            return None
        clip, frame_index = shown
        camera = clip.camera.take(np.array([clip.row_of(frame_index)], dtype=np.intp))
        if not camera.known.all() or np.isnan(camera.rotation_ecef_from_camera).any():
            return None
        return footprint_outline(camera, clip.ground.terrain, clip.size_px(), lens=clip.ground.lens)

    def exposure(self, source: SourceId) -> ExposurePicture:
        """For how long the ground was seen, relief counted; worked out once.

        Raises:
            NotFoundError: no such source.
            InputError: no pictures, no relief, or no picture that shows known ground.
            ExternalError: it cannot be read.
        """
        clip = self._clip(source)
        with self._exposing:  # one at a time: it takes all of a core
            held = self._exposures.get(source)
            if held is None or held[0] is not clip:
                every_s = max(1.0, _lasts_s(clip) / MOST_LOOKS)
                held = clip, exposure_picture(exposure_of_clip(clip, every_s=every_s))
                self._exposures[source] = held
            return held[1]

    def _clip(self, source: SourceId) -> Clip:
        """The source on its ground, opened anew when it was taken in again or the terrain changed."""
        record = source_record(self._context, source)
        revision = revision_of(self._context.settings.workspace / TERRAIN_FOLDER)
        key = (record.source_id, record.ingested_utc, record.frames_kept, revision, str(record.ground))
        with self._lock:
            if key not in self._clips:
                self._clips[key] = clip_of_source(self._context, record.source_id)
                while len(self._clips) > KEPT_CLIPS:
                    self._clips.popitem(last=False)
            self._clips.move_to_end(key)
            return self._clips[key]


def _shown_at(clip: Clip, moment: Moment) -> tuple[Clip, int] | NotAskable:
    """The clip and its frame to ask; at the time of a picture that frame has the pose of then.

    Raises:
        InputError: neither a time nor a frame was said, or both.
    """
    if (moment.pts_s is None) == (moment.frame_index is None):
        raise InputError("a time pts_s or a frame_index was wanted, one of the two")
    if clip.image_size_px is None:
        return NotAskable.NO_PICTURES
    if moment.frame_index is not None:
        return clip, moment.frame_index
    row = nearest_row(clip.frames.pts_s, moment.pts_s or 0.0)
    if row is None:
        return NotAskable.NO_METADATA
    then = poses_of_pictures(clip.frames, clip.camera, np.array([moment.pts_s]))
    frame_index = int(clip.frames.frame_index[row])
    if then.reason[0] == "":
        return clip.with_pose(row, then.poses), frame_index
    known = bool(clip.camera.known[row])  # an unknown pose says what it lacks; a known one is too far away
    return NotAskable.NO_METADATA if known else (clip, frame_index)


def _lasts_s(clip: Clip) -> float:
    known_us = clip.frames.time_us[clip.frames.time_us >= 0]
    return float(known_us.max() - known_us.min()) / 1e6 if known_us.size else 0.0


def _heights(clip: Clip, lon_deg: Degrees, lat_deg: Degrees) -> tuple[Metres | None, Metres | None]:
    """Height of the ground above the ellipsoid and above mean sea level, each None where it is unknown."""
    ground = clip.ground
    height_m = float(ground.terrain.height_hae_m(lon_deg, lat_deg))
    if np.isnan(height_m):
        return None, None
    if ground.heights is HeightReference.MSL_AS_HAE:
        return None, height_m
    if ground.geoid is None:
        return height_m, None
    try:
        return height_m, float(hae_to_msl(ground.geoid, lon_deg, lat_deg, height_m))
    except InputError:  # the grid does not reach: one of two heights is still an answer
        return height_m, None
