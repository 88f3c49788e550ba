"""How every command answers: a table for people or `--json` for programs, and one table of exit codes."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from atalaya import errors

EXIT_CODES: dict[type[errors.AtalayaError], int] = {
    errors.InputError: 3,
    errors.NotPermittedError: 4,
    errors.NotFoundError: 5,
    errors.IntegrityError: 6,
    errors.ExternalError: 7,
}
"""0 done · 2 wrong usage of the command line · these · 1 a defect of ours."""

_DIRECTIONS = "\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_UNSEEN = {
    code: f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
    for code in (*range(0x20), *range(0x7F, 0xA0), *map(ord, _DIRECTIONS))
}
"""What moves a cursor, begins a line or turns text around, by how it is shown."""

AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON on standard output.")]


def exit_code(error: errors.AtalayaError) -> int:
    """The exit code of an error, by the nearest kind in the table."""
    return next((code for kind, code in EXIT_CODES.items() if isinstance(error, kind)), 1)


def emit(answer: Any, *, as_json: bool, text: str) -> None:
    """Print the answer once: as JSON, or as the text made for people.

    Raises:
        ExternalError: standard output takes no more.
    """
    if as_json:
        unicode = "utf" in (getattr(sys.stdout, "encoding", None) or "").lower()
        _write(json.dumps(answer, ensure_ascii=not unicode, indent=2) + "\n")
    else:
        _write("".join(f"{printable(line)}\n" for line in text.split("\n")))


def printable(text: str) -> str:
    """The text on one line, control characters and changes of direction written out."""
    return text.translate(_UNSEEN)


def _write(text: str) -> None:
    if sys.stdout is None:
        raise errors.ExternalError("the answer cannot be written: there is no standard output")
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise  # who reads has seen enough: the command line ends quietly
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else the rest fails again at exit
        raise errors.ExternalError(f"the answer cannot be written: {error}") from error


def table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """Rows as an aligned table with a header; columns that a row lacks are shown as `-`."""
    cells = [[_cell(row.get(column)) for column in columns] for row in rows]
    widths = [max(len(line[i]) for line in [list(columns), *cells]) for i in range(len(columns))]
    lines = [list(columns), ["-" * width for width in widths], *cells]
    return "\n".join(
        "  ".join(value.ljust(width) for value, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _cell(value: Any) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list | tuple):
        return printable(", ".join(map(str, value))) or "-"
    return printable(str(value))
