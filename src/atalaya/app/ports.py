"""What the use cases need of the outside; `io` satisfies it without inheriting.

One suite in `tests/contract` runs on every implementation of each port.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Protocol

from atalaya.model.columns import Columns
from atalaya.model.custody import AuditEvent, LedgerEntry, TreeHead
from atalaya.model.identifiers import ContentHash, SortieId, SourceId


class Transaction(Protocol):
    """One all-or-nothing step on the decisions and the ledger.

    Every write before the first `record` of the transaction is refused: the audit entry comes before
    the effect. Leaving the `with` block by an exception undoes everything, the ledger entry included.
    """

    def record(self, event: AuditEvent) -> LedgerEntry:
        """Append to the ledger.

        Raises:
            ExternalError: it cannot be written; then nothing happens.
        """
        ...

    def add(self, record: object) -> None:
        """Insert one record of `atalaya.model` under its own identity.

        Raises:
            InputError: the identity is taken. IntegrityError: no audit entry was written first.
        """
        ...

    def replace(self, record: object) -> None:
        """Put a newer state of an existing record in its place.

        Raises:
            NotFoundError: no such identity. IntegrityError: no audit entry was written first.
        """
        ...

    def get[R](self, kind: type[R], identity: str) -> R:
        """The record of that identity.

        Raises:
            NotFoundError: there is none.
        """
        ...

    def find[R](self, kind: type[R], **where: str) -> tuple[R, ...]:
        """The records whose key columns have these values, in the order they were added.

        Raises:
            InputError: the kind has no such key column.
        """
        ...

    def ledger_size(self) -> int:
        """Number of ledger entries."""
        ...

    def entries(self, start: int = 0, stop: int | None = None) -> Iterator[LedgerEntry]:
        """Ledger entries by index, in order."""
        ...

    def add_head(self, head: TreeHead) -> None:
        """Keep a signed head; heads are facts about the ledger and need no entry of their own."""
        ...

    def heads(self) -> tuple[TreeHead, ...]:
        """All signed heads, oldest first."""
        ...


class Store(Protocol):
    """Decisions and ledger."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Begin a step; it commits on leaving the block normally.

        Raises:
            ExternalError: the database failed; nothing was changed.
        """
        ...


class Vault(Protocol):
    """Originals and made files, addressed by SHA-256; bytes are never changed."""

    def put(self, chunks: Iterable[bytes]) -> tuple[ContentHash, int]:
        """Store a stream; (content hash, length). The same bytes again change nothing.

        Raises:
            ExternalError: disk full or unwritable; no half object stays behind.
        """
        ...

    def path(self, content: ContentHash) -> Path:
        """Where the bytes lie, read-only.

        Raises:
            NotFoundError: not in the vault.
        """
        ...

    def read(self, content: ContentHash) -> bytes:
        """All bytes, with the hash checked.

        Raises:
            NotFoundError: not in the vault. IntegrityError: the bytes are not those of the hash.
        """
        ...

    def has(self, content: ContentHash) -> bool:
        """Whether the vault holds it."""
        ...


class Lake(Protocol):
    """Observations by sortie, source and slab; append-only and idempotent."""

    def write(self, sortie: SortieId, source: SourceId, slab: int, table: Columns) -> Path:
        """Store one slab of one table; writing the same slab again replaces it with the same rows.

        Raises:
            ExternalError: disk full or unwritable; no half file stays behind.
        """
        ...

    def clear(self, kind: type[Columns], sortie: SortieId, source: SourceId) -> None:
        """Take away all slabs of that table, before it is worked out anew.

        Raises:
            ExternalError: they cannot be removed.
        """
        ...

    def hold(self, sortie: SortieId, source: SourceId) -> AbstractContextManager[None]:
        """Work on a source alone: whoever else holds it is waited for.

        Raises:
            ExternalError: it cannot be locked.
        """
        ...

    def read[T: Columns](self, kind: type[T], sortie: SortieId, source: SourceId | None = None) -> T:
        """All rows of that table, slabs in order, sources in order of name.

        Raises:
            NotFoundError: nothing of that kind is stored.
        """
        ...

    def has(self, kind: type[Columns], sortie: SortieId, source: SourceId | None = None) -> bool:
        """Whether any slab of that table is stored."""
        ...


class Signer(Protocol):
    """The workspace's own Ed25519 key; made on first use."""

    @property
    def key_id(self) -> str:
        """RFC 7638 thumbprint of the public key."""
        ...

    @property
    def public_jwk(self) -> dict[str, str]:
        """The public key as a JWK (OKP, Ed25519)."""
        ...

    def sign(self, payload: bytes) -> str:
        """Compact detached JWS (RFC 7515 appendix F, EdDSA) over the payload."""
        ...


type Clock = Callable[[], datetime]
"""Gives the aware UTC time now."""
type Mint = Callable[[str], str]
"""Makes a new identity with this prefix: `AUT` gives `AUT-…`."""
