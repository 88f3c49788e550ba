"""How fast a camera moved and turned at each frame: what an error in time does to its pose."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.georeg.pose import Poses
from atalaya.model.columns import Columns

_LONGEST_S = 2.0
"""Poses farther apart than this say nothing about what was between them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Motion(Columns):
    """N cameras; zero where nothing is known of how it moved, as for a single pose.

    Args:
        velocity_ecef_mps: (N, 3). turn_ecef_radps: (N, 3) rotation vector of the attitude per second.
    """

    velocity_ecef_mps: NDArray[np.float64]
    turn_ecef_radps: NDArray[np.float64]


def still(count: int) -> Motion:
    """Cameras of which only the pose is known."""
    return Motion(velocity_ecef_mps=np.zeros((count, 3)), turn_ecef_radps=np.zeros((count, 3)))


def motion(camera: Poses) -> Motion:
    """Velocity and turn rate of each pose from its neighbours in time.

    Args:
        camera: (N,) consecutive poses of one stream in the order of time.

    Returns:
        (N,) mean of the step before and the step after, of the known ones; zero where neither is known or
        both are longer than 2 s.
    """
    moved = still(len(camera))
    rows = np.flatnonzero(camera.known & (camera.time_us >= 0))
    if len(rows) < 2:
        return moved
    step_s = np.diff(camera.time_us[rows]) / 1e6
    near = (step_s > 0.0) & (step_s <= _LONGEST_S)
    per_s = np.where(near, 1.0 / np.where(near, step_s, 1.0), 0.0)[:, None]
    origin_m, rotation = camera.origin_ecef_m[rows], camera.rotation_ecef_from_camera[rows]
    velocity_mps = np.diff(origin_m, axis=0) * per_s
    turn_radps = np.nan_to_num(_turns(rotation[:-1], rotation[1:])) * per_s
    for table, steps in ((moved.velocity_ecef_mps, velocity_mps), (moved.turn_ecef_radps, turn_radps)):
        table[rows] = _mean_of_steps(steps, near)
    return moved


def _turns(before: NDArray[np.float64], after: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, 3) small rotation vectors in ECEF that take each attitude to the next; sine for angle."""
    turn = np.einsum("nij,nkj->nik", after, before)
    return 0.5 * np.stack(
        [turn[:, 2, 1] - turn[:, 1, 2], turn[:, 0, 2] - turn[:, 2, 0], turn[:, 1, 0] - turn[:, 0, 1]], axis=-1
    )


def _mean_of_steps(steps: NDArray[np.float64], known: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(N,) for each pose the mean of the known ones of the steps that end and begin at it."""
    blank = np.zeros((1, steps.shape[1]))
    weight = known.astype(np.float64)[:, None]
    total = np.concatenate([blank, steps * weight]) + np.concatenate([steps * weight, blank])
    count = np.concatenate([[[0.0]], weight]) + np.concatenate([weight, [[0.0]]])
    mean: NDArray[np.float64] = total / np.maximum(count, 1.0)
    return mean
