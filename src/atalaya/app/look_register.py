"""The looks of a clip registered to one another and to the ground, before they are averaged."""

from collections import Counter
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from atalaya.app.clip import Clip
from atalaya.app.look_pictures import PicturesOfClip, PictureTimes, read_looks
from atalaya.geo.ellipsoid import geodetic_from_ecef, rotation_ecef_from_enu
from atalaya.geo.rays import cast
from atalaya.geo.terrain import Terrain
from atalaya.georeg.errors import PoseErrors
from atalaya.georeg.look_adjust import MOST_POSES, AdjustedLooks, adjust_looks, moved_and_turned
from atalaya.georeg.look_focus import CELL_M, FEWEST_LOOKS, PATCH_M, ground_focus
from atalaya.georeg.look_ties import LookTies
from atalaya.georeg.pose import Poses
from atalaya.model.looks import FrameVerdict
from atalaya.units import Metres, Pixels

LEAST_ERRORS = PoseErrors(attitude_deg=0.1, position_horizontal_m=5.0, position_vertical_m=5.0)
"""Poses are not believed better than this: what is believed too well cannot be registered."""
LEAST_TIED = 0.75
"""Of a stretch's pictures. Where fewer hang together, the few ties pull right poses astray: none is moved."""
_FEWEST_POSES = 3
_FOCUS_LOOKS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What was done to the poses of a clip.

    Args:
        camera: (N,) all poses, row for row; those that could not be registered are as they were.
        registered: (N,) bool.
        strange: (N,) bool, pictures whose ties contradict their pose.
        rms_before_px, rms_after_px: of the ties that agree, over all stretches; NaN where there are none.
        shift_m: median distance that sensors were moved; NaN likewise.
        ground_m: (S,) at what height over the terrain each stretch was found to see the ground, which is
            taken out; NaN where that could not be told.
        stretches: how many were registered by themselves.
        untied: how many were left as they were, since too few of their pictures hang together.
    """

    camera: Poses
    registered: NDArray[np.bool_]
    strange: NDArray[np.bool_]
    rms_before_px: Pixels
    rms_after_px: Pixels
    shift_m: Metres
    ground_m: tuple[float, ...]
    stretches: int
    untied: int


def unregistered(camera: Poses, untied: int = 0) -> Registration:
    """Poses as they are."""
    none = np.zeros(len(camera), dtype=np.bool_)
    return Registration(
        camera=camera,
        registered=none,
        strange=none,
        rms_before_px=float("nan"),
        rms_after_px=float("nan"),
        shift_m=float("nan"),
        ground_m=(),
        stretches=0,
        untied=untied,
    )


def register(
    clip: Clip, times: PictureTimes, found: PicturesOfClip, verdict: NDArray[np.str_]
) -> Registration:
    """Register the good pictures of a clip, stretch by stretch.

    Args:
        clip: with pictures.
        times: of the pictures.
        found: what is known of them.
        verdict: (N,) of each; only used ones and those near another are registered.

    Raises:
        ExternalError: the video cannot be read.
    """
    good = np.isin(verdict, [FrameVerdict.USED.value, FrameVerdict.NEAR_ANOTHER.value])
    good &= ~np.isnan(found.camera.rotation_ecef_from_camera).any(axis=(1, 2))
    rows = np.flatnonzero(good)
    rows = rows[np.concatenate([[True], np.diff(found.camera.time_us[rows]) > 0])] if rows.size else rows
    camera = found.camera
    registered, strange = np.zeros(len(camera), dtype=np.bool_), np.zeros(len(camera), dtype=np.bool_)
    origin_m, rotation = camera.origin_ecef_m.copy(), camera.rotation_ecef_from_camera.copy()
    parts: list[AdjustedLooks] = []
    levels: list[float] = []
    untied = 0
    for stretch in _stretches(rows):
        ties = _ties_of(found.ties, stretch)
        if len(stretch) < _FEWEST_POSES or not len(ties):
            untied += 1
            continue
        own = camera.take(stretch)
        made = adjust_looks(
            own, ties, clip.size_px(), clip.ground.terrain, _errors(clip), lens=clip.ground.lens
        )
        if not hangs_together(made.tied):
            untied += 1
            continue
        ground_m = _ground_of(clip, times, found, stretch, made.poses)
        if np.isfinite(ground_m):
            made = replace(made, poses=_lowered(made.poses, ground_m))
        made = replace(made, poses=_held_in_place(own, made.poses, clip.ground.terrain))
        levels.append(ground_m)
        parts.append(made)
        origin_m[stretch], rotation[stretch] = made.poses.origin_ecef_m, made.poses.rotation_ecef_from_camera
        registered[stretch], strange[stretch] = made.tied, made.strange
    if not parts:
        return unregistered(camera, untied)
    lon_deg, lat_deg, hae_m = geodetic_from_ecef(origin_m)
    return Registration(
        camera=replace(
            camera,
            origin_ecef_m=origin_m,
            rotation_ecef_from_camera=rotation,
            lon_deg=lon_deg,
            lat_deg=lat_deg,
            hae_m=hae_m,
        ),
        registered=registered,
        strange=strange,
        rms_before_px=_rms([one.rms_before_px for one in parts]),
        rms_after_px=_rms([one.rms_after_px for one in parts]),
        shift_m=float(np.median(np.linalg.norm(np.concatenate([one.shift_m for one in parts]), axis=1))),
        ground_m=tuple(levels),
        stretches=len(parts),
        untied=untied,
    )


def hangs_together(tied: NDArray[np.bool_]) -> bool:
    """Whether enough pictures of a stretch are tied to others that their poses may be moved."""
    return bool(tied.size) and float(tied.mean()) >= LEAST_TIED


def _errors(clip: Clip) -> PoseErrors:
    """What the clip's poses are thought to be off by, once a correction on record is in effect."""
    left = clip.ground.errors_left
    return replace(
        left,
        attitude_deg=max(left.attitude_deg, LEAST_ERRORS.attitude_deg),
        position_horizontal_m=max(left.position_horizontal_m, LEAST_ERRORS.position_horizontal_m),
        position_vertical_m=max(left.position_vertical_m, LEAST_ERRORS.position_vertical_m),
    )


