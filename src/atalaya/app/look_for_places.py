"""The looks of one source: what a detector is shown, what it says, and where that is on the ground."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from atalaya.app.calibrations import calibrated
from atalaya.app.context import Context
from atalaya.app.ground import DeclaredGround, Ground, ground_of, lens_of, placed_on, with_lens
from atalaya.app.picture_poses import poses_of_pictures
from atalaya.detection.detector import ENTRY_POINT_GROUP, Detector
from atalaya.detection.gate import admit
from atalaya.detection.table import on_the_ground
from atalaya.errors import ExternalError, NotFoundError
from atalaya.georeg.doubt import Doubt
from atalaya.georeg.locate import locate_pixels
from atalaya.georeg.pose import HeightReference, Poses
from atalaya.io.video import Picture, read_pictures, video_facts
from atalaya.model.detection import DetectionTable
from atalaya.model.footprint import FootprintTable
from atalaya.model.frame import FrameTable
from atalaya.model.source import SourceRecord
from atalaya.model.stated_errors import StatedErrors

LOOK_EVERY_S = 1.0
"""Time between the frames a detector is shown; closer looks say the same again."""
PAIRING_S = 0.1
"""A picture farther than this from the nearest metadata packet has no pose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """What one source showed.

    Args:
        footprints: one row per frame that the detector was shown, found something or not.
        detections: on the ground, in the order of the frames.
        unpaired: pictures that no metadata packet is near enough to, or that no pose is known for.
    """

    footprints: FootprintTable
    detections: DetectionTable
    unpaired: int


def load_detector(name: str) -> Detector:
    """An installed detector, once the gate has let it in.

    Raises:
        NotFoundError: none of that name is installed.
        NotPermittedError: it reports what the charter refuses.
        ExternalError: it cannot be loaded.
    """
    installed = {point.name: point for point in entry_points(group=ENTRY_POINT_GROUP)}
    if name not in installed:
        raise NotFoundError(f"no detector {name!r} is installed; there are {', '.join(sorted(installed))}")
    try:
        made: Detector = installed[name].load()()
    except (ImportError, AttributeError) as error:
        raise ExternalError(f"detector {name!r} cannot be loaded: {error}") from error
    return admit(made)


def ground_of_source(context: Context, record: SourceRecord) -> Ground:
    """The ground a source was placed on when it was ingested, with the correction of its pose on record.

    Raises:
        InputError: it was placed on the workspace's terrain, and that is gone.
        IntegrityError: the correction is not the one that was recorded.
    """
    constant_m = record.ground.get("constant_m")
    heights = HeightReference(str(record.ground.get("heights", HeightReference.HAE.value)))
    constant = float(constant_m) if isinstance(constant_m, int | float) else None
    ground = ground_of(context, DeclaredGround(constant_m=constant, heights=heights), placed_on(record))
    return with_lens(calibrated(context, ground, record), lens_of(record))


def stated_of(context: Context, record: SourceRecord) -> StatedErrors | None:
    """What the source states of its own errors; None where nothing.

    Raises:
        ExternalError: it cannot be read.
    """
    if not context.lake.has(StatedErrors, record.sortie_id, record.source_id):
        return None
    return context.lake.read(StatedErrors, record.sortie_id, record.source_id)


