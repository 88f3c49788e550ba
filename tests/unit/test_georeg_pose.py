"""Where the camera is and looks: compass cases by hand, a second derivation, and heights never mixed."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from atalaya.errors import InputError
from atalaya.geo.ellipsoid import geodetic_from_ecef, rotation_ecef_from_enu
from atalaya.geo.geoid import GeoidGrid
from atalaya.georeg.pose import HeightReference, poses
from atalaya.model.frame import FrameTable
from terrain_scenes import level_frames

ANGLE = st.floats(-180.0, 180.0)
NAN = math.nan


def enu_axes(frames: FrameTable) -> np.ndarray:
    """Forward, right, down of the first camera, as rows, in east, north, up."""
    camera = poses(frames)
    local = rotation_ecef_from_enu(camera.lon_deg[0], camera.lat_deg[0])
    return np.asarray((local.T @ camera.rotation_ecef_from_camera[0]).T)


def flat_geoid(undulation_m: float, north_deg: float = 26.0) -> GeoidGrid:
    return GeoidGrid(
        name="flat",
        undulation_m=np.full((3, 3), undulation_m),
        west_deg=-108.0,
        north_deg=north_deg,
        step_lon_deg=1.0,
        step_lat_deg=1.0,
    )


@pytest.mark.parametrize(
    ("columns", "forward", "right"),
    [
        ({"sensor_elevation_deg": 0.0}, (0, 1, 0), (1, 0, 0)),
        ({"sensor_elevation_deg": 0.0, "platform_heading_deg": 90.0}, (1, 0, 0), (0, -1, 0)),
        ({"sensor_elevation_deg": 0.0, "sensor_azimuth_deg": 90.0}, (1, 0, 0), (0, -1, 0)),
        ({"sensor_elevation_deg": -90.0}, (0, 0, -1), (1, 0, 0)),
        ({"sensor_elevation_deg": 0.0, "platform_pitch_deg": 90.0}, (0, 0, 1), (1, 0, 0)),
        ({"sensor_elevation_deg": 0.0, "platform_roll_deg": 90.0}, (0, 1, 0), (0, 0, -1)),
        ({"sensor_elevation_deg": 0.0, "sensor_roll_deg": 90.0}, (0, 1, 0), (0, 0, -1)),
        (
            {"sensor_elevation_deg": 0.0, "sensor_azimuth_deg": 90.0, "platform_roll_deg": 90.0},
            (0, 0, -1),
            (0, -1, 0),
        ),
    ],
)
def test_the_camera_looks_where_a_pilot_would_say(columns, forward, right):
    axes = enu_axes(level_frames(1, **columns))
    np.testing.assert_allclose(axes[0], forward, atol=1e-12)
    np.testing.assert_allclose(axes[1], right, atol=1e-12)
    np.testing.assert_allclose(np.cross(axes[0], axes[1]), axes[2], atol=1e-12)


@given(ANGLE, ANGLE, ANGLE, ANGLE, ANGLE, ANGLE)
def test_a_second_derivation_of_the_six_angles_agrees(heading, pitch, roll, azimuth, elevation, turn):
    frames = level_frames(
        1,
        platform_heading_deg=heading,
        platform_pitch_deg=pitch,
        platform_roll_deg=roll,
        sensor_azimuth_deg=azimuth,
        sensor_elevation_deg=elevation,
        sensor_roll_deg=turn,
    )
    platform = Rotation.from_euler("ZYX", [heading, pitch, roll], degrees=True)
    sensor = Rotation.from_euler("ZYX", [azimuth, elevation, turn], degrees=True)
    north_east_down = (platform * sensor).as_matrix()
    expected = np.stack([north_east_down[1], north_east_down[0], -north_east_down[2]])
    np.testing.assert_allclose(enu_axes(frames).T, expected, atol=1e-9)


def test_the_origin_is_the_sensor():
    camera = poses(level_frames(1))
    found = geodetic_from_ecef(camera.origin_ecef_m[0])
    np.testing.assert_allclose(found, (-106.95, 24.95, 3000.0), atol=1e-6)
    assert camera.height_reference.tolist() == ["hae"]


def test_a_row_that_is_not_usable_is_unknown_and_harms_no_other():
    frames = level_frames(3, platform_pitch_deg=[0.0, NAN, 0.0])
    camera = poses(frames)
    assert camera.known.tolist() == [True, False, True]
    for column in (camera.origin_ecef_m, camera.rotation_ecef_from_camera, camera.hfov_rad, camera.hae_m):
        assert np.isnan(column[1]).any()
        assert not np.isnan(column[[0, 2]]).any()
    assert camera.height_reference[1] == "unknown"


def test_msl_needs_a_geoid_and_hae_is_preferred():
    frames = level_frames(3, sensor_hae_m=[NAN, 3000.0, NAN], sensor_msl_m=[3030.0, 3030.0, NAN])
    with_geoid = poses(frames, flat_geoid(-25.0))
    assert with_geoid.height_reference.tolist() == ["msl-plus-geoid", "hae", "unknown"]
    np.testing.assert_allclose(with_geoid.hae_m, [3005.0, 3000.0, NAN])
    without = poses(frames)
    assert without.height_reference.tolist() == ["unknown", "hae", "unknown"]
    assert np.isnan(without.hae_m[0])


def test_msl_as_it_is_must_be_asked_for_and_never_meets_hae():
    frames = level_frames(2, sensor_hae_m=[3000.0, 3000.0], sensor_msl_m=[3030.0, NAN])
    camera = poses(frames, heights=HeightReference.MSL_AS_HAE)
    assert camera.height_reference.tolist() == ["msl-as-hae", "unknown"]
    np.testing.assert_allclose(camera.hae_m, [3030.0, NAN])
    with pytest.raises(InputError, match="hae or msl-as-hae"):
        poses(frames, heights=HeightReference.MSL_PLUS_GEOID)


def test_one_place_that_the_geoid_does_not_reach_costs_its_own_row_only():
    frames = level_frames(
        3,
        sensor_hae_m=NAN,
        sensor_msl_m=3000.0,
        sensor_lon_deg=[-106.95, 0.0, -106.95],
        sensor_lat_deg=[24.95, 0.0, 24.95],
    )
    np.testing.assert_allclose(poses(frames, flat_geoid(-25.0)).hae_m, [2975.0, NAN, 2975.0])


def test_a_sensor_that_the_geoid_does_not_reach_has_no_height_and_no_pose():
    frames = level_frames(1, sensor_hae_m=NAN, sensor_msl_m=3000.0)
    camera = poses(frames, flat_geoid(-25.0, north_deg=10.0))
    assert camera.height_reference.tolist() == ["unknown"]
    assert not camera.known.any()


def test_an_unknown_roll_leaves_the_axis_and_takes_the_picture():
    camera = poses(level_frames(1, sensor_roll_deg=NAN))
    assert not np.isnan(camera.rotation_ecef_from_camera[0, :, 0]).any()
    assert np.isnan(camera.rotation_ecef_from_camera[0, :, 1:]).all()
    declared = poses(level_frames(1, sensor_roll_deg=NAN), absent_sensor_roll_deg=0.0)
    np.testing.assert_array_equal(
        declared.rotation_ecef_from_camera, poses(level_frames(1)).rotation_ecef_from_camera
    )
