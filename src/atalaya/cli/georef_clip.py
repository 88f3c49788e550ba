"""Which clip `atalaya georef` is asked about, and on which ground: options that its verbs share."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from atalaya.cli.session import open_context

if TYPE_CHECKING:
    from atalaya.app.clip import Clip

ClipName = Annotated[
    str, typer.Argument(metavar="CLIP", help="Source id of the workspace (its first letters do), or a file.")
]
Terrain = Annotated[
    Path | None, typer.Option(help="Elevation model to use in place of the workspace's terrain.")
]
Datum = Annotated[str, typer.Option(help="hae or msl: what the heights of --terrain are above.")]
Geoid = Annotated[
    Path | None, typer.Option(help="Geoid grid (GeoTIFF) for terrain or sensor heights above sea level.")
]
GroundM = Annotated[float | None, typer.Option(help="One height for all the ground [m].")]
Heights = Annotated[str, typer.Option(help="hae, or msl-as-hae: sensor and --ground-m are both MSL.")]
Lens = Annotated[
    Path | None,
    typer.Option(help="Measured lens (JSON), in place of the field of view that the packets say."),
]
Size = Annotated[str, typer.Option(help="Width x height of the picture, where the clip has none: 1280x720.")]


def opened_clip(
    context: typer.Context,
    clip: str,
    *,
    terrain: Path | None,
    datum: str,
    geoid: Path | None,
    ground_m: float | None,
    heights: str,
    size: str,
    lens: Path | None,
) -> Clip:
    """The clip on the ground that the options name; the workspace is opened only where it is needed.

    Raises:
        InputError: options that are none, or a clip that cannot be placed.
        NotFoundError: neither such a file nor such a source. ExternalError: it cannot be read.
    """
    from atalaya.app.clip import GroundFiles, open_clip
    from atalaya.app.ground import DeclaredGround
    from atalaya.errors import InputError
    from atalaya.geo.geoid import VerticalDatum
    from atalaya.georeg.pose import HeightReference

    if terrain is not None and datum not in list(VerticalDatum):
        raise InputError(f"--terrain needs --datum, one of {', '.join(VerticalDatum)}; got {datum!r}")
    if heights not in (HeightReference.HAE, HeightReference.MSL_AS_HAE):
        raise InputError(f"heights is hae or msl-as-hae; got {heights!r}")
    files = GroundFiles(
        terrain=terrain,
        datum=VerticalDatum(datum) if datum else VerticalDatum.HAE,
        geoid=geoid,
        declared=DeclaredGround(constant_m=ground_m, heights=HeightReference(heights)),
        lens=lens,
    )
    needed = not (files.said and Path(clip).is_file())
    found = open_clip(open_context(context) if needed else None, clip, files, _size_px(size))
    note = found.lens_note()
    if note:
        typer.echo(f"note: {note}", err=True)
    return found


def _size_px(size: str) -> tuple[int, int] | None:
    from atalaya.errors import InputError

    if not size:
        return None
    found = re.fullmatch(r"([1-9]\d{0,5})[xX×]([1-9]\d{0,5})", size)
    if found is None:
        raise InputError(f"--size is width x height in pixels, 1280x720; got {size!r}")
    return int(found[1]), int(found[2])
