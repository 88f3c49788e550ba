"""Pictures of a wood: where things are in them, that they repeat byte for byte, light, shade and warmth."""

from dataclasses import replace

import numpy as np
import pytest
from pyproj import Transformer
from scipy.interpolate import RegularGridInterpolator
from scipy.spatial.transform import Rotation

from atalaya.errors import InputError
from atalaya.simulation.camera import Camera, Poses, view_of
from atalaya.simulation.canopy_cast import cast_rays
from atalaya.simulation.local_frame import LocalFrame
from atalaya.simulation.picture3d import Temperatures, render_eo, render_ir, stage_of, sunlight
from atalaya.simulation.ray_meets import GROUND
from atalaya.simulation.solids import Material, Solids
from atalaya.simulation.sunlight import Light
from wooded_scene import Wood, boxes, hfov_deg, looking, wood

NOON = Light(sun_azimuth_deg=150.0, sun_elevation_deg=60.0)
SMALL = Camera(width_px=320, height_px=180, hfov_deg=hfov_deg(320, 0.2, 900.0))
FRAME = LocalFrame(lon_deg=-107.2, lat_deg=24.95, hae_m=600.0)
GEOCENTRIC = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)


@pytest.fixture(scope="module")
def scene() -> Wood:
    return wood(seed=2, size_m=100.0)


@pytest.fixture(scope="module")
def stage(scene):
    return stage_of(scene)


def no_solids() -> Solids:
    return boxes(np.empty(0), np.empty(0), np.empty(0), size_m=(1.0, 1.0, 1.0))


def geocentric(lon_deg, lat_deg, hae_m) -> np.ndarray:
    return np.stack(GEOCENTRIC.transform(lon_deg, lat_deg, hae_m), axis=-1)


def axes_at(lon_deg: float, lat_deg: float) -> np.ndarray:
    """Rows north, east, down, by differences of geocentric places."""
    step_deg = 1e-4
    east = geocentric(lon_deg + step_deg, lat_deg, 0.0) - geocentric(lon_deg - step_deg, lat_deg, 0.0)
    up = geocentric(lon_deg, lat_deg, 50.0) - geocentric(lon_deg, lat_deg, -50.0)
    east, up = east / np.linalg.norm(east), up / np.linalg.norm(up)
    return np.stack([np.cross(up, east), east, -up])


def second_projection(poses: Poses, camera: Camera, places_m: np.ndarray) -> np.ndarray:
    """(N, 2) pixels of (N, 3) geocentric places, with pyproj and numpy alone."""
    lon, lat, hae = (float(column[0]) for column in (poses.lon_deg, poses.lat_deg, poses.hae_m))
    ned = (places_m - geocentric(lon, lat, hae)) @ axes_at(lon, lat).T
    platform = [poses.platform_heading_deg[0], poses.platform_pitch_deg[0], poses.platform_roll_deg[0]]
    sensor = [poses.sensor_azimuth_deg[0], poses.sensor_elevation_deg[0], poses.sensor_roll_deg[0]]
    turned = Rotation.from_euler("ZYX", platform, degrees=True) * Rotation.from_euler(
        "ZYX", sensor, degrees=True
    )
    forward, right, down = turned.inv().apply(ned).T
    focal_px = camera.width_px / 2.0 / np.tan(np.radians(camera.hfov_deg) / 2.0)
    middle = np.array([(camera.width_px - 1) / 2.0, (camera.height_px - 1) / 2.0])
    return middle + focal_px * np.stack([right, down], axis=1) / forward[:, None]


def one_pose(azimuth_deg: float, off_nadir_deg: float, slant_m: float) -> Poses:
    """A banked aircraft whose sensor looks near the frame's middle."""
    off, way = np.radians(off_nadir_deg), np.radians(azimuth_deg)
    place_m = slant_m * np.array([-np.sin(off) * np.sin(way), -np.sin(off) * np.cos(way), np.cos(off)])
    lon, lat, hae = FRAME.to_geodetic(place_m[None])
    north, east, down = FRAME.from_ned_at(float(lon[0]), float(lat[0])).T @ -place_m
    heading = azimuth_deg + 71.0
    platform = Rotation.from_euler("ZYX", [heading, 3.0, -14.0], degrees=True)
    aim = Rotation.from_euler(
        "ZYX",
        [np.degrees(np.arctan2(east, north)), -np.degrees(np.arctan2(down, np.hypot(north, east))), 2.0],
        degrees=True,
    )
    sensor = (platform.inv() * aim).as_euler("ZYX", degrees=True)
    columns = [lon[0], lat[0], hae[0], heading % 360.0, 3.0, -14.0, *sensor]
    return Poses(**{name: np.array([value]) for name, value in zip(Poses.__slots__, columns, strict=True)})


