from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from pyproj import Transformer

from atalaya.model.truth import Setting
from atalaya.simulation.canopy_cast_plain import cast_rays_plain
from atalaya.simulation.cast_arrays import cast_arrays
from atalaya.simulation.empty_land import count_land, emptied
from atalaya.simulation.ground_plan import in_axes
from atalaya.simulation.ray_meets import FROND, LEAF
from atalaya.simulation.scene_spec import Biome, SceneSpec, SiteSpec, SkySpec
from atalaya.simulation.world3d import make_world3d

SITE = SiteSpec(setting=Setting.CANOPY_RAVINE, canopy_cover=0.7)


def spec(seed=3, **changes):
    return SceneSpec(
        **{"name": "unit", "seed": seed, "biome": Biome.SIERRA, "size_m": 240.0, "sites": (SITE,)} | changes
    )


@pytest.fixture(scope="module")
def world():
    return make_world3d(spec())


def arrays_of(world):
    yield world.texture
    yield world.ground_material
    yield world.terrain.hae_m
    for table in (world.trees, world.solids, world.places, world.objects):
        yield from table.columns().values()


def test_the_same_seed_gives_the_same_arrays_and_another_seed_others(world):
    again, other = make_world3d(spec()), make_world3d(spec(seed=4))
    assert all(np.array_equal(one, two) for one, two in zip(arrays_of(world), arrays_of(again), strict=True))
    assert not np.array_equal(world.texture, other.texture)


def test_what_hides_at_a_place_does_not_move_the_land(world):
    without = make_world3d(spec(sites=()))
    assert np.array_equal(world.terrain.hae_m, without.terrain.hae_m)
    assert len(without.places) == 0
    assert (without.solids.object_index == -1).all()  # boulders


@pytest.mark.parametrize("wanted", [0.0, 0.5, 0.7, 0.85])
def test_crowns_hide_as_much_of_a_site_as_was_wanted(wanted):
    site = SiteSpec(setting=Setting.CANOPY_RAVINE, canopy_cover=wanted)
    got = make_world3d(spec(sites=(site,))).places.canopy_share
    assert got == pytest.approx([wanted], abs=0.01)


def test_a_site_is_where_an_independent_projection_puts_it(world):
    frame, places = world.frame, world.places
    to_ecef = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
    here = np.array(to_ecef.transform(places.lon_deg, places.lat_deg, places.hae_m)).T
    origin = np.array(to_ecef.transform(frame.lon_deg, frame.lat_deg, frame.hae_m))
    apart_m = np.linalg.norm(here - origin, axis=1)
    enu_m = frame.to_enu(places.lon_deg, places.lat_deg, places.hae_m)
    assert np.linalg.norm(enu_m, axis=1) == pytest.approx(apart_m, abs=0.001)
    ground_m = world.surface.up_at(enu_m[:, 0], enu_m[:, 1])
    assert enu_m[:, 2] == pytest.approx(ground_m, abs=0.001)


def test_every_box_of_an_object_lies_at_its_place_and_below_its_height(world):
    solids, objects = world.solids, world.objects
    hoses = objects.object_index[objects.kind == "hose"]  # go down a hillside
    owned = solids.take((solids.object_index >= 0) & ~np.isin(solids.object_index, hoses))
    enu_m = world.frame.to_enu(objects.lon_deg, objects.lat_deg, objects.hae_m)[owned.object_index]
    apart_m = np.hypot(owned.east_m - enu_m[:, 0], owned.north_m - enu_m[:, 1])
    assert (apart_m < 0.6 * objects.length_m[owned.object_index] + 1.0).all()
    top_m = owned.base_up_m + owned.height_m - enu_m[:, 2]
    slack_m = 1.5  # the ground is not level under a thing
    assert (top_m < objects.height_m[owned.object_index] + slack_m).all()


def far_trees(world, from_m, at_least_m=60.0):
    away = np.hypot(world.trees.east_m - from_m[0], world.trees.north_m - from_m[1]) > at_least_m
    return {tuple(row) for row in np.stack([world.trees.east_m, world.trees.height_m], axis=1)[away].tolist()}


def test_another_site_does_not_move_a_tree_on_the_far_hill():
    here_m = (-60.0, -60.0)
    site = SiteSpec(setting=Setting.UNDERGROUND, at_m=here_m)
    with_site, without = (make_world3d(spec(biome=Biome.EMPTY, sites=sites)) for sites in ((site,), ()))
    there, before = far_trees(with_site, here_m), far_trees(without, here_m)
    assert there <= before
    assert len(there) > 0.9 * len(before)  # along its track some are felled


