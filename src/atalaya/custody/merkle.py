"""The ledger's tree: one root for all entries, and short proofs against it.

Source: RFC 9162, section 2.1 (the tree hash, inclusion proofs, consistency proofs). The figure and the
reasons are in docs/explain/ledger.md.
"""

import hashlib
from collections.abc import Iterable, Sequence

from atalaya.errors import InputError

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()
"""Root of the tree without leaves."""


def leaf_hash(leaf: bytes) -> bytes:
    """SHA-256(0x00 || leaf); the prefix keeps a leaf from passing for a node."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(leaf_hashes: Iterable[bytes]) -> bytes:
    """Merkle tree hash of these leaf hashes, in this order."""
    tree = MerkleTree()
    for leaf in leaf_hashes:
        tree.append(leaf)
    return tree.root()


class MerkleTree:
    """The growing tree as its compact range: one hash for each 1 bit of its size.

    Appending costs O(1) hashes on average and 32·log2(size) bytes of memory; it gives roots, not proofs.

    Args:
        size: leaves so far.
        peaks: roots of the complete subtrees, the largest (leftmost) first, one for each 1 bit of `size`.

    Raises:
        InputError: there are not that many peaks.
    """

    __slots__ = ("_peaks", "_size")

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        if size < 0 or len(peaks) != size.bit_count():
            raise InputError(
                f"a tree of {size} leaves has {max(size, 0).bit_count()} peaks, got {len(peaks)}"
            )
        self._size = size
        self._peaks = list(peaks)

    @property
    def size(self) -> int:
        """Number of leaves."""
        return self._size

    @property
    def peaks(self) -> tuple[bytes, ...]:
        """What to keep in order to go on from here."""
        return tuple(self._peaks)

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash at the right."""
        peak, bits = leaf, self._size
        while bits & 1:
            peak = node_hash(self._peaks.pop(), peak)
            bits >>= 1
        self._peaks.append(peak)
        self._size += 1

    def root(self) -> bytes:
        """Merkle tree hash of all leaves so far."""
        if not self._peaks:
            return EMPTY_ROOT
        top = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            top = node_hash(peak, top)
        return top


