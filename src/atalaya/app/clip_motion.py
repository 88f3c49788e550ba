"""Points that were followed from picture to picture of a clip, each picture with the packet of its time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.app.clip import Clip
from atalaya.app.look_for_places import PAIRING_S
from atalaya.errors import InputError
from atalaya.georeg.calibrate_motion import MatchedPoints
from atalaya.georeg.image_motion import ImageMotion, image_motion
from atalaya.io.video import read_pictures

_APART_S, _LEAST_APART_S, _MOST_APART_S = 0.5, 0.2, 1.5
_STARTS_EVERY_S, _MOST_PAIRS, _POINTS = 0.25, 120, 16


def matched_points(
    clip: Clip, progress: Callable[[int, int], None] = lambda _done, _total: None
) -> MatchedPoints:
    """Tie pictures about half a second apart, at most about 120 pairs spread over the clip.

    Args:
        clip: with pictures that have presentation times, as its packets do.
        progress: told how many pictures were looked at.

    Raises:
        InputError: no pictures, none near a packet in time, or no two that show the same ground.
        ExternalError: the video cannot be read.
    """
    if clip.video is None:
        raise InputError(f"{clip.name} has no pictures: the motion between them says nothing")
    parts: list[MatchedPoints] = []
    reasons: set[str] = set()
    wanted_s = _times_s(clip)
    held: list[_Placed] = []
    for done, later in enumerate(_pictures(clip, wanted_s)):
        progress(done, len(wanted_s))
        held = [one for one in held if later.pts_s - one.pts_s <= _MOST_APART_S]
        earlier = [one for one in held if later.pts_s - one.pts_s >= _LEAST_APART_S]
        held.append(later)
        if not earlier:
            continue
        first = min(earlier, key=lambda one: abs(later.pts_s - one.pts_s - _APART_S))
        motion = image_motion(first.rgb, later.rgb)
        if isinstance(motion, ImageMotion):
            parts.append(_spread(motion, first.row, later.row))
        else:
            reasons.add(motion.reason)
    if not parts:
        why = "; ".join(sorted(reasons)) or "no two pictures have a packet of their time"
        raise InputError(f"{clip.name}: no two pictures could be tied together: {why}")
    return MatchedPoints.concatenate(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed:
    """A picture with the row of the packet of its time."""

    row: int
    pts_s: float
    rgb: NDArray[np.uint8]


def _times_s(clip: Clip) -> list[float]:
    """Of the pictures to look at: the starts of the pairs and their ends."""
    pts_s = clip.frames.pts_s[clip.camera.known & np.isfinite(clip.frames.pts_s)]
    if not pts_s.size:
        raise InputError(f"{clip.name}: its metadata has no presentation times, so no picture has a pose")
    step_s = max(_STARTS_EVERY_S, float(np.ptp(pts_s)) / _MOST_PAIRS)
    starts_s = np.arange(pts_s.min(), pts_s.max() + 1e-6, step_s)
    return [float(it) for it in np.unique(np.concatenate([starts_s, starts_s + _APART_S]).round(3))]


def _pictures(clip: Clip, wanted_s: list[float]) -> Iterator[_Placed]:
    """Each picture with the row of the packet nearest in time, where one is near enough."""
    if clip.video is None:
        return
    rows = np.flatnonzero(clip.camera.known & np.isfinite(clip.frames.pts_s))
    for picture in read_pictures(clip.video, at_pts_s=wanted_s):
        apart_s = np.abs(clip.frames.pts_s[rows] - picture.pts_s)
        nearest = int(np.argmin(apart_s))
        if apart_s[nearest] <= PAIRING_S:
            yield _Placed(row=int(rows[nearest]), pts_s=picture.pts_s, rgb=picture.rgb)


def _spread(motion: ImageMotion, first_row: int, second_row: int) -> MatchedPoints:
    """A few of the points that agree, spread over the list."""
    agreed = np.flatnonzero(motion.inlier)
    kept = agreed[np.unique(np.linspace(0, len(agreed) - 1, min(len(agreed), _POINTS)).astype(np.intp))]
    count = len(kept)
    return MatchedPoints(
        first_row=np.full(count, first_row, dtype=np.int64),
        second_row=np.full(count, second_row, dtype=np.int64),
        first_x_px=motion.from_px[kept, 0],
        first_y_px=motion.from_px[kept, 1],
        second_x_px=motion.to_px[kept, 0],
        second_y_px=motion.to_px[kept, 1],
    )
