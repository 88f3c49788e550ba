"""How far off four-corner homography is where its corners are perfect: measured against ray casting."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.geo.ellipsoid import ecef_from_geodetic, enu_from_ecef, geodetic_from_ecef
from atalaya.geo.rays import cast
from atalaya.geo.terrain import TerrainGrid
from atalaya.georeg.camera import camera_directions
from atalaya.georeg.pose import poses
from terrain_scenes import level_frames

DEPRESSIONS_DEG = (60.0, 45.0, 35.0, 22.0, 14.0)
SIZE_PX = (1280, 720)
HFOV_DEG = 10.0
ABOVE_GROUND_M = 1500.0
_SPACING = 33


@dataclass(frozen=True)
class Homography:
    """Errors over all pixels of all looks of one depression [m], and the median range."""

    depression_deg: float
    looks: int
    median_m: float
    p90_m: float
    largest_m: float
    range_km: float


def homography_errors(terrain: TerrainGrid, depression_deg: float, looks: int, seed: int) -> Homography:
    """Cameras above random places of the terrain in random directions; those without all ground are left out."""
    rng = np.random.default_rng(seed)
    west_deg, south_deg, east_deg, north_deg = terrain.bounds_deg
    errors, ranges = [], []
    for _ in range(40 * looks):
        lon_deg, lat_deg = rng.uniform(west_deg, east_deg), rng.uniform(south_deg, north_deg)
        found = _one_look(terrain, (lon_deg, lat_deg), depression_deg, rng.uniform(0.0, 360.0))
        if found is not None:
            errors.append(found[0])
            ranges.append(found[1])
        if len(errors) == looks:
            break
    every = np.concatenate(errors)
    return Homography(
        depression_deg,
        len(errors),
        float(np.median(every)),
        float(np.quantile(every, 0.9)),
        float(every.max()),
        float(np.median(ranges)) / 1e3,
    )


def _one_look(
    terrain: TerrainGrid, place_deg: tuple[float, float], depression_deg: float, heading_deg: float
) -> tuple[NDArray[np.float64], float] | None:
    ground_m = float(terrain.height_hae_m(*place_deg))
    if np.isnan(ground_m):
        return None
    camera = poses(
        level_frames(
            1,
            sensor_lon_deg=place_deg[0],
            sensor_lat_deg=place_deg[1],
            sensor_hae_m=ground_m + ABOVE_GROUND_M,
            platform_heading_deg=heading_deg,
            sensor_elevation_deg=-depression_deg,
            hfov_deg=HFOV_DEG,
            vfov_deg=np.degrees(
                2.0 * np.arctan(np.tan(np.radians(0.5 * HFOV_DEG)) * SIZE_PX[1] / SIZE_PX[0])
            ),
        )
    )
    x_px, y_px = np.meshgrid(
        np.linspace(-0.5, SIZE_PX[0] - 0.5, _SPACING), np.linspace(-0.5, SIZE_PX[1] - 0.5, _SPACING)
    )
    many = camera.take(np.zeros(x_px.size, dtype=np.intp))
    seen = camera_directions(many, x_px.reshape(-1), y_px.reshape(-1), *SIZE_PX)
    hit_m = cast(many.origin_ecef_m, seen @ camera.rotation_ecef_from_camera[0].T, terrain)
    if np.isnan(hit_m).any():
        return None
    middle = x_px.size // 2
    lon_deg, lat_deg, hae_m = geodetic_from_ecef(hit_m[middle])
    enu_m = enu_from_ecef(hit_m, lon_deg, lat_deg, hae_m)[:, :2]
    corners = np.array([0, _SPACING - 1, x_px.size - 1, x_px.size - _SPACING])
    pixels = np.stack([x_px.reshape(-1), y_px.reshape(-1)], axis=1)
    said_m = _mapped(_four_point(pixels[corners], enu_m[corners]), pixels)
    origin_m = ecef_from_geodetic(place_deg[0], place_deg[1], ground_m + ABOVE_GROUND_M)
    return np.linalg.norm(said_m - enu_m, axis=1), float(np.linalg.norm(hit_m[middle] - origin_m))


def _four_point(pixels: NDArray[np.float64], places_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """(3, 3) the homography through four pairs."""
    scaled = pixels / SIZE_PX[0]
    rows, right = [], []
    for (x, y), (east_m, north_m) in zip(scaled, places_m, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -east_m * x, -east_m * y], [0, 0, 0, x, y, 1, -north_m * x, -north_m * y]]
        right += [east_m, north_m]
    return np.append(np.linalg.solve(np.array(rows), np.array(right)), 1.0).reshape(3, 3)


def _mapped(matrix: NDArray[np.float64], pixels: NDArray[np.float64]) -> NDArray[np.float64]:
    plane = np.column_stack([pixels / SIZE_PX[0], np.ones(len(pixels))]) @ matrix.T
    return plane[:, :2] / plane[:, 2:]
