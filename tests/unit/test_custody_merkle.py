"""The tree of RFC 9162: known answers of Certificate Transparency, then laws."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atalaya.custody import merkle
from atalaya.errors import InputError

CT_LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
CT_ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
CT_INCLUSION = {  # (index, size) -> proof
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
CT_CONSISTENCY = {  # (old, new) -> proof
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
leaves = st.lists(st.binary(max_size=8).map(merkle.leaf_hash), min_size=1, max_size=70)


def _hashes(size: int) -> list[bytes]:
    return [merkle.leaf_hash(leaf) for leaf in CT_LEAVES[:size]]


def _reference_root(hashes: list[bytes]) -> bytes:
    """RFC 9162 section 2.1.1 word for word."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return hashlib.sha256(
        b"\x01" + _reference_root(hashes[:split]) + _reference_root(hashes[split:])
    ).digest()


def test_the_empty_tree_has_the_hash_of_nothing():
    assert merkle.root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_certificate_transparency(size):
    assert merkle.root(_hashes(size)).hex() == CT_ROOTS[size - 1]


@pytest.mark.parametrize(("place", "expected"), CT_INCLUSION.items())
def test_inclusion_proofs_are_those_of_certificate_transparency(place, expected):
    index, size = place
    assert [part.hex() for part in merkle.inclusion_proof(_hashes(size), index)] == expected


@pytest.mark.parametrize(("sizes", "expected"), CT_CONSISTENCY.items())
def test_consistency_proofs_are_those_of_certificate_transparency(sizes, expected):
    old_size, size = sizes
    assert [part.hex() for part in merkle.consistency_proof(_hashes(size), old_size)] == expected


@given(leaves)
def test_the_growing_tree_equals_the_definition_at_every_size(hashes):
    tree, proofs = merkle.MerkleTree(), merkle.ProofTree(hashes)
    for size, leaf in enumerate(hashes, start=1):
        tree.append(leaf)
        assert tree.root() == proofs.root(size) == _reference_root(hashes[:size])
        assert merkle.MerkleTree(tree.size, tree.peaks).root() == tree.root()


@given(leaves, st.data())
def test_a_leaf_is_proved_at_its_own_place_only(hashes, data):
    index = data.draw(st.integers(0, len(hashes) - 1))
    other = data.draw(st.integers(-1, len(hashes)))
    root, proof = merkle.root(hashes), merkle.inclusion_proof(hashes, index)
    assert merkle.verify_inclusion(hashes[index], index, len(hashes), proof, root)
    if other != index and not (0 <= other < len(hashes) and hashes[other] == hashes[index]):
        assert not merkle.verify_inclusion(hashes[index], other, len(hashes), proof, root)
    assert not merkle.verify_inclusion(merkle.leaf_hash(b"not in there"), index, len(hashes), proof, root)


@given(leaves, st.data())
def test_a_longer_proof_a_shorter_proof_or_a_changed_hash_proves_nothing(hashes, data):
    index = data.draw(st.integers(0, len(hashes) - 1))
    root, proof = merkle.root(hashes), list(merkle.inclusion_proof(hashes, index))
    leaf, size = hashes[index], len(hashes)
    assert not merkle.verify_inclusion(leaf, index, size, [*proof, root], root)
    for place, sibling in enumerate(proof):
        changed = [*proof[:place], bytes([sibling[0] ^ 1]) + sibling[1:], *proof[place + 1 :]]
        assert not merkle.verify_inclusion(leaf, index, size, changed, root)
        assert not merkle.verify_inclusion(leaf, index, size, proof[:place], root)


@given(leaves, st.data())
def test_an_older_tree_is_proved_to_be_the_beginning_and_a_forked_one_is_not(hashes, data):
    old_size = data.draw(st.integers(1, len(hashes)))
    size, root, old_root = len(hashes), merkle.root(hashes), merkle.root(hashes[:old_size])
    proof = merkle.consistency_proof(hashes, old_size)
    assert merkle.verify_consistency(old_size, size, proof, old_root, root)
    forked = merkle.root([*hashes[: old_size - 1], merkle.leaf_hash(b"another history")])
    assert not merkle.verify_consistency(old_size, size, proof, forked, root)
    for place in range(len(proof)):
        assert not merkle.verify_consistency(old_size, size, proof[:place], old_root, root)
    assert not merkle.verify_consistency(old_size, size, [*proof, root], old_root, root)


def test_what_is_not_in_the_tree_cannot_be_asked_for():
    tree = merkle.ProofTree(_hashes(3))
    for ask in (
        lambda: tree.inclusion_proof(3),
        lambda: tree.inclusion_proof(-1),
        lambda: tree.inclusion_proof(0, 4),
        lambda: tree.consistency_proof(0),
        lambda: tree.consistency_proof(4),
        lambda: tree.root(4),
        lambda: tree.append(b"short"),
        lambda: merkle.MerkleTree(3, [merkle.EMPTY_ROOT]),
    ):
        with pytest.raises(InputError):
            ask()


def test_sizes_that_make_no_sense_prove_nothing():
    assert not merkle.verify_inclusion(merkle.EMPTY_ROOT, 0, 0, [], merkle.EMPTY_ROOT)
    assert not merkle.verify_consistency(0, 3, [], merkle.EMPTY_ROOT, merkle.root(_hashes(3)))
    assert not merkle.verify_consistency(3, 4, [], merkle.root(_hashes(3)), merkle.root(_hashes(4)))
