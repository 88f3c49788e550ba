"""`atalaya ingest SOURCE --sortie ID`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from atalaya.cli.output import AsJson, emit
from atalaya.cli.progress import bars
from atalaya.cli.session import open_context

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atalaya.app.ingest_source import IngestReport
    from atalaya.model.custody import Json


_WORDS = {
    "time-unknown": "the packet says no time that can be read",
    "outside-window": "taken before or after the sortie's window",
    "while-suspended": "taken while the authority was suspended",
    "sensor-not-allowed": "the sortie's permit does not name this sensor",
    "footprint-unknown": "where they look is not known: a corner meets no ground of the terrain or looks at "
    "the sky, the checksum fails, or the packet lacks place, height above the ellipsoid, attitude or field "
    "of view (heights above sea level need a geoid grid that reaches it, or --heights msl-as-hae)",
    "outside-area": "they show ground outside the sortie's area",
    "stopped": "the authority was suspended meanwhile",
}
"""Reasons of the ledger, for people."""


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command("ingest")(ingest)


def ingest(
    context: typer.Context,
    source: Annotated[
        str, typer.Argument(help="MPEG-TS with STANAG 4609 KLV, bare .klv, or - for standard input.")
    ],
    sortie: Annotated[str, typer.Option("--sortie", help="The open sortie it was taken on.")],
    sensor: Annotated[str, typer.Option(help="What took it; needed where the sortie carries several.")] = "",
    ground_m: Annotated[
        float | None,
        typer.Option(help="One height for all the ground (m), where the workspace has no terrain."),
    ] = None,
    heights: Annotated[
        str, typer.Option(help="hae, or msl-as-hae: sensor and declared ground are both MSL.")
    ] = "hae",
    lens: Annotated[
        Path | None,
        typer.Option(help="Measured lens (JSON), in place of the field of view that the packets say."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Take an original in: hashed, cut to the permit, its frames brought to the ground."""
    from atalaya.app.ground import DeclaredGround
    from atalaya.app.ingest_source import ingest_source
    from atalaya.errors import InputError
    from atalaya.georeg.pose import HeightReference
    from atalaya.io.lens import read_lens
    from atalaya.model.authority import Sensor
    from atalaya.model.identifiers import SortieId

    if heights not in (HeightReference.HAE, HeightReference.MSL_AS_HAE):
        raise InputError(f"heights is hae or msl-as-hae; got {heights!r}")
    if sensor and sensor not in list(Sensor):
        raise InputError(f"sensor is one of {', '.join(Sensor)}; got {sensor!r}")
    opened = open_context(context)
    with tempfile.TemporaryDirectory(prefix="atalaya-") as folder, bars() as tell:
        path = _spooled(Path(folder)) if source == "-" else Path(source)
        report = ingest_source(
            opened,
            path,
            SortieId(sortie),
            sensor=Sensor(sensor) if sensor else None,
            declared=DeclaredGround(constant_m=ground_m, heights=HeightReference(heights)),
            lens=None if lens is None else read_lens(lens),
            progress=tell,
        )
    emit(_form(report), as_json=as_json, text=_text(report))


def _spooled(folder: Path) -> Path:
    """Standard input as a file.

    Raises:
        InputError: there is no standard input. ExternalError: it cannot be kept.
    """
    from atalaya.errors import InputError
    from atalaya.io.original import spool

    if sys.stdin is None:
        raise InputError("there is no standard input to take in")
    return spool(sys.stdin.buffer, folder / "standard-input")


def _form(report: IngestReport) -> dict[str, object]:
    from atalaya.model.json_form import to_json

    return {
        "record": to_json(report.record),
        "problems": [to_json(problem) for problem in report.problems],
        "dropped": dict(report.dropped),
        "repeated": report.repeated,
    }


def _text(report: IngestReport) -> str:
    record = report.record
    whole = "the whole, byte for byte" if not record.cuts else f"all but {len(record.cuts)} parts"
    unsummed = f", of a set without one: {record.packets_unsummed}" if record.packets_unsummed else ""
    lines = [
        f"source {record.source_id}",
        f"{record.name}: {record.format.value}, {record.length} bytes",
        f"packets: {record.packets}, with a checksum that holds: {record.packets_checksum_ok}{unsummed}",
        f"kept: {whole if record.kept else 'nothing'}",
        f"frames kept: {record.frames_kept}, not kept: {record.frames_dropped}",
    ]
    lines += [
        f"not kept: {count} frames, {reason}: {_WORDS.get(reason, reason)}"
        for reason, count in report.dropped.items()
    ]
    if report.repeated:
        ground = _ground(record.ground)
        lines.append(f"it was already here under this sortie, on {ground}; nothing was changed")
    elif record.kept is None:
        lines.append("nothing of it stays; with better ground or sortie, take it in again")
    if record.stopped_reason:
        lines.append(f"STOPPED: {record.stopped_reason}")
    lines += [f"problem: {problem.message}" for problem in report.problems[:10]]
    if len(report.problems) > 10:
        lines.append(f"… and {len(report.problems) - 10} more problems (--json lists all)")
    return "\n".join(lines)


def _ground(facts: Mapping[str, Json]) -> str:
    constant_m = facts.get("constant_m")
    if isinstance(constant_m, int | float):
        return f"constant ground at {constant_m:g} m, {facts.get('heights')}"
    return "the workspace's terrain of then"
