"""Scoring on cases small enough to check by hand."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atalaya.errors import InputError
from atalaya.model.ground import Position
from atalaya.model.site import SiteKind
from atalaya.simulation.score import score
from atalaya.simulation.truth import Decoy, DecoyKind, TrueSite, Truth, VehicleTruth

LON, LAT = -107.2, 24.95
M_PER_LAT_DEG = 110775.4  # meridian radius of WGS 84 at 24.95 deg times pi / 180
M_PER_LON_DEG = 100995.1  # prime-vertical radius times cos(lat) times pi / 180


def no_vehicles() -> VehicleTruth:
    whole = np.zeros(0, dtype=np.int64)
    real = np.zeros(0)
    return VehicleTruth(
        vehicle_index=whole, frame_index=whole, time_us=whole, lon_deg=real, lat_deg=real, hae_m=real, heading_deg=real,
        speed_mps=real, length_m=real, width_m=real, height_m=real, in_view=np.zeros(0, dtype=np.bool_),
    )  # fmt: skip


def at(east_m: float, north_m: float, ce90_m: float = 10.0) -> Position:
    return Position(
        lon_deg=LON + east_m / M_PER_LON_DEG,
        lat_deg=LAT + north_m / M_PER_LAT_DEG,
        hae_m=500.0,
        covariance_m2=((20.0, 0.0), (0.0, 20.0)),
        ce90_m=ce90_m,
        le90_m=None,
    )


def site(label: str, east_m: float, north_m: float) -> TrueSite:
    place = at(east_m, north_m)
    return TrueSite(
        label=label, kind=SiteKind.INDUSTRIAL, lon_deg=place.lon_deg, lat_deg=place.lat_deg, hae_m=500.0
    )


def decoy(kind: DecoyKind, east_m: float, north_m: float) -> Decoy:
    place = at(east_m, north_m)
    return Decoy(kind=kind, lon_deg=place.lon_deg, lat_deg=place.lat_deg, hae_m=500.0, radius_m=20.0)


TRUTH = Truth(
    sites=(site("A", 0.0, 0.0), site("B", 400.0, 0.0)),
    decoys=(decoy(DecoyKind.FARM_ROOF, 0.0, 300.0), decoy(DecoyKind.ROCKS, 0.0, 320.0)),
    vehicles=no_vehicles(),
)


def test_nothing_proposed_finds_nothing():
    result = score([], TRUTH)
    assert (result.found, result.missed, result.false_candidates) == ((), ("A", "B"), 0)
    assert result.share_inside_ce90 is None
    assert result.position_errors_m == ()


def test_two_good_proposals_find_both_and_report_their_errors():
    result = score([at(403.0, 4.0, ce90_m=4.0), at(0.0, -6.0, ce90_m=7.0)], TRUTH)
    assert result.found == ("A", "B")
    assert result.missed == ()
    assert result.position_errors_m == pytest.approx((6.0, 5.0), abs=0.01)
    assert result.share_inside_ce90 == 0.5
    assert (result.false_candidates, result.duplicates) == (0, 0)


def test_a_second_proposal_for_the_same_site_is_a_duplicate_and_not_false():
    result = score([at(20.0, 0.0), at(2.0, 0.0)], TRUTH)
    assert result.found == ("A",)
    assert result.position_errors_m == pytest.approx((2.0,), abs=0.01)
    assert (result.false_candidates, result.duplicates) == (0, 1)


def test_beyond_the_match_radius_is_false_and_missed():
    result = score([at(30.5, 0.0), at(400.0, 29.5)], TRUTH)
    assert (result.found, result.missed, result.false_candidates) == (("B",), ("A",), 1)


def test_a_proposal_on_a_decoy_is_false_and_named_once():
    result = score([at(0.0, 303.0), at(0.0, 321.0), at(0.0, 700.0)], TRUTH)
    assert result.false_candidates == 3
    assert dict(result.decoy_hits) == {
        DecoyKind.FARM_ROOF: 1,
        DecoyKind.ROCKS: 1,
        DecoyKind.PARKED_LORRIES: 0,
    }


def test_two_near_sites_share_two_proposals_at_the_least_total_distance():
    near = Truth(sites=(site("A", 0.0, 0.0), site("B", 20.0, 0.0)), decoys=(), vehicles=no_vehicles())
    result = score([at(12.0, 0.0), at(24.0, 0.0)], near)
    assert result.found == ("A", "B")
    assert result.position_errors_m == pytest.approx((12.0, 4.0), abs=0.01)


def test_a_scene_without_sites_makes_every_proposal_false():
    empty = Truth(sites=(), decoys=(), vehicles=no_vehicles())
    result = score([at(0.0, 0.0)], empty)
    assert (result.found, result.missed, result.false_candidates) == ((), (), 1)


@pytest.mark.parametrize("radius_m", [0.0, -1.0, math.nan])
def test_a_match_radius_that_is_none_is_refused(radius_m):
    with pytest.raises(InputError, match="match radius"):
        score([], TRUTH, match_radius_m=radius_m)


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(-600.0, 600.0), st.floats(-600.0, 600.0)), max_size=8))
def test_every_proposal_is_counted_once_and_order_does_not_matter(places):
    proposals = [at(*place) for place in places]
    result = score(proposals, TRUTH)
    assert len(result.found) + result.duplicates + result.false_candidates == len(proposals)
    assert len(result.found) + len(result.missed) == 2
    assert sum(result.decoy_hits.values()) <= result.false_candidates
    backward = score(proposals[::-1], TRUTH)
    assert backward.found == result.found
    assert backward.position_errors_m == pytest.approx(result.position_errors_m)
