"""Pixels and frame centres brought to the ground, always with their error."""

import numpy as np
from numpy.typing import NDArray

from atalaya.errors import InputError
from atalaya.geo.ellipsoid import geodetic_from_ecef, rotation_ecef_from_enu
from atalaya.geo.rays import cast
from atalaya.geo.terrain import Terrain
from atalaya.georeg.camera import camera_directions
from atalaya.georeg.errors import PoseErrors
from atalaya.georeg.lens import Lens
from atalaya.georeg.pose import Poses
from atalaya.georeg.spread import Rays, spread
from atalaya.model.ground import GroundPoints
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
    return _locate(camera, np.einsum("nij,nj->ni", camera.rotation_ecef_from_camera, seen), terrain, errors)


def frame_centres(camera: Poses, terrain: Terrain, errors: PoseErrors) -> GroundPoints:
    """Where the optical axis of each pose meets the ground; as `locate_pixels`, and no roll is needed."""
    return _locate(camera, camera.rotation_ecef_from_camera[:, :, 0], terrain, errors)


def _locate(
    camera: Poses, direction: NDArray[np.float64], terrain: Terrain, errors: PoseErrors
) -> GroundPoints:
    """In chunks, so that memory does not grow with the number of pixels."""
    rays = _rays(camera, direction)
    rows = np.arange(len(rays))
    parts = [rows[start : start + _CHUNK] for start in range(0, max(len(rows), 1), _CHUNK)]
    return GroundPoints.concatenate([_locate_part(rays.take(part), terrain, errors) for part in parts])


def _locate_part(rays: Rays, terrain: Terrain, errors: PoseErrors) -> GroundPoints:
    hit_ecef_m = cast(rays.origin_m, rays.direction, terrain)
    met = np.flatnonzero(~np.isnan(hit_ecef_m[:, 0]))
    found = spread(rays.take(met), hit_ecef_m[met], terrain, errors)
    rows = met[~np.isnan(found.ce90_m)]
    columns = {
        name: np.full(len(rays), np.nan) for name in ("lon_deg", "lat_deg", "hae_m", "ce90_m", "le90_m")
    }
    columns["covariance_m2"] = np.full((len(rays), 2, 2), np.nan)
    places = geodetic_from_ecef(hit_ecef_m[rows])
    columns["lon_deg"][rows], columns["lat_deg"][rows], columns["hae_m"][rows] = places
    answered = ~np.isnan(found.ce90_m)
    for name in ("covariance_m2", "ce90_m", "le90_m"):
        columns[name][rows] = getattr(found, name)[answered]
    return GroundPoints(**columns)


def _rays(camera: Poses, direction: NDArray[np.float64]) -> Rays:
    unit = direction / np.linalg.norm(direction, axis=1, keepdims=True)
    return Rays(
        origin_m=camera.origin_ecef_m,
        direction=unit,
        turn_axes=_turn_axes(camera, unit),
        enu_axes=rotation_ecef_from_enu(camera.lon_deg, camera.lat_deg),
    )


def _turn_axes(camera: Poses, unit: NDArray[np.float64]) -> NDArray[np.float64]:
    """The camera's own axes; where its roll is unknown, any two across the ray do: their errors are alike."""
    least = np.eye(3)[np.argmin(np.abs(np.nan_to_num(unit)), axis=1)]
    side = np.cross(unit, least)
    side = side / np.linalg.norm(side, axis=1, keepdims=True)
    across = np.stack([unit, side, np.cross(unit, side)], axis=-1)
    known = ~np.isnan(camera.rotation_ecef_from_camera).any(axis=(1, 2))
    return np.where(known[:, None, None], camera.rotation_ecef_from_camera, across)
