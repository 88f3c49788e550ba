"""A ledger that was changed, cut, reordered or had an entry taken out is found, and the entry named."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from atalaya.custody.chain import FIRST_PREVIOUS, check_chain, link, read_leaf
from atalaya.custody.merkle import root
from atalaya.custody.tree_head import make_head
from atalaya.errors import InputError
from atalaya.io.keys import KeySigner
from atalaya.model.actor import Actor, Role
from atalaya.model.custody import AuditEvent, LedgerEntry, TreeHead
from atalaya.model.identifiers import ActorId

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
SIGNER = KeySigner(Ed25519PrivateKey.from_private_bytes(bytes(32)))


SALT = "5a" * 16


def ledger(size: int, *, word: str = "n") -> list[LedgerEntry]:
    entries: list[LedgerEntry] = []
    for index in range(size):
        event = AuditEvent(
            at_utc=NOW + timedelta(seconds=index),
            actor=Actor(ActorId("ana"), Role.IMAGERY_ANALYST),
            action="review.confirm",
            subject=f"SIT-{index}",
            body={word: index, "weights": [0.25, None, True]},
        )
        entries.append(link(event, index, entries[-1].leaf_hash if entries else FIRST_PREVIOUS, salt=SALT))
    return entries


def head_of(entries: list[LedgerEntry]) -> TreeHead:
    hashes = [bytes.fromhex(entry.leaf_hash) for entry in entries]
    return make_head(origin="here", size=len(entries), root=root(hashes), at_utc=NOW, signer=SIGNER)


def test_an_entry_is_the_canonical_json_of_its_event_its_place_and_what_came_before():
    entry = ledger(1)[0]
    assert entry.leaf == (
        '{"action":"review.confirm","actor":{"actor_id":"ana","role":"imagery-analyst"},'
        '"at_utc":"2026-11-22T10:00:00.000000Z","body":{"n":0,"weights":[0.25,null,true]},"index":0,'
        f'"previous_leaf_hash":"{"0" * 64}","salt":"{SALT}","subject":"SIT-0"}}'
    )
    assert read_leaf(entry)["subject"] == "SIT-0"


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))
def test_a_ledger_that_nobody_touched_holds_at_every_size(size, first, second):
    entries = ledger(size)
    heads = [head_of(entries[: min(one, size)]) for one in (first, second)]
    assert check_chain(entries, heads) == ()
    assert check_chain(entries) == ()


@given(st.integers(1, 30), st.data())
def test_a_changed_leaf_is_named(size, data):
    entries = ledger(size)
    index = data.draw(st.integers(0, size - 1))
    entry = entries[index]
    entries[index] = replace(entry, leaf=entry.leaf.replace("review.confirm", "review.reject"))
    problems = check_chain(entries, [head_of(ledger(size))])
    assert ("leaf-changed", index) in {(one.code, one.index) for one in problems}


@given(st.integers(1, 30), st.data())
def test_a_changed_leaf_with_its_hash_made_anew_is_named_by_the_chain_or_the_head(size, data):
    index = data.draw(st.integers(0, size - 1))
    true, entries = head_of(ledger(size)), ledger(size)
    forged = ledger(size, word="m")[index]
    entries[index] = replace(forged, previous_leaf_hash=entries[index].previous_leaf_hash)
    problems = check_chain(entries, [true])
    assert problems
    assert min(one.index for one in problems) in {index, index + 1, size - 1}


@given(st.integers(1, 30), st.data())
def test_a_whole_new_history_does_not_have_the_root_that_was_signed(size, data):
    from_index = data.draw(st.integers(0, size - 1))
    forged = ledger(from_index)
    for entry in ledger(size, word="m")[from_index:]:
        event = AuditEvent(
            at_utc=NOW,
            actor=Actor(ActorId("mallory"), Role.SYSTEM),
            action="a.b",
            subject="x",
            body={},
        )
        forged.append(link(event, entry.index, forged[-1].leaf_hash if forged else FIRST_PREVIOUS, salt=SALT))
    problems = check_chain(forged, [head_of(ledger(size))])
    assert [(one.code, one.index) for one in problems] == [("root-differs", size - 1)]


@given(st.integers(2, 30), st.data())
def test_a_deleted_entry_is_named(size, data):
    entries, head = ledger(size), head_of(ledger(size))
    index = data.draw(st.integers(0, size - 1))
    del entries[index]
    problems = check_chain(entries, [head])
    code = "truncated" if index == size - 1 else "index-gap"
    assert (code, index) in {(one.code, one.index) for one in problems}


@given(st.integers(2, 30), st.data())
def test_a_truncated_ledger_is_found_against_the_newest_head(size, data):
    entries, head = ledger(size), head_of(ledger(size))
    left = data.draw(st.integers(0, size - 1))
    problems = check_chain(entries[:left], [head_of(entries[:left]), head])
    assert [(one.code, one.index) for one in problems] == [("truncated", left)]


@given(st.integers(2, 30), st.data())
def test_two_entries_that_changed_places_are_named(size, data):
    entries = ledger(size)
    first = data.draw(st.integers(0, size - 2))
    second = data.draw(st.integers(first + 1, size - 1))
    entries[first], entries[second] = entries[second], entries[first]
    problems = check_chain(entries, [head_of(ledger(size))])
    assert first in {one.index for one in problems}
    relabelled = [replace(entry, index=index) for index, entry in enumerate(entries)]
    codes = {(one.code, one.index) for one in check_chain(relabelled)}
    assert ("leaf-form", first) in codes
    assert ("leaf-form", second) in codes


def test_an_entry_put_in_is_named():
    entries = ledger(5)
    entries.insert(2, entries[1])
    assert ("index-order", 1) in {(one.code, one.index) for one in check_chain(entries)}


@pytest.mark.parametrize(
    "body", ['{"n":NaN}', '{"b":1,"a":2}', '{"n":1.0}', '{"n":1e3}', '{"n":"\\u0041"}', '{"n": 1}']
)
def test_a_leaf_in_another_spelling_is_not_read(body):
    with pytest.raises(InputError, match=r"entry 0|not JSON"):
        read_leaf(replace(ledger(1)[0], leaf=body))


@pytest.mark.parametrize("leaf", ["", "{", "[]", '{"a": 1}', "\ud800", '{"n":9007199254740993}', "NaN"])
def test_a_leaf_that_is_no_canonical_object_is_a_finding_not_a_crash(leaf):
    entries = ledger(2)
    entries[1] = replace(entries[1], leaf=leaf)
    assert {"leaf-changed", "leaf-form"} <= {one.code for one in check_chain(entries)}


def test_an_event_without_canonical_form_makes_no_entry():
    event = AuditEvent(
        at_utc=NOW,
        actor=Actor(ActorId("ana"), Role.SYSTEM),
        action="a.b",
        subject="x",
        body={"n": float("nan")},
    )
    with pytest.raises(InputError):
        link(event, 0, FIRST_PREVIOUS, salt=SALT)
