"""Pixels and frame centres brought to the ground, always with their error."""

import numpy as np
from numpy.typing import NDArray

from atalaya.errors import InputError
from atalaya.geo.ellipsoid import ecef_from_geodetic, geodetic_from_ecef, rotation_ecef_from_enu
from atalaya.geo.rays import cast
from atalaya.geo.terrain import Terrain
from atalaya.georeg.camera import camera_directions
from atalaya.georeg.doubt import Doubt, doubt
from atalaya.georeg.errors import PoseErrors
from atalaya.georeg.lens import Lens
from atalaya.georeg.motion import still
from atalaya.georeg.pencil import Rays
from atalaya.georeg.pose import Poses
from atalaya.georeg.region import ground_region
from atalaya.georeg.spread import spread
from atalaya.model.ground import GroundPoints, GroundRegion, Position
from atalaya.units import PixelsArray

_CHUNK = 2048


def locate_pixels(
    camera: Poses,
    x_px: PixelsArray,
    y_px: PixelsArray,
    width_px: int,
    height_px: int,
    terrain: Terrain,
    errors: PoseErrors,
    *,
    lens: Lens | None = None,
    doubts: Doubt | None = None,
) -> GroundPoints:
    """Where one pixel of each pose is on the ground, and how far off that may be.

    Args:
        camera: (N,) one pose per pixel: `poses(...).take(rows)`.
        x_px: (N,) column from 0 at the centre of the upper left pixel.
        y_px: (N,) row likewise.
        width_px: of the picture.
        height_px: of the picture.
        terrain: in the datum of the poses.
        errors: of pose and terrain, one sigma.
        lens: measured; None is a pinhole of each pose's field of view.
        doubts: (N,) errors of each look, motion and what the stream states in them; None takes `errors` for
            all, and knows of no motion.

    Returns:
        GroundPoints (N,): the first ground along each ray. CE90 is the radius about the answer that holds
        90 % of the true places for errors of the stated size, slopes included; everything is NaN where the
        ray, or more than a tenth of its likely errors, meets no known ground. Share of Monte Carlo truths
        inside: docs/explain/ce90.md.

    Raises:
        InputError: arrays of other lengths than the poses, a picture without pixels, or one that the lens
            was not measured on.
    """
    if np.shape(x_px) != (len(camera),) or np.shape(y_px) != (len(camera),):
        raise InputError(f"one pixel per pose: {np.shape(x_px)} and {np.shape(y_px)} for {len(camera)} poses")
    seen = camera_directions(camera, x_px, y_px, width_px, height_px, lens=lens)
    direction = np.einsum("nij,nj->ni", camera.rotation_ecef_from_camera, seen)
    return _locate(rays_of(camera, direction, errors, doubts), terrain)


def pixel_region(
    camera: Poses,
    pixel_px: tuple[float, float],
    image_size_px: tuple[int, int],
    terrain: Terrain,
    errors: PoseErrors,
    *,
    lens: Lens | None = None,
    doubts: Doubt | None = None,
) -> GroundRegion | None:
    """Where one pixel is on the ground, and the ground where it may truly be.

    Args:
        camera: one pose.
        pixel_px: column and row, from 0 at the centre of the upper left pixel.
        image_size_px: width and height of the picture.
        terrain: in the datum of the pose.
        errors: of pose and terrain, one sigma.
        lens: measured; None is a pinhole of the pose's field of view.
        doubts: (1,) as in `locate_pixels`.

    Returns:
        GroundRegion; None where `locate_pixels` has no answer.

    Raises:
        InputError: more than one pose, a picture without pixels, or one that the lens was not measured on.
    """
    asked = np.array(pixel_px[:1], dtype=np.float64), np.array(pixel_px[1:], dtype=np.float64)
    points = locate_pixels(camera, *asked, *image_size_px, terrain, errors, lens=lens, doubts=doubts)
    if np.isnan(points.ce90_m[0]):
        return None
    seen = camera_directions(camera, *asked, *image_size_px, lens=lens)
    direction = np.einsum("nij,nj->ni", camera.rotation_ecef_from_camera, seen)
    rays = rays_of(camera, direction, errors, doubts)
    hit_ecef_m = ecef_from_geodetic(points.lon_deg, points.lat_deg, points.hae_m)
    return ground_region(rays, hit_ecef_m, _position(points), terrain)


