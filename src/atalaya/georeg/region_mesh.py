"""A mesh over the likely errors of a look, with its image on the ground torn where the ground breaks off."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from atalaya.georeg.region_tears import Tears
from atalaya.units import MetresArray

SPOKES = 24
"""Directions of error."""
RINGS = (0.25, 0.5, 0.75, 1.0)
"""Sizes of error by the size of the region's own rim."""
OUTER_RINGS = (0.5, 1.0)
"""Where two more rings lie between the rim and the largest error looked at."""
LARGEST = 3.05
"""Size of error that 99 % of errors are below."""
_FLATTENED = float(np.sqrt(np.sin(2.0 * np.pi / SPOKES) * SPOKES / (2.0 * np.pi)))
"""A polygon of so many corners is as large as a circle of this times the radius of its corners."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mesh:
    """Triangles of points in the plane of likely errors, the centre first.

    Args:
        points: (V, 2) standard normal. triangles: (T, 3) points of each. edges: (E, 2).
        sides: (T, 3) edge opposite to each corner.
        share: (T,) of all errors that lie in each triangle. within: (T,) inside the rim.
    """

    points: NDArray[np.float64]
    triangles: NDArray[np.intp]
    edges: NDArray[np.intp]
    sides: NDArray[np.intp]
    share: NDArray[np.float64]
    within: NDArray[np.bool_]


def mesh(rim: float) -> Mesh:
    """The mesh whose rim encloses as many errors as a circle of that size.

    Args:
        rim: size of error, below `LARGEST`.
    """
    triangles, edges, sides = _topology()
    outer = [rim + part * (LARGEST - rim) for part in OUTER_RINGS]
    sizes = np.array([rim * part for part in RINGS] + outer) / _FLATTENED
    turn = 2.0 * np.pi * np.arange(SPOKES) / SPOKES
    ring = np.stack([np.cos(turn), np.sin(turn)], axis=-1)
    points = np.concatenate([np.zeros((1, 2)), (sizes[:, None, None] * ring).reshape(-1, 2)])
    return Mesh(
        points=points,
        triangles=triangles,
        edges=edges,
        sides=sides,
        share=_shares(points[triangles], sizes),
        within=triangles.max(axis=1) <= len(RINGS) * SPOKES,
    )


def _shares(corners: NDArray[np.float64], sizes: NDArray[np.float64]) -> NDArray[np.float64]:
    """(T,) normal mass of each triangle: by its area and middle, the rings then set to what they hold."""
    one, two = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    area = 0.5 * np.abs(one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0])
    raw = area * np.exp(-0.5 * np.square(corners.mean(axis=1)).sum(axis=1))
    held = -np.diff(np.exp(-0.5 * np.square(np.concatenate([[0.0], sizes * _FLATTENED]))))
    share = np.empty(len(raw))
    ends = SPOKES * np.concatenate([[0, 1], 1 + 2 * np.arange(1, len(sizes))])
    for ring in range(len(sizes)):
        part = slice(ends[ring], ends[ring + 1])
        share[part] = raw[part] / raw[part].sum() * held[ring]
    return share


@cache
def _topology() -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Triangles from the centre outward, edges, and the edge opposite to each corner."""
    here = np.arange(SPOKES)
    after = (here + 1) % SPOKES
    parts = [np.stack([np.zeros(SPOKES, dtype=np.intp), 1 + here, 1 + after], axis=-1)]
    for ring in range(len(RINGS) + len(OUTER_RINGS) - 1):
        inner, outer = 1 + ring * SPOKES, 1 + (ring + 1) * SPOKES
        parts.append(np.stack([inner + here, outer + here, outer + after], axis=-1))
        parts.append(np.stack([inner + here, outer + after, inner + after], axis=-1))
    triangles = np.concatenate(parts)
    opposite = np.stack([triangles[:, [1, 2]], triangles[:, [2, 0]], triangles[:, [0, 1]]], axis=1)
    edges, sides = np.unique(np.sort(opposite, axis=2).reshape(-1, 2), axis=0, return_inverse=True)
    return triangles, edges, sides.reshape(-1, 3)


def parts_of(count: int, edges: NDArray[np.intp], whole: NDArray[np.bool_]) -> NDArray[np.intp]:
    """(V,) number of the connected part each point is in, over edges that are whole."""
    joined = edges[whole]
    graph = coo_array((np.ones(len(joined)), (joined[:, 0], joined[:, 1])), shape=(count, count))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.intp)


