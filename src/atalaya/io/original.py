"""Original files as they come: hashed and read in chunks, never loaded whole, never changed."""

import hashlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from atalaya.custody.hashing import hash_chunks
from atalaya.errors import ExternalError, InputError, IntegrityError, NotFoundError
from atalaya.io.durable_file import on_disk
from atalaya.model.identifiers import SourceId

CHUNK_BYTES = 4 << 20

type Tell = Callable[[int, int], None]
"""Called with bytes done and bytes in all."""


def readable_name(path: Path) -> str:
    """The name of a file as Unicode; bytes of it that are none are written out."""
    return path.name.encode("utf-8", "backslashreplace").decode("utf-8")


def read_chunks(path: Path, tell: Tell = lambda _done, _total: None) -> Iterator[bytes]:
    """The file's bytes in order.

    Raises:
        NotFoundError: no such file. InputError: no regular file. ExternalError: it cannot be read.
    """
    total = _length(path)
    done = 0
    with on_disk(f"read {path.name}"), path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk
            done += len(chunk)
            tell(done, total)


def hash_of(path: Path, tell: Tell = lambda _done, _total: None) -> tuple[SourceId, int]:
    """SHA-256 of the whole as it came, and its length [byte].

    Raises:
        NotFoundError: no such file. InputError: it is empty or no regular file.
        ExternalError: it cannot be read.
    """
    content, length = hash_chunks(read_chunks(path, tell))
    if length == 0:
        raise InputError(f"{path.name} is empty")
    return SourceId(content), length


def read_ranges(path: Path, ranges: Sequence[tuple[int, int]], whole: SourceId) -> Iterator[bytes]:
    """The bytes of (first, after the last) runs, one after the other, of a file proved to be the one hashed.

    All of the file is read: whoever stores what comes keeps it only where this ends without an error.

    Args:
        path: the file.
        ranges: rising and without overlap.
        whole: what `hash_of` said of it.

    Raises:
        NotFoundError: no such file. ExternalError: it cannot be read.
        IntegrityError: it is not the file that was hashed any more.
    """
    digest, begin, wanted = hashlib.sha256(), 0, deque(ranges)
    for chunk in read_chunks(path):
        digest.update(chunk)
        end = begin + len(chunk)
        while wanted and wanted[0][0] < end:
            first, after = wanted[0]
            yield chunk[max(first - begin, 0) : after - begin]
            if after > end:
                break
            wanted.popleft()
        begin = end
    require_same(path, digest.hexdigest(), whole)


def require_same(path: Path, found: str, whole: SourceId) -> None:
    """Refuse a file that was changed between two readings.

    Raises:
        IntegrityError: the hashes differ.
    """
    if found != whole:
        raise IntegrityError(f"{path.name} changed while it was taken in: {whole} became {found}")


def spool(stream: BinaryIO, target: Path) -> Path:
    """Write a stream that can be read only once to a file that can be read again.

    Raises:
        ExternalError: it cannot be written; no half file stays behind.
    """
    try:
        with target.open("wb") as file:
            while chunk := stream.read(CHUNK_BYTES):
                file.write(chunk)
    except OSError as error:
        target.unlink(missing_ok=True)
        raise ExternalError(f"standard input could not be kept in {target.parent}: {error}") from error
    return target


def _length(path: Path) -> int:
    with on_disk(f"read {path.name}"):
        if not path.exists():
            raise NotFoundError(f"no such file: {path}")
        if not path.is_file():
            raise InputError(f"{path} is not a regular file; a pipe is given as - on standard input")
        return path.stat().st_size
