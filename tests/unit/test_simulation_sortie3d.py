"""A flown scene: its truth against a projection that shares no code with it, and the same bytes again."""

import math
from dataclasses import replace

import numpy as np
import pytest
from pyproj import Transformer

from atalaya.model.truth import Setting
from atalaya.simulation.scene_spec import Biome, FlightKind, FlightSpec, PoseErrorSpec, SceneSpec, SiteSpec
from atalaya.simulation.sortie3d import (
    Sortie3d,
    flight_table,
    make_sortie3d,
    occlusion_table,
    pose_errors_of,
)
from atalaya.simulation.vehicle_solids import vehicle_solids
from atalaya.simulation.vehicles import Vehicle

SPEC = SceneSpec(
    name="small",
    seed=5,
    biome=Biome.SIERRA,
    size_m=220.0,
    sites=(SiteSpec(setting=Setting.CANOPY_RAVINE, canopy_cover=0.5),),
    flight=FlightSpec(
        kind=FlightKind.ORBIT, duration_s=60.0, fps=0.1, width_px=640, height_px=360, aim_place=0, gsd_m=0.3
    ),
)
CAR = Vehicle(
    route_m=np.array([[-60.0, -60.0], [60.0, 60.0]]),
    start_m=30.0,
    speed_mps=8.0,
    length_m=5.0,
    width_m=2.0,
    height_m=1.8,
    colour=(200, 40, 40),
)


@pytest.fixture(scope="module")
def sortie() -> Sortie3d:
    made = make_sortie3d(SPEC)
    return replace(made, world=replace(made.world, vehicles=(CAR,)))


def pixels_of(sortie: Sortie3d, lon_deg, lat_deg, hae_m, row: int) -> np.ndarray:
    """(N, 2) by pyproj's ECEF and plain rotations written out here."""
    to_ecef = Transformer.from_crs(4979, 4978, always_xy=True)
    true = sortie.true
    here = np.stack(to_ecef.transform(lon_deg, lat_deg, hae_m), axis=-1)
    lon, lat = math.radians(true.lon_deg[row]), math.radians(true.lat_deg[row])
    origin = np.array(to_ecef.transform(true.lon_deg[row], true.lat_deg[row], true.hae_m[row]))
    north = np.array([-math.sin(lat) * math.cos(lon), -math.sin(lat) * math.sin(lon), math.cos(lat)])
    east = np.array([-math.sin(lon), math.cos(lon), 0.0])
    ned = (here - origin) @ np.stack([north, east, -np.cross(east, north)], axis=1)

    def rotated(axis: int, angle_deg: float) -> np.ndarray:
        sine, cosine = math.sin(math.radians(angle_deg)), math.cos(math.radians(angle_deg))
        one, other = [(1, 2), (2, 0), (0, 1)][axis]
        made = np.eye(3)
        made[one, one] = made[other, other] = cosine
        made[one, other], made[other, one] = -sine, sine
        return made

    body = ned
    for axis, angle_deg in (
        (2, true.platform_heading_deg[row]),
        (1, true.platform_pitch_deg[row]),
        (0, true.platform_roll_deg[row]),
        (2, true.sensor_azimuth_deg[row]),
        (1, true.sensor_elevation_deg[row]),
        (0, true.sensor_roll_deg[row]),
    ):
        body = body @ rotated(axis, angle_deg)
    focal_px = 0.5 * sortie.camera.width_px / math.tan(math.radians(sortie.camera.hfov_deg) / 2.0)
    x_px = (sortie.camera.width_px - 1) / 2.0 + focal_px * body[:, 1] / body[:, 0]
    return np.stack([x_px, (sortie.camera.height_px - 1) / 2.0 + focal_px * body[:, 2] / body[:, 0]], axis=1)


def test_objects_fall_into_the_picture_where_an_independent_projection_puts_them(sortie):
    objects = sortie.world.objects
    table = occlusion_table(sortie, np.zeros((len(objects), sortie.frame_count)))
    for row in range(sortie.frame_count):
        rows = table.frame_index == row
        expected = pixels_of(sortie, objects.lon_deg, objects.lat_deg, objects.hae_m + objects.height_m, row)
        off_m = np.hypot(table.x_px[rows] - expected[:, 0], table.y_px[rows] - expected[:, 1]) * 0.3
        assert off_m.max() < 0.02


