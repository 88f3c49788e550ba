"""How far apart the two looks of a tie are on the ground, and how small turns of either camera move them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.geo.ellipsoid import geodetic_from_ecef, rotation_ecef_from_enu
from atalaya.geo.rays import cast
from atalaya.geo.slope import upward_normal
from atalaya.geo.terrain import Terrain
from atalaya.georeg.camera import camera_directions, half_extents
from atalaya.georeg.image_ties import ImageTies
from atalaya.georeg.lens import Lens, lens_for
from atalaya.georeg.pose import Poses
from atalaya.units import MetresArray, PixelsArray

_SHALLOWEST = 0.02
"""Sine of the angle between look and ground below which a turn moves the look we know not how far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenTies:
    """Ties as directions, M first.

    Args:
        first, second: (M,) rows of the poses. pair: (M,) 0 .. pairs-1, the same for the same two pictures.
        first_seen, second_seen: (M, 3) directions in each camera, forward component 1.
        tangent_per_px: (M, 2) of the second camera, across and down.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    pair: NDArray[np.intp]
    pairs: int
    first_seen: NDArray[np.float64]
    second_seen: NDArray[np.float64]
    tangent_per_px: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Misses:
    """Where the ground of the first look is in the second picture, less where it was found; NaN for none.

    Args:
        miss_px: (M, 2). by_first, by_second: (M, 2, 3) its change with turns [rad] of each camera.
    """

    miss_px: PixelsArray
    by_first: NDArray[np.float64]
    by_second: NDArray[np.float64]


def seen_ties(camera: Poses, ties: ImageTies, size_px: tuple[int, int], lens: Lens | None) -> SeenTies:
    """The directions of the points of all ties; they do not depend on the attitude.

    Raises:
        InputError: a picture without pixels, or a lens that does not fit it.
    """
    first, second = camera.take(ties.first), camera.take(ties.second)
    return SeenTies(
        first=ties.first,
        second=ties.second,
        pair=np.unique(ties.first * len(camera) + ties.second, return_inverse=True)[1].reshape(-1),
        pairs=len(np.unique(ties.first * len(camera) + ties.second)),
        first_seen=camera_directions(first, ties.first_px[:, 0], ties.first_px[:, 1], *size_px, lens=lens),
        second_seen=camera_directions(
            second, ties.second_px[:, 0], ties.second_px[:, 1], *size_px, lens=lens
        ),
        tangent_per_px=tangents_per_px(second, size_px, lens),
    )


def tangents_per_px(camera: Poses, size_px: tuple[int, int], lens: Lens | None) -> NDArray[np.float64]:
    """(N, 2) how much of the tangent one pixel is, across and down.

    Raises:
        InputError: a picture without pixels, or a lens that does not fit it.
    """
    if lens is not None:
        fitting = lens_for(lens, *size_px)[0]
        return np.broadcast_to([1.0 / fitting.fx_px, 1.0 / fitting.fy_px], (len(camera), 2))
    return 2.0 * half_extents(camera, *size_px) / np.array(size_px, dtype=np.float64)


def misses(camera: Poses, seen: SeenTies, terrain: Terrain) -> Misses:
    """How well ties fit these poses; 0 where a pixel's ground is found again at exactly its pixel."""
    first, second = camera.take(seen.first), camera.take(seen.second)
    hit_m, moves_m = ground_and_moves(first, seen.first_seen, terrain)
    offset_m = np.einsum("mji,mj->mi", second.rotation_ecef_from_camera, hit_m - second.origin_ecef_m)
    ahead_m = np.where(offset_m[:, 0] > 0.0, offset_m[:, 0], np.nan)
    tangent = offset_m[:, 1:] / ahead_m[:, None]
    slope = slopes(offset_m, ahead_m) / seen.tangent_per_px[:, :, None]
    moved_m = np.einsum("mji,mjk->mik", second.rotation_ecef_from_camera, moves_m)
    by_first = slope @ moved_m
    known = ~np.isnan(by_first).any(axis=(1, 2))  # a look that grazes the ground says nothing
    miss_px = (tangent - seen.second_seen[:, 1:]) / seen.tangent_per_px
    return Misses(
        miss_px=np.where(known[:, None], miss_px, np.nan),
        by_first=by_first,
        by_second=slope @ crossing(offset_m),
    )


def ground_and_moves(
    camera: Poses, seen: NDArray[np.float64], terrain: Terrain
) -> tuple[MetresArray, MetresArray]:
    """Where looks meet the ground, and how the places move on its tangent plane as the camera turns.

    Args:
        camera: (M,) poses.
        seen: (M, 3) direction of each in the camera.
        terrain: the ground.

    Returns:
        (M, 3) ECEF [m] and (M, 3, 3) metres per radian about forward, right and down; NaN where nothing is
        met or the look grazes the ground.

    Source: r (dd - d n.dd / n.d), as in docs/explain/ce90.md.
    """
    unit = np.einsum("mij,mj->mi", camera.rotation_ecef_from_camera, seen)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    hit_m = cast(camera.origin_ecef_m, unit, terrain)
    met = np.flatnonzero(~np.isnan(hit_m[:, 0]))
    moves_m = np.full((len(hit_m), 3, 3), np.nan)
    lon_deg, lat_deg, _ = geodetic_from_ecef(hit_m[met])
    normal = np.einsum(
        "mij,mj->mi", rotation_ecef_from_enu(lon_deg, lat_deg), upward_normal(lon_deg, lat_deg, terrain)
    )
    along = unit[met]
    meeting = np.einsum("mi,mi->m", normal, along)
    meeting = np.where(meeting < -_SHALLOWEST, meeting, np.nan)
    range_m = np.linalg.norm(hit_m[met] - camera.origin_ecef_m[met], axis=1)
    swing_m = (
        np.cross(camera.rotation_ecef_from_camera[met], along[:, :, None], axis=1) * range_m[:, None, None]
    )
    leaving = np.einsum("mi,mij->mj", normal, swing_m) / meeting[:, None]
    moves_m[met] = swing_m - along[:, :, None] * leaving[:, None, :]
    return hit_m, moves_m


def slopes(offset_m: MetresArray, ahead_m: MetresArray) -> NDArray[np.float64]:
    """(M, 2, 3) change of the tangents right and down with the offset in the camera."""
    slope = np.zeros((len(offset_m), 2, 3))
    slope[:, 0, 1] = slope[:, 1, 2] = 1.0 / ahead_m
    slope[:, :, 0] = -offset_m[:, 1:] / ahead_m[:, None] ** 2
    return slope


def crossing(offset_m: MetresArray) -> NDArray[np.float64]:
    """(M, 3, 3) change of an offset in the camera as the camera turns: offset x turn."""
    x_m, y_m, z_m = offset_m.T
    zero = np.zeros_like(x_m)
    rows = [[zero, -z_m, y_m], [z_m, zero, -x_m], [-y_m, x_m, zero]]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)
