"""How far a look's answer may be off: its likely lines of sight cast on the terrain and weighed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from atalaya.geo.rays import cast
from atalaya.geo.terrain import Terrain
from atalaya.geo.uncertainty import LE90_SIGMAS
from atalaya.georeg.pencil import Pencil, Rays, pencil
from atalaya.units import MetresArray, SquareMetres

SPOKES = 13
"""Directions of error; odd, so that on a plane no two are alike."""
RINGS = np.array([0.45, 0.9, 1.35, 1.8, 2.146, 2.6, 3.05])
"""Sizes of error in each direction; 2.146 holds 90 %, the last 99 %."""
SAMPLES = SPOKES * len(RINGS)
"""Lines of sight cast per look, besides its own."""
CONTAINED = 0.9
LEAST_GAP_M = 20.0
"""Ground hidden from the sensor for less than this does not part one slope from another."""
_PIECES = 60
"""Equal shares that the errors of one direction are cut into by their size."""
_HEIGHTS = np.arange(1, _PIECES, 3)
"""Which of them carry a height."""
_TWICE_EARTH_RADIUS_M = 2.0 * 6.371e6
_ROUNDS = 12
_CLOSE_ENOUGH = 1e-4
_NORMAL = 1.0 / np.sqrt(2.0 * np.pi)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Errors of N ground points; NaN where more than a tenth of the likely errors meets no known ground.

    Args:
        covariance_m2: (N, 2, 2) east/north second moment about the answer. ce90_m, le90_m: (N,).
        nowhere: (N,) share of the likely errors that meet no known ground; known in every row.
    """

    covariance_m2: SquareMetres
    ce90_m: MetresArray
    le90_m: MetresArray
    nowhere: NDArray[np.float64]


def _spokes() -> NDArray[np.float64]:
    """(S, 2) unit vectors."""
    turn = 2.0 * np.pi * np.arange(SPOKES) / SPOKES
    return np.stack([np.cos(turn), np.sin(turn)], axis=-1)


_MESH = (_spokes()[:, None, :] * RINGS[:, None]).reshape(-1, 2)


def _pieces() -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """(Q,) ring within each piece of one direction, and how far from there to the next ring it is.

    A piece stands at the root mean square of the errors in it; the last is beyond the last ring.
    """
    beyond = np.arange(_PIECES, -1, -1) / _PIECES
    held = 2.0 * beyond * (1.0 - np.log(np.maximum(beyond, 1e-300)))
    size = np.sqrt(_PIECES * (held[:-1] - held[1:]))
    edges = np.concatenate([[0.0], RINGS])
    ring = np.clip(np.searchsorted(edges, size, side="right") - 1, 0, len(RINGS) - 1)
    return ring, (size - edges[ring]) / (edges[ring + 1] - edges[ring])


_RING, _BETWEEN = _pieces()
_NEAREST = _RING + (_BETWEEN >= 0.5)


def spread(rays: Rays, hit_ecef_m: MetresArray, ground_axes: NDArray[np.float64], terrain: Terrain) -> Spread:
    """Errors of the points that rays hit.

    Ninety-one likely lines of sight in 13 directions and 7 sizes are cast on the terrain. Between two rings
    of one direction the error grows evenly, unless the ground breaks off in between: then half of it belongs
    to either side.

    Args:
        rays: (N,).
        hit_ecef_m: (N, 3) where each meets the terrain, none NaN.
        ground_axes: (N, 3, 3) east, north and up there, in columns.
        terrain: the ground.

    Returns:
        Spread; on a plane CE90 is within 0.6 % of the true one (measured).

    Source: docs/explain/ce90.md.
    """
    range_m = np.linalg.norm(hit_ecef_m - rays.origin_m, axis=1)
    looks = pencil(rays, range_m)
    moved_m = offsets_m(rays, looks, (hit_ecef_m, ground_axes), _MESH, terrain)
    return _summary(_pieces_on_ground(moved_m, looks), looks)


def offsets_m(
    rays: Rays,
    looks: Pencil,
    answer: tuple[MetresArray, NDArray[np.float64]],
    points: NDArray[np.float64],
    terrain: Terrain,
) -> MetresArray:
    """Where the lines of sight at points of the pencils meet the ground, seen from the answers.

    Args:
        rays: (N,).
        looks: their pencils.
        answer: (N, 3) places of the answers, ECEF, and (N, 3, 3) east, north and up there in columns.
        points: (K, 2) or (N, K, 2) standard normal.
        terrain: the ground.

    Returns:
        (N, K, 3) east, north and higher [m] than the answer, the likely rise of the ground in it; NaN where
        no known ground is met.
    """
    origin_m, direction = looks.rays(rays, points)
    hit_m = cast(origin_m.reshape(-1, 3), direction.reshape(-1, 3), terrain).reshape(origin_m.shape)
    moved_m: MetresArray = (hit_m - answer[0][:, None, :]) @ answer[1]
    moved_m[:, :, 2] += np.square(moved_m[:, :, :2]).sum(axis=2) / _TWICE_EARTH_RADIUS_M
    moved_m[:, :, 2] += (points @ looks.rise_m[:, :, None])[:, :, 0]
    return moved_m


