"""Which pictures of a clip are worth a look: where each was taken from, how sharp it is, what is wrong.

Every picture that is considered gets a verdict and is counted. What is good is taken by parallax: pictures
from nearly the same direction on nearly the same ground say the same of what stands under trees, so of these
only the sharpest is used.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.detection.frame_quality import LEAST_SHIFT_PX
from atalaya.errors import InputError
from atalaya.model.columns import Columns
from atalaya.model.looks import FrameVerdict, KeyframeTable
from atalaya.units import Degrees, DegreesArray, MetresArray, MicrosecondsArray

FASTEST_MPS = 250.0
"""No unarmed aircraft that carries such a sensor flies faster."""
FASTEST_TURN_DEG_PER_S = 360.0
SLACK_M, SLACK_DEG = 50.0, 5.0
"""So much two poses may differ whatever the time between them: stated positions are rounded and noisy."""
SHORTEST_STRETCH_US = 2_000_000
"""Poses between two jumps that lie closer together than this are believed by nobody."""
SAME_PLACE_M, SAME_TURN_DEG = 0.01, 0.002
"""Two poses that differ by less are the same: an aircraft in the air is never so still."""
MOVED_PX = 3.0
"""A picture that changed as if by more shows that the camera moved; noise and coding read less than 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsideredPictures(Columns):
    """What there is to know of each picture before one is chosen, N first, in order of time.

    Args:
        frame_index, time_us, pts_s: (N,) as in the KeyframeTable.
        place_m: (N, 3) of the sensor, earth-centred; NaN where the pose is unknown.
        axis: (N, 3) unit vector of the optical axis, earth-centred; NaN likewise.
        torn: (N,) bool, the pose lies at a jump of the metadata, or between two.
        ground_m: (N, 3) where the axis meets the ground, earth-centred; NaN where it meets none.
        width_m: (N,) of the picture on the ground; NaN where unknown.
        look_azimuth_deg, depression_deg, gsd_m: (N,) as in the FootprintTable.
        permitted: (N,) bool, some of what it shows may be looked at.
        sharpness: (N,) as `detection.frame_quality` measures it.
        has_content, is_sharp: (N,) bool, as it judges.
        shift_px: (N,) from the picture before, as it measures it; NaN for the first and where unknown.
        gsd_contradicted: (N,) bool, the pixels say that the GSD is another.
    """

    frame_index: NDArray[np.int64]
    time_us: MicrosecondsArray
    pts_s: NDArray[np.float64]
    place_m: MetresArray
    axis: NDArray[np.float64]
    torn: NDArray[np.bool_]
    ground_m: MetresArray
    width_m: MetresArray
    look_azimuth_deg: DegreesArray
    depression_deg: DegreesArray
    gsd_m: MetresArray
    permitted: NDArray[np.bool_]
    sharpness: NDArray[np.float64]
    has_content: NDArray[np.bool_]
    is_sharp: NDArray[np.bool_]
    shift_px: NDArray[np.float64]
    gsd_contradicted: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyframeRules:
    """When a picture shows the ground anew.

    Args:
        turn_deg: the line of sight turned by so much about the ground since the last keyframe.
        moved_share: or the middle of the picture moved over the ground by so much of the picture's width.

    Raises:
        InputError: not positive, or a turn of a quarter circle and more.
    """

    turn_deg: Degrees = 5.0
    moved_share: float = 0.25

    def __post_init__(self) -> None:
        if not (0.0 < self.turn_deg < 90.0 and 0.0 < self.moved_share <= 1.0):
            raise InputError(
                f"keyframes are 0 to 90 deg and 0 to 1 of a width apart: {self.turn_deg}, {self.moved_share}"
            )


def choose_keyframes(pictures: ConsideredPictures, rules: KeyframeRules | None = None) -> KeyframeTable:
    """A verdict on every picture; of those from nearly one direction the sharpest is used.

    The first reason that holds is the verdict, in the order: no pose, a pose at a jump, no content, blurred,
    the same picture again under another pose, the same pose again under another picture, no ground, not
    permitted, a GSD that the pixels contradict.
    """
    good = np.full(len(pictures), FrameVerdict.NEAR_ANOTHER.value, dtype="<U16")
    undecided = np.ones(len(pictures), dtype=np.bool_)
    for verdict, holds in _reasons(pictures):
        good[undecided & holds] = verdict.value
        undecided &= ~holds
    used = sharpest_of_each(pictures.take(undecided), rules or KeyframeRules())
    good[np.flatnonzero(undecided)[used]] = FrameVerdict.USED.value
    return KeyframeTable(
        frame_index=pictures.frame_index,
        time_us=pictures.time_us,
        pts_s=pictures.pts_s,
        verdict=good,
        sharpness=pictures.sharpness,
        look_azimuth_deg=pictures.look_azimuth_deg,
        depression_deg=pictures.depression_deg,
        gsd_m=pictures.gsd_m,
    )


