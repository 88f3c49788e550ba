"""WGS 84 in numbers: geodetic, earth-centred and local east-north-up coordinates.

Order is always lon, lat, height; every function takes arrays of any (broadcastable) shape; an unknown (NaN)
coordinate gives an unknown answer. Frames: docs/explain/frames.md.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from atalaya.errors import InputError
from atalaya.units import DegreesArray, MetresArray, RadiansArray

SEMI_MAJOR_M = 6378137.0
"""Equatorial radius a."""
FLATTENING = 1.0 / 298.257223563
SEMI_MINOR_M = SEMI_MAJOR_M * (1.0 - FLATTENING)
ECCENTRICITY2 = FLATTENING * (2.0 - FLATTENING)
"""First eccentricity squared."""
_SECOND_ECCENTRICITY2 = ECCENTRICITY2 / (1.0 - ECCENTRICITY2)
_BOWRING_ROUNDS = 3


def ecef_from_geodetic(lon_deg: ArrayLike, lat_deg: ArrayLike, hae_m: ArrayLike) -> MetresArray:
    """Earth-centred, earth-fixed coordinates of places.

    Args:
        lon_deg: any range; the three broadcast together.
        lat_deg: -90 to 90.
        hae_m: height above the ellipsoid [m].

    Returns:
        (..., 3) ECEF [m], exact to rounding (about 1e-9 m).

    Raises:
        InputError: a latitude beyond +-90 deg.

    Source: NGA.STND.0036 (WGS 84) section 4, closed form.
    """
    lon_rad, lat_rad, height_m = np.broadcast_arrays(
        np.radians(lon_deg), np.radians(_latitudes(lat_deg)), np.asarray(hae_m, dtype=np.float64)
    )
    sin_lat, cos_lat = np.sin(lat_rad), np.cos(lat_rad)
    normal_m = SEMI_MAJOR_M / np.sqrt(1.0 - ECCENTRICITY2 * sin_lat**2)
    axis_distance_m = (normal_m + height_m) * cos_lat
    return np.stack(
        [
            axis_distance_m * np.cos(lon_rad),
            axis_distance_m * np.sin(lon_rad),
            (normal_m * (1.0 - ECCENTRICITY2) + height_m) * sin_lat,
        ],
        axis=-1,
    )


def geodetic_from_ecef(ecef_m: MetresArray) -> tuple[DegreesArray, DegreesArray, MetresArray]:
    """Longitude, latitude and ellipsoidal height of earth-centred points.

    Args:
        ecef_m: (..., 3) [m]; not near the centre of the earth (heights above -1000 km).

    Returns:
        lon_deg (-180 to 180), lat_deg, hae_m; back to ECEF within 1e-8 m from -10 to 1000 km (measured).

    Raises:
        InputError: the last axis is not 3 long.

    Source: Bowring (1976), three rounds, height in the form that is well conditioned at the poles.
    """
    points_m = as_vectors("ecef_m", ecef_m)
    x_m, y_m, z_m = points_m[..., 0], points_m[..., 1], points_m[..., 2]
    axis_distance_m = np.hypot(x_m, y_m)
    reduced_rad = np.arctan2(z_m, (1.0 - FLATTENING) * axis_distance_m)
    lat_rad = reduced_rad
    for _ in range(_BOWRING_ROUNDS):
        lat_rad = np.arctan2(
            z_m + _SECOND_ECCENTRICITY2 * SEMI_MINOR_M * np.sin(reduced_rad) ** 3,
            axis_distance_m - ECCENTRICITY2 * SEMI_MAJOR_M * np.cos(reduced_rad) ** 3,
        )
        reduced_rad = np.arctan2((1.0 - FLATTENING) * np.sin(lat_rad), np.cos(lat_rad))
    sin_lat, cos_lat = np.sin(lat_rad), np.cos(lat_rad)
    height_m = axis_distance_m * cos_lat + z_m * sin_lat
    height_m = height_m - SEMI_MAJOR_M * np.sqrt(1.0 - ECCENTRICITY2 * sin_lat**2)
    return np.degrees(np.arctan2(y_m, x_m)), np.degrees(lat_rad), height_m


def radii_m(lat_deg: ArrayLike) -> tuple[MetresArray, MetresArray]:
    """Radii of curvature: along the meridian, and across it (prime vertical).

    Raises:
        InputError: a latitude beyond +-90 deg.
    """
    sin_lat2 = np.sin(np.radians(_latitudes(lat_deg))) ** 2
    normal_m = SEMI_MAJOR_M / np.sqrt(1.0 - ECCENTRICITY2 * sin_lat2)
    return normal_m * (1.0 - ECCENTRICITY2) / (1.0 - ECCENTRICITY2 * sin_lat2), normal_m


def metres_per_degree(lat_deg: ArrayLike) -> MetresArray:
    """(..., 2) metres on the ellipsoid per degree of longitude and of latitude, at a latitude.

    Raises:
        InputError: a latitude beyond +-90 deg.
    """
    meridian_m, normal_m = radii_m(lat_deg)
    per_longitude_m = normal_m * np.cos(np.radians(lat_deg))
    return np.radians(np.stack([per_longitude_m, meridian_m], axis=-1))


def rotation_ecef_from_enu(lon_deg: ArrayLike, lat_deg: ArrayLike) -> NDArray[np.float64]:
    """(..., 3, 3) matrices whose columns are east, north and up at each place, in ECEF.

    Raises:
        InputError: a latitude beyond +-90 deg.
    """
    lon_rad, lat_rad = np.broadcast_arrays(np.radians(lon_deg), np.radians(_latitudes(lat_deg)))
    sin_lon, cos_lon, sin_lat, cos_lat = np.sin(lon_rad), np.cos(lon_rad), np.sin(lat_rad), np.cos(lat_rad)
    east = np.stack([-sin_lon, cos_lon, np.zeros_like(lon_rad)], axis=-1)
    north = np.stack([-sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat], axis=-1)
    up = np.stack([cos_lat * cos_lon, cos_lat * sin_lon, sin_lat], axis=-1)
    return np.stack([east, north, up], axis=-1)


def rotation_ecef_from_ned(lon_deg: ArrayLike, lat_deg: ArrayLike) -> NDArray[np.float64]:
    """(..., 3, 3) matrices whose columns are north, east and down at each place, in ECEF.

    Raises:
        InputError: a latitude beyond +-90 deg.
    """
    enu = rotation_ecef_from_enu(lon_deg, lat_deg)
    return np.stack([enu[..., 1], enu[..., 0], -enu[..., 2]], axis=-1)


def enu_from_ecef(
    ecef_m: MetresArray, lon_deg: ArrayLike, lat_deg: ArrayLike, hae_m: ArrayLike
) -> MetresArray:
    """East, north and up of points as seen from a local origin.

    Args:
        ecef_m: (..., 3) points.
        lon_deg: of the origin, or of one origin per point.
        lat_deg: likewise.
        hae_m: likewise.

    Returns:
        (..., 3) east, north, up [m], rigid: no distortion with distance.

    Raises:
        InputError: the last axis is not 3 long, or a latitude beyond +-90 deg.
    """
    offset_m = as_vectors("ecef_m", ecef_m) - ecef_from_geodetic(lon_deg, lat_deg, hae_m)
    turned_m: MetresArray = np.einsum("...ji,...j->...i", rotation_ecef_from_enu(lon_deg, lat_deg), offset_m)
    return turned_m


def ecef_from_enu(
    enu_m: MetresArray, lon_deg: ArrayLike, lat_deg: ArrayLike, hae_m: ArrayLike
) -> MetresArray:
    """ECEF of points given as east, north and up of a local origin; the inverse of `enu_from_ecef`.

    Raises:
        InputError: the last axis is not 3 long, or a latitude beyond +-90 deg.
    """
    turned_m: MetresArray = np.einsum(
        "...ij,...j->...i", rotation_ecef_from_enu(lon_deg, lat_deg), as_vectors("enu_m", enu_m)
    )
    return ecef_from_geodetic(lon_deg, lat_deg, hae_m) + turned_m


def east_north_m(
    lon_deg: ArrayLike, lat_deg: ArrayLike, from_lon_deg: ArrayLike, from_lat_deg: ArrayLike
) -> MetresArray:
    """(..., 2) metres east and north from one place to another on the ellipsoid, for short distances.

    Returns:
        distance within 1e-6 of itself, direction within 0.04 deg, up to 10 km below 60 deg (measured).

    Raises:
        InputError: a latitude beyond +-90 deg.
    """
    middle_deg = 0.5 * (_latitudes(lat_deg) + _latitudes(from_lat_deg))
    meridian_m, normal_m = radii_m(middle_deg)
    turn_deg = (np.asarray(lon_deg, dtype=np.float64) - np.asarray(from_lon_deg) + 180.0) % 360.0 - 180.0
    east_m = np.radians(turn_deg) * normal_m * np.cos(np.radians(middle_deg))
    north_m = np.radians(_latitudes(lat_deg) - _latitudes(from_lat_deg)) * meridian_m
    return np.stack(np.broadcast_arrays(east_m, north_m), axis=-1)


def rotation_x(angle_rad: RadiansArray) -> NDArray[np.float64]:
    """(..., 3, 3) right-handed turn about x: y towards z (roll)."""
    cos, sin, zero, one = _turn(angle_rad)
    return _matrix([[one, zero, zero], [zero, cos, -sin], [zero, sin, cos]])


def rotation_y(angle_rad: RadiansArray) -> NDArray[np.float64]:
    """(..., 3, 3) right-handed turn about y: z towards x (pitch: x forward, z down, positive raises x)."""
    cos, sin, zero, one = _turn(angle_rad)
    return _matrix([[cos, zero, sin], [zero, one, zero], [-sin, zero, cos]])


def rotation_z(angle_rad: RadiansArray) -> NDArray[np.float64]:
    """(..., 3, 3) right-handed turn about z: x towards y (heading: north towards east, z down)."""
    cos, sin, zero, one = _turn(angle_rad)
    return _matrix([[cos, -sin, zero], [sin, cos, zero], [zero, zero, one]])


def as_vectors(name: str, vectors: ArrayLike) -> NDArray[np.float64]:
    """The same as float64, if the last axis is 3 long.

    Raises:
        InputError: it is not.
    """
    found = np.asarray(vectors, dtype=np.float64)
    if found.ndim < 1 or found.shape[-1] != 3:
        raise InputError(f"{name} must be (..., 3), got {found.shape}")
    return found


def _turn(angle_rad: RadiansArray) -> tuple[NDArray[np.float64], ...]:
    angle: NDArray[np.float64] = np.asarray(angle_rad, dtype=np.float64)
    zero = np.zeros_like(angle)
    return np.cos(angle), np.sin(angle), zero, zero + 1.0


def _matrix(rows: list[list[NDArray[np.float64]]]) -> NDArray[np.float64]:
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def _latitudes(lat_deg: ArrayLike) -> DegreesArray:
    latitudes_deg = np.asarray(lat_deg, dtype=np.float64)
    if np.any(np.abs(latitudes_deg) > 90.0):
        raise InputError(
            f"latitudes must be -90 to 90 deg, got {np.nanmin(latitudes_deg)} to {np.nanmax(latitudes_deg)}"
        )
    return latitudes_deg
