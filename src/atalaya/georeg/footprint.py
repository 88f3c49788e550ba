"""The ground under each frame: corners, the centre with its error, range, resolution, direction of look."""

import numpy as np
from numpy.typing import NDArray

from atalaya.geo.ellipsoid import ecef_from_geodetic, geodetic_from_ecef, rotation_ecef_from_enu
from atalaya.geo.rays import cast
from atalaya.geo.terrain import Terrain
from atalaya.georeg.camera import camera_directions, half_extents
from atalaya.georeg.doubt import Doubt, doubt
from atalaya.georeg.errors import PoseErrors
from atalaya.georeg.lens import Lens, lens_for
from atalaya.georeg.locate import frame_centres
from atalaya.georeg.motion import motion
from atalaya.georeg.pose import Poses
from atalaya.model.footprint import CORNERS, FootprintTable
from atalaya.units import DegreesArray


def footprints(
    camera: Poses,
    terrain: Terrain,
    errors: PoseErrors,
    image_size_px: tuple[int, int],
    *,
    doubts: Doubt | None = None,
    lens: Lens | None = None,
) -> FootprintTable:
    """One row per known pose.

    Args:
        camera: as `poses` made them; rows that are not known are left out.
        terrain: in the datum of the poses.
        errors: of pose and terrain, one sigma.
        image_size_px: width and height of the picture.
        doubts: errors of each pose, row for row; None takes `errors` for all, and the motion from the poses.
        lens: measured; None is a pinhole of each pose's field of view.

    Returns:
        FootprintTable; corners NaN where they look at the sky, off the terrain, where the lens says nothing,
        or the roll is unknown;
        centre and all that hangs on it NaN where the axis meets no known ground.

    Raises:
        InputError: a picture without pixels, or of another aspect than the lens.
    """
    width_px, height_px = image_size_px
    doubts = doubt(errors, motion(camera)) if doubts is None else doubts
    known = np.flatnonzero(camera.known)
    rows = camera.take(known)
    centres = frame_centres(rows, terrain, errors, doubts=doubts.take(known))
    corner_lon_deg, corner_lat_deg = _corners(rows, terrain, image_size_px, lens)
    centre_ecef_m = ecef_from_geodetic(centres.lon_deg, centres.lat_deg, centres.hae_m)
    slant_range_m = np.linalg.norm(centre_ecef_m - rows.origin_ecef_m, axis=1)
    look_azimuth_deg, depression_deg = _look(rows, np.isnan(slant_range_m))
    step = 2.0 * half_extents(rows, width_px, height_px)[:, 0] / width_px
    if lens is not None:
        step = np.full(len(rows), 1.0 / lens_for(lens, width_px, height_px)[0].fx_px)
    return FootprintTable(
        frame_index=rows.frame_index,
        time_us=rows.time_us,
        corner_lon_deg=corner_lon_deg,
        corner_lat_deg=corner_lat_deg,
        centre_lon_deg=centres.lon_deg,
        centre_lat_deg=centres.lat_deg,
        centre_hae_m=centres.hae_m,
        centre_covariance_m2=centres.covariance_m2,
        ce90_m=centres.ce90_m,
        le90_m=centres.le90_m,
        slant_range_m=slant_range_m,
        gsd_m=slant_range_m * step,
        look_azimuth_deg=look_azimuth_deg,
        depression_deg=depression_deg,
    )


def _corners(
    camera: Poses, terrain: Terrain, image_size_px: tuple[int, int], lens: Lens | None
) -> tuple[DegreesArray, DegreesArray]:
    """(N, 4) outer corners of the picture: upper left, upper right, lower right, lower left."""
    width_px, height_px = image_size_px
    left_px, right_px, top_px, bottom_px = -0.5, width_px - 0.5, -0.5, height_px - 0.5
    places = ((left_px, top_px), (right_px, top_px), (right_px, bottom_px), (left_px, bottom_px))
    count = len(camera)
    directions = [
        camera_directions(camera, np.full(count, x_px), np.full(count, y_px), width_px, height_px, lens=lens)
        for x_px, y_px in places
    ]
    seen = np.einsum("nij,knj->nki", camera.rotation_ecef_from_camera, np.stack(directions))
    origin_m = np.repeat(camera.origin_ecef_m, CORNERS, axis=0)
    lon_deg, lat_deg, _ = geodetic_from_ecef(cast(origin_m, seen.reshape(-1, 3), terrain))
    return lon_deg.reshape(count, CORNERS), lat_deg.reshape(count, CORNERS)


def _look(camera: Poses, unknown: NDArray[np.bool_]) -> tuple[DegreesArray, DegreesArray]:
    """Azimuth clockwise from north and depression below the horizontal of the optical axis, at the sensor."""
    axis = camera.rotation_ecef_from_camera[:, :, 0]
    east, north, up = np.einsum("nji,nj->in", rotation_ecef_from_enu(camera.lon_deg, camera.lat_deg), axis)
    azimuth_deg = np.degrees(np.arctan2(east, north)) % 360.0
    depression_deg = np.degrees(np.arctan2(-up, np.hypot(east, north)))
    return np.where(unknown, np.nan, azimuth_deg), np.where(unknown, np.nan, depression_deg)
