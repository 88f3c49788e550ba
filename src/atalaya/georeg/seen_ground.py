"""Which nodes of the terrain one picture shows: inside the picture, and nothing in between."""

import numpy as np
from numpy.typing import NDArray

from atalaya.errors import InputError
from atalaya.geo.terrain import TerrainGrid
from atalaya.geo.viewshed import Observer, Seen, viewshed
from atalaya.georeg.camera import project
from atalaya.georeg.lens import Lens
from atalaya.georeg.pose import Poses


def seen_in_picture(
    camera: Poses,
    terrain: TerrainGrid,
    size_px: tuple[int, int],
    *,
    lens: Lens | None = None,
    refraction_coefficient: float = 0.0,
) -> NDArray[np.uint8]:
    """What of the ground one picture shows.

    Args:
        camera: one known pose.
        terrain: the nodes that are asked, and what may stand between them and the camera.
        size_px: width and height of the picture.
        lens: measured; None is a pinhole.
        refraction_coefficient: as in `geo.viewshed`.

    Returns:
        (rows, cols) uint8 of `Seen`; HIDDEN also outside the picture, UNKNOWN only inside it.

    Raises:
        InputError: an unknown pose, or a camera under the ground.
    """
    if len(camera) != 1 or not camera.known.all():
        raise InputError("one known pose is needed")
    observer = Observer(
        lon_deg=float(camera.lon_deg[0]),
        lat_deg=float(camera.lat_deg[0]),
        hae_m=float(camera.hae_m[0]),
        refraction_coefficient=refraction_coefficient,
    )
    seen = viewshed(terrain, observer)
    rows, cols = np.nonzero(seen != Seen.HIDDEN)
    height_m = np.nan_to_num(terrain.hae_m[rows, cols].astype(np.float64), nan=terrain.lowest_m)
    lon_deg = terrain.west_deg + terrain.step_lon_deg * cols
    lat_deg = terrain.north_deg - terrain.step_lat_deg * rows
    many = camera.take(np.zeros(len(rows), dtype=np.intp))
    x_px, y_px = project(many, lon_deg, lat_deg, height_m, *size_px, lens=lens)
    inside = (x_px >= -0.5) & (x_px <= size_px[0] - 0.5) & (y_px >= -0.5) & (y_px <= size_px[1] - 0.5)
    answer = np.full(seen.shape, np.uint8(Seen.HIDDEN))
    answer[rows[inside], cols[inside]] = seen[rows[inside], cols[inside]]
    return answer
