"""A frame's rays, and where they meet the ground by brute force: a metre at a time, exact places, no cleverness."""

import numpy as np

from atalaya.geo.ellipsoid import (
    ecef_from_geodetic,
    geodetic_from_ecef,
    rotation_ecef_from_ned,
    rotation_y,
    rotation_z,
)
from atalaya.geo.terrain import TerrainGrid

_STRETCH_M = 250.0
_HALVINGS = 30


def frame_rays(
    place: tuple[float, float, float],
    azimuth_deg: float,
    depression_deg: float,
    *,
    hfov_deg: float = 20.0,
    size_px: tuple[int, int] = (1280, 720),
) -> tuple[np.ndarray, np.ndarray]:
    """Origins and directions (N, 3) of all pixels of one frame, row by row, in ECEF."""
    width, height = size_px
    turned = (
        rotation_ecef_from_ned(place[0], place[1])
        @ rotation_z(np.radians(azimuth_deg))
        @ rotation_y(-np.radians(depression_deg))
    )
    half = np.tan(np.radians(0.5 * hfov_deg))
    right = (2.0 * (np.arange(width) + 0.5) / width - 1.0) * half
    down = (2.0 * (np.arange(height) + 0.5) / height - 1.0) * half * height / width
    seen = np.stack(np.broadcast_arrays(1.0, right[None, :], down[:, None]), axis=-1).reshape(-1, 3)
    direction = np.ascontiguousarray(seen @ turned.T)
    return np.broadcast_to(ecef_from_geodetic(*place), direction.shape), direction


def brute_force_m(
    origin_m: np.ndarray, direction: np.ndarray, terrain: TerrainGrid, *, step_m: float = 1.0, end_m: float
) -> np.ndarray:
    """(N,) distance at which rays that start above the ground first are below it; NaN for nowhere."""
    along = direction / np.linalg.norm(direction, axis=1, keepdims=True)
    answer_m = np.full(len(along), np.nan)
    rays = np.arange(len(along))
    for start_m in np.arange(0.0, end_m, _STRETCH_M):
        at_m = start_m + np.arange(0.0, _STRETCH_M + step_m, step_m)
        gap_m = _gap_m(origin_m[rays, None], along[rays, None], at_m[None, :], terrain)
        under = gap_m < 0.0
        first = np.argmax(under, axis=1)
        met = under.any(axis=1) & (first > 0)
        low_m, high_m = at_m[np.maximum(first - 1, 0)], at_m[first]
        answer_m[rays[met]] = _refined_m(
            origin_m[rays[met]], along[rays[met]], low_m[met], high_m[met], terrain
        )
        rays = rays[~under.any(axis=1)]
        if not rays.size:
            break
    return answer_m


def _gap_m(origin_m: np.ndarray, along: np.ndarray, at_m: np.ndarray, terrain: TerrainGrid) -> np.ndarray:
    lon_deg, lat_deg, hae_m = geodetic_from_ecef(origin_m + at_m[..., None] * along)
    return hae_m - terrain.height_hae_m(lon_deg, lat_deg)


def _refined_m(
    origin_m: np.ndarray, along: np.ndarray, above_m: np.ndarray, below_m: np.ndarray, terrain: TerrainGrid
) -> np.ndarray:
    for _ in range(_HALVINGS):
        middle_m = 0.5 * (above_m + below_m)
        under = _gap_m(origin_m, along, middle_m, terrain) < 0.0
        above_m, below_m = np.where(under, above_m, middle_m), np.where(under, middle_m, below_m)
    return 0.5 * (above_m + below_m)
