"""`atalaya klv report FILE`: the stream beside its standards."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from atalaya.cli.klv_source import Source, chunks_of, told_name
from atalaya.cli.output import AsJson, emit, printable

if TYPE_CHECKING:
    from atalaya.ingest.conformance import ConformanceReport
    from atalaya.ingest.findings import ConformanceFinding


class Language(StrEnum):
    """In which findings are told."""

    EN = "en"
    ES = "es"


_WORDS = {
    Language.EN: {
        "error": "error",
        "warning": "warning",
        "info": "info",
        "head": ("severity", "asked by", "what was found", "times", "first at byte"),
        "none": "nothing was found that the standards ask otherwise",
        "packets": "KLV packets",
        "pictures": "pictures",
        "time": "time rests on",
    },
    Language.ES: {
        "error": "error",
        "warning": "aviso",
        "info": "nota",
        "head": ("gravedad", "lo pide", "lo encontrado", "veces", "primero en el byte"),
        "none": "no se encontró nada que las normas pidan de otro modo",
        "packets": "paquetes KLV",
        "pictures": "imágenes",
        "time": "la hora se apoya en",
    },
}
_WIDTH = 140
"""Of a table that goes to a file."""

_TIME_SOURCES = {
    "unsynchronised": ("nothing (unsynchronised)", "nada (sin sincronía)"),
    "arrival": ("the order of arrival", "el orden de llegada"),
    "asynchronous_pts": ("asynchronous presentation times", "tiempos de presentación asíncronos"),
    "synchronous_pts": ("synchronous presentation times", "tiempos de presentación síncronos"),
    "picture": ("the time in the pictures (ST 0604)", "la hora en las imágenes (ST 0604)"),
}


def register(noun: typer.Typer) -> None:
    """Add the verb."""
    noun.command("report")(report)


def report(
    source: Source,
    language: Annotated[Language, typer.Option("--lang", help="Language of the findings.")] = Language.EN,
    as_json: AsJson = False,
) -> None:
    """What a stream does otherwise than STANAG 4609 and its MISB standards ask; it only informs."""
    from atalaya.app.report_stream import report_stream
    from atalaya.errors import InputError
    from atalaya.ingest.conformance import report_json

    with chunks_of(source) as chunks:
        found = report_stream(chunks)
    name = told_name(source)
    if found.index.format is None:
        empty = "is empty" if not found.index.length else "is neither"
        raise InputError(f"{name} {empty}: an MPEG transport stream or KLV was wanted")
    answer = {"file": name, **report_json(found)}
    emit(answer, as_json=as_json, text="" if as_json else _told(found, name, language))


def _told(found: ConformanceReport, name: str, language: Language) -> str:
    words = _WORDS[language]
    sets = ", ".join(f"{count}× {standard or '?'}" for standard, count in found.sets.items()) or "0"
    source = _TIME_SOURCES[found.time.source.name.lower()][language is Language.ES]
    held = f"{words['packets']}: {sets}; {words['pictures']}: {len(found.index.pictures)}"
    lines = [
        f"{name}: {found.index.format}, {found.index.length} bytes",
        f"{held}; {words['time']} {source}",
    ]
    if not found.findings:
        return "\n".join([*lines, str(words["none"])])
    return "\n".join([*lines, _table(found.findings, language)])


def _table(findings: tuple[ConformanceFinding, ...], language: Language) -> str:
    import io

    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    words = _WORDS[language]
    table = Table(*words["head"], box=box.SIMPLE_HEAD, pad_edge=False)
    for one in findings:
        asked = " ".join(part for part in (one.standard, one.clause) if part)
        message = one.message_es if language is Language.ES else one.message_en
        offset = "" if one.first_offset is None else str(one.first_offset)
        cells = (str(words[one.severity.value]), asked, printable(message), str(one.count), offset)
        table.add_row(*(Text(cell) for cell in cells))
    here = Console()
    text = io.StringIO()
    width = here.width if here.is_terminal else max(here.width, _WIDTH)
    Console(file=text, width=width, color_system=None).print(table)
    return text.getvalue().rstrip()
