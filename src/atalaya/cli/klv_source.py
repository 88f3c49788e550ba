"""Where `atalaya klv` reads from: a file, or `-` for standard input as it comes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from atalaya.cli.progress import bars

STANDARD_INPUT = "-"
_PIECE_BYTES = 1 << 20

Source = Annotated[
    str, typer.Argument(metavar="FILE", help="MPEG-TS or bare KLV, told by content; - for standard input.")
]


def told_name(source: str) -> str:
    """How messages name it."""
    return "standard input" if source == STANDARD_INPUT else source


@contextmanager
def chunks_of(source: str) -> Iterator[Iterator[bytes]]:
    """Its bytes in pieces; a bar on standard error moves while a file is read, where somebody watches.

    Raises:
        InputError: no regular file. NotFoundError: no such file. ExternalError: it cannot be read.
    """
    from atalaya.io.original import read_chunks

    if source == STANDARD_INPUT:
        yield _standard_input()
        return
    with bars(shown=not _is_terminal()) as tell:
        yield read_chunks(Path(source), lambda done, total: tell("read", done, total))


def _is_terminal() -> bool:
    """Whether records are written to a terminal, where a bar would be in their way."""
    return sys.stdout is not None and sys.stdout.isatty()


def _standard_input() -> Iterator[bytes]:
    """What is there as soon as it is there.

    Raises:
        InputError: there is no standard input. ExternalError: it cannot be read.
    """
    from atalaya.errors import ExternalError, InputError

    if sys.stdin is None:
        raise InputError("there is no standard input to read")
    reader = sys.stdin.buffer
    piece = getattr(reader, "read1", reader.read)
    try:
        while chunk := piece(_PIECE_BYTES):
            yield chunk
    except OSError as error:
        raise ExternalError(f"standard input cannot be read: {error}") from error
