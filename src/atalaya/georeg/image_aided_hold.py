"""One point of the ground held in all pictures of a stretch, beside where the metadata alone would put it."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from atalaya.errors import InputError
from atalaya.geo.ellipsoid import (
    east_north_m,
    geodetic_from_ecef,
    rotation_ecef_from_enu,
)
from atalaya.geo.slope import upward_normal
from atalaya.geo.terrain import Terrain
from atalaya.geo.uncertainty import circular_errors
from atalaya.georeg.camera import camera_directions, project
from atalaya.georeg.doubt import Doubt, doubt
from atalaya.georeg.errors import PoseErrors
from atalaya.georeg.image_aided import ImageAided
from atalaya.georeg.image_aided_geometry import crossing, ground_and_moves, slopes, tangents_per_px
from atalaya.georeg.lens import Lens
from atalaya.georeg.locate import locate_pixels
from atalaya.georeg.motion import Motion, still
from atalaya.georeg.pose import Poses
from atalaya.model.ground import GroundPoints
from atalaya.units import MetresArray, Pixels, PixelsArray

_STILL_M2 = 1e-18


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldPoint:
    """Where one point of the ground is in each of N pictures.

    Args:
        row: the picture in which it was named.
        place: one point, from the corrected pose, with the error of its position on the earth.
        metadata_place: one point, from the pose as the stream gave it.
        x_px, y_px: (N,) image points by the corrected poses; NaN where they are unknown.
        metadata_x_px, metadata_y_px: (N,) by the poses as the stream gave them.
        in_picture: (N,) bool, by the corrected poses.
        covariance_px2: (N, 2, 2) of `x_px, y_px` about the true image of what was named; zero in its own
            picture. Holds errors of the turns and of the height of the ground.
        held_ce90_m: (N,) the same on the ground.
        metadata_drift_m: (N,) how far from `metadata_place` the stream's own pose puts what is seen at
            `x_px, y_px`: by so much a place read off the metadata has drifted.
    """

    row: int
    place: GroundPoints
    metadata_place: GroundPoints
    x_px: PixelsArray
    y_px: PixelsArray
    metadata_x_px: PixelsArray
    metadata_y_px: PixelsArray
    in_picture: NDArray[np.bool_]
    covariance_px2: NDArray[np.float64]
    held_ce90_m: MetresArray
    metadata_drift_m: MetresArray


def hold_ground_point(
    camera: Poses,
    aided: ImageAided,
    row: int,
    point_px: tuple[Pixels, Pixels],
    size_px: tuple[int, int],
    terrain: Terrain,
    errors: PoseErrors,
    *,
    lens: Lens | None = None,
    moving: Motion | None = None,
) -> HeldPoint:
    """Name a point in one picture and find it in all.

    Args:
        camera: (N,) poses as the stream gave them.
        aided: `image_aided_poses(camera, ...)`.
        row: of the picture in which the point is named.
        point_px: x, y in that picture.
        size_px: width and height of the pictures.
        terrain: the ground.
        errors: of position and terrain; the attitude's is taken from `aided`.
        lens: measured; None is a pinhole of each pose's field of view.
        moving: (1,) how the camera moved and turned in that picture: what an error in time does to the two
            places; None knows of no motion.

    Returns:
        HeldPoint; how well it holds on real pictures: docs/reference/quality.md.

    Raises:
        InputError: no such row, a pose that is unknown there, or a look that meets no known ground.
    """
    if not 0 <= row < len(camera) or np.isnan(aided.turn_rad[row]).any():
        raise InputError(f"picture {row} has no known pose: nothing can be held from it")
    own_rad2 = np.einsum("ii->", aided.covariance_rad2[row, :, row]) / 3.0
    found = replace(errors, attitude_deg=math.degrees(math.sqrt(float(own_rad2))))
    doubts = doubt(found, still(1) if moving is None else moving)
    place = _named(aided.poses, row, point_px, size_px, terrain, found, lens, doubts)
    metadata_place = _named(camera, row, point_px, size_px, terrain, found, lens, doubts)
    if np.isnan([place.lon_deg[0], metadata_place.lon_deg[0]]).any():
        raise InputError(f"pixel {point_px[0]:g},{point_px[1]:g} of picture {row} meets no known ground")
    x_px, y_px = _tracked(aided.poses, place, size_px, lens)
    metadata_x_px, metadata_y_px = _tracked(camera, metadata_place, size_px, lens)
    covariance_px2, held_ce90_m = _errors_of(aided, row, point_px, size_px, terrain, errors, lens)
    drifted = locate_places(camera, x_px, y_px, size_px, terrain, lens)
    drift_m = east_north_m(*drifted, metadata_place.lon_deg, metadata_place.lat_deg)
    inside = (np.abs(x_px - 0.5 * (size_px[0] - 1)) <= 0.5 * size_px[0]) & (
        np.abs(y_px - 0.5 * (size_px[1] - 1)) <= 0.5 * size_px[1]
    )
    return HeldPoint(
        row=row,
        place=place,
        metadata_place=metadata_place,
        x_px=x_px,
        y_px=y_px,
        metadata_x_px=metadata_x_px,
        metadata_y_px=metadata_y_px,
        in_picture=inside,
        covariance_px2=covariance_px2,
        held_ce90_m=held_ce90_m,
        metadata_drift_m=np.hypot(drift_m[:, 0], drift_m[:, 1]),
    )


def locate_places(
    camera: Poses,
    x_px: PixelsArray,
    y_px: PixelsArray,
    size_px: tuple[int, int],
    terrain: Terrain,
    lens: Lens | None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Longitude and latitude (N,) of one pixel per pose, without error; NaN where no ground is met."""
    seen = camera_directions(camera, x_px, y_px, *size_px, lens=lens)
    lon_deg, lat_deg, _ = geodetic_from_ecef(ground_and_moves(camera, seen, terrain)[0])
    return lon_deg, lat_deg


