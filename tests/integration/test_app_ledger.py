"""The ledger on a real workspace, tampered with directly in its file: every sort of tampering is found."""

import json
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from atalaya.app.context import commit
from atalaya.app.ledger import check_proof, list_entries, prove_entry, sign_head, verify_ledger
from atalaya.cli import ledger as ledger_cli
from atalaya.cli.output import exit_code
from atalaya.custody.chain import link
from atalaya.custody.merkle import root
from atalaya.errors import IntegrityError, NotFoundError
from atalaya.io.keys import SIGNING_KEY, KeyRing
from atalaya.model.actor import Actor, Role
from atalaya.model.custody import AuditEvent
from atalaya.model.identifiers import ActorId
from command_line import command_line, error_of
from workspaces import START, HandClock, new_workspace

AUDITOR = {"actor": "ola", "role": "oversight-auditor"}


@pytest.fixture
def workspace(tmp_path):
    """Twelve entries, signed heads over 5 and 10 of them."""
    context = new_workspace(tmp_path / "w", HandClock())
    for number in range(1, 12):
        commit(context, "test.write", f"SIT-{number}", {"n": number}, lambda _: None)
        if number + 1 in {5, 10}:
            sign_head(context)
    return context


def _tamper(context, *statements):
    with sqlite3.connect(context.settings.workspace / "decisions.sqlite") as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        for statement in statements:
            sql, *values = [statement] if isinstance(statement, str) else statement
            database.execute(sql, values)


def _found(context, *kept):
    return {(one.code, one.index) for one in verify_ledger(context, kept).problems}


def test_a_ledger_that_nobody_touched_holds(workspace):
    report = verify_ledger(workspace)
    assert report.problems == ()
    assert (report.size, report.unsigned, report.heads) == (12, 2, 2)
    assert report.newest_head is not None
    assert report.newest_head.size == 10


def test_the_store_itself_refuses_to_change_or_delete_an_entry(workspace):
    path = workspace.settings.workspace / "decisions.sqlite"
    for statement in ("UPDATE ledger_entry SET leaf = 'x'", "DELETE FROM ledger_entry"):
        with sqlite3.connect(path) as database, pytest.raises(sqlite3.DatabaseError):
            database.execute(statement)


@pytest.mark.parametrize("index", [0, 3, 9, 11])
def test_a_changed_leaf_is_named(workspace, index):
    _tamper(
        workspace,
        ("UPDATE ledger_entry SET leaf = replace(leaf, 'SIT', 'TIS') || ' ' WHERE \"index\" = ?", index),
    )
    assert ("leaf-changed", index) in _found(workspace)


@pytest.mark.parametrize("index", [0, 3, 9, 10])
def test_a_deleted_entry_is_named(workspace, index):
    _tamper(workspace, ('DELETE FROM ledger_entry WHERE "index" = ?', index))
    assert ("index-gap", index) in _found(workspace)


def test_two_entries_that_changed_places_are_named(workspace):
    _tamper(
        workspace,
        'UPDATE ledger_entry SET "index" = 99 WHERE "index" = 3',
        'UPDATE ledger_entry SET "index" = 3 WHERE "index" = 7',
        'UPDATE ledger_entry SET "index" = 7 WHERE "index" = 99',
    )
    assert {("leaf-form", 3), ("leaf-form", 7), ("previous-hash", 3)} <= _found(workspace)


def test_a_cut_off_end_is_found_against_the_newest_head(workspace):
    _tamper(workspace, 'DELETE FROM ledger_entry WHERE "index" >= 8')
    assert _found(workspace) == {("truncated", 8)}


def test_a_cut_off_end_with_its_head_is_found_with_a_head_kept_elsewhere(workspace):
    kept = verify_ledger(workspace).newest_head
    _tamper(workspace, 'DELETE FROM ledger_entry WHERE "index" >= 8', "DELETE FROM tree_head WHERE size = 10")
    assert _found(workspace) == set()
    assert _found(workspace, kept) == {("truncated", 8)}


def test_a_ledger_of_which_nothing_is_left_does_not_hold_and_is_not_signed(workspace):
    _tamper(workspace, "DELETE FROM ledger_entry", "DELETE FROM tree_head")
    assert _found(workspace) == {("truncated", 0)}
    with pytest.raises(IntegrityError, match="the ledger is empty"):
        sign_head(workspace)


def test_a_history_written_anew_does_not_have_the_signed_root(workspace):
    entries = list_entries(workspace)
    previous, statements = entries[2].leaf_hash, []
    for entry in entries[3:]:
        event = AuditEvent(
            at_utc=START, actor=Actor(ActorId("eve"), Role.SYSTEM), action="a.b", subject="x", body={}
        )
        forged = link(event, entry.index, previous, salt="00" * 16)
        previous = forged.leaf_hash
        statements.append(
            (
                'UPDATE ledger_entry SET leaf = ?, leaf_hash = ?, previous_leaf_hash = ? WHERE "index" = ?',
                *(forged.leaf, forged.leaf_hash, forged.previous_leaf_hash, entry.index),
            )
        )
    _tamper(workspace, *statements)
    assert _found(workspace) == {("root-differs", 4), ("root-differs", 9)}


