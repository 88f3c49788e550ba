"""`atalaya demo`: the main job on a synthetic sortie, with nothing to set up."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from atalaya.cli.output import AsJson, emit, table
from atalaya.cli.progress import bars

if TYPE_CHECKING:
    from atalaya.app.demo import DemoReport


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command("demo")(demo)


def demo(
    headless: Annotated[bool, typer.Option(help="Only run it; do not open the workbench.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="Another seed is another sierra.")] = 0,
    keep: Annotated[Path | None, typer.Option(help="Folder to keep the workspace in; made anew.")] = None,
    port: Annotated[int, typer.Option(help="Port of the workbench; 0 takes a free one.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Simulate a sortie and take it through the whole loop; everything it makes says SYNTHETIC."""
    from atalaya.app.demo import run_demo

    started = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="atalaya-demo-")) / "workspace" if keep is None else keep
    _make_room(folder)
    try:
        with bars() as tell:
            report = run_demo(folder, seed=seed, progress=tell)
        form = _form(report, time.monotonic() - started)
        emit(form, as_json=as_json, text=_text(report, form))
        if not headless:
            _serve(folder, port)
    finally:
        if keep is None:
            shutil.rmtree(folder.parent, ignore_errors=True)


def _make_room(folder: Path) -> None:
    """Only the workspace of an earlier demo is replaced, and nothing else is ever deleted."""
    from atalaya.app.demo import STREAM
    from atalaya.errors import InputError

    if not folder.exists() or not any(folder.iterdir()):
        return
    if not (folder / STREAM).is_file():
        raise InputError(f"{folder} holds something that no demo made; name another folder with --keep")
    shutil.rmtree(folder)


def _serve(folder: Path, port: int) -> None:
    from atalaya.cli.serve import start_workbench

    browse = sys.stdout.isatty()
    start_workbench(folder, account="demo.analyst", role="imagery-analyst", port=port, browse=browse)


def _form(report: DemoReport, elapsed_s: float) -> dict[str, Any]:
    from atalaya.model.json_form import to_json

    found = report.score
    return {
        "synthetic": True,
        "seed": report.seed,
        "workspace": str(report.workspace),
        "elapsed_s": round(elapsed_s, 1),
        "packets": report.ingest.record.packets,
        "packets_checksum_ok": report.ingest.record.packets_checksum_ok,
        "frames_kept": report.ingest.record.frames_kept,
        "looks": report.looks,
        "proposed": len(report.proposed),
        "score": {
            "found": list(found.found),
            "missed": list(found.missed),
            "false_candidates": found.false_candidates,
            "duplicates": found.duplicates,
            "decoy_hits": {kind.value: hits for kind, hits in found.decoy_hits.items()},
            "position_errors_m": [round(error, 2) for error in found.position_errors_m],
            "share_inside_ce90": found.share_inside_ce90,
        },
        "sites": [
            {
                "site": site.site_id,
                "status": site.status.value,
                "probability": round(site.candidate.probability, 4),
                "ce90_m": round(site.candidate.position.ce90_m, 1),
                "looks_seen": site.candidate.looks_seen,
                "looks_possible": site.candidate.looks_possible,
            }
            for site in report.proposed
        ],
        "package": str(report.package),
        "verified": to_json(report.verified),
        "funnel": to_json(report.funnel),
        "ledger_entries": report.ledger.size,
        "ledger_problems": len(report.ledger.problems),
    }


def _text(report: DemoReport, form: dict[str, Any]) -> str:
    found = report.score
    sites = table(form["sites"], ["site", "status", "probability", "ce90_m", "looks_seen", "looks_possible"])
    errors = ", ".join(f"{error:.1f} m" for error in found.position_errors_m) or "-"
    proved = "PROVED, every file inside" if report.verified.proved else "NOT PROVED"
    return "\n".join(
        [
            f"SYNTHETIC / SINTÉTICO · seed {report.seed} · {form['elapsed_s']} s",
            "",
            sites,
            "",
            f"laboratories found: {len(found.found)}, missed: {len(found.missed)}; off by {errors}",
            f"false candidates: {found.false_candidates}",
            f"package: {report.package} ({proved})",
            f"ledger: {report.ledger.size} entries, {len(report.ledger.problems)} problems",
            "",
            report_funnel(report),
        ]
    )


def report_funnel(report: DemoReport) -> str:
    """The funnel as the `funnel` verb prints it."""
    from atalaya.cli.funnel import funnel_text

    return funnel_text(report.funnel)
