"""Where the ground under a mesh of likely lines of sight breaks off, and what is on either side."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from atalaya.geo.ellipsoid import geodetic_from_ecef, rotation_ecef_from_enu
from atalaya.geo.terrain import Terrain
from atalaya.georeg.pencil import Pencil, Rays
from atalaya.georeg.spread import apart_m, offsets_m
from atalaya.units import MetresArray

_HALVINGS = 5
"""The place of a break is known to a 32nd of an edge."""


class Lattice(Protocol):
    """Points of the plane of likely errors, and the edges between neighbours."""

    @property
    def points(self) -> NDArray[np.float64]:
        """(V, 2) standard normal."""
        ...

    @property
    def edges(self) -> NDArray[np.intp]:
        """(E, 2) their two points."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Tears:
    """A mesh brought to the ground; places are east, north and up [m] of the answer.

    Args:
        ground_m: (V, 3) of each point, NaN where it meets no known ground.
        torn: (E,) edges along which the ground breaks off or ends.
        sides_m: (E, 2, 3) last ground before the break, seen from the edge's first and from its second point;
            NaN where that point meets none.
        place: (E,) how far along a torn edge the break is, 0 to 1.
    """

    ground_m: MetresArray
    torn: NDArray[np.bool_]
    sides_m: MetresArray
    place: NDArray[np.float64]


def tears_of(lattice: Lattice, rays: Rays, looks: Pencil, hit_ecef_m: MetresArray, terrain: Terrain) -> Tears:
    """Cast the mesh of one look and find its breaks.

    Edges whose ends are farther apart than `apart_m`, or of which one meets no ground, are halved five times,
    each time keeping the half with the larger step. If a step of that length is left there is hidden ground.

    Args:
        lattice: points and edges.
        rays: one look.
        looks: its pencil.
        hit_ecef_m: (1, 3) its answer.
        terrain: the ground.
    """
    lon_deg, lat_deg, _ = geodetic_from_ecef(hit_ecef_m)
    answer = hit_ecef_m, rotation_ecef_from_enu(lon_deg, lat_deg)
    ground_m = offsets_m(rays, looks, answer, lattice.points, terrain)[0]
    ends_m = ground_m[lattice.edges]
    longest_m = float(apart_m(looks)[0])
    suspect = np.flatnonzero(
        _broken(ends_m[:, 0], ends_m[:, 1], longest_m) & ~np.isnan(ends_m[:, :, 0]).all(axis=1)
    )
    sides_m, place = ends_m.copy(), np.full(len(ends_m), 0.5)
    torn = np.isnan(ends_m[:, :, 0]).any(axis=1)
    if suspect.size:
        points = lattice.points[lattice.edges[suspect]]
        low, high = np.zeros(len(suspect)), np.ones(len(suspect))
        first_m, second_m = ends_m[suspect, 0], ends_m[suspect, 1]
        for _ in range(_HALVINGS):
            middle = 0.5 * (low + high)
            asked = points[:, 0] + middle[:, None] * (points[:, 1] - points[:, 0])
            middle_m = offsets_m(rays, looks, answer, asked, terrain)[0]
            early = _step(first_m, middle_m) >= _step(middle_m, second_m)
            low, high = np.where(early, low, middle), np.where(early, middle, high)
            first_m = np.where(early[:, None], first_m, middle_m)
            second_m = np.where(early[:, None], middle_m, second_m)
        torn[suspect] = _broken(first_m, second_m, longest_m)
        place[suspect] = 0.5 * (low + high)
        sides_m[suspect, 0] = np.where(np.isnan(first_m), ends_m[suspect, 0], first_m)
        sides_m[suspect, 1] = np.where(np.isnan(second_m), ends_m[suspect, 1], second_m)
    return Tears(ground_m=ground_m, torn=torn, sides_m=sides_m, place=place)


def _broken(first_m: MetresArray, second_m: MetresArray, longest_m: float) -> NDArray[np.bool_]:
    """(E,) a longer step than that, or an unknown one."""
    broken: NDArray[np.bool_] = ~(np.square(second_m - first_m)[:, :2].sum(axis=1) <= longest_m**2)
    return broken


def _step(first_m: MetresArray, second_m: MetresArray) -> MetresArray:
    """(E,) how far from one to the other; infinite from ground to none, nothing from none to none."""
    step_m = np.sqrt(np.square(second_m - first_m)[:, :2].sum(axis=1))
    first, second = np.isnan(first_m[:, 0]), np.isnan(second_m[:, 0])
    return np.where(first ^ second, np.inf, np.where(first & second, -1.0, step_m))
