"""Where `atalaya klv` writes to: standard output, or a file that is there whole or not at all."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

type Write = Callable[[bytes], None]

Out = Annotated[Path | None, typer.Option("-o", "--out", help="File to write; standard output without.")]
Force = Annotated[bool, typer.Option("--force", help="Replace a file that is there already.")]


@contextmanager
def answer_to(out: Path | None, *, force: bool) -> Iterator[Write]:
    """A function that writes bytes to the file, or to standard output.

    Raises:
        InputError: the file is there already. ExternalError: disk full or unwritable.
    """
    if out is None or str(out) == "-":
        yield _standard_output
        return
    from atalaya.io.new_file import new_file

    with new_file(out, replace=force) as file:
        yield lambda data: _ignore(file.write(data))


def json_line(answer: Any) -> bytes:
    """One object as one line, in UTF-8."""
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"


def _ignore(_written: int) -> None:
    """Files of the standard library write all or raise."""


def _standard_output(data: bytes) -> None:
    """Write through; who reads a pipe sees each record when it is there.

    Raises:
        Exit: who reads has seen enough. ExternalError: standard output takes no more.
    """
    from atalaya.errors import ExternalError

    if sys.stdout is None:
        raise ExternalError("the answer cannot be written: there is no standard output")
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError as error:
        _let_go()
        raise typer.Exit from error
    except OSError as error:
        _let_go()
        raise ExternalError(f"the answer cannot be written: {error}") from error


def _let_go() -> None:
    """What is still held back for standard output goes nowhere; else it fails again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