def sharpest_of_each(pictures: ConsideredPictures, rules: KeyframeRules) -> NDArray[np.intp]:
    """Rows of the sharpest picture of each run that looks at one ground from one direction, in order."""
    runs: list[list[int]] = []
    sight = _unit(pictures.ground_m - pictures.place_m)
    least_cos = np.cos(np.radians(rules.turn_deg))
    for row in range(len(pictures)):
        if runs:
            first = runs[-1][0]
            turned = float(sight[first] @ sight[row]) < least_cos
            away_m = float(np.linalg.norm(pictures.ground_m[row] - pictures.ground_m[first]))
            if not turned and away_m < rules.moved_share * float(pictures.width_m[first]):
                runs[-1].append(row)
                continue
        runs.append([row])
    return np.array([max(run, key=lambda row: pictures.sharpness[row]) for run in runs], dtype=np.intp)


def torn_poses(
    time_us: MicrosecondsArray, place_m: MetresArray, axis: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """(N,) poses, in order of time, that lie in a stretch between two jumps too short to be believed.

    A jump is a step that no aircraft and no gimbal can make. The longest stretch is always believed.

    Args:
        time_us: (N,), never falling.
        place_m: (N, 3) earth-centred.
        axis: (N, 3) unit vectors.
    """
    count = len(time_us)
    if count < 2:
        return np.zeros(count, dtype=np.bool_)
    stretch = np.concatenate([[0], np.cumsum(pose_jumps(time_us, place_m, axis))])
    first = np.searchsorted(stretch, np.arange(stretch[-1] + 1), side="left")
    last = np.searchsorted(stretch, np.arange(stretch[-1] + 1), side="right") - 1
    lasted_us = time_us[last] - time_us[first]
    doubted = (lasted_us < SHORTEST_STRETCH_US) & (np.arange(len(first)) != int(np.argmax(lasted_us)))
    return np.asarray(doubted[stretch], dtype=np.bool_)


def pose_jumps(
    time_us: MicrosecondsArray, place_m: MetresArray, axis: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """(N - 1,) whether a pose jumped on the way to the next."""
    step_s = np.diff(time_us) / 1e6
    away_m = np.linalg.norm(np.diff(place_m, axis=0), axis=1)
    turn_deg = np.degrees(np.arccos(np.clip((axis[1:] * axis[:-1]).sum(axis=1), -1.0, 1.0)))
    jumped: NDArray[np.bool_] = (away_m > SLACK_M + FASTEST_MPS * step_s) | (
        turn_deg > SLACK_DEG + FASTEST_TURN_DEG_PER_S * step_s
    )
    return jumped


def _reasons(pictures: ConsideredPictures) -> list[tuple[FrameVerdict, NDArray[np.bool_]]]:
    return [
        (FrameVerdict.NO_POSE, np.isnan(pictures.place_m + pictures.axis).any(axis=1)),
        (FrameVerdict.POSE_JUMP, pictures.torn),
        (FrameVerdict.DARK, ~pictures.has_content),
        (FrameVerdict.BLURRED, ~pictures.is_sharp),
        (FrameVerdict.FROZEN_PICTURE, _frozen_picture(pictures)),
        (FrameVerdict.FROZEN_METADATA, _frozen_metadata(pictures)),
        (FrameVerdict.NO_GROUND, np.isnan(pictures.ground_m).any(axis=1) | ~(pictures.gsd_m > 0.0)),
        (FrameVerdict.NOT_PERMITTED, ~pictures.permitted),
        (FrameVerdict.WRONG_GSD, pictures.gsd_contradicted),
    ]


def _same_pose(pictures: ConsideredPictures) -> NDArray[np.bool_]:
    """(N,) has the pose of the picture before."""
    same = np.zeros(len(pictures), dtype=np.bool_)
    if len(pictures) > 1:
        away_m = np.linalg.norm(np.diff(pictures.place_m, axis=0), axis=1)
        turn_deg = np.degrees(np.linalg.norm(np.diff(pictures.axis, axis=0), axis=1))
        same[1:] = (away_m < SAME_PLACE_M) & (turn_deg < SAME_TURN_DEG)
    return same


def _frozen_picture(pictures: ConsideredPictures) -> NDArray[np.bool_]:
    return (pictures.shift_px < LEAST_SHIFT_PX) & ~_same_pose(pictures)


def _frozen_metadata(pictures: ConsideredPictures) -> NDArray[np.bool_]:
    """All pictures of a run of one pose within which the picture moved, the first included.

    Whether the pose of the run was true at its beginning, in its middle or never, nobody can tell.
    """
    same = _same_pose(pictures)
    run = np.cumsum(~same)
    moved = same & (pictures.shift_px > MOVED_PX)
    return np.isin(run, run[moved])


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
