"""Laws of the camera: pixel to ground to pixel, six turns by quaternions, and which way the picture's right is."""

import math
from dataclasses import replace
from functools import cache

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from atalaya.geo.ellipsoid import ecef_from_geodetic, geodetic_from_ecef, rotation_ecef_from_ned
from atalaya.geo.rays import cast
from atalaya.geo.terrain import ConstantHeight, Terrain, TerrainGrid
from atalaya.georeg.camera import camera_directions, project
from atalaya.georeg.lens import Lens
from atalaya.georeg.pose import Poses, poses
from atalaya.model.frame import FrameTable
from terrain_scenes import fractal_terrain, level_frames

SIZE_PX = (1280, 720)
TURN = st.floats(-180.0, 180.0)
TILT = st.floats(-30.0, 30.0)
PLACES_PX = st.tuples(st.floats(-0.5, 1279.5), st.floats(-0.5, 719.5))
BENT = Lens(
    width_px=1280,
    height_px=720,
    fx_px=1400.0,
    fy_px=1390.0,
    cx_px=651.0,
    cy_px=352.0,
    k1=-0.12,
    k2=0.05,
    p1=8e-4,
    p2=-6e-4,
    k3=-0.01,
)


@cache
def sierra() -> TerrainGrid:
    """20 km of fractal ground, 900 m of relief, about -107, 25."""
    return fractal_terrain(201, 7, relief_m=900.0, step_deg=1e-3)


@st.composite
def looks(draw: st.DrawFn) -> FrameTable:
    """Any attitude whose axis comes down by 20 to 85 degrees, anywhere above the sierra."""
    return level_frames(
        1,
        sensor_lon_deg=draw(st.floats(-106.95, -106.85)),
        sensor_lat_deg=draw(st.floats(24.85, 24.95)),
        sensor_hae_m=draw(st.floats(1500.0, 4000.0)),
        platform_heading_deg=draw(TURN),
        platform_pitch_deg=draw(st.floats(-8.0, 8.0)),
        platform_roll_deg=draw(st.floats(-12.0, 12.0)),
        sensor_azimuth_deg=draw(TURN),
        sensor_elevation_deg=draw(st.floats(-70.0, -40.0)),
        sensor_roll_deg=draw(TILT),
        hfov_deg=draw(st.floats(0.3, 40.0)),
        vfov_deg=draw(st.one_of(st.just(math.nan), st.floats(0.2, 25.0))),
    )


def there_and_back(
    frames: FrameTable, place_px: tuple[float, float], terrain: Terrain, lens: Lens | None
) -> float:
    """How many pixels off a pixel comes back; NaN where its look meets no known ground."""
    camera = poses(frames)
    x_px, y_px = (np.array([one]) for one in place_px)
    seen = camera_directions(camera, x_px, y_px, *SIZE_PX, lens=lens)
    direction = np.einsum("nij,nj->ni", camera.rotation_ecef_from_camera, seen)
    hit = geodetic_from_ecef(cast(camera.origin_ecef_m, direction, terrain))
    back_px = project(camera, *hit, *SIZE_PX, lens=lens)
    return float(math.hypot(back_px[0][0] - x_px[0], back_px[1][0] - y_px[0]))


@settings(deadline=None)
@given(looks(), PLACES_PX, st.sampled_from([None, BENT]), st.floats(-50.0, 1200.0))
def test_pixel_to_flat_ground_to_pixel_comes_back_within_a_hundredth(frames, place_px, lens, height_m):
    off_px = there_and_back(frames, place_px, ConstantHeight(height_m), lens)
    assume(not math.isnan(off_px))
    assert off_px <= 0.01


@settings(deadline=None)
@given(looks(), PLACES_PX, st.sampled_from([None, BENT]))
def test_pixel_to_mountains_to_pixel_comes_back_within_a_hundredth(frames, place_px, lens):
    off_px = there_and_back(frames, place_px, sierra(), lens)
    assume(not math.isnan(off_px))
    assert off_px <= 0.01


@settings(deadline=None)
@given(PLACES_PX, st.floats(-179.0, 179.0), st.floats(-85.0, 85.0), TURN)
def test_the_law_holds_at_every_longitude_and_latitude(place_px, lon_deg, lat_deg, heading_deg):
    frames = level_frames(1, sensor_lon_deg=lon_deg, sensor_lat_deg=lat_deg, platform_heading_deg=heading_deg)
    assert there_and_back(frames, place_px, ConstantHeight(100.0), BENT) <= 0.01


type Quaternion = tuple[float, float, float, float]


def product(a: Quaternion, b: Quaternion) -> Quaternion:
    """Hamilton's."""
    w, x, y, z = a
    s, i, j, k = b
    return (
        w * s - x * i - y * j - z * k,
        w * i + x * s + y * k - z * j,
        w * j - x * k + y * s + z * i,
        w * k + x * j - y * i + z * s,
    )


def turned_by_quaternions(angles_deg: list[float], vector: tuple[float, float, float]) -> np.ndarray:
    """A vector of the camera in north, east, down: turns about z, y, x, z, y, x of the moving axes."""
    whole: Quaternion = (1.0, 0.0, 0.0, 0.0)
    for number, angle_deg in enumerate(angles_deg):
        half = math.radians(angle_deg) / 2.0
        axis = [0.0, 0.0, 0.0]
        axis[2 - number % 3] = math.sin(half)
        whole = product(whole, (math.cos(half), axis[0], axis[1], axis[2]))
    w, x, y, z = whole
    return np.array(product(product(whole, (0.0, *vector)), (w, -x, -y, -z))[1:])


