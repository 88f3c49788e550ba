"""The one JSON form: there and back without loss, and every refusal names what was wrong."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import MultiPolygon, box

from atalaya.errors import InputError
from atalaya.model.actor import Actor, Role
from atalaya.model.authority import Authority, Consent, RetentionClass, Sensor
from atalaya.model.custody import AuditEvent
from atalaya.model.feedback import Finding, Outcome, Seizure, Substance, Unit
from atalaya.model.identifiers import ActorId, AuthorityId, OutcomeId, ReleaseId, SiteId
from atalaya.model.instants import from_microseconds, isoformat_z, to_microseconds
from atalaya.model.json_form import from_json, to_json

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def an_authority(**changes):
    fields = {
        "authority_id": AuthorityId("AUT-1"),
        "instrument": "Nota diplomática 17/2026",
        "issuing_body": "SRE",
        "consent": Consent(reference="SRE-17", granted_by="SRE", granted_utc=NOON),
        "area": box(-108, 24, -107, 25),
        "valid_from_utc": NOON,
        "valid_until_utc": NOON + timedelta(days=30),
        "sensors": frozenset({Sensor.EO_VIDEO, Sensor.IR_VIDEO}),
        "purpose": "locate laboratories",
        "retention": RetentionClass.CASE_5_YEARS,
    }
    return Authority(**(fields | changes))


@pytest.mark.parametrize(
    "record",
    [
        an_authority(),
        an_authority(area=MultiPolygon([box(-108, 24, -107, 25), box(-106, 24, -105, 25)])),
        Seizure(
            substance=Substance.FENTANYL,
            form="",
            value=Decimal(282),
            unit=Unit.POUND,
            qualifier="nearly",
            confirmed=False,
        ),
        Outcome(
            outcome_id=OutcomeId("OUT-1"),
            release_id=ReleaseId("REL-1"),
            site_id=SiteId("SIT-1"),
            finding=Finding.ACTIVE,
            acted_utc=NOON,
            seizures=(
                Seizure(
                    substance=Substance.OTHER,
                    form="x",
                    value=Decimal("0.10"),
                    unit=Unit.GRAM,
                    qualifier="",
                    confirmed=True,
                ),
            ),
            source="s",
            remarks="ñ",
            recorded_utc=NOON,
            recorded_by=ActorId("a"),
        ),
        AuditEvent(
            at_utc=NOON,
            actor=Actor(ActorId("a"), Role.SYSTEM),
            action="a.b",
            subject="s",
            body={"n": [1, {"x": None}]},
        ),
    ],
)
def test_a_record_comes_back_equal_from_its_json_form(record):
    assert from_json(type(record), to_json(record)) == record


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sensors": ["ear"]}, "Sensor is one of"),
        ({"valid_from_utc": "2026-01-01T00:00:00"}, "says its zone"),
        ({"area": {"type": "Point", "coordinates": [0, 0]}}, "Polygon"),
        ({"area": {"type": "Nothing"}}, "GeoJSON"),
        ({"instrument": " "}, "instrument is empty"),
        ({"surprise": 1}, "surprise"),
        ({"purpose": None}, "str was wanted, got None"),
        ({"purpose": 7}, "str was wanted, got 7"),
        ({"valid_until_utc": isoformat_z(NOON)}, "window is empty"),
    ],
)
def test_a_form_that_is_wrong_is_refused_by_name(change, message):
    form = to_json(an_authority()) | change
    with pytest.raises(InputError, match=message):
        from_json(Authority, form)


@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)))
def test_instants_survive_microseconds_exactly(naive):
    instant = naive.replace(tzinfo=UTC)
    assert from_microseconds(to_microseconds(instant)) == instant


def test_a_naive_time_is_refused():
    with pytest.raises(InputError, match="time zone"):
        isoformat_z(datetime(2026, 1, 1))


def test_no_such_instant_is_an_input_error():
    with pytest.raises(InputError, match="no such instant"):
        from_microseconds(2**62)