@pytest.mark.parametrize(
    ("azimuth_deg", "off_nadir_deg", "gsd_m"),
    [(20.0, 0.5, 0.1), (140.0, 35.0, 0.16), (265.0, 50.0, 0.16), (310.0, 60.0, 0.12)],
)
def test_marks_on_the_ground_are_seen_where_an_independent_projection_says(azimuth_deg, off_nadir_deg, gsd_m):
    """To 0.05 m on the ground: places in geodetic degrees, pyproj and numpy there, the renderer here."""
    bare = wood(seed=6, size_m=100.0, density=0.0)
    step_deg = 1e-4
    lons = FRAME.lon_deg + np.arange(-1.6, 1.7, 0.8) * step_deg
    lats = FRAME.lat_deg + np.arange(-1.2, 1.3, 0.8) * step_deg
    lon, lat = (part.ravel() for part in np.meshgrid(lons, lats))
    axis_m = bare.surface.west_m + 4.0 * np.arange(len(bare.surface.up_m))
    height = RegularGridInterpolator((axis_m, axis_m), bare.surface.up_m)
    origin_m = geocentric(FRAME.lon_deg, FRAME.lat_deg, FRAME.hae_m)
    axes = axes_at(FRAME.lon_deg, FRAME.lat_deg)
    place_m = geocentric(lon, lat, np.full_like(lon, FRAME.hae_m))
    north, east, _ = ((place_m - origin_m) @ axes.T).T
    up_m = height(np.stack([north, east], axis=1))
    marks = boxes(east, north, up_m + 0.58, size_m=(2.4, 2.4, 0.02), rgb=(255.0, 0.0, 0.0))
    poses = one_pose(azimuth_deg, off_nadir_deg, 1500.0)
    camera = Camera(width_px=640, height_px=400, hfov_deg=hfov_deg(640, gsd_m, 1500.0))
    stage = stage_of(replace(bare, solids=marks))
    seen = render_eo(stage, camera, view_of(poses, 0, FRAME), sunlight(stage, replace(NOON, sky_share=1.0)))
    red = np.clip(seen[..., 0].astype(float) - seen[..., 1] - 30.0, 0.0, None)
    tops_m = origin_m + np.stack([north, east, -(up_m + 0.6)], axis=1) @ axes
    expected = second_projection(poses, camera, tops_m)
    half = round(2.2 / gsd_m)
    away_m = []
    for x_px, y_px in expected:
        rows = slice(round(y_px) - half, round(y_px) + half + 1)
        cols = slice(round(x_px) - half, round(x_px) + half + 1)
        if min(rows.start, cols.start) < 0 or rows.stop > 400 or cols.stop > 640:
            continue
        part = red[rows, cols]
        row, col = np.indices(part.shape)
        found = np.array([(part * col).sum() + 0.0, (part * row).sum()]) / part.sum() + (
            cols.start,
            rows.start,
        )
        across = np.array([gsd_m, gsd_m / max(np.cos(np.radians(off_nadir_deg)), 0.2)])
        away_m.append((found - (x_px, y_px)) * across)
    assert len(away_m) >= 6
    assert np.linalg.norm(np.mean(away_m, axis=0)) < 0.02
    assert np.sqrt(np.square(away_m).sum(axis=1).mean()) < 0.05


@pytest.mark.parametrize(("azimuth_deg", "off_nadir_deg"), [(20.0, 0.5), (140.0, 35.0), (265.0, 60.0)])
def test_every_pixel_shows_the_ground_that_an_independent_projection_puts_there(azimuth_deg, off_nadir_deg):
    bare = wood(seed=6, size_m=100.0, density=0.0)
    camera = Camera(width_px=96, height_px=54, hfov_deg=hfov_deg(96, 0.6, 1500.0))
    poses = one_pose(azimuth_deg, off_nadir_deg, 1500.0)
    view = view_of(poses, 0, FRAME)
    row, col = (part.ravel() for part in np.indices((54, 96)))
    rays = camera.directions(col.astype(float), row.astype(float)) @ view.axes.T
    rays /= np.linalg.norm(rays, axis=1, keepdims=True)
    distance_m, what, which = np.empty(row.size), np.empty(row.size, np.uint8), np.empty(row.size, np.int32)
    skipped = np.full(row.size, -2)
    origins_m = np.tile(view.origin_m, (row.size, 1))
    cast_rays(stage_of(bare).arrays, origins_m, rays, skipped, distance_m, what, which)
    ground_m = (view.origin_m + distance_m[:, None] * rays)[what == GROUND]
    axes = axes_at(FRAME.lon_deg, FRAME.lat_deg)
    north_east_down = ground_m[:, [1, 0, 2]] * (1.0, 1.0, -1.0)
    places_m = geocentric(FRAME.lon_deg, FRAME.lat_deg, FRAME.hae_m) + north_east_down @ axes
    found = second_projection(poses, camera, places_m)
    away_px = np.linalg.norm(found - np.stack([col, row], axis=1)[what == GROUND], axis=1)
    assert len(ground_m) > 4000
    assert away_px.max() * 0.6 < 0.002  # metres across the look


def test_the_same_world_and_view_give_the_same_bytes_whatever_was_rendered_before(scene, stage):
    view, other = looking(30.0, 45.0, 900.0), looking(200.0, 40.0, 900.0, (20.0, -15.0, 0.0))
    light = sunlight(stage, NOON)
    render_eo(stage, SMALL, other, light)
    first = render_eo(stage, SMALL, view, light)
    fresh = stage_of(scene)
    assert render_eo(fresh, SMALL, view, sunlight(fresh, NOON)).tobytes() == first.tobytes()
    assert render_eo(stage, SMALL, other, light).tobytes() != first.tobytes()


