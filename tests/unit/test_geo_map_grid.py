"""UTM and MGRS against references of others: every band and zone rule, both hemispheres, the seams."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod, Proj

from atalaya.errors import InputError
from atalaya.geo.map_grid import mgrs_of, utm_of

REFERENCES = [
    # lon, lat, reference by GEOTRANS through mgrs 1.6.0
    (-77.0352, 38.8895, "18SUJ2348606483"),
    (-103.62, 19.51, "13QFB4480757841"),
    (-99.1332, 19.4326, "14QMG8601748700"),
    (-107.8, 24.0, "13RBG1513257059"),  # 24 N: band R begins
    (-107.8, 23.9999, "13QBG1513257048"),
    (-114.0, 31.0, "12RTV1353933466"),  # 114 W: zone 12 begins
    (-114.0001, 31.0, "11RQQ8645033466"),
    (-60.0, 0.0, "21NSA6602100000"),  # the equator belongs to the north
    (-60.5, -0.0001, "20MQE7827699988"),
    (3.5, 60.0, "32VJM9345864167"),  # Norway
    (2.9, 60.0, "31VDG9442251415"),
    (8.9, 78.0, "31XFG3671665261"),  # Svalbard
    (9.1, 78.0, "33XUG6328365261"),
    (33.5, 83.9, "37XDP3484620042"),
    (151.2153, -33.8568, "56HLH3490052288"),
    (-179.9999, 10.0, "01PAM7108206908"),  # both sides of the antimeridian
    (179.9999, 10.0, "60PZS2891706908"),
    (-70.0, -79.9, "19CDM8042329407"),
    (33.0, 0.0, "36NWF0000000000"),  # a central meridian: easting is 500 km exactly
]


@pytest.mark.parametrize(("lon_deg", "lat_deg", "reference"), REFERENCES)
def test_references_are_those_that_others_give(lon_deg, lat_deg, reference):
    place = utm_of(lon_deg, lat_deg)
    assert place is not None
    assert mgrs_of(place).replace(" ", "") == reference


def test_the_reference_is_grouped_for_reading_out():
    place = utm_of(-103.62, 19.51)
    assert place is not None
    assert mgrs_of(place) == "13QFB 44807 57841"
    assert (place.zone, place.band, place.north) == (13, "Q", True)


@given(st.floats(-180.0, 180.0), st.floats(-80.0, 84.0))
def test_a_place_comes_back_from_its_grid_within_a_millimetre(lon_deg, lat_deg):
    place = utm_of(lon_deg, lat_deg)
    assert place is not None
    back = Proj(proj="utm", zone=place.zone, ellps="WGS84", south=not place.north)
    lon_back, lat_back = back(place.easting_m, place.northing_m, inverse=True)
    assert Geod(ellps="WGS84").inv(lon_deg, lat_deg, lon_back, lat_back)[2] < 1e-3
    assert place.northing_m >= -1e-3


@pytest.mark.parametrize("turn", [-720.0, -360.0, 360.0])
def test_a_longitude_may_come_in_any_turn(turn):
    assert utm_of(-103.5 + turn, 19.5) == utm_of(-103.5, 19.5)


@pytest.mark.parametrize("lat_deg", [-90.0, -80.001, 84.001, 90.0])
def test_there_is_no_utm_near_the_poles(lat_deg):
    assert utm_of(10.0, lat_deg) is None


@pytest.mark.parametrize(
    ("lon_deg", "lat_deg"), [(0.0, 91.0), (float("nan"), 0.0), (0.0, float("nan")), (float("inf"), 0.0)]
)
def test_no_such_place_is_refused(lon_deg, lat_deg):
    with pytest.raises(InputError):
        utm_of(lon_deg, lat_deg)
