"""`atalaya outcome record|list`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from atalaya.cli.output import AsJson, emit, table
from atalaya.cli.session import open_context

if TYPE_CHECKING:
    from atalaya.app.outcomes import OutcomeReport
    from atalaya.model.feedback import Seizure

nouns = typer.Typer(no_args_is_help=True, help="What the partner found, as the partner says it.")


def register(app: typer.Typer) -> None:
    """Add the noun to the command line."""
    app.add_typer(nouns, name="outcome")


@nouns.command("record")
def record(
    context: typer.Context,
    release: str,
    finding: Annotated[str, typer.Option(help="active, inactive, nothing-found or not-visited.")],
    source: Annotated[str, typer.Option(help="Document or address the outcome was taken from.")],
    acted: Annotated[str, typer.Option(help="When the partner went, ISO 8601 with its zone.")] = "",
    seizure: Annotated[
        list[str] | None,
        typer.Option(help="SUBSTANCE:FORM:VALUE UNIT[:QUALIFIER[:confirmed]]; give it again for more."),
    ] = None,
    seizures: Annotated[
        Path | None, typer.Option(help="JSON file with a list of seizures, instead of --seizure.")
    ] = None,
    remarks: Annotated[str, typer.Option(help="Anything else the source says.")] = "",
    as_json: AsJson = False,
) -> None:
    """Record what happened at the place of a release; contradicting outcomes are all kept."""
    from atalaya.app.outcomes import record_outcome
    from atalaya.feedback.parsing import parse_finding, parse_instant
    from atalaya.model.identifiers import ReleaseId

    report = record_outcome(
        open_context(context),
        ReleaseId(release),
        finding=parse_finding(finding),
        acted_utc=parse_instant("acted", acted) if acted else None,
        seizures=_seizures(seizure or [], seizures),
        source=source,
        remarks=remarks,
    )
    emit(_form(report), as_json=as_json, text=_text(report))


@nouns.command("list")
def list_(
    context: typer.Context,
    release: Annotated[str, typer.Option(help="Only the outcomes of this release.")] = "",
    as_json: AsJson = False,
) -> None:
    """List the outcomes, in the order they were recorded, with what is odd about each."""
    from atalaya.app.outcomes import list_outcomes
    from atalaya.model.identifiers import ReleaseId

    found = list_outcomes(open_context(context), ReleaseId(release) if release else None)
    emit([_form(one) for one in found], as_json=as_json, text="\n\n".join(map(_text, found)) or "no outcome")


def _seizures(short: list[str], file: Path | None) -> tuple[Seizure, ...]:
    from atalaya.errors import InputError
    from atalaya.feedback.parsing import parse_seizure, read_seizures
    from atalaya.io.original import read_chunks

    if file is None:
        return tuple(map(parse_seizure, short))
    if short:
        raise InputError("seizures come by --seizure or by --seizures, not both")
    return read_seizures(b"".join(read_chunks(file)))


def _form(report: OutcomeReport) -> dict[str, Any]:
    from atalaya.model.json_form import to_json

    return to_json(report)


def _text(report: OutcomeReport) -> str:
    outcome = report.outcome
    acted = f", {outcome.acted_utc:%Y-%m-%d %H:%M:%SZ}" if outcome.acted_utc else ""
    lines = [f"{outcome.outcome_id}: {outcome.release_id} {outcome.site_id} {outcome.finding.value}{acted}"]
    rows = [
        {
            "substance": one.substance,
            "form": one.form,
            "as written": one.as_written,
            "kg": one.shown_kg or f"- ({one.reason})",
            "laboratory": "confirmed" if one.confirmed else "presumed",
        }
        for one in report.quantities
    ]
    if rows:
        lines.append(table(rows, ["substance", "form", "as written", "kg", "laboratory"]))
    lines.append(f"source: {outcome.source}")
    return "\n".join([*lines, *(f"note: {remark}" for remark in report.remarks)])
