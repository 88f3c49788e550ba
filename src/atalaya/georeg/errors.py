"""What is uncertain about a look: attitude, place, time and ground, one sigma each."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from atalaya.errors import InputError

DIMENSIONS = 8
"""Three small turns, three shifts of the sensor, one rise of the ground, one shift in time."""
TURNS, SHIFTS, GROUND, TIME = slice(0, 3), slice(3, 6), 6, 7
"""Where they stand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoseErrors:
    """One standard deviation of each source of error; independent, zero mean, normal.

    Args:
        attitude_deg: turn of the camera about each of its own three axes, everything together (platform
            attitude, gimbal, boresight): 0.1 deg is a calibrated turret on a small INS.
        position_horizontal_m: sensor, east and north each: 5 m is a single GNSS receiver.
        position_vertical_m: sensor, up: 8 m, as GNSS heights are 1.5 times worse than positions.
        terrain_vertical_m: the ground: 5 m holds the 9 m (LE90) that SRTM and Copernicus models state.
        time_s: of a pose against its picture: 0.02 s is a value stamped anywhere within a 30 Hz interval
            to either side; it moves and turns the camera as fast as it flies and turns.

    Raises:
        InputError: not positive and finite; only the time may be zero.
    """

    attitude_deg: float = 0.1
    position_horizontal_m: float = 5.0
    position_vertical_m: float = 8.0
    terrain_vertical_m: float = 5.0
    time_s: float = 0.02

    def __post_init__(self) -> None:
        for name in (field.name for field in fields(self)):
            value = getattr(self, name)
            if not (np.isfinite(value) and (value > 0.0 or (value == 0.0 and name == "time_s"))):
                raise InputError(f"{name} must be positive, got {value}")

    def sigmas(self) -> NDArray[np.float64]:
        """(8,) turns about forward, right, down [rad]; sensor east, north, up, ground up [m]; time [s]."""
        turn_rad, level_m = np.radians(self.attitude_deg), self.position_horizontal_m
        heights_m = self.position_vertical_m, self.terrain_vertical_m
        return np.array([turn_rad, turn_rad, turn_rad, level_m, level_m, *heights_m, self.time_s])
