"""One suite for every store: SQLite inside the workspace, and PostgreSQL."""

import itertools
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import atalaya.io
from atalaya.custody.canonical import canonical_json
from atalaya.custody.chain import FIRST_PREVIOUS, check_chain
from atalaya.custody.merkle import leaf_hash
from atalaya.errors import AtalayaError, ExternalError, InputError, IntegrityError, NotFoundError
from atalaya.io.database import DatabaseStore, migrate, require_migrated
from atalaya.io.tables import KINDS, SCHEMA_REVISION, metadata
from atalaya.model.authority import Authority
from atalaya.model.json_form import to_json
from atalaya.model.site import Site
from atalaya.model.sortie import Sortie, SortieStatus
from postgres_server import new_database, postgres_server
from store_records import NOW, a_head, a_site, a_sortie, an_authority, an_event, every_kind

_numbers = itertools.count()


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    with postgres_server() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request, tmp_path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'decisions.sqlite'}"
    server_url = str(request.getfixturevalue("server"))
    return str(new_database(server_url, f"store_{next(_numbers)}"))


@pytest.fixture
def store(url) -> Iterator[DatabaseStore]:
    migrate(url)
    made = DatabaseStore(url)
    yield made
    made.close()


def put(store: DatabaseStore, *records: object) -> None:
    with store.transaction() as step:
        step.record(an_event())
        for record in records:
            step.add(record)


def put_every_kind(store: DatabaseStore) -> None:
    put(store, *(record for record, _ in every_kind()))


def test_the_suite_has_one_record_of_every_kind_the_store_keeps():
    assert {type(record) for record, _ in every_kind()} == set(KINDS)


def test_every_kind_comes_back_as_it_went_in(store):
    put_every_kind(store)
    with store.transaction() as step:
        for record, identity in every_kind():
            assert step.get(type(record), identity) == record
            assert step.find(type(record)) == (record,)


def test_every_key_column_finds_its_record_and_no_other(store):
    put_every_kind(store)
    with store.transaction() as step:
        for record, _ in every_kind():
            kind = KINDS[type(record)]
            for column, value in kind.row(record).items():
                if column == "identity" or value is None:
                    continue
                assert step.find(type(record), **{column: value}) == (record,)
                assert step.find(type(record), **{column: "something else"}) == ()


def test_a_reopened_store_holds_what_was_written(store, url):
    put(store, an_authority())
    store.close()
    again = DatabaseStore(url)
    with again.transaction() as step:
        assert step.get(Authority, "AUT-1") == an_authority()
        assert step.ledger_size() == 1
    again.close()


def test_find_answers_in_the_order_of_adding(store):
    put(store, an_authority("AUT-9"), an_authority("AUT-1"), an_authority("AUT-5"))
    with store.transaction() as step:
        step.record(an_event())
        step.replace(replace(an_authority("AUT-9"), purpose="otra"))
    with store.transaction() as step:
        assert [found.authority_id for found in step.find(Authority)] == ["AUT-9", "AUT-1", "AUT-5"]


def test_replace_changes_the_record_and_its_key_columns(store):
    put(store, an_authority(), a_sortie())
    closed = replace(a_sortie(), status=SortieStatus.CLOSED, closed_utc=NOW)
    with store.transaction() as step:
        step.record(an_event())
        step.replace(closed)
    with store.transaction() as step:
        assert step.find(Sortie, status="closed") == (closed,)
        assert step.find(Sortie, status="open") == ()


@pytest.mark.parametrize("write", ["add", "replace"])
def test_a_write_before_the_audit_entry_is_refused(store, write):
    with pytest.raises(IntegrityError, match="audit entry"), store.transaction() as step:
        getattr(step, write)(an_authority())
    with store.transaction() as step:
        assert step.find(Authority) == ()


def test_each_step_needs_an_audit_entry_of_its_own(store):
    put(store, an_authority())
    with pytest.raises(IntegrityError), store.transaction() as step:
        step.add(an_authority("AUT-2"))


