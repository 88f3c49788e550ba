"""`atalaya georef point CLIP --lon L --lat L`: in which pictures a place is, and where."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from atalaya.cli.georef_clip import ClipName, OnGround, on_ground, opened_clip
from atalaya.cli.output import AsJson, emit, table

if TYPE_CHECKING:
    from atalaya.app.pixel_on_ground import ImagePoint


def register(noun: typer.Typer) -> None:
    """Add the verb."""
    noun.command("point")(on_ground(point))


def point(
    context: typer.Context,
    clip: ClipName,
    lon: Annotated[float, typer.Option(help="Longitude (deg).")],
    lat: Annotated[float, typer.Option(help="Latitude (deg).")],
    ground: OnGround = OnGround(),
    as_json: AsJson = False,
) -> None:
    """Where a place on the ground is in each picture that shows it; hidden behind terrain is not shown."""
    from atalaya.app.pixel_on_ground import ImagePoint, image_points_of_clip

    found = opened_clip(context, clip, ground)
    answers = image_points_of_clip(found, lon, lat)
    height = "msl_m" if ground.heights == "msl-as-hae" else "hae_m"
    rows = [_row(answer, height) for answer in answers if isinstance(answer, ImagePoint)]
    not_shown = Counter(answer.kind.value for answer in answers if not isinstance(answer, ImagePoint))
    reasons = {answer.kind.value: answer.reason for answer in answers if not isinstance(answer, ImagePoint)}
    lines = [table(rows, ["frame", "x_px", "y_px", height, "slant_range_m"])] if rows else []
    lines += [
        f"{count} frames do not show it ({kind}), the last: {reasons[kind]}"
        for kind, count in not_shown.items()
    ]
    form = {"shown": rows, "not_shown": dict(not_shown), "reasons": reasons}
    emit(form, as_json=as_json, text="\n".join(lines))


def _row(answer: ImagePoint, height: str) -> dict[str, Any]:
    return {
        "frame": answer.frame_index,
        "x_px": round(answer.x_px, 2),
        "y_px": round(answer.y_px, 2),
        height: round(answer.hae_m, 2),
        "slant_range_m": round(answer.slant_range_m, 1),
    }
