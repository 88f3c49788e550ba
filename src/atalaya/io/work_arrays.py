"""Arrays of work in progress in one file: whole or not there, never anybody's pickle."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from atalaya.errors import ExternalError
from atalaya.io.durable_file import on_disk, write_whole


def write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Put arrays down by name, in place of what was there.

    Raises:
        ExternalError: disk full or unwritable; no half file stays behind.
    """
    sink = io.BytesIO()
    np.savez(sink, allow_pickle=False, **arrays)
    write_whole(path, sink.getvalue())


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays of such a file.

    Raises:
        ExternalError: it cannot be read, or is none.
    """
    try:
        with on_disk(f"read {path}"), np.load(path, allow_pickle=False) as held:
            return {name: held[name] for name in held.files}
    except (ValueError, KeyError, EOFError, BadZipFile) as error:
        raise ExternalError(f"{path} holds no arrays: {error}; remove it and run again") from error