def test_an_exception_undoes_everything_the_ledger_entry_included(store):
    put(store, an_authority())

    def write_then_fail() -> None:
        with store.transaction() as step:
            step.record(an_event())
            step.add(an_authority("AUT-2"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_then_fail()
    with store.transaction() as step:
        assert step.ledger_size() == 1
        assert [found.authority_id for found in step.find(Authority)] == ["AUT-1"]


def test_a_taken_identity_is_refused_and_the_step_may_go_on(store):
    put(store, an_authority())
    with store.transaction() as step:
        step.record(an_event())
        with pytest.raises(InputError, match="AUT-1"):
            step.add(an_authority())
        step.add(an_authority("AUT-2"))
    with store.transaction() as step:
        assert len(step.find(Authority)) == 2


def test_a_record_that_names_nothing_stored_is_refused(store):
    with pytest.raises(InputError, match="SOR-1"):
        put(store, a_sortie(authority="AUT-404"))
    with store.transaction() as step:
        assert step.ledger_size() == 0


def test_what_is_not_there_is_not_found(store):
    with store.transaction() as step:
        with pytest.raises(NotFoundError, match="SIT-404"):
            step.get(Site, "SIT-404")
        step.record(an_event())
        with pytest.raises(NotFoundError, match="SIT-1"):
            step.replace(a_site())


def test_unknown_kinds_and_key_columns_are_refused(store):
    with store.transaction() as step:
        with pytest.raises(InputError, match="status"):
            step.find(Site, colour="red")
        with pytest.raises(InputError, match="body"):
            step.find(Site, body="{}")
        with pytest.raises(InputError, match="str"):
            step.get(str, "x")


def test_a_number_that_is_not_a_number_is_not_stored(store):
    site = a_site()
    unknown = replace(
        site,
        candidate=replace(
            site.candidate, evidence=(replace(site.candidate.evidence[0], weight_bits=float("nan")),)
        ),
    )
    with pytest.raises(InputError, match="null"):
        put(store, unknown)


def test_text_that_no_database_can_hold_is_refused_as_input(store):
    for name in ("AUT-\ud800", "AUT-\x00"):
        try:
            put(store, an_authority(name))
        except InputError:
            continue
        with store.transaction() as step:  # where it can be held, it comes back unchanged
            assert step.get(Authority, name).authority_id == name


def test_a_ledger_entry_is_the_canonical_json_of_its_event_and_follows_the_one_before(store):
    with store.transaction() as step:
        first, second = step.record(an_event("uno", z=1, a="ñ")), step.record(an_event("dos"))
    salt = json.loads(first.leaf)["salt"]
    assert len(bytes.fromhex(salt)) == 16
    assert salt != json.loads(second.leaf)["salt"]
    form = to_json(an_event("uno", z=1, a="ñ")) | {"index": 0, "previous_leaf_hash": FIRST_PREVIOUS}
    form["salt"] = salt
    assert first.leaf == canonical_json(form).decode()
    assert first.leaf_hash == leaf_hash(first.leaf.encode()).hex()
    assert (second.index, second.previous_leaf_hash) == (1, first.leaf_hash)
    with store.transaction() as step:
        assert list(step.entries()) == [first, second]


def test_entries_are_read_by_index_in_pieces(store):
    with store.transaction() as step:
        made = [step.record(an_event(str(number))) for number in range(2345)]
    with store.transaction() as step:
        assert list(step.entries()) == made
        assert list(step.entries(1000, 2001)) == made[1000:2001]
        assert list(step.entries(2344)) == made[2344:]
        assert list(step.entries(9999)) == []
        assert step.ledger_size() == 2345
        assert check_chain(step.entries()) == ()


def test_an_event_without_canonical_form_stops_the_step(store):
    with pytest.raises(InputError), store.transaction() as step:
        step.record(an_event(size=2**70))
    with store.transaction() as step:
        assert step.ledger_size() == 0


def test_four_writers_at_once_leave_no_gap_and_one_chain(store):
    failures: list[AtalayaError] = []

    def write(writer: int) -> None:
        for number in range(25):
            try:
                put(store, an_authority(f"AUT-{writer}-{number}"))
            except AtalayaError as error:
                failures.append(error)

    writers = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert failures == []
    with store.transaction() as step:
        entries = list(step.entries())
        assert [entry.index for entry in entries] == list(range(100))
        assert check_chain(entries) == ()
        assert len(step.find(Authority)) == 100


def test_a_step_that_read_before_somebody_else_wrote_is_refused_as_a_whole(store):
    put(store, an_authority())

    def read_wait_and_write() -> None:
        with store.transaction() as slow:
            slow.find(Authority)
            put(store, an_authority("AUT-2"))
            slow.record(an_event())

    with pytest.raises(ExternalError):
        read_wait_and_write()
    with store.transaction() as step:
        assert step.ledger_size() == 2


def test_readers_do_not_wait_for_a_writer(store):
    put(store, an_authority())
    with store.transaction() as writer:
        writer.record(an_event())
        writer.add(an_authority("AUT-2"))
        with store.transaction() as reader:
            assert len(reader.find(Authority)) == 1


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE ledger_entry SET leaf = 'forged'",
        "DELETE FROM ledger_entry",
        "UPDATE tree_head SET size = 0",
        "DELETE FROM tree_head",
        "INSERT INTO ledger_entry VALUES (7, 'x', 'y', 'z')",
    ],
)
def test_rows_of_the_ledger_cannot_be_changed_removed_or_put_in_elsewhere(store, attack):
    with store.transaction() as step:
        step.record(an_event())
        step.add_head(a_head())
    with pytest.raises(sa.exc.DBAPIError), store._engine.begin() as connection:
        connection.execute(sa.text(attack))


