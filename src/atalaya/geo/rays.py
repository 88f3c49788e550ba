"""Where a line of sight meets the ground: exact against heights, by blocks and patches against terrain.

Everything starts in earth-centred coordinates, so the curvature of the earth is inherent; a ray is straight,
or bends down by refraction. What is not met stays NaN, with a reason: the sky, beyond the terrain, a void.
docs/explain/rays.md says how, and how exactly.
"""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from atalaya.errors import InputError
from atalaya.geo.ellipsoid import as_vectors, geodetic_from_ecef, rotation_ecef_from_enu
from atalaya.geo.ray_batch import Looks, trace
from atalaya.geo.ray_ends import HIT, MEAN_RADIUS_M, OFF_TERRAIN, SKY, VOID, RayEnd
from atalaya.geo.ray_numpy import level_crossings
from atalaya.geo.terrain import ConstantHeight, Terrain, TerrainGrid, TerrainMosaic
from atalaya.units import MetresArray

type RayEngine = Literal["auto", "numba", "numpy"]

_HEIGHT_ROUNDS = 4
_BEFORE_TARGET_M = 0.5
_PUBLIC = np.array([*range(len(RayEnd)), RayEnd.VOID, RayEnd.OFF_TERRAIN], dtype=np.uint8)


def cast(
    origin_ecef_m: MetresArray,
    direction_ecef: NDArray[np.float64],
    terrain: Terrain,
    *,
    refraction_coefficient: float = 0.0,
    threads: int = 1,
    engine: RayEngine = "auto",
) -> MetresArray:
    """The first point of the ground along each ray.

    Args:
        origin_ecef_m: (N, 3) where each ray starts; fastest where neighbours in the array start together.
        direction_ecef: (N, 3) any length but zero.
        terrain: the ground. A void is no obstacle and never an answer; nor is anything off the terrain.
        refraction_coefficient: k, -1 to 1: a ray bends down by k d^2 / 2R at distance d; 0.13 is usual.
        threads: as many rays at once; the answers are the same.
        engine: "numpy", "numba" (compiled, at the first call), or "auto": numba where it can be imported.

    Returns:
        (N, 3) ECEF [m] within 1 cm of the terrain along the vertical, or on the wall between two tiles of a
        mosaic whose heights differ; NaN where the ray meets no known ground: sky, off the terrain, in a
        void, or started under the ground.

    Raises:
        InputError: the arrays are not both (N, 3), no such coefficient, no thread, or numba was wanted and
            cannot be had.

    Source: docs/explain/rays.md.
    """
    return _cast(origin_ecef_m, direction_ecef, terrain, refraction_coefficient, threads, engine)[0]


def cast_with_ends(
    origin_ecef_m: MetresArray,
    direction_ecef: NDArray[np.float64],
    terrain: Terrain,
    *,
    refraction_coefficient: float = 0.0,
    threads: int = 1,
    engine: RayEngine = "auto",
) -> tuple[MetresArray, NDArray[np.uint8]]:
    """As `cast`, and how each ray ends.

    Returns:
        (N, 3) as `cast`; (N,) values of `RayEnd`.

    Raises:
        InputError: as `cast`.
    """
    hit_m, ends = _cast(origin_ecef_m, direction_ecef, terrain, refraction_coefficient, threads, engine)
    return hit_m, _PUBLIC[ends]


def visible(
    origin_ecef_m: MetresArray,
    target_ecef_m: MetresArray,
    terrain: Terrain,
    *,
    refraction_coefficient: float = 0.0,
    threads: int = 1,
    engine: RayEngine = "auto",
) -> NDArray[np.bool_]:
    """Whether no known ground is between two points; the last half metre before the target does not count.

    Args:
        origin_ecef_m: (N, 3) from where, or (1, 3) for all targets.
        target_ecef_m: (N, 3) what is looked at, on the ground or above it.
        terrain: the ground; a void hides nothing.
        refraction_coefficient: as `cast`; the look is raised so that it arrives at the target.
        threads: as `cast`.
        engine: as `cast`.

    Returns:
        (N,) False also where a point is unknown or the origin is under the ground.

    Raises:
        InputError: as `cast`.
    """
    target_m = as_vectors("target_ecef_m", target_ecef_m)
    origin_m = as_vectors("origin_ecef_m", origin_ecef_m)
    if origin_m.shape == (1, 3) and target_m.ndim == 2:
        origin_m = np.broadcast_to(origin_m, target_m.shape)
    origin_m, along_m = _rays(origin_m, target_m - origin_m, refraction_coefficient)
    if refraction_coefficient != 0.0:
        lon_deg, lat_deg, _ = geodetic_from_ecef(target_m)
        raise_m = 0.5 * refraction_coefficient / MEAN_RADIUS_M * (along_m**2).sum(axis=1)
        along_m = along_m + raise_m[:, None] * rotation_ecef_from_enu(lon_deg, lat_deg)[..., 2]
    most_m = np.linalg.norm(along_m, axis=1) - _BEFORE_TARGET_M
    if isinstance(terrain, ConstantHeight):
        hit_m, ends = _cast_to_height(origin_m, along_m, terrain.hae_m, refraction_coefficient)
        free = (ends == SKY) | ~(np.linalg.norm(hit_m - origin_m, axis=1) < most_m)
        seen: NDArray[np.bool_] = free & ((ends == SKY) | (ends == HIT))
        return seen
    near = ~(most_m > 0.0) & np.isfinite(most_m)
    looks = Looks(origin_m, along_m, np.where(near, 1e-3, most_m))
    _, ends = trace(looks, _tiles(terrain), refraction_coefficient, threads, engine)
    clear: NDArray[np.bool_] = np.isin(ends, (SKY, OFF_TERRAIN, VOID))
    return clear


