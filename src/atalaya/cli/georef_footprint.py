"""`atalaya georef footprint CLIP --frame N`: the ground under a picture, as GeoJSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from atalaya.cli.georef_clip import ClipName, OnGround, on_ground, opened_clip
from atalaya.cli.output import AsJson, emit

if TYPE_CHECKING:
    from atalaya.app.frame_outline import FrameOutline


def register(noun: typer.Typer) -> None:
    """Add the verb."""
    noun.command("footprint")(on_ground(footprint))


def footprint(
    context: typer.Context,
    clip: ClipName,
    frame: Annotated[int, typer.Option(help="Number of the metadata frame, from 0.")],
    ground: OnGround = OnGround(),
    as_json: AsJson = False,
) -> None:
    """The ground under a picture, its edges following the relief; what is not known is left out, with why."""
    from atalaya.app.frame_outline import outline_of_frame

    found = opened_clip(context, clip, ground)
    answer = outline_of_frame(found, frame)
    emit(_form(answer), as_json=as_json, text=_text(answer))


def _form(answer: FrameOutline) -> dict[str, Any]:
    rings = [ring.tolist() for ring in answer.outline.rings]
    return {
        "type": "Feature",
        "properties": {
            "frame": answer.frame_index,
            "complete": answer.outline.complete,
            "known_share": answer.outline.known_share,
            "missing": answer.missing,
        },
        "geometry": {"type": "MultiPolygon", "coordinates": [[[*ring, ring[0]]] for ring in rings]},
    }


def _text(answer: FrameOutline) -> str:
    outline = answer.outline
    lines = [f"frame {answer.frame_index}: {outline.known_share:.1%} of the picture shows known ground"]
    if not outline.complete:
        total = max(sum(answer.missing.values()), 1)
        lines.append("the rest: " + ", ".join(f"{why} {n / total:.0%}" for why, n in answer.missing.items()))
    for ring in outline.rings:
        west_deg, south_deg = ring.min(axis=0)
        east_deg, north_deg = ring.max(axis=0)
        lines.append(
            f"{len(ring)} points, lon {west_deg:.6f} to {east_deg:.6f}, "
            f"lat {south_deg:.6f} to {north_deg:.6f}"
        )
    return "\n".join([*lines, "--json gives the outline as GeoJSON"])
