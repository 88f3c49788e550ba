"""Workspaces and authorities through the use cases and through the command line."""

import json
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from shapely import box, to_geojson

from atalaya.app.authorities import add_authority, list_authorities, resume_authority, suspend_authority
from atalaya.app.context import Context, event
from atalaya.app.workspace import MARKER, init_workspace, open_workspace, random_identity
from atalaya.cli import authority, init
from atalaya.cli.output import exit_code
from atalaya.errors import ExternalError, InputError, NotFoundError, NotPermittedError
from atalaya.io.settings import Settings
from atalaya.model.actor import Actor, Role
from atalaya.model.authority import Authority
from atalaya.model.identifiers import ActorId, AuthorityId
from command_line import command_line, error_of
from store_records import an_authority
from workspaces import ANALYST, HOST, MANAGER, HandClock, acting, ledger, new_workspace


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def context(tmp_path, clock):
    return new_workspace(tmp_path / "w", clock)


def stored(context: Context) -> tuple[Authority, ...]:
    with context.store.transaction() as step:
        return step.find(Authority)


def test_a_workspace_begins_with_one_ledger_entry_and_making_it_again_adds_none(tmp_path, context):
    init_workspace(tmp_path / "w", Settings(workspace=tmp_path / "w"))
    assert [leaf["action"] for leaf in ledger(context)] == ["workspace.init"]
    names = {path.name for path in (tmp_path / "w").iterdir()}
    assert {MARKER, "decisions.sqlite", "vault", "lake", "keys"} <= names
    assert (tmp_path / "w" / "keys").stat().st_mode & 0o077 == 0


def test_a_run_that_was_cut_short_is_finished_by_the_next(tmp_path):
    folder = tmp_path / "w"
    folder.mkdir()
    (folder / MARKER).write_text('format = 1\ndatabase = "inside"\n')
    with pytest.raises(InputError, match="atalaya init"):
        open_workspace(folder, MANAGER, settings=Settings(workspace=folder))
    init_workspace(folder, Settings(workspace=folder))
    assert len(ledger(open_workspace(folder, MANAGER))) == 1


