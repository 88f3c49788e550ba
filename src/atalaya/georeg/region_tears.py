"""Where the ground under a mesh of likely lines of sight breaks off, and what is on either side."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from atalaya.geo.ellipsoid import geodetic_from_ecef, rotation_ecef_from_enu
from atalaya.geo.terrain import Terrain
from atalaya.georeg.pencil import Pencil, Rays
from atalaya.georeg.spread import apart_m, offsets_m
from atalaya.units import MetresArray

type GroundAt = Callable[[NDArray[np.intp], NDArray[np.float64]], MetresArray]

_STEPS = 16
"""Steps that an edge is walked in where its ends are far apart."""
_HALVINGS = 2
"""How often the step in which it breaks is halved then."""


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
        place: (E, 2) how far along a torn edge the first and the last of its breaks are, 0 to 1.
        between: (E,) share of what lies between those two that meets known ground.
    """

    ground_m: MetresArray
    torn: NDArray[np.bool_]
    sides_m: MetresArray
    place: NDArray[np.float64]
    between: NDArray[np.float64]


def tears_of(lattice: Lattice, rays: Rays, looks: Pencil, hit_ecef_m: MetresArray, terrain: Terrain) -> Tears:
    """Cast the mesh of one look and find its breaks.

    Edges whose ends are farther apart than `apart_m`, or of which one meets no ground, are walked in sixteen
    steps. A step longer than that is hidden ground: the edge is torn there, once or several times.

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
    suspect = np.flatnonzero(_broken(ends_m[:, 0], ends_m[:, 1], longest_m))
    found = Tears(
        ground_m=ground_m,
        torn=np.zeros(len(ends_m), dtype=np.bool_),
        sides_m=ends_m.copy(),
        place=np.full((len(ends_m), 2), 0.5),
        between=np.zeros(len(ends_m)),
    )
    if suspect.size:
        points = lattice.points[lattice.edges[suspect]]

        def ground_at(edges: NDArray[np.intp], part: NDArray[np.float64]) -> MetresArray:
            """(M, P, 3) where the lines at parts (M, P) of edges meet the ground."""
            ends = points[edges][:, None]
            asked = ends[:, :, 0] + part[:, :, None] * (ends[:, :, 1] - ends[:, :, 0])
            met_m: MetresArray = offsets_m(rays, looks, answer, asked.reshape(-1, 2), terrain)[0]
            there_m: MetresArray = met_m.reshape(*part.shape, 3)
            return there_m

        every = np.arange(len(suspect))
        part = np.tile(np.arange(1, _STEPS) / _STEPS, (len(suspect), 1))
        walk_m = np.concatenate([ends_m[suspect, :1], ground_at(every, part), ends_m[suspect, 1:]], axis=1)
        _tear(found, suspect, walk_m, longest_m, ground_at)
    return found


def _tear(
    found: Tears, edges: NDArray[np.intp], walk_m: MetresArray, longest_m: float, ground_at: GroundAt
) -> None:
    """Write into the answer what walks along edges, (M, steps + 1, 3), have found."""
    breaks = _broken(walk_m[:, :-1], walk_m[:, 1:], longest_m)
    torn = breaks.any(axis=1)
    found.torn[edges] = torn
    rows = np.flatnonzero(torn)
    first = np.argmax(breaks[rows], axis=1)
    last = _STEPS - 1 - np.argmax(breaks[rows][:, ::-1], axis=1)
    known = np.cumsum(~np.isnan(walk_m[rows, :, 0]), axis=1)
    every = np.arange(len(rows))
    found.between[edges[rows]] = (known[every, last] - known[every, first]) / np.maximum(last - first, 1)
    near_m = np.stack([walk_m[rows, first], walk_m[rows, last + 1]], axis=1)  # either side of the breaks
    near = np.stack([first, last + 1], axis=1) / _STEPS
    step = np.array([1.0, -1.0]) / _STEPS
    for _ in range(_HALVINGS):
        step = 0.5 * step
        middle_m = ground_at(rows, near + step)
        whole = ~_broken(near_m, middle_m, longest_m) & ~np.isnan(near_m[..., 0])
        near = np.where(whole, near + step, near)
        near_m = np.where(whole[..., None], middle_m, near_m)
    found.sides_m[edges[rows]] = near_m
    found.place[edges[rows]] = near + 0.5 * step


def _broken(first_m: MetresArray, second_m: MetresArray, longest_m: float) -> NDArray[np.bool_]:
    """A longer step than that, or from or to no ground."""
    broken: NDArray[np.bool_] = ~(np.square(second_m - first_m)[..., :2].sum(axis=-1) <= longest_m**2)
    return broken
