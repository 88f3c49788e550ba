"""The NumPy twin of the ortho kernels: every pixel by itself, by `camera.project`. Slow, and exact."""

import numpy as np
from numpy.typing import NDArray

from atalaya.geo.terrain import TerrainGrid
from atalaya.georeg.camera import project
from atalaya.georeg.lens import Lens
from atalaya.georeg.ortho import Why, eye_of
from atalaya.georeg.ortho_grid import OrthoGrid
from atalaya.georeg.ortho_kernel import Eye
from atalaya.georeg.pose import Poses
from atalaya.units import MetresArray, PixelsArray


def ortho_pixels(
    camera: Poses, terrain: TerrainGrid, grid: OrthoGrid, size_px: tuple[int, int], lens: Lens | None = None
) -> tuple[PixelsArray, PixelsArray, NDArray[np.uint8]]:
    """Which pixel of the picture each pixel of the raster shows, and why some show none.

    Args:
        camera: one known pose.
        terrain: as in `ortho`.
        grid: of the raster.
        size_px: width and height of the picture.
        lens: as in `ortho`.

    Returns:
        x_px, y_px (NaN behind the camera and without ground) and `Why`, each (H, W).

    Raises:
        InputError: a picture without pixels.
    """
    x, y = np.meshgrid(np.arange(grid.width_px) + 0.5, np.arange(grid.height_px) + 0.5)
    lon_deg, lat_deg = (it.reshape(-1) for it in grid.lon_lat(x, y))
    hae_m = terrain.height_hae_m(lon_deg, lat_deg)
    many = camera.take(np.zeros(len(lon_deg), dtype=np.intp))
    x_px, y_px = project(many, lon_deg, lat_deg, hae_m, *size_px, lens=lens)
    inside = (x_px >= -0.5) & (x_px <= size_px[0] - 0.5) & (y_px >= -0.5) & (y_px <= size_px[1] - 0.5)
    col, row = terrain.grid_place(lon_deg, lat_deg)
    hidden = _clearance_m(terrain, eye_of(camera, terrain), col, row, hae_m) < 0.0
    why = np.where(hidden, np.uint8(Why.HIDDEN), np.uint8(Why.SHOWN))
    why = np.where(inside, why, np.uint8(Why.OUTSIDE))
    why = np.where(np.isnan(hae_m), np.uint8(Why.NO_GROUND), why)
    shape = (grid.height_px, grid.width_px)
    return x_px.reshape(shape), y_px.reshape(shape), why.reshape(shape)


def _clearance_m(
    terrain: TerrainGrid,
    eye: Eye,
    col: NDArray[np.float64],
    row: NDArray[np.float64],
    hae_m: MetresArray,
) -> MetresArray:
    """As `ortho_kernel.clearance_m`, for many places at once."""
    across, down = eye[0] - col, eye[1] - row
    wide = np.abs(across) >= np.abs(down)
    steps = np.maximum(np.abs(across), np.abs(down))
    east_m, south_m = across * eye[3], down * eye[4]
    sag_m = (east_m**2 + south_m**2) * eye[5]
    bend_col, bend_row = -east_m * south_m * eye[6], -(east_m**2) * eye[7]
    major = np.where(wide, col, row)
    forward = np.where(wide, across, down) > 0.0
    distance = np.where(forward, np.floor(major) + 1.0 - major, major - np.ceil(major) + 1.0)
    least_m = np.full(len(col), np.inf)
    while (distance < steps).any():
        part = np.minimum(distance / steps, 1.0)
        bow = part * (1.0 - part)
        ray_m = hae_m + part * (eye[2] - hae_m) - bow * sag_m
        ground_m = terrain.height_at_grid_m(
            col + part * across + bow * bend_col, row + part * down + bow * bend_row
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            gap_m = (ray_m - ground_m) / ((1.0 - part) * np.minimum(distance, 1.0))
        least_m = np.where((distance < steps) & (gap_m < least_m), gap_m, least_m)
        distance = distance + 1.0
    return least_m