def test_an_object_out_of_view_is_hidden_by_nothing_known(sortie):
    tight = replace(sortie, camera=replace(sortie.camera, width_px=16, height_px=16, hfov_deg=0.15))
    table = occlusion_table(tight, np.full((len(sortie.world.objects), sortie.frame_count), 0.25))
    assert not table.in_view.all()
    assert np.isnan(table.hidden_share[~table.in_view]).all()
    assert (table.hidden_share[table.in_view] == 0.25).all()


def test_the_flight_table_says_the_gsd_and_the_aim_that_were_asked_for(sortie):
    table = flight_table(sortie)
    assert table.gsd_m == pytest.approx(0.3, rel=0.01)
    places = sortie.world.places
    aim_m = sortie.world.frame.to_enu(table.aim_lon_deg, table.aim_lat_deg, table.aim_hae_m)
    site_m = sortie.world.frame.to_enu(places.lon_deg[:1], places.lat_deg[:1], places.hae_m[:1])
    assert np.abs(aim_m - site_m)[:, :2].max() < 0.01
    assert (np.diff(table.time_us) == 10_000_000).all()


def test_a_vehicle_is_in_the_truth_where_it_drives_and_its_box_is_around_it(sortie):
    table = sortie.vehicles()
    assert len(table) == sortie.frame_count
    boxes_px = sortie.boxes_px(table)
    assert table.in_view.any()
    for row in np.flatnonzero(table.in_view).tolist():
        pixel = pixels_of(
            sortie,
            table.lon_deg[row : row + 1],
            table.lat_deg[row : row + 1],
            table.hae_m[row : row + 1],
            row,
        )[0]
        left, top, right, bottom = boxes_px[row]
        assert left <= pixel[0] <= right
        assert top <= pixel[1] <= bottom
        assert 3.0 < max(right - left, bottom - top) * 0.3 < 8.0
    assert np.isnan(boxes_px[~table.in_view]).all()


def test_the_boxes_of_a_vehicle_reach_as_high_and_far_as_it_does(sortie):
    solids = vehicle_solids((CAR,), 2.0, sortie.world.surface)
    (east_m, north_m), heading_deg, _ = CAR.at(2.0)
    ground_m = sortie.world.surface.up_at(np.array([east_m]), np.array([north_m]))[0]
    assert (solids.base_up_m + solids.height_m).max() - ground_m == pytest.approx(1.8)
    along_m = (solids.east_m - east_m) * math.sin(math.radians(heading_deg)) + (
        solids.north_m - north_m
    ) * math.cos(math.radians(heading_deg))
    assert (along_m + solids.length_m / 2.0).max() == pytest.approx(2.5)
    assert (along_m - solids.length_m / 2.0).min() == pytest.approx(-2.5)
    assert solids.excess_temperature_k.max() > 0.0
    assert len(vehicle_solids((), 0.0, sortie.world.surface)) == 0


def test_the_same_spec_gives_the_same_metadata_and_another_seed_does_not(sortie):
    again, other = make_sortie3d(SPEC), make_sortie3d(replace(SPEC, seed=6))
    for name, column in sortie.reported.columns().items():
        assert column.tobytes() == again.reported.columns()[name].tobytes(), name
    assert other.reported.sensor_hae_m.tobytes() != sortie.reported.sensor_hae_m.tobytes()


def test_without_errors_what_is_reported_is_true(sortie):
    assert np.abs(sortie.reported.sensor_lon_deg - sortie.true.lon_deg).max() < 1e-11
    assert sortie.reported.platform_roll_deg == pytest.approx(sortie.true.platform_roll_deg, abs=1e-9)
    centre_m = sortie.world.frame.to_enu(
        sortie.reported.centre_lon_deg, sortie.reported.centre_lat_deg, sortie.reported.centre_hae_m
    )
    assert np.linalg.norm(centre_m - sortie.path.aim_m, axis=1).max() < 0.1


def test_errors_of_one_number_each_go_where_they_are_meant_to():
    noise, bias = pose_errors_of(PoseErrorSpec(angle_deg=0.1, place_m=5.0, lag_ms=60.0, bias_deg=0.5))
    assert (noise.heading_deg, noise.east_north_m, noise.up_m) == (0.1, 5.0, 5.0)
    assert (bias.attitude_lag_s, bias.heading_bias_deg, bias.boresight_pitch_deg) == (0.06, 0.5, 0.5)
