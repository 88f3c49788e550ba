"""Where a scene puts things, over many seeds, without painting them."""

import math

import numpy as np
import pytest

from atalaya.simulation.landform import Landform, make_landform
from atalaya.simulation.layout import REACH_M, Layout, make_layout
from atalaya.simulation.objects import disc, lay_down, new_patch, rectangle
from atalaya.simulation.vegetation import TEXTURE_STEP_M
from atalaya.simulation.vehicles import LANE_M, Vehicle

SEEDS = range(12)


def scene_plan(seed: int) -> tuple[Landform, Layout]:
    rng = np.random.default_rng([seed, 0])
    land = make_landform(rng, lon_deg=-107.2, lat_deg=24.95, half_size_m=1250.0)
    return land, make_layout(rng, land)


@pytest.fixture(scope="module")
def plans() -> list[tuple[Landform, Layout]]:
    return [scene_plan(seed) for seed in SEEDS]


def apart_m(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.min(np.linalg.norm(np.atleast_2d(other) - one, axis=1)))


def test_laboratories_keep_their_distance_and_stay_in_reach(plans):
    for _, layout in plans:
        assert apart_m(layout.camouflaged_m, layout.industrial_m) >= 300.0
        for place in (layout.camouflaged_m, layout.industrial_m, layout.farm_m, layout.lorries_m):
            assert math.hypot(*place) <= REACH_M + 1e-9


def test_decoys_are_not_beside_laboratories(plans):
    for _, layout in plans:
        for laboratory in (layout.camouflaged_m, layout.industrial_m):
            assert apart_m(laboratory, layout.farm_m) > 100.0
            assert apart_m(laboratory, layout.lorries_m) > 100.0
            assert apart_m(laboratory, layout.rocks_m) > 90.0


def test_the_camouflaged_laboratory_is_near_water_and_the_lorries_are_on_the_road(plans):
    for _, layout in plans:
        assert apart_m(layout.camouflaged_m, layout.stream_m) < 100.0
        assert apart_m(layout.lorries_m, layout.road_m) < 1e-9


def test_sites_stand_on_moderate_slopes(plans):
    for land, layout in plans:
        for east_m, north_m in (layout.camouflaged_m, layout.industrial_m, layout.farm_m):
            square = np.array([(east_m + x, north_m + y) for x in (-10, 10) for y in (-10, 10)])
            up_m = land.surface.up_at(square[:, 0], square[:, 1])
            assert math.degrees(math.atan((up_m.max() - up_m.min()) / 28.3)) < 25.0


def test_the_land_is_hilly_but_no_cliff(plans):
    for land, _ in plans:
        slope_deg = land.surface.slope_deg()
        assert 5.0 < slope_deg.mean() < 20.0
        assert slope_deg.max() < 40.0
        assert not np.isnan(land.surface.up_m).any()
        assert land.terrain.hae_m.min() > 250.0
        assert land.terrain.hae_m.max() < 900.0


def test_terrain_is_a_regular_grid_with_its_first_row_in_the_north(plans):
    for land, _ in plans[:3]:
        terrain = land.terrain
        assert terrain.hae_m.shape == (terrain.lat_deg.size, terrain.lon_deg.size)
        assert np.diff(terrain.lon_deg) == pytest.approx(1e-4)
        assert np.diff(terrain.lat_deg) == pytest.approx(-1e-4)
        assert np.isnan(terrain.height_at(np.array([0.0]), np.array([0.0]))).all()


def test_the_same_seed_gives_the_same_land():
    (land, layout), (again, layout_again) = scene_plan(3), scene_plan(3)
    assert land.terrain.hae_m.tobytes() == again.terrain.hae_m.tobytes()
    assert layout.rocks_m.tobytes() == layout_again.rocks_m.tobytes()
    assert scene_plan(4)[0].terrain.hae_m.tobytes() != again.terrain.hae_m.tobytes()


def test_a_thing_painted_on_the_ground_has_its_size_and_place():
    texture = np.zeros((200, 200, 3), dtype=np.uint8)
    patch = new_patch(10.0)
    patch.fill(rectangle((0.0, 0.0), 6.0, 4.0, 0.0), (255, 255, 255))
    middle_m = lay_down(patch, 7.0, -14.0, out=texture)
    share = texture[:, :, 0] / 255.0
    rows, cols = np.indices(share.shape)
    centroid_m = np.array(
        [(cols * share).sum() - 99.5 * share.sum(), 99.5 * share.sum() - (rows * share).sum()]
    )
    centroid_m *= TEXTURE_STEP_M / share.sum()
    assert middle_m == pytest.approx((7.0, -14.0), abs=TEXTURE_STEP_M / 2)
    assert centroid_m == pytest.approx(middle_m, abs=0.05)
    assert share.sum() * TEXTURE_STEP_M**2 == pytest.approx(24.0, rel=0.06)
    north_south = np.flatnonzero(share.max(axis=1) > 0.5).size * TEXTURE_STEP_M
    assert north_south == pytest.approx(6.0, abs=0.5)


def test_a_shadow_falls_away_from_the_sun_and_darkens_the_ground():
    texture = np.full((200, 200, 3), 100, dtype=np.uint8)
    patch = new_patch(10.0)
    patch.stand(disc((0.0, 0.0), 1.0), 4.0, (100, 100, 100))
    lay_down(patch, 0.0, 0.0, out=texture)
    rows, cols = np.nonzero(texture[:, :, 0] < 80)
    assert cols.mean() < 99.0  # the sun stands in the south-east
    assert rows.mean() < 99.0
    assert texture.min() >= 40


def test_a_vehicle_keeps_right_keeps_its_speed_and_stops_at_the_end():
    vehicle = Vehicle(
        route_m=np.array([(0.0, 0.0), (0.0, 50.0), (0.0, 100.0)]),
        start_m=10.0,
        speed_mps=8.0,
        length_m=5.0,
        width_m=2.0,
        height_m=1.8,
        colour=(200, 200, 200),
    )
    middle_m, heading_deg, speed_mps = vehicle.at(0.0)
    assert (*middle_m, heading_deg, speed_mps) == pytest.approx((LANE_M, 10.0, 0.0, 8.0))
    assert vehicle.at(10.0)[0] == pytest.approx((LANE_M, 90.0))
    middle_m, heading_deg, speed_mps = vehicle.at(20.0)
    assert (*middle_m, heading_deg, speed_mps) == pytest.approx((LANE_M, 100.0, 0.0, 0.0))
