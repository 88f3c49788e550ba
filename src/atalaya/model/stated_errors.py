"""What a stream itself says of its errors, frame by frame; unknown is NaN, never zero."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.errors import InputError
from atalaya.model.columns import Columns
from atalaya.units import MetresArray

STATED = (
    "sensor_lat_deg",
    "sensor_lon_deg",
    "sensor_height_m",
    "platform_heading_deg",
    "platform_pitch_deg",
    "platform_roll_deg",
    "sensor_azimuth_deg",
    "sensor_elevation_deg",
    "sensor_roll_deg",
)
"""Values of a pose whose errors a stream may state, in the order of the columns; each in its unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedErrors(Columns):
    """One row per frame that states any error, N first.

    Args:
        frame_index: (N,) as in the FrameTable.
        target_ce90_m, target_le90_m: (N,) of the frame centre, items 45 and 46.
        sigma: (N, 9) one standard deviation of each of `STATED`, NaN where not stated (item 102).
        correlation: (N, 9, 9) between them, symmetric with a unit diagonal; 0 where not stated.

    Raises:
        InputError: columns of different length, or of another width.
    """

    frame_index: NDArray[np.int64]
    target_ce90_m: MetresArray
    target_le90_m: MetresArray
    sigma: NDArray[np.float64]
    correlation: NDArray[np.float64]

    def __post_init__(self) -> None:
        Columns.__post_init__(self)
        size = len(STATED)
        if self.sigma.shape[1:] != (size,) or self.correlation.shape[1:] != (size, size):
            raise InputError(
                f"stated errors are (N, {size}) and (N, {size}, {size}), got {self.sigma.shape} and "
                f"{self.correlation.shape}"
            )

    def row_of(self, frame_index: int) -> int | None:
        """The row of one frame; None where it states nothing."""
        rows = np.flatnonzero(self.frame_index == frame_index)
        return int(rows[0]) if rows.size else None


def nothing_stated(count: int = 0) -> StatedErrors:
    """Rows in which nothing is stated yet; numbered from 0."""
    size = len(STATED)
    return StatedErrors(
        frame_index=np.arange(count, dtype=np.int64),
        target_ce90_m=np.full(count, np.nan),
        target_le90_m=np.full(count, np.nan),
        sigma=np.full((count, size), np.nan),
        correlation=np.tile(np.eye(size), (count, 1, 1)),
    )
