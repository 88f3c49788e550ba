"""What is uncertain about a look, and a fixed set of likely errors drawn from it."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from atalaya.errors import InputError

DIMENSIONS = 7
"""Three small turns, three shifts of the sensor, one shift of the ground."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoseErrors:
    """One standard deviation of each source of error; independent, zero mean, normal.

    Args:
        attitude_deg: turn of the camera about each of its own three axes, everything together (platform
            attitude, gimbal, boresight, time): 0.1 deg is a calibrated turret on a small INS.
        position_horizontal_m: sensor, east and north each: 5 m is a single GNSS receiver.
        position_vertical_m: sensor, up: 8 m, as GNSS heights are 1.5 times worse than positions.
        terrain_vertical_m: the ground: 5 m holds the 9 m (LE90) that SRTM and Copernicus models state.

    Raises:
        InputError: not positive and finite.
    """

    attitude_deg: float = 0.1
    position_horizontal_m: float = 5.0
    position_vertical_m: float = 8.0
    terrain_vertical_m: float = 5.0

    def __post_init__(self) -> None:
        for name in (field.name for field in fields(self)):
            value = getattr(self, name)
            if not (np.isfinite(value) and value > 0.0):
                raise InputError(f"{name} must be positive, got {value}")

    def sigmas(self) -> NDArray[np.float64]:
        """(7,) turns about forward, right, down [rad]; sensor east, north, up, and ground up [m]."""
        turn_rad = np.radians(self.attitude_deg)
        level_m = self.position_horizontal_m
        return np.array(
            [
                turn_rad,
                turn_rad,
                turn_rad,
                level_m,
                level_m,
                self.position_vertical_m,
                self.terrain_vertical_m,
            ]
        )


def normal_set(count: int) -> NDArray[np.float64]:
    """A fixed set of standard normal vectors that stands for all: no chance, so answers repeat.

    Args:
        count: how many; even, at least 16.

    Returns:
        (count, 7), each vector with its negative, covariance exactly the unit matrix.

    Raises:
        InputError: odd or fewer than 16.

    Source: Kronecker sequence on the generalised golden ratio (Roberts 2018), through the normal quantile.
    """
    if count < 16 or count % 2:
        raise InputError(f"the set needs an even count of at least 16, got {count}")
    ratio = 2.0
    for _ in range(40):  # the root of x**(d + 1) = x + 1
        ratio = (1.0 + ratio) ** (1.0 / (DIMENSIONS + 1))
    steps = ratio ** -np.arange(1.0, DIMENSIONS + 1.0)
    uniform = (0.5 + np.arange(1, count // 2 + 1)[:, None] * steps) % 1.0
    half = ndtri(uniform)
    both = np.concatenate([half, -half])
    root = np.linalg.cholesky(both.T @ both / count)
    whitened: NDArray[np.float64] = np.linalg.solve(root, both.T).T
    return whitened
