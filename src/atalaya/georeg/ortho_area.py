"""What of an ortho may be shown: the pixels whose ground lies inside an area."""

from dataclasses import replace

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon

from atalaya.georeg.ortho import Ortho, Why

_ROWS = 256


def only_inside(laid: Ortho, area: Polygon | MultiPolygon) -> Ortho:
    """The same with every shown pixel masked that reaches beyond an area.

    A frame is let in by its corners; between them relief may carry its edge farther out.

    Args:
        laid: the picture on the ground.
        area: longitudes and latitudes [deg].

    Returns:
        Ortho: a pixel stays where its four corners lie inside. The argument is not changed.
    """
    grid = laid.grid
    middle_deg = float(area.centroid.x)
    shapely.prepare(area)

    def inside(first: int, last: int) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        x_px, y_px = np.meshgrid(np.arange(grid.width_px + 1), np.arange(first, last + 1))
        lon_deg, lat_deg = grid.lon_lat(x_px, y_px)
        lon_deg = middle_deg + (lon_deg - middle_deg + 180.0) % 360.0 - 180.0
        corner = shapely.intersects_xy(area, lon_deg, lat_deg)
        return np.asarray(corner[:-1, :-1] & corner[:-1, 1:] & corner[1:, :-1] & corner[1:, 1:])

    why, rgb, depth_m = laid.why.copy(), laid.rgb, laid.depth_m
    for first in range(0, grid.height_px, _ROWS):
        last = min(first + _ROWS, grid.height_px)
        rows = why[first:last]
        if (rows == Why.SHOWN).any():
            rows[(rows == Why.SHOWN) & ~inside(first, last)] = Why.NOT_PERMITTED
    beyond = why == Why.NOT_PERMITTED
    if not beyond.any():
        return laid
    rgb = np.where(beyond, np.uint8(0), rgb)
    depth_m = np.where(beyond, np.float32(np.nan), depth_m) if depth_m.size else depth_m
    return replace(laid, rgb=rgb, why=why, depth_m=depth_m)
