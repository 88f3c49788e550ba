"""Errors of the pose from the packet's own frame centres: the check that every clip carries with it."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from atalaya.geo.geoid import Geoid
from atalaya.georeg.calibrate import corrected_by
from atalaya.georeg.calibrate_choice import SelfCalibration, calibrate
from atalaya.georeg.calibrate_fit import Evidence
from atalaya.georeg.pose import Poses
from atalaya.georeg.residual import axis_residuals_rad, frame_centre_residuals
from atalaya.model.calibration import CalibrationMethod
from atalaya.model.frame import FrameTable

CANDIDATES = ("attitude_lag_s", "heading_bias_deg", "boresight_yaw_deg", "boresight_pitch_deg")
"""A turn about the optical axis does not move the centre; a shift of the sensor is not told from a turn."""

_MOST_LOOKS = 2000

type PosesOf = Callable[[FrameTable], Poses]
"""Where the camera was in each frame, without any correction: `poses` with its options settled."""


def calibrate_on_centres(
    frames: FrameTable, poses_of: PosesOf, geoid: Geoid | None = None
) -> SelfCalibration:
    """Estimate lag, heading bias and boresight from the frame centres that the packets themselves state.

    Args:
        frames: the whole clip.
        poses_of: pose of each frame without correction; a roll that is absent there counts as zero.
        geoid: for frame centres in MSL, as for `frame_centre_residuals`.

    Returns:
        SelfCalibration; of a long clip at most 2,000 rows, evenly taken, are looked at.

    Raises:
        InputError: no frame has both a pose and a centre.
    """
    return calibrate(centre_evidence(frames, poses_of, geoid), CalibrationMethod.FRAME_CENTRES)


def centre_evidence(frames: FrameTable, poses_of: PosesOf, geoid: Geoid | None = None) -> Evidence:
    """The frame centres of a clip as evidence, in the order of time; rows without one are NaN."""
    stated = ~np.isnan(frames.centre_lon_deg + frames.centre_lat_deg)
    usable = np.flatnonzero(frames.usable & stated)
    usable = usable[np.argsort(frames.time_us[usable], kind="stable")]
    rows = usable[np.unique(np.linspace(0, len(usable) - 1, min(len(usable), _MOST_LOOKS)).astype(np.intp))]
    wanted = frames.take(rows)

    def camera(values: NDArray[np.float64]) -> Poses:
        return poses_of(corrected_by(frames, values, rows, absent_sensor_roll_deg=0.0))

    return Evidence(
        residual_rad=lambda values: axis_residuals_rad(wanted, camera(values), geoid),
        distance_m=lambda values: frame_centre_residuals(wanted, camera(values), geoid).distance_m,
        group=np.arange(len(rows), dtype=np.int64),
        candidates=CANDIDATES,
    )
