"""SHA-256 of bytes as they stream by, in the one spelling every record uses: lower-case hex."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from atalaya.errors import InputError
from atalaya.model.identifiers import ContentHash

_HEX_256 = re.compile(r"[0-9a-f]{64}")


def content_hash(data: bytes) -> ContentHash:
    """SHA-256 of these bytes, hex."""
    return ContentHash(hashlib.sha256(data).hexdigest())


def hash_chunks(chunks: Iterable[bytes]) -> tuple[ContentHash, int]:
    """SHA-256 and length of a stream; memory does not grow with it."""
    digest, length = hashlib.sha256(), 0
    for chunk in chunks:
        digest.update(chunk)
        length += len(chunk)
    return ContentHash(digest.hexdigest()), length


@dataclass(slots=True)
class HashingReader:
    """Hands chunks on unchanged and knows the hash of what has passed."""

    length: int = 0
    _digest: Any = field(default_factory=hashlib.sha256)

    def through(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The same chunks, counted."""
        for chunk in chunks:
            self._digest.update(chunk)
            self.length += len(chunk)
            yield chunk

    def content(self) -> ContentHash:
        """SHA-256 of everything that has passed so far, hex."""
        return ContentHash(self._digest.hexdigest())


def require_hash(what: str, value: str) -> ContentHash:
    """The value as a content hash.

    Raises:
        InputError: it is not 64 lower-case hex digits.
    """
    if not _HEX_256.fullmatch(value):
        raise InputError(f"{what} must be 64 lower-case hex digits, got {value!r}")
    return ContentHash(value)
