"""Rays on a wood: the kernel and its NumPy twin, closed forms, and what a crown lets through."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atalaya.errors import InputError
from atalaya.simulation import canopy_cast as cast
from atalaya.simulation import ray_meets as meets
from atalaya.simulation.canopy_cast_plain import cast_rays_plain
from atalaya.simulation.cast_arrays import CastArrays, cast_arrays
from atalaya.simulation.landform import Surface
from atalaya.simulation.solids import Trees
from wooded_scene import Wood, boxes, looking, wood


def cast_kernel(world: CastArrays, origin_m: np.ndarray, direction: np.ndarray, skipped: int = -2):
    count = len(direction)
    distance_m, what, which = np.empty(count), np.empty(count, np.uint8), np.empty(count, np.int32)
    origins = np.ascontiguousarray(np.broadcast_to(origin_m, (count, 3)))
    cast.cast_rays(world, origins, direction, np.full(count, skipped), distance_m, what, which)
    return distance_m, what, which


def fan(view, half: float, side: int) -> np.ndarray:
    """(side^2, 3) unit directions within tangents of +-half about the line of sight."""
    axis = np.linspace(-half, half, side)
    right, down = (part.ravel() for part in np.meshgrid(axis, axis))
    rays = np.stack([np.ones(side**2), right, down], axis=1) @ view.axes.T
    return rays / np.linalg.norm(rays, axis=1, keepdims=True)


def lone_tree(**changes: float) -> Trees:
    columns = {
        "east_m": 0.0,
        "north_m": 0.0,
        "base_up_m": 0.0,
        "crown_radius_m": 4.0,
        "crown_depth_m": 6.0,
        "height_m": 9.0,
        "porosity": 0.2,
        "clump_m": 0.6,
        "red": 70.0,
        "green": 90.0,
        "blue": 50.0,
        "material": 2,
        "shape": 0,
    } | changes
    kinds = {
        "red": np.float32,
        "green": np.float32,
        "blue": np.float32,
        "material": np.uint8,
        "shape": np.uint8,
    }
    return Trees(**{name: np.array([value], kinds.get(name, np.float64)) for name, value in columns.items()})


def flat(trees: Trees, solids=None) -> Wood:
    surface = Surface(west_m=-60.0, south_m=-60.0, step_m=4.0, up_m=np.zeros((31, 31)))
    texture = np.full((240, 240, 3), 128, dtype=np.uint8)
    none = boxes(np.empty(0), np.empty(0), np.empty(0), size_m=(1.0, 1.0, 1.0))
    return Wood(
        surface=surface,
        trees=trees,
        solids=none if solids is None else solids,
        texture=texture,
        texture_step_m=0.5,
        ground_material=np.zeros((240, 240), dtype=np.uint8),
    )


@pytest.fixture(scope="module")
def world() -> CastArrays:
    return cast_arrays(wood(seed=3, size_m=100.0))


@pytest.mark.parametrize("off_nadir_deg", [0.0, 35.0, 60.0])
@pytest.mark.parametrize("azimuth_deg", [0.0, 77.0, 203.0])
def test_the_kernel_and_its_numpy_twin_meet_the_same_things(world, azimuth_deg, off_nadir_deg):
    view = looking(azimuth_deg, off_nadir_deg, 800.0)
    rays = fan(view, 0.05, 48)
    distance_m, what, which = cast_kernel(world, view.origin_m, rays)
    plain_m, plain_what, plain_which = cast_rays_plain(
        world, np.broadcast_to(view.origin_m, rays.shape), rays
    )
    same = (what == plain_what) & (which == plain_which)
    assert same.mean() > 0.999  # a leaf on the edge of a voxel falls either way by rounding
    assert np.abs(distance_m - plain_m)[same].max() < 1e-6
    assert set(np.unique(what)) >= {meets.GROUND, meets.LEAF, meets.FROND, meets.SOLID_TOP}


@settings(deadline=None, max_examples=40)
@given(
    st.floats(0.0, 360.0),
    st.floats(0.0, 65.0),
    st.floats(-40.0, 40.0),
    st.floats(-40.0, 40.0),
    st.integers(0, 2**31),
)
def test_a_ray_to_bare_ground_ends_on_the_bilinear_ground(azimuth_deg, off_nadir_deg, east_m, north_m, seed):
    bare = wood(seed=3, size_m=100.0, density=0.0)
    bare.surface.up_m[:] += np.random.default_rng(seed).normal(0.0, 2.0, bare.surface.up_m.shape)
    none = boxes(np.empty(0), np.empty(0), np.empty(0), size_m=(1.0, 1.0, 1.0))
    surface, arrays = bare.surface, cast_arrays(replace(bare, solids=none))
    view = looking(azimuth_deg, off_nadir_deg, 500.0, (east_m, north_m, 0.0))
    direction = view.axes[:, 0][None]
    distance_m, what, _ = cast_kernel(arrays, view.origin_m, direction)
    end_m = view.origin_m + distance_m[:, None] * direction
    assert what[0] == meets.GROUND
    assert abs(surface.up_at(end_m[:, 0], end_m[:, 1])[0] - end_m[0, 2]) < 1e-6
    before_m = view.origin_m + np.linspace(0.0, distance_m[0] - 0.01, 4000)[:, None] * direction
    assert (before_m[:, 2] > surface.up_at(before_m[:, 0], before_m[:, 1]) - 1e-6).all()


@pytest.mark.parametrize("porosity", [0.1, 0.3, 0.6])
@pytest.mark.parametrize("clump_m", [0.4, 0.9])
def test_a_crown_lets_its_porosity_of_vertical_lines_through_its_middle_pass(porosity, clump_m):
    axis_m = np.arange(-45.0, 46.0, 10.0)
    stems_m = np.stack(np.meshgrid(axis_m, axis_m), axis=-1).reshape(-1, 2)
    one = {"porosity": porosity, "clump_m": clump_m}
    trees = [lone_tree(east_m=east_m, north_m=north_m, **one) for east_m, north_m in stems_m]
    arrays = cast_arrays(flat(Trees.concatenate(trees)))
    away_m = np.random.default_rng(5).uniform(-0.3, 0.3, (100, 15, 2))
    origin_m = np.concatenate([(stems_m[:, None] + away_m).reshape(-1, 2), np.full((1500, 1), 50.0)], axis=1)
    _, what, _ = cast_kernel(arrays, origin_m, np.tile([0.0, 0.0, -1.0], (1500, 1)))
    assert (what == meets.GROUND).mean() == pytest.approx(porosity, abs=0.07)


def test_a_box_is_met_where_its_planes_say():
    box = boxes(np.array([3.0]), np.array([-2.0]), np.array([0.0]), size_m=(8.0, 4.0, 3.0), heading_deg=90.0)
    arrays = cast_arrays(flat(lone_tree(east_m=50.0), box))
    down = np.array([[0.0, 0.0, -1.0]])
    distance_m, what, which = cast_kernel(arrays, np.array([[6.9, -0.1, 100.0]]), down)
    assert (distance_m[0], what[0], which[0]) == (pytest.approx(97.0), meets.SOLID_TOP, 0)
    _, what, _ = cast_kernel(arrays, np.array([[7.1, -0.1, 100.0]]), down)
    assert what[0] == meets.GROUND
    slanted = np.array([[-0.6, 0.0, -0.8]])
    distance_m, what, _ = cast_kernel(arrays, np.array([[7.0 + 30.0, -2.0, 1.5 + 40.0]]), slanted)
    assert (distance_m[0], what[0]) == (pytest.approx(50.0), meets.SOLID_SIDE)


def test_a_tilted_sheet_falls_to_the_right_of_its_heading():
    sheet = boxes(np.zeros(1), np.zeros(1), np.array([2.0]), size_m=(6.0, 4.0, 0.05), tilt_deg=20.0)
    arrays = cast_arrays(flat(lone_tree(east_m=50.0), sheet))
    down = np.tile([0.0, 0.0, -1.0], (2, 1))
    distance_m, what, _ = cast_kernel(arrays, np.array([[1.5, 0.0, 50.0], [-1.5, 0.0, 50.0]]), down)
    up_m = 50.0 - distance_m
    assert (what == meets.SOLID_TOP).all()
    assert up_m == pytest.approx(2.05 + np.array([-1.5, 1.5]) * np.tan(np.radians(20.0)))


def test_a_skipped_object_lets_rays_pass():
    box = boxes(np.zeros(1), np.zeros(1), np.zeros(1), size_m=(4.0, 4.0, 2.0))
    arrays = cast_arrays(flat(lone_tree(east_m=50.0), box))
    down, above = np.array([[0.0, 0.0, -1.0]]), np.array([[0.0, 0.0, 50.0]])
    assert cast_kernel(arrays, above, down)[1][0] == meets.SOLID_TOP
    assert cast_kernel(arrays, above, down, skipped=0)[1][0] == meets.GROUND


def test_rays_that_do_not_fall_show_the_sky(world):
    distance_m, what, which = cast_kernel(world, np.array([0.0, 0.0, 100.0]), np.array([[1.0, 0.0, 0.0]]))
    assert np.isnan(distance_m[0])
    assert (what[0], which[0]) == (meets.NOTHING, -1)


def test_gaps_have_parallax_two_looks_along_one_line_agree_and_two_across_do_not():
    """The leaf that hides a place from one side does not hide it from another."""
    arrays = cast_arrays(wood(seed=8, size_m=100.0, density=0.9))
    place_m = np.stack(np.meshgrid(np.linspace(-20, 20, 60), np.linspace(-20, 20, 60)), axis=-1).reshape(
        -1, 2
    )
    place_m = np.concatenate([place_m, np.full((3600, 1), 0.0)], axis=1)

    def seen(azimuth_deg: float) -> np.ndarray:
        origin_m = looking(azimuth_deg, 40.0, 900.0).origin_m
        way = place_m - origin_m
        reach_m = np.linalg.norm(way, axis=1)
        distance_m, _, _ = cast_kernel(arrays, origin_m, way / reach_m[:, None])
        return distance_m > reach_m - 3.0

    near, same, far = seen(10.0), seen(10.05), seen(100.0)
    assert 0.05 < near.mean() < 0.7
    assert (near == same).mean() > 0.85
    expected = near.mean() * far.mean() + (1 - near.mean()) * (1 - far.mean())
    assert (near == far).mean() == pytest.approx(expected, abs=0.08)


@pytest.mark.parametrize("name", ["crown_radius_m", "clump_m", "height_m"])
def test_a_crown_without_extent_is_refused(name):
    with pytest.raises(InputError, match="crowns"):
        cast_arrays(flat(lone_tree(**{name: 0.0})))


def test_unknown_ground_is_refused():
    scene = flat(lone_tree())
    scene.surface.up_m[3, 3] = np.nan
    with pytest.raises(InputError, match="known everywhere"):
        cast_arrays(scene)
