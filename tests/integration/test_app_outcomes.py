"""The partner's answer on a real workspace: as given, on record first, contradictions side by side."""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from atalaya.app.context import commit
from atalaya.app.funnel import funnel
from atalaya.app.outcomes import list_outcomes, list_receipts, record_outcome, record_receipt
from atalaya.cli import funnel as funnel_verb
from atalaya.cli import outcome as outcome_noun
from atalaya.cli import receipt as receipt_noun
from atalaya.errors import InputError, NotFoundError, NotPermittedError
from atalaya.feedback.parsing import parse_seizure
from atalaya.model.actor import Actor, Role
from atalaya.model.dossier import DossierRecord
from atalaya.model.feedback import Finding, Seizure, Substance, Unit
from atalaya.model.identifiers import ActorId, DossierId, RecipientId, ReleaseId, SiteId
from atalaya.model.json_form import to_json
from atalaya.model.release import Recipient, Release, ReleaseProposal, ReleaseStatus
from command_line import command_line, error_of
from dossier_samples import authority, site, sortie
from workspaces import ANALYST, START, HandClock, acting, ledger, new_workspace

LIAISON = Actor(ActorId("enlace"), Role.PARTNER_LIAISON)
RELEASE = ReleaseId("REL-1")
RAID = ("fentanyl:pills:629,138 pills:nearly", "fentanyl:powder:282 lb", "methamphetamine::220 lb:presumed")
SOURCE = "https://brunoticias.com/aejercito-fabrica-fentanilo-metanfetamina-sinaloa/"
WHO = {"actor": "enlace", "role": "partner-liaison"}


def a_release(name="REL-1", built=START):
    proposal = ReleaseProposal(
        release_id=ReleaseId(name),
        dossier_id=DossierId("DOS-1"),
        site_id=SiteId("SIT-0001"),
        recipient_id=RecipientId("7e57-r"),
        withheld=frozenset(),
        proposed_by=ActorId("ana"),
        proposed_utc=START,
        reason="because",
    )
    return Release(
        proposal=proposal, status=ReleaseStatus.BUILT if built else ReleaseStatus.PROPOSED, built_utc=built
    )


@pytest.fixture
def context(tmp_path):
    clock = HandClock()
    opened = acting(new_workspace(tmp_path / "w", clock), LIAISON)
    recipient = Recipient(
        recipient_id=RecipientId("7e57-r"), name="Fiscalía", nation="MEX", age_public_key="age1xyz"
    )
    record = DossierRecord(
        dossier_id=DossierId("DOS-1"),
        site_id=SiteId("SIT-0001"),
        built_utc=START,
        synthetic=True,
        case_file="ab" * 32,
        files=(),
    )

    def records(step):
        for one in (authority(), sortie(), site(), recipient, record, a_release(), a_release("REL-2", None)):
            step.add(one)

    commit(opened, "release.build", "REL-1", {}, records)
    clock.move(timedelta(days=3))
    return opened


def record_raid(context, **changes):
    given = {
        "finding": Finding.ACTIVE,
        "acted_utc": START + timedelta(days=1),
        "seizures": [parse_seizure(text) for text in RAID],
        "source": SOURCE,
    }
    return record_outcome(context, RELEASE, **(given | changes))


def test_the_published_raid_is_kept_as_given_and_shown_in_kilograms(context):
    report = record_raid(context)
    assert [(one.as_written, one.shown_kg) for one in report.quantities] == [
        ("nearly 629,138 pill", None),
        ("282 lb", "127.913"),
        ("presumed 220 lb", "99.790"),
    ]
    assert report.quantities[1].kg == "127.91304834"
    assert "no mass of one pill" in report.quantities[0].reason
    assert [seizure.value for seizure in report.outcome.seizures] == [
        Decimal(629138),
        Decimal(282),
        Decimal(220),
    ]
    assert list_outcomes(context) == (report,)
    leaf = ledger(context)[-1]
    assert leaf["action"] == "outcome.record"
    assert leaf["body"]["seizures"][1]["value"] == "282"


def test_contradicting_outcomes_are_both_kept_and_both_say_so(context):
    record_raid(context)
    second = record_raid(context, finding=Finding.NOTHING_FOUND, seizures=[], source="another paper")
    assert "contradicts" in second.remarks[0]
    first, other = list_outcomes(context)
    assert first.outcome.finding is Finding.ACTIVE
    assert other.outcome.finding is Finding.NOTHING_FOUND
    assert all("both are kept" in one.remarks[0] for one in (first, other))
    assert funnel(context).contradicted == ("SIT-0001",)


def test_a_visit_before_the_release_is_recorded_with_a_remark(context):
    report = record_raid(context, acted_utc=START - timedelta(days=900))
    assert "before the release was built" in report.remarks[0]


def test_the_whole_funnel_runs_through(context):
    record_receipt(context, RELEASE, received_utc=START + timedelta(hours=2), reference="acuse 1")
    record_raid(context)
    found = funnel(context)
    assert [one.count for one in found.steps] == [1, 1, 1, 1, 1, 1]
    assert {one.step: one.median_s for one in found.steps}["received"] == 7200
    assert [one.reference for one in list_receipts(context, RELEASE)] == ["acuse 1"]


@pytest.mark.parametrize("days", [-900, 900])
def test_a_receipt_that_cannot_be_true_changes_nothing(context, days):
    before = ledger(context)
    with pytest.raises(InputError, match="the receipt at"):
        record_receipt(context, RELEASE, received_utc=START + timedelta(days=days))
    assert list_receipts(context) == ()
    assert ledger(context) == before


