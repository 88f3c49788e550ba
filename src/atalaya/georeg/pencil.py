"""A line of sight with its errors is a pencil of lines: all that is wrong moves it across itself, two ways.

Eight things may be wrong about a look. Seen from where it meets the ground they do but one thing: they move
the line of sight across itself, to the side and up or down. So the likely errors of a look are those of one
point in the plane across it, and the ground that they reach is the ground that one sees around that point.
Derivation: docs/explain/ce90.md.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from atalaya.georeg.errors import DIMENSIONS, GROUND, SHIFTS, TIME, TURNS
from atalaya.units import MetresArray

_SMALLEST_M2 = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Rays:
    """N lines of sight in ECEF, each with the axes that errors turn it about and shift it along.

    Args:
        origin_m, direction: (N, 3), unit directions. turn_axes, enu_axes: (N, 3, 3), axes in columns.
        velocity_mps, turn_radps: (N, 3) of the camera, ECEF; zero where unknown.
        root: (N, 8, 8) F with F F' the covariance of the errors, in the order of `PoseErrors.sigmas`.
    """

    origin_m: MetresArray
    direction: NDArray[np.float64]
    turn_axes: NDArray[np.float64]
    enu_axes: NDArray[np.float64]
    velocity_mps: NDArray[np.float64]
    turn_radps: NDArray[np.float64]
    root: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.origin_m)

    def take(self, rows: NDArray[np.intp]) -> Self:
        """Only these rays."""
        return type(self)(
            origin_m=self.origin_m[rows],
            direction=self.direction[rows],
            turn_axes=self.turn_axes[rows],
            enu_axes=self.enu_axes[rows],
            velocity_mps=self.velocity_mps[rows],
            turn_radps=self.turn_radps[rows],
            root=self.root[rows],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pencil:
    """The likely lines of sight of N looks, by a standard normal point (a, b) of the plane across each.

    Args:
        shift_m, turn: (N, 3, 2) how origin and direction move per unit of a and of b, in ECEF: what most
            likely is wrong when the line of sight is moved so much where it meets the ground.
        rise_m: (N, 2) how much higher than its model the ground then most likely is, per unit.
        rise_rest_m: (N,) one sigma of what that leaves open of the height of the ground.
        across_m: (N,) root mean square of the move across the line of sight, at the ground.
    """

    shift_m: MetresArray
    turn: NDArray[np.float64]
    rise_m: MetresArray
    rise_rest_m: MetresArray
    across_m: MetresArray

    def rays(self, rays: Rays, points: NDArray[np.float64]) -> tuple[MetresArray, NDArray[np.float64]]:
        """Origins and directions (N, K, 3) of the lines of sight at K points.

        Args:
            rays: the N looks.
            points: (K, 2) or (N, K, 2) standard normal.
        """
        turned = np.swapaxes(self.shift_m, 1, 2), np.swapaxes(self.turn, 1, 2)
        shift_m, turn = (points @ moves for moves in turned)
        return rays.origin_m[:, None, :] + shift_m, rays.direction[:, None, :] + turn


def pencil(rays: Rays, range_m: MetresArray) -> Pencil:
    """The pencil of each look.

    Args:
        rays: (N,).
        range_m: (N,) from the sensor to where each meets the ground.

    Returns:
        The pencil; exact at the range of the answer. A look that meets the ground at another range r is off
        by (r - range) times the turn that the two-way move leaves open, at most one sigma of attitude.
    """
    turning = _crossed_with(rays.direction)
    plane = _across(rays.direction, turning)
    shift = np.zeros((len(rays), 3, DIMENSIONS))
    shift[:, :, SHIFTS] = rays.enu_axes
    shift[:, :, GROUND] = -rays.enu_axes[:, :, 2]
    shift[:, :, TIME] = rays.velocity_mps
    turn = np.zeros((len(rays), 3, DIMENSIONS))
    turn[:, :, TURNS] = -turning @ rays.turn_axes
    turn[:, :, TIME] = -(turning @ rays.turn_radps[:, :, None])[:, :, 0]
    across, root = np.swapaxes(plane, 1, 2), rays.root
    shift, turn = across @ shift @ root, across @ turn @ root  # (N, 2, 8) in the plane across
    moves = shift + range_m[:, None, None] * turn
    likely, across_m = _likely(moves)
    rise_m = (root[:, None, GROUND] @ likely)[:, 0]
    rest_m2 = np.square(root[:, GROUND]).sum(axis=1) - np.square(rise_m).sum(axis=1)
    return Pencil(
        shift_m=plane @ (shift @ likely),
        turn=plane @ (turn @ likely),
        rise_m=rise_m,
        rise_rest_m=np.sqrt(np.maximum(rest_m2, _SMALLEST_M2)),
        across_m=across_m,
    )


def _likely(moves: MetresArray) -> tuple[NDArray[np.float64], MetresArray]:
    """(N, 8, 2) what most likely is wrong per unit of a and b, where M M' = L L' and a, b = L^-1 move.

    Columns of M' L'^-1, which are orthonormal; and the root of the trace of M M'.
    """
    square = moves @ np.swapaxes(moves, 1, 2)
    first_m = np.sqrt(np.maximum(square[:, 0, 0], _SMALLEST_M2))
    below_m = square[:, 1, 0] / first_m
    second_m = np.sqrt(np.maximum(square[:, 1, 1] - below_m**2, _SMALLEST_M2))
    one = moves[:, 0] / first_m[:, None]
    two = (moves[:, 1] - below_m[:, None] * one) / second_m[:, None]
    return np.stack([one, two], axis=-1), np.sqrt(square[:, 0, 0] + square[:, 1, 1])


def _crossed_with(direction: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, 3, 3) matrices that take a vector v to direction x v; faster than `numpy.cross` for a few."""
    turning = np.zeros((len(direction), 3, 3))
    turning[:, 2, 1], turning[:, 0, 2], turning[:, 1, 0] = direction.T
    return turning - np.swapaxes(turning, 1, 2)


def _across(direction: NDArray[np.float64], turning: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, 3, 2) two unit vectors across each direction and across each other."""
    least = np.argmin(np.abs(np.nan_to_num(direction)), axis=1)
    side = turning[np.arange(len(direction)), :, least]  # the cross product with that unit vector
    side = side / np.sqrt(np.square(side).sum(axis=1, keepdims=True))
    return np.stack([side, (turning @ side[:, :, None])[:, :, 0]], axis=-1)
