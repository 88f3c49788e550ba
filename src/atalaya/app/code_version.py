"""Which code made a thing: the package's version and a hash of its source."""

import functools
import hashlib
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable


@functools.cache
def code_version() -> str:
    """`0.1.0+` and 16 hex digits of the SHA-256 over every Python file of the package, by path."""
    digest = hashlib.sha256()
    for path, source in sorted(_sources(files("atalaya"), "")):
        digest.update(f"{path}\0{len(source)}\0".encode() + source)
    return f"{version('atalaya')}+{digest.hexdigest()[:16]}"


def _sources(folder: Traversable, prefix: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for entry in folder.iterdir():
        if entry.is_dir() and entry.name not in {"ui", "static", "__pycache__"}:
            found += _sources(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(".py"):
            found.append((f"{prefix}{entry.name}", entry.read_bytes()))
    return found
