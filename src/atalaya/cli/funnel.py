"""`atalaya funnel`: how many leads came how far, and how long it took."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from atalaya.cli.output import AsJson, emit, table
from atalaya.cli.session import open_context

if TYPE_CHECKING:
    from atalaya.trends.funnel import Funnel


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command("funnel")(funnel)


def funnel(
    context: typer.Context,
    language: Annotated[str, typer.Option("--language", help="en or es.")] = "en",
    as_json: AsJson = False,
) -> None:
    """Lead, confirmed, released, received, acted, active: counts and median times between the steps."""
    from atalaya.app.funnel import funnel as count
    from atalaya.errors import InputError
    from atalaya.model.json_form import to_json

    if language not in {"en", "es"}:
        raise InputError(f"a language is en or es, got {language!r}")
    found = count(open_context(context))
    emit(to_json(found), as_json=as_json, text=funnel_text(found, language))


def funnel_text(found: Funnel, language: str = "en") -> str:
    """The funnel as a table for people, in English or Spanish."""
    from atalaya.trends.wording import CONTRADICTED, HEADINGS, OUT_OF_ORDER, SKIPPED, STEPS, duration, reason

    step, count, wait, measured = HEADINGS[language]
    rows = [
        {
            step: STEPS[one.step][language],
            count: one.count,
            wait: duration(one.median_s, language)
            if one.median_s is not None
            else reason(one.reason, language),
            measured: one.measured or "",
        }
        for one in found.steps
    ]
    notes = [CONTRADICTED[language].format(sites=", ".join(found.contradicted))] if found.contradicted else []
    notes += [
        OUT_OF_ORDER[language].format(count=one.out_of_order, step=STEPS[one.step][language])
        for one in found.steps
        if one.out_of_order
    ]
    notes += [
        SKIPPED[language].format(count=many, step=STEPS[gap][language]) for gap, many in found.skipped.items()
    ]
    return "\n".join([table(rows, [step, count, wait, measured]), *notes])
