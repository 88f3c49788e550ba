"""Records of the ledger and of custody: what was done, by whom, before it was done."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from atalaya.errors import InputError
from atalaya.model.actor import Actor
from atalaya.model.identifiers import ContentHash
from atalaya.model.instants import require_aware

type Json = bool | int | float | str | list[Json] | dict[str, Json] | None
"""What an audit body and a manifest may hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """What is about to happen; the ledger gives it its place.

    Args:
        action: verb and noun with a dot: `authority.add`, `sortie.refuse`, `release.approve`, …
        subject: the id of what it is about.
        body: facts of the event; ids and numbers, never contents or secrets.
    """

    at_utc: datetime
    actor: Actor
    action: str
    subject: str
    body: Mapping[str, Json]

    def __post_init__(self) -> None:
        require_aware("at_utc", self.at_utc)
        if not self.action or "." not in self.action:
            raise InputError(f"an action reads noun.verb, got {self.action!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One leaf of the ledger, as stored.

    Args:
        index: from 0, without gaps.
        leaf: the exact canonical text whose UTF-8 bytes are hashed (RFC 8785 JSON of the event, its
            index and the previous leaf hash).
        previous_leaf_hash, leaf_hash: RFC 9162 leaf hashes SHA-256(0x00 || leaf), hex; the first entry's
            previous is 64 zeros.
    """

    index: int
    leaf: str
    previous_leaf_hash: str
    leaf_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeHead:
    """The signed state of the whole ledger.

    Args:
        size: number of entries. root_hash: RFC 9162 Merkle tree hash, hex.
        signature: compact detached JWS (Ed25519) over the canonical JSON of origin, size, root, at.
    """

    origin: str
    size: int
    root_hash: str
    at_utc: datetime
    key_id: str
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivative:
    """One thing made from other things, so that it can be made again.

    Args:
        inputs: content hashes of everything it was made from.
        transformation: dotted name of the function; code_version: package version and source hash.
        parameters: everything else that decides the bytes.
    """

    content: ContentHash
    media_type: str
    inputs: tuple[ContentHash, ...]
    transformation: str
    parameters: Mapping[str, Json]
    code_version: str
    made_utc: datetime
