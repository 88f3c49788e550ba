"""Signed heads: the state of the whole ledger in a hundred bytes that both nations can keep."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from atalaya.custody.canonical import canonical_json
from atalaya.custody.jws import thumbprint, verify_detached
from atalaya.custody.merkle import verify_consistency, verify_inclusion
from atalaya.errors import InputError, IntegrityError
from atalaya.model.custody import LedgerEntry, TreeHead
from atalaya.model.instants import isoformat_z


class HeadSigner(Protocol):
    """What signing a head needs."""

    @property
    def key_id(self) -> str:
        """RFC 7638 thumbprint of the public key."""
        ...

    def sign(self, payload: bytes) -> str:
        """Compact detached JWS over the payload."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class InclusionProof:
    """That one entry stands in the ledger of one head; checked without the ledger.

    Args:
        siblings: hex, from the leaf up (RFC 9162, section 2.1.3).
    """

    entry: LedgerEntry
    siblings: tuple[str, ...]
    head: TreeHead


def make_head(*, origin: str, size: int, root: bytes, at_utc: datetime, signer: HeadSigner) -> TreeHead:
    """A signed head over a ledger of that size and root."""
    payload = _payload(origin, size, root.hex(), at_utc)
    return TreeHead(
        origin=origin,
        size=size,
        root_hash=root.hex(),
        at_utc=at_utc,
        key_id=signer.key_id,
        signature=signer.sign(payload),
    )


def verify_head(head: TreeHead, jwk: Mapping[str, str]) -> None:
    """Accept silently a head signed by this key.

    Raises:
        IntegrityError: it names another key, or the signature does not hold.
        InputError: the JWK is not an Ed25519 public key.
    """
    if head.key_id != thumbprint(jwk):
        raise IntegrityError(
            f"the head of {head.size} entries is by key {head.key_id}, not {thumbprint(jwk)}"
        )
    try:
        payload = _payload(head.origin, head.size, head.root_hash, head.at_utc)
        verify_detached(payload, head.signature, jwk)
    except IntegrityError as error:
        raise IntegrityError(f"the head of {head.size} entries: {error}") from error


def verify_proof(proof: InclusionProof, leaf_hash: bytes) -> bool:
    """Whether the proof brings that leaf hash to the head's root; the head is verified apart.

    Raises:
        InputError: a hash in the proof is not hex.
    """
    try:
        siblings = [bytes.fromhex(text) for text in proof.siblings]
        root = bytes.fromhex(proof.head.root_hash)
    except ValueError as error:
        raise InputError(f"a proof's hashes are hex: {error}") from error
    return verify_inclusion(leaf_hash, proof.entry.index, proof.head.size, siblings, root)


def follows(older: TreeHead, newer: TreeHead, proof: tuple[bytes, ...]) -> bool:
    """Whether the newer head's ledger begins with the older one's (RFC 9162, section 2.1.4)."""
    if older.size == 0:
        return True
    old_root, root = bytes.fromhex(older.root_hash), bytes.fromhex(newer.root_hash)
    return verify_consistency(older.size, newer.size, proof, old_root, root)


def _payload(origin: str, size: int, root_hash: str, at_utc: datetime) -> bytes:
    return canonical_json(
        {"at_utc": isoformat_z(at_utc), "origin": origin, "root_hash": root_hash, "size": size}
    )
