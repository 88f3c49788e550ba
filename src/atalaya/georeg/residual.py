"""Does the pose agree with the stream's own frame centre? The first check of any clip."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.geo.ellipsoid import east_north_m, geodetic_from_ecef
from atalaya.geo.geoid import GeoidGrid, msl_to_hae
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


def frame_centre_residuals(
    frames: FrameTable, camera: Poses, geoid: GeoidGrid | None = None
) -> CentreResiduals:
    """Cast each optical axis to the height of the packet's own frame centre and compare.

    Args:
        frames: the packets.
        camera: `poses(frames, ...)`, row for row.
        geoid: turns item 25 into a height above the ellipsoid where item 78 is absent.

    Returns:
        One row per frame. The height is in the datum of the pose: item 78, or item 25 with the geoid, for
        ellipsoidal poses; item 25 as it is for poses `msl-as-hae`. Heights of two datums never meet.

    Raises:
        InputError: the geoid does not reach a frame centre it is needed for.
    """
    height_m = _centre_heights_m(frames, camera, geoid)
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


def _centre_heights_m(frames: FrameTable, camera: Poses, geoid: GeoidGrid | None) -> MetresArray:
    height_m = frames.centre_hae_m.copy()
    wanted = camera.known & np.isnan(height_m) & ~np.isnan(frames.centre_msl_m)
    wanted &= ~np.isnan(frames.centre_lon_deg + frames.centre_lat_deg)
    height_m = np.where(
        camera.height_reference == HeightReference.MSL_AS_HAE.value, frames.centre_msl_m, height_m
    )
    wanted &= camera.height_reference != HeightReference.MSL_AS_HAE.value
    if geoid is not None and wanted.any():
        height_m[wanted] = msl_to_hae(
            geoid, frames.centre_lon_deg[wanted], frames.centre_lat_deg[wanted], frames.centre_msl_m[wanted]
        )
    return height_m
