"""The pictures of a scene against a second projection, written here with pyproj and numpy alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer
from scipy.interpolate import RegularGridInterpolator
from scipy.spatial.transform import Rotation

from atalaya.errors import InputError
from atalaya.simulation.camera import Camera, View, angles_of, turn, view_of
from atalaya.simulation.flight import HFOV_DEG, Flight, fly
from atalaya.simulation.landform import Landform, Surface, TerrainArrays, make_landform
from atalaya.simulation.layout import make_layout
from atalaya.simulation.local_frame import LocalFrame
from atalaya.simulation.pose_errors import NO_NOISE, PoseNoise
from atalaya.simulation.render import look
from atalaya.simulation.world import World

START = datetime(2026, 11, 22, 16, tzinfo=UTC)
CAMERA = Camera(width_px=960, height_px=540, hfov_deg=HFOV_DEG)
TEXTURE_STEP_M = 0.35
TEXTURE_PX = 3000
GEOCENTRIC = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)


def bare_world(seed: int = 5) -> World:
    """A real landform under a black texture."""
    rng = np.random.default_rng(seed)
    land = make_landform(rng, lon_deg=-107.2, lat_deg=24.95, half_size_m=1250.0)
    return world_of(land, rng)


def world_of(land: Landform, rng: np.random.Generator) -> World:
    return World(
        frame=land.frame,
        terrain=land.terrain,
        surface=land.surface,
        layout=make_layout(rng, land),
        texture=np.zeros((TEXTURE_PX, TEXTURE_PX, 3), dtype=np.uint8),
        texture_step_m=TEXTURE_STEP_M,
        sites=(),
        decoys=(),
    )


@pytest.fixture(scope="module")
def world() -> World:
    return bare_world()


@pytest.fixture(scope="module")
def flight(world: World) -> Flight:
    rng = np.random.default_rng(1)
    return fly(rng, world, CAMERA, start=START, duration_s=54.0, fps=0.5, noise=PoseNoise())


def geocentric(lon_deg: float, lat_deg: float, hae_m: float) -> np.ndarray:
    return np.array(GEOCENTRIC.transform(lon_deg, lat_deg, hae_m))


def enu_axes(lon_deg: float, lat_deg: float) -> np.ndarray:
    """Rows east, north, up, by differences of geocentric places and not by the usual formula."""
    step_deg = 1e-4
    east = geocentric(lon_deg + step_deg, lat_deg, 0.0) - geocentric(lon_deg - step_deg, lat_deg, 0.0)
    up = geocentric(lon_deg, lat_deg, 50.0) - geocentric(lon_deg, lat_deg, -50.0)
    east, up = east / np.linalg.norm(east), up / np.linalg.norm(up)
    return np.stack([east, np.cross(up, east), up])


def second_projection(flight: Flight, row: int, lon_deg: float, lat_deg: float, hae_m: float) -> np.ndarray:
    """x, y pixels of a place, from the true pose."""
    pose = flight.true.take(slice(row, row + 1))
    sensor_lon, sensor_lat = float(pose.lon_deg[0]), float(pose.lat_deg[0])
    sensor = geocentric(sensor_lon, sensor_lat, float(pose.hae_m[0]))
    east, north, up = enu_axes(sensor_lon, sensor_lat)
    ned = np.stack([north, east, -up]) @ (geocentric(lon_deg, lat_deg, hae_m) - sensor)
    platform = Rotation.from_euler(
        "ZYX",
        [pose.platform_heading_deg[0], pose.platform_pitch_deg[0], pose.platform_roll_deg[0]],
        degrees=True,
    )
    sensor_turn = Rotation.from_euler(
        "ZYX",
        [pose.sensor_azimuth_deg[0], pose.sensor_elevation_deg[0], pose.sensor_roll_deg[0]],
        degrees=True,
    )
    forward, right, down = (platform * sensor_turn).inv().apply(ned)
    focal_px = 480.0 / np.tan(np.radians(HFOV_DEG / 2.0))
    return np.array([479.5 + focal_px * right / forward, 269.5 + focal_px * down / forward])


def ground_hae(terrain: TerrainArrays, lon_deg: float, lat_deg: float) -> float:
    heights = RegularGridInterpolator((terrain.lat_deg, terrain.lon_deg), terrain.hae_m)
    return float(heights([[lat_deg, lon_deg]])[0])


def with_disc(world: World, lon_deg: float, lat_deg: float, hae_m: float, radius_m: float) -> World:
    """The world with one white disc on black ground, placed by geocentric metres worked out here."""
    frame = world.frame
    centre = geocentric(frame.lon_deg, frame.lat_deg, frame.hae_m)
    east_m, north_m, _ = enu_axes(frame.lon_deg, frame.lat_deg) @ (
        geocentric(lon_deg, lat_deg, hae_m) - centre
    )
    half = TEXTURE_PX / 2.0
    centre_px = np.array([half - 0.5 + east_m / TEXTURE_STEP_M, half - 0.5 - north_m / TEXTURE_STEP_M])
    texture = np.zeros_like(world.texture)
    where = tuple(int(value) for value in np.round(centre_px * 256))
    cv2.circle(texture, where, round(radius_m / TEXTURE_STEP_M * 256), (255, 255, 255), -1, cv2.LINE_AA, 8)
    return replace(world, texture=texture)


@pytest.mark.parametrize("row", range(0, 27, 3))
def test_a_disc_is_seen_where_a_second_projection_says(world, flight, row):
    aim_m = flight.target_m[row] + (31.0, -17.0, 0.0)
    lon, lat, _ = (float(part[0]) for part in world.frame.to_geodetic(aim_m[None]))
    hae_m = ground_hae(world.terrain, lon, lat)
    seen = look(with_disc(world, lon, lat, hae_m, 4.0), CAMERA, view_of(flight.true, row, world.frame))
    brightness = seen[:, :, 0].astype(float)
    rows, cols = np.indices(brightness.shape)
    centroid = np.array([(cols * brightness).sum(), (rows * brightness).sum()]) / brightness.sum()
    offset = centroid - second_projection(flight, row, lon, lat, hae_m)
    assert np.hypot(*offset) < 0.4


def test_the_scene_projects_as_the_second_projection_to_a_hundredth_of_a_pixel(world, flight):
    for row in range(0, 27, 4):
        point_m = flight.target_m[row] + (40.0, 25.0, 3.0)
        lon, lat, hae = (float(part[0]) for part in world.frame.to_geodetic(point_m[None]))
        own = view_of(flight.true, row, world.frame).project(CAMERA, point_m[None])[0]
        assert own == pytest.approx(second_projection(flight, row, lon, lat, hae), abs=0.01)


def test_the_aim_is_in_the_middle_of_the_picture(world, flight):
    for row in range(len(flight.true)):
        aim = view_of(flight.true, row, world.frame).project(CAMERA, flight.target_m[row][None])[0]
        assert aim == pytest.approx([479.5, 269.5], abs=1e-3)


def test_local_metres_agree_with_geocentric_differences():
    frame = LocalFrame(lon_deg=-107.2, lat_deg=24.95, hae_m=500.0)
    place = (-107.19, 24.96, 640.0)
    centre = geocentric(-107.2, 24.95, 500.0)
    expected = enu_axes(-107.2, 24.95) @ (geocentric(*place) - centre)
    found = frame.to_enu(*(np.array([value]) for value in place))[0]
    assert found == pytest.approx(expected, abs=1e-5)
    back = frame.to_geodetic(found[None])
    assert [float(part[0]) for part in back] == pytest.approx(place, abs=1e-9)


def test_the_surface_in_metres_is_the_terrain_in_degrees(world):
    rng = np.random.default_rng(3)
    points_m = world.on_ground(rng.uniform(-700.0, 700.0, (400, 2)))
    lon, lat, hae = world.frame.to_geodetic(points_m)
    heights = RegularGridInterpolator((world.terrain.lat_deg, world.terrain.lon_deg), world.terrain.hae_m)
    assert np.abs(heights(np.stack([lat, lon], axis=1)) - hae).max() < 0.25
    assert world.terrain.height_at(lon, lat) == pytest.approx(hae, abs=0.25)


def test_a_ray_meets_a_tilted_plane_where_geometry_says():
    east_m = np.arange(-200.0, 201.0, 4.0)
    surface = Surface(west_m=-200.0, south_m=-200.0, step_m=4.0, up_m=np.tile(0.2 * east_m, (101, 1)))
    hit = surface.cast(np.array([-100.0, 0.0, 180.0]), np.array([[1.0, 0.0, -1.0], [0.0, 0.0, 1.0]]))
    # 180 - s = 0.2 (s - 100) at s = 200 / 1.2 forward
    assert hit[0] == pytest.approx([200.0 / 1.2 - 100.0, 0.0, 180.0 - 200.0 / 1.2], abs=0.02)
    assert np.isnan(hit[1]).all()


def test_rays_end_on_the_surface(world, flight):
    view = view_of(flight.true, 10, world.frame)
    rays = CAMERA.directions(np.linspace(0.0, 959.0, 300), np.linspace(0.0, 539.0, 300)) @ view.axes.T
    hit = world.surface.cast(view.origin_m, rays)
    assert np.abs(hit[:, 2] - world.surface.up_at(hit[:, 0], hit[:, 1])).max() < 0.02
    assert view.project(CAMERA, hit)[:, 0] == pytest.approx(np.linspace(0.0, 959.0, 300), abs=1e-6)


@settings(deadline=None)
@given(yaw=st.floats(-179.0, 179.0), pitch=st.floats(-85.0, 85.0), roll=st.floats(-179.0, 179.0))
def test_angles_come_back_from_their_rotation(yaw, pitch, roll):
    assert angles_of(turn(yaw, pitch, roll)) == pytest.approx((yaw, pitch, roll), abs=1e-9)


@settings(deadline=None)
@given(st.floats(-180.0, 180.0), st.floats(-85.0, 85.0), st.floats(-180.0, 180.0))
def test_a_turn_is_the_intrinsic_zyx_rotation(yaw, pitch, roll):
    expected = Rotation.from_euler("ZYX", [yaw, pitch, roll], degrees=True).as_matrix()
    assert turn(yaw, pitch, roll) == pytest.approx(expected, abs=1e-12)


def test_without_noise_the_reported_pose_is_the_true_one(world):
    flight = fly(
        np.random.default_rng(2), world, CAMERA, start=START, duration_s=6.0, fps=2.0, noise=NO_NOISE
    )
    said, true = flight.reported, flight.true
    for name in ("platform_heading_deg", "platform_pitch_deg", "platform_roll_deg"):
        assert np.array_equal(getattr(said, name), getattr(true, name))
    for name in ("sensor_azimuth_deg", "sensor_elevation_deg", "sensor_roll_deg"):
        assert np.array_equal(getattr(said, name), getattr(true, name))
    assert np.array_equal(said.sensor_lon_deg, true.lon_deg)
    assert np.array_equal(said.sensor_lat_deg, true.lat_deg)
    assert np.array_equal(said.sensor_hae_m, true.hae_m)
    centre_m = world.frame.to_enu(said.centre_lon_deg, said.centre_lat_deg, said.centre_hae_m)
    assert np.linalg.norm(centre_m - flight.target_m, axis=1).max() < 0.1


def test_the_report_is_whole_usable_and_on_time(flight):
    said = flight.reported
    assert said.usable.all()
    assert said.time_us[0] == round(START.timestamp() * 1e6)
    assert np.diff(said.time_us).tolist() == [2_000_000] * (len(said) - 1)
    assert said.pts_s.tolist() == [2.0 * row for row in range(len(said))]
    assert said.sensor_msl_m - said.sensor_hae_m == pytest.approx(27.7)
    assert said.centre_msl_m - said.centre_hae_m == pytest.approx(27.7)
    assert said.vfov_deg == pytest.approx(
        np.degrees(2 * np.arctan(np.tan(np.radians(HFOV_DEG / 2)) * 540 / 960))
    )
    missing = [name for name, column in said.columns().items() if np.isnan(column.astype(float)).any()]
    assert missing == []


def test_reported_errors_have_the_stated_size_and_drift_slowly(world):
    errors = []
    for seed in range(30):
        flight = fly(
            np.random.default_rng(seed),
            world,
            CAMERA,
            start=START,
            duration_s=10.0,
            fps=1.0,
            noise=PoseNoise(),
        )
        errors.append(flight.reported.platform_pitch_deg - flight.true.platform_pitch_deg)
    table = np.array(errors)
    assert table.std() == pytest.approx(0.05, rel=0.35)
    assert np.diff(table, axis=1).std() < 0.5 * table.std()


def test_the_aircraft_flies_as_such_an_aircraft_can(world):
    flight = fly(
        np.random.default_rng(4), world, CAMERA, start=START, duration_s=54.0, fps=8.0, noise=NO_NOISE
    )
    place_m = world.frame.to_enu(flight.true.lon_deg, flight.true.lat_deg, flight.true.hae_m)
    speed_mps = np.linalg.norm(np.diff(place_m, axis=0), axis=1) * 8.0
    assert speed_mps.min() > 90.0
    assert speed_mps.max() < 110.0
    assert np.abs(flight.true.platform_roll_deg).max() < 35.0
    look_m = flight.target_m - place_m
    depression_deg = np.degrees(np.arctan2(-look_m[:, 2], np.hypot(look_m[:, 0], look_m[:, 1])))
    assert depression_deg.min() > 37.0
    assert depression_deg.max() < 57.0
    assert flight.reported.slant_range_m.min() > 1800.0
    assert flight.reported.slant_range_m.max() < 2500.0
    gsd_m = flight.reported.target_width_m / CAMERA.width_px
    assert gsd_m.min() > 0.3
    assert gsd_m.max() < 0.42


@pytest.mark.parametrize(("duration_s", "fps"), [(0.0, 8.0), (10.0, 0.0), (-1.0, 8.0)])
def test_a_clip_without_frames_is_refused(world, duration_s, fps):
    with pytest.raises(InputError, match="no clip"):
        fly(
            np.random.default_rng(0),
            world,
            CAMERA,
            start=START,
            duration_s=duration_s,
            fps=fps,
            noise=NO_NOISE,
        )


def test_a_naive_start_is_refused(world):
    naive = START.replace(tzinfo=None) + timedelta(0)
    with pytest.raises(InputError, match="time zone"):
        fly(np.random.default_rng(0), world, CAMERA, start=naive, duration_s=1.0, fps=1.0, noise=NO_NOISE)


@pytest.mark.parametrize("bad", [{"up_m": -1.0}, {"correlation_s": 0.0}, {"pitch_deg": float("nan")}])
def test_impossible_pose_errors_are_refused(bad):
    with pytest.raises(InputError, match="pose errors"):
        PoseNoise(**bad)


@settings(max_examples=20, deadline=None)
@given(st.floats(allow_nan=True, allow_infinity=True).filter(lambda angle: not 0.0 < angle < 120.0))
def test_an_impossible_camera_is_refused(angle):
    with pytest.raises(InputError, match="no camera"):
        Camera(width_px=960, height_px=540, hfov_deg=angle)


def test_a_picture_of_the_sky_is_refused(world):
    level = View(
        origin_m=np.array([0.0, 0.0, 500.0]),
        axes=np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, -1.0]]),
    )
    with pytest.raises(InputError, match="sky"):
        look(world, CAMERA, level)


def test_an_impossible_origin_is_refused():
    with pytest.raises(InputError, match="no place"):
        LocalFrame(lon_deg=-107.2, lat_deg=91.0, hae_m=0.0)
