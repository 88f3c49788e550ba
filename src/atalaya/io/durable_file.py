"""Files that are either whole or not there: written aside, forced to the disk, then renamed."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from atalaya.errors import AtalayaError, ExternalError

type FileOpener = Callable[[int], BinaryIO]
"""Makes a file of a descriptor and owns it; the seam where tests put a full disk."""


def open_descriptor(descriptor: int) -> BinaryIO:
    """The ordinary opener: a buffered binary file for writing."""
    return os.fdopen(descriptor, "wb")


def write_whole(path: Path, data: bytes, opener: FileOpener = open_descriptor) -> None:
    """Put these bytes at `path`, in place of what was there, or leave everything as it was.

    Raises:
        ExternalError: disk full or unwritable.
    """
    with on_disk(f"write {path}"):
        make_durable_folder(path.parent)
        descriptor, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
        part = Path(name)
        try:
            with opener(descriptor) as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
            sync_folder(path.parent)
        finally:
            part.unlink(missing_ok=True)


def make_durable_folder(folder: Path) -> None:
    """Make the folder and its parents where they are missing, each forced to the disk."""
    if folder.is_dir():
        return
    make_durable_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Force the folder's names to the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def on_disk(doing: str) -> Iterator[None]:
    """Errors of the operating system become ours; ours pass.

    Raises:
        ExternalError: as said.
    """
    try:
        yield
    except AtalayaError:
        raise
    except OSError as error:
        raise ExternalError(f"cannot {doing}: {error}") from error