def _position(points: GroundPoints) -> Position:
    """The first row as a position."""
    (east_m2, cross_m2), (_, north_m2) = points.covariance_m2[0].tolist()
    return Position(
        lon_deg=float(points.lon_deg[0]),
        lat_deg=float(points.lat_deg[0]),
        hae_m=float(points.hae_m[0]),
        covariance_m2=((east_m2, cross_m2), (cross_m2, north_m2)),
        ce90_m=float(points.ce90_m[0]),
        le90_m=float(points.le90_m[0]),
    )


def frame_centres(
    camera: Poses, terrain: Terrain, errors: PoseErrors, *, doubts: Doubt | None = None
) -> GroundPoints:
    """Where the optical axis of each pose meets the ground; as `locate_pixels`, and no roll is needed."""
    return _locate(rays_of(camera, camera.rotation_ecef_from_camera[:, :, 0], errors, doubts), terrain)


def _locate(rays: Rays, terrain: Terrain) -> GroundPoints:
    """In chunks, so that memory does not grow with the number of pixels."""
    rows = np.arange(len(rays))
    if len(rows) <= _CHUNK:
        return _locate_part(rays, terrain)
    parts = [rows[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK)]
    return GroundPoints.concatenate([_locate_part(rays.take(part), terrain) for part in parts])


def _locate_part(rays: Rays, terrain: Terrain) -> GroundPoints:
    hit_ecef_m = cast(rays.origin_m, rays.direction, terrain)
    met = np.flatnonzero(~np.isnan(hit_ecef_m[:, 0]))
    places = geodetic_from_ecef(hit_ecef_m[met])
    found = spread(rays.take(met), hit_ecef_m[met], rotation_ecef_from_enu(places[0], places[1]), terrain)
    answered = np.flatnonzero(~np.isnan(found.ce90_m))
    rows = met[answered]
    columns = {
        name: np.full(len(rays), np.nan) for name in ("lon_deg", "lat_deg", "hae_m", "ce90_m", "le90_m")
    }
    columns["covariance_m2"] = np.full((len(rays), 2, 2), np.nan)
    for name, place in zip(("lon_deg", "lat_deg", "hae_m"), places, strict=True):
        columns[name][rows] = place[answered]
    for name in ("covariance_m2", "ce90_m", "le90_m"):
        columns[name][rows] = getattr(found, name)[answered]
    return GroundPoints(**columns)


def rays_of(
    camera: Poses, direction: NDArray[np.float64], errors: PoseErrors, doubts: Doubt | None = None
) -> Rays:
    """Lines of sight with what errors turn, shift and move them by.

    Args:
        camera: (N,) poses.
        direction: (N, 3) ECEF, any length.
        errors: one sigma, for all looks.
        doubts: (N,) errors of each look, in place of `errors`.
    """
    doubts = doubt(errors, still(len(camera))) if doubts is None else doubts
    unit = direction / np.linalg.norm(direction, axis=1, keepdims=True)
    return Rays(
        origin_m=camera.origin_ecef_m,
        direction=unit,
        turn_axes=_turn_axes(camera, unit),
        enu_axes=rotation_ecef_from_enu(camera.lon_deg, camera.lat_deg),
        velocity_mps=doubts.velocity_ecef_mps,
        turn_radps=doubts.turn_ecef_radps,
        root=doubts.root,
    )


def _turn_axes(camera: Poses, unit: NDArray[np.float64]) -> NDArray[np.float64]:
    """The camera's own axes; where its roll is unknown, any two across the ray do: their errors are alike."""
    known = ~np.isnan(camera.rotation_ecef_from_camera).any(axis=(1, 2))
    if known.all():
        return camera.rotation_ecef_from_camera
    least = np.eye(3)[np.argmin(np.abs(np.nan_to_num(unit)), axis=1)]
    side = np.cross(unit, least)
    side = side / np.linalg.norm(side, axis=1, keepdims=True)
    across = np.stack([unit, side, np.cross(unit, side)], axis=-1)
    return np.where(known[:, None, None], camera.rotation_ecef_from_camera, across)
