"""For how long the ground was seen, as a picture that lies on the map."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from atalaya.app.viewshed import Exposure
from atalaya.errors import ExternalError
from atalaya.units import Seconds

LONGEST_PX = 2048
"""Longer side of the picture."""
_TONE_BGR = (150, 128, 0)
_LEAST_ALPHA, _MOST_ALPHA = 60.0, 165.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposurePicture:
    """Seen ground, darker the longer it was seen; clear where it was not, and where no height is known.

    Args:
        png: north up, rows and columns regular in Web Mercator.
        west_deg, south_deg, east_deg, north_deg: its outer edges.
        longest_s: for how long the ground that was seen longest was seen.
        seen_km2: ground seen at all. looks: pictures that were counted.
    """

    png: bytes
    west_deg: float
    south_deg: float
    east_deg: float
    north_deg: float
    longest_s: Seconds
    seen_km2: float
    looks: int


def exposure_picture(exposure: Exposure) -> ExposurePicture:
    """The picture of one clip.

    Raises:
        ExternalError: it cannot be encoded.
    """
    window = exposure.window
    west_deg, south_deg, east_deg, north_deg = window.bounds_deg
    half_lon_deg, half_lat_deg = 0.5 * window.step_lon_deg, 0.5 * window.step_lat_deg
    west_deg, east_deg = west_deg - half_lon_deg, east_deg + half_lon_deg
    south_deg, north_deg = max(south_deg - half_lat_deg, -85.0), min(north_deg + half_lat_deg, 85.0)
    south, north = _mercator(south_deg), _mercator(north_deg)
    rows, cols = exposure.seen_s.shape
    shrink = max(1.0, max(rows, cols) / LONGEST_PX)
    height_px, width_px = max(1, round(rows / shrink)), max(1, round(cols / shrink))
    lon_deg = west_deg + (np.arange(width_px) + 0.5) * (east_deg - west_deg) / width_px
    down = north - (np.arange(height_px) + 0.5) * (north - south) / height_px
    lat_deg = np.degrees(np.arctan(np.sinh(down)))
    col, row = window.grid_place(lon_deg, lat_deg)
    nearest = np.ix_(
        np.clip(np.rint(row), 0, rows - 1).astype(int), np.clip(np.rint(col), 0, cols - 1).astype(int)
    )
    encoded, data = cv2.imencode(".png", _painted(exposure.seen_s[nearest]))
    if not encoded:
        raise ExternalError(f"no PNG of {height_px} x {width_px} px")
    return ExposurePicture(
        png=data.tobytes(),
        west_deg=west_deg,
        south_deg=south_deg,
        east_deg=east_deg,
        north_deg=north_deg,
        longest_s=max(float(exposure.seen_s.max()), 0.0),
        seen_km2=exposure.seen_km2,
        looks=exposure.looks,
    )


def _painted(seen_s: NDArray[np.float32]) -> NDArray[np.uint8]:
    """(H, W, 4) one tone, its strength by the logarithm of the seconds."""
    seen = seen_s > 0.0
    most = float(np.log1p(max(float(seen_s.max()), 1.0)))
    share = np.log1p(np.maximum(seen_s, 0.0)) / most
    alpha = np.where(seen, _LEAST_ALPHA + (_MOST_ALPHA - _LEAST_ALPHA) * share, 0.0)
    picture = np.empty((*seen_s.shape, 4), dtype=np.uint8)
    picture[..., :3] = _TONE_BGR
    picture[..., 3] = alpha.astype(np.uint8)
    return picture


def _mercator(lat_deg: float) -> float:
    return float(np.arcsinh(np.tan(np.radians(lat_deg))))
