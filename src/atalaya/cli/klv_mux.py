"""`atalaya klv mux VIDEO KLV -o OUT.ts`: pictures and metadata in one transport stream."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from atalaya.cli.klv_answer import Force
from atalaya.cli.output import AsJson, emit


def register(noun: typer.Typer) -> None:
    """Add the verb."""
    noun.command("mux")(mux)


def mux(
    video: Annotated[Path, typer.Argument(help="Media file with H.264, H.265 or MPEG-2 pictures.")],
    klv: Annotated[Path, typer.Argument(help="Bare KLV, or a transport stream whose KLV is taken.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="The transport stream to write.")],
    synchronous: Annotated[
        bool,
        typer.Option(
            "--sync/--async",
            help="Metadata cells with presentation times, or private data without (ST 1402).",
        ),
    ] = True,
    offset_s: Annotated[
        float, typer.Option(help="How much later than now known each packet comes (s).")
    ] = 0.0,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Join pictures and KLV in one transport stream; both are in it byte for byte."""
    from atalaya.app.mux_klv import mux_klv
    from atalaya.model.json_form import to_json

    report = mux_klv(video, klv, out, synchronous=synchronous, offset_s=offset_s, replace=force)
    by = {"pts": "their presentation times", "stamp": "their time stamps (item 2)"}[report.timed_by]
    lines = [
        f"{out}: {report.pictures} pictures ({report.codec}), {report.packets} KLV packets by {by}",
        f"packets from {report.first_s:.3f} s to {report.last_s:.3f} s after the first picture",
    ]
    if report.untimed:
        lines.append(f"{report.untimed} packets have no time to go by: each comes with the one before it")
    emit({"out": str(out), **_form(to_json(report))}, as_json=as_json, text="\n".join(lines))


def _form(answer: object) -> dict[str, object]:
    return answer if isinstance(answer, dict) else {}
