"""Files that grow, and streams of bytes that come through a pipe."""

import os
import select
import time
from pathlib import Path
from typing import BinaryIO

from atalaya.errors import ExternalError, InputError, NotFoundError
from atalaya.io.live_source import Arrival, Interruption
from atalaya.model.problem import Problem
from atalaya.units import Seconds

_CHUNK_BYTES = 1 << 18
_LOOK_AGAIN_S = 0.05


class GrowingFile:
    """A file that somebody writes to: read from its start, then as it grows.

    A file that became shorter, or another file under its name, is told, and read from its start.

    Raises:
        NotFoundError: no such file. InputError: no regular file. ExternalError: it cannot be read.
    """

    datagrams = False
    klv_clock_hz = None
    ended = False

    def __init__(self, path: Path) -> None:
        if not path.exists():
            raise NotFoundError(f"no such file: {path}")
        if not path.is_file():
            raise InputError(f"{path} is not a regular file; a pipe is given as - on standard input")
        self._path = path
        self._file: BinaryIO = _opened(path)
        self._position = 0

    def poll(self, wait_s: Seconds) -> list[Arrival]:
        """The bytes that were added, at most 256 kB at once."""
        until_s = time.monotonic() + wait_s
        while True:
            found = self._look()
            left_s = until_s - time.monotonic()
            if found or left_s <= 0.0 or self._file.closed:
                return found
            time.sleep(min(left_s, _LOOK_AGAIN_S))

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _look(self) -> list[Arrival]:
        if self._file.closed:
            return []
        try:
            if os.fstat(self._file.fileno()).st_size < self._position:
                return [self._restart("became shorter")]
            data = self._file.read(_CHUNK_BYTES)
            if data:
                self._position += len(data)
                return [data]
            if self._was_replaced():
                self._file.close()
                self._file = _opened(self._path)
                return [self._restart("is another file now")]
        except OSError as error:
            return [Interruption(Problem(code="file-error", message=f"{self._path.name}: {error}"))]
        return []

    def _was_replaced(self) -> bool:
        try:
            named = self._path.stat()
        except FileNotFoundError:
            return False  # it was moved away; its successor may come
        opened = os.fstat(self._file.fileno())
        return (named.st_dev, named.st_ino) != (opened.st_dev, opened.st_ino)

    def _restart(self, what: str) -> Interruption:
        self._file.seek(0)
        self._position = 0
        message = f"{self._path.name} {what}: it is read from its start"
        return Interruption(Problem(code="file-restarted", message=message), restart=True)


class PipedBytes:
    """Bytes from a pipe, or from anything else that has a descriptor; its end ends it."""

    datagrams = False
    klv_clock_hz = None

    def __init__(self, stream: BinaryIO) -> None:
        self._descriptor = stream.fileno()
        self.ended = False

    def poll(self, wait_s: Seconds) -> list[Arrival]:
        """The bytes that wait."""
        if self.ended or not select.select([self._descriptor], [], [], max(wait_s, 0.0))[0]:
            return []
        try:
            data = os.read(self._descriptor, _CHUNK_BYTES)
        except OSError as error:
            self.ended = True
            return [Interruption(Problem(code="pipe-error", message=f"the pipe cannot be read: {error}"))]
        self.ended = not data
        return [data] if data else []

    def close(self) -> None:
        """Nothing: the stream belongs to whoever gave it."""


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb", buffering=0)
    except OSError as error:
        raise ExternalError(f"cannot read {path.name}: {error}") from error
