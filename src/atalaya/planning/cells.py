"""An area cut into square cells of a given size on the ground."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from atalaya.errors import InputError
from atalaya.geo.ellipsoid import radii_m
from atalaya.units import DegreesArray, MetresArray

MAXIMUM_CELLS = 250_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """N cells of an area, from the north-west, row by row.

    Args:
        outlines: (N,) shapely polygons in lon, lat [deg], cut by the area.
        centre_lon_deg, centre_lat_deg: (N,) of the whole square.
        origin_lon_deg, origin_lat_deg: where the local metres begin.
        metres_per_deg: east and north, at the middle of the area.
    """

    outlines: NDArray[np.object_]
    centre_lon_deg: DegreesArray
    centre_lat_deg: DegreesArray
    origin_lon_deg: float
    origin_lat_deg: float
    metres_per_deg: tuple[float, float]

    def __len__(self) -> int:
        return len(self.outlines)

    def local_m(self, lon_deg: DegreesArray, lat_deg: DegreesArray) -> tuple[MetresArray, MetresArray]:
        """East and north of places from the origin; across the date line too."""
        turn_deg = (np.asarray(lon_deg) - self.origin_lon_deg + 180.0) % 360.0 - 180.0
        north_deg = np.asarray(lat_deg) - self.origin_lat_deg
        return turn_deg * self.metres_per_deg[0], north_deg * self.metres_per_deg[1]


def cut(area: Polygon | MultiPolygon, cell_m: float) -> Cells:
    """Cut an area into squares; those at its edge keep only the part inside.

    Args:
        area: lon, lat [deg], not across the date line.
        cell_m: edge of a cell; true at the middle of the area, within 2 % up to 100 km from it below 45 deg.

    Raises:
        InputError: an empty or invalid area, a size that is not positive, or more than `MAXIMUM_CELLS`.
    """
    if area.is_empty or not area.is_valid or not (np.isfinite(cell_m) and cell_m > 0.0):
        raise InputError(f"cells need a valid area and a positive size, got {area.geom_type}, {cell_m} m")
    west_deg, south_deg, east_deg, north_deg = area.bounds
    middle_deg = 0.5 * (south_deg + north_deg)
    meridian_m, across_m = (float(radius_m) for radius_m in radii_m(middle_deg))
    per_lon_m = float(np.radians(across_m * np.cos(np.radians(middle_deg))))
    per_lat_m = float(np.radians(meridian_m))
    step_lon_deg, step_lat_deg = cell_m / per_lon_m, cell_m / per_lat_m
    cols = int(np.ceil((east_deg - west_deg) / step_lon_deg - 1e-9))
    rows = int(np.ceil((north_deg - south_deg) / step_lat_deg - 1e-9))
    if rows * cols > MAXIMUM_CELLS:
        raise InputError(
            f"{rows} x {cols} cells of {cell_m} m are more than {MAXIMUM_CELLS}: use larger ones"
        )
    row, col = (index.ravel() for index in np.mgrid[0:rows, 0:cols])
    left_deg, top_deg = west_deg + col * step_lon_deg, north_deg - row * step_lat_deg
    squares = shapely.box(left_deg, top_deg - step_lat_deg, left_deg + step_lon_deg, top_deg)
    inside = np.asarray(shapely.intersection(squares, area), dtype=np.object_)
    kept = shapely.area(inside) > 0.0
    return Cells(
        outlines=inside[kept],
        centre_lon_deg=(left_deg + 0.5 * step_lon_deg)[kept],
        centre_lat_deg=(top_deg - 0.5 * step_lat_deg)[kept],
        origin_lon_deg=west_deg,
        origin_lat_deg=north_deg,
        metres_per_deg=(per_lon_m, per_lat_m),
    )