def _named(
    camera: Poses,
    row: int,
    point_px: tuple[Pixels, Pixels],
    size_px: tuple[int, int],
    terrain: Terrain,
    errors: PoseErrors,
    lens: Lens | None,
    doubts: Doubt,
) -> GroundPoints:
    one = camera.take(np.array([row], dtype=np.intp))
    x_px, y_px = (np.array([value], dtype=np.float64) for value in point_px)
    return locate_pixels(one, x_px, y_px, *size_px, terrain, errors, lens=lens, doubts=doubts)


def _tracked(
    camera: Poses, place: GroundPoints, size_px: tuple[int, int], lens: Lens | None
) -> tuple[PixelsArray, PixelsArray]:
    lon_deg, lat_deg, hae_m = (
        np.repeat(value, len(camera)) for value in (place.lon_deg, place.lat_deg, place.hae_m)
    )
    return project(camera, lon_deg, lat_deg, hae_m, *size_px, lens=lens)


def _errors_of(
    aided: ImageAided,
    row: int,
    point_px: tuple[Pixels, Pixels],
    size_px: tuple[int, int],
    terrain: Terrain,
    errors: PoseErrors,
    lens: Lens | None,
) -> tuple[NDArray[np.float64], MetresArray]:
    """(N, 2, 2) covariance of the image points [px2] and (N,) CE90 on the ground [m] relative to `row`."""
    camera, count = aided.poses, len(aided.poses)
    one = camera.take(np.array([row], dtype=np.intp))
    x_px, y_px = (np.array([value], dtype=np.float64) for value in point_px)
    hit_m, moves_m = ground_and_moves(one, camera_directions(one, x_px, y_px, *size_px, lens=lens), terrain)
    basis, rise = _ground_basis(hit_m, one.origin_ecef_m, terrain)
    offset_m = np.einsum("nji,nj->ni", camera.rotation_ecef_from_camera, hit_m - camera.origin_ecef_m)
    ahead_m = np.where(offset_m[:, 0] > 0.0, offset_m[:, 0], np.nan)
    slope = slopes(offset_m, ahead_m) / tangents_per_px(camera, size_px, lens)[:, :, None]
    by_place = np.einsum("nki,nji->nkj", slope, camera.rotation_ecef_from_camera)  # px per metre in ECEF
    both = np.concatenate([by_place @ moves_m[0], slope @ crossing(offset_m)], axis=-1)
    every = np.arange(count)
    shared = np.empty((count, 2, 3, 2, 3))
    shared[:, 0, :, 0], shared[:, 1, :, 1] = (
        aided.covariance_rad2[row, :, row],
        aided.covariance_rad2[every, :, every],
    )
    shared[:, 0, :, 1] = aided.covariance_rad2[row][:, every].transpose(1, 0, 2)
    shared[:, 1, :, 0] = shared[:, 0, :, 1].transpose(0, 2, 1)
    covariance_px2 = both @ shared.reshape(count, 6, 6) @ both.transpose(0, 2, 1)
    lifted = (by_place @ rise) * errors.terrain_vertical_m
    lifted = lifted - lifted[row]  # along the look itself nothing moves
    covariance_px2 = covariance_px2 + lifted[:, :, None] * lifted[:, None, :]
    covariance_px2[row] = 0.0
    spread_m = np.linalg.inv(by_place @ basis)
    ground_m2 = spread_m @ covariance_px2 @ spread_m.transpose(0, 2, 1)
    ground_m2 = 0.5 * (ground_m2 + ground_m2.transpose(0, 2, 1)) + _STILL_M2 * np.eye(2)
    return covariance_px2, circular_errors(ground_m2)


def _ground_basis(
    hit_m: MetresArray, origin_m: MetresArray, terrain: Terrain
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(3, 2) a metre east and one north along the ground, and (3,) along the look for a metre of height."""
    lon_deg, lat_deg, _ = geodetic_from_ecef(hit_m)
    enu = rotation_ecef_from_enu(lon_deg, lat_deg)[0]
    normal = upward_normal(lon_deg, lat_deg, terrain)[0]
    on_plane = np.array([[1.0, 0.0], [0.0, 1.0], -normal[:2] / normal[2]])
    along = (hit_m - origin_m)[0]
    return enu @ on_plane, along / float(along @ (enu @ normal)) * float(normal[2])
