"""Which looks covered a place, what they count, and how error shrinks with them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from atalaya.fusion.association import associate
from atalaya.fusion.coverage import look_weights, sectors
from atalaya.fusion.odds import log2_odds_of, probability_of
from atalaya.fusion.params import RANGES, FusionParams
from atalaya.fusion.position import weighted_place
from atalaya.geo.local_plane import LocalPlane
from atalaya.geo.quadrilateral import covered

SQUARE = np.array([[[-1.0, 1.0], [1.0, 1.0], [1.0, -1.0], [-1.0, -1.0]]])


@pytest.mark.parametrize(
    ("point", "inside"), [((0, 0), True), ((0.9, -0.9), True), ((1.1, 0), False), ((0, -2), False)]
)
def test_a_footprint_holds_what_lies_between_its_corners_in_either_order(point, inside):
    assert covered(np.array(point, float), SQUARE)[0] == inside
    assert covered(np.array(point, float), SQUARE[:, ::-1])[0] == inside


def test_a_footprint_with_an_unknown_corner_covers_nothing():
    corners = SQUARE.copy()
    corners[0, 2] = np.nan
    assert not covered(np.zeros(2), corners)[0]


def test_sectors_are_eighths_of_the_circle_and_unknown_is_none():
    azimuths = np.array([0.0, 44.9, 45.0, 359.9, 360.0, -1.0, np.nan])
    assert sectors(azimuths).tolist() == [0, 0, 1, 7, 0, 7, -1]


def test_independent_looks_count_one_each_and_identical_ones_count_one_together():
    sector = np.array([0, 0, 0, 1])
    assert look_weights(sector, 0.0).tolist() == [1, 1, 1, 1]
    assert look_weights(sector, 1.0) == pytest.approx([1 / 3, 1 / 3, 1 / 3, 1])


def spread_of(sector: list[int], params: FusionParams) -> float:
    rng = np.random.default_rng(0)
    count = len(sector)
    points = rng.normal(0, 1e-6, (count, 2))
    covariance = np.tile(np.eye(2) * 100.0, (count, 1, 1))
    return float(weighted_place(points, covariance, np.array(sector), params)[1][0, 0])


def test_more_looks_from_one_side_never_bring_the_error_below_what_they_share():
    params = FusionParams(sortie_common_share=0.25, sector_common_share=0.5)
    assert spread_of([0], params) == pytest.approx(100.0)
    assert spread_of([0] * 1000, params) == pytest.approx(75.0, rel=1e-3)
    assert spread_of([*range(8)] * 125, params) == pytest.approx(25.0 + 50.0 / 8 + 0.025, rel=1e-6)


def test_looks_that_scatter_more_than_they_claim_widen_the_error():
    params = FusionParams()
    rng = np.random.default_rng(1)
    covariance = np.tile(np.eye(2), (50, 1, 1))
    sector = np.zeros(50, int)
    calm = weighted_place(rng.normal(0, 1, (50, 2)), covariance, sector, params)[1]
    wild = weighted_place(rng.normal(0, 5, (50, 2)), covariance, sector, params)[1]
    assert np.trace(wild) > 15 * np.trace(calm)


def test_two_things_seen_side_by_side_stay_two_and_one_thing_seen_twice_is_one():
    points = np.array([[0.0, 0.0], [9.0, 0.0], [0.5, 0.2], [9.4, 0.1]])
    covariance = np.tile(np.eye(2) * 4.0, (4, 1, 1))
    groups = associate(points, covariance, np.array([0, 0, 1, 1]), FusionParams())
    assert [group.tolist() for group in groups] == [[0, 2], [1, 3]]


def test_nothing_associates_to_nothing():
    assert associate(np.zeros((0, 2)), np.zeros((0, 2, 2)), np.zeros(0, int), FusionParams()) == []


@given(st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_every_detection_belongs_to_exactly_one_object(count, seed):
    rng = np.random.default_rng(seed)
    points = rng.uniform(-60, 60, (count, 2))
    covariance = np.tile(np.eye(2) * 9.0, (count, 1, 1))
    groups = associate(points, covariance, rng.integers(0, 5, count), FusionParams())
    assert sorted(np.concatenate(groups).tolist()) == list(range(count))


@given(st.floats(-179.9, 179.9), st.floats(-80, 80), st.floats(-3000, 3000), st.floats(-3000, 3000))
def test_metres_and_degrees_go_there_and_back(lon, lat, east, north):
    plane = LocalPlane(lon, lat)
    lon_deg, lat_deg = plane.to_degrees(np.array([east, north]))
    assert plane.to_metres(lon_deg, lat_deg) == pytest.approx([east, north], abs=1e-5)


@given(st.floats(-900, 900))
def test_bits_and_probability_go_there_and_back_and_grow_together(bits):
    probability = probability_of(bits)
    assert 0.0 <= probability <= 1.0
    assert probability_of(bits + 1.0) >= probability
    if abs(bits) < 30:
        assert log2_odds_of(probability) == pytest.approx(bits, abs=1e-6)


@pytest.mark.parametrize("name", sorted(RANGES))
def test_an_assumption_outside_its_range_is_refused_by_name(name):
    values: dict[str, float] = {name: RANGES[name][1] * 2 + 1}
    with pytest.raises(ValueError, match=name):
        FusionParams(**values)


def test_assumptions_that_contradict_each_other_are_refused():
    with pytest.raises(ValueError, match="add up"):
        FusionParams(sortie_common_share=0.7, sector_common_share=0.7)
    with pytest.raises(ValueError, match="exceed"):
        FusionParams(detection_probability=0.1, clutter_detection_probability=0.2)


def corners_about(east: float, north: float, half: float) -> NDArray[np.float64]:
    return np.asarray(SQUARE * half + np.array([east, north]), dtype=np.float64)


@given(st.floats(-50, 50), st.floats(-50, 50))
def test_a_square_covers_exactly_what_is_within_its_half_side(east, north):
    inside = bool(covered(np.array([east, north]), corners_about(0.0, 0.0, 20.0))[0])
    if abs(abs(east) - 20) > 1e-9 and abs(abs(north) - 20) > 1e-9:
        assert inside == (abs(east) < 20 and abs(north) < 20)
