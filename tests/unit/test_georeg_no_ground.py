"""A ray without ground says why, and where."""

import math

import numpy as np
import pytest

from atalaya.geo.rays import cast
from atalaya.geo.terrain import ConstantHeight, TerrainGrid
from atalaya.georeg.no_ground import Miss, why_no_ground
from terrain_scenes import rays_from

WEST_DEG, NORTH_DEG, STEP_DEG = -107.0, 25.0, 1e-3


def terrain(height_m: np.ndarray | None = None) -> TerrainGrid:
    """10 by 10 km, flat but for what is given."""
    return TerrainGrid(
        hae_m=np.zeros((101, 101)) if height_m is None else height_m,
        west_deg=WEST_DEG,
        north_deg=NORTH_DEG,
        step_lon_deg=STEP_DEG,
        step_lat_deg=STEP_DEG,
    )


def with_void() -> TerrainGrid:
    height_m = np.zeros((101, 101))
    height_m[40:60, 55:75] = math.nan
    return terrain(height_m)


@pytest.mark.parametrize(
    ("ground", "depression_deg", "height_m", "miss"),
    [
        (terrain(), -5.0, 1000.0, Miss.SKY),
        (ConstantHeight(0.0), -5.0, 1000.0, Miss.SKY),
        (terrain(), 5.0, 1000.0, Miss.OFF_TERRAIN),
        (with_void(), 45.0, 1000.0, Miss.VOID),
        (terrain(), 45.0, -30.0, Miss.BELOW_GROUND),
        (ConstantHeight(0.0), 45.0, -30.0, Miss.BELOW_GROUND),
    ],
)
def test_a_ray_without_ground_says_why(ground, depression_deg, height_m, miss):
    origin_m, direction = rays_from(-106.95, 24.95, height_m, [90.0], [depression_deg])
    assert np.isnan(cast(origin_m, direction, ground)).all()
    found = why_no_ground(origin_m[0], direction[0], ground)
    assert found.miss is miss
    assert (found.below_m == pytest.approx(30.0, abs=1e-6)) is (miss is Miss.BELOW_GROUND)


def test_it_says_where_the_ray_leaves_the_terrain_and_where_the_void_is():
    origin_m, direction = rays_from(-106.95, 24.95, 1000.0, [90.0, 90.0], [5.0, 45.0])
    left = why_no_ground(origin_m[0], direction[0], terrain())
    assert left.lon_deg == pytest.approx(-106.9, abs=5e-4)
    assert left.lat_deg == pytest.approx(24.95, abs=1e-4)
    void = why_no_ground(origin_m[1], direction[1], with_void())
    assert -106.946 < void.lon_deg < -106.924


def test_a_sensor_beside_the_terrain_that_never_reaches_it_is_off_it():
    origin_m, direction = rays_from(-108.0, 24.95, 1000.0, [90.0], [20.0])
    assert why_no_ground(origin_m[0], direction[0], terrain()).miss is Miss.OFF_TERRAIN
