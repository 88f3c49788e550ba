"""On the real slopes of a volcano: what is stated holds what it says, where a tangent plane does not."""

import numpy as np
import pytest

from atalaya.geo.geoid import VerticalDatum
from atalaya.georeg.doubt import doubt
from atalaya.georeg.errors import PoseErrors
from atalaya.georeg.locate import locate_pixels, pixel_region
from atalaya.georeg.motion import Motion
from atalaya.georeg.pose import poses
from atalaya.io.terrain import read_geoid, read_terrain
from shared_data import shared_file
from terrain_scenes import level_frames
from truth_draws import SIZE_PX, region_area_m2, shares_in_regions, shares_inside, true_offsets

ERRORS = PoseErrors()
LOOKS_WITH_A_REGION = 60


def terrain_of(relative: str, geoid: str):
    grid = read_geoid(shared_file(f"data/geo/geoid/{geoid}.tif"))
    return read_terrain(shared_file(f"data/geo/dem/{relative}.tif"), VerticalDatum.MSL, grid)


def looks_over(terrain, count: int, elevation_deg: float, above_m: float, margin: float):
    rng = np.random.default_rng(22)
    west, south, east, north = terrain.bounds_deg
    lon_deg = rng.uniform(west + margin * (east - west), east - margin * (east - west), count)
    lat_deg = rng.uniform(south + margin * (north - south), north - margin * (north - south), count)
    frames = level_frames(
        count,
        sensor_lon_deg=lon_deg,
        sensor_lat_deg=lat_deg,
        sensor_hae_m=terrain.height_hae_m(lon_deg, lat_deg) + above_m,
        sensor_elevation_deg=elevation_deg,
        platform_heading_deg=rng.uniform(0.0, 360.0, count),
    )
    moving = Motion(
        velocity_ecef_mps=rng.normal(0.0, 40.0, (count, 3)),
        turn_ecef_radps=np.radians(rng.normal(0.0, 2.0, (count, 3))),
    )
    return poses(frames), rng.uniform(0, 1279, count), rng.uniform(0, 719, count), moving


@pytest.mark.shared
@pytest.mark.parametrize(
    ("relative", "geoid", "elevation_deg", "above_m", "margin"),
    [
        ("colima_jalisco_20m_utm13n", "mx_inegi_ggm10", -35.0, 1500.0, 0.3),
        ("colima_jalisco_20m_utm13n", "mx_inegi_ggm10", -22.0, 1500.0, 0.3),
        ("colima_jalisco_20m_utm13n", "mx_inegi_ggm10", -14.0, 1500.0, 0.3),
        ("colima_crater_5m_utm13n", "mx_inegi_ggm10", -22.0, 600.0, 0.4),
        ("cobb_srtm1_openathena", "us_nga_egm96_15", -14.0, 1500.0, 0.4),
    ],
)
def test_ninety_of_a_hundred_true_places_are_inside_what_is_stated(
    relative, geoid, elevation_deg, above_m, margin
):
    terrain = terrain_of(relative, geoid)
    camera, x_px, y_px, moving = looks_over(terrain, 250, elevation_deg, above_m, margin)
    doubts = doubt(ERRORS, moving)
    points = locate_pixels(camera, x_px, y_px, *SIZE_PX, terrain, ERRORS, doubts=doubts)
    offsets = true_offsets(camera, x_px, y_px, terrain, ERRORS, points, 40, moving)
    inside_ce90, inside_le90 = shares_inside(points, offsets)
    assert 0.88 <= inside_ce90 <= 0.92
    assert 0.85 <= inside_le90 <= 0.95  # the height of the whole model is one draw of 40

    regions = [
        pixel_region(
            camera.take(np.array([row])),
            (x_px[row], y_px[row]),
            SIZE_PX,
            terrain,
            ERRORS,
            doubts=doubts.take(np.array([row])),
        )
        for row in range(LOOKS_WITH_A_REGION)
    ]
    shares = shares_in_regions(regions, points, offsets)
    assert np.isfinite(shares).sum() > 0.5 * LOOKS_WITH_A_REGION
    assert 0.88 <= np.nanmean(shares) <= 0.92
    area_m2 = np.array([np.nan if region is None else region_area_m2(region) for region in regions])
    circle_m2 = np.pi * points.ce90_m[:LOOKS_WITH_A_REGION] ** 2
    assert np.nanmedian(area_m2 / circle_m2) < 0.85
