"""The workspace's terrain as a shaded relief to lie under the map, in light and in dark."""

import cv2
import numpy as np
from numpy.typing import NDArray

from atalaya.app.workbench import TerrainPicture
from atalaya.errors import ExternalError
from atalaya.geo.terrain import TerrainGrid

LONGEST_PX = 1600
"""Longer side of the picture."""
_LIGHT_AZIMUTH_DEG, _LIGHT_ELEVATION_DEG = 315.0, 45.0
_MERCATOR_LIMIT_DEG = 85.0


def relief(terrain: TerrainGrid) -> TerrainPicture:
    """Lit from the north-west; flat ground and voids are transparent.

    Returns:
        A picture whose rows are regular in Web Mercator, as the map draws it.

    Raises:
        ExternalError: the picture could not be encoded.

    Source: Horn (1981), hill shading and the reflectance map; Lambertian.
    """
    west_deg, south_deg, east_deg, north_deg = terrain.bounds_deg
    south_deg, north_deg = max(south_deg, -_MERCATOR_LIMIT_DEG), min(north_deg, _MERCATOR_LIMIT_DEG)
    south, north = _mercator(south_deg), _mercator(north_deg)
    wide, tall = np.radians(east_deg - west_deg), north - south
    pixel = max(wide, tall) / LONGEST_PX
    columns, rows = max(2, round(wide / pixel)), max(2, round(tall / pixel))
    lon_deg = west_deg + (np.arange(columns) + 0.5) * (east_deg - west_deg) / columns
    mercator = north - (np.arange(rows) + 0.5) * tall / rows
    lat_deg = np.degrees(2.0 * np.arctan(np.exp(mercator)) - 0.5 * np.pi)
    height_m = terrain.height_hae_m(*np.meshgrid(lon_deg, lat_deg))
    pixel_m = pixel * 6_378_137.0 * np.cos(np.radians(lat_deg))[:, None]
    encoded, data = cv2.imencode(".png", _shade(height_m, pixel_m))
    if not encoded:
        raise ExternalError(f"no PNG of a relief of {rows} x {columns} px")
    return TerrainPicture(
        png=data.tobytes(),
        west_deg=west_deg,
        south_deg=south_deg,
        east_deg=east_deg,
        north_deg=north_deg,
    )


def _shade(height_m: NDArray[np.float64], pixel_m: NDArray[np.float64]) -> NDArray[np.uint8]:
    """(H, W, 4) black where darker than flat ground, white where lighter, as strong as the difference."""
    down_m, right_m = np.gradient(height_m)
    east, north = right_m / pixel_m, -down_m / pixel_m
    azimuth, elevation = np.radians(_LIGHT_AZIMUTH_DEG), np.radians(_LIGHT_ELEVATION_DEG)
    towards = np.array(
        [np.sin(azimuth) * np.cos(elevation), np.cos(azimuth) * np.cos(elevation), np.sin(elevation)]
    )
    lit = (towards[2] - east * towards[0] - north * towards[1]) / np.sqrt(1.0 + east**2 + north**2)
    difference = np.nan_to_num(np.clip(lit, 0.0, 1.0) - towards[2])
    alpha = np.clip(np.abs(difference) * 320.0, 0.0, 200.0).astype(np.uint8)
    grey = np.where(difference > 0.0, 255, 0).astype(np.uint8)
    return np.stack([grey, grey, grey, alpha], axis=-1)


def _mercator(lat_deg: float) -> float:
    return float(np.log(np.tan(0.25 * np.pi + 0.5 * np.radians(lat_deg))))