def test_a_head_that_was_changed_does_not_pass_as_signed(workspace):
    _tamper(workspace, "UPDATE tree_head SET size = 9 WHERE size = 10")
    assert _found(workspace) == {("head-signature", 8)}


def test_a_ledger_that_does_not_hold_is_never_signed(workspace):
    _tamper(workspace, 'DELETE FROM ledger_entry WHERE "index" = 3')
    with pytest.raises(IntegrityError, match="entry 3 is missing"):
        sign_head(workspace)
    assert verify_ledger(workspace).heads == 2


def test_every_entry_under_the_head_is_proved_and_no_other(workspace):
    for entry in list_entries(workspace, 0, 10):
        proof = prove_entry(workspace, entry.index)
        assert proof.entry == entry
        check_proof(proof, workspace.signer.public_jwk)
    with pytest.raises(NotFoundError, match="covers 0 to 9"):
        prove_entry(workspace, 10)
    assert sign_head(workspace).size == 12
    assert (
        prove_entry(workspace, 11).head.root_hash
        == root(bytes.fromhex(entry.leaf_hash) for entry in list_entries(workspace)).hex()
    )


def test_without_a_head_nothing_is_proved(tmp_path):
    context = new_workspace(tmp_path / "w", HandClock())
    with pytest.raises(NotFoundError, match="there is none yet"):
        prove_entry(context, 0)
    assert verify_ledger(context).newest_head is None


def test_the_command_line_checks_signs_and_proves(workspace, tmp_path):
    call = command_line(workspace.settings.workspace, ledger_cli)
    assert "HOLDS  12 entries" in call("ledger", "verify", **AUDITOR).output
    head = json.loads(call("ledger", "head", "--json", **AUDITOR).output)
    assert head["size"] == 12
    (tmp_path / "head.json").write_text(json.dumps(head))
    rows = json.loads(call("ledger", "list", "--start", 3, "--stop", 5, "--json", **AUDITOR).output)
    assert [(row["index"], row["action"], row["actor"]) for row in rows] == [
        (3, "test.write", "manager"),
        (4, "test.write", "manager"),
    ]
    proof = tmp_path / "proof.json"
    assert "is in" in call("ledger", "prove", 7, "--out", proof, **AUDITOR).output
    assert (
        "PROVED  entry 7 of 12"
        in call("ledger", "check", proof, "--signer", head["key_id"], **AUDITOR).output
    )
    form = json.loads(proof.read_text())
    form["proof"]["entry"]["leaf"] = form["proof"]["entry"]["leaf"].replace("SIT-7", "SIT-8")
    proof.write_text(json.dumps(form))
    assert exit_code(error_of(call("ledger", "check", proof, **AUDITOR))) == 6
    _tamper(
        workspace, 'DELETE FROM ledger_entry WHERE "index" >= 11', "DELETE FROM tree_head WHERE size = 12"
    )
    assert "HOLDS  11 entries" in call("ledger", "verify", **AUDITOR).output
    cut = call("ledger", "verify", "--head", tmp_path / "head.json", "--json", **AUDITOR)
    assert exit_code(error_of(cut)) == 6
    assert json.loads(cut.output)["problems"][0]["code"] == "truncated"


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"jwk": {}, "proof": {}}', '{"jwk": 7}'])
def test_a_file_that_is_no_proof_is_told(workspace, tmp_path, content):
    (tmp_path / "proof.json").write_text(content)
    call = command_line(workspace.settings.workspace, ledger_cli)
    assert exit_code(error_of(call("ledger", "check", tmp_path / "proof.json"))) == 3
    assert exit_code(error_of(call("ledger", "check", tmp_path / "nowhere.json"))) == 7


def test_many_that_come_first_at_the_same_moment_end_with_one_key(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: KeyRing(tmp_path / "keys").signer().key_id, range(24)))
    assert len(found) == 1
    assert [path.name for path in (tmp_path / "keys").iterdir()] == [SIGNING_KEY]


def test_the_signing_key_is_made_once_and_only_its_owner_may_read_it(tmp_path):
    ring = KeyRing(tmp_path / "keys")
    first = ring.signer()
    path = tmp_path / "keys" / SIGNING_KEY
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert ring.signer().key_id == first.key_id
    assert KeyRing(tmp_path / "others").signer().key_id != first.key_id
    path.chmod(0o644)
    with pytest.raises(IntegrityError, match="chmod 600"):
        ring.signer()
    path.write_text("no key")
    path.chmod(0o600)
    with pytest.raises(IntegrityError, match="PKCS8"):
        ring.signer()