def _stretches(rows: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """Runs of rows that are registered together, as equal as can be."""
    if not rows.size:
        return []
    return [part for part in np.array_split(rows, -(-len(rows) // MOST_POSES)) if part.size]


def _ties_of(ties: LookTies, stretch: NDArray[np.intp]) -> LookTies:
    """Ties between pictures of one stretch, by their rows in it; points seen once only are left out."""
    row_of = np.full(max(int(stretch.max()), int(ties.picture.max(initial=0))) + 1, -1, dtype=np.int64)
    row_of[stretch] = np.arange(len(stretch))
    own = replace(ties, picture=row_of[ties.picture])
    own = own.take(own.picture >= 0)
    if not len(own):
        return own
    own = own.take(np.bincount(own.point)[own.point] > 1)
    return replace(own, point=np.unique(own.point, return_inverse=True)[1].reshape(-1).astype(np.int64))


def _ground_of(
    clip: Clip, times: PictureTimes, found: PicturesOfClip, stretch: NDArray[np.intp], camera: Poses
) -> Metres:
    """At what height over the terrain the registered poses see the ground; NaN where that cannot be told."""
    if clip.video is None:
        return float("nan")
    centre_m, near = _most_looked_at(found, stretch)
    if len(near) < FEWEST_LOOKS:
        return float("nan")
    some = near[np.unique(np.linspace(0, len(near) - 1, _FOCUS_LOOKS).astype(np.intp))]
    pictures, kept = [], []
    wanted_s = found.pictures.pts_s[stretch[some]]
    keep = patch_share(found.pictures.gsd_m[stretch[some]])
    for picture in read_looks(clip.video, wanted_s, keys=times.keys):
        row = int(np.argmin(np.abs(wanted_s - picture.pts_s)))
        pictures.append(_grey(picture.rgb, keep))
        kept.append(some[row])
    size = Counter(one.shape for one in pictures).most_common(1)[0][0] if pictures else None
    alike = [number for number, one in enumerate(pictures) if one.shape == size]
    if len(alike) < FEWEST_LOOKS:
        return float("nan")
    lon_deg, lat_deg, _ = geodetic_from_ecef(centre_m[None])
    return ground_focus(
        [pictures[number] for number in alike],
        camera.take(np.array([kept[number] for number in alike], dtype=np.intp)),
        (float(lon_deg[0]), float(lat_deg[0])),
        clip.ground.terrain,
        lens=clip.ground.lens,
    ).ground_m


def _most_looked_at(
    found: PicturesOfClip, stretch: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """The middle of the picture that lies nearest to the middles of most others, and which those are."""
    ground_m, width_m = found.pictures.ground_m[stretch], found.pictures.width_m[stretch]
    away_m = np.linalg.norm(ground_m[:, None] - ground_m[None], axis=2)
    near = away_m < np.maximum(0.25 * width_m - 0.25 * PATCH_M, 0.1 * width_m)[None]
    best = int(np.argmax(near.sum(axis=1)))
    return ground_m[best], np.flatnonzero(near[best])


def patch_share(gsd_m: NDArray[np.float64]) -> float:
    """By how much all pictures of one patch are reduced, so that they are about as fine as its cells.

    One share for all: pictures of two sizes cannot be averaged, and no two looks have quite the same GSD.
    """
    middle_m = float(np.median(gsd_m))
    return min(1.0, max(0.1, 1.3 * middle_m / CELL_M)) if middle_m > 0.0 else 1.0


def _grey(rgb: NDArray[np.uint8], keep: float) -> NDArray[np.uint8]:
    """The picture in grey, reduced."""
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    size = (max(64, round(grey.shape[1] * keep)), max(36, round(grey.shape[0] * keep)))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _lowered(camera: Poses, by_m: Metres) -> Poses:
    """The poses so many metres lower, along each one's own vertical."""
    up = rotation_ecef_from_enu(camera.lon_deg, camera.lat_deg)[..., 2]
    return moved_and_turned(camera, -by_m * up, np.zeros((len(camera), 3)))


def _held_in_place(said: Poses, made: Poses, terrain: Terrain) -> Poses:
    """The registered poses, moved together so that the ground lies, in the mean, where it was said.

    Where all looks lie together no picture tells; the metadata does, and its errors average out.
    """
    before_m, after_m = (
        cast(one.origin_ecef_m, one.rotation_ecef_from_camera[:, :, 0], terrain) for one in (said, made)
    )
    known = ~np.isnan(before_m + after_m).any(axis=1)
    if not known.any():
        return made
    enu = rotation_ecef_from_enu(made.lon_deg[:1], made.lat_deg[:1])[0]
    apart_m = (after_m - before_m)[known].mean(axis=0) @ enu
    level_m = np.array([apart_m[0], apart_m[1], 0.0]) @ enu.T
    return moved_and_turned(made, np.tile(-level_m, (len(made), 1)), np.zeros((len(made), 3)))


def _rms(values: list[float]) -> float:
    known = np.array([one for one in values if np.isfinite(one)])
    return float(np.sqrt((known**2).mean())) if known.size else float("nan")
