"""Pixels on the ground: geometry by hand, there and back, and an error that holds what it says."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from atalaya.errors import InputError
from atalaya.geo.ellipsoid import east_north_m
from atalaya.geo.terrain import ConstantHeight, Terrain, TerrainGrid
from atalaya.geo.uncertainty import circular_error
from atalaya.georeg.camera import project
from atalaya.georeg.errors import PoseErrors
from atalaya.georeg.footprint import footprints
from atalaya.georeg.locate import frame_centres, locate_pixels
from atalaya.georeg.pose import poses
from atalaya.model.frame import FrameTable
from atalaya.model.ground import GroundPoints
from terrain_scenes import fractal_terrain, level_frames

SIZE_PX = (1280, 720)
NAN = math.nan
DEFAULT = PoseErrors()


def locate(
    frames: FrameTable, x_px: ArrayLike, y_px: ArrayLike, terrain: Terrain, errors: PoseErrors = DEFAULT
) -> GroundPoints:
    camera = poses(frames)
    where = np.broadcast_to(x_px, len(camera)), np.broadcast_to(y_px, len(camera))
    return locate_pixels(camera, *where, *SIZE_PX, terrain, errors)


def test_looking_straight_down_sees_the_place_below_with_the_error_of_a_plumb_line():
    errors = PoseErrors(attitude_deg=0.1, position_horizontal_m=5.0)
    point = locate(level_frames(1, sensor_elevation_deg=-90.0), 639.5, 359.5, ConstantHeight(1000.0), errors)
    np.testing.assert_allclose(
        (point.lon_deg[0], point.lat_deg[0], point.hae_m[0]), (-106.95, 24.95, 1000.0), atol=1e-6
    )
    expected_m2 = 5.0**2 + (2000.0 * math.radians(0.1)) ** 2
    np.testing.assert_allclose(point.covariance_m2[0], expected_m2 * np.eye(2), rtol=2e-3, atol=0.05)
    assert point.ce90_m[0] == pytest.approx(2.145966 * math.sqrt(expected_m2), rel=2e-3)
    assert point.le90_m[0] == pytest.approx(1.644854 * 5.0, rel=1e-6)


def test_a_slanted_look_is_as_wrong_as_its_height_divided_by_its_slope():
    errors = PoseErrors(
        attitude_deg=1e-6, position_horizontal_m=1e-3, position_vertical_m=3.0, terrain_vertical_m=4.0
    )
    point = locate(level_frames(1, sensor_elevation_deg=-20.0), 639.5, 359.5, ConstantHeight(1000.0), errors)
    along_m = 5.0 / math.tan(math.radians(20.0))
    assert math.sqrt(point.covariance_m2[0, 1, 1]) == pytest.approx(along_m, rel=4e-3)
    assert point.ce90_m[0] == pytest.approx(1.644854 * along_m, rel=5e-3)


@given(st.floats(0, 1279), st.floats(0, 719), st.floats(-80, -15), st.floats(0, 360), st.floats(-30, 30))
def test_pixel_to_ground_to_pixel_comes_back(x_px, y_px, elevation_deg, heading_deg, turn_deg):
    frames = level_frames(
        1, sensor_elevation_deg=elevation_deg, platform_heading_deg=heading_deg, sensor_roll_deg=turn_deg
    )
    point = locate(frames, x_px, y_px, ConstantHeight(800.0))
    found = project(poses(frames), point.lon_deg, point.lat_deg, point.hae_m, *SIZE_PX)
    np.testing.assert_allclose(np.ravel(found), [x_px, y_px], atol=1e-3)


def test_right_in_the_picture_is_right_on_the_ground_and_up_is_farther():
    frames = level_frames(3)
    points = locate(frames, [639.5, 1279.0, 639.5], [359.5, 359.5, 0.0], ConstantHeight(0.0))
    apart_m = east_north_m(points.lon_deg[1:], points.lat_deg[1:], points.lon_deg[0], points.lat_deg[0])
    assert apart_m[0, 0] > 100.0
    assert abs(apart_m[0, 1]) < 1.0
    assert apart_m[1, 1] > 100.0
    assert abs(apart_m[1, 0]) < 1.0


def test_a_place_behind_the_camera_has_no_pixel_and_one_beside_it_is_out_of_the_picture():
    camera = poses(level_frames(2))
    x_px, _ = project(camera, np.array([-106.95, -106.90]), np.array([24.80, 24.97]), np.zeros(2), *SIZE_PX)
    assert np.isnan(x_px[0])
    assert x_px[1] > 1280


def test_sky_off_terrain_and_unknown_poses_have_no_place_at_all():
    terrain = TerrainGrid(
        hae_m=np.zeros((51, 51)), west_deg=-106.975, north_deg=24.975, step_lon_deg=1e-3, step_lat_deg=1e-3
    )
    frames = level_frames(
        4, sensor_elevation_deg=[10.0, -5.0, -88.0, -88.0], platform_roll_deg=[0.0, 0.0, 0.0, NAN]
    )
    points = locate(frames, 639.5, 359.5, terrain)
    known = [False, False, True, False]
    for name, column in points.columns().items():
        assert (~np.isnan(column.reshape(4, -1)).any(axis=1)).tolist() == known, name


def test_a_point_whose_likely_errors_leave_the_terrain_is_not_answered():
    """The ray meets the last metres of the terrain, but half of what is likely does not."""
    terrain = TerrainGrid(
        hae_m=np.zeros((51, 51)), west_deg=-106.975, north_deg=24.95002, step_lon_deg=1e-3, step_lat_deg=1e-3
    )
    points = locate(level_frames(1, sensor_elevation_deg=-90.0), 639.5, 359.5, terrain)
    assert np.isnan(points.ce90_m[0])
    assert np.isnan(points.lon_deg[0])


def test_an_unknown_vertical_field_of_view_means_square_pixels():
    frames = level_frames(1, vfov_deg=NAN)
    vfov_deg = 2.0 * math.degrees(math.atan(math.tan(math.radians(4.0)) * 720 / 1280))
    asked, declared = (
        locate(f, 100.0, 600.0, ConstantHeight(0.0)) for f in (frames, level_frames(1, vfov_deg=vfov_deg))
    )
    np.testing.assert_allclose(asked.lat_deg, declared.lat_deg, atol=1e-12)


def test_a_roll_that_nobody_sent_leaves_the_centre_and_no_pixel():
    camera = poses(level_frames(1, sensor_roll_deg=NAN))
    known = poses(level_frames(1))
    centre, expected = (frame_centres(c, ConstantHeight(0.0), PoseErrors()) for c in (camera, known))
    np.testing.assert_allclose(centre.lat_deg, expected.lat_deg, atol=1e-12)
    np.testing.assert_allclose(centre.ce90_m, expected.ce90_m, rtol=0.01)
    pixel = locate_pixels(
        camera, np.array([9.0]), np.array([9.0]), *SIZE_PX, ConstantHeight(0.0), PoseErrors()
    )
    assert np.isnan(pixel.lon_deg[0])


def test_the_footprint_of_a_plumb_look_is_the_field_of_view_times_the_height():
    frames = level_frames(2, sensor_elevation_deg=-90.0, hfov_deg=20.0, vfov_deg=10.0)
    table = footprints(poses(frames), ConstantHeight(1000.0), PoseErrors(), SIZE_PX)
    corners_m = east_north_m(table.corner_lon_deg, table.corner_lat_deg, -106.95, 24.95)
    half_m = 2000.0 * np.tan(np.radians([10.0, 5.0]))
    signs = np.array([[-1, 1], [1, 1], [1, -1], [-1, -1]])
    np.testing.assert_allclose(corners_m[0], signs * half_m, atol=0.2)
    np.testing.assert_allclose(table.slant_range_m, 2000.0, atol=1e-3)
    np.testing.assert_allclose(table.gsd_m, 2.0 * half_m[0] / 1280, rtol=1e-6)
    np.testing.assert_allclose(table.depression_deg, 90.0, atol=1e-6)


def test_the_footprint_says_the_direction_of_look_and_leaves_unknown_frames_out():
    frames = level_frames(3, platform_heading_deg=[350.0, NAN, 30.0], sensor_azimuth_deg=[20.0, 0.0, 60.0])
    table = footprints(poses(frames), ConstantHeight(0.0), PoseErrors(), SIZE_PX)
    assert table.frame_index.tolist() == [0, 2]
    np.testing.assert_allclose(table.look_azimuth_deg, [10.0, 90.0], atol=1e-9)
    np.testing.assert_allclose(table.depression_deg, 45.0, atol=1e-9)


def test_a_corner_in_the_sky_is_unknown_and_the_centre_stays():
    frames = level_frames(1, sensor_elevation_deg=-7.0, vfov_deg=12.0)
    table = footprints(poses(frames), ConstantHeight(0.0), PoseErrors(), SIZE_PX)
    assert np.isnan(table.corner_lat_deg[0]).tolist() == [True, True, False, False]
    assert table.ce90_m[0] > 0.0


def test_no_frames_are_no_footprints():
    empty = footprints(
        poses(level_frames(1, platform_roll_deg=NAN)), ConstantHeight(0.0), PoseErrors(), SIZE_PX
    )
    assert len(empty) == 0


@given(st.floats(1.1, 5.0))
def test_larger_errors_never_make_a_point_better(scale):
    frames, terrain = level_frames(1, sensor_elevation_deg=-30.0), ConstantHeight(500.0)
    small = locate(frames, 300.0, 300.0, terrain, PoseErrors())
    large = locate(
        frames, 300.0, 300.0, terrain, PoseErrors(attitude_deg=0.1 * scale, terrain_vertical_m=5.0 * scale)
    )
    assert large.ce90_m[0] > small.ce90_m[0]
    assert large.le90_m[0] > small.le90_m[0]


def test_covariance_and_ce90_belong_together_where_the_ground_is_flat():
    points = locate(
        level_frames(5, sensor_elevation_deg=[-15.0, -25.0, -40.0, -60.0, -85.0]),
        200.0,
        200.0,
        ConstantHeight(0.0),
    )
    expected_m = [circular_error(covariance) for covariance in points.covariance_m2]
    np.testing.assert_allclose(points.ce90_m, expected_m, rtol=0.05)


def test_pixels_and_poses_must_be_as_many_and_errors_positive():
    camera = poses(level_frames(2))
    with pytest.raises(InputError, match="one pixel per pose"):
        locate_pixels(camera, np.zeros(3), np.zeros(3), *SIZE_PX, ConstantHeight(0.0), PoseErrors())
    with pytest.raises(InputError, match="width"):
        locate_pixels(camera, np.zeros(2), np.zeros(2), 0, 720, ConstantHeight(0.0), PoseErrors())
    for wrong in (0.0, -1.0, NAN, math.inf):
        with pytest.raises(InputError, match="attitude_deg"):
            PoseErrors(attitude_deg=wrong)


def test_terrain_moves_the_answer_towards_the_sensor():
    terrain = fractal_terrain(301, 4, relief_m=500.0, step_deg=3e-4)
    frames = level_frames(1, sensor_elevation_deg=-35.0)
    on_terrain, on_datum = (locate(frames, 639.5, 359.5, ground) for ground in (terrain, ConstantHeight(0.0)))
    assert on_terrain.lat_deg[0] < on_datum.lat_deg[0]
    assert on_terrain.hae_m[0] == pytest.approx(
        float(terrain.height_hae_m(on_terrain.lon_deg[0], on_terrain.lat_deg[0])), abs=0.01
    )
