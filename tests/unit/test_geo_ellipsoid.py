"""Geodetic, ECEF and local frames: published values first, then laws."""

import numpy as np
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atalaya.errors import InputError
from atalaya.geo import ellipsoid

LON = st.floats(-180.0, 180.0)
LAT = st.floats(-90.0, 90.0)
HAE = st.floats(-1000.0, 20_000.0)


def test_axes_of_the_ellipsoid_are_where_wgs84_puts_them():
    corners = ellipsoid.ecef_from_geodetic([0.0, 90.0, 0.0, 0.0], [0.0, 0.0, 90.0, -90.0], 0.0)
    expected = [[6378137.0, 0, 0], [0, 6378137.0, 0], [0, 0, 6356752.314245], [0, 0, -6356752.314245]]
    np.testing.assert_allclose(corners, expected, atol=1e-6)


def test_agrees_with_proj_to_a_tenth_of_a_millimetre():
    rng = np.random.default_rng(1)
    lon, lat, hae = rng.uniform(-180, 180, 500), rng.uniform(-90, 90, 500), rng.uniform(-500, 20_000, 500)
    to_ecef = pyproj.Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
    expected = np.stack(to_ecef.transform(lon, lat, hae), axis=-1)
    np.testing.assert_allclose(ellipsoid.ecef_from_geodetic(lon, lat, hae), expected, atol=1e-4)
    back = to_ecef.transform(
        expected[:, 0], expected[:, 1], expected[:, 2], direction=pyproj.enums.TransformDirection.INVERSE
    )
    np.testing.assert_allclose(ellipsoid.geodetic_from_ecef(expected), back, rtol=0, atol=1e-4)


@given(LON, LAT, HAE)
def test_there_and_back_is_the_same_place(lon_deg, lat_deg, hae_m):
    ecef_m = ellipsoid.ecef_from_geodetic(lon_deg, lat_deg, hae_m)
    back_lon_deg, back_lat_deg, back_hae_m = ellipsoid.geodetic_from_ecef(ecef_m)
    assert abs(back_lat_deg - lat_deg) < 1e-9
    assert abs(back_hae_m - hae_m) < 1e-7
    turn_deg = abs((back_lon_deg - lon_deg + 180.0) % 360.0 - 180.0)
    assert turn_deg * np.cos(np.radians(lat_deg)) < 1e-9
    np.testing.assert_allclose(
        ellipsoid.ecef_from_geodetic(back_lon_deg, back_lat_deg, back_hae_m), ecef_m, atol=1e-7
    )


@given(LON, LAT)
def test_local_axes_are_a_right_handed_frame_with_up_along_the_height(lon_deg, lat_deg):
    axes = ellipsoid.rotation_ecef_from_enu(lon_deg, lat_deg)
    np.testing.assert_allclose(axes.T @ axes, np.eye(3), atol=1e-12)
    assert np.linalg.det(axes) == pytest.approx(1.0)
    rise_m = ellipsoid.ecef_from_geodetic(lon_deg, lat_deg, 1000.0) - ellipsoid.ecef_from_geodetic(
        lon_deg, lat_deg, 0.0
    )
    np.testing.assert_allclose(rise_m / 1000.0, axes[:, 2], atol=1e-8)
    ned = ellipsoid.rotation_ecef_from_ned(lon_deg, lat_deg)
    np.testing.assert_array_equal(ned, np.stack([axes[:, 1], axes[:, 0], -axes[:, 2]], axis=-1))


@given(LON, LAT, HAE, st.lists(st.floats(-5e4, 5e4), min_size=3, max_size=3))
def test_local_coordinates_come_back(lon_deg, lat_deg, hae_m, enu_m):
    ecef_m = ellipsoid.ecef_from_enu(np.array(enu_m), lon_deg, lat_deg, hae_m)
    np.testing.assert_allclose(ellipsoid.enu_from_ecef(ecef_m, lon_deg, lat_deg, hae_m), enu_m, atol=1e-7)


def test_metres_between_places_agree_with_the_geodesic():
    rng = np.random.default_rng(2)
    lon, lat = rng.uniform(-180, 180, 300), rng.uniform(-60, 60, 300)
    to_lon, to_lat = lon + rng.uniform(-0.05, 0.05, 300), lat + rng.uniform(-0.05, 0.05, 300)
    _, _, distance_m = pyproj.Geod(ellps="WGS84").inv(lon, lat, to_lon, to_lat)
    apart_m = np.linalg.norm(ellipsoid.east_north_m(to_lon, to_lat, lon, lat), axis=-1)
    np.testing.assert_allclose(apart_m, distance_m, rtol=1e-4)


def test_metres_between_places_cross_the_date_line():
    east_m, north_m = ellipsoid.east_north_m(-179.999, 0.0, 179.999, 0.0)
    assert east_m == pytest.approx(0.002 * 111319.49, rel=1e-6)
    assert north_m == 0.0


def test_rotations_turn_the_way_an_aircraft_turns():
    forward, right, down = np.eye(3)
    quarter = np.array(np.pi / 2)
    np.testing.assert_allclose(
        ellipsoid.rotation_z(quarter) @ forward, right, atol=1e-15
    )  # heading: to the right
    np.testing.assert_allclose(ellipsoid.rotation_y(quarter) @ forward, -down, atol=1e-15)  # pitch: nose up
    np.testing.assert_allclose(
        ellipsoid.rotation_x(quarter) @ right, down, atol=1e-15
    )  # roll: right wing down


def test_unknown_places_stay_unknown_and_impossible_ones_are_refused():
    assert np.isnan(ellipsoid.ecef_from_geodetic(np.nan, 1.0, 2.0)[0])
    assert np.isnan(ellipsoid.geodetic_from_ecef(np.full(3, np.nan))).all()
    with pytest.raises(InputError, match="latitudes"):
        ellipsoid.ecef_from_geodetic(0.0, 90.1, 0.0)
    with pytest.raises(InputError, match="ecef_m"):
        ellipsoid.geodetic_from_ecef(np.zeros((3, 2)))
