"""`atalaya georef ortho CLIP --frame N --out FILE`: one picture laid on the ground, as a COG."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from atalaya.cli.output import AsJson, emit
from atalaya.cli.session import open_context

if TYPE_CHECKING:
    from atalaya.app.ortho import OrthoMade


def register(noun: typer.Typer) -> None:
    """Add the verb."""
    noun.command("ortho")(ortho)


def ortho(
    context: typer.Context,
    clip: Annotated[
        str, typer.Argument(metavar="CLIP", help="Source id of the workspace (its first letters do).")
    ],
    frame: Annotated[int, typer.Option(help="Number of the metadata frame, from 0.")],
    out: Annotated[Path, typer.Option(help="GeoTIFF to write.")],
    gsd: Annotated[
        float | None, typer.Option(help="Size of a pixel (m); never finer than the export limit.")
    ] = None,
    epsg: Annotated[
        int | None, typer.Option(help="4326 or a UTM zone (326zz, 327zz); else that of the place.")
    ] = None,
    lossless: Annotated[
        bool, typer.Option("--lossless", help="Keep every value, and why pixels are empty.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Lay a picture on the terrain as a north-up COG; hidden ground is empty. The export is on record."""
    from atalaya.app.ortho import OrthoWish, export_ortho
    from atalaya.io.cog import Packing
    from atalaya.model.identifiers import SourceId

    packing = Packing.LOSSLESS if lossless else Packing.JPEG
    wish = OrthoWish(gsd_m=gsd, epsg=epsg, packing=packing, replace=force)
    made = export_ortho(open_context(context), SourceId(clip), frame, out, wish)
    emit(form_of(made), as_json=as_json, text=text_of(made))


def form_of(made: OrthoMade) -> dict[str, Any]:
    """The answer for programs."""
    return {
        "file": str(made.path),
        "content": made.content,
        "gsd_m": made.gsd_m,
        "epsg": made.epsg,
        "width_px": made.width_px,
        "height_px": made.height_px,
        "share": made.share,
        "centre_ce90_m": made.ce90_m,
        "tags": made.tags,
    }


def text_of(made: OrthoMade) -> str:
    """The answer for people."""
    shares = ", ".join(f"{kind.replace('_', ' ')} {share:.1%}" for kind, share in made.share.items() if share)
    ce90 = "unknown" if made.ce90_m is None else f"{made.ce90_m:.0f} m"
    return (
        f"{made.path}: {made.width_px} x {made.height_px} pixels of {made.gsd_m:.2f} m, EPSG:{made.epsg}\n"
        f"{shares}; CE90 of the centre {ce90}\n"
        f"on record as {made.content}"
    )