def cast_to_heights(
    origin_ecef_m: MetresArray,
    direction_ecef: NDArray[np.float64],
    hae_m: MetresArray,
    *,
    refraction_coefficient: float = 0.0,
) -> MetresArray:
    """Where each ray comes down to its own height above the ellipsoid.

    Args:
        origin_ecef_m: (N, 3) as in `cast`.
        direction_ecef: (N, 3) as in `cast`.
        hae_m: (N,) height per ray; NaN gives NaN.
        refraction_coefficient: as in `cast`.

    Returns:
        (N, 3) ECEF [m], its height within 1e-6 m of the wanted one (1 mm over 100 km if it bends); NaN where
        the ray never comes down to it or starts below it.

    Raises:
        InputError: other shapes, or no such coefficient.
    """
    origin_m, direction = _rays(origin_ecef_m, direction_ecef, refraction_coefficient)
    height_m = np.asarray(hae_m, dtype=np.float64)
    if height_m.shape != (len(origin_m),):
        raise InputError(f"one height per ray: {height_m.shape} for {len(origin_m)} rays")
    length = np.linalg.norm(direction, axis=-1, keepdims=True)
    direction = direction / np.where(length > 0.0, length, np.nan)
    _, near_m, _ = level_crossings(origin_m, direction, height_m, refraction_coefficient)
    lower = refraction_coefficient / MEAN_RADIUS_M
    up = np.full(origin_m.shape, np.nan)
    for _ in range(_HEIGHT_ROUNDS):  # the scaled ellipsoid is a few cm off; Newton on the true height
        lon_deg, lat_deg, found_m = geodetic_from_ecef(origin_m + near_m[:, None] * direction)
        up = rotation_ecef_from_enu(lon_deg, lat_deg)[..., 2]
        climb = np.einsum("ni,ni->n", direction, up) - lower * near_m
        gap_m = found_m - 0.5 * lower * near_m**2 - height_m
        near_m = near_m - gap_m / np.where(climb < 0.0, climb, np.nan)
    _, _, start_m = geodetic_from_ecef(origin_m)
    near_m = np.where((near_m >= 0.0) & (start_m >= height_m), near_m, np.nan)
    point_m: MetresArray = origin_m + near_m[:, None] * direction
    if refraction_coefficient != 0.0:
        point_m = point_m - (0.5 * lower * near_m**2)[:, None] * up
    return point_m


def _cast(
    origin_ecef_m: ArrayLike,
    direction_ecef: ArrayLike,
    terrain: Terrain,
    refraction_coefficient: float,
    threads: int,
    engine: RayEngine,
) -> tuple[MetresArray, NDArray[np.uint8]]:
    origin_m, direction = _rays(origin_ecef_m, direction_ecef, refraction_coefficient)
    if isinstance(terrain, ConstantHeight):
        return _cast_to_height(origin_m, direction, terrain.hae_m, refraction_coefficient)
    looks = Looks(origin_m, direction, np.array([np.inf]))
    return trace(looks, _tiles(terrain), refraction_coefficient, threads, engine)


def _tiles(terrain: TerrainGrid | TerrainMosaic) -> TerrainMosaic:
    return terrain if isinstance(terrain, TerrainMosaic) else terrain.alone


def _cast_to_height(
    origin_m: MetresArray, direction: NDArray[np.float64], hae_m: float, refraction_coefficient: float
) -> tuple[MetresArray, NDArray[np.uint8]]:
    """Declared ground reaches everywhere: what does not meet it is the sky, or starts under it."""
    hit_m = cast_to_heights(
        origin_m, direction, np.full(len(origin_m), hae_m), refraction_coefficient=refraction_coefficient
    )
    start_m = geodetic_from_ecef(origin_m)[2]
    unknown = ~(np.isfinite(origin_m).all(axis=1) & (np.linalg.norm(direction, axis=1) > 0.0))
    miss = np.where(unknown, RayEnd.UNKNOWN, np.where(start_m < hae_m, RayEnd.UNDER_GROUND, RayEnd.SKY))
    return hit_m, np.where(np.isnan(hit_m[:, 0]), miss, RayEnd.HIT).astype(np.uint8)


def _rays(
    origin_ecef_m: ArrayLike, direction_ecef: ArrayLike, refraction_coefficient: float
) -> tuple[MetresArray, NDArray[np.float64]]:
    """Both as (N, 3) float64."""
    origin_m = as_vectors("origin_ecef_m", origin_ecef_m)
    direction = as_vectors("direction_ecef", direction_ecef)
    if origin_m.ndim != 2 or origin_m.shape != direction.shape:
        raise InputError(f"origins and directions must both be (N, 3): {origin_m.shape}, {direction.shape}")
    if not -1.0 < refraction_coefficient < 1.0:
        raise InputError(f"a refraction coefficient is between -1 and 1, got {refraction_coefficient}")
    return origin_m, direction
