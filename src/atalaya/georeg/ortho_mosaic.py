"""Several pictures on one raster: each pixel from the picture that shows it best, and which that was."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from atalaya.errors import InputError
from atalaya.georeg.ortho import Ortho, Why
from atalaya.georeg.ortho_grid import OrthoGrid, project_to
from atalaya.georeg.pose import Poses

NOBODY = 0
"""Number of pixels that no picture shows; pictures count from 1."""
MOST_PICTURES = 65_535


class Preference(StrEnum):
    """Which picture a pixel is taken from where several show it."""

    BEST_GSD = "best-gsd"
    """The one that shows it largest."""
    LEAST_OBLIQUE = "least-oblique"
    """The one that looks most straight down on it."""
    FIRST = "first"
    """The earliest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MosaicArrays:
    """What a mosaic is made in; written in place, so that it may lie on disk.

    Args:
        rgb: (3, H, W) uint8.
        number: (H, W) uint16 of the picture a pixel is from; `NOBODY` for none.
        cost: (H, W) float32, the lower the better.

    Raises:
        InputError: shapes that do not fit together.
    """

    rgb: NDArray[np.uint8]
    number: NDArray[np.uint16]
    cost: NDArray[np.float32]

    def __post_init__(self) -> None:
        if not self.rgb.shape[1:] == self.number.shape == self.cost.shape:
            raise InputError(
                f"one shape was wanted: {self.rgb.shape}, {self.number.shape}, {self.cost.shape}"
            )


def lay_in(
    into: MosaicArrays, whole: OrthoGrid, laid: Ortho, number: int, camera: Poses, preference: Preference
) -> int:
    """Take over the pixels that one more picture shows better than all before.

    Args:
        into: of the whole raster; changed in place. The same picture twice changes nothing more.
        whole: its raster.
        laid: the picture on a raster with the same pixels, within the whole one.
        number: of the picture, from 1.
        camera: its pose.
        preference: what better means.

    Returns:
        How many pixels were taken over.

    Raises:
        InputError: other pixels than those of the whole raster, or a number beyond 1 to 65535.
    """
    if not 1 <= number <= MOST_PICTURES:
        raise InputError(f"pictures are numbered 1 to {MOST_PICTURES}, got {number}")
    left, top = _offset(whole, laid.grid)
    rows = slice(top, top + laid.grid.height_px)
    cols = slice(left, left + laid.grid.width_px)
    cost = cost_of(laid, camera, preference)
    better = (laid.why == Why.SHOWN) & (cost < into.cost[rows, cols])
    into.rgb[:, rows, cols][:, better] = laid.rgb[:, better]
    into.number[rows, cols][better] = number
    into.cost[rows, cols][better] = cost[better]
    return int(better.sum())


def cost_of(laid: Ortho, camera: Poses, preference: Preference) -> NDArray[np.float32]:
    """(H, W) how unwelcome each shown pixel is.

    Raises:
        InputError: the best ground resolution is asked for and the distances were not kept.
    """
    match preference:
        case Preference.FIRST:
            return np.zeros(laid.why.shape, dtype=np.float32)
        case Preference.BEST_GSD:
            if laid.depth_m.shape != laid.why.shape:
                raise InputError("the best ground resolution needs the distances: keep_depth")
            return laid.depth_m * np.float32(np.tan(0.5 * camera.hfov_rad[0]))
        case Preference.LEAST_OBLIQUE:
            return _obliqueness(laid, camera)


def union_of(parts: list[OrthoGrid]) -> OrthoGrid:
    """The raster that holds all of these; they have the same pixels.

    Raises:
        InputError: none, other pixels, or too large.
    """
    if not parts:
        raise InputError("no picture to make a mosaic of")
    first = parts[0]
    if any((it.epsg, it.step_x, it.step_y) != (first.epsg, first.step_x, first.step_y) for it in parts):
        raise InputError("a mosaic needs rasters of one system and one size of pixels")
    left, top = min(it.left for it in parts), max(it.top for it in parts)
    right = max(it.left + it.width_px * it.step_x for it in parts)
    bottom = min(it.top - it.height_px * it.step_y for it in parts)
    return OrthoGrid(
        epsg=first.epsg,
        left=left,
        top=top,
        step_x=first.step_x,
        step_y=first.step_y,
        width_px=round((right - left) / first.step_x),
        height_px=round((top - bottom) / first.step_y),
    )


def _offset(whole: OrthoGrid, part: OrthoGrid) -> tuple[int, int]:
    left, top = (part.left - whole.left) / whole.step_x, (whole.top - part.top) / whole.step_y
    same = (part.epsg, part.step_x, part.step_y) == (whole.epsg, whole.step_x, whole.step_y)
    inside = left > -0.5 and top > -0.5
    inside &= left + part.width_px < whole.width_px + 0.5 and top + part.height_px < whole.height_px + 0.5
    if not (same and inside):
        raise InputError("the picture was laid on other pixels than those of the mosaic")
    return round(left), round(top)


def _obliqueness(laid: Ortho, camera: Poses) -> NDArray[np.float32]:
    """Distance of each pixel from the foot of the camera over its height: the tangent off the plumb line."""
    grid = laid.grid
    x, y = (float(it[0]) for it in project_to(grid.epsg, camera.lon_deg, camera.lat_deg))
    above_m = max(float(camera.hae_m[0]) - laid.ground_m, 1.0)
    across_m = ((grid.left - x) / grid.step_x + 0.5 + np.arange(grid.width_px)) * grid.gsd_m
    down_m = ((y - grid.top) / grid.step_y + 0.5 + np.arange(grid.height_px)) * grid.gsd_m
    tangent: NDArray[np.float64] = np.hypot(across_m[None, :], down_m[:, None]) / above_m
    return tangent.astype(np.float32)