def test_a_picture_of_the_sky_is_refused(stage):
    with pytest.raises(InputError, match="sky"):
        render_eo(stage, SMALL, looking(0.0, 89.9, 900.0), sunlight(stage, NOON))


def test_shade_is_darker_and_falls_away_from_the_sun():
    bare = wood(seed=2, size_m=100.0, density=0.0)
    bare.surface.up_m[:] = 0.0
    wall = boxes(np.zeros(1), np.zeros(1), np.zeros(1), size_m=(10.0, 10.0, 6.0), rgb=(250.0, 250.0, 250.0))
    stage = stage_of(replace(bare, solids=wall))
    camera = Camera(width_px=200, height_px=200, hfov_deg=hfov_deg(200, 0.2, 900.0))
    light = sunlight(stage, Light(sun_azimuth_deg=90.0, sun_elevation_deg=45.0))
    seen = render_eo(stage, camera, looking(0.0, 0.001, 900.0), light).astype(float).mean(axis=2)
    metre = 5  # pixels
    west = seen[90:110, 100 - 10 * metre : 100 - 6 * metre].mean()
    east = seen[90:110, 100 + 6 * metre : 100 + 10 * metre].mean()
    far_west = seen[90:110, 100 - 17 * metre : 100 - 13 * metre].mean()
    assert west < 0.65 * east
    assert far_west == pytest.approx(east, rel=0.05)


def test_a_vehicle_is_in_the_picture_only_while_it_is_there(stage):
    camera = Camera(width_px=240, height_px=240, hfov_deg=hfov_deg(240, 0.1, 900.0))
    view, light = looking(0.0, 20.0, 900.0, (0.0, 0.0, 20.0)), sunlight(stage, NOON)
    lorry = boxes(
        np.zeros(1),
        np.zeros(1),
        np.array([19.0]),
        size_m=(8.0, 2.5, 3.0),
        rgb=(250.0, 20.0, 20.0),
        excess_k=30.0,
    )
    empty, full = render_eo(stage, camera, view, light), render_eo(stage, camera, view, light, lorry)
    changed = np.abs(full.astype(int) - empty).max(axis=2) > 60
    assert 0.5 < changed[80:160, 80:160].sum() / (8.0 * 2.5 / 0.01) < 2.5
    assert not changed[:30].any()


def temperatures(**changes: float) -> Temperatures:
    open_k, covered_k = np.full(len(Material), 310.0), np.full(len(Material), 295.0)
    open_k[Material.LEAVES], covered_k[Material.LEAVES] = 299.0, 296.0
    return Temperatures(open_k=open_k, covered_k=covered_k)


def test_warm_solids_stand_out_in_the_infrared_and_shade_cools():
    bare = wood(seed=2, size_m=100.0, density=0.3)
    hot = boxes(np.zeros(1), np.zeros(1), np.array([20.0]), size_m=(4.0, 4.0, 1.0), excess_k=25.0)
    stage = stage_of(replace(bare, solids=hot))
    kelvin = render_ir(
        stage, SMALL, looking(0.0, 30.0, 900.0, (0.0, 0.0, 20.5)), sunlight(stage, NOON), temperatures()
    )
    middle = kelvin[80:100, 150:170]
    assert np.median(middle) > 325.0
    ground = kelvin[:60]
    assert np.isfinite(kelvin).all()
    assert 294.0 < np.quantile(ground, 0.02) < 299.0
    assert 305.0 < np.quantile(ground, 0.98) < 316.0


def test_by_night_nothing_casts_a_shadow(stage):
    night = sunlight(stage, Light(sun_azimuth_deg=0.0, sun_elevation_deg=-30.0))
    kelvin = render_ir(stage, SMALL, looking(0.0, 30.0, 900.0), night, temperatures())
    assert np.isfinite(kelvin).all()
    assert (night.beams.slots < 0).all()


def test_temperatures_that_are_not_kelvin_are_refused():
    with pytest.raises(InputError, match="kelvin"):
        Temperatures(open_k=np.full(len(Material), np.nan), covered_k=np.full(len(Material), 290.0))
    with pytest.raises(InputError, match="kelvin"):
        Temperatures(open_k=np.full(3, 290.0), covered_k=np.full(3, 290.0))


def test_a_light_that_is_none_is_refused():
    with pytest.raises(InputError, match="sun"):
        Light(sun_azimuth_deg=float("nan"), sun_elevation_deg=30.0)
    with pytest.raises(InputError, match="sky"):
        Light(sun_azimuth_deg=0.0, sun_elevation_deg=30.0, sky_share=1.5)


def test_materials_that_do_not_fit_the_texture_are_refused(scene):
    with pytest.raises(InputError, match="do not fit"):
        stage_of(replace(scene, ground_material=np.zeros((3, 3), dtype=np.uint8)))
