"""Does the pose agree with the stream's own frame centre? The first check of any clip."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.geo.ellipsoid import (
    east_north_m,
    ecef_from_geodetic,
    geodetic_from_ecef,
    rotation_ecef_from_enu,
)
from atalaya.geo.geoid import Geoid, msl_to_hae
from atalaya.geo.rays import cast_to_heights
from atalaya.georeg.pose import HeightReference, Poses
from atalaya.model.columns import Columns
from atalaya.model.frame import FrameTable
from atalaya.units import MetresArray


@dataclass(frozen=True, slots=True, kw_only=True)
class CentreResiduals(Columns):
    """Frame centre from the pose less the one in the packet, N first; NaN where either is unknown.

    Args:
        frame_index: (N,) as in the FrameTable.
        east_m, north_m, distance_m: (N,) on the ground.
        slant_range_m: (N,) from the pose. slant_difference_m: (N,) from the pose less item 21.
    """

    frame_index: NDArray[np.int64]
    east_m: MetresArray
    north_m: MetresArray
    distance_m: MetresArray
    slant_range_m: MetresArray
    slant_difference_m: MetresArray


def frame_centre_residuals(frames: FrameTable, camera: Poses, geoid: Geoid | None = None) -> CentreResiduals:
    """Cast each optical axis to the height of the packet's own frame centre and compare.

    Args:
        frames: the packets.
        camera: `poses(frames, ...)`, row for row.
        geoid: turns item 25 into a height above the ellipsoid where item 78 is absent.

    Returns:
        One row per frame. The height is in the datum of the pose: item 78, or item 25 with the geoid, for
        ellipsoidal poses; item 25 as it is for poses `msl-as-hae`; where neither is stated, the height at
        which the centre is at the stated slant range. Heights of two datums never meet.

    Raises:
        InputError: the geoid does not reach a frame centre it is needed for.
    """
    height_m = centre_heights_m(frames, camera, geoid)
    hit_ecef_m = cast_to_heights(camera.origin_ecef_m, camera.rotation_ecef_from_camera[:, :, 0], height_m)
    lon_deg, lat_deg, _ = geodetic_from_ecef(hit_ecef_m)
    apart_m = east_north_m(lon_deg, lat_deg, frames.centre_lon_deg, frames.centre_lat_deg)
    slant_range_m = np.linalg.norm(hit_ecef_m - camera.origin_ecef_m, axis=1)
    return CentreResiduals(
        frame_index=frames.frame_index,
        east_m=apart_m[:, 0],
        north_m=apart_m[:, 1],
        distance_m=np.hypot(apart_m[:, 0], apart_m[:, 1]),
        slant_range_m=slant_range_m,
        slant_difference_m=slant_range_m - frames.slant_range_m,
    )


def axis_residuals_rad(frames: FrameTable, camera: Poses, geoid: Geoid | None = None) -> NDArray[np.float64]:
    """How far the packet's frame centre lies to the right of and below the optical axis.

    Args:
        frames: the packets.
        camera: `poses(frames, ...)`, row for row.
        geoid: as for `frame_centre_residuals`.

    Returns:
        (N, 2) tangents, which are angles [rad] for what is close to the axis; NaN where the centre, the pose
        or its turn about the axis is unknown, or the centre is behind the camera.

    Raises:
        InputError: the geoid does not reach a frame centre it is needed for.
    """
    height_m = centre_heights_m(frames, camera, geoid)
    offset_m = (
        ecef_from_geodetic(frames.centre_lon_deg, frames.centre_lat_deg, height_m) - camera.origin_ecef_m
    )
    seen = np.einsum("nji,nj->ni", camera.rotation_ecef_from_camera, offset_m)
    ahead = np.where(seen[:, :1] > 0.0, seen[:, :1], np.nan)
    answer: NDArray[np.float64] = seen[:, 1:] / ahead
    return answer


def centre_heights_m(frames: FrameTable, camera: Poses, geoid: Geoid | None) -> MetresArray:
    """(N,) height of each packet's frame centre in the datum of its pose, NaN where it is not known.

    Where a packet states no height for its centre (EG 0104 has none) it is the one at which the centre is as
    far from the sensor as item 21 says: the attitude has no part in it.

    Raises:
        InputError: the geoid does not reach a frame centre it is needed for.
    """
    as_msl = camera.height_reference == HeightReference.MSL_AS_HAE.value
    height_m = np.where(as_msl, frames.centre_msl_m, frames.centre_hae_m)
    wanted = camera.known & ~as_msl & np.isnan(height_m) & ~np.isnan(frames.centre_msl_m)
    wanted &= ~np.isnan(frames.centre_lon_deg + frames.centre_lat_deg)
    if geoid is not None and wanted.any():
        height_m[wanted] = msl_to_hae(
            geoid, frames.centre_lon_deg[wanted], frames.centre_lat_deg[wanted], frames.centre_msl_m[wanted]
        )
    unsaid = np.isnan(frames.centre_msl_m) & np.isnan(frames.centre_hae_m)
    return np.where(unsaid, heights_by_slant_range_m(frames, camera), height_m)


def heights_by_slant_range_m(frames: FrameTable, camera: Poses) -> MetresArray:
    """(N,) height, in the datum of the pose, at which the stated centre is at the stated slant range."""
    foot_m = ecef_from_geodetic(frames.centre_lon_deg, frames.centre_lat_deg, np.zeros(len(frames)))
    up = rotation_ecef_from_enu(frames.centre_lon_deg, frames.centre_lat_deg)[..., 2]
    offset_m = foot_m - camera.origin_ecef_m
    above_m = np.einsum("ni,ni->n", up, offset_m)
    level2_m2 = np.einsum("ni,ni->n", offset_m, offset_m) - above_m**2
    drop2_m2 = frames.slant_range_m**2 - level2_m2
    drop_m = np.sqrt(np.where(drop2_m2 > 0.0, drop2_m2, np.nan))
    height_m: MetresArray = -above_m - drop_m
    return height_m
