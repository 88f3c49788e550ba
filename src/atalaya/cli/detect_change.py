"""`atalaya detect change OLD NEW`: two passes over the same ground compared."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from atalaya.cli.output import AsJson, emit, table
from atalaya.cli.progress import bars

_SHOWN = 20


class Compare(StrEnum):
    """What of two passes is compared."""

    LIGHT = "light"
    THERMAL = "thermal"
    DAY_NIGHT = "day-night"


def register(noun: typer.Typer) -> None:
    """Add the verb."""
    noun.command("change")(change)


def change(
    old: Annotated[
        Path, typer.Argument(help="Folder that atalaya detect looks -o wrote, of the older pass.")
    ],
    new: Annotated[Path, typer.Argument(help="The same of the newer pass.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for raster, table and report.")],
    by: Annotated[
        Compare,
        typer.Option(help="Light, thermal looks, or what is warm by night and cold by day (day-night)."),
    ] = Compare.LIGHT,
    least: Annotated[
        float | None,
        typer.Option(help="Score that a change reaches, in spreads of what is ordinary around it."),
    ] = None,
    any_season: Annotated[
        bool, typer.Option("--any-season", help="Compare passes more than 45 days of the year apart.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier answer.")] = False,
    as_json: AsJson = False,
) -> None:
    """Lay two passes on one another and say what appeared, what vanished, and what could not be compared."""
    from atalaya.app.change import ChangeWish, Comparing, compare_passes
    from atalaya.detection import change as light
    from atalaya.detection import day_night

    usual = day_night.LEAST_SPREADS if by is Compare.DAY_NIGHT else light.LEAST_SPREADS
    wish = ChangeWish(
        comparing=Comparing(by.value), least=usual if least is None else least, any_season=any_season
    )
    with bars() as tell:
        report = compare_passes(old, new, out, wish, replace_there=force, progress=tell)
    emit(report, as_json=as_json, text="" if as_json else text_of(report))


def text_of(report: dict[str, Any]) -> str:
    """The summary for people."""
    names = ("night", "day") if report["comparing"] == "day-night" else ("old", "new")
    lines = ["SYNTHETIC / SINTÉTICO"] if report["synthetic"] else []
    for name in names:
        one = report[name]
        lines.append(
            f"{name}: {one['folder']}, {one['looks']} looks at {one['first_utc'][:16]}Z, sun "
            f"{one['sun_elevation_deg']:g} deg high"
        )
    done = report["registration"]
    lines.append(
        f"registered by {done['agreeing']} of {done['blocks']} blocks: {done['shift_east_m']:+.2f} m east, "
        f"{done['shift_north_m']:+.2f} m north, to {done['rms_m']:.2f} m"
    )
    lines.append(
        "area (km2): "
        + ", ".join(f"{one.replace('_', ' ')} {km2:.4f}" for one, km2 in report["area_km2"].items())
    )
    lines += [f"note: {note}" for note in report["notes"]]
    shown = report["changes"][:_SHOWN]
    if shown:
        lines.append(
            table(shown, ["score", "sense", "mgrs", "length_m", "width_m", "before", "after", "azimuths"])
        )
    lines.append(f"{len(report['changes'])} changes" + (f", {len(shown)} shown" if shown else ""))
    return "\n".join(lines)
