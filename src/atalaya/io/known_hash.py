"""Hashes of large files that seldom change: worked out once, kept beside them, checked cheaply.

As git's index does: a hash counts while length, time of change and inode are those it was worked out at. Who
can set a file's times back can deceive this; `hash_of` reads every byte, and is what evidence rests on.
"""

import json
import time
from contextlib import suppress
from pathlib import Path

from atalaya.errors import AtalayaError
from atalaya.io.durable_file import on_disk, write_whole
from atalaya.io.original import hash_of

KNOWN_FILE = ".hashes.json"
_SETTLED_NS = 2_000_000_000
"""A file changed less than this before it was hashed may change again within one tick of its clock."""


def known_hash(path: Path, folder: Path) -> str:
    """SHA-256 of a file, from the hashes kept in `folder` where it has not changed since.

    Raises:
        NotFoundError: no such file. InputError: it is empty or no regular file.
        ExternalError: it cannot be read. That a hash cannot be kept is no error.
    """
    key = str(path.resolve())
    if not path.exists():
        return str(hash_of(path)[0])
    with on_disk(f"read {path.name}"):
        state = _state(path)
    known = _known(folder)
    if known.get(key, [])[:-1] == state:
        return str(known[key][-1])
    content = str(hash_of(path)[0])
    if time.time_ns() - state[1] > _SETTLED_NS and _state(path) == state:
        keep = {name: entry for name, entry in _known(folder).items() if Path(name).exists()}
        with suppress(AtalayaError):
            write_whole(folder / KNOWN_FILE, json.dumps(keep | {key: [*state, content]}).encode())
    return content


def _state(path: Path) -> list[int]:
    found = path.stat()
    return [found.st_size, found.st_mtime_ns, found.st_ino]


def _known(folder: Path) -> dict[str, list[int | str]]:
    """What is kept; nothing where it cannot be read: then it is worked out again."""
    try:
        kept = json.loads((folder / KNOWN_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    sound = isinstance(kept, dict) and all(isinstance(it, list) and len(it) == 4 for it in kept.values())
    return kept if sound else {}
