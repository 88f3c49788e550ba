"""How far a look's answer may be off: its likely lines of sight cast on the terrain and weighed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from atalaya.geo.ellipsoid import geodetic_from_ecef, rotation_ecef_from_enu
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
_PIECES = 8
"""Equal shares that the errors between two rings are cut into."""
_EVERY = 4
"""Of the pieces, every so many carries a height."""
_TWICE_EARTH_RADIUS_M = 2.0 * 6.371e6
_ROUNDS = 8


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


_SURVIVAL = np.exp(-0.5 * np.square(np.concatenate([[0.0], RINGS])))
"""Share of errors beyond the centre and each ring."""
_MESH = (_spokes()[:, None, :] * RINGS[:, None]).reshape(-1, 2)


def _pieces() -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """(K, Q) size of each piece's middle error, how far that is between its rings, and the piece's share."""
    before = np.concatenate([[0.0], RINGS[:-1]])[:, None]
    inner, outer = _SURVIVAL[:-1, None], _SURVIVAL[1:, None]
    part = (np.arange(_PIECES) + 0.5) / _PIECES
    size = np.sqrt(-2.0 * np.log(inner + (outer - inner) * part))
    share = np.broadcast_to((inner - outer) / (_PIECES * SPOKES), size.shape)
    return size, (size - before) / (RINGS[:, None] - before), share


_SIZE, _BETWEEN, _SHARE = _pieces()
_BEYOND = float(_SURVIVAL[-1])
"""Share of the errors beyond the last ring: counted on from it, or nowhere with it."""
_FARTHER = float(np.sqrt(1.0 + 2.0 / RINGS[-1] ** 2))
"""Root mean square size of those errors, by the size of the last ring."""


def spread(rays: Rays, hit_ecef_m: MetresArray, terrain: Terrain) -> Spread:
    """Errors of the points that rays hit.

    Ninety-one likely lines of sight in 13 directions and 7 sizes are cast on the terrain. Between two rings
    of one direction the error grows evenly, unless the ground breaks off in between: then half of it belongs
    to either side.

    Args:
        rays: (N,).
        hit_ecef_m: (N, 3) where each meets the terrain, none NaN.
        terrain: the ground.

    Returns:
        Spread; on a plane CE90 is within 0.7 % of the true one, LE90 within 1 % (measured).

    Source: docs/explain/ce90.md.
    """
    range_m = np.linalg.norm(hit_ecef_m - rays.origin_m, axis=1)
    looks = pencil(rays, range_m)
    moved_m = offsets_m(rays, looks, hit_ecef_m, _MESH, terrain)
    lies_m, share = _weighed(moved_m, looks)
    return _summary(lies_m, share, looks)


def offsets_m(
    rays: Rays, looks: Pencil, hit_ecef_m: MetresArray, points: NDArray[np.float64], terrain: Terrain
) -> MetresArray:
    """Where the lines of sight at points of the pencils meet the ground, seen from the answers.

    Args:
        rays: (N,).
        looks: their pencils.
        hit_ecef_m: (N, 3) the answers.
        points: (K, 2) or (N, K, 2) standard normal.
        terrain: the ground.

    Returns:
        (N, K, 3) east, north and higher [m] than the answer, the likely rise of the ground in it; NaN where
        no known ground is met.
    """
    origin_m, direction = looks.rays(rays, points)
    hit_m = cast(origin_m.reshape(-1, 3), direction.reshape(-1, 3), terrain).reshape(origin_m.shape)
    lon_deg, lat_deg, _ = geodetic_from_ecef(hit_ecef_m)
    moved_m: MetresArray = (hit_m - hit_ecef_m[:, None, :]) @ rotation_ecef_from_enu(lon_deg, lat_deg)
    moved_m[:, :, 2] += np.square(moved_m[:, :, :2]).sum(axis=2) / _TWICE_EARTH_RADIUS_M
    moved_m[:, :, 2] += (points @ looks.rise_m[:, :, None])[:, :, 0]
    return moved_m


def apart_m(looks: Pencil) -> MetresArray:
    """(N,) hidden ground longer than this parts two slopes: the error across the look, at least 20 m."""
    return np.maximum(LEAST_GAP_M, looks.across_m)


def _weighed(moved_m: MetresArray, looks: Pencil) -> tuple[MetresArray, NDArray[np.float64]]:
    """(N, P, 3) what the errors come to, piece by piece, and (P,) the share of each piece."""
    count = len(moved_m)
    rings_m = np.zeros((count, SPOKES, len(RINGS) + 1, 3))
    rings_m[:, :, 1:] = moved_m.reshape(count, SPOKES, len(RINGS), 3)
    inner_m, outer_m = rings_m[:, :, :-1, None], rings_m[:, :, 1:, None]
    step_m = outer_m - inner_m
    broken = ~(np.square(step_m[..., :2]).sum(axis=-1) <= _longest_step_m2(looks)[:, None, None, None])
    nearer = np.where(_BETWEEN[:, :, None] < 0.5, inner_m, outer_m)
    lies_m = np.where(broken[..., None], nearer, inner_m + _BETWEEN[:, :, None] * step_m)
    beyond_m = rings_m[:, :, -1] * _FARTHER
    lies_m = np.concatenate([lies_m.reshape(count, SAMPLES * _PIECES, 3), beyond_m], axis=1)
    share = np.broadcast_to(_SHARE, (SPOKES, *_SHARE.shape)).reshape(-1)
    return lies_m, np.concatenate([share, np.full(SPOKES, _BEYOND / SPOKES)])


def _longest_step_m2(looks: Pencil) -> SquareMetres:
    """(N,) square of the step from ring to ring over which ground is taken to go on evenly."""
    return np.square(4.0 * apart_m(looks))


def _summary(lies_m: MetresArray, share: NDArray[np.float64], looks: Pencil) -> Spread:
    met = ~np.isnan(lies_m[:, :, 0])
    weight = met * share
    on_ground = np.maximum(weight.sum(axis=1), 1e-12)
    level_m = np.where(met[:, :, None], lies_m[:, :, :2], 0.0)
    moment_m2 = np.swapaxes(level_m * weight[:, :, None], 1, 2) @ level_m / on_ground[:, None, None]
    distance_m = np.where(met, np.sqrt(np.square(level_m).sum(axis=2)), np.inf)
    ce90_m = _contained(distance_m, share)
    le90_m = _contained_height(lies_m[:, _HEIGHTS, 2], _HEIGHT_SHARE, looks.rise_rest_m)
    answered = np.isfinite(ce90_m) & np.isfinite(le90_m)
    return Spread(
        covariance_m2=np.where(answered[:, None, None], moment_m2, np.nan),
        ce90_m=np.where(answered, ce90_m, np.nan),
        le90_m=np.where(answered, le90_m, np.nan),
        nowhere=np.clip(1.0 - on_ground, 0.0, 1.0),
    )


_HEIGHTS = np.concatenate(
    [np.arange(_EVERY // 2, SAMPLES * _PIECES, _EVERY), SAMPLES * _PIECES + np.arange(SPOKES)]
)
_HEIGHT_SHARE = np.concatenate(
    [
        np.broadcast_to(_SHARE, (SPOKES, *_SHARE.shape)).reshape(-1)[_EVERY // 2 :: _EVERY] * _EVERY,
        np.full(SPOKES, _BEYOND / SPOKES),
    ]
)


def _contained(distance_m: MetresArray, share: NDArray[np.float64]) -> MetresArray:
    """(N,) distance that holds 90 % of (N, P) with shares (P,); infinite where more than that is infinite."""
    order = np.argsort(distance_m, axis=1)
    ordered_m = np.take_along_axis(distance_m, order, axis=1)
    weight = share[order]
    middle = np.cumsum(weight, axis=1) - 0.5 * weight
    above = np.minimum((middle < CONTAINED).sum(axis=1), distance_m.shape[1] - 1)
    rows = np.arange(len(distance_m))
    low_m, high_m = ordered_m[rows, above - 1], ordered_m[rows, above]
    low, high = middle[rows, above - 1], middle[rows, above]
    within = np.isfinite(high_m)
    rise_m = np.where(within, high_m, 0.0) - np.where(within, low_m, 0.0)
    return np.where(within, low_m + rise_m * np.clip((CONTAINED - low) / (high - low), 0.0, 1.0), np.inf)


def _contained_height(higher_m: MetresArray, share: NDArray[np.float64], rest_m: MetresArray) -> MetresArray:
    """(N,) half-width that holds 90 % of heights (N, P), each smeared normally by `rest_m` (N,)."""
    met = ~np.isnan(higher_m)
    height_m, weight = np.where(met, higher_m, 0.0), met * share
    scaled, found = height_m / rest_m[:, None], np.zeros(len(higher_m))
    variance = (np.square(scaled) * weight).sum(axis=1) + 1.0
    low, high = np.zeros(len(scaled)), np.abs(scaled).max(axis=1, initial=0.0) + 4.0
    found = np.minimum(LE90_SIGMAS * np.sqrt(variance), high)
    for _ in range(_ROUNDS):  # Newton where it stays between the bounds, else halving
        above, below = found[:, None] - scaled, -found[:, None] - scaled
        inside = ((ndtr(above) - ndtr(below)) * weight).sum(axis=1)
        density = ((np.exp(-0.5 * above**2) + np.exp(-0.5 * below**2)) * weight).sum(axis=1) / np.sqrt(
            2.0 * np.pi
        )
        low, high = np.where(inside < CONTAINED, found, low), np.where(inside < CONTAINED, high, found)
        step = found + (CONTAINED - inside) / np.maximum(density, 1e-9)
        found = np.where((step > low) & (step < high), step, 0.5 * (low + high))
    return np.where(weight.sum(axis=1) > CONTAINED, found * rest_m, np.inf)
