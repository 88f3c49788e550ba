"""`atalaya klv decode FILE`: every packet with all that it says."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from atalaya.cli.klv_answer import Force, Out, Write, answer_to, json_line
from atalaya.cli.klv_source import Source, chunks_of, told_name
from atalaya.cli.output import printable

if TYPE_CHECKING:
    from atalaya.ingest.decode_stream import StreamDecoder
    from atalaya.ingest.packet import DecodedPacket
    from atalaya.model.problem import Problem

_SHOWN_PROBLEMS = 20


class Format(StrEnum):
    """How packets are written."""

    JSONL = "jsonl"
    CSV = "csv"


def register(noun: typer.Typer) -> None:
    """Add the verb."""
    noun.command("decode")(decode)


def decode(
    source: Source,
    form: Annotated[Format, typer.Option("--format", help="How packets are written.")] = Format.JSONL,
    out: Out = None,
    problems: Annotated[
        Path | None, typer.Option("--problems", help="File for what was wrong with the stream, as JSON.")
    ] = None,
    force: Force = False,
) -> None:
    """Every KLV packet of a stream with all that it says; what is wrong with the stream on standard error."""
    from atalaya.ingest.decode_stream import StreamDecoder

    decoder = StreamDecoder()
    with answer_to(out, force=force) as write:
        with chunks_of(source) as chunks:
            packets = _packets(decoder, chunks, told_name(source))
            _WRITERS[form](packets, write)
        if problems is not None:
            _write_problems(decoder.problems, problems, force=force)
    _tell(decoder, listed=problems is not None)


def _packets(decoder: StreamDecoder, chunks: Iterable[bytes], name: str) -> Iterator[DecodedPacket]:
    """Packets as they come.

    Raises:
        InputError: at the end, where the source was nothing that can be read here.
    """
    for chunk in chunks:
        yield from decoder.feed(chunk)
    yield from decoder.finish()
    decoder.require_stream(name)


def _write_lines(packets: Iterator[DecodedPacket], write: Write) -> None:
    from atalaya.ingest.packet import packet_json

    for packet in packets:
        write(json_line(packet_json(packet)))


def _write_csv(packets: Iterator[DecodedPacket], write: Write) -> None:
    """All columns stand in the first line: rows are kept until all of them are known."""
    import csv
    import io

    from atalaya.ingest.packet_rows import columns_of, packet_row

    rows = [packet_row(packet) for packet in packets]
    text = io.StringIO()
    table = csv.DictWriter(text, columns_of(rows), lineterminator="\n")
    table.writeheader()
    for row in rows:
        table.writerow(row)
        write(text.getvalue().encode("utf-8", "replace"))
        text.seek(0)
        text.truncate()
    write(text.getvalue().encode("utf-8", "replace"))


_WRITERS = {Format.JSONL: _write_lines, Format.CSV: _write_csv}


def _write_problems(problems: tuple[Problem, ...], path: Path, *, force: bool) -> None:
    from atalaya.model.json_form import to_json

    with answer_to(path, force=force) as write:
        write(json_line([to_json(problem) for problem in problems]))


def _tell(decoder: StreamDecoder, *, listed: bool) -> None:
    """What was wrong with the stream, on standard error."""
    found = decoder.problems
    lines = [
        f"problem: {one.code}{'' if one.offset is None else f' at byte {one.offset}'}: {one.message}"
        for one in found[: 0 if listed else _SHOWN_PROBLEMS]
    ]
    if len(found) > _SHOWN_PROBLEMS and not listed:
        lines.append(f"… and {len(found) - _SHOWN_PROBLEMS} more problems (--problems FILE lists all)")
    if not decoder.packets:
        lines.append("no KLV packet was found")
    if lines:
        sys.stderr.write("".join(f"atalaya: {printable(line)}\n" for line in lines))
