"""The poses that looks were laid down with, kept beside the keyframes: whoever looks again uses the same."""

import numpy as np

from atalaya.app.looks import LooksMade
from atalaya.geo.ellipsoid import geodetic_from_ecef
from atalaya.georeg.pose import HeightReference, Poses
from atalaya.model.looks import FrameVerdict, LookPoseTable


def look_poses(made: LooksMade) -> LookPoseTable:
    """The poses of the keyframes of a run, as registered."""
    rows = np.flatnonzero(made.keyframes.verdict == FrameVerdict.USED.value)
    camera = made.registration.camera.take(rows)
    return LookPoseTable(
        frame_index=camera.frame_index,
        time_us=camera.time_us,
        pts_s=made.keyframes.pts_s[rows],
        registered=made.registration.registered[rows],
        origin_ecef_m=camera.origin_ecef_m,
        rotation_ecef_from_camera=camera.rotation_ecef_from_camera,
        hfov_rad=camera.hfov_rad,
        vfov_rad=camera.vfov_rad,
    )


def camera_of(table: LookPoseTable) -> Poses:
    """The same poses as they are computed with; their heights are those of the run's ground."""
    lon_deg, lat_deg, hae_m = geodetic_from_ecef(table.origin_ecef_m)
    return Poses(
        frame_index=table.frame_index,
        time_us=table.time_us,
        lon_deg=lon_deg,
        lat_deg=lat_deg,
        hae_m=hae_m,
        height_reference=np.full(len(table), HeightReference.HAE.value),
        origin_ecef_m=table.origin_ecef_m,
        rotation_ecef_from_camera=table.rotation_ecef_from_camera,
        hfov_rad=table.hfov_rad,
        vfov_rad=table.vfov_rad,
    )
