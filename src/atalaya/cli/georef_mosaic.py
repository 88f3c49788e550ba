"""`atalaya georef mosaic CLIP --out FILE`: the pictures of a clip on one raster, as a COG."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from atalaya.cli.output import AsJson, emit
from atalaya.cli.progress import bars
from atalaya.cli.session import open_context

if TYPE_CHECKING:
    from atalaya.app.ortho_mosaic import MosaicMade


def register(noun: typer.Typer) -> None:
    """Add the verb."""
    noun.command("mosaic")(mosaic)


def mosaic(
    context: typer.Context,
    clip: Annotated[
        str, typer.Argument(metavar="CLIP", help="Source id of the workspace (its first letters do).")
    ],
    out: Annotated[
        Path, typer.Option(help="GeoTIFF to write; beside it NAME_frames.tif says who shows what.")
    ],
    prefer: Annotated[str, typer.Option(help="best-gsd, least-oblique or first.")] = "best-gsd",
    every_s: Annotated[float, typer.Option(help="One picture each so many seconds.")] = 1.0,
    gsd: Annotated[
        float | None, typer.Option(help="Size of a pixel (m); not below the export limit.")
    ] = None,
    epsg: Annotated[int | None, typer.Option(help="4326 or a UTM zone; else that of the place.")] = None,
    lossless: Annotated[bool, typer.Option("--lossless", help="Keep every value.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Lay the pictures of a clip on one north-up COG; interrupted, it goes on. The export is on record."""
    from atalaya.app.ortho_mosaic import MosaicWish, export_mosaic
    from atalaya.errors import InputError
    from atalaya.georeg.ortho_mosaic import Preference
    from atalaya.io.cog import Packing
    from atalaya.model.identifiers import SourceId

    if prefer not in list(Preference):
        raise InputError(f"--prefer is one of {', '.join(Preference)}; got {prefer!r}")
    wish = MosaicWish(
        preference=Preference(prefer),
        every_s=every_s,
        gsd_m=gsd,
        epsg=epsg,
        packing=Packing.LOSSLESS if lossless else Packing.JPEG,
        replace=force,
    )
    with bars() as tell:
        made = export_mosaic(
            open_context(context),
            SourceId(clip),
            out,
            wish,
            lambda done, total: tell("mosaic", done, total),
        )
    emit(_form(made), as_json=as_json, text=_text(made))


def _form(made: MosaicMade) -> dict[str, Any]:
    return {
        "file": str(made.path),
        "content": made.content,
        "frames_file": str(made.frames_path),
        "frames_content": made.frames_content,
        "gsd_m": made.gsd_m,
        "epsg": made.epsg,
        "width_px": made.width_px,
        "height_px": made.height_px,
        "frames": list(made.frames),
        "left_out": made.left_out,
        "shown": made.shown,
    }


def _text(made: MosaicMade) -> str:
    left = f", {made.left_out} left out" if made.left_out else ""
    return (
        f"{made.path}: {made.width_px} x {made.height_px} pixels of {made.gsd_m:.2f} m, EPSG:{made.epsg}\n"
        f"{len(made.frames)} pictures{left}; {made.shown:.1%} of the raster is shown\n"
        f"{made.frames_path} says which picture each pixel is from\n"
        f"on record as {made.content}"
    )
