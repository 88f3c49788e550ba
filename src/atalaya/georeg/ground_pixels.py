"""Where each cell of a piece of ground is in a picture, on the ground or on a sheet so many metres above it.

A sheet parallel to the terrain is what the plane of focus moves through a canopy: what stands at that height
is in the same cell in every look, what is higher or lower is smeared. Nodes of the raster are worked out once
and projected for each look; between them the picture's pixels change so little that straight lines do.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from atalaya.errors import InputError
from atalaya.geo.ellipsoid import ecef_from_geodetic, rotation_ecef_from_enu
from atalaya.geo.rays import visible
from atalaya.geo.terrain import Terrain
from atalaya.georeg.camera import half_extents
from atalaya.georeg.lens import Lens, lens_for
from atalaya.georeg.ortho_grid import OrthoGrid
from atalaya.georeg.pose import Poses
from atalaya.units import Metres, MetresArray

STEP = 8
"""Cells between nodes."""
_CLEAR_M = 0.5
"""So far above the ground a node has to be seen: the terrain's own cells are no obstacle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundNodes:
    """Every `STEP`-th cell of a raster and one more on each side, earth-centred.

    Args:
        grid: the raster. terrain: the ground under it.
        ground_m: (R, C, 3) on the ground; NaN where no height is known.
        up: (R, C, 3) unit vectors.
    """

    grid: OrthoGrid
    terrain: Terrain
    ground_m: MetresArray
    up: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundPixels:
    """A window of the raster that holds all that one picture shows of it.

    Args:
        row, col: of the window's first cell in the raster.
        x_px, y_px: (h, w) float32, from 0 at the middle of the picture's upper left pixel.
        seen: (h, w) bool: inside the picture, its height known, no ground in between.
    """

    row: int
    col: int
    x_px: NDArray[np.float32]
    y_px: NDArray[np.float32]
    seen: NDArray[np.bool_]


