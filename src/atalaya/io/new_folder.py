"""A folder that is filled aside and is there whole, or not at all."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from atalaya.errors import InputError
from atalaya.io.durable_file import make_durable_folder, on_disk, sync_folder

_FOLDER_MODE, _FILE_MODE = 0o777, 0o666


@contextmanager
def new_folder(path: Path, *, replace: bool, sign: str) -> Iterator[Path]:
    """Fill a folder beside `path` under a name of its own; it takes that place when all went well.

    Args:
        path: where it is wanted; an empty folder there is as good as none.
        replace: whether a folder of the same kind that is there may be replaced.
        sign: name of a file that each folder of this kind has; one without it is never replaced.

    Raises:
        InputError: something is there already.
        ExternalError: disk full or unwritable; nothing half stays behind.
    """
    require_free(path, replace=replace, sign=sign)
    with on_disk(f"write {path}"):
        make_durable_folder(path.parent)
        part = Path(tempfile.mkdtemp(prefix=f".{path.name[:40]}-", suffix=".part", dir=path.parent))
    try:
        yield part
        with on_disk(f"write {path}"):
            _place(part, path, replace=replace, sign=sign)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def require_free(path: Path, *, replace: bool, sign: str) -> None:
    """Ask before long work whether a folder could be put there.

    Raises:
        InputError: it could not.
    """
    if path.is_symlink() or (path.exists() and not path.is_dir()):
        raise InputError(f"a folder was wanted to write to, {path} is none")
    if not path.exists() or not any(path.iterdir()):
        return
    if not (path / sign).is_file():
        raise InputError(f"{path} holds something else (no {sign} in it): it is left as it is")
    if not replace:
        raise InputError(f"{path} is there already; --force replaces it")


def _place(part: Path, path: Path, *, replace: bool, sign: str) -> None:
    mask = os.umask(0)
    os.umask(mask)
    for inside in (part, *part.rglob("*")):  # what is temporary is for its owner only, an answer is not
        inside.chmod((_FOLDER_MODE if inside.is_dir() else _FILE_MODE) & ~mask)
    require_free(path, replace=replace, sign=sign)
    if path.exists() and any(path.iterdir()):
        old = Path(tempfile.mkdtemp(prefix=f".{path.name[:40]}-", suffix=".old", dir=path.parent))
        path.rename(old / path.name)
        part.rename(path)
        shutil.rmtree(old, ignore_errors=True)
    else:
        part.rename(path)
    sync_folder(path.parent)
