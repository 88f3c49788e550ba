"""The collection gate: yes only where one authority allows all of it, and every no says why."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import MultiPolygon, Polygon, box

from atalaya.errors import InputError
from atalaya.governance.collection_gate import (
    CollectionRequest,
    Permit,
    Refusal,
    admit_frames,
    decide,
    in_force,
    still_allowed,
)
from atalaya.model.authority import Authority, Consent, RetentionClass, Sensor, Suspension
from atalaya.model.identifiers import ActorId, AuthorityId
from atalaya.model.instants import to_microseconds

START = datetime(2026, 11, 22, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
AREA = box(-108, 24, -107, 25)
INSIDE = ((-107.6, 24.6), (-107.4, 24.6), (-107.4, 24.4), (-107.6, 24.4))


def an_authority(name: str = "AUT-1") -> Authority:
    return Authority(
        authority_id=AuthorityId(name),
        instrument="note",
        issuing_body="body",
        consent=Consent(reference="NV-1", granted_by="SRE", granted_utc=START - 24 * HOUR),
        area=AREA,
        valid_from_utc=START,
        valid_until_utc=START + 10 * HOUR,
        sensors=frozenset({Sensor.EO_VIDEO, Sensor.IR_VIDEO}),
        purpose="search",
        retention=RetentionClass.CASE_5_YEARS,
    )


def a_request() -> CollectionRequest:
    return CollectionRequest(
        area=box(-107.8, 24.2, -107.2, 24.8),
        window_from_utc=START + HOUR,
        window_until_utc=START + 3 * HOUR,
        sensors=frozenset({Sensor.EO_VIDEO}),
        at_utc=START,
    )


def a_suspension(from_h: float = 0, until_h: float | None = None, authority: str = "AUT-1") -> Suspension:
    return Suspension(
        authority_id=AuthorityId(authority),
        suspended_utc=START + from_h * HOUR,
        suspended_by=ActorId("host"),
        reason="alto",
        resumed_utc=None if until_h is None else START + until_h * HOUR,
    )


def a_permit() -> Permit:
    permit = decide(a_request(), [an_authority()], [])
    assert isinstance(permit, Permit)
    return permit


def reasons(answer: Permit | Refusal) -> str:
    assert isinstance(answer, Refusal)
    return "\n".join(answer.reasons)


def test_an_authority_that_allows_all_of_it_gives_a_permit_for_no_more_than_was_asked():
    permit = a_permit()
    assert permit.authority_id == "AUT-1"
    assert permit.area == a_request().area
    assert (permit.window_from_utc, permit.window_until_utc) == (START + HOUR, START + 3 * HOUR)
    assert permit.sensors == {Sensor.EO_VIDEO}
    assert permit.decided_utc == START


def test_exactly_the_window_and_the_area_of_the_authority_are_allowed():
    whole = replace(a_request(), area=AREA, window_from_utc=START, window_until_utc=START + 10 * HOUR)
    assert isinstance(decide(whole, [an_authority()], []), Permit)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"window_from_utc": START - HOUR}, "wanted"),
        ({"window_until_utc": START + 11 * HOUR}, "wanted"),
        ({"area": box(-107.8, 24.2, -106.9, 24.8)}, "whole area"),
        ({"area": MultiPolygon([box(-107.8, 24.2, -107.2, 24.8), box(10, 10, 11, 11)])}, "whole area"),
        ({"sensors": frozenset({Sensor.EO_VIDEO, Sensor.SAR})}, "does not allow sar"),
    ],
)
def test_a_request_that_is_too_much_in_one_way_is_refused_with_that_reason(change, word):
    answer = decide(replace(a_request(), **change), [an_authority()], [])
    assert reasons(answer).startswith("AUT-1: ")
    assert word in reasons(answer)


@pytest.mark.parametrize("granted", [START + 2 * HOUR, START + timedelta(seconds=1)])
def test_consent_that_was_not_yet_given_is_no_consent(granted):
    late = replace(an_authority(), consent=Consent(reference="NV-1", granted_by="SRE", granted_utc=granted))
    assert "consent NV-1 counts only from" in reasons(decide(a_request(), [late], []))


def test_an_expired_authority_is_refused_and_says_its_window():
    expired = replace(an_authority(), valid_from_utc=START - 9 * HOUR, valid_until_utc=START)
    assert "2026-11-22T10:00:00.000000Z, wanted" in reasons(decide(a_request(), [expired], []))


def test_every_authority_considered_gives_its_own_line_with_all_its_reasons():
    far = replace(an_authority("AUT-2"), area=box(0, 0, 1, 1), sensors=frozenset({Sensor.SAR}))
    answer = decide(a_request(), [an_authority(), far], [a_suspension()])
    assert isinstance(answer, Refusal)
    assert [line[:5] for line in answer.reasons] == ["AUT-1", "AUT-2"]
    assert "suspended" in answer.reasons[0]
    assert "area" in answer.reasons[1]
    assert "eo-video" in answer.reasons[1]


def test_two_authorities_that_each_allow_half_do_not_make_one_that_allows_all():
    west = replace(an_authority("AUT-W"), area=box(-108, 24, -107.5, 25))
    east = replace(an_authority("AUT-E"), area=box(-107.5, 24, -107, 25))
    assert isinstance(decide(a_request(), [west, east], []), Refusal)


def test_the_first_authority_that_allows_it_is_taken():
    sar_only = replace(an_authority("AUT-0"), sensors=frozenset({Sensor.SAR}))
    permit = decide(a_request(), [sar_only, an_authority("AUT-7"), an_authority("AUT-8")], [])
    assert isinstance(permit, Permit)
    assert permit.authority_id == "AUT-7"


def test_without_any_authority_the_refusal_says_so():
    assert decide(a_request(), [], []) == Refusal(("no authority is recorded",))


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"sensors": frozenset()}, "sensor"),
        ({"window_until_utc": START}, "window"),
        ({"at_utc": START.replace(tzinfo=None)}, "zone"),
        ({"area": Polygon()}, "area"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused_as_input(change, word):
    with pytest.raises(InputError, match=word):
        replace(a_request(), **change)


@pytest.mark.parametrize(
    ("stop", "at_h", "held"),
    [
        (a_suspension(0), 0, True),
        (a_suspension(0), 5, True),
        (a_suspension(0), -24, True),  # a clock that is wrong by a day does not lift a stop
        (a_suspension(0, 2), 1, True),
        (a_suspension(0, 2), 2, False),
        (a_suspension(0, 2), -1, False),
    ],
)
def test_a_suspension_holds_until_it_is_lifted(stop, at_h, held):
    assert in_force(stop, START + at_h * HOUR) is held


def test_running_work_stops_when_its_authority_is_suspended_and_only_then():
    permit = a_permit()
    assert still_allowed(permit, [a_suspension(authority="AUT-9")], START) is permit
    assert still_allowed(permit, [a_suspension(0, 1)], START + 2 * HOUR) is permit
    assert "suspended since 2026-11-22T11:00:00.000000Z by host: alto" in reasons(
        still_allowed(permit, [a_suspension(1)], START + HOUR)
    )


def times(*hours: float) -> np.ndarray:
    return np.array([to_microseconds(START + hour * HOUR) for hour in hours], dtype=np.int64)


def test_a_frame_is_kept_only_with_its_time_and_its_whole_footprint_inside():
    partly = ((-107.3, 24.6), (-107.1, 24.6), (-107.1, 24.4), (-107.3, 24.4))
    unknown = ((np.nan, 24.6), *INSIDE[1:])
    corners = np.array([INSIDE, INSIDE, INSIDE, INSIDE, INSIDE, partly, unknown, INSIDE])
    time_us = times(1, 3, 0.5, 2.999, 1, 2, 2, 2)
    time_us[4] = -1
    admitted = admit_frames(
        a_permit(), time_us=time_us, footprint_lon_lat_deg=corners, sensor=Sensor.EO_VIDEO
    )
    assert admitted.keep.tolist() == [True, False, False, True, False, False, False, True]
    assert admitted.dropped == {
        "time-unknown": 1,
        "outside-window": 2,
        "footprint-unknown": 1,
        "outside-area": 1,
    }


def test_frames_of_another_sensor_and_frames_taken_under_a_stop_are_not_kept():
    corners = np.array([INSIDE] * 3)
    of_ir = admit_frames(
        a_permit(), time_us=times(1, 2, 2.5), footprint_lon_lat_deg=corners, sensor=Sensor.IR_VIDEO
    )
    assert of_ir.dropped == {"sensor-not-allowed": 3}
    stopped = admit_frames(
        a_permit(),
        time_us=times(1, 2, 2.5),
        footprint_lon_lat_deg=corners,
        sensor=Sensor.EO_VIDEO,
        suspensions=[a_suspension(1.5, 2.5), a_suspension(0, authority="AUT-9")],
    )
    assert stopped.keep.tolist() == [True, False, True]
    assert stopped.dropped == {"while-suspended": 1}


def test_crossed_and_dented_footprints_never_let_in_ground_outside():
    hole = box(-107.52, 24.45, -107.48, 24.55)
    permit = decide(replace(a_request(), area=a_request().area - hole), [an_authority()], [])
    assert isinstance(permit, Permit)
    crossed = (INSIDE[0], INSIDE[2], INSIDE[1], INSIDE[3])
    admitted = admit_frames(
        permit, time_us=times(1, 1), footprint_lon_lat_deg=np.array([INSIDE, crossed]), sensor=Sensor.EO_VIDEO
    )
    assert not admitted.keep.any()


def test_no_frame_at_all_is_no_error_and_wrong_shapes_are():
    empty = admit_frames(
        a_permit(),
        time_us=np.zeros(0, dtype=np.int64),
        footprint_lon_lat_deg=np.zeros((0, 4, 2)),
        sensor=Sensor.EO_VIDEO,
    )
    assert (empty.keep.shape, empty.dropped) == ((0,), {})
    with pytest.raises(InputError, match="corners"):
        admit_frames(
            a_permit(), time_us=times(1), footprint_lon_lat_deg=np.zeros((1, 4)), sensor=Sensor.EO_VIDEO
        )


corner = st.tuples(
    st.floats(-108.5, -106.5) | st.just(float("nan")), st.floats(23.5, 25.5) | st.just(float("inf"))
)


@given(
    footprints=st.lists(st.lists(corner, min_size=4, max_size=4), max_size=8),
    hours=st.floats(-2, 6),
)
def test_whatever_comes_each_frame_is_kept_or_counted_and_a_kept_one_is_wholly_inside(footprints, hours):
    corners = np.array(footprints, dtype=np.float64).reshape(-1, 4, 2)
    time_us = np.full(len(corners), times(hours)[0])
    permit = a_permit()
    admitted = admit_frames(permit, time_us=time_us, footprint_lon_lat_deg=corners, sensor=Sensor.EO_VIDEO)
    assert admitted.keep.sum() + sum(admitted.dropped.values()) == len(corners)
    west, south, east, north = permit.area.bounds
    kept = corners[admitted.keep]
    assert ((kept >= (west, south)) & (kept <= (east, north))).all()
    assert not kept.size or 1 <= hours < 3