@pytest.mark.postgres
def test_the_ledger_cannot_be_truncated_on_postgresql(server):
    url = new_database(server, f"store_{next(_numbers)}")
    migrate(url)
    store = DatabaseStore(url)
    with pytest.raises(sa.exc.DBAPIError), store._engine.begin() as connection:
        connection.execute(sa.text("TRUNCATE ledger_entry"))
    store.close()


def test_heads_come_back_oldest_first_and_need_no_entry(store):
    with store.transaction() as step:
        step.add_head(a_head(2))
        step.add_head(a_head(1))
    with store.transaction() as step:
        assert step.heads() == (a_head(2), a_head(1))
        assert step.ledger_size() == 0


def test_a_damaged_row_is_told_and_never_guessed(store):
    put(store, an_authority())
    with store._engine.begin() as connection:
        connection.execute(sa.text("UPDATE authority SET body = '{\"instrument\": 7}'"))
    with pytest.raises(IntegrityError, match="damaged"), store.transaction() as step:
        step.get(Authority, "AUT-1")


def test_migrating_twice_changes_nothing_and_the_schema_is_that_of_the_tables(store, url):
    put(store, an_authority())
    migrate(url)
    require_migrated(url)
    with store._engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    with store.transaction() as step:
        assert step.ledger_size() == 1


def test_a_database_that_was_not_migrated_is_refused(url):
    with pytest.raises(InputError, match="atalaya init"):
        require_migrated(url)


def test_the_revision_named_in_the_tables_is_the_newest_migration():
    folder = Path(atalaya.io.__file__).parent / "migrations"
    assert ScriptDirectory(str(folder)).get_heads() == [SCHEMA_REVISION]


def test_a_database_that_cannot_be_reached_is_an_external_error_without_its_password(tmp_path):
    for url in (f"sqlite:///{tmp_path}/nowhere/x.sqlite", "postgresql://u:geheim@127.0.0.1:1/x"):
        with pytest.raises(ExternalError) as raised:
            migrate(url)
        assert "geheim" not in str(raised.value)


@pytest.mark.parametrize("url", ["not a url", "mysql://x/y", ""])
def test_other_databases_are_refused(url):
    with pytest.raises(InputError) as raised:
        DatabaseStore(url)
    assert "not a url" not in str(raised.value)


WRITER = """
import sys
from atalaya.io.database import DatabaseStore
from store_records import an_authority, an_event

store = DatabaseStore(sys.argv[1])
for number in range(100000):
    with store.transaction() as step:
        step.record(an_event(str(number)))
        step.add(an_authority(f"AUT-{sys.argv[2]}-{number}"))
    print(number, flush=True)
"""


def test_a_writer_killed_at_any_moment_leaves_no_half_step_and_loses_no_answered_one(store, url):
    answered = 0
    path = os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])
    for attempt, wait_s in enumerate([0.0, 0.011, 0.043, 0.127]):
        command = [sys.executable, "-c", WRITER, url, str(attempt)]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": path}
        ) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(wait_s)
            writer.kill()
            answered += 1 + len(writer.stdout.readlines())
    with store.transaction() as step:
        entries = list(step.entries())
        assert check_chain(entries) == ()
        assert len(step.find(Authority)) == len(entries)
        assert answered <= len(entries) <= answered + 4


def test_a_full_disk_undoes_the_step(tmp_path):
    url = f"sqlite:///{tmp_path / 'full.sqlite'}"
    migrate(url)
    store = DatabaseStore(url)

    @sa.event.listens_for(store._engine, "connect")
    def limit(connection, _):
        connection.execute("PRAGMA max_page_count = 80")

    put(store, an_authority())
    with pytest.raises(ExternalError, match="full"):
        put(store, *(an_authority(f"AUT-{number}-full") for number in range(1000)))
    with store.transaction() as step:
        assert step.ledger_size() == 1
        assert len(step.find(Authority)) == 1
    store.close()