def ned_of(camera: Poses) -> np.ndarray:
    """Forward, right and down of the first camera as columns in north, east, down."""
    local = rotation_ecef_from_ned(camera.lon_deg[0], camera.lat_deg[0])
    return np.asarray(local.T @ camera.rotation_ecef_from_camera[0])


@settings(deadline=None)
@given(st.lists(TURN, min_size=6, max_size=6))
def test_six_turns_are_those_of_quaternions(angles_deg):
    names = [f"platform_{one}_deg" for one in ("heading", "pitch", "roll")]
    names += [f"sensor_{one}_deg" for one in ("azimuth", "elevation", "roll")]
    frames = level_frames(1, **dict(zip(names, angles_deg, strict=True)))
    expected = [turned_by_quaternions(angles_deg, unit) for unit in ((1, 0, 0), (0, 1, 0), (0, 0, 1))]
    np.testing.assert_allclose(ned_of(poses(frames)), np.stack(expected, axis=1), atol=1e-12)


@settings(deadline=None)
@given(st.lists(TURN, min_size=6, max_size=6))
def test_angles_of_the_world_are_those_of_a_level_platform_that_points_north(angles_deg):
    heading, pitch, roll, azimuth, elevation, turn = angles_deg
    sensor = {"sensor_azimuth_deg": azimuth, "sensor_elevation_deg": elevation, "sensor_roll_deg": turn}
    frames = level_frames(
        1, platform_heading_deg=heading, platform_pitch_deg=pitch, platform_roll_deg=roll, **sensor
    )
    world = poses(replace(frames, sensor_angles_world=np.ones(1, dtype=np.bool_)))
    np.testing.assert_array_equal(
        world.rotation_ecef_from_camera, poses(level_frames(1, **sensor)).rotation_ecef_from_camera
    )


def seen_from(camera: Poses, x_px: float, y_px: float) -> tuple[float, float]:
    """Azimuth and depression of the look of one pixel, at the sensor [deg]."""
    seen = camera_directions(camera, np.array([x_px]), np.array([y_px]), *SIZE_PX)[0]
    north, east, down = ned_of(camera) @ seen
    return math.degrees(math.atan2(east, north)), math.degrees(math.atan2(down, math.hypot(east, north)))


@settings(deadline=None)
@given(TURN, st.floats(-75.0, 20.0), st.floats(1.0, 600.0), st.floats(1.0, 300.0))
def test_right_in_the_picture_is_to_the_right_and_below_is_lower(
    heading_deg, elevation_deg, across_px, below_px
):
    camera = poses(
        level_frames(1, platform_heading_deg=heading_deg, sensor_elevation_deg=elevation_deg, hfov_deg=10.0)
    )
    azimuth_deg, depression_deg = seen_from(camera, 639.5, 359.5)
    right_deg, _ = seen_from(camera, 639.5 + across_px, 359.5)
    _, lower_deg = seen_from(camera, 639.5, 359.5 + below_px)
    assert 0.0 < (right_deg - azimuth_deg + 180.0) % 360.0 - 180.0 < 90.0
    assert lower_deg > depression_deg
    assert abs((azimuth_deg - heading_deg + 180.0) % 360.0 - 180.0) < 1e-9
    assert abs(depression_deg + elevation_deg) < 1e-9


@settings(deadline=None)
@given(st.floats(0.1, 80.0))
def test_signs_of_turns_are_a_pilots(angle_deg):
    level = {"sensor_elevation_deg": 0.0}
    nose_up = ned_of(poses(level_frames(1, platform_pitch_deg=angle_deg, **level)))
    assert nose_up[2, 0] < 0.0
    right_wing_down = ned_of(poses(level_frames(1, platform_roll_deg=angle_deg, **level)))
    assert right_wing_down[2, 1] > 0.0
    to_the_right = ned_of(poses(level_frames(1, sensor_azimuth_deg=angle_deg, **level)))
    assert to_the_right[1, 0] > 0.0
    lifted = ned_of(poses(level_frames(1, sensor_elevation_deg=angle_deg)))
    assert lifted[2, 0] < 0.0


def test_a_place_to_the_north_is_above_the_middle_of_a_picture_that_looks_down_flying_north():
    camera = poses(level_frames(1, sensor_elevation_deg=-90.0))
    north = project(camera, np.array([-106.95]), np.array([24.951]), np.array([0.0]), *SIZE_PX)
    east = project(camera, np.array([-106.949]), np.array([24.95]), np.array([0.0]), *SIZE_PX)
    assert north[1][0] < 359.5
    assert abs(north[0][0] - 639.5) < 0.01
    assert east[0][0] > 639.5
    assert abs(east[1][0] - 359.5) < 0.01
    straight_down = ecef_from_geodetic(-106.95, 24.95, 0.0) - camera.origin_ecef_m[0]
    np.testing.assert_allclose(
        straight_down / np.linalg.norm(straight_down), camera.rotation_ecef_from_camera[0, :, 0], atol=1e-9
    )