def ground_nodes(grid: OrthoGrid, terrain: Terrain) -> GroundNodes:
    """The nodes of a raster, worked out once for all looks at it."""
    rows, cols = (-(-size // STEP) + 2 for size in (grid.height_px, grid.width_px))
    x_px = (np.arange(cols) - 0.5) * STEP
    y_px = (np.arange(rows) - 0.5) * STEP
    lon_deg, lat_deg = grid.lon_lat(x_px[None, :], y_px[:, None])
    hae_m = terrain.height_hae_m(lon_deg.ravel(), lat_deg.ravel()).reshape(lon_deg.shape)
    return GroundNodes(
        grid=grid,
        terrain=terrain,
        ground_m=ecef_from_geodetic(lon_deg, lat_deg, hae_m),
        up=rotation_ecef_from_enu(lon_deg, lat_deg)[..., 2],
    )


def ground_pixels(
    nodes: GroundNodes,
    camera: Poses,
    width_px: int,
    height_px: int,
    *,
    lens: Lens | None = None,
    offset_m: Metres = 0.0,
) -> GroundPixels | None:
    """Where the cells are in one picture.

    Args:
        nodes: of the raster.
        camera: one pose.
        width_px: of the picture.
        height_px: of the picture.
        lens: measured; None is a pinhole of the pose's field of view.
        offset_m: height of the sheet above the ground, negative below.

    Returns:
        The window of the raster that the picture shows, within 0.3 px of `camera.project` (measured); None
        where it shows nothing of it, or the pose is not known.

    Raises:
        InputError: not one pose, no pixels, or a picture of another aspect than the lens.
    """
    if len(camera) != 1:
        raise InputError(f"one pose is wanted, got {len(camera)}")
    points_m = nodes.ground_m + offset_m * nodes.up
    seen = (points_m - camera.origin_ecef_m[0]) @ camera.rotation_ecef_from_camera[0]
    ahead = np.where(seen[..., 0] > 0.0, seen[..., 0], np.nan)
    x_px, y_px = _pixels(seen[..., 1] / ahead, seen[..., 2] / ahead, camera, width_px, height_px, lens)
    window = _window(x_px, y_px, width_px, height_px)
    if window is None:
        return None
    rows, cols = window
    free = _free(nodes.ground_m[rows, cols] + _CLEAR_M * nodes.up[rows, cols], camera, nodes.terrain)
    x_px, y_px = x_px[rows, cols], y_px[rows, cols]
    inside = (slice(STEP, -STEP), slice(STEP, -STEP))
    x, y, clear = (_finer(np.where(free, part, np.nan))[inside] for part in (x_px, y_px, np.ones(free.shape)))
    row, col = rows.start * STEP, cols.start * STEP
    x, y, clear = (part[: nodes.grid.height_px - row, : nodes.grid.width_px - col] for part in (x, y, clear))
    within = (x >= 0.0) & (x <= width_px - 1.0) & (y >= 0.0) & (y <= height_px - 1.0) & np.isfinite(clear)
    return GroundPixels(row=row, col=col, x_px=x, y_px=y, seen=within) if within.any() else None


def _pixels(
    right: NDArray[np.float64],
    down: NDArray[np.float64],
    camera: Poses,
    width_px: int,
    height_px: int,
    lens: Lens | None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if lens is not None:
        x_px, y_px = lens_for(lens, width_px, height_px)[0].pixels(right.ravel(), down.ravel())
        return x_px.reshape(right.shape), y_px.reshape(right.shape)
    across, below = half_extents(camera, width_px, height_px)[0]
    return 0.5 * width_px * (1.0 + right / across) - 0.5, 0.5 * height_px * (1.0 + down / below) - 0.5


def _window(
    x_px: NDArray[np.float64], y_px: NDArray[np.float64], width_px: int, height_px: int
) -> tuple[slice, slice] | None:
    """Nodes around all cells that may be in the picture, one more on each side; None where there are none."""
    inside = (x_px > -1.0) & (x_px < width_px) & (y_px > -1.0) & (y_px < height_px)
    # a picture smaller than the space between nodes lies between nodes that are outside it
    straddled = _straddled(x_px, width_px) & _straddled(y_px, height_px)
    touched = inside.copy()
    for row in (0, 1):
        for col in (0, 1):
            touched[row : touched.shape[0] - 1 + row, col : touched.shape[1] - 1 + col] |= straddled
    if not touched.any():
        return None
    found = [np.flatnonzero(touched.any(axis=axis)) for axis in (1, 0)]
    rows, cols = (
        slice(max(0, int(at[0]) - 1), min(size, int(at[-1]) + 2))
        for at, size in zip(found, touched.shape, strict=True)
    )
    return (rows, cols) if rows.stop - rows.start > 2 and cols.stop - cols.start > 2 else None


def _straddled(place_px: NDArray[np.float64], size_px: int) -> NDArray[np.bool_]:
    """(R-1, C-1) whether the four nodes of a square may have the picture's extent between them."""
    corners = np.stack([place_px[:-1, :-1], place_px[1:, :-1], place_px[:-1, 1:], place_px[1:, 1:]])
    known = np.isfinite(corners).all(axis=0)
    least, most = np.where(known, corners, 0.0).min(axis=0), np.where(known, corners, 0.0).max(axis=0)
    return known & (most > -1.0) & (least < size_px)


def _free(points_m: MetresArray, camera: Poses, terrain: Terrain) -> NDArray[np.bool_]:
    """Whether no ground hides a node."""
    flat = points_m.reshape(-1, 3)
    return visible(camera.origin_ecef_m, flat, terrain).reshape(points_m.shape[:2])


def _finer(coarse: NDArray[np.float64]) -> NDArray[np.float32]:
    """Bilinear values at every cell, nodes half a step outside the cells' edges."""
    rows, cols = coarse.shape
    full = cv2.resize(coarse, (cols * STEP, rows * STEP), interpolation=cv2.INTER_LINEAR)
    return np.asarray(full, dtype=np.float32)
