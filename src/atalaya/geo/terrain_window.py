"""The part of a terrain over some area, as one grid: what sweeps and rasters work on."""

import numpy as np

from atalaya.errors import InputError
from atalaya.geo.terrain import ConstantHeight, Terrain, TerrainGrid, TerrainMosaic

MOST_NODES = 64_000_000
"""A window with more nodes does not fit a sensible memory."""

type Bounds = tuple[float, float, float, float]
"""West, south, east, north [deg]; east may be beyond 180."""


def terrain_window(terrain: Terrain, bounds_deg: Bounds) -> TerrainGrid:
    """The terrain over an area as one grid, at least one node more on each side where there are any.

    Args:
        terrain: the ground.
        bounds_deg: the area.

    Returns:
        The same nodes where one grid covers the area; of a mosaic whose tiles mix there, nodes at the finest
        spacing of those tiles, on the raster of the best, heights as the mosaic states them. Voids stay.

    Raises:
        InputError: no such area, none of it on the terrain or no height known in it, or too many nodes.
    """
    west_deg, south_deg, east_deg, north_deg = bounds_deg
    if not (west_deg < east_deg < west_deg + 180.0 and -90.0 <= south_deg < north_deg <= 90.0):
        raise InputError(f"no such area: lon {west_deg} to {east_deg}, lat {south_deg} to {north_deg}")
    match terrain:
        case ConstantHeight(hae_m):
            return TerrainGrid(
                hae_m=np.full((2, 2), hae_m),
                west_deg=west_deg,
                north_deg=north_deg,
                step_lon_deg=east_deg - west_deg,
                step_lat_deg=north_deg - south_deg,
            )
        case TerrainGrid():
            return _cropped(terrain, bounds_deg)
        case TerrainMosaic():
            return _of_mosaic(terrain, bounds_deg)


def _cropped(grid: TerrainGrid, bounds_deg: Bounds) -> TerrainGrid:
    (left, right), (top, bottom) = _span(grid, bounds_deg)
    rows, cols = grid.hae_m.shape
    left, right = max(left, 0), min(right, cols - 1)
    top, bottom = max(top, 0), min(bottom, rows - 1)
    if right - left < 1 or bottom - top < 1:
        raise InputError(
            f"{_words(bounds_deg)} is not on the terrain, which reaches {_words(grid.bounds_deg)}"
        )
    return _known(
        grid.hae_m[top : bottom + 1, left : right + 1],
        grid.west_deg + left * grid.step_lon_deg,
        grid.north_deg - top * grid.step_lat_deg,
        (grid.step_lon_deg, grid.step_lat_deg),
        bounds_deg,
    )


def _of_mosaic(mosaic: TerrainMosaic, bounds_deg: Bounds) -> TerrainGrid:
    near = [tile for tile in mosaic.tiles if _meets(tile, bounds_deg)]
    if not near:
        raise InputError(
            f"{_words(bounds_deg)} is not on the terrain, which reaches {_words(mosaic.bounds_deg)}"
        )
    if len(near) == 1:
        return _cropped(near[0], bounds_deg)
    best = near[0]
    if _covers(best, bounds_deg) and not np.isnan((cropped := _cropped(best, bounds_deg)).hae_m).any():
        return cropped
    step_lon_deg, step_lat_deg = min(t.step_lon_deg for t in near), min(t.step_lat_deg for t in near)
    raster = TerrainGrid(
        hae_m=np.zeros((2, 2)),
        west_deg=best.west_deg,
        north_deg=best.north_deg,
        step_lon_deg=step_lon_deg,
        step_lat_deg=step_lat_deg,
    )
    (left, right), (top, bottom) = _span(raster, bounds_deg)
    if (right - left) * (bottom - top) > MOST_NODES:
        raise InputError(
            f"{_words(bounds_deg)} needs more than {MOST_NODES / 1e6:g} million nodes of terrain"
        )
    lon_deg = raster.west_deg + step_lon_deg * np.arange(left, right + 1)
    lat_deg = np.clip(raster.north_deg - step_lat_deg * np.arange(top, bottom + 1), -90.0, 90.0)
    height_m = mosaic.height_hae_m(lon_deg[None, :], lat_deg[:, None])
    return _known(height_m, float(lon_deg[0]), float(lat_deg[0]), (step_lon_deg, step_lat_deg), bounds_deg)


def _known(
    hae_m: np.ndarray, west_deg: float, north_deg: float, steps_deg: tuple[float, float], bounds_deg: Bounds
) -> TerrainGrid:
    if np.isnan(hae_m).all():
        raise InputError(f"the terrain has no known height in {_words(bounds_deg)}")
    return TerrainGrid(
        hae_m=hae_m,
        west_deg=west_deg,
        north_deg=north_deg,
        step_lon_deg=steps_deg[0],
        step_lat_deg=steps_deg[1],
    )


def _span(grid: TerrainGrid, bounds_deg: Bounds) -> tuple[tuple[int, int], tuple[int, int]]:
    """First and last column and row, one more than needed on each side; not limited to the grid."""
    west_deg, south_deg, east_deg, north_deg = bounds_deg
    middle_deg = 0.5 * (west_deg + east_deg)
    col, _ = grid.grid_place(middle_deg, north_deg)
    half = 0.5 * (east_deg - west_deg) / grid.step_lon_deg
    top = (grid.north_deg - north_deg) / grid.step_lat_deg
    bottom = (grid.north_deg - south_deg) / grid.step_lat_deg
    return (
        (int(np.floor(float(col) - half)) - 1, int(np.ceil(float(col) + half)) + 1),
        (int(np.floor(top)) - 1, int(np.ceil(bottom)) + 1),
    )


def _meets(grid: TerrainGrid, bounds_deg: Bounds) -> bool:
    (left, right), (top, bottom) = _span(grid, bounds_deg)
    rows, cols = grid.hae_m.shape
    return right > 0 and left < cols - 1 and bottom > 0 and top < rows - 1


def _covers(grid: TerrainGrid, bounds_deg: Bounds) -> bool:
    (left, right), (top, bottom) = _span(grid, bounds_deg)
    rows, cols = grid.hae_m.shape
    return left >= -1 and top >= -1 and right <= cols and bottom <= rows


def _words(bounds_deg: Bounds) -> str:
    west_deg, south_deg, east_deg, north_deg = bounds_deg
    return f"lon {west_deg:.5f} to {east_deg:.5f}, lat {south_deg:.5f} to {north_deg:.5f}"
