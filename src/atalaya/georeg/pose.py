"""Where the camera was and how it was turned, in one earth-fixed frame, from what the stream says.

Camera frame: x forward along the optical axis, y right in the picture, z down in the picture. Rotations and
heights are drawn in docs/explain/frames.md.
"""

from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from atalaya.errors import InputError
from atalaya.geo.ellipsoid import (
    ecef_from_geodetic,
    rotation_ecef_from_ned,
    rotation_x,
    rotation_y,
    rotation_z,
)
from atalaya.geo.geoid import Geoid, msl_to_hae
from atalaya.model.columns import Columns
from atalaya.model.frame import FrameTable
from atalaya.units import DegreesArray, MetresArray, MicrosecondsArray, RadiansArray


class HeightReference(StrEnum):
    """From what the height of a sensor was taken."""

    HAE = "hae"
    """Item 75 or 104: above the ellipsoid, as it came."""
    MSL_PLUS_GEOID = "msl-plus-geoid"
    """Item 15 plus the undulation of a geoid grid."""
    MSL_AS_HAE = "msl-as-hae"
    """Item 15 as it came: allowed only where the ground is declared in the same MSL datum."""
    UNKNOWN = "unknown"
    """No height that may be used; the pose is unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Poses(Columns):
    """The camera of each frame, N first; NaN in every number where the frame is not usable.

    Args:
        frame_index, time_us: (N,) as in the FrameTable.
        lon_deg, lat_deg, hae_m: (N,) of the sensor; `hae_m` is in the datum `height_reference` names.
        height_reference: (N,) str, values of HeightReference.
        origin_ecef_m: (N, 3).
        rotation_ecef_from_camera: (N, 3, 3), columns forward, right and down; the last two are NaN where the
            turn about the optical axis is unknown (item 20 absent and none declared).
        hfov_rad, vfov_rad: (N,), vertical NaN where item 17 is absent.
    """

    frame_index: NDArray[np.int64]
    time_us: MicrosecondsArray
    lon_deg: DegreesArray
    lat_deg: DegreesArray
    hae_m: MetresArray
    height_reference: NDArray[np.str_]
    origin_ecef_m: MetresArray
    rotation_ecef_from_camera: NDArray[np.float64]
    hfov_rad: RadiansArray
    vfov_rad: RadiansArray

    @property
    def known(self) -> NDArray[np.bool_]:
        """(N,) rows with a place and an optical axis."""
        known: NDArray[np.bool_] = ~np.isnan(
            self.origin_ecef_m.sum(axis=1) + self.rotation_ecef_from_camera[:, :, 0].sum(axis=1)
        )
        return known


def poses(
    frames: FrameTable,
    geoid: Geoid | None = None,
    *,
    heights: HeightReference = HeightReference.HAE,
    absent_sensor_roll_deg: float = float("nan"),
) -> Poses:
    """Poses of all frames, in their order.

    Args:
        frames: as read; rows that are not `usable` become unknown.
        geoid: turns item 15 into a height above the ellipsoid where items 75 and 104 are absent; rows that
            it does not reach stay unknown.
        heights: HAE: ellipsoidal heights, rows with neither an HAE item nor a geoid stay unknown.
            MSL_AS_HAE: item 15 as it is, of every row; the caller declares that the ground is in that datum.
        absent_sensor_roll_deg: the turn about the optical axis of a payload that never sends item 20 (0 for
            two-axis gimbals); NaN leaves the picture's right and down unknown.

    Returns:
        Poses; the attitude is R = Rz(heading) Ry(pitch) Rx(roll) Rz(azimuth) Ry(elevation) Rx(sensor roll),
        the first three left out where the sensor's angles are of the world already.

    Raises:
        InputError: another `heights`.

    Source: MISB ST 0601 items 5-7, 18-20, 90, 91; checked on a simulator whose frame centres are exact.
    EG 0104.5 for angles of the world; checked on a real stream.
    """
    if heights not in {HeightReference.HAE, HeightReference.MSL_AS_HAE}:
        raise InputError(f"heights are asked for as hae or msl-as-hae, not {heights}")
    hae_m, reference = _heights(frames, geoid, heights)
    known = frames.usable & ~np.isnan(hae_m)
    lon_deg = np.where(known, frames.sensor_lon_deg, np.nan)
    lat_deg = np.where(known, frames.sensor_lat_deg, np.nan)
    hae_m = np.where(known, hae_m, np.nan)
    return Poses(
        frame_index=frames.frame_index,
        time_us=frames.time_us,
        lon_deg=lon_deg,
        lat_deg=lat_deg,
        hae_m=hae_m,
        height_reference=np.where(known, reference, HeightReference.UNKNOWN.value),
        origin_ecef_m=ecef_from_geodetic(lon_deg, lat_deg, hae_m),
        rotation_ecef_from_camera=rotation_ecef_from_ned(lon_deg, lat_deg)
        @ _ned_from_camera(frames, absent_sensor_roll_deg),
        hfov_rad=np.where(known, np.radians(frames.hfov_deg), np.nan),
        vfov_rad=np.where(known, np.radians(frames.vfov_deg), np.nan),
    )


def _ned_from_camera(frames: FrameTable, absent_sensor_roll_deg: float) -> NDArray[np.float64]:
    """(N, 3, 3) columns forward, right and down in north, east, down."""
    heading_deg, pitch_deg, roll_deg = (
        np.where(frames.sensor_angles_world, 0.0, angle_deg)
        for angle_deg in (frames.platform_heading_deg, frames.platform_pitch_deg, frames.platform_roll_deg)
    )
    axis = (
        rotation_z(np.radians(heading_deg))
        @ rotation_y(np.radians(pitch_deg))
        @ rotation_x(np.radians(roll_deg))
        @ rotation_z(np.radians(frames.sensor_azimuth_deg))
        @ rotation_y(np.radians(frames.sensor_elevation_deg))
    )
    turn_deg = np.where(np.isnan(frames.sensor_roll_deg), absent_sensor_roll_deg, frames.sensor_roll_deg)
    cos, sin = np.cos(np.radians(turn_deg))[:, None], np.sin(np.radians(turn_deg))[:, None]
    right = axis[:, :, 1] * cos + axis[:, :, 2] * sin  # written out: an unknown roll must not reach the axis
    down = axis[:, :, 2] * cos - axis[:, :, 1] * sin
    return np.stack([axis[:, :, 0], right, down], axis=-1)


def _heights(
    frames: FrameTable, geoid: Geoid | None, heights: HeightReference
) -> tuple[MetresArray, NDArray[np.str_]]:
    """Height of each sensor in one datum, and where it came from."""
    if heights is HeightReference.MSL_AS_HAE:
        known = ~np.isnan(frames.sensor_msl_m)
        reference = np.where(known, HeightReference.MSL_AS_HAE.value, HeightReference.UNKNOWN.value)
        return frames.sensor_msl_m, reference
    given = ~np.isnan(frames.sensor_hae_m)
    hae_m = frames.sensor_hae_m.copy()
    wanted = frames.usable & ~given & ~np.isnan(frames.sensor_msl_m)
    if geoid is not None:
        hae_m[wanted] = _above_ellipsoid(
            geoid, frames.sensor_lon_deg[wanted], frames.sensor_lat_deg[wanted], frames.sensor_msl_m[wanted]
        )
    names = np.where(given, HeightReference.HAE.value, HeightReference.MSL_PLUS_GEOID.value)
    return hae_m, np.where(np.isnan(hae_m), HeightReference.UNKNOWN.value, names)


def _above_ellipsoid(
    geoid: Geoid, lon_deg: DegreesArray, lat_deg: DegreesArray, msl_m: MetresArray
) -> MetresArray:
    """Heights where the geoid reaches, else NaN: a wrong place (0, 0 before a fix) costs its own row only."""
    try:
        return msl_to_hae(geoid, lon_deg, lat_deg, msl_m)
    except InputError:
        hae_m = np.full(lon_deg.shape, np.nan)
        for row in range(len(hae_m)):
            with suppress(InputError):
                hae_m[row] = msl_to_hae(geoid, lon_deg[row], lat_deg[row], msl_m[row])
        return hae_m
