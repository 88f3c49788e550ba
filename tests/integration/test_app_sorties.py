"""Sorties through the use cases and through the command line: no permit, no sortie."""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from shapely import box, to_geojson

from atalaya.app.authorities import add_authority, suspend_authority
from atalaya.app.sorties import (
    SortieRequest,
    close_sortie,
    list_sorties,
    open_sortie,
    permit_of,
    show_sortie,
)
from atalaya.cli import authority, init, sortie
from atalaya.cli.output import exit_code
from atalaya.errors import InputError, NotFoundError, NotPermittedError
from atalaya.governance.collection_gate import Permit, Refusal
from atalaya.model.authority import Authority, Sensor
from atalaya.model.identifiers import AuthorityId, SortieId
from atalaya.model.json_form import to_json
from atalaya.model.sortie import CostLine, Payload, SortieStatus
from command_line import command_line, error_of
from store_records import an_authority
from workspaces import ANALYST, START, HandClock, acting, ledger, new_workspace

HOUR = timedelta(hours=1)
AREA = box(-107.8, 24.2, -107.2, 24.8)


def allowed() -> Authority:
    base: Authority = an_authority()
    return replace(
        base,
        consent=replace(base.consent, granted_utc=START - 24 * HOUR),
        valid_from_utc=START - HOUR,
        valid_until_utc=START + 24 * HOUR,
    )


def wanted() -> SortieRequest:
    return SortieRequest(
        requesting_agency="SEDENA",
        supported_partner="FGR",
        platform_pseudonym="HERON-GREY",
        payloads=(Payload(name="turret", sensor=Sensor.EO_VIDEO), Payload(name="beacon", sensor=None)),
        attestation="The list is complete and nothing on it can harm.",
        area=AREA,
        window_from_utc=START,
        window_until_utc=START + 5 * HOUR,
        cost_lines=(CostLine(label="flight hours", amount=Decimal("1234.50"), currency="USD"),),
    )


@pytest.fixture
def context(tmp_path):
    opened = new_workspace(tmp_path / "w", HandClock())
    add_authority(opened, allowed())
    return opened


def test_a_sortie_that_is_allowed_is_opened_and_its_facts_are_on_the_record(context):
    opened = open_sortie(context, wanted())
    assert show_sortie(context, opened.sortie_id) == opened
    assert (opened.authority_id, opened.status) == ("AUT-1", SortieStatus.OPEN)
    assert opened.attestation.attested_by == "manager"
    assert opened.cost_lines[0].amount == Decimal("1234.50")
    leaf = ledger(context)[-1]
    assert (leaf["action"], leaf["subject"]) == ("sortie.open", opened.sortie_id)
    assert leaf["body"]["payloads"] == ["turret", "beacon"]
    assert leaf["body"]["unarmed_statement"] == wanted().attestation


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"window_until_utc": START + 48 * HOUR}, "valid"),
        ({"area": box(0, 0, 1, 1)}, "whole area"),
        ({"payloads": (Payload(name="radar", sensor=Sensor.SAR),)}, "sar"),
    ],
)
def test_without_a_permit_there_is_no_sortie_and_the_reasons_are_on_the_record(context, change, word):
    with pytest.raises(NotPermittedError, match=word):
        open_sortie(context, replace(wanted(), **change))
    assert list_sorties(context) == ()
    leaf = ledger(context)[-1]
    assert leaf["action"] == "sortie.refuse"
    assert word in leaf["body"]["reasons"][0]


def test_every_authority_considered_is_named_in_the_refusal(context):
    add_authority(context, replace(allowed(), authority_id=AuthorityId("AUT-2"), area=box(0, 0, 1, 1)))
    suspend_authority(context, AuthorityId("AUT-1"), "alto")
    with pytest.raises(NotPermittedError):
        open_sortie(context, wanted())
    assert [line[:5] for line in ledger(context)[-1]["body"]["reasons"]] == ["AUT-1", "AUT-2"]


def test_only_the_named_authority_is_considered(context):
    add_authority(context, replace(allowed(), authority_id=AuthorityId("AUT-2"), area=box(0, 0, 1, 1)))
    with pytest.raises(NotPermittedError, match="AUT-2"):
        open_sortie(context, replace(wanted(), authority_id=AuthorityId("AUT-2")))
    with pytest.raises(NotFoundError):
        open_sortie(context, replace(wanted(), authority_id=AuthorityId("AUT-404")))


@pytest.mark.parametrize(
    "change",
    [
        {"attestation": " "},
        {"payloads": ()},
        {"payloads": (Payload(name="beacon", sensor=None),)},
        {"requesting_agency": ""},
        {"supported_partner": ""},
    ],
)
def test_what_is_incomplete_is_refused_as_input_and_leaves_no_entry(context, change):
    with pytest.raises(InputError):
        open_sortie(context, replace(wanted(), **change))
    assert len(ledger(context)) == 2
    assert list_sorties(context) == ()


