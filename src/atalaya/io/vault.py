"""Originals and made files in one folder, addressed by SHA-256; bytes are never changed.

Layout: `sha256/ab/cdef…` (mode 0444) and `tmp/*.part` while a stream is coming in. A stream becomes an
object by one atomic rename after its bytes are on the disk; a part whose writer died holds no lock and is
swept away when the vault is next opened.
"""

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from atalaya.custody.hashing import content_hash, require_hash
from atalaya.errors import InputError, IntegrityError, NotFoundError
from atalaya.io.durable_file import FileOpener, make_durable_folder, on_disk, open_descriptor, sync_folder
from atalaya.model.identifiers import ContentHash

_READ_ONLY = 0o444


class FolderVault:
    """Satisfies `app.ports.Vault`.

    Args:
        folder: made where it is missing.
        opener: makes a file of a descriptor and owns it.

    Raises:
        ExternalError: the folder cannot be made or swept.
    """

    __slots__ = ("_objects", "_opener", "_parts")

    def __init__(self, folder: Path, opener: FileOpener = open_descriptor) -> None:
        self._objects, self._parts, self._opener = folder / "sha256", folder / "tmp", opener
        with on_disk(f"open the vault {folder}"):
            self._objects.mkdir(parents=True, exist_ok=True)
            self._parts.mkdir(exist_ok=True)
            self._sweep()

    def put(self, chunks: Iterable[bytes]) -> tuple[ContentHash, int]:
        """Store a stream; (content hash, length). The same bytes again change nothing.

        Raises:
            ExternalError: disk full or unwritable; no half object stays behind.
            IntegrityError: an object of that name is there and has another length.
        """
        digest, length = hashlib.sha256(), 0
        with on_disk("store in the vault"), self._part() as (part, file):
            for chunk in chunks:
                digest.update(chunk)
                length += len(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
            content = ContentHash(digest.hexdigest())
            target = self._place(content)
            if not target.exists():
                part.chmod(_READ_ONLY)
                make_durable_folder(target.parent)
                part.replace(target)
                sync_folder(target.parent)
            elif target.stat().st_size != length:
                raise IntegrityError(
                    f"vault object {content} has {target.stat().st_size} bytes, not {length}"
                )
        return content, length

    def path(self, content: ContentHash) -> Path:
        """Where the bytes lie, read-only.

        Raises:
            NotFoundError: not in the vault.
        """
        if not self.has(content):
            raise NotFoundError(f"not in the vault: {content}")
        return self._place(content)

    def read(self, content: ContentHash) -> bytes:
        """All bytes, with the hash checked.

        Raises:
            NotFoundError: not in the vault. IntegrityError: the bytes are not those of the hash.
            ExternalError: they cannot be read.
        """
        path = self.path(content)
        with on_disk(f"read vault object {content}"):
            data = path.read_bytes()
        if content_hash(data) != content:
            raise IntegrityError(f"vault object {content} holds other bytes: {content_hash(data)}")
        return data

    def has(self, content: ContentHash) -> bool:
        """Whether the vault holds it."""
        try:
            return self._place(content).is_file()
        except InputError:
            return False

    def _place(self, content: ContentHash) -> Path:
        require_hash("a vault object's name", content)
        return self._objects / content[:2] / content[2:]

    @contextmanager
    def _part(self) -> Iterator[tuple[Path, BinaryIO]]:
        descriptor, path = self._new_part()
        try:
            with self._opener(descriptor) as file:
                yield path, file
        finally:
            path.unlink(missing_ok=True)

    def _new_part(self) -> tuple[int, Path]:
        while True:
            descriptor, name = tempfile.mkstemp(suffix=".part", dir=self._parts)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if os.fstat(descriptor).st_nlink:
                return descriptor, Path(name)
            os.close(descriptor)  # swept away between its making and its lock: once more

    def _sweep(self) -> None:
        for part in self._parts.glob("*.part"):
            try:
                with part.open("rb") as file:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    part.unlink(missing_ok=True)
            except (BlockingIOError, FileNotFoundError):
                continue  # its writer lives, or has just finished