@pytest.mark.parametrize("biome", list(Biome))
def test_no_tree_stands_in_the_water_or_on_a_road_and_every_box_is_finite(biome):
    world = make_world3d(spec(biome=biome, sites=()))
    stems_m = np.stack([world.trees.east_m, world.trees.north_m], axis=1)
    reach_m = 0.75 * 3.7  # a stem may stand off its square's middle
    assert (world.plan.to_water_m(stems_m) > -reach_m).all()
    assert (world.plan.to_road_m(stems_m) > world.plan.road_width_m / 2.0 - reach_m).all()
    for column in (*world.solids.columns().values(), *world.trees.columns().values()):
        assert np.isfinite(column).all()


def test_owners_of_boxes_exist_and_houses_of_a_suburb_belong_to_no_place():
    world = make_world3d(spec(biome=Biome.SUBURB, sites=(SiteSpec(setting=Setting.URBAN),)))
    assert world.solids.object_index.max() < len(world.objects)
    assert {0, -1} == set(world.objects.place_index.tolist())
    assert (world.objects.kind[world.objects.place_index == -1] == "roof").sum() > 5


@pytest.mark.parametrize(
    ("biome", "setting"), [(Biome.SIERRA, Setting.CANOPY_RAVINE), (Biome.FIELD_EDGE, Setting.FIELD_EDGE)]
)
def test_vertical_rays_find_as_much_canopy_as_the_closed_form_says(biome, setting):
    site = SiteSpec(setting=setting, canopy_cover=0.6, at_m=(0.0, 0.0))
    world = make_world3d(spec(biome=biome, sites=(site,)))
    radius_m = float(world.places.radius_m[0])
    near = np.hypot(world.trees.east_m, world.trees.north_m) < radius_m + world.trees.crown_radius_m
    bare = replace(world, trees=world.trees.take(near), solids=world.solids.take(slice(0, 0)))
    points_m = np.random.default_rng(1).uniform(-radius_m, radius_m, (1500, 2))
    points_m = bare.on_ground(points_m[np.hypot(*points_m.T) < radius_m])
    down = np.array([0.0, 0.0175, -0.99985])  # a palm's fronds have no inside that a plumb line could meet
    _, what, _ = cast_rays_plain(
        cast_arrays(bare), points_m - 100.0 * down, np.tile(down, (len(points_m), 1))
    )
    assert np.isin(what, (LEAF, FROND)).mean() == pytest.approx(world.places.canopy_share[0], abs=0.10)


def test_every_world_has_a_hundred_times_as_much_empty_land_as_sites():
    world = make_world3d(spec(size_m=400.0))
    land = count_land(world)
    assert land.empty_m2 >= 100.0 * land.site_m2
    assert land.site_m2 == pytest.approx(np.pi * world.places.radius_m[0] ** 2)
    empty = count_land(make_world3d(emptied(world.spec, 9)))
    assert empty.site_m2 == 0.0
    assert empty.empty_m2 == pytest.approx(400.0**2, rel=1e-9)
    assert land.plus(empty).empty_m2 == land.empty_m2 + empty.empty_m2


def test_no_stem_grows_through_a_wall():
    world = make_world3d(spec(biome=Biome.SUBURB, sites=(SiteSpec(setting=Setting.URBAN),)))
    walls = world.solids.take((world.solids.height_m > 2.0) & (world.solids.length_m > 4.0))
    stems_m = np.stack([world.trees.east_m, world.trees.north_m], axis=1)
    for row in range(len(walls)):
        middle_m = (float(walls.east_m[row]), float(walls.north_m[row]))
        ahead_m, aside_m = in_axes(stems_m, middle_m, float(walls.heading_deg[row]))
        inside = (np.abs(ahead_m) < walls.length_m[row] / 2) & (np.abs(aside_m) < walls.width_m[row] / 2)
        assert not inside.any()


def test_the_truth_of_warmth_is_own_heat_and_what_sun_and_sky_do():
    noon, night = (
        make_world3d(spec(sky=SkySpec(start_utc=datetime(2026, 3, 21, hour, tzinfo=UTC)))).objects
        for hour in (19, 9)
    )
    by_day, by_night = (
        {kind: float(np.median(table.excess_temperature_k[table.kind == kind])) for kind in set(table.kind)}
        for table in (noon, night)
    )
    assert by_day["drum"] > 0.0 > by_night["drum"]  # thin metal follows sun and sky
    assert min(by_day["generator"], by_night["generator"]) > 15.0
    assert abs(by_night["stain"]) < 2.0
