"""`atalaya detect evaluate SCENE...`: what everything that claims to detect is worth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from atalaya.cli.output import AsJson, emit, table
from atalaya.cli.progress import bars
from atalaya.cli.session import open_context

if TYPE_CHECKING:
    from atalaya.model.evaluation import ClaimScore, Evaluation, Measured

OURS = ["integral", "single-frame", "pooled"]


def register(noun: typer.Typer) -> None:
    """Add the verb."""
    noun.command("evaluate")(evaluate)


def evaluate(
    context: typer.Context,
    scenes: Annotated[
        list[Path], typer.Argument(metavar="SCENE...", help="Folders that atalaya simulate made.")
    ],
    claim: Annotated[
        list[str] | None,
        typer.Option(
            help="integral, single-frame (:DETECTOR behind it for another), pooled, pooled-most, "
            "pooled-marks, an installed detector, or NAME=FILE (.parquet, .geojson, .csv with lon, lat, "
            "score; {scene} for the scene's name; NAME:bits= or NAME:probability= where the scores say that "
            "they are such). May be repeated."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Folder for evaluation.json, evaluation.html, froc.png."),
    ] = None,
    slack_m: Annotated[
        float, typer.Option(help="How far beyond a true place's radius a claim may be off (m).")
    ] = 10.0,
    ground: Annotated[
        str,
        typer.Option(help="Where false alarms count: looked-at, or observed (from 3 sectors of 45 deg)."),
    ] = "looked-at",
    rates: Annotated[str, typer.Option(help="False alarms allowed by 100 km2, rising.")] = "10,100,1000",
    resamples: Annotated[int, typer.Option(help="Of the bootstrap by world.")] = 1000,
    seed: Annotated[int, typer.Option(help="Of the bootstrap.")] = 0,
    keep: Annotated[
        bool, typer.Option("--keep", help="Put the answer on the workspace's shelf, on record.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Judge claims to detect by one rule: sites found, false alarms per 100 km2, and on whom they fall."""
    from atalaya.app.evaluate_detection import evaluate_detection, write_evaluation
    from atalaya.app.kept_evaluations import keep_evaluation
    from atalaya.detection.evaluation import Rules
    from atalaya.errors import InputError
    from atalaya.model.evaluation import Ground
    from atalaya.model.json_form import to_json

    if ground not in list(Ground):
        raise InputError(f"--ground is one of {', '.join(Ground)}; got {ground!r}")
    rules = Rules(
        slack_m=slack_m,
        ground=Ground(ground),
        rates_per_100km2=_rates(rates),
        resamples=resamples,
        seed=seed,
    )
    opened = open_context(context) if keep else None
    with bars() as tell:
        answer = evaluate_detection(scenes, claim or OURS, rules, tell)
    text = evaluation_text(answer)
    if out is not None:
        made = write_evaluation(answer, out, replace=force)
        text += f"\n\n{made.data}\n{made.page}\n{made.picture}"
    if opened is not None:
        text += f"\n\nkept as {keep_evaluation(opened, answer)}"
    emit(to_json(answer), as_json=as_json, text=text)


def evaluation_text(answer: Evaluation) -> str:
    """The answer as a table with what must be said beside it."""
    columns = ["claim", *(f"recall at {rate:g}" for rate in answer.rates_per_100km2)]
    columns += ["recall at most", "of all sites", "FA/100 km2", "on look-alikes", "duplicates"]
    observed = sum(world.sites_by_state["observed"] for world in answer.worlds)
    sites, alike = sum(one.sites for one in answer.worlds), sum(one.look_alikes for one in answer.worlds)
    about = (
        f"{answer.synthetic}: {len(answer.worlds)} worlds, {sites} sites ({observed} observed), "
        f"{alike} look-alikes, {answer.false_alarm_km2:.3g} km2 out of reach of sites"
    )
    lines = [about, table([_row(one, columns) for one in answer.claims], columns)]
    if answer.least_rate_per_100km2 is not None:
        lines.append(
            f"one false alarm in this area is {answer.least_rate_per_100km2:.3g} per 100 km2; "
            f"none seen leaves up to {answer.upper_at_none_per_100km2:.3g} possible (95 %)"
        )
    rate = f"recall at {answer.rates_per_100km2[-1]:g}"
    lines += [
        f"{one.first} less {one.second}, {one.measure}: {_number(one.difference, 1.0, '+.2f')}"
        for one in answer.differences
        if one.measure == rate
    ]
    why = {point.recall.why for claim in answer.claims for point in claim.points if point.recall.why}
    return "\n".join([*lines, *(f"note: {reason}" for reason in sorted(why))])


def _row(claim: ClaimScore, columns: list[str]) -> dict[str, Any]:
    last = claim.points[-1]
    values: list[Any] = [
        claim.name,
        *(_number(point.recall, 100.0, ".0f") for point in claim.points),
        _number(last.strict_recall, 100.0, ".0f"),
        last.per_100km2,
        last.false_alarms - last.on_nothing,
        last.duplicates,
    ]
    return dict(zip(columns, values, strict=True))


def _number(one: Measured, scale: float, form: str) -> str:
    unit = " %" if scale != 1.0 else ""
    if one.value is None:
        return "-"
    value = f"{scale * one.value:{form}}{unit}"
    if one.low is None or one.high is None:
        return value
    return f"{value} ({scale * one.low:{form}} to {scale * one.high:{form}})"


def _rates(text: str) -> tuple[float, ...]:
    from atalaya.errors import InputError

    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise InputError(f"--rates are numbers with commas between them, got {text!r}") from error
