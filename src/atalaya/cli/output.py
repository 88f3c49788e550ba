"""How every command answers: a table for people or `--json` for programs, and one table of exit codes."""

from __future__ import annotations

import json
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

AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON on standard output.")]


def exit_code(error: errors.AtalayaError) -> int:
    """The exit code of an error, by the nearest kind in the table."""
    return next((code for kind, code in EXIT_CODES.items() if isinstance(error, kind)), 1)


def emit(answer: Any, *, as_json: bool, text: str) -> None:
    """Print the answer once: as JSON, or as the text made for people."""
    sys.stdout.write((json.dumps(answer, ensure_ascii=False, indent=2) if as_json else text) + "\n")


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
        return ", ".join(map(str, value)) or "-"
    return str(value)
