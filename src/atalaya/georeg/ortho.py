"""One picture laid on the ground: a north-up raster that says what is hidden, outside or unknown."""

from dataclasses import dataclass
from enum import IntEnum

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from atalaya.errors import InputError
from atalaya.geo.ellipsoid import ecef_from_geodetic, radii_m, rotation_ecef_from_enu
from atalaya.geo.horizons import horizons_towards
from atalaya.geo.terrain import TerrainGrid
from atalaya.geo.viewshed import Observer
from atalaya.georeg.camera import half_extents
from atalaya.georeg.lens import Lens, lens_for
from atalaya.georeg.ortho_grid import OrthoGrid
from atalaya.georeg.ortho_kernel import PLANES, Eye, Lattice, Packed, block_clearances, render
from atalaya.georeg.pose import Poses
from atalaya.units import Metres

TILE_PX = 64
_BLOCK_PX = 16
_BLOCK_CELLS = 0.75
"""A block that shares one verdict on occlusion is at most so many cells of the terrain wide."""
_MARGIN_CELLS = 0.03
"""Clearance per cell, in cells, below which each pixel of a block is looked at by itself."""
_PROBES = 33
"""Places across and down the raster where the resolutions of picture and raster are compared."""


class Why(IntEnum):
    """What is known of a pixel of the raster."""

    SHOWN = 0
    OUTSIDE = 1
    """The ground there is outside the picture."""
    HIDDEN = 2
    """Other ground stands between it and the camera."""
    NO_GROUND = 3
    """The terrain has no height there."""
    NOT_PERMITTED = 4
    """It lies outside the area that may be looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ortho:
    """A picture on the ground.

    Args:
        grid: of the raster.
        rgb: (3, H, W) uint8, zero where not shown.
        why: (H, W) uint8 of `Why`.
        depth_m: (H, W) float32 distance along the optical axis where shown; (0, 0) where not asked for.
        ground_m: height of the ground in the middle between its lowest and its highest.
    """

    grid: OrthoGrid
    rgb: NDArray[np.uint8]
    why: NDArray[np.uint8]
    depth_m: NDArray[np.float32]
    ground_m: Metres

    @property
    def alpha(self) -> NDArray[np.uint8]:
        """(H, W) 255 where shown, else 0."""
        return np.where(self.why == Why.SHOWN, np.uint8(255), np.uint8(0))


def ortho(
    picture: NDArray[np.uint8],
    camera: Poses,
    terrain: TerrainGrid,
    grid: OrthoGrid,
    *,
    lens: Lens | None = None,
    keep_depth: bool = False,
) -> Ortho:
    """Lay one picture on the terrain.

    Args:
        picture: (h, w, 3) uint8.
        camera: one known pose with its roll.
        terrain: the ground under the raster and up to the camera; what is not on it hides nothing.
        grid: the raster to fill.
        lens: measured; None is a pinhole of the pose's field of view.
        keep_depth: also give the distance along the optical axis.

    Returns:
        Ortho. Each pixel of the raster shows the picture within 0.01 px of where `camera.project` says that
        its ground is (measured); where the picture is finer than the raster it is averaged first. A pixel is
        hidden where the terrain rises above its line of sight, as in `geo.viewshed`.

    Raises:
        InputError: not such a picture, an unknown pose, or a lens of another aspect.

    Source: docs/do/ortho.md.
    """
    if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8 or not picture.size:
        raise InputError(f"a picture is (h, w, 3) uint8, got {picture.shape} {picture.dtype}")
    if len(camera) != 1 or np.isnan(camera.rotation_ecef_from_camera + camera.origin_ecef_m).any():
        raise InputError("an ortho needs one pose with its place, its attitude and its roll")
    reference_m = 0.5 * (terrain.lowest_m + terrain.highest_m)
    lattice = lattice_of(camera, terrain, grid, reference_m)
    packed, glass = _fitted(picture, camera, lens, lattice, grid)
    eye = eye_of(camera, terrain)
    cell_m = min(abs(eye[3]), abs(eye[4]))
    heights_m = np.ascontiguousarray(terrain.hae_m, dtype=np.float32)
    block_px = block_of(grid, terrain)
    least_m = np.empty(
        (-(-grid.height_px // block_px) + 1, -(-grid.width_px // block_px) + 1), dtype=np.float32
    )
    near_m, far_m = (level_m.astype(np.float32) for level_m in terrain.ceilings[1:])
    block_clearances(
        lattice, TILE_PX, block_px, heights_m, near_m, far_m, eye, _MARGIN_CELLS * cell_m, least_m
    )
    horizons = horizons_towards(
        terrain,
        Observer(
            lon_deg=float(camera.lon_deg[0]), lat_deg=float(camera.lat_deg[0]), hae_m=float(camera.hae_m[0])
        ),
        lattice[0].reshape(-1),
        lattice[1].reshape(-1),
    )
    rgb = np.zeros((3, grid.height_px, grid.width_px), dtype=np.uint8)
    why = np.empty((grid.height_px, grid.width_px), dtype=np.uint8)
    depth_m = np.full(why.shape if keep_depth else (0, 0), np.nan, dtype=np.float32)
    render(
        packed,
        lattice,
        TILE_PX,
        block_px,
        least_m,
        _MARGIN_CELLS * cell_m,
        heights_m,
        near_m,
        far_m,
        eye,
        horizons.eye,
        horizons.sectors,
        horizons.metrics,
        horizons.values,
        np.array([*glass[:4], reference_m, *glass[4:]]),
        rgb,
        why,
        depth_m,
    )
    return Ortho(grid=grid, rgb=rgb, why=why, depth_m=depth_m, ground_m=reference_m)


def lattice_of(camera: Poses, terrain: TerrainGrid, grid: OrthoGrid, reference_m: Metres) -> Lattice:
    """Where the corners of tiles are in the terrain and, at one height, before the camera: exact."""
    rows, cols = -(-grid.height_px // TILE_PX) + 1, -(-grid.width_px // TILE_PX) + 1
    x_px, y_px = np.meshgrid(TILE_PX * np.arange(cols), TILE_PX * np.arange(rows))
    lon_deg, lat_deg = grid.lon_lat(x_px, y_px)
    lattice = np.empty((PLANES, rows, cols))
    lattice[0], lattice[1] = terrain.grid_place(lon_deg, lat_deg)
    offset_m = ecef_from_geodetic(lon_deg, lat_deg, reference_m) - camera.origin_ecef_m[0]
    rotation = camera.rotation_ecef_from_camera[0]
    up = rotation_ecef_from_enu(lon_deg, lat_deg)[..., 2]
    lattice[2:5] = np.moveaxis(offset_m @ rotation, -1, 0)
    lattice[5:8] = np.moveaxis(up @ rotation, -1, 0)
    return lattice


def eye_of(camera: Poses, terrain: TerrainGrid) -> Eye:
    """The camera in the terrain's columns and rows, and how lines of sight bend there."""
    lon_deg, lat_deg, hae_m = float(camera.lon_deg[0]), float(camera.lat_deg[0]), float(camera.hae_m[0])
    meridian_m, normal_m = (float(radius) for radius in radii_m(lat_deg))
    col, row = (float(place) for place in terrain.grid_place(lon_deg, lat_deg))
    row_m = meridian_m * np.radians(terrain.step_lat_deg)
    col_m = normal_m * np.cos(np.radians(lat_deg)) * np.radians(terrain.step_lon_deg)
    radius_m = np.sqrt(meridian_m * normal_m)
    bend = np.tan(np.radians(lat_deg)) / radius_m
    return np.array([col, row, hae_m, col_m, row_m, 0.5 / radius_m, bend / col_m, 0.5 * bend / row_m])


