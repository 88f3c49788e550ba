"""Where a line of sight meets the ground: exact against heights, marched and bisected against terrain.

Everything happens in earth-centred coordinates, so the curvature of the earth is inherent; a ray is straight
(no refraction). What is not met stays NaN: the sky, the far side of the earth, a void, or beyond the terrain.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from atalaya.errors import InputError
from atalaya.geo.ellipsoid import (
    SEMI_MAJOR_M,
    SEMI_MINOR_M,
    as_vectors,
    geodetic_from_ecef,
    rotation_ecef_from_enu,
)
from atalaya.geo.march import first_below
from atalaya.geo.paths import fit_paths
from atalaya.geo.terrain import ConstantHeight, Terrain, TerrainGrid, TerrainMosaic
from atalaya.units import MetresArray

_HEIGHT_ROUNDS = 4
_MARGIN_M = 1.0
_ON_GROUND_M = 0.01
_POLISH_ROUNDS = 2


def cast(origin_ecef_m: MetresArray, direction_ecef: NDArray[np.float64], terrain: Terrain) -> MetresArray:
    """The first point of the ground along each ray.

    Args:
        origin_ecef_m: (N, 3) where each ray starts.
        direction_ecef: (N, 3) any length but zero.
        terrain: the ground. A void is no obstacle and never an answer; nor is anything off the terrain.

    Returns:
        (N, 3) ECEF [m] within 1 cm of the terrain along the vertical, NaN where the ray meets no known
        ground: sky, off the terrain, in a void, or started under the ground.

    Raises:
        InputError: the arrays are not both (N, 3), or the terrain is a mosaic.

    Source: docs/explain/frames.md, section on rays.
    """
    origin_m, direction = _rays(origin_ecef_m, direction_ecef)
    match terrain:
        case ConstantHeight(hae_m):
            return cast_to_heights(origin_m, direction, np.full(len(origin_m), hae_m))
        case TerrainGrid():
            return _cast_on_grid(origin_m, direction, terrain)
        case TerrainMosaic():
            raise InputError("rays are cast on one grid or one height, not yet on a mosaic")


def cast_to_heights(
    origin_ecef_m: MetresArray, direction_ecef: NDArray[np.float64], hae_m: MetresArray
) -> MetresArray:
    """Where each ray comes down to its own height above the ellipsoid.

    Args:
        origin_ecef_m: (N, 3) as in `cast`.
        direction_ecef: (N, 3) as in `cast`.
        hae_m: (N,) height per ray; NaN gives NaN.

    Returns:
        (N, 3) ECEF [m], its height within 1e-6 m of the wanted one; NaN where the ray never comes down to it
        or starts below it.

    Raises:
        InputError: other shapes.
    """
    origin_m, direction = _rays(origin_ecef_m, direction_ecef)
    height_m = np.asarray(hae_m, dtype=np.float64)
    if height_m.shape != (len(origin_m),):
        raise InputError(f"one height per ray: {height_m.shape} for {len(origin_m)} rays")
    near_m, _ = _level_crossings(origin_m, direction, height_m)
    for _ in range(_HEIGHT_ROUNDS):  # the scaled ellipsoid is a few cm off; Newton on the true height
        lon_deg, lat_deg, found_m = geodetic_from_ecef(origin_m + near_m[:, None] * direction)
        up = rotation_ecef_from_enu(lon_deg, lat_deg)[..., 2]
        climb = np.einsum("ni,ni->n", direction, up)
        near_m = near_m - (found_m - height_m) / np.where(climb < 0.0, climb, np.nan)
    _, _, start_m = geodetic_from_ecef(origin_m)
    near_m = np.where((near_m >= 0.0) & (start_m >= height_m), near_m, np.nan)
    return origin_m + near_m[:, None] * direction


def _cast_on_grid(origin_m: MetresArray, direction: NDArray[np.float64], terrain: TerrainGrid) -> MetresArray:
    start_m, end_m = _span(origin_m, direction, terrain)
    hit_m = np.full((len(origin_m), 3), np.nan)
    rows = np.flatnonzero(end_m > start_m)
    if not rows.size:
        return hit_m
    origin_m, direction = origin_m[rows], direction[rows]
    paths = fit_paths(origin_m, direction, start_m[rows], end_m[rows], terrain)
    distance_m = _polish(origin_m, direction, first_below(paths, terrain), terrain)
    hit_m[rows] = origin_m + distance_m[:, None] * direction
    return hit_m


def _span(
    origin_m: MetresArray, direction: NDArray[np.float64], terrain: TerrainGrid
) -> tuple[MetresArray, MetresArray]:
    """Distances between which a ray is between the highest and the lowest ground; empty or NaN for none."""
    top_m = np.full(len(origin_m), terrain.highest_m + _MARGIN_M)
    enter_m, leave_m = _level_crossings(origin_m, direction, top_m)
    floor_m, _ = _level_crossings(origin_m, direction, np.full(len(origin_m), terrain.lowest_m - _MARGIN_M))
    _, _, height_m = geodetic_from_ecef(origin_m)
    begins_under = height_m < terrain.lowest_m - _MARGIN_M
    start_m = np.where(begins_under, np.nan, np.maximum(enter_m, 0.0))
    return start_m, np.where(floor_m > start_m, floor_m, leave_m)


def _level_crossings(
    origin_m: MetresArray, direction: NDArray[np.float64], height_m: MetresArray
) -> tuple[MetresArray, MetresArray]:
    """Near and far distance to the ellipsoid with both axes lengthened by the height; NaN where missed."""
    scale = 1.0 / np.stack(
        [SEMI_MAJOR_M + height_m, SEMI_MAJOR_M + height_m, SEMI_MINOR_M + height_m], axis=-1
    )
    start, along = origin_m * scale, direction * scale
    square = np.einsum("ni,ni->n", along, along)
    half = np.einsum("ni,ni->n", start, along)
    rest = np.einsum("ni,ni->n", start, start) - 1.0
    discriminant = half**2 - square * rest
    root = np.sqrt(np.where(discriminant >= 0.0, discriminant, np.nan))
    return (-half - root) / square, (-half + root) / square


def _polish(
    origin_m: MetresArray, direction: NDArray[np.float64], distance_m: MetresArray, terrain: TerrainGrid
) -> MetresArray:
    """Secant steps with exact coordinates; NaN where the end is not on the ground within 1 cm."""

    def clearance_m(along_m: MetresArray) -> MetresArray:
        lon_deg, lat_deg, hae_m = geodetic_from_ecef(origin_m + along_m[:, None] * direction)
        return hae_m - terrain.height_hae_m(lon_deg, lat_deg)

    best_m, gap_m = distance_m, clearance_m(distance_m)
    for _ in range(_POLISH_ROUNDS):
        if not np.any(np.abs(gap_m) > 0.1 * _ON_GROUND_M):
            break
        probe_m = best_m - 0.01
        slope = (gap_m - clearance_m(probe_m)) / 0.01
        step_m = np.clip(gap_m / np.where(slope < 0.0, slope, -np.inf), -1.0, 1.0)
        moved_m = best_m - step_m
        moved_gap_m = clearance_m(moved_m)
        better = np.abs(moved_gap_m) < np.abs(gap_m)
        best_m, gap_m = np.where(better, moved_m, best_m), np.where(better, moved_gap_m, gap_m)
    return np.where(np.abs(gap_m) <= _ON_GROUND_M, best_m, np.nan)


def _rays(origin_ecef_m: ArrayLike, direction_ecef: ArrayLike) -> tuple[MetresArray, NDArray[np.float64]]:
    """Both as (N, 3) float64, the directions of unit length (NaN where the length is zero)."""
    origin_m = as_vectors("origin_ecef_m", origin_ecef_m)
    direction = as_vectors("direction_ecef", direction_ecef)
    if origin_m.ndim != 2 or origin_m.shape != direction.shape:
        raise InputError(f"origins and directions must both be (N, 3): {origin_m.shape}, {direction.shape}")
    length = np.linalg.norm(direction, axis=-1, keepdims=True)
    return origin_m, direction / np.where(length > 0.0, length, np.nan)
