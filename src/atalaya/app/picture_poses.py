"""Where the camera was when a picture was taken: between the packets, on the clock that they say."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from atalaya.georeg.interpolate import PosesThen, poses_at
from atalaya.georeg.pose import Poses
from atalaya.ingest.clock_fit import clock_breaks, fit_clock
from atalaya.model.frame import FrameTable
from atalaya.units import MicrosecondsArray

_SAME_PTS_S = 0.5 / 90_000.0
_FEWEST = 3
_UNKNOWN = -1


def poses_of_pictures(frames: FrameTable, camera: Poses, pts_s: NDArray[np.float64]) -> PosesThen:
    """The pose of each picture.

    Args:
        frames: (N,) of the source, in the order of the bytes.
        camera: (N,) their poses, row for row.
        pts_s: (M,) presentation times of the pictures, on the clock of the frames.

    Returns:
        M poses, those of `georeg.interpolate.poses_at`; a picture that has the presentation time of a packet
        has exactly its pose.
    """
    return poses_at(camera, picture_times(frames, pts_s))


def picture_times(frames: FrameTable, pts_s: NDArray[np.float64]) -> MicrosecondsArray:
    """When pictures were taken, on the packets' own clock [us]; -1 where the packets do not say.

    Args:
        frames: (N,) of the source, in the order of the bytes.
        pts_s: (M,) presentation times.

    Returns:
        The time of the packet that has the same presentation time; else by the line that ties the two clocks
        (`ingest.clock_fit`, as the time model does), and where they keep no pace, between the packets.
    """
    times_us = np.full(len(pts_s), _UNKNOWN, dtype=np.int64)
    timed = np.flatnonzero(np.isfinite(frames.pts_s) & (frames.time_us >= 0))
    asked = np.flatnonzero(np.isfinite(pts_s))
    if not timed.size or not asked.size:
        return times_us
    clock_s, clock_us = frames.pts_s[timed], frames.time_us[timed]
    edges = [*clock_breaks(clock_s, clock_us).tolist(), len(timed)]
    stretches = [(clock_s[first:last], clock_us[first:last]) for first, last in pairwise(edges)]
    away_s = np.stack(
        [np.maximum(said_s.min() - pts_s[asked], pts_s[asked] - said_s.max()) for said_s, _ in stretches]
    )
    home = np.argmin(np.maximum(away_s, 0.0), axis=0)
    for number, (said_s, said_us) in enumerate(stretches):
        own = asked[home == number]
        times_us[own] = _times_in(said_s, said_us, pts_s[own])
    return times_us


def _times_in(
    said_s: NDArray[np.float64], said_us: MicrosecondsArray, pts_s: NDArray[np.float64]
) -> MicrosecondsArray:
    """Of one stretch in which the clocks run together."""
    order = np.argsort(said_s, kind="stable")
    said_s, said_us = said_s[order], said_us[order]
    fit = fit_clock(said_s, said_us)
    if fit.samples >= _FEWEST and fit.keeps_pace:
        times_us = fit.time_at(pts_s)
    else:
        origin_us = said_us[0]
        between = np.interp(pts_s, said_s, (said_us - origin_us) / 1e6, left=np.nan, right=np.nan)
        known = np.isfinite(between)
        elapsed_us = np.rint(np.where(known, between, 0.0) * 1e6).astype(np.int64)
        times_us = np.where(known, origin_us + elapsed_us, _UNKNOWN)
    nearest = np.clip(np.searchsorted(said_s, pts_s - _SAME_PTS_S), 0, len(said_s) - 1)
    same = np.abs(said_s[nearest] - pts_s) <= _SAME_PTS_S
    return np.where(same, said_us[nearest], np.maximum(times_us, _UNKNOWN))
