"""`atalaya terrain doctor`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from atalaya.cli.output import AsJson, emit
from atalaya.cli.progress import bars
from atalaya.cli.session import open_context

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atalaya.app.terrain_doctor import Diagnosis

SICK = 8
"""Exit code where a terrain is sick: no error of ours, and nothing that may be overlooked."""
_BINS = 12
_BAR = 40
_VERDICTS = {
    "sound": ("SOUND", "BIEN"),
    "sick": ("SICK", "MAL"),
    "undecided": ("UNDECIDED", "SIN DECIDIR"),
}


def doctor_command(
    context: typer.Context,
    against: Annotated[
        Path | None, typer.Option(help="Table of points with heights above the sea; else the workspace's.")
    ] = None,
    language: Annotated[str, typer.Option("--lang", help="Language of the findings: en or es.")] = "en",
    as_json: AsJson = False,
) -> None:
    """Check every elevation model against points of known height; exit code 8 where one is sick."""
    from atalaya.app.terrain_doctor import examine_terrain
    from atalaya.errors import InputError

    if language not in {"en", "es"}:
        raise InputError(f"language is en or es; got {language!r}")
    with bars(shown=not as_json) as tell:
        found = examine_terrain(
            open_context(context), against, progress=lambda done, total: tell("examine", done, total)
        )
    text = "\n\n".join(_told(one, spanish=language == "es") for one in found)
    emit([_form(one) for one in found], as_json=as_json, text=text)
    if any(one.verdict == "sick" for one in found):
        raise typer.Exit(SICK)


def at_import(found: Sequence[Diagnosis]) -> str:
    """What is sick of models that were just imported, in lines to follow theirs; empty where nothing is."""
    sick = [one for one in found if one.verdict == "sick"]
    return "\n".join(f"  LOOK: {it.en}" for one in sick for it in one.words)


def _told(one: Diagnosis, *, spanish: bool) -> str:
    head = f"{one.source.terrain_id} ({', '.join(one.source.names)}): {_VERDICTS[one.verdict][spanish]}"
    lines = [head, *(f"  {it.es if spanish else it.en}" for it in one.words)]
    if one.check is not None:
        check = one.check
        words = ("points", "middle", "spread") if not spanish else ("puntos", "centro", "dispersión")
        lines.append(
            f"  {words[0]} {check.points}, {words[1]} {check.offset_m:+.1f} +-{check.offset_sigma_m:.1f} m, "
            f"{words[2]} {check.spread_m:.1f} m, N {check.undulation_m:.1f} m"
        )
        lines += [f"  {line}" for line in _histogram(check.difference_m.tolist())]
    return "\n".join(lines)


def _histogram(difference_m: list[float]) -> list[str]:
    """How many points are so much too low or too high."""
    ordered = sorted(difference_m)
    low, high = ordered[len(ordered) // 50], ordered[-1 - len(ordered) // 50]
    step = max((high - low) / _BINS, 1.0)
    counts = [0] * (_BINS + 1)
    for value in ordered:
        counts[min(max(int((value - low) / step), 0), _BINS)] += 1
    most = max(counts)
    return [
        f"{low + step * number:+8.1f} m {'#' * max(round(_BAR * count / most), 1 if count else 0)} {count}"
        for number, count in enumerate(counts)
        if any(counts[number:])
    ]


def _form(one: Diagnosis) -> dict[str, object]:
    check = one.check
    form: dict[str, object] = {
        "terrain_id": one.source.terrain_id,
        "names": list(one.source.names),
        "verdict": one.verdict,
        "findings": [] if check is None else [ailment.value for ailment in check.ailments],
        "words": [{"en": it.en, "es": it.es} for it in one.words],
    }
    if check is not None:
        form |= {
            "points": check.points,
            "offset_m": check.offset_m,
            "offset_sigma_m": check.offset_sigma_m,
            "spread_m": check.spread_m,
            "correlation": None if check.correlation != check.correlation else check.correlation,
            "undulation_m": check.undulation_m,
            "undulation_times": check.undulation_times,
            "shift_east_m": check.shift_east_m,
            "shift_north_m": check.shift_north_m,
            "shift_chance": check.shift_chance,
            "smallest_offset_m": check.smallest_offset_m,
            "decides_datum": check.decides_datum,
            "difference_m": check.difference_m.tolist(),
        }
    return form
