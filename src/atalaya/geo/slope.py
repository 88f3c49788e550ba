"""Which way the ground faces."""

import numpy as np
from numpy.typing import NDArray

from atalaya.geo.ellipsoid import metres_per_degree
from atalaya.geo.terrain import ConstantHeight, Terrain
from atalaya.units import DegreesArray


def upward_normal(lon_deg: DegreesArray, lat_deg: DegreesArray, terrain: Terrain) -> NDArray[np.float64]:
    """Unit normals of the ground, pointing up, from heights one cell to each side.

    Args:
        lon_deg: (N,).
        lat_deg: (N,) -90 to 90.
        terrain: the ground; in a mosaic the cell is that of the tile that answers at the place.

    Returns:
        (N, 3) in east, north, up of each place; NaN beside what is unknown.

    Raises:
        InputError: a latitude beyond +-90 deg.
    """
    if isinstance(terrain, ConstantHeight):
        return np.broadcast_to([0.0, 0.0, 1.0], (len(lon_deg), 3))
    across_deg, down_deg = terrain.cell_size_deg(lon_deg, lat_deg)
    per_degree_m = metres_per_degree(lat_deg)
    width_m, length_m = 2.0 * across_deg * per_degree_m[..., 0], 2.0 * down_deg * per_degree_m[..., 1]
    east_m = terrain.height_hae_m(lon_deg + across_deg, lat_deg)
    west_m = terrain.height_hae_m(lon_deg - across_deg, lat_deg)
    north_m = terrain.height_hae_m(lon_deg, np.minimum(lat_deg + down_deg, 90.0))
    south_m = terrain.height_hae_m(lon_deg, np.maximum(lat_deg - down_deg, -90.0))
    normal = np.stack(
        [(west_m - east_m) / width_m, (south_m - north_m) / length_m, np.ones_like(lon_deg)], axis=-1
    )
    unit: NDArray[np.float64] = normal / np.linalg.norm(normal, axis=-1, keepdims=True)
    return unit
