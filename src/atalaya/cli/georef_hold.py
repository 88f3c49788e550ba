"""`atalaya georef hold CLIP --frame N --xy X,Y`: one point of the ground in the pictures that follow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from atalaya.cli.georef_clip import ClipName, OnGround, on_ground, opened_clip
from atalaya.cli.georef_pixel import pixel_of
from atalaya.cli.output import AsJson, emit

if TYPE_CHECKING:
    from atalaya.app.hold_point import HeldAnswer, HeldIn


def register(noun: typer.Typer) -> None:
    """Add the verb."""
    noun.command("hold")(on_ground(hold))


def hold(
    context: typer.Context,
    clip: ClipName,
    frame: Annotated[int, typer.Option(help="Number of the metadata frame, from 0.")],
    xy: Annotated[str, typer.Option(help="Column,row of the point in its picture, from the upper left.")],
    seconds: Annotated[float, typer.Option(help="How long after the frame.")] = 10.0,
    before: Annotated[float, typer.Option(help="How long before it.")] = 0.0,
    every: Annotated[float, typer.Option(help="Seconds between pictures.")] = 0.2,
    ground: OnGround = OnGround(),
    as_json: AsJson = False,
) -> None:
    """Where a point of the ground is in each picture: by metadata alone, and held by the pictures."""
    from atalaya.app.hold_point import Stretch, hold_in_clip
    from atalaya.cli.progress import bars

    x_px, y_px = pixel_of(xy)
    stretch = Stretch(before_s=before, after_s=seconds, every_s=every)
    found = opened_clip(context, clip, ground)
    with bars(shown=not as_json) as tell:
        answer = hold_in_clip(found, frame, x_px, y_px, stretch, tell)
    emit(_form(answer, ground.heights), as_json=as_json, text=_text(answer))


def _form(answer: HeldAnswer, heights: str) -> dict[str, Any]:
    from dataclasses import asdict

    form = asdict(answer)
    for name in ("position", "metadata_position"):
        form[name]["covariance_m2"] = [list(row) for row in form[name]["covariance_m2"]]
        if heights == "msl-as-hae":  # a height above the sea is no height above the ellipsoid
            form[name]["msl_m"], form[name]["hae_m"] = form[name]["hae_m"], None
    return form | {"pictures": list(form["pictures"]), "notes": list(answer.notes)}


def _text(answer: HeldAnswer) -> str:
    from rich.console import Console
    from rich.table import Table

    place = answer.position
    table = Table(
        "since (s)", "frame", "held x,y (px)", "± (m)", "metadata x,y (px)", "metadata drift (m)", ""
    )
    for picture in answer.pictures:
        table.add_row(*_row(picture))
    console = Console(width=110)
    with console.capture() as written:
        console.print(table)
    asked = f"frame {answer.frame_index}, pixel {answer.x_px:g},{answer.y_px:g}"
    lines = [
        f"{asked}: lon {place.lon_deg:.7f}, lat {place.lat_deg:.7f}, CE90 {place.ce90_m:.1f} m",
        written.get().rstrip("\n"),
        "± is the 90 % error of the held point against what was named; the place's own error is its CE90.",
    ]
    if answer.prior_misfit > 1.5:
        lines.append(
            f"note: the metadata's attitude is {answer.prior_misfit:.1f} times worse than assumed, and the "
            "errors are stated accordingly"
        )
    return "\n".join([*lines, *(f"note: {note}" for note in answer.notes)])


def _row(picture: HeldIn) -> tuple[str, ...]:
    if picture.x_px is None:
        why = picture.reason or "behind the camera"
        return f"{picture.since_s:+.2f}", str(picture.frame_index), "-", "-", "-", "-", why
    what = "" if picture.in_picture else "out of the picture"
    what = what if picture.tied else f"{what} tied to no picture".strip()
    return (
        f"{picture.since_s:+.2f}",
        str(picture.frame_index),
        _point(picture.x_px, picture.y_px),
        _number(picture.held_ce90_m, 2),
        _point(picture.metadata_x_px, picture.metadata_y_px),
        _number(picture.metadata_drift_m, 1),
        what,
    )


def _point(x_px: float | None, y_px: float | None) -> str:
    return f"{_number(x_px, 1)},{_number(y_px, 1)}"


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{round(value, digits) + 0.0:.{digits}f}"  # no minus zero
