"""The ledger: how fast entries become durable, and what checking and proving 100 000 of them costs."""

import hashlib
import json
import sqlite3
import time

import pytest

from atalaya.custody.chain import FIRST_PREVIOUS, check_chain, link
from atalaya.custody.merkle import ProofTree, root, verify_inclusion
from atalaya.io.database import DatabaseStore, migrate
from atalaya.model.json_form import to_json
from store_records import an_event

ENTRIES = 100_000
ONE_BY_ONE, IN_ONE_STEP = 100, 5_000
EVENT = an_event("SIT-1", number=7, reason="para la prueba", status="candidate")


@pytest.fixture
def store(tmp_path):
    url = f"sqlite:///{tmp_path}/decisions.sqlite"
    migrate(url)
    made = DatabaseStore(url)
    yield made
    made.close()


@pytest.fixture
def bare(tmp_path):
    """The same durability without our store: one table, a text a row."""
    connection = sqlite3.connect(tmp_path / "bare.sqlite", isolation_level=None)
    for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "CREATE TABLE t (leaf TEXT)"):
        connection.execute(statement)
    yield connection
    connection.close()


def steps(store, count, at_once):
    for _ in range(count):
        with store.transaction() as step:
            for _ in range(at_once):
                step.record(EVENT)


def inserts(bare, count, at_once):
    """A chain of hashes by hand: sorted JSON with the hash of the one before, no canonical numbers."""
    form, previous = to_json(EVENT), FIRST_PREVIOUS
    for _ in range(count):
        bare.execute("BEGIN IMMEDIATE")
        for index in range(at_once):
            linked = form | {"index": index, "previous_leaf_hash": previous}
            leaf = json.dumps(linked, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            previous = hashlib.sha256(b"\x00" + leaf.encode()).hexdigest()
            bare.execute("INSERT INTO t VALUES (?)", (leaf,))
        bare.execute("COMMIT")


def durable(race, job, store, bare, what, count, at_once, unit):
    race.run(
        what,
        job(name="Atalaya", run=lambda: steps(store, count, at_once), amount=count * at_once),
        job(
            name="hash chain by hand on sqlite3",
            run=lambda: inserts(bare, count, at_once),
            amount=count * at_once,
        ),
        unit=unit,
    )


@pytest.mark.benchmark(timer=time.perf_counter)
def test_durable_entries_one_by_one_on_the_wall_clock(race, job, store, bare):
    durable(
        race, job, store, bare, "durable ledger entries, one a step, wall", ONE_BY_ONE, 1, "entries/s (wall)"
    )


def test_durable_entries_one_by_one(race, job, store, bare):
    durable(race, job, store, bare, "durable ledger entries, one a step", ONE_BY_ONE, 1, "entries/CPU-s")


def test_durable_entries_in_one_step(race, job, store, bare):
    what = f"durable ledger entries, {IN_ONE_STEP} in one step"
    durable(race, job, store, bare, what, 1, IN_ONE_STEP, "entries/CPU-s")


@pytest.fixture(scope="module")
def entries():
    made, previous = [], FIRST_PREVIOUS
    for index in range(ENTRIES):
        made.append(link(EVENT, index, previous, salt="5a" * 16))
        previous = made[-1].leaf_hash
    return made


def read_and_hashed(entries):
    """The least that a reader of the chain has to do."""
    return [
        (json.loads(one.leaf), hashlib.sha256(b"\x00" + one.leaf.encode()).hexdigest()) for one in entries
    ]


def test_checking_the_chain(race, job, entries):
    assert check_chain(entries) == ()
    race.run(
        f"chain of {ENTRIES:,} entries checked",
        job(name="Atalaya", run=lambda: check_chain(entries), amount=ENTRIES),
        job(name="JSON read and SHA-256, no check", run=lambda: read_and_hashed(entries), amount=ENTRIES),
        unit="entries/CPU-s",
        rounds=3,
    )


def test_one_inclusion_proof(race, job, entries):
    leaves = [bytes.fromhex(one.leaf_hash) for one in entries]
    tree = ProofTree(leaves)
    top, wanted = tree.root(), range(0, ENTRIES, ENTRIES // 200)

    def proved():
        for index in wanted:
            assert verify_inclusion(leaves[index], index, ENTRIES, tree.inclusion_proof(index), top)

    race.run(
        f"inclusion proof of 1 in {ENTRIES:,}, made and verified",
        job(name="Atalaya", run=proved, amount=len(wanted)),
        job(name="root made anew from all leaves", run=lambda: root(leaves) == top, amount=1),
        unit="ms CPU",
        each=1000.0,
    )


def test_building_the_tree_of_proofs(race, job, entries):
    leaves = [bytes.fromhex(one.leaf_hash) for one in entries]
    nodes = b"\x01" + bytes(64)
    race.run(
        f"tree for proofs over {ENTRIES:,} entries, built once",
        job(name="Atalaya", run=lambda: ProofTree(leaves).root(), amount=1),
        job(
            name="its SHA-256 alone",
            run=lambda: [hashlib.sha256(nodes).digest() for _ in leaves],
            amount=1,
        ),
        unit="ms CPU",
        each=1000.0,
    )
