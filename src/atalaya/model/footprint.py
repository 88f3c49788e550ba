"""What was seen when: coverage is stored as carefully as detections."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.model.columns import Columns
from atalaya.units import DegreesArray, MetresArray, MicrosecondsArray

CORNERS = 4
"""Footprint corners in picture order: upper left, upper right, lower right, lower left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FootprintTable(Columns):
    """The ground under each usable frame, N first.

    Args:
        frame_index, time_us: (N,) as in the FrameTable.
        corner_lon_deg, corner_lat_deg: (N, 4) on terrain; NaN where a corner looks at the sky or beyond
            the terrain: such a frame is never counted as coverage.
        centre_lon_deg, centre_lat_deg, centre_hae_m: (N,) where the optical axis meets the ground.
        centre_covariance_m2: (N, 2, 2) east/north covariance of the centre [m2].
        ce90_m, le90_m: (N,) of the centre.
        slant_range_m: (N,) sensor to centre.
        gsd_m: (N,) ground sample distance across the look at the centre [m/px].
        look_azimuth_deg: (N,) 0..360 clockwise from north, sensor to centre.
        depression_deg: (N,) below the horizontal at the sensor, positive down.
    """

    frame_index: NDArray[np.int64]
    time_us: MicrosecondsArray
    corner_lon_deg: DegreesArray
    corner_lat_deg: DegreesArray
    centre_lon_deg: DegreesArray
    centre_lat_deg: DegreesArray
    centre_hae_m: MetresArray
    centre_covariance_m2: NDArray[np.float64]
    ce90_m: MetresArray
    le90_m: MetresArray
    slant_range_m: MetresArray
    gsd_m: MetresArray
    look_azimuth_deg: DegreesArray
    depression_deg: DegreesArray


def no_footprints() -> FootprintTable:
    """The table of nothing looked at."""
    numbers = np.empty(0)
    return FootprintTable(
        frame_index=np.empty(0, dtype=np.int64),
        time_us=np.empty(0, dtype=np.int64),
        corner_lon_deg=np.empty((0, CORNERS)),
        corner_lat_deg=np.empty((0, CORNERS)),
        centre_lon_deg=numbers,
        centre_lat_deg=numbers,
        centre_hae_m=numbers,
        centre_covariance_m2=np.empty((0, 2, 2)),
        ce90_m=numbers,
        le90_m=numbers,
        slant_range_m=numbers,
        gsd_m=numbers,
        look_azimuth_deg=numbers,
        depression_deg=numbers,
    )