def test_only_the_collection_manager_opens_a_sortie(context):
    with pytest.raises(NotPermittedError, match="collection-manager"):
        open_sortie(acting(context, ANALYST), wanted())
    assert ledger(context)[-1]["action"] == "sortie.refuse"


def test_a_sortie_is_closed_once(context):
    opened = open_sortie(context, wanted())
    closed = close_sortie(context, opened.sortie_id)
    assert (closed.status, closed.closed_utc) == (SortieStatus.CLOSED, START)
    assert list_sorties(context, SortieStatus.OPEN) == ()
    assert list_sorties(context, SortieStatus.CLOSED) == (closed,)
    assert ledger(context)[-1]["action"] == "sortie.close"
    with pytest.raises(InputError, match="closed already"):
        close_sortie(context, opened.sortie_id)
    with pytest.raises(NotFoundError):
        close_sortie(context, SortieId("SOR-404"))
    assert len(ledger(context)) == 4


def test_the_permit_of_a_sortie_ends_with_the_suspension_of_its_authority(context):
    opened = open_sortie(context, wanted())
    with context.store.transaction() as step:
        permit = permit_of(step, opened, START)
    assert isinstance(permit, Permit)
    assert (permit.authority_id, permit.area) == ("AUT-1", AREA)
    assert permit.sensors == frozenset({Sensor.EO_VIDEO})
    suspend_authority(context, AuthorityId("AUT-1"), "alto")
    with context.store.transaction() as step:
        answer = permit_of(step, opened, START)
    assert isinstance(answer, Refusal)
    assert "alto" in answer.reasons[0]


@pytest.fixture
def cli(tmp_path, context):
    return command_line(tmp_path / "w", init, authority, sortie)


def options(tmp_path) -> dict[str, object]:
    area = tmp_path / "area.geojson"
    area.write_text(to_geojson(AREA))
    return {
        "--area": area,
        "--requesting-agency": "SEDENA",
        "--supported-partner": "FGR",
        "--platform": "HERON-GREY",
        "--unarmed": "nothing on it can harm",
        "--cost": "flight hours=1234.50 USD",
        "--from": "2026-11-22T10:00:00Z",
        "--until": "2026-11-22T15:00:00Z",
    }


def flat(given: dict[str, object]) -> list[object]:
    payloads = ["--payload", "turret=eo-video", "--payload", "beacon"]
    return [*payloads, *(part for pair in given.items() for part in pair)]


def test_the_verbs_open_show_and_close_a_sortie(cli, tmp_path):
    opened = json.loads(cli("sortie", "open", *flat(options(tmp_path)), "--json").stdout)
    name = opened["sortie_id"]
    assert opened["payloads"] == [
        {"name": "turret", "sensor": "eo-video"},
        {"name": "beacon", "sensor": None},
    ]
    assert opened["cost_lines"] == [{"label": "flight hours", "amount": "1234.50", "currency": "USD"}]
    assert json.loads(cli("sortie", "show", name, "--json").stdout) == opened
    assert "HERON-GREY" in cli("sortie", "show").stdout
    assert f"{name} closed" in cli("sortie", "close", name).stdout
    assert json.loads(cli("sortie", "show", "--json").stdout)[0]["status"] == "closed"


def test_a_request_can_come_as_a_file(cli, tmp_path):
    path = tmp_path / "request.json"
    path.write_text(json.dumps(to_json(wanted())))
    result = cli("sortie", "open", "--file", path, "--platform", "OTHER-NAME")
    assert "opened under AUT-1, unarmed as attested" in result.stdout
    assert "OTHER-NAME" in cli("sortie", "show").stdout


@pytest.mark.parametrize(
    ("change", "code", "word"),
    [
        ({"--until": "2027-11-22T15:00:00Z"}, 4, "valid"),
        ({"--authority": "AUT-404"}, 5, "AUT-404"),
        ({"--cost": "much"}, 3, "LABEL=AMOUNT CURRENCY"),
        ({"--cost": "fuel=many USD"}, 3, "decimal"),
        ({"--unarmed": ""}, 3, "unarmed"),
        ({"--from": "2026-11-22"}, 3, "zone"),
    ],
)
def test_a_refusal_at_the_command_line_says_why_with_its_exit_code(cli, tmp_path, change, code, word):
    error = error_of(cli("sortie", "open", *flat(options(tmp_path) | change)))
    assert (exit_code(error), word in str(error)) == (code, True), str(error)
