"""What of the ground was observed, as a picture that lies on the map: told apart by pattern and tone."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from atalaya.errors import ExternalError, InputError
from atalaya.georeg.ortho_grid import OrthoGrid
from atalaya.io.cog_window import bounds_deg, code_window
from atalaya.model.looks import CellState
from atalaya.units import Degrees, Metres

LONGEST_PX = 2048
_BAND = "state"
_UNKNOWN = 65535
_MERCATOR = 3857
_EARTH_M = 6_378_137.0
_PERIOD_PX = 8
_TONES_BGRA = {
    CellState.NOT_COVERED: (150, 143, 138, 150),
    CellState.FEW_AZIMUTHS: (0, 159, 230, 235),
    CellState.UNDER_CANOPY: (178, 114, 0, 235),
    CellState.NOT_PERMITTED: (80, 40, 120, 200),
}
"""Grey, orange, blue and purple of Okabe and Ito's palette: apart for all eyes; the patterns differ too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedPicture:
    """Ground that was not observed; clear where it was.

    Args:
        png: north up, rows and columns regular in Web Mercator.
        west_deg, south_deg, east_deg, north_deg: its outer edges.
        cells: share of all cells of each CellState, by its number; of the picture's pixels.
        cell_m: of the rasters; None where not known.
        made: another one as soon as the picture is another.
    """

    png: bytes
    west_deg: Degrees
    south_deg: Degrees
    east_deg: Degrees
    north_deg: Degrees
    shares: tuple[float, ...]
    cell_m: Metres | None
    made: str


def observed_picture(paths: Sequence[Path], *, cell_m: Metres | None, made: str) -> ObservedPicture:
    """The picture of one run of looks.

    Args:
        paths: rasters of one run that have a band `state`.
        cell_m: of their cells.
        made: what the picture is known by.

    Raises:
        InputError: no raster, or one without that band. ExternalError: one cannot be read.
    """
    if not paths:
        raise InputError("no raster of looks to show")
    edges = np.array([bounds_deg(path) for path in paths])
    west_deg, south_deg = edges[:, :2].min(axis=0).tolist()
    east_deg, north_deg = edges[:, 2:].max(axis=0).tolist()
    left, right = (_EARTH_M * float(np.radians(it)) for it in (west_deg, east_deg))
    bottom, top = (_EARTH_M * float(np.arcsinh(np.tan(np.radians(it)))) for it in (south_deg, north_deg))
    step = max(right - left, top - bottom) / LONGEST_PX
    grid = OrthoGrid(
        epsg=_MERCATOR,
        left=left,
        top=top,
        step_x=step,
        step_y=step,
        width_px=max(1, round((right - left) / step)),
        height_px=max(1, round((top - bottom) / step)),
    )
    state = code_window(paths, grid, _BAND, unknown=_UNKNOWN)
    return ObservedPicture(
        png=_encoded(painted(state)),
        west_deg=west_deg,
        south_deg=south_deg,
        east_deg=east_deg,
        north_deg=north_deg,
        shares=_shares(state),
        cell_m=cell_m,
        made=made,
    )


def painted(state: NDArray[np.uint16]) -> NDArray[np.uint8]:
    """(H, W, 4) BGRA: sparse lines, slanted lines, crossed lines and a full tone; clear is observed."""
    row, col = np.indices(state.shape)
    slant, other = (row + col) % _PERIOD_PX, (row - col) % _PERIOD_PX
    patterns = {
        CellState.NOT_COVERED: (other < 1) & (row // 2 % 2 == 0),
        CellState.FEW_AZIMUTHS: slant < 3,
        CellState.UNDER_CANOPY: (slant < 2) | (other < 2),
        CellState.NOT_PERMITTED: np.ones(state.shape, dtype=np.bool_),
    }
    picture = np.zeros((*state.shape, 4), dtype=np.uint8)
    # beyond all rasters no look fell
    state = np.where(state == _UNKNOWN, np.uint16(CellState.NOT_COVERED), state)
    for kind, pattern in patterns.items():
        of_kind = state == kind
        tone = np.array(_TONES_BGRA[kind], dtype=np.uint8)
        picture[of_kind] = (*tone[:3], tone[3] // 5)
        picture[of_kind & pattern] = tone
    return picture


def _shares(state: NDArray[np.uint16]) -> tuple[float, ...]:
    known = max(1, int((state != _UNKNOWN).sum()))
    return tuple(float((state == kind).sum()) / known for kind in CellState)


def _encoded(picture: NDArray[np.uint8]) -> bytes:
    done, data = cv2.imencode(".png", picture)
    if not done:
        raise ExternalError(f"no PNG of {picture.shape}")
    return data.tobytes()
