"""From what was seen and what came of it to where to look next."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from atalaya.errors import InputError
from atalaya.geo.ellipsoid import east_north_m
from atalaya.model.footprint import FootprintTable
from atalaya.model.ground import Position
from atalaya.model.identifiers import SiteId, SortieId
from atalaya.model.site import Candidate, Site, SiteStatus
from atalaya.planning.cells import cut
from atalaya.planning.next_look import LookReason, LookRequest, LookWeights, next_looks

AREA = shapely.box(-107.00, 24.99, -106.99, 25.00)
NOW_US = 1_790_000_000_000_000
DAY_US = 86_400_000_000
UTC_NOW = datetime(2026, 9, 21, tzinfo=UTC)


def looks(
    boxes: list[tuple[float, float, float, float]], azimuth_deg: list[float], days_ago: list[float]
) -> FootprintTable:
    count = len(boxes)
    box = np.array(boxes, dtype=np.float64).reshape(count, 4)
    numbers = np.zeros(count)
    return FootprintTable(
        frame_index=np.arange(count, dtype=np.int64),
        time_us=(NOW_US - np.array(days_ago, dtype=np.float64) * DAY_US).astype(np.int64),
        corner_lon_deg=box[:, [0, 2, 2, 0]],
        corner_lat_deg=box[:, [3, 3, 1, 1]],
        centre_lon_deg=numbers,
        centre_lat_deg=numbers,
        centre_hae_m=numbers,
        centre_covariance_m2=np.zeros((count, 2, 2)),
        ce90_m=numbers,
        le90_m=numbers,
        slant_range_m=numbers,
        gsd_m=numbers,
        look_azimuth_deg=np.array(azimuth_deg, dtype=np.float64),
        depression_deg=numbers,
    )


def site(
    name: str, lon_deg: float, lat_deg: float, probability: float, status: SiteStatus, ce90_m: float = 10.0
) -> Site:
    position = Position(
        lon_deg=lon_deg,
        lat_deg=lat_deg,
        hae_m=None,
        covariance_m2=((25.0, 0.0), (0.0, 25.0)),
        ce90_m=ce90_m,
        le90_m=None,
    )
    candidate = Candidate(
        position=position,
        probability=probability,
        probability_against="open ground",
        kind=None,
        evidence=(),
        looks_possible=3,
        looks_seen=1,
        first_seen_utc=UTC_NOW,
        last_seen_utc=UTC_NOW,
    )
    return Site(
        site_id=SiteId(name),
        status=status,
        candidate=candidate,
        sorties=(SortieId("SOR-1"),),
        synthetic=True,
        proposed_utc=UTC_NOW,
    )


def holding(requests: tuple[LookRequest, ...], lon_deg: float, lat_deg: float) -> LookRequest:
    place = shapely.Point(lon_deg, lat_deg)
    return next(request for request in requests if request.cell.covers(place))


NOTHING = looks([], [], [])
EAST_HALF = (-106.995, 24.98, -106.98, 25.01)
WHOLE = (-107.1, 24.9, -106.9, 25.1)


def test_cells_are_squares_of_the_asked_size_and_fill_the_area():
    cells = cut(AREA, 100.0)
    assert shapely.area(cells.outlines).sum() == pytest.approx(AREA.area, rel=1e-9)
    west, south, east, north = cells.outlines[0].bounds
    assert np.abs(east_north_m(east, north, west, south) - 100.0).max() < 0.1
    assert len(cells) == 11 * 12


def test_what_was_never_seen_comes_first_and_says_so():
    requests = next_looks(AREA, 100.0, looks([EAST_HALF], [10.0], [0.0]), [], NOW_US)
    assert len(requests) == len(cut(AREA, 100.0))
    unseen = [request for request in requests if request.last_seen_us is None]
    assert requests[: len(unseen)] == tuple(unseen)
    assert all(request.reasons == ((LookReason.NEVER_SEEN, 1.0),) for request in unseen)
    assert holding(requests, -106.9925, 24.995).last_seen_us == NOW_US
    assert holding(requests, -106.9925, 24.995).sectors_seen == (0,)
    assert holding(requests, -106.9985, 24.995).last_seen_us is None


def test_a_place_seen_from_all_around_today_needs_no_look():
    around = looks([WHOLE] * 4, [10.0, 100.0, 190.0, 280.0], [0.0] * 4)
    requests = next_looks(AREA, 200.0, around, [], NOW_US)
    assert {request.score for request in requests} == {0.0}
    assert requests[0].sectors_seen == (0, 2, 4, 6)


def test_an_unresolved_candidate_outranks_the_unseen_and_a_certain_one_does_not():
    candidates = [
        site("SIT-half", -106.9975, 24.9975, 0.5, SiteStatus.CANDIDATE),
        site("SIT-sure", -106.9925, 24.9925, 0.999, SiteStatus.PROBABLE),
    ]
    requests = next_looks(AREA, 100.0, looks([WHOLE], [0.0], [0.0]), candidates, NOW_US)
    assert requests[0].site_ids == ("SIT-half",)
    assert requests[0].reasons[0] == (LookReason.UNRESOLVED_CANDIDATE, 2.0)
    assert requests[0].cell.covers(shapely.Point(-106.9975, 24.9975))
    assert requests[1].site_ids == ("SIT-sure",)
    assert requests[1].score < 0.5


def test_an_outcome_moves_a_site_down_and_a_rejection_takes_it_off():
    statuses = (SiteStatus.CANDIDATE, SiteStatus.CONFIRMED, SiteStatus.DISMANTLED, SiteStatus.REJECTED)
    seen = looks([WHOLE], [0.0], [0.0])
    scores = [
        holding(
            next_looks(AREA, 100.0, seen, [site("SIT-1", -106.995, 24.995, 0.6, status)], NOW_US),
            -106.995,
            24.995,
        ).score
        for status in statuses
    ]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == 4
    assert scores[-1] == pytest.approx(0.4)  # only that it was seen from one side


def test_an_uncertain_place_speaks_for_every_cell_it_may_be_in():
    requests = next_looks(
        AREA, 100.0, NOTHING, [site("SIT-1", -106.995, 24.995, 0.5, SiteStatus.CANDIDATE, 250.0)], NOW_US
    )
    speaking = [request for request in requests if request.site_ids]
    assert 12 <= len(speaking) <= 28


def test_unknown_corners_and_looks_from_the_future_are_no_looks():
    table = looks([WHOLE, WHOLE], [0.0, 0.0], [1.0, -1.0])
    broken = replace(table, corner_lon_deg=np.where(np.arange(2)[:, None] == 0, np.nan, table.corner_lon_deg))
    assert all(request.last_seen_us is None for request in next_looks(AREA, 200.0, broken, [], NOW_US))


@given(st.floats(0.0, 300.0), st.floats(0.0, 300.0))
def test_the_longer_ago_the_more_it_is_worth(first_days, second_days):
    scores = [
        next_looks(AREA, 500.0, looks([WHOLE], [0.0], [days]), [], NOW_US)[0].score
        for days in (first_days, second_days)
    ]
    assert (scores[0] <= scores[1]) == (first_days <= second_days) or scores[0] == pytest.approx(scores[1])


def test_requests_stay_inside_the_area_and_repeat():
    ragged = shapely.Polygon([(-107.0, 24.99), (-106.99, 24.995), (-106.998, 25.0)])
    requests = next_looks(ragged, 90.0, NOTHING, [], NOW_US)
    assert all(ragged.buffer(1e-9).covers(request.cell) for request in requests)
    assert requests == next_looks(ragged, 90.0, NOTHING, [], NOW_US)


def test_an_impossible_plan_is_refused():
    with pytest.raises(InputError, match="larger ones"):
        next_looks(shapely.box(-110, 20, -100, 30), 100.0, NOTHING, [], NOW_US)
    for cell_m in (0.0, float("nan")):
        with pytest.raises(InputError, match="positive size"):
            next_looks(AREA, cell_m, NOTHING, [], NOW_US)
    with pytest.raises(InputError, match="negative"):
        LookWeights(never_seen=-1.0)
    with pytest.raises(InputError, match="memory"):
        LookWeights(memory_days=0.0)
