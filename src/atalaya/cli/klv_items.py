"""`atalaya klv items [--encode]`: single items, one JSON object a line."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from atalaya.cli.klv_answer import answer_to, json_line


def register(noun: typer.Typer) -> None:
    """Add the verb."""
    noun.command("items")(items)


def items(
    encode: Annotated[
        bool, typer.Option("--encode", help="Lines have a value, answers have its bytes.")
    ] = False,
) -> None:
    """Decode items from lines of JSON on standard input, such as {"standard":"0601","tag":5,"hex":"71C2"}."""
    from atalaya.errors import InputError
    from atalaya.ingest.item_lines import decode_line, encode_line

    if sys.stdin is None:
        raise InputError("there is no standard input to read")
    answer = encode_line if encode else decode_line
    with answer_to(None, force=False) as write:
        for line in sys.stdin.buffer:
            write(json_line(answer(line.decode("utf-8", "replace"))))