def look_for_places(
    context: Context,
    record: SourceRecord,
    detector: Detector,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Looks | None:
    """Show a detector one picture a second; None where the source has no pictures or no place.

    Raises:
        InputError: the terrain it was placed on is gone.
        ExternalError: it cannot be read.
    """
    lake = context.lake
    if record.kept is None or not record.has_video:
        return None
    if not lake.has(FootprintTable, record.sortie_id, record.source_id):
        return None
    frames = lake.read(FrameTable, record.sortie_id, record.source_id)
    footprints = lake.read(FootprintTable, record.sortie_id, record.source_id)
    path = context.vault.path(record.kept)
    if video_facts(path) is None or not key_frames(frames, footprints).size:
        return None
    ground = ground_of_source(context, record)
    camera = ground.poses_of(frames)
    doubts = ground.doubts_of(frames, camera, stated_of(context, record))
    return look_at(path, detector, frames, footprints, ground, (camera, doubts), progress)


def look_at(
    path: Path,
    detector: Detector,
    frames: FrameTable,
    footprints: FootprintTable,
    ground: Ground,
    seen_from: tuple[Poses, Doubt],
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Looks | None:
    """Show a detector one picture a second of a video; None where none of them has a place.

    Args:
        path: of the video.
        detector: is shown the pictures.
        frames: (N,) of the video.
        footprints: of those frames that have one.
        ground: that marks are brought to.
        seen_from: (N,) poses of the frames and their errors.
        progress: told how many pictures were shown, and of how many.

    Raises:
        InputError: no video. ExternalError: it cannot be read.
    """
    wanted = key_frames(frames, footprints)
    camera, doubts = seen_from
    parts: list[DetectionTable] = []
    shown: list[int] = []
    unpaired = count = 0
    for done, (picture, row) in enumerate(
        paired(read_pictures(path, at_pts_s=frames.pts_s[wanted].tolist()), frames)
    ):
        progress(done, len(wanted))
        own = np.flatnonzero(footprints.frame_index == frames.frame_index[row])
        then = poses_of_pictures(frames, camera, np.array([picture.pts_s])).poses
        if row < 0 or own.size != 1 or not (np.isfinite(footprints.gsd_m[own[0]]) and then.known[0]):
            unpaired += 1
            continue
        at_row = then, doubts.take(np.array([row], dtype=np.intp))
        part = _one_look(picture, detector, at_row, footprints.take(own), ground, count)
        shown.append(int(own[0]))
        count += len(part)
        parts.append(part)
    progress(len(wanted), len(wanted))
    if not parts:
        return None
    return Looks(
        footprints=footprints.take(np.array(shown, dtype=np.intp)),
        detections=DetectionTable.concatenate(parts),
        unpaired=unpaired,
    )


def key_frames(frames: FrameTable, footprints: FootprintTable) -> NDArray[np.intp]:
    """Rows of the frames to look at: one a second, with a whole footprint and a picture's time."""
    whole = footprints.frame_index[np.isfinite(footprints.corner_lon_deg).all(axis=1)]
    rows = np.flatnonzero(np.isin(frames.frame_index, whole) & np.isfinite(frames.pts_s))
    rows = rows[np.argsort(frames.pts_s[rows], kind="stable")]
    if not rows.size:
        return rows
    tick = np.floor((frames.pts_s[rows] - frames.pts_s[rows[0]]) / LOOK_EVERY_S + 1e-6).astype(np.int64)
    return rows[np.unique(tick, return_index=True)[1]]


def paired(pictures: Iterator[Picture], frames: FrameTable) -> Iterator[tuple[Picture, int]]:
    """Each picture with the row of the nearest packet in time, -1 where none is near."""
    rows = np.flatnonzero(np.isfinite(frames.pts_s))
    for picture in pictures:
        apart_s = np.abs(frames.pts_s[rows] - picture.pts_s)
        nearest = int(np.argmin(apart_s)) if rows.size else -1
        yield picture, int(rows[nearest]) if nearest >= 0 and apart_s[nearest] <= PAIRING_S else -1


def _one_look(
    picture: Picture,
    detector: Detector,
    seen_from: tuple[Poses, Doubt],
    footprint: FootprintTable,
    ground: Ground,
    first_index: int,
) -> DetectionTable:
    height_px, width_px = picture.rgb.shape[:2]
    found = detector.detect(picture.rgb, float(footprint.gsd_m[0]))
    same = np.zeros(len(found), dtype=np.intp)
    sigma_m = ground.sigma_at(footprint.centre_lon_deg, footprint.centre_lat_deg)
    camera, doubts = seen_from[0].take(same), seen_from[1].on_ground(sigma_m).take(same)
    places = locate_pixels(
        camera,
        found.x_px,
        found.y_px,
        width_px,
        height_px,
        ground.terrain,
        ground.errors,
        lens=ground.lens,
        doubts=doubts,
    )
    return on_the_ground(
        found, places, footprint, first_index=first_index, detector=f"{detector.name} {detector.version}"
    )
