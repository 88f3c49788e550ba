"""What a clip's own evidence says is wrong with its pose, by how much, and how sure that is."""

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from atalaya.errors import InputError

PARAMETERS = (
    "attitude_lag_s",
    "heading_bias_deg",
    "boresight_yaw_deg",
    "boresight_pitch_deg",
    "boresight_roll_deg",
    "sensor_east_m",
    "sensor_north_m",
    "sensor_up_m",
)
"""What may be estimated, in the order of the covariance."""


class CalibrationMethod(StrEnum):
    """Whose evidence a correction rests on."""

    FRAME_CENTRES = "frame-centres"
    """The packet's own frame centres."""
    IMAGE_MOTION = "image-motion"
    """How the picture moves from frame to frame."""
    TIE_POINTS = "tie-points"
    """Points that an analyst knows on the ground and in the picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TiePoint:
    """One point that an analyst found in a picture and on the ground.

    Args:
        frame_index: row of the FrameTable.
        x_px, y_px: in the picture, from 0 at the centre of the upper left pixel.
        lon_deg, lat_deg, hae_m: on the ground, height above the ellipsoid.

    Raises:
        InputError: a number that is not finite, or no such place.
    """

    frame_index: int
    x_px: float
    y_px: float
    lon_deg: float
    lat_deg: float
    hae_m: float

    def __post_init__(self) -> None:
        numbers = (self.x_px, self.y_px, self.lon_deg, self.lat_deg, self.hae_m)
        if self.frame_index < 0 or not all(map(math.isfinite, numbers)):
            raise InputError(
                f"a tie point needs a frame, a pixel and a place, got {self.frame_index}, {numbers}"
            )
        if not (-180.0 <= self.lon_deg <= 180.0 and -90.0 <= self.lat_deg <= 90.0):
            raise InputError(f"no such place: lon {self.lon_deg}, lat {self.lat_deg} deg")


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A correction of the pose with what it rests on; what was not estimated is zero and has no variance.

    Args:
        method: whose evidence.
        attitude_lag_s: the attitude that belongs to a packet's time is the one that the stream gives this
            much later.
        heading_bias_deg: added to the heading, about the vertical at the sensor.
        boresight_yaw_deg, boresight_pitch_deg, boresight_roll_deg: turn of the camera about its own down,
            right and forward axes, after all other angles.
        sensor_east_m, sensor_north_m, sensor_up_m: added to the place of the sensor.
        estimated: names of `PARAMETERS` that the evidence supports.
        covariance: (8, 8) in the order and units of `PARAMETERS`, zero where not estimated.
        residual_before_m, residual_after_m: median distance on the ground over all the evidence.
        holdout_before_m, holdout_after_m: over evidence that the correction was not fitted to; NaN where
            there was too little to hold any out.
        observations: how many frame centres, matched pairs or tie points.
        attitude_deg: what is left of each look's error once corrected, one sigma; NaN where too little says.

    Raises:
        InputError: an unknown parameter, numbers that are not finite, or a covariance of another form.
    """

    method: CalibrationMethod
    attitude_lag_s: float = 0.0
    heading_bias_deg: float = 0.0
    boresight_yaw_deg: float = 0.0
    boresight_pitch_deg: float = 0.0
    boresight_roll_deg: float = 0.0
    sensor_east_m: float = 0.0
    sensor_north_m: float = 0.0
    sensor_up_m: float = 0.0
    estimated: tuple[str, ...]
    covariance: NDArray[np.float64]
    residual_before_m: float
    residual_after_m: float
    holdout_before_m: float
    holdout_after_m: float
    observations: int
    attitude_deg: float = math.nan

    def __post_init__(self) -> None:
        if not set(self.estimated) <= set(PARAMETERS):
            raise InputError(f"parameters are {', '.join(PARAMETERS)}; got {', '.join(self.estimated)}")
        size = len(PARAMETERS)
        if self.covariance.shape != (size, size) or not np.isfinite(self.covariance).all():
            raise InputError(f"the covariance must be finite, ({size}, {size}); got {self.covariance.shape}")
        if not np.allclose(self.covariance, self.covariance.T):
            raise InputError("the covariance must be symmetric")
        if not np.isfinite(self.values()).all():
            raise InputError(f"a correction is finite, got {self.values().tolist()}")

    def values(self) -> NDArray[np.float64]:
        """(8,) in the order and units of `PARAMETERS`."""
        return np.array([getattr(self, name) for name in PARAMETERS])
