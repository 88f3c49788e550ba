"""Terrain and looks for the tests of geo and georeg: seeded, small."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from atalaya.geo.ellipsoid import ecef_from_geodetic, rotation_ecef_from_enu
from atalaya.geo.terrain import TerrainGrid
from atalaya.model.frame import FrameTable, unknown_frames


def fractal_terrain(
    nodes: int,
    seed: int,
    *,
    relief_m: float,
    step_deg: float = 1e-4,
    roughness: float = 2.2,
    dtype: DTypeLike = np.float64,
) -> TerrainGrid:
    """A fractal surface by spectral synthesis; `roughness` is half the exponent of its power spectrum."""
    rng = np.random.default_rng(seed)
    wave = np.fft.fftfreq(nodes)[:, None] ** 2 + np.fft.rfftfreq(nodes)[None, :] ** 2
    wave[0, 0] = np.inf
    surface = np.fft.irfft2(
        np.fft.rfft2(rng.standard_normal((nodes, nodes))) * wave ** (-0.5 * roughness), s=(nodes, nodes)
    )
    surface = (surface - surface.min()) / np.ptp(surface) * relief_m
    return TerrainGrid(
        hae_m=surface.astype(dtype),
        west_deg=-107.0,
        north_deg=25.0,
        step_lon_deg=step_deg,
        step_lat_deg=step_deg,
    )


def cut_in_four(whole: TerrainGrid, row: int, col: int) -> tuple[TerrainGrid, ...]:
    """Tiles that share their edge nodes."""
    return tuple(
        replace(
            whole,
            hae_m=whole.hae_m[rows, cols],
            west_deg=whole.west_deg + (cols.start or 0) * whole.step_lon_deg,
            north_deg=whole.north_deg - (rows.start or 0) * whole.step_lat_deg,
        )
        for rows in (slice(None, row + 1), slice(row, None))
        for cols in (slice(None, col + 1), slice(col, None))
    )


def rays_from(
    lon_deg: float, lat_deg: float, hae_m: float, azimuth_deg: ArrayLike, depression_deg: ArrayLike
) -> tuple[np.ndarray, np.ndarray]:
    """Origins and unit directions (N, 3) in ECEF."""
    azimuth_rad, depression_rad = np.radians(azimuth_deg), np.radians(depression_deg)
    count = len(azimuth_rad)
    level = np.cos(depression_rad)
    enu = np.stack(
        [np.sin(azimuth_rad) * level, np.cos(azimuth_rad) * level, -np.sin(depression_rad)], axis=-1
    )
    origin_m = np.tile(ecef_from_geodetic(lon_deg, lat_deg, hae_m), (count, 1))
    return origin_m, enu @ rotation_ecef_from_enu(lon_deg, lat_deg).T


def level_frames(count: int, **columns: ArrayLike) -> FrameTable:
    """Usable frames over -106.95, 24.95 at 3000 m HAE, wings level, looking 45 deg down; columns override."""
    values = {
        "time_us": 1_000_000.0,
        "platform_heading_deg": 0.0,
        "platform_pitch_deg": 0.0,
        "platform_roll_deg": 0.0,
        "sensor_lon_deg": -106.95,
        "sensor_lat_deg": 24.95,
        "sensor_hae_m": 3000.0,
        "hfov_deg": 8.0,
        "vfov_deg": 4.5,
        "sensor_azimuth_deg": 0.0,
        "sensor_elevation_deg": -45.0,
        "sensor_roll_deg": 0.0,
    } | columns
    filled: dict[str, NDArray[Any]] = {
        name: np.broadcast_to(np.asarray(value, dtype=np.float64), (count,)).copy()
        for name, value in values.items()
    }
    filled["time_us"] = filled["time_us"].astype(np.int64)
    return replace(unknown_frames(count), checksum_ok=np.ones(count, dtype=np.bool_), **filled)
