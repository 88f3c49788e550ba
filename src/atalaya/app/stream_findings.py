"""What was found in a stream, in words of both languages, each kind once: damage, and what standards ask."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from atalaya.app.bilingual import Bilingual
from atalaya.app.pose_findings import CENTRES_DISAGREE, HEIGHTS_DISAGREE
from atalaya.app.stream_reading import StreamReading
from atalaya.app.stream_views import DAMAGE_CODES, Severity, StreamFinding
from atalaya.ingest.clock_intervals import ClockIntervals
from atalaya.ingest.conformance import stream_findings as carriage_findings
from atalaya.ingest.conformance_packets import PacketCensus
from atalaya.ingest.findings import ConformanceFinding
from atalaya.ingest.metadata_stream import KlvPacket
from atalaya.ingest.packet import decode_packets
from atalaya.model.problem import Problem

_REPAIRED = "klv-repaired"
_DETAILS = 5
"""Lines of the reader that are shown of one kind."""
_MORE = re.compile(r"(\d+) more of ")

_WORDS = {
    "checksum-failed": Bilingual(
        "Packets whose checksum does not hold: never used for positions",
        "Paquetes cuya suma de verificación no cuadra: nunca se usan para posiciones",
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
    _REPAIRED: Bilingual(
        "Packets that lost the first bytes of their key, as FFmpeg 6.1 does: repaired, proved by their sum",
        "Paquetes que perdieron los primeros bytes de su clave, como hace FFmpeg 6.1: reparados, "
        "comprobados con su suma",
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
    CENTRES_DISAGREE: Bilingual(
        "Pose and frame centre disagree by more than the stated errors explain",
        "La pose y el centro de la imagen discrepan más de lo que explican los errores declarados",
    ),
    HEIGHTS_DISAGREE: Bilingual(
        "Heights differ by the same amount throughout: perhaps one is in another datum",
        "Las alturas difieren siempre en lo mismo: quizá una está en otro datum",
    ),
    "video-not-playable": Bilingual("The video cannot be played", "El video no se puede reproducir"),
}

_STANDARDS = {
    "checksum-failed": "ST 0601",
    "item-length": "ST 0601",
    "klv-garbage": "ST 0107",
    "klv-truncated": "ST 0107",
    CENTRES_DISAGREE: "ST 0601",
    HEIGHTS_DISAGREE: "ST 0601",
    "set-damaged": "ST 0107",
    "ts-continuity": "ISO/IEC 13818-1",
    "ts-lost-sync": "ISO/IEC 13818-1",
    "ts-truncated": "ISO/IEC 13818-1",
    "ts-unreadable": "ISO/IEC 13818-1",
    "vmti-damaged": "ST 0903",
    "vmti-location": "ST 0903",
}


def stream_findings(
    reading: StreamReading, examined: int, intervals: ClockIntervals | None = None
) -> tuple[StreamFinding, ...]:
    """What a stream does otherwise than its standards ask, and its damage.

    Args:
        reading: the stream as it came.
        examined: packets, from the first on, that are held against the standards item by item.
        intervals: of clock and tables in the transport stream, None where they were not measured.
    """
    census = PacketCensus()
    for decoded in decode_packets(reading.packets[:examined]):
        census.put(decoded)
    damage = (*damage_findings(reading.problems), *_repairs(reading.packets))
    told = {finding.code for finding in damage}
    asked = (*census.findings(), *carriage_findings(reading.index, (), intervals, reading.model))
    return in_order((*damage, *(_asked(one) for one in asked if one.code not in told)))


def _repairs(packets: Sequence[KlvPacket]) -> tuple[StreamFinding, ...]:
    """Packets of which a recorder took the first bytes, put back and proved."""
    repaired = [packet for packet in packets if packet.repaired and packet.checksum_ok]
    if not repaired:
        return ()
    return (
        StreamFinding(
            severity=Severity.WARNING,
            code=_REPAIRED,
            standard="ST 1402",
            wording=_WORDS[_REPAIRED],
            count=len(repaired),
            offset=repaired[0].offset,
            details=(),
        ),
    )


def _asked(finding: ConformanceFinding) -> StreamFinding:
    standard = " ".join(part for part in (finding.standard, finding.clause) if part)
    return StreamFinding(
        severity=Severity(finding.severity.value),
        code=finding.code,
        standard=standard or None,
        wording=Bilingual(finding.message_en, finding.message_es),
        count=finding.count,
        offset=finding.first_offset,
        details=(),
    )


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
    return Severity.INFO if code == "vmti-location" else Severity.WARNING
