"""The chain of the ledger: how an entry is made, and how anybody checks a run of them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from atalaya.custody.canonical import canonical_json
from atalaya.custody.merkle import MerkleTree, leaf_hash
from atalaya.errors import InputError
from atalaya.model.custody import AuditEvent, Json, LedgerEntry, TreeHead
from atalaya.model.json_form import to_json

FIRST_PREVIOUS = "0" * 64
"""What the first entry names as the leaf hash before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainProblem:
    """One thing wrong with the ledger.

    Args:
        index: of the entry it was found at; the place where an entry is missing for a gap.
        code: `index-gap`, `index-order`, `leaf-changed`, `leaf-form`, `previous-hash`, `truncated`,
            `root-differs`, `head-signature`.
        message: for people.
    """

    index: int
    code: str
    message: str


def link(event: AuditEvent, index: int, previous_leaf_hash: str, *, salt: str) -> LedgerEntry:
    """The entry of this event at this place.

    Its leaf is the RFC 8785 JSON of the event's fields, `index`, `previous_leaf_hash` and `salt`.

    Args:
        event: what is about to happen.
        index: of the entry.
        previous_leaf_hash: of the entry before it.
        salt: 128 random bits in hex. A proof of a shown entry gives away the hashes of its neighbours; with
            a salt nobody can guess a withheld neighbour by hashing what it might say.

    Raises:
        InputError: the event's body has no canonical JSON.
    """
    form: dict[str, Json] = {**to_json(event), "index": index, "previous_leaf_hash": previous_leaf_hash}
    form["salt"] = salt
    leaf = canonical_json(form)
    return LedgerEntry(
        index=index,
        leaf=leaf.decode(),
        previous_leaf_hash=previous_leaf_hash,
        leaf_hash=leaf_hash(leaf).hex(),
    )


def check_chain(entries: Iterable[LedgerEntry], heads: Iterable[TreeHead] = ()) -> tuple[ChainProblem, ...]:
    """Everything wrong with the whole ledger, in order; empty where it holds.

    Finds an entry that was changed, left out, put in, moved, or cut off at the end up to the newest head.
    Entries after the newest head are protected by the chain alone until the next head is signed.

    Args:
        entries: all entries, as they are stored, in the order they are stored.
        heads: heads whose signature was already verified (`tree_head.verify_head`), in any order.
    """
    problems: list[ChainProblem] = []
    waiting = sorted((head for head in heads if head.size), key=lambda head: head.size, reverse=True)
    tree, previous, expected = MerkleTree(), FIRST_PREVIOUS, 0
    for entry in entries:
        problems += _check_place(entry, expected)
        problems += _check_entry(entry, previous)
        tree.append(_hash_of(entry))
        previous, expected = entry.leaf_hash, entry.index + 1
        while waiting and waiting[-1].size == tree.size:
            problems += _check_root(tree, waiting.pop())
    if waiting:
        message = f"a signed head counts {waiting[0].size} entries, {tree.size} are left"
        problems.append(ChainProblem(index=expected, code="truncated", message=message))
    return tuple(problems)


def read_leaf(entry: LedgerEntry) -> dict[str, Json]:
    """The leaf as JSON.

    Raises:
        InputError: it is not the canonical JSON of an object.
    """
    floats: list[str] = []

    def read_float(text: str) -> float:
        floats.append(text)
        return float(text)

    try:
        form = json.loads(entry.leaf, parse_float=read_float, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise InputError(f"entry {entry.index}: the leaf is not JSON: {error}") from error
    if not isinstance(form, dict):
        raise InputError(f"entry {entry.index}: the leaf is not a JSON object")
    if (floats or _quick_form(form) != entry.leaf) and canonical_json(form).decode() != entry.leaf:
        raise InputError(f"entry {entry.index}: the leaf is not in the one canonical form")
    return form


def _quick_form(form: dict[str, Json]) -> str:
    """Equal to the canonical form where there are no fractions, and ten times faster."""
    return json.dumps(form, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _refuse_constant(text: str) -> float:
    raise InputError(f"{text} is not JSON")


def _hash_of(entry: LedgerEntry) -> bytes:
    return leaf_hash(entry.leaf.encode("utf-8", "surrogatepass"))


def _check_place(entry: LedgerEntry, expected: int) -> list[ChainProblem]:
    if entry.index == expected:
        return []
    if entry.index > expected:
        missing = f"{expected}" if entry.index == expected + 1 else f"{expected} to {entry.index - 1}"
        message = f"entry {missing} is missing; the next one stored is {entry.index}"
        return [ChainProblem(index=expected, code="index-gap", message=message)]
    message = f"entry {entry.index} stands where entry {expected} should"
    return [ChainProblem(index=entry.index, code="index-order", message=message)]


def _check_entry(entry: LedgerEntry, previous: str) -> list[ChainProblem]:
    problems: list[ChainProblem] = []

    def found(code: str, message: str) -> None:
        problems.append(ChainProblem(index=entry.index, code=code, message=message))

    if _hash_of(entry).hex() != entry.leaf_hash:
        found("leaf-changed", f"entry {entry.index}: the leaf is not the one that was hashed")
    try:
        form = read_leaf(entry)
    except InputError as error:
        found("leaf-form", str(error))
    else:
        if form.get("index") != entry.index or form.get("previous_leaf_hash") != entry.previous_leaf_hash:
            found("leaf-form", f"entry {entry.index}: the leaf names another place than it stands at")
    if entry.previous_leaf_hash != previous:
        found("previous-hash", f"entry {entry.index} does not follow the entry before it")
    return problems


def _check_root(tree: MerkleTree, head: TreeHead) -> list[ChainProblem]:
    if tree.root().hex() == head.root_hash:
        return []
    message = f"entries 0 to {head.size - 1} do not have the root of the signed head of {head.size} entries"
    return [ChainProblem(index=head.size - 1, code="root-differs", message=message)]
