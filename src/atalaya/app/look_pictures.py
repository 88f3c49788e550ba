"""The pictures of a clip that come into question as looks: when, how good each is, and from where."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from atalaya.app.clip import Clip
from atalaya.app.look_for_places import PAIRING_S
from atalaya.app.picture_poses import poses_of_pictures
from atalaya.app.workers import each
from atalaya.detection.burnt_in import Changes, changes_between
from atalaya.detection.frame_quality import frame_quality, picture_shift_px
from atalaya.detection.keyframes import ConsideredPictures, pose_jumps, torn_poses
from atalaya.errors import InputError
from atalaya.geo.ellipsoid import geodetic_from_ecef, rotation_ecef_from_enu
from atalaya.geo.rays import cast
from atalaya.georeg.camera import half_extents
from atalaya.georeg.lens import lens_for
from atalaya.georeg.look_ties import LookTies, PointChain, predicted_homographies, renumbered
from atalaya.georeg.pose import Poses
from atalaya.io.video import Picture
from atalaya.io.video_keys import key_pictures, key_times
from atalaya.io.video_seek import pictures_at
from atalaya.units import Seconds

LOOK_EVERY_S = 0.5
"""Pictures closer together than this are not considered where whole seconds of video must be decoded."""
KEYS_EVERY_S = 1.05
"""Key pictures at most so far apart are all that is considered: nothing else is decoded then."""
_PACKETS_EVERY_S = 2.0
"""Packets that come as often as this say at which moments there are pictures to consider."""
_CHUNK = 64

type Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureTimes:
    """Which pictures are considered.

    Args:
        pts_s: (N,) presentation times, rising.
        keys: whether all of them are key pictures, so that what lies between need not be decoded.
    """

    pts_s: NDArray[np.float64]
    keys: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPicture:
    """What one picture is by itself, beside the one before.

    Args:
        row: of the time that it was asked for.
    """

    row: int
    pts_s: Seconds
    sharpness: float
    has_content: bool
    is_sharp: bool
    shift_px: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chunk:
    """A run of pictures that one process looks at; the first of them only to compare the next with."""

    path: Path
    pts_s: NDArray[np.float64]
    keys: bool
    first_is_before: bool
    first_row: int
    predicted: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class PicturesOfClip:
    """All pictures that come into question, row for row.

    Args:
        pictures: what is known of each.
        camera: its pose.
        ties: points that were followed through them; rows of pictures are rows of these tables.
        burnt_in: (h, w) bool at a quarter of the size, where all pictures show the same: writing, not ground.
    """

    pictures: ConsideredPictures
    camera: Poses
    ties: LookTies
    burnt_in: NDArray[np.bool_]


def picture_times(path: Path, every_s: Seconds = LOOK_EVERY_S) -> PictureTimes:
    """When the pictures are that come into question.

    Raises:
        InputError: no video, or no positive step. ExternalError: it cannot be read.
    """
    if not every_s > 0.0:
        raise InputError(f"a positive time between pictures is wanted, got {every_s} s")
    keys_s = key_times(path)
    if len(keys_s) > 1 and float(np.median(np.diff(keys_s))) <= max(KEYS_EVERY_S, every_s):
        return PictureTimes(pts_s=_thinned(keys_s, every_s), keys=True)
    if not keys_s.size:
        raise InputError(f"{path.name} has no picture that can be decoded")
    return PictureTimes(pts_s=keys_s, keys=False)


def times_of(clip: Clip, every_s: Seconds = LOOK_EVERY_S) -> PictureTimes:
    """The same for a clip: where key pictures are rare, pictures so far apart while it has metadata.

    Raises:
        InputError: it has no pictures. ExternalError: it cannot be read.
    """
    if clip.video is None:
        raise InputError(f"{clip.name} has no pictures: there is nothing to look at")
    found = picture_times(clip.video, every_s)
    if found.keys:
        return found
    said_s = clip.frames.pts_s[np.isfinite(clip.frames.pts_s)]
    if not said_s.size:
        raise InputError(f"{clip.name}: its metadata has no presentation times, so no picture has a pose")
    said_s = np.unique(said_s)
    if len(said_s) > 1 and float(np.median(np.diff(said_s))) <= _PACKETS_EVERY_S:
        return PictureTimes(pts_s=_thinned(said_s, every_s), keys=False)  # a picture has a packet, mostly
    first_s, last_s = min(said_s.min(), found.pts_s.min()), max(said_s.max(), found.pts_s.max())
    return PictureTimes(pts_s=np.arange(first_s, last_s + 1e-6, every_s), keys=False)


def considered_pictures(
    clip: Clip,
    times: PictureTimes,
    *,
    jobs: int = 1,
    admitted: NDArray[np.int64] | None = None,
    progress: Progress = lambda _done, _total: None,
) -> PicturesOfClip:
    """Each picture with its pose: all that decides whether it is a keyframe, and what ties it to others.

    Args:
        clip: with pictures.
        times: which of them.
        jobs: processes that look at pictures.
        admitted: numbers of the frames that may be looked at; None: all.
        progress: told how many pictures were looked at.

    Returns:
        One row for each picture that could be decoded.

    Raises:
        InputError: it has no pictures. ExternalError: the video cannot be read.
    """
    if clip.video is None:
        raise InputError(f"{clip.name} has no pictures: there is nothing to look at")
    expected = poses_of_pictures(clip.frames, clip.camera, times.pts_s).poses
    predicted = predicted_homographies(expected, clip.ground.terrain, clip.size_px(), clip.ground.lens)
    seen: list[SeenPicture] = []
    ties: list[LookTies] = []
    changes = Changes()
    for found, tied, changed in each(_looked_at, _chunks(clip.video, times, predicted), jobs):
        seen += found
        ties.append(tied)
        changes = changes.joined(changed)
        progress(len(seen), len(times.pts_s))
    if not seen:
        raise InputError(f"{clip.name}: none of its pictures could be decoded")
    pictures, camera = _placed(clip, seen, admitted)
    return PicturesOfClip(
        pictures=pictures,
        camera=camera,
        ties=_of_rows(renumbered(ties), seen, len(times.pts_s)),
        burnt_in=changes.burnt_in(),
    )


def read_looks(path: Path, pts_s: NDArray[np.float64], *, keys: bool) -> Iterator[Picture]:
    """The pictures of these times, decoding no more than is needed."""
    return key_pictures(path, pts_s.tolist()) if keys else pictures_at(path, at_pts_s=pts_s.tolist())


def _thinned(pts_s: NDArray[np.float64], every_s: Seconds) -> NDArray[np.float64]:
    """The first, and each first one at least so much later."""
    kept: list[float] = []
    for one in pts_s.tolist():
        if not kept or one >= kept[-1] + every_s - 1e-3:
            kept.append(one)
    return np.array(kept)


def _chunks(path: Path, times: PictureTimes, predicted: NDArray[np.float64]) -> list[_Chunk]:
    starts = range(0, len(times.pts_s), _CHUNK)
    return [
        _Chunk(
            path=path,
            pts_s=times.pts_s[max(0, start - 1) : start + _CHUNK],
            keys=times.keys,
            first_is_before=start > 0,
            first_row=max(0, start - 1),
            predicted=predicted[max(0, start - 1) : start + _CHUNK],
        )
        for start in starts
    ]


def _looked_at(chunk: _Chunk) -> tuple[list[SeenPicture], LookTies, Changes]:
    """Each picture of a run, compared with the one before and tied to those before."""
    seen: list[SeenPicture] = []
    chain, changes = PointChain(), Changes()
    before: NDArray[np.uint8] | None = None
    for number, picture in enumerate(read_looks(chunk.path, chunk.pts_s, keys=chunk.keys)):
        row = int(np.argmin(np.abs(chunk.pts_s - picture.pts_s)))
        alike = before is not None and before.shape == picture.rgb.shape
        quality = frame_quality(picture.rgb)
        if quality.has_content and (alike or before is None):
            chain.add(chunk.first_row + row, picture.rgb, chunk.predicted[row])
        if not (number == 0 and chunk.first_is_before):
            seen.append(
                SeenPicture(
                    row=chunk.first_row + row,
                    pts_s=picture.pts_s,
                    sharpness=quality.sharpness,
                    has_content=quality.has_content,
                    is_sharp=quality.is_sharp,
                    shift_px=picture_shift_px(before, picture.rgb)
                    if alike and before is not None
                    else np.nan,
                )
            )
        if alike and before is not None and quality.has_content:
            changes = changes.joined(changes_between(before, picture.rgb))
        before = picture.rgb
    return seen, chain.ties(), changes


def _of_rows(ties: LookTies, seen: list[SeenPicture], times: int) -> LookTies:
    """The same ties by rows of the pictures that were seen, in place of those of the times."""
    row_of = np.full(times, -1, dtype=np.int64)
    row_of[[one.row for one in seen]] = np.arange(len(seen))
    mapped = replace(ties, picture=row_of[ties.picture])
    return mapped.take(mapped.picture >= 0)


def _placed(
    clip: Clip, seen: list[SeenPicture], admitted: NDArray[np.int64] | None
) -> tuple[ConsideredPictures, Poses]:
    pts_s = np.array([one.pts_s for one in seen])
    camera = _near_packets(clip, poses_of_pictures(clip.frames, clip.camera, pts_s).poses, pts_s)
    axis = camera.rotation_ecef_from_camera[:, :, 0]
    ground_m = np.full(axis.shape, np.nan)
    known = np.flatnonzero(camera.known & ~np.isnan(camera.rotation_ecef_from_camera).any(axis=(1, 2)))
    ground_m[known] = cast(camera.origin_ecef_m[known], axis[known], clip.ground.terrain)
    width_px, height_px = clip.size_px()
    step = 2.0 * half_extents(camera, width_px, height_px)[:, 0] / width_px
    if clip.ground.lens is not None:
        step = np.full(len(pts_s), 1.0 / lens_for(clip.ground.lens, width_px, height_px)[0].fx_px)
    gsd_m = np.linalg.norm(ground_m - camera.origin_ecef_m, axis=1) * step
    azimuth_deg, depression_deg = _look(camera, ground_m)
    allowed = (
        np.ones(len(pts_s), dtype=np.bool_) if admitted is None else np.isin(camera.frame_index, admitted)
    )
    pictures = ConsideredPictures(
        frame_index=camera.frame_index,
        time_us=camera.time_us,
        pts_s=pts_s,
        place_m=camera.origin_ecef_m,
        axis=axis,
        torn=_torn(clip, camera),
        ground_m=ground_m,
        width_m=gsd_m * width_px,
        look_azimuth_deg=azimuth_deg,
        depression_deg=depression_deg,
        gsd_m=gsd_m,
        permitted=allowed,
        sharpness=np.array([one.sharpness for one in seen]),
        has_content=np.array([one.has_content for one in seen]),
        is_sharp=np.array([one.is_sharp for one in seen]),
        shift_px=np.array([one.shift_px for one in seen]),
        gsd_contradicted=np.zeros(len(pts_s), dtype=np.bool_),
    )
    return pictures, camera


def _near_packets(clip: Clip, camera: Poses, pts_s: NDArray[np.float64]) -> Poses:
    """The poses; unknown where no packet is near enough in presentation time to speak of the picture."""
    said_s = np.sort(clip.frames.pts_s[np.isfinite(clip.frames.pts_s)])
    if not said_s.size:
        return camera
    after = np.clip(np.searchsorted(said_s, pts_s), 1, max(len(said_s) - 1, 1))
    near_s = np.minimum(
        np.abs(said_s[np.minimum(after, len(said_s) - 1)] - pts_s), np.abs(said_s[after - 1] - pts_s)
    )
    step_s = float(np.median(np.diff(said_s))) if len(said_s) > 1 else 0.0
    far = near_s > max(PAIRING_S, step_s)
    return replace(camera, origin_ecef_m=np.where(far[:, None], np.nan, camera.origin_ecef_m))


def _torn(clip: Clip, camera: Poses) -> NDArray[np.bool_]:
    """Pictures whose pose lies between packets from one to the next of which it jumps, or on torn ones."""
    rows = np.flatnonzero(clip.camera.known & (clip.camera.time_us >= 0))
    rows = rows[np.argsort(clip.camera.time_us[rows], kind="stable")]
    if len(rows) < 2:
        return np.zeros(len(camera), dtype=np.bool_)
    time_us = clip.camera.time_us[rows]
    place_m, axis = clip.camera.origin_ecef_m[rows], clip.camera.rotation_ecef_from_camera[rows, :, 0]
    torn, jumped = torn_poses(time_us, place_m, axis), pose_jumps(time_us, place_m, axis)
    before = np.clip(np.searchsorted(time_us, camera.time_us, side="right") - 1, 0, len(rows) - 2)
    exact = time_us[before] == camera.time_us
    return np.where(exact, torn[before], torn[before] | torn[before + 1] | jumped[before])


def _look(camera: Poses, ground_m: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Bearing and depression of the line of sight where it meets the ground."""
    lon_deg, lat_deg, _ = geodetic_from_ecef(ground_m)
    sight = ground_m - camera.origin_ecef_m
    east, north, up = np.einsum("nji,nj->in", rotation_ecef_from_enu(lon_deg, lat_deg), sight)
    return np.degrees(np.arctan2(east, north)) % 360.0, np.degrees(np.arctan2(-up, np.hypot(east, north)))
