"""`atalaya klv bench FILE`: how fast this machine decodes it, in processor time and without starting up."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import TYPE_CHECKING, Annotated, Any

import typer

from atalaya.cli.klv_source import Source, chunks_of, told_name
from atalaya.cli.output import AsJson, emit

if TYPE_CHECKING:
    from atalaya.ingest.columns import KlvColumns

_FEWEST, _ENOUGH_S = 5, 2.0
_MOST = 200


def register(noun: typer.Typer) -> None:
    """Add the verb."""
    noun.command("bench")(bench)


def bench(
    source: Source,
    engine: Annotated[
        str, typer.Option(help="numba, numpy, or auto: numba where it can be imported.")
    ] = "auto",
    as_json: AsJson = False,
) -> None:
    """Packets a second of processor time, from bytes to columns with flags; what compiles does so before."""
    from atalaya.errors import InputError
    from atalaya.ingest.stream import detect_format
    from atalaya.model.source import SourceFormat

    if engine not in ("auto", "numba", "numpy"):
        raise InputError(f"engine is auto, numba or numpy; got {engine!r}")
    with chunks_of(source) as chunks:
        data = b"".join(chunks)
    form = detect_format(data)
    if form is None:
        raise InputError(f"{told_name(source)}: an MPEG transport stream or KLV was wanted")
    measure = _measured_bare if form is SourceFormat.KLV else _measured_transport
    facts: dict[str, Any] = {"file": told_name(source), "format": str(form), "bytes": len(data)}
    answer = facts | measure(data, engine)
    emit(answer, as_json=as_json, text="\n".join(f"{name}: {value}" for name, value in answer.items()))


def _measured_bare(data: bytes, engine: Any) -> dict[str, Any]:
    from atalaya.ingest.source_columns import bare_columns

    columns, cpu_s, repeats = _timed(lambda: bare_columns(data, engine=engine))
    return _told(columns, 0, len(data), cpu_s, repeats, engine) | {"demux_mb_per_cpu_s": None}


def _measured_transport(data: bytes, engine: Any) -> dict[str, Any]:
    """Demultiplexing and decoding together, and demultiplexing alone."""
    from atalaya.ingest.packet import decode_packet
    from atalaya.ingest.source_columns import SourceColumns, source_columns
    from atalaya.ingest.stream import KlvPacket, StreamReader

    def demultiplexed() -> list[KlvPacket]:
        reader = StreamReader(index=False)
        return reader.feed(data) + reader.finish()

    def decoded() -> SourceColumns:
        packets = demultiplexed()
        found = source_columns(packets, engine=engine)
        for number in found.others:
            decode_packet(number, packets[number])
        return found

    found, cpu_s, repeats = _timed(decoded)
    _, demux_s, _ = _timed(demultiplexed)
    speed = {"demux_mb_per_cpu_s": round(len(data) / 1e6 / demux_s, 1)}
    return _told(found.columns, len(found.others), len(data), cpu_s, repeats, engine) | speed


def _timed[T](work: Callable[[], T]) -> tuple[T, float, int]:
    """(what it gives, middle processor time of one run [s], runs); the first run is not counted."""
    answer = work()
    runs: list[float] = []
    while len(runs) < _FEWEST or (sum(runs) < _ENOUGH_S and len(runs) < _MOST):
        start = time.process_time()
        answer = work()
        runs.append(max(time.process_time() - start, 1e-9))
    return answer, median(runs), len(runs)


def _told(
    columns: tuple[KlvColumns, ...], others: int, length: int, cpu_s: float, repeats: int, engine: str
) -> dict[str, Any]:
    from atalaya.ingest.column_engine import engine_of

    sets = {one.standard: len(one) for one in columns}
    packets = sum(sets.values()) + others
    return {
        "packets": packets,
        "sets": sets | ({"item by item": others} if others else {}),
        "engine": type(engine_of(engine)).__name__.removesuffix("Engine").lower(),  # type: ignore[arg-type]
        "cpu_s": cpu_s,
        "repeats": repeats,
        "packets_per_cpu_s": round(packets / cpu_s, 1),
        "mb_per_cpu_s": round(length / 1e6 / cpu_s, 1),
    }