def block_of(grid: OrthoGrid, terrain: TerrainGrid) -> int:
    """Pixels of the raster that may share one verdict: a power of two up to 16, less than a cell wide."""
    lon_deg, lat_deg = grid.lon_lat(np.array([0, 16.0, 0]), np.array([0, 0, 16.0]))
    col, row = terrain.grid_place(lon_deg, lat_deg)
    widest = max(np.hypot(col[1:] - col[0], row[1:] - row[0])) / 16.0
    block_px = _BLOCK_PX
    while block_px > 1 and block_px * widest > _BLOCK_CELLS:
        block_px //= 2
    return block_px


def pinhole(camera: Poses, width_px: int, height_px: int) -> Lens:
    """The lens without distortion that has the field of view of one pose.

    Raises:
        InputError: an unknown field of view, or no pixels.
    """
    across, down = half_extents(camera, width_px, height_px)[0]
    return Lens(
        width_px=width_px,
        height_px=height_px,
        fx_px=float(0.5 * width_px / across),
        fy_px=float(0.5 * height_px / down),
        cx_px=0.5 * (width_px - 1),
        cy_px=0.5 * (height_px - 1),
    )


def _fitted(
    picture: NDArray[np.uint8], camera: Poses, lens: Lens | None, lattice: Lattice, grid: OrthoGrid
) -> tuple[Packed, NDArray[np.float64]]:
    """The picture, averaged where it is finer than the raster, and its lens as numbers for the kernel."""
    height_px, width_px = picture.shape[:2]
    lens = pinhole(camera, width_px, height_px) if lens is None else lens_for(lens, width_px, height_px)[0]
    keep = min(1.0, _pixels_per_pixel(lens, lattice, grid))
    if keep < 0.7:
        size = (max(int(width_px * keep), 1), max(int(height_px * keep), 1))
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
        scale_x, scale_y = size[0] / width_px, size[1] / height_px
    else:
        scale_x = scale_y = 1.0
    return _packed(picture), np.array(
        [
            (lens.cx_px + 0.5) * scale_x - 0.5,
            lens.fx_px * scale_x,
            (lens.cy_px + 0.5) * scale_y - 0.5,
            lens.fy_px * scale_y,
            lens.k1,
            lens.k2,
            lens.p1,
            lens.p2,
            lens.k3,
            lens.widest**2,
        ]
    )


def _pixels_per_pixel(lens: Lens, lattice: Lattice, grid: OrthoGrid) -> float:
    """How many pixels of the raster one pixel of the picture spans where it is finest; 1 where not known."""
    rows = np.linspace(0.0, grid.height_px / TILE_PX, _PROBES)
    cols = np.linspace(0.0, grid.width_px / TILE_PX, _PROBES)
    places = np.stack(np.meshgrid(rows, cols, indexing="ij"))
    ahead_m, right_m, below_m = (map_coordinates(plane, places, order=1) for plane in lattice[2:5])
    ahead_m = np.where(ahead_m > 0.0, ahead_m, np.nan)
    x_px, y_px = lens.pixels(right_m / ahead_m, below_m / ahead_m)
    inside = (np.abs(x_px - 0.5 * lens.width_px) <= 0.6 * lens.width_px) & (
        np.abs(y_px - 0.5 * lens.height_px) <= 0.6 * lens.height_px
    )
    if not inside.any():
        return 1.0
    return float(ahead_m[inside].min()) / max(lens.fx_px, lens.fy_px) / grid.gsd_m


def _packed(picture: NDArray[np.uint8]) -> Packed:
    """Three bytes of a pixel in one word."""
    red, green, blue = (picture[..., band].astype(np.uint32) for band in range(3))
    return np.ascontiguousarray(red | green << 8 | blue << 16)
