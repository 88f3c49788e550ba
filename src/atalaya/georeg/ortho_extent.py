"""Where the raster of a picture lies, how fine it is, and which terrain it needs."""

import numpy as np

from atalaya.errors import InputError
from atalaya.geo.terrain import Terrain, TerrainGrid
from atalaya.geo.terrain_window import terrain_window
from atalaya.georeg.lens import Lens, lens_for
from atalaya.georeg.ortho import pinhole
from atalaya.georeg.ortho_grid import OrthoGrid, grid_around, grid_like
from atalaya.georeg.outline import looks
from atalaya.georeg.pose import Poses
from atalaya.units import Metres

REACH = 4.0
"""Ground more than so many times farther than the centre of the picture is left out: too coarse."""
_RIM_DEG = 2e-3


def grid_of_frame(
    camera: Poses,
    terrain: Terrain,
    size_px: tuple[int, int],
    *,
    lens: Lens | None = None,
    finest_m: Metres = 0.15,
    gsd_m: Metres | None = None,
    epsg: int | None = None,
    like: OrthoGrid | None = None,
) -> OrthoGrid:
    """The raster that holds what one picture shows.

    Args:
        camera: one known pose.
        terrain: the ground.
        size_px: width and height of the picture.
        lens: measured; None is a pinhole.
        finest_m: no pixel may be smaller [m].
        gsd_m: size of a pixel; None: that of the picture at its centre, or `finest_m` where that is finer.
        epsg: system; None: the UTM zone of the place.
        like: a raster whose pixels to take, in place of all these.

    Raises:
        InputError: a wanted resolution finer than allowed, no known ground in the picture, or a raster that
            is too large.
    """
    if gsd_m is not None and not gsd_m >= finest_m:
        raise InputError(f"exported imagery is no finer than {finest_m:g} m a pixel; asked for {gsd_m:g} m")
    if not camera.known.all():
        raise InputError("the pose of this picture is not known")
    seen = looks(camera, terrain, size_px, lens=lens)
    known = np.isfinite(seen.depth_m)
    if not known.any():
        raise InputError("the picture shows no known ground: only sky, or ground beyond the terrain")
    rows, cols = seen.depth_m.shape
    centre_m = float(seen.depth_m[rows // 2, cols // 2])
    typical_m = centre_m if np.isfinite(centre_m) else float(np.median(seen.depth_m[known]))
    if gsd_m is None and like is None:
        glass = pinhole(camera, *size_px) if lens is None else lens_for(lens, *size_px)[0]
        gsd_m = max(finest_m, typical_m / glass.fx_px)
    near = known & (seen.depth_m <= REACH * typical_m)
    lon_deg, lat_deg = seen.lon_deg[near], seen.lat_deg[near]
    middle_deg = float(camera.lon_deg[0])
    lon_deg = middle_deg + (lon_deg - middle_deg + 180.0) % 360.0 - 180.0
    if like is not None:
        return grid_like(like, lon_deg, lat_deg)
    return grid_around(lon_deg, lat_deg, gsd_m or finest_m, epsg)


def terrain_under(grid: OrthoGrid, camera: Poses, terrain: Terrain) -> TerrainGrid:
    """The terrain under a raster and between it and the camera, as one grid.

    Raises:
        InputError: none of it is known.
    """
    across, down = np.meshgrid(np.linspace(0, grid.width_px, 9), np.linspace(0, grid.height_px, 9))
    lon_deg, lat_deg = grid.lon_lat(across, down)
    middle_deg = float(lon_deg.mean())
    camera_lon_deg = middle_deg + (camera.lon_deg - middle_deg + 180.0) % 360.0 - 180.0
    lon_deg = np.concatenate([lon_deg.reshape(-1), camera_lon_deg])
    lat_deg = np.concatenate([lat_deg.reshape(-1), camera.lat_deg])
    return terrain_window(
        terrain,
        (
            float(lon_deg.min()) - _RIM_DEG,
            max(float(lat_deg.min()) - _RIM_DEG, -90.0),
            float(lon_deg.max()) + _RIM_DEG,
            min(float(lat_deg.max()) + _RIM_DEG, 90.0),
        ),
    )