def test_nothing_is_answered_before_it_was_sent_and_the_refusal_is_on_record(context):
    with pytest.raises(NotPermittedError, match="nothing was sent"):
        record_receipt(context, ReleaseId("REL-2"), received_utc=START)
    assert ledger(context)[-1]["action"] == "receipt.refuse"
    with pytest.raises(NotPermittedError):
        record_outcome(context, ReleaseId("REL-2"), finding=Finding.NOT_VISITED, acted_utc=None, source="x")
    assert ledger(context)[-1]["action"] == "outcome.refuse"
    assert list_outcomes(context) == ()


def test_another_role_is_refused_on_the_record(context):
    for use in (
        lambda: record_receipt(acting(context, ANALYST), RELEASE, received_utc=START),
        lambda: record_raid(acting(context, ANALYST)),
    ):
        with pytest.raises(NotPermittedError, match="partner-liaison"):
            use()
        assert ledger(context)[-1]["action"].endswith(".refuse")
    assert list_receipts(context) == ()


def test_an_outcome_that_contradicts_itself_or_has_no_release_changes_nothing(context):
    before = len(ledger(context))
    with pytest.raises(InputError):
        record_raid(context, finding=Finding.NOT_VISITED)
    with pytest.raises(InputError):
        record_raid(context, acted_utc=(START + timedelta(days=1)).replace(tzinfo=None))
    with pytest.raises(NotFoundError):
        record_outcome(context, ReleaseId("REL-9"), finding=Finding.ACTIVE, acted_utc=START, source="x")
    assert len(ledger(context)) == before


@pytest.fixture
def call(context, tmp_path):
    return command_line(tmp_path / "w", receipt_noun, outcome_noun, funnel_verb)


def test_the_command_line_records_the_raid_and_prints_it(call):
    received = call("receipt", "record", RELEASE, "--received", f"{START:%Y-%m-%dT%H:%M:%SZ}", **WHO)
    assert received.exit_code == 0, received.output
    given = [part for text in RAID for part in ("--seizure", text)]
    said = call(
        *("outcome", "record", RELEASE, "--finding", "active", "--acted", "2023-02-14T12:00:00-07:00"),
        *("--source", SOURCE, *given),
        **WHO,
    )
    assert said.exit_code == 0, said.output
    assert "127.913" in said.stdout
    assert "99.790" in said.stdout
    assert "nearly 629,138 pill" in said.stdout
    (listed,) = json.loads(call("outcome", "list", "--json", **WHO).stdout)
    assert listed["outcome"]["acted_utc"] == "2023-02-14T19:00:00.000000Z"
    assert listed["quantities"][1]["shown_kg"] == "127.913"
    assert "acuse" not in call("receipt", "list", **WHO).stdout
    assert "hallado activo" in call("funnel", "--language", "es", **WHO).stdout
    assert json.loads(call("funnel", "--json", **WHO).stdout)["steps"][-1]["count"] == 1


def test_seizures_come_from_a_file_as_well(call, tmp_path):
    file = tmp_path / "seizures.json"
    full = Seizure(
        substance=Substance.PRECURSOR,
        form="liquid",
        value=Decimal(130),
        unit=Unit.LITRE,
        qualifier="",
        confirmed=False,
    )
    file.write_text(
        json.dumps([RAID[1], {"substance": "fentanyl", "value": 128.03, "unit": "kg"}, to_json(full)])
    )
    acted = ("--finding", "active", "--acted", "2023-02-14T19:00:00Z", "--source", "x")
    said = json.loads(call("outcome", "record", RELEASE, *acted, "--seizures", file, "--json", **WHO).stdout)
    assert [one["as_written"] for one in said["quantities"]] == ["282 lb", "128.03 kg", "130 L"]
    assert "never added" in said["quantities"][2]["reason"]
    both = call("outcome", "record", RELEASE, *acted, "--seizures", file, "--seizure", RAID[0], **WHO)
    assert isinstance(error_of(both), InputError)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--finding", "perhaps", "--source", "x"),
        ("--finding", "active", "--source", "x"),
        ("--finding", "active", "--source", "x", "--acted", "yesterday"),
        ("--finding", "active", "--source", "x", "--acted", "2023-02-14T19:00:00"),
        (
            "--finding",
            "active",
            "--source",
            "x",
            "--acted",
            "2023-02-14T19:00:00Z",
            "--seizure",
            "gold::1 kg",
        ),
    ],
)
def test_bad_input_is_one_clear_error_and_nothing_recorded(call, context, arguments):
    before = len(ledger(context))
    assert isinstance(error_of(call("outcome", "record", RELEASE, *arguments, **WHO)), InputError)
    assert len(ledger(context)) == before


@pytest.mark.parametrize(
    "text", ["", "{}", "[1]", '["gold::1 kg"]', '[{"substance":"fentanyl"}]', "[" * 9999]
)
def test_a_file_that_holds_no_seizures_is_refused(call, tmp_path, text):
    file = tmp_path / "seizures.json"
    file.write_text(text)
    said = call(
        *(
            "outcome",
            "record",
            RELEASE,
            "--finding",
            "active",
            "--acted",
            "2023-02-14T19:00:00Z",
            "--source",
            "x",
        ),
        *("--seizures", file),
        **WHO,
    )
    assert isinstance(error_of(said), InputError)


def test_a_revoked_release_can_still_be_answered(context):
    revoked = replace(a_release(), status=ReleaseStatus.REVOKED, revoked_utc=START, revoked_by=ActorId("x"))
    commit(context, "release.revoke", RELEASE, {}, lambda step: step.replace(revoked))
    assert "revoked" in record_raid(context).remarks[0]
