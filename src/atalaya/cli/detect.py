"""`atalaya detect`: from pictures to candidate sites, and what that is worth."""

from __future__ import annotations

from typing import Annotated

import typer

from atalaya.cli import detect_change, detect_evaluate, detect_looks
from atalaya.cli.output import AsJson, emit
from atalaya.cli.progress import bars
from atalaya.cli.session import open_context

nouns = typer.Typer(no_args_is_help=True, help="From pictures to candidate sites.")


def register(app: typer.Typer) -> None:
    """Add the noun to the command line."""
    app.add_typer(nouns, name="detect")


@nouns.callback()
def _detect() -> None:
    """From pictures to candidate sites."""


@nouns.command("run")
def run(
    context: typer.Context,
    sortie: str,
    detector: Annotated[str, typer.Option(help="An installed detector.")] = "local-anomaly",
    as_json: AsJson = False,
) -> None:
    """Show the sortie's pictures to a detector and propose sites."""
    from atalaya.app.detect_sites import detect_sites
    from atalaya.model.identifiers import SortieId
    from atalaya.model.json_form import to_json

    with bars() as tell:
        report = detect_sites(open_context(context), SortieId(sortie), detector_name=detector, progress=tell)
    text = (
        f"{report.detector} marked {report.detections} things in {report.looks} looks "
        f"of {report.sources} sources; "
        f"{len(report.proposed)} sites proposed, {len(report.updated)} updated"
    )
    emit(to_json(report), as_json=as_json, text="\n".join([text, *report.proposed]))


detect_evaluate.register(nouns)
detect_looks.register(nouns)
detect_change.register(nouns)
