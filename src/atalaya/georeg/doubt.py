"""The errors of each look: as assumed, as the stream states them, and as a correction has left them."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from atalaya.geo.ellipsoid import metres_per_degree, rotation_x, rotation_y, rotation_z
from atalaya.georeg.errors import DIMENSIONS, GROUND, SHIFTS, TURNS, PoseErrors
from atalaya.georeg.motion import Motion
from atalaya.model.calibration import PARAMETERS, Calibration, CalibrationMethod
from atalaya.model.columns import Columns
from atalaya.model.frame import FrameTable
from atalaya.model.stated_errors import STATED, StatedErrors
from atalaya.units import MetresArray

_PLACE, _PLATFORM, _GIMBAL = slice(0, 3), slice(3, 6), slice(6, 9)
"""Groups of `STATED`."""
_CONSTANT_HALF = 0.5
"""Of the variance of the attitude, what boresight and heading bias take: a correction leaves the rest."""
_LEAST_TIME_S = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt(Columns):
    """What may be wrong about N looks.

    Args:
        root: (N, 8, 8) F with F F' the covariance of the errors, in the order of `PoseErrors.sigmas`.
        velocity_ecef_mps, turn_ecef_radps: (N, 3) of the camera, as in `Motion`.
    """

    root: NDArray[np.float64]
    velocity_ecef_mps: NDArray[np.float64]
    turn_ecef_radps: NDArray[np.float64]

    def on_ground(self, sigma_m: MetresArray) -> Self:
        """The same looks at ground that is as sure as this, (N,) one sigma of its height."""
        root = self.root.copy()
        root[:, GROUND] *= (sigma_m / np.linalg.norm(root[:, GROUND], axis=1))[:, None]
        return replace(self, root=root)


def doubt(
    errors: PoseErrors, moving: Motion, frames: FrameTable | None = None, stated: StatedErrors | None = None
) -> Doubt:
    """The errors of each look.

    Args:
        errors: what is assumed where the stream states nothing.
        moving: (N,) how the cameras moved and turned.
        frames: (N,) the packets, row for row; needed only with `stated`.
        stated: what the stream states; rows of other frames do not matter.

    Returns:
        (N,). A stated place (latitude, longitude; height) takes the place of the assumed one. Stated
        angles take theirs in two groups, platform and gimbal, each of which is assumed to make half of the
        assumed variance; a group counts as stated when all its angles are, the turn about the optical axis
        excepted. Correlations are taken as stated, as far as any errors can have them.
    """
    root = np.tile(np.diag(errors.sigmas()), (len(moving), 1, 1))
    if frames is not None and stated is not None and len(stated):
        _, rows, said = np.intersect1d(frames.frame_index, stated.frame_index, return_indices=True)
        if rows.size:
            root[rows] = _stated_roots(errors, frames.take(rows), stated.take(said))
    return Doubt(
        root=root, velocity_ecef_mps=moving.velocity_ecef_mps, turn_ecef_radps=moving.turn_ecef_radps
    )


def after_correction(errors: PoseErrors, calibration: Calibration) -> PoseErrors:
    """What is left to assume once a correction of the pose is in effect.

    Args:
        errors: as assumed before.
        calibration: what was corrected, with its covariance.

    Returns:
        PoseErrors: an estimated lag leaves its own uncertainty as the error in time; a heading bias or
        boresight estimated on tie points leaves half of the variance of the attitude, which is not constant,
        and its own uncertainty; an estimated place of the sensor leaves its own. What was not estimated is as
        before. Evidence from the same aircraft proves no attitude: on it the attitude is never surer than it
        was assumed. On any evidence it is as unsure as what the looks still disagree by.
    """
    sigma = dict(zip(PARAMETERS, np.sqrt(np.diag(calibration.covariance)).tolist(), strict=True))
    known = set(calibration.estimated)
    changed: dict[str, float] = {}
    if "attitude_lag_s" in known:
        changed["time_s"] = max(sigma["attitude_lag_s"], _LEAST_TIME_S)
    angles = [name for name in PARAMETERS if name.endswith("_deg") and name in known]
    if angles:
        own_deg2 = float(np.mean([sigma[name] ** 2 for name in angles]))
        left_deg = [float(np.sqrt(_CONSTANT_HALF * errors.attitude_deg**2 + own_deg2))]
        if calibration.method is not CalibrationMethod.TIE_POINTS:
            left_deg.append(errors.attitude_deg)
        changed["attitude_deg"] = max(left_deg)
    if calibration.attitude_deg > changed.get("attitude_deg", errors.attitude_deg):
        changed["attitude_deg"] = calibration.attitude_deg
    if {"sensor_east_m", "sensor_north_m"} <= known:
        level_m = float(np.hypot(sigma["sensor_east_m"], sigma["sensor_north_m"]) / np.sqrt(2.0))
        changed["position_horizontal_m"] = level_m
    if "sensor_up_m" in known:
        changed["position_vertical_m"] = sigma["sensor_up_m"]
    return replace(errors, **{name: value for name, value in changed.items() if value > 0.0})


def _stated_roots(errors: PoseErrors, frames: FrameTable, stated: StatedErrors) -> NDArray[np.float64]:
    """(M, 8, 8) for frames that state something, row for row."""
    count = len(frames)
    use = ~np.isnan(stated.sigma)
    use[:, 0:2] &= use[:, 0:2].all(axis=1, keepdims=True)
    use[:, _PLATFORM] &= use[:, _PLATFORM].all(axis=1, keepdims=True)
    use[:, _GIMBAL] &= use[:, 6:8].all(axis=1, keepdims=True)
    sigma = np.where(use, stated.sigma, 0.0)
    assumed = np.zeros((count, DIMENSIONS))
    assumed[:] = np.square(errors.sigmas())
    assumed[:, SHIFTS] = np.where(use[:, [1, 0, 2]], 0.0, assumed[:, SHIFTS])
    groups = (~use[:, 3]).astype(float) + (~use[:, 6]).astype(float)
    assumed[:, TURNS] *= 0.5 * groups[:, None]
    moves = np.nan_to_num(_moves(frames))  # rows without a pose have no look either
    said = sigma[:, :, None] * stated.correlation * sigma[:, None, :]
    covariance = moves @ said @ np.swapaxes(moves, 1, 2)
    covariance[:, np.arange(DIMENSIONS), np.arange(DIMENSIONS)] += assumed
    value, vector = np.linalg.eigh(covariance)
    root: NDArray[np.float64] = vector * np.sqrt(np.maximum(value, 0.0))[:, None, :]
    return root


def _moves(frames: FrameTable) -> NDArray[np.float64]:
    """(M, 8, 9) what each of `STATED` does to turns about forward, right, down and to the place, per unit."""
    moves = np.zeros((len(frames), DIMENSIONS, len(STATED)))
    per_degree_m = metres_per_degree(frames.sensor_lat_deg)
    moves[:, 3, 1], moves[:, 4, 0], moves[:, 5, 2] = per_degree_m[:, 0], per_degree_m[:, 1], 1.0
    turns = (
        (rotation_z, frames.platform_heading_deg),
        (rotation_y, frames.platform_pitch_deg),
        (rotation_x, frames.platform_roll_deg),
        (rotation_z, frames.sensor_azimuth_deg),
        (rotation_y, frames.sensor_elevation_deg),
        (rotation_x, np.nan_to_num(frames.sensor_roll_deg)),
    )
    after = np.tile(np.eye(3), (len(frames), 1, 1))
    for number in range(len(turns) - 1, -1, -1):  # an angle's axis, seen through all turns that follow it
        rotation, angle_deg = turns[number]
        axis = {rotation_z: 2, rotation_y: 1, rotation_x: 0}[rotation]
        moves[:, TURNS, 3 + number] = np.radians(1.0) * after[:, axis, :]
        after = rotation(np.radians(angle_deg)) @ after
    return moves
