"""On the real slopes of a volcano: the stated errors hold what they say where a tangent plane does not."""

import numpy as np
import pytest

from atalaya.geo.geoid import VerticalDatum
from atalaya.georeg.errors import PoseErrors
from atalaya.georeg.locate import locate_pixels
from atalaya.georeg.pose import poses
from atalaya.io.terrain import read_geoid, read_terrain
from shared_data import shared_file
from terrain_scenes import level_frames
from truth_draws import SIZE_PX, shares_inside, true_offsets


@pytest.mark.shared
@pytest.mark.parametrize("elevation_deg", [-35.0, -22.0, -14.0])
def test_ninety_of_a_hundred_true_places_are_inside_ce90_at_the_colima_volcano(elevation_deg):
    geoid = read_geoid(shared_file("data/geo/geoid/mx_inegi_ggm10.tif"))
    terrain = read_terrain(
        shared_file("data/geo/dem/colima_jalisco_20m_utm13n.tif"), VerticalDatum.MSL, geoid
    )
    rng = np.random.default_rng(22)
    west, south, east, north = terrain.bounds_deg
    count = 250
    lon_deg = rng.uniform(west + 0.3 * (east - west), east - 0.3 * (east - west), count)
    lat_deg = rng.uniform(south + 0.3 * (north - south), north - 0.3 * (north - south), count)
    frames = level_frames(
        count,
        sensor_lon_deg=lon_deg,
        sensor_lat_deg=lat_deg,
        sensor_hae_m=terrain.height_hae_m(lon_deg, lat_deg) + 1500.0,
        sensor_elevation_deg=elevation_deg,
        platform_heading_deg=rng.uniform(0.0, 360.0, count),
    )
    camera, x_px, y_px = poses(frames), rng.uniform(0, 1279, count), rng.uniform(0, 719, count)
    points = locate_pixels(camera, x_px, y_px, *SIZE_PX, terrain, PoseErrors())
    offsets = true_offsets(camera, x_px, y_px, terrain, PoseErrors(), points, 30)
    inside_ce90, inside_le90 = shares_inside(points, offsets)
    assert 0.87 <= inside_ce90 <= 0.93
    assert 0.85 <= inside_le90 <= 0.95
