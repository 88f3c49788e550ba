"""The pose at any moment between two packets: where the picture was taken, not where the next packet was.

Places go straight from one packet to the next, earth-centred; attitudes turn about one axis by the shorter
way (slerp), the camera's whole attitude at once, so that a gimbal that looks straight down, where azimuth and
roll mean the same, is no special case. Left out one by one, the packets of three streams are met as well by
this as by the six angles each by itself, and better than by cubics: docs/explain/frames.md.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from atalaya.errors import InputError
from atalaya.geo.ellipsoid import geodetic_from_ecef
from atalaya.georeg.pose import HeightReference, Poses
from atalaya.units import MetresArray, MicrosecondsArray, RadiansArray, Seconds

LONGEST_GAP_S = 1.25
"""Between packets farther apart nothing is stated: there a real turret was off by 0.4 deg (one in ten)."""

HELD_S = 0.1
"""Where packets are farther apart, a pose holds so long beside its packet, but never beyond half a period."""

_BEYOND = 0.5
"""So much of a period a pose is carried on beyond the last packet, and before the first."""


class NoPoseThen(StrEnum):
    """Why there is no pose at a moment."""

    TIME_UNKNOWN = "time-unknown"
    NO_POSES = "no-poses"
    BEFORE = "before"
    """More than half a period before the first known pose."""
    AFTER = "after"
    """More than half a period after the last known pose."""
    GAP = "gap"
    """Between known poses that are too far apart."""
    TWO_DATUMS = "two-datums"
    """The heights of the two poses beside it are not of one datum."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PosesThen:
    """Poses at moments that were asked for.

    Args:
        poses: (M,) each with the frame_index of the nearest packet and the time that was asked; unknown where
            `reason` says why.
        reason: (M,) str, a NoPoseThen; empty where the pose is known.
        apart_s: (M,) float64, time between the two packets that it lies between (or beyond); NaN unknown.
    """

    poses: Poses
    reason: NDArray[np.str_]
    apart_s: NDArray[np.float64]


def poses_at(
    camera: Poses,
    time_us: MicrosecondsArray,
    *,
    clock_us: MicrosecondsArray | None = None,
    longest_gap_s: Seconds = LONGEST_GAP_S,
) -> PosesThen:
    """The pose at each moment.

    Args:
        camera: (N,) of the packets, in any order; those that are not known, or have no time, are passed over.
            Of several at one time the first counts.
        time_us: (M,) moments, on the clock of the poses; negative is unknown.
        clock_us: (N,) times of the poses on another clock than their own `time_us`: presentation time, say.
        longest_gap_s: two packets farther apart than this say nothing of what was between them, but for 0.1 s
            beside each.

    Returns:
        M poses; at the time of a packet exactly its pose. Turns of half a circle and more between two packets
        are taken for their complement.

    Raises:
        InputError: `clock_us` of another length than the poses, or a gap that is not positive.
    """
    clock = camera.time_us if clock_us is None else clock_us
    if clock.shape != (len(camera),) or not longest_gap_s > 0.0:
        raise InputError(f"a time for each of {len(camera)} poses was wanted, got {clock.shape}")
    rows, known_us = _usable_rows(camera, clock)
    first, share, apart_s, reason = _places(time_us, known_us, longest_gap_s)
    if not rows.size:
        return PosesThen(poses=_unknown(len(time_us), time_us), reason=reason, apart_s=apart_s)
    second = np.minimum(first + 1, len(rows) - 1)
    begin, end = camera.take(rows[first]), camera.take(rows[second])
    mixed = (begin.height_reference != end.height_reference) & (share > 0.0) & (share < 1.0)
    reason = np.where((reason == "") & mixed, NoPoseThen.TWO_DATUMS.value, reason)
    known = reason == ""
    made = _between(begin, end, np.where(known, share, np.nan), time_us)
    return PosesThen(poses=made, reason=reason, apart_s=np.where(known, apart_s, np.nan))


def _usable_rows(camera: Poses, clock_us: MicrosecondsArray) -> tuple[NDArray[np.intp], MicrosecondsArray]:
    """Rows with a pose and a time, in the order of time, each time once."""
    rows = np.flatnonzero(camera.known & (clock_us >= 0))
    times, index = np.unique(clock_us[rows], return_index=True)
    return rows[index], times


def _places(
    time_us: MicrosecondsArray, known_us: MicrosecondsArray, longest_gap_s: Seconds
) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64], NDArray[np.str_]]:
    """Per moment: the first of the pair it hangs on, its share of the way, the pair's length, why not."""
    count, asked = len(known_us), len(time_us)
    reason = np.full(asked, "", dtype="<U16")
    if not count:
        reason[:] = NoPoseThen.NO_POSES.value
        return np.zeros(asked, np.intp), np.full(asked, np.nan), np.full(asked, np.nan), reason
    after = np.searchsorted(known_us, time_us, side="right") - 1  # the packet at or before each moment
    choices = [np.clip(after + step, 0, max(count - 2, 0)) for step in (0, -1, 1)]
    first, share = choices[0].copy(), np.full(asked, np.nan)
    for pair in choices:
        length_s = _length_s(known_us, pair)
        part = (time_us - known_us[pair]) / np.where(length_s > 0.0, 1e6 * length_s, 1.0)
        near = (part >= -_BEYOND) & (part <= 1.0 + _BEYOND) & (length_s <= longest_gap_s)
        near |= time_us == known_us[pair]
        chosen = np.isnan(share) & near
        first[chosen], share[chosen] = pair[chosen], part[chosen]
    held = np.where(np.isnan(share), _held(time_us, known_us, after), -1)
    first = np.where(held >= 0, np.minimum(held, max(count - 2, 0)), first)
    share = np.where(held >= 0, (held > first).astype(np.float64), share)
    exact = (after >= 0) & (known_us[np.maximum(after, 0)] == time_us)
    last = exact & (after == count - 1) & (count > 1)
    first = np.where(last, count - 2, np.where(exact, np.maximum(after, 0), first))
    share = np.where(last, 1.0, np.where(exact, 0.0, share))
    reason = np.where(np.isnan(share), NoPoseThen.GAP.value, reason)
    reason = np.where(np.isnan(share) & (after < 0), NoPoseThen.BEFORE.value, reason)
    reason = np.where(np.isnan(share) & (after == count - 1), NoPoseThen.AFTER.value, reason)
    reason = np.where(time_us < 0, NoPoseThen.TIME_UNKNOWN.value, reason)
    return first, share, _length_s(known_us, first), reason


