"""A file that is written in pieces and is there whole, or not at all."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from atalaya.errors import InputError
from atalaya.io.durable_file import on_disk, sync_folder

_MODE = 0o666


@contextmanager
def new_file(path: Path, *, replace: bool) -> Iterator[BinaryIO]:
    """Write beside `path` under a name of its own; take its place when all went well.

    Args:
        path: in a folder that exists.
        replace: whether a file that is there may be replaced.

    Raises:
        InputError: something is there already, or it is no place for a file.
        ExternalError: disk full or unwritable; nothing half stays behind.
    """
    _require_free(path, replace=replace)
    with on_disk(f"write {path}"):
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name[:40]}-", suffix=".part", dir=path.parent)
        part = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            _place(part, path, replace=replace)
            sync_folder(path.parent)
        finally:
            part.unlink(missing_ok=True)


def require_apart(out: Path, sources: Iterable[Path]) -> None:
    """Refuse to write where something is read from or also written to, by whatever name it is called.

    Raises:
        InputError: `out` is one of them.
    """
    for source in sources:
        same = out.samefile(source) if out.exists() and source.exists() else out.resolve() == source.resolve()
        if same:
            raise InputError(f"{out} is the same file as {source}: another one to write was wanted")


def _place(part: Path, path: Path, *, replace: bool) -> None:
    mask = os.umask(0)
    os.umask(mask)
    part.chmod(_MODE & ~mask)  # a temporary file is for its owner only, an answer is not
    if replace:
        part.replace(path)
        return
    try:
        os.link(part, path)  # fails where somebody made the file meanwhile
    except FileExistsError as error:
        raise InputError(f"{path} was made meanwhile and is left as it is") from error
    except OSError:  # a disk without hard links
        _require_free(path, replace=False)
        part.replace(path)


def _require_free(path: Path, *, replace: bool) -> None:
    if path.is_dir():
        raise InputError(f"a file was wanted to write to, {path} is a folder")
    if not path.parent.is_dir():
        raise InputError(f"there is no folder {path.parent} to write {path.name} into")
    if path.exists() and not replace:
        raise InputError(f"{path} is there already; --force replaces it")