def test_a_folder_with_something_else_in_it_is_refused_and_left_as_it_is(tmp_path):
    (tmp_path / "photos.txt").write_text("mine")
    with pytest.raises(InputError, match="not empty"):
        init_workspace(tmp_path, Settings(workspace=tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["photos.txt"]


def test_no_workspace_another_format_and_another_sort_of_database_are_told(tmp_path, context):
    with pytest.raises(InputError, match="no workspace"):
        open_workspace(tmp_path, MANAGER)
    folder = tmp_path / "w"
    other = Settings(workspace=folder, database_url=f"sqlite:///{tmp_path}/other.sqlite")
    with pytest.raises(InputError, match="ATALAYA_DATABASE_URL"):
        open_workspace(folder, MANAGER, settings=other)
    for marker in ("format = 2\n", "format = \n", ""):
        (folder / MARKER).write_text(marker)
        with pytest.raises(InputError, match=MARKER):
            open_workspace(folder, MANAGER)


def test_a_workspace_on_a_database_of_its_own_keeps_no_address_on_disk(tmp_path):
    folder, url = tmp_path / "w", f"sqlite:///{tmp_path}/secret-place.sqlite"
    settings = Settings(workspace=folder, database_url=url)
    init_workspace(folder, settings)
    assert len(ledger(open_workspace(folder, MANAGER, settings=settings))) == 1
    assert "secret-place" not in (folder / MARKER).read_text()
    assert not (folder / "decisions.sqlite").exists()


def test_a_setting_that_is_not_valid_is_told(tmp_path, context, monkeypatch):
    monkeypatch.setenv("ATALAYA_SLAB_S", "-1")
    with pytest.raises(InputError, match="slab_s"):
        open_workspace(tmp_path / "w", MANAGER)


def test_new_identities_are_a_prefix_and_twelve_hex_digits_and_differ():
    made = {random_identity("AUT") for _ in range(100)}
    assert len(made) == 100
    assert all(len(name) == 16 and name.startswith("AUT-") and int(name[4:], 16) >= 0 for name in made)


def test_an_authority_is_recorded_before_it_is_kept_and_the_ledger_names_its_hash(context):
    add_authority(context, an_authority())
    assert stored(context) == (an_authority(),)
    leaf = ledger(context)[-1]
    assert (leaf["action"], leaf["subject"]) == ("authority.add", "AUT-1")
    assert leaf["actor"] == {"actor_id": "manager", "role": "collection-manager"}
    assert len(leaf["body"]["record_sha256"]) == 64
    assert "area" not in leaf["body"]


def test_a_role_that_may_not_is_refused_on_the_record_and_nothing_is_kept(context):
    with pytest.raises(NotPermittedError, match="collection-manager"):
        add_authority(acting(context, ANALYST), an_authority())
    assert stored(context) == ()
    leaf = ledger(context)[-1]
    assert (leaf["action"], leaf["actor"]["actor_id"]) == ("authority.refuse", "analyst")
    assert "authority.add is for collection-manager" in leaf["body"]["reasons"][0]


def test_a_taken_id_leaves_no_entry_behind(context):
    add_authority(context, an_authority())
    with pytest.raises(InputError):
        add_authority(context, an_authority())
    assert len(ledger(context)) == 2


def test_suspending_and_resuming_are_seen_and_on_the_record(context, clock):
    add_authority(context, an_authority())
    host = acting(context, HOST)
    stop = suspend_authority(host, AuthorityId("AUT-1"), "alto por la SRE")
    assert [state.suspension for state in list_authorities(context)] == [stop]
    clock.move(timedelta(hours=1))
    lifted = resume_authority(host, AuthorityId("AUT-1"), "reanudar")
    assert lifted == replace(stop, resumed_utc=clock())
    assert [state.suspension for state in list_authorities(context)] == [None]
    assert [leaf["action"] for leaf in ledger(context)][-2:] == ["authority.suspend", "authority.resume"]
    suspend_authority(host, AuthorityId("AUT-1"), "otra vez")
    assert list_authorities(context)[0].suspension is not None


def test_what_the_host_nation_stopped_only_the_host_nation_resumes(context):
    add_authority(context, an_authority())
    suspend_authority(acting(context, HOST), AuthorityId("AUT-1"), "alto")
    with pytest.raises(NotPermittedError, match="oficial suspended it"):
        resume_authority(context, AuthorityId("AUT-1"), "we would like to go on")
    assert ledger(context)[-1]["action"] == "authority.refuse"
    assert list_authorities(context)[0].suspension is not None
    resume_authority(
        acting(context, Actor(ActorId("otra"), Role.HOST_NATION_OFFICER)), AuthorityId("AUT-1"), "sí"
    )


def test_stops_that_make_no_sense_are_refused_and_leave_no_entry(context):
    add_authority(context, an_authority())
    name = AuthorityId("AUT-1")
    with pytest.raises(NotFoundError):
        resume_authority(context, name, "nothing to resume")
    with pytest.raises(NotFoundError):
        suspend_authority(context, AuthorityId("AUT-404"), "no such")
    with pytest.raises(InputError, match="reason"):
        suspend_authority(context, name, "  ")
    suspend_authority(context, name, "stop")
    with pytest.raises(InputError, match="suspended since"):
        suspend_authority(context, name, "stop again")
    with pytest.raises(InputError, match="reason"):
        resume_authority(context, name, "")
    assert len(ledger(context)) == 3


def test_a_stop_waits_for_a_writer_and_is_not_refused(context):
    add_authority(context, an_authority())
    began, go_on = threading.Event(), threading.Event()

    def write_slowly() -> None:
        with context.store.transaction() as step:
            step.record(event(context, "test.write", "x", {}))
            began.set()
            go_on.wait(0.3)

    writer = threading.Thread(target=write_slowly)
    writer.start()
    began.wait(10)
    suspend_authority(acting(context, HOST), AuthorityId("AUT-1"), "alto")
    writer.join()
    assert [leaf["action"] for leaf in ledger(context)][-2:] == ["test.write", "authority.suspend"]


@pytest.fixture
def cli(tmp_path):
    return command_line(tmp_path / "w", init, authority)


@pytest.fixture
def authority_file(tmp_path):
    path = tmp_path / "authority.json"
    path.write_text(
        json.dumps(
            {
                "instrument": "Nota 7",
                "issuing_body": "SRE",
                "consent": {"reference": "NV-1", "granted_by": "SRE", "granted_utc": "2026-11-01T00:00:00Z"},
                "area": json.loads(to_geojson(box(-108, 24, -107, 25))),
                "valid_from_utc": "2026-11-20T00:00:00Z",
                "valid_until_utc": "2026-12-20T00:00:00Z",
                "sensors": ["eo-video"],
                "purpose": "búsqueda",
                "retention": "case-5-years",
            }
        )
    )
    return path


def test_the_verbs_make_a_workspace_and_record_stop_and_resume_an_authority(cli, tmp_path, authority_file):
    made = cli("init", tmp_path / "w", "--json")
    assert json.loads(made.stdout) == {"workspace": str(tmp_path / "w")}
    added = json.loads(cli("authority", "add", "--file", authority_file, "--json").stdout)
    name = added["authority_id"]
    assert added["sensors"] == ["eo-video"]
    assert cli("authority", "suspend", name, "--reason", "alto").exit_code == 0
    assert "suspended by manager: alto" in cli("authority", "list").stdout
    assert json.loads(cli("authority", "resume", name, "--reason", "sí", "--json").stdout)["resumed_utc"]
    listed = json.loads(cli("authority", "list", "--json").stdout)
    assert listed == [{"authority": added, "suspension": None}]


def test_an_authority_can_be_given_by_options_and_an_area_file_alone(cli, tmp_path):
    cli("init", tmp_path / "w")
    feature = {
        "type": "Feature",
        "properties": {},
        "geometry": json.loads(to_geojson(box(-108, 24, -107, 25))),
    }
    area = tmp_path / "area.geojson"
    area.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    options = {
        "--area": area,
        "--instrument": "Nota 7",
        "--issuing-body": "SRE",
        "--consent-reference": "NV-1",
        "--consent-granted-by": "SRE",
        "--consent-granted": "2026-11-01T00:00:00Z",
        "--valid-from": "2026-11-20T00:00:00-07:00",
        "--valid-until": "2026-12-20T00:00:00Z",
        "--sensor": "ir-video",
        "--purpose": "search",
        "--retention": "legal-hold",
    }
    result = cli("authority", "add", "--json", *(part for pair in options.items() for part in pair))
    added = json.loads(result.stdout)
    assert added["valid_from_utc"] == "2026-11-20T07:00:00.000000Z"
    assert added["area"]["type"] == "Polygon"


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"sensors": ["radio"]}, "Sensor is one of"),
        ({"purpose": None}, "purpose"),
        ({"valid_from_utc": "2026-11-20T00:00:00"}, "zone"),
        ({"area": {"type": "Point", "coordinates": [0, 0]}}, "Polygon"),
        ({"authority_id": "AUT-mine"}, "leave authority_id out"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_file_that_is_wrong_is_refused_naming_the_field(cli, tmp_path, authority_file, change, word):
    cli("init", tmp_path / "w")
    authority_file.write_text(json.dumps(json.loads(authority_file.read_text()) | change))
    error = error_of(cli("authority", "add", "--file", authority_file))
    assert (exit_code(error), word in str(error)) == (3, True), str(error)


def test_unreadable_files_missing_workspaces_and_missing_actors_have_their_exit_codes(cli, tmp_path):
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "list.json").write_text("[]")
    cli("init", tmp_path / "w")
    for name in ("broken.json", "list.json", "missing.json"):
        assert exit_code(error_of(cli("authority", "add", "--file", tmp_path / name))) == 3
        assert exit_code(error_of(cli("authority", "add", "--area", tmp_path / name))) == 3
    assert exit_code(error_of(cli("authority", "list", actor=""))) == 3
    assert exit_code(error_of(cli("authority", "suspend", "AUT-404", "--reason", "x"))) == 5
    assert (
        exit_code(error_of(cli("authority", "suspend", "AUT-4", "--reason", "x", role="imagery-analyst")))
        == 4
    )
    blocked = tmp_path / "file"
    blocked.write_text("x")
    assert isinstance(error_of(cli("init", blocked / "w")), ExternalError)