@dataclass(frozen=True, slots=True)
class Piece:
    """A triangle of the mesh, or what a break leaves of it, on the ground.

    Args:
        part: number of the connected part it belongs to; `STRIP` for ground between two breaks.
        share: of all errors. within: inside the rim.
        ring_m: (M, 2) its corners, east and north; empty for a strip. corners: points of the mesh among them.
    """

    part: int
    share: float
    within: bool
    ring_m: MetresArray
    corners: tuple[int, ...]


STRIP = -1
"""Ground seen between two breaks of one edge: it has a share, and no outline."""

type _Cut = list[tuple[float, MetresArray, tuple[int, ...]]]
"""Share of a triangle, corners on the ground, points of the mesh among them."""


def pieces_of(found: Mesh, tears: Tears) -> tuple[Piece, ...]:
    """The mesh cut along its breaks; what meets no ground is left out."""
    part_of = parts_of(len(found.points), found.edges, ~tears.torn)
    torn = tears.torn[found.sides]
    pieces: list[Piece] = []
    for number, count in enumerate(torn.sum(axis=1).tolist()):
        share, within = float(found.share[number]), bool(found.within[number])
        if count < 2:  # whole, or torn along one side only: its corners hang together
            corners = found.triangles[number]
            cut: _Cut = [(1.0, tears.ground_m[corners, :2], tuple(corners.tolist()))]
        elif count == 2:
            cut = _two(found, tears, number, int(np.argmin(torn[number])))
        else:
            cut = _three(found, tears, number)
        pieces += [
            Piece(int(part_of[held[0]]), share * part, within, ring_m, held)
            for part, ring_m, held in cut
            if not np.isnan(ring_m).any()
        ]
        strip = 1.0 - sum(part for part, _, _ in cut)
        if strip > 0.0:
            on_ground = float(tears.between[found.sides[number]][torn[number]].max())
            pieces.append(Piece(STRIP, share * strip * on_ground, within, np.empty((0, 2)), ()))
    return tuple(pieces)


def _break(found: Mesh, tears: Tears, number: int, corner: int, other: int) -> tuple[MetresArray, float]:
    """Ground on a corner's side of the breaks of one side of a triangle; how far from the corner that is."""
    edge = found.sides[number, 3 - corner - other]
    if found.edges[edge, 0] == found.triangles[number, corner]:
        return tears.sides_m[edge, 0, :2], float(tears.place[edge, 0])
    return tears.sides_m[edge, 1, :2], 1.0 - float(tears.place[edge, 1])


def _two(found: Mesh, tears: Tears, number: int, alone: int) -> _Cut:
    """One corner is cut off from the other two."""
    left, right = (alone + 1) % 3, (alone + 2) % 3
    corners, ground_m = found.triangles[number], tears.ground_m[:, :2]
    near_left_m, left_part = _break(found, tears, number, alone, left)
    near_right_m, right_part = _break(found, tears, number, alone, right)
    far_left_m, left_rest = _break(found, tears, number, left, alone)
    far_right_m, right_rest = _break(found, tears, number, right, alone)
    here, there, beside = (int(corners[it]) for it in (alone, left, right))
    return [
        (left_part * right_part, np.stack([ground_m[here], near_left_m, near_right_m]), (here,)),
        (
            1.0 - (1.0 - left_rest) * (1.0 - right_rest),
            np.stack([far_left_m, ground_m[there], ground_m[beside], far_right_m]),
            (there, beside),
        ),
    ]


def _three(found: Mesh, tears: Tears, number: int) -> _Cut:
    """Each corner is cut off from the others; the middle is shared out among them, but for the strips."""
    cut: _Cut = []
    for corner in range(3):
        left_m, left = _break(found, tears, number, corner, (corner + 1) % 3)
        right_m, right = _break(found, tears, number, corner, (corner + 2) % 3)
        here = int(found.triangles[number, corner])
        cut.append((left * right, np.stack([tears.ground_m[here, :2], left_m, right_m]), (here,)))
    place = tears.place[found.sides[number]]
    scale = float(1.0 - (place[:, 1] - place[:, 0]).mean()) / max(sum(part for part, _, _ in cut), 1e-9)
    return [(part * scale, ring_m, held) for part, ring_m, held in cut]
