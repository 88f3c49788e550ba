"""Monte Carlo truths for stated errors, derived independently of the code that states them."""

from dataclasses import replace

import numpy as np
from scipy.spatial.transform import Rotation
from scipy.special import ndtri
from shapely import Polygon, contains_xy, unary_union

from atalaya.geo.ellipsoid import (
    ecef_from_enu,
    enu_from_ecef,
    geodetic_from_ecef,
    metres_per_degree,
    rotation_ecef_from_enu,
)
from atalaya.geo.rays import cast
from atalaya.geo.terrain import TerrainGrid
from atalaya.georeg.camera import camera_directions
from atalaya.georeg.errors import PoseErrors
from atalaya.georeg.motion import Motion
from atalaya.georeg.pose import Poses
from atalaya.model.ground import GroundPoints, GroundRegion

SIZE_PX = (1280, 720)


def true_offsets(
    camera: Poses,
    x_px: np.ndarray,
    y_px: np.ndarray,
    terrain: TerrainGrid,
    errors: PoseErrors,
    points: GroundPoints,
    draws: int,
    moving: Motion | None = None,
) -> np.ndarray:
    """(draws, N, 3) east, north, up from each stated point to where it would truly be; inf where nowhere.

    Each draw turns every camera about its own axes, moves every sensor, raises the whole terrain, and takes
    each pose at another time, where it is said how the cameras moved. The rise is common to all looks, so its
    values are spread evenly over its distribution: few draws would by chance be too large or too small.
    """
    rng = np.random.default_rng(20)
    count = len(camera)
    seen = camera_directions(camera, x_px, y_px, *SIZE_PX)
    local = rotation_ecef_from_enu(camera.lon_deg, camera.lat_deg)
    level_m, up_m = errors.position_horizontal_m, errors.position_vertical_m
    offsets = np.empty((draws, count, 3))
    rise_m = errors.terrain_vertical_m * ndtri((rng.permutation(draws) + 0.5) / draws)
    for draw in range(draws):
        turn = Rotation.from_rotvec(rng.normal(0.0, np.radians(errors.attitude_deg), (count, 3))).as_matrix()
        direction = np.einsum("nij,njk,nk->ni", camera.rotation_ecef_from_camera, turn, seen)
        moved_m = rng.normal(0.0, [level_m, level_m, up_m], (count, 3))
        origin_m = camera.origin_ecef_m + np.einsum("nij,nj->ni", local, moved_m)
        if moving is not None:
            late_s = rng.normal(0.0, errors.time_s, (count, 1))
            origin_m = origin_m + late_s * moving.velocity_ecef_mps
            direction = Rotation.from_rotvec(late_s * moving.turn_ecef_radps).apply(direction)
        raised = replace(terrain, hae_m=terrain.hae_m + rise_m[draw])
        hit_m = cast(origin_m, direction, raised)
        offsets[draw] = enu_from_ecef(hit_m, points.lon_deg, points.lat_deg, points.hae_m)
    return np.where(np.isnan(offsets), np.inf, offsets)


def shares_in_regions(
    regions: list[GroundRegion | None], points: GroundPoints, offsets: np.ndarray
) -> np.ndarray:
    """(N,) share of each point's true places inside the outlines of its region; NaN where there is none."""
    shares = np.full(len(regions), np.nan)
    for row, region in enumerate(regions):
        if region is None:
            continue
        where = (points.lon_deg[row], points.lat_deg[row], points.hae_m[row])
        true_m = np.where(np.isfinite(offsets[:, row]), offsets[:, row], 1e6)
        lon_deg, lat_deg, _ = geodetic_from_ecef(ecef_from_enu(true_m, *where))
        inside = np.zeros(len(true_m), dtype=bool)
        for part in region.parts:
            outline = Polygon(list(zip(part.ring_lon_deg, part.ring_lat_deg, strict=True)))
            inside |= contains_xy(outline, lon_deg, lat_deg)
        shares[row] = inside.mean()
    return shares


def region_area_m2(region: GroundRegion) -> float:
    """Ground that the parts of a region cover, seen from above."""
    per_degree_m = metres_per_degree(region.position.lat_deg)
    outlines = [Polygon(list(zip(it.ring_lon_deg, it.ring_lat_deg, strict=True))) for it in region.parts]
    return float(unary_union(outlines).area * np.prod(per_degree_m))


def shares_inside(points: GroundPoints, offsets: np.ndarray) -> tuple[float, float]:
    """Share of true places inside CE90 and inside LE90, over answered points."""
    answered = ~np.isnan(points.ce90_m)
    away_m = np.hypot(offsets[:, answered, 0], offsets[:, answered, 1])
    inside = float((away_m <= points.ce90_m[answered]).mean())
    return inside, float((np.abs(offsets[:, answered, 2]) <= points.le90_m[answered]).mean())