def apart_m(looks: Pencil) -> MetresArray:
    """(N,) hidden ground longer than this parts two slopes: the error across the look, at least 20 m."""
    return np.maximum(LEAST_GAP_M, looks.across_m)


def _pieces_on_ground(moved_m: MetresArray, looks: Pencil) -> MetresArray:
    """(N, S, Q, 3) what equal shares of the errors come to on the ground, by direction and size."""
    count = len(moved_m)
    rings_m = np.zeros((count, SPOKES, len(RINGS) + 1, 3))
    rings_m[:, :, 1:] = moved_m.reshape(count, SPOKES, len(RINGS), 3)
    step_m = rings_m[:, :, 1:] - rings_m[:, :, :-1]
    longest_m2 = np.square(4.0 * apart_m(looks))[:, None, None]
    broken = ~(np.square(step_m[..., :2]).sum(axis=-1) <= longest_m2)
    lies_m: MetresArray = rings_m[:, :, _RING] + _BETWEEN[:, None] * step_m[:, :, _RING]
    if broken.any():
        lies_m = np.where(broken[:, :, _RING, None], rings_m[:, :, _NEAREST], lies_m)
    return lies_m


def _summary(lies_m: MetresArray, looks: Pencil) -> Spread:
    count = len(lies_m)
    level_m = lies_m[..., :2].reshape(count, SPOKES * _PIECES, 2)
    distance_m = np.sqrt(np.square(level_m).sum(axis=2))
    unmet = np.isnan(distance_m)
    if unmet.any():
        level_m, distance_m = np.where(unmet[:, :, None], 0.0, level_m), np.where(unmet, np.inf, distance_m)
    met = np.maximum(distance_m.shape[1] - unmet.sum(axis=1), 1)
    moment_m2 = np.swapaxes(level_m, 1, 2) @ level_m / met[:, None, None]
    ce90_m = _contained(distance_m)
    higher_m = lies_m[:, :, _HEIGHTS, 2].reshape(count, SPOKES * len(_HEIGHTS))
    le90_m = _contained_height(higher_m, looks.rise_rest_m)
    answered = np.isfinite(ce90_m) & np.isfinite(le90_m)
    return Spread(
        covariance_m2=np.where(answered[:, None, None], moment_m2, np.nan),
        ce90_m=np.where(answered, ce90_m, np.nan),
        le90_m=np.where(answered, le90_m, np.nan),
        nowhere=unmet.mean(axis=1),
    )


def _contained(distance_m: MetresArray) -> MetresArray:
    """(N,) distance that holds 90 % of (N, P) equal shares; infinite where more than that is infinite."""
    place = CONTAINED * distance_m.shape[1] - 0.5
    below = int(place)
    near_m = np.partition(distance_m, (below, below + 1), axis=1)[:, below : below + 2]
    within = np.isfinite(near_m[:, 1])
    rise_m = np.where(within, near_m[:, 1], 0.0) - np.where(within, near_m[:, 0], 0.0)
    return np.where(within, near_m[:, 0] + (place - below) * rise_m, np.inf)


def _contained_height(higher_m: MetresArray, rest_m: MetresArray) -> MetresArray:
    """(N,) half-width that holds 90 % of heights (N, P), each smeared normally by `rest_m` (N,)."""
    met = ~np.isnan(higher_m)
    height_m, weight = np.where(met, higher_m, 0.0), met / higher_m.shape[1]
    scaled = height_m / rest_m[:, None]
    low, high = np.zeros(len(scaled)), np.abs(scaled).max(axis=1, initial=0.0) + 4.0
    found = np.minimum(LE90_SIGMAS * np.sqrt((np.square(scaled) * weight).sum(axis=1) + 1.0), high)
    for _ in range(_ROUNDS):  # Newton where it stays between the bounds, else halving
        above, below = found[:, None] - scaled, -found[:, None] - scaled
        inside = ((ndtr(above) - ndtr(below)) * weight).sum(axis=1)
        if np.all(np.abs(inside - CONTAINED) < _CLOSE_ENOUGH):
            break
        density = ((np.exp(-0.5 * above**2) + np.exp(-0.5 * below**2)) * weight).sum(axis=1) * _NORMAL
        low, high = np.where(inside < CONTAINED, found, low), np.where(inside < CONTAINED, high, found)
        step = found + (CONTAINED - inside) / np.maximum(density, 1e-9)
        found = np.where((step > low) & (step < high), step, 0.5 * (low + high))
    return np.where(weight.sum(axis=1) > CONTAINED, found * rest_m, np.inf)
