"""Monte Carlo truths for stated errors, derived independently of the code that states them."""

from dataclasses import replace

import numpy as np
from scipy.spatial.transform import Rotation

from atalaya.geo.ellipsoid import enu_from_ecef, rotation_ecef_from_enu
from atalaya.geo.rays import cast
from atalaya.geo.terrain import TerrainGrid
from atalaya.georeg.camera import camera_directions
from atalaya.georeg.errors import PoseErrors
from atalaya.georeg.pose import Poses
from atalaya.model.ground import GroundPoints

SIZE_PX = (1280, 720)


def true_offsets(
    camera: Poses,
    x_px: np.ndarray,
    y_px: np.ndarray,
    terrain: TerrainGrid,
    errors: PoseErrors,
    points: GroundPoints,
    draws: int,
) -> np.ndarray:
    """(draws, N, 3) east, north, up from each stated point to where it would truly be; inf where nowhere.

    Each draw turns every camera about its own axes, moves every sensor, and raises the whole terrain.
    """
    rng = np.random.default_rng(20)
    count = len(camera)
    seen = camera_directions(camera, x_px, y_px, *SIZE_PX)
    local = rotation_ecef_from_enu(camera.lon_deg, camera.lat_deg)
    level_m, up_m = errors.position_horizontal_m, errors.position_vertical_m
    offsets = np.empty((draws, count, 3))
    for draw in range(draws):
        turn = Rotation.from_rotvec(rng.normal(0.0, np.radians(errors.attitude_deg), (count, 3))).as_matrix()
        direction = np.einsum("nij,njk,nk->ni", camera.rotation_ecef_from_camera, turn, seen)
        moved_m = rng.normal(0.0, [level_m, level_m, up_m], (count, 3))
        origin_m = camera.origin_ecef_m + np.einsum("nij,nj->ni", local, moved_m)
        raised = replace(terrain, hae_m=terrain.hae_m + rng.normal(0.0, errors.terrain_vertical_m))
        hit_m = cast(origin_m, direction, raised)
        offsets[draw] = enu_from_ecef(hit_m, points.lon_deg, points.lat_deg, points.hae_m)
    return np.where(np.isnan(offsets), np.inf, offsets)


def shares_inside(points: GroundPoints, offsets: np.ndarray) -> tuple[float, float]:
    """Share of true places inside CE90 and inside LE90, over answered points."""
    answered = ~np.isnan(points.ce90_m)
    away_m = np.hypot(offsets[:, answered, 0], offsets[:, answered, 1])
    inside = float((away_m <= points.ce90_m[answered]).mean())
    return inside, float((np.abs(offsets[:, answered, 2]) <= points.le90_m[answered]).mean())