class ProofTree:
    """All complete subtrees of a tree in memory (64 bytes a leaf), so that any proof is O(log² size).

    Args:
        leaf_hashes: 32 bytes each, in order.

    Raises:
        InputError: a leaf hash is not 32 bytes.
    """

    __slots__ = ("_levels",)

    def __init__(self, leaf_hashes: Iterable[bytes]) -> None:
        self._levels: list[bytearray] = [bytearray()]
        for leaf in leaf_hashes:
            self.append(leaf)

    @property
    def size(self) -> int:
        """Number of leaves."""
        return len(self._levels[0]) // HASH_BYTES

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash at the right.

        Raises:
            InputError: it is not 32 bytes.
        """
        if len(leaf) != HASH_BYTES:
            raise InputError(f"a leaf hash is {HASH_BYTES} bytes, got {len(leaf)}")
        position, level, node = self.size, 0, leaf
        self._levels[0] += node
        while position & 1:
            node = node_hash(self._node(level, position - 1), node)
            position, level = position >> 1, level + 1
            if level == len(self._levels):
                self._levels.append(bytearray())
            self._levels[level] += node

    def root(self, size: int | None = None) -> bytes:
        """Root of the first `size` leaves (all, where not given).

        Raises:
            InputError: there are not so many leaves.
        """
        return self._range_root(0, self._checked(size))

    def inclusion_proof(self, index: int, size: int | None = None) -> tuple[bytes, ...]:
        """The sibling hashes from the leaf up to the root of the first `size` leaves.

        Raises:
            InputError: no such leaf, or not so many leaves.

        Source: RFC 9162, section 2.1.3.1.
        """
        first, last = 0, self._checked(size)
        if not 0 <= index < last:
            raise InputError(f"no leaf {index} in a tree of {last}")
        proof: list[bytes] = []
        while last - first > 1:
            middle = first + _split(last - first)
            if index < middle:
                proof.append(self._range_root(middle, last))
                last = middle
            else:
                proof.append(self._range_root(first, middle))
                first = middle
        return tuple(reversed(proof))

    def consistency_proof(self, old_size: int, size: int | None = None) -> tuple[bytes, ...]:
        """Hashes that show the first `old_size` leaves to be the beginning of the first `size`.

        Raises:
            InputError: not 0 < old_size <= size, or not so many leaves.

        Source: RFC 9162, section 2.1.4.1.
        """
        first, last = 0, self._checked(size)
        if not 0 < old_size <= last:
            raise InputError(f"consistency needs 0 < old size <= size, got {old_size} and {last}")
        proof: list[bytes] = []
        while last != old_size:
            middle = first + _split(last - first)
            if old_size <= middle:
                proof.append(self._range_root(middle, last))
                last = middle
            else:
                proof.append(self._range_root(first, middle))
                first = middle
        if first:  # the old tree is not itself a subtree on the left edge: its right part is sent too
            proof.append(self._range_root(first, last))
        return tuple(reversed(proof))

    def _checked(self, size: int | None) -> int:
        if size is None:
            return self.size
        if not 0 <= size <= self.size:
            raise InputError(f"the tree has {self.size} leaves, not {size}")
        return size

    def _node(self, level: int, position: int) -> bytes:
        return bytes(self._levels[level][position * HASH_BYTES : (position + 1) * HASH_BYTES])

    def _range_root(self, first: int, last: int) -> bytes:
        """Root of leaves first..last-1, where `first` is a multiple of the range's subtree size."""
        width = last - first
        if width == 0:
            return EMPTY_ROOT
        if width & (width - 1) == 0:
            level = width.bit_length() - 1
            return self._node(level, first >> level)
        middle = first + _split(width)
        return node_hash(self._range_root(first, middle), self._range_root(middle, last))


def inclusion_proof(leaf_hashes: Iterable[bytes], index: int) -> tuple[bytes, ...]:
    """Inclusion proof of one leaf among these.

    Raises:
        InputError: no such leaf.
    """
    return ProofTree(leaf_hashes).inclusion_proof(index)


def consistency_proof(leaf_hashes: Iterable[bytes], old_size: int) -> tuple[bytes, ...]:
    """Consistency proof of the first `old_size` leaves with all of these.

    Raises:
        InputError: not 0 < old_size <= number of leaves.
    """
    return ProofTree(leaf_hashes).consistency_proof(old_size)


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root_hash: bytes) -> bool:
    """Whether this leaf hash stands at `index` in the tree of that size and root.

    Source: RFC 9162, section 2.1.3.2.
    """
    if not 0 <= index < size:
        return False
    position, last, computed = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if position & 1 or position == last:
            computed = node_hash(sibling, computed)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            computed = node_hash(computed, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and computed == root_hash


def verify_consistency(
    old_size: int, size: int, proof: Sequence[bytes], old_root: bytes, root_hash: bytes
) -> bool:
    """Whether the tree of `old_size` and `old_root` is the beginning of the tree of `size`.

    Source: RFC 9162, section 2.1.4.2.
    """
    if not 0 < old_size <= size:
        return False
    if old_size == size:
        return not proof and old_root == root_hash
    path = [old_root, *proof] if old_size & (old_size - 1) == 0 else list(proof)
    if not path:
        return False
    position, last = old_size - 1, size - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old_computed = computed = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            old_computed = node_hash(sibling, old_computed)
            computed = node_hash(sibling, computed)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            computed = node_hash(computed, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and old_computed == old_root and computed == root_hash


def _split(width: int) -> int:
    """Largest power of two smaller than `width`; `width` at least 2."""
    return 1 << ((width - 1).bit_length() - 1)