def _held(
    time_us: MicrosecondsArray, known_us: MicrosecondsArray, after: NDArray[np.intp]
) -> NDArray[np.intp]:
    """Per moment the packet whose pose holds for it; -1 for none."""
    last = len(known_us) - 1
    steps_s = np.concatenate([[np.inf], np.diff(known_us) / 1e6, [np.inf]])
    reach_s = np.minimum(HELD_S, 0.5 * np.minimum(steps_s[:-1], steps_s[1:])) if last else np.zeros(1)
    before, coming = np.maximum(after, 0), np.minimum(after + 1, last)
    nearest = np.where(
        np.abs(time_us - known_us[before]) <= np.abs(known_us[coming] - time_us), before, coming
    )
    away_s = np.abs(time_us - known_us[nearest]) / 1e6
    return np.where(away_s <= reach_s[nearest], nearest, -1)


def _length_s(known_us: MicrosecondsArray, first: NDArray[np.intp]) -> NDArray[np.float64]:
    """Time from one packet to the next; 0 for the only one there is."""
    second = np.minimum(first + 1, len(known_us) - 1)
    return (known_us[second] - known_us[first]) / 1e6


def _between(begin: Poses, end: Poses, share: NDArray[np.float64], time_us: MicrosecondsArray) -> Poses:
    """Part of the way from one pose to another; NaN where the share is."""
    nearer_end = share > 0.5
    origin_m = _mixed(begin.origin_ecef_m, end.origin_ecef_m, share[:, None])
    lon_deg, lat_deg, hae_m = geodetic_from_ecef(origin_m)
    reference = np.where(nearer_end, end.height_reference, begin.height_reference)
    return Poses(
        frame_index=np.where(nearer_end, end.frame_index, begin.frame_index),
        time_us=time_us,
        lon_deg=lon_deg,
        lat_deg=lat_deg,
        hae_m=hae_m,
        height_reference=np.where(np.isnan(share), HeightReference.UNKNOWN.value, reference),
        origin_ecef_m=origin_m,
        rotation_ecef_from_camera=_turned(
            begin.rotation_ecef_from_camera, end.rotation_ecef_from_camera, share
        ),
        hfov_rad=_mixed(begin.hfov_rad, end.hfov_rad, share),
        vfov_rad=_mixed(begin.vfov_rad, end.vfov_rad, share),
    )


def _mixed(
    begin: MetresArray | RadiansArray, end: MetresArray | RadiansArray, share: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Straight from one to the other; exactly the one at either end, whatever the other is."""
    straight = begin + share * (end - begin)
    exact: NDArray[np.float64] = np.where(share == 0.0, begin, np.where(share == 1.0, end, straight))
    return exact


def _turned(
    begin: NDArray[np.float64], end: NDArray[np.float64], share: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(M, 3, 3) part of the shorter turn between two attitudes; the axis only where one has no more."""
    made = np.full(begin.shape, np.nan)
    rolls = ~np.isnan(begin + end).any(axis=(1, 2)) & ~np.isnan(share)
    if rolls.any():
        start, finish = Rotation.from_matrix(begin[rolls]), Rotation.from_matrix(end[rolls])
        way = (start.inv() * finish).as_rotvec()
        made[rolls] = (start * Rotation.from_rotvec(way * share[rolls, None])).as_matrix()
    axis = ~rolls & ~np.isnan(share)
    made[axis, :, 0] = _axis_turned(begin[axis, :, 0], end[axis, :, 0], share[axis])
    for exact, rotation in ((share == 0.0, begin), (share == 1.0, end)):
        made[exact] = rotation[exact]
    return made


def _axis_turned(
    begin: NDArray[np.float64], end: NDArray[np.float64], share: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(M, 3) part of the way along the great circle between two axes."""
    across = np.cross(begin, end)
    angle = np.arctan2(np.linalg.norm(across, axis=1), np.einsum("ni,ni->n", begin, end))
    sine = np.sin(angle)
    small = sine < 1e-9
    safe = np.where(small, 1.0, sine)
    from_begin = np.where(small, 1.0 - share, np.sin((1.0 - share) * angle) / safe)
    from_end = np.where(small, share, np.sin(share * angle) / safe)
    turned: NDArray[np.float64] = from_begin[:, None] * begin + from_end[:, None] * end
    return turned


def _unknown(count: int, time_us: MicrosecondsArray) -> Poses:
    numbers = np.full(count, np.nan)
    return Poses(
        frame_index=np.full(count, -1, dtype=np.int64),
        time_us=time_us,
        lon_deg=numbers,
        lat_deg=numbers,
        hae_m=numbers,
        height_reference=np.full(count, HeightReference.UNKNOWN.value),
        origin_ecef_m=np.full((count, 3), np.nan),
        rotation_ecef_from_camera=np.full((count, 3, 3), np.nan),
        hfov_rad=numbers,
        vfov_rad=numbers,
    )
