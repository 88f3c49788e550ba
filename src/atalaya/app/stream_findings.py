"""What was found in a stream, in words of both languages: damage as it was read, each kind once."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from atalaya.app.bilingual import Bilingual
from atalaya.app.stream_views import DAMAGE_CODES, Severity, StreamFinding
from atalaya.model.problem import Problem

_DETAILS = 5
"""Lines of the reader that are shown of one kind."""
_MORE = re.compile(r"(\d+) more of ")

_WORDS = {
    "checksum-failed": Bilingual(
        "Packets whose checksum does not hold: kept, not used for positions",
        "Paquetes cuya suma de verificación no cuadra: se conservan, no se usan para posiciones",
    ),
    "klv-garbage": Bilingual(
        "Bytes between packets that belong to none: skipped",
        "Bytes entre paquetes que no pertenecen a ninguno: omitidos",
    ),
    "klv-truncated": Bilingual(
        "Packets cut short: what came of them is kept",
        "Paquetes truncados: se conserva lo que llegó de ellos",
    ),
    "ts-lost-sync": Bilingual(
        "Transport stream lost its beat and was found again",
        "El flujo de transporte perdió la sincronía y se recuperó",
    ),
    "ts-continuity": Bilingual(
        "Transport packets are missing (counter jumps)", "Faltan paquetes de transporte (saltos del contador)"
    ),
    "ts-truncated": Bilingual(
        "The file ends inside a transport packet", "El archivo termina dentro de un paquete de transporte"
    ),
    "ts-unreadable": Bilingual(
        "Transport packets that cannot be read", "Paquetes de transporte que no se pueden leer"
    ),
    "klv-repaired": Bilingual(
        "Packets that a recorder had damaged, repaired and proved by their checksum",
        "Paquetes que una grabadora había dañado, reparados y comprobados con su suma",
    ),
    "item-length": Bilingual(
        "Items of a length that the standard does not have: unknown",
        "Elementos con una longitud que la norma no tiene: desconocidos",
    ),
    "set-damaged": Bilingual(
        "Sets that cannot be read to their end", "Conjuntos que no se pueden leer hasta el final"
    ),
    "vmti-damaged": Bilingual(
        "Moving-target sets that cannot be read to their end",
        "Conjuntos de móviles en video que no se pueden leer hasta el final",
    ),
    "vmti-location": Bilingual(
        "Moving-target places written in an older form",
        "Lugares de móviles en video escritos en forma antigua",
    ),
    "video-not-playable": Bilingual("The video cannot be played", "El video no se puede reproducir"),
}

_STANDARDS = {
    "checksum-failed": "ST 0601",
    "item-length": "ST 0601",
    "klv-garbage": "ST 0107",
    "klv-truncated": "ST 0107",
    "set-damaged": "ST 0107",
    "ts-continuity": "ISO 13818-1",
    "ts-lost-sync": "ISO 13818-1",
    "ts-truncated": "ISO 13818-1",
    "ts-unreadable": "ISO 13818-1",
    "vmti-damaged": "ST 0903",
    "vmti-location": "ST 0903",
}


def damage_findings(problems: Sequence[Problem]) -> tuple[StreamFinding, ...]:
    """One finding for each kind of problem, damage first, each with how often it came.

    Args:
        problems: as the reader gave them; the lines that count what is not listed are counted in.
    """
    count: Counter[str] = Counter()
    for problem in problems:
        more = _MORE.match(problem.message) if problem.offset is None else None
        count[problem.code] += int(more[1]) if more else 1
    found = [
        _finding(code, times, [it for it in problems if it.code == code]) for code, times in count.items()
    ]
    return in_order(found)


def in_order(findings: Iterable[StreamFinding]) -> tuple[StreamFinding, ...]:
    """The gravest first; equal ones as they came."""
    gravity = list(Severity)
    return tuple(sorted(findings, key=lambda it: gravity.index(it.severity)))


def _finding(code: str, count: int, problems: Sequence[Problem]) -> StreamFinding:
    offsets = [it.offset for it in problems if it.offset is not None]
    return StreamFinding(
        severity=_severity(code),
        code=code,
        standard=_STANDARDS.get(code),
        wording=_WORDS.get(code, Bilingual(problems[0].message, problems[0].message)),
        count=count,
        offset=min(offsets, default=None),
        details=tuple(it.message for it in problems[:_DETAILS]),
    )


def _severity(code: str) -> Severity:
    if code in DAMAGE_CODES:
        return Severity.ERROR
    return Severity.INFO if code in {"klv-repaired", "vmti-location"} else Severity.WARNING
