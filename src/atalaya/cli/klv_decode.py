"""`atalaya klv decode FILE`: every packet with all that it says."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from atalaya.cli.klv_answer import Force, Out, Write, answer_to, json_line
from atalaya.cli.klv_source import STANDARD_INPUT, Source, chunks_of, told_name
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
    PARQUET = "parquet"


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
    current: Annotated[
        bool, typer.Option("--current", help="Every value that holds, those said earlier flagged stale.")
    ] = False,
    force: Force = False,
) -> None:
    """Every KLV packet of a stream with all that it says; what is wrong with the stream on standard error."""
    from atalaya.ingest.decode_stream import StreamDecoder

    decoder = StreamDecoder()
    _require_possible(form, out, current=current)
    _require_apart(source, out, problems)
    with answer_to(out, force=force) as write:
        with chunks_of(source) as chunks:
            packets = _packets(decoder, chunks, told_name(source))
            _WRITERS[form](_with_current(packets) if current else packets, write)
        if problems is not None:
            _write_problems(decoder.problems, problems, force=force)
    _tell(decoder, listed=problems is not None)


def _packets(decoder: StreamDecoder, chunks: Iterable[bytes], name: str) -> Iterator[DecodedPacket]:
    """Packets as they come.

    Raises:
        InputError: at the end, where the source was nothing that can be read here.
    """
    yield from decoder.decode(chunks)
    decoder.require_stream(name)


def _require_possible(form: Format, out: Path | None, *, current: bool) -> None:
    """Refuse what would not be of use.

    Raises:
        InputError: a table for a terminal, or with values that are not its packets' own.
    """
    from atalaya.errors import InputError

    if form is not Format.PARQUET:
        return
    if current:
        raise InputError("--current goes with jsonl and csv; a table has what each packet itself says")
    if out is None and sys.stdout is not None and sys.stdout.isatty():
        raise InputError("a Parquet table is not for a terminal: name a file with --out")


def _require_apart(source: str, out: Path | None, problems: Path | None) -> None:
    """Refuse to write over the source, or two things into one file.

    Raises:
        InputError: two of them are the same file.
    """
    from atalaya.io.new_file import require_apart

    read = [Path("/dev/stdin" if source == STANDARD_INPUT else source)]
    answer = [] if out is None or str(out) == "-" else [out]
    for path in answer:
        require_apart(path, read)
    if problems is not None:
        require_apart(problems, [*read, *answer])


def _with_current(packets: Iterator[DecodedPacket]) -> Iterator[DecodedPacket]:
    """Packets with all that holds on their PID when they come, not only what they say themselves."""
    from dataclasses import replace

    from atalaya.ingest.current_values import CurrentValues

    by_pid: dict[int | None, CurrentValues] = {}
    for packet in packets:
        values = by_pid.setdefault(packet.packet.pid, CurrentValues())
        values.put(packet)
        if packet.standard is None:
            yield packet
        else:
            yield replace(packet, entries=values.at(standard=packet.standard))


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


def _write_parquet(packets: Iterator[DecodedPacket], write: Write) -> None:
    """One table in columns; it is made when the last packet is there."""
    import io

    from atalaya.ingest.packet_rows import packet_row
    from atalaya.ingest.source_columns import in_their_revisions, source_columns
    from atalaya.io.klv_table import write_parquet

    kept = list(packets)
    source = in_their_revisions(source_columns([one.packet for one in kept]), kept)
    file = io.BytesIO()
    write_parquet(source, [packet_row(kept[number]) for number in source.others], file)
    write(file.getvalue())


_WRITERS = {Format.JSONL: _write_lines, Format.CSV: _write_csv, Format.PARQUET: _write_parquet}


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
