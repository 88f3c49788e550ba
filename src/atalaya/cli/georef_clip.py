"""Which clip `atalaya georef` is asked about, and on which ground: options that its verbs share."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

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
GroundM = Annotated[float | None, typer.Option(help="One height for all the ground (m).")]
Heights = Annotated[str, typer.Option(help="hae, or msl-as-hae: sensor and --ground-m are both MSL.")]
Lens = Annotated[
    Path | None,
    typer.Option(help="Measured lens (JSON), in place of the field of view that the packets say."),
]
Size = Annotated[str, typer.Option(help="Width x height of the picture, where the clip has none: 1280x720.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class OnGround:
    """On which ground a clip is placed, and through which lens and size of picture: one option each."""

    terrain: Terrain = None
    datum: Datum = ""
    geoid: Geoid = None
    ground_m: GroundM = None
    heights: Heights = "hae"
    size: Size = ""
    lens: Lens = None


def on_ground(verb: Callable[..., None]) -> Callable[..., None]:
    """Let a verb with a parameter `ground: OnGround` be asked by the options of `OnGround`, in its place."""
    hints = get_type_hints(verb, include_extras=True)
    options = get_type_hints(OnGround, include_extras=True)
    names = [field.name for field in fields(OnGround)]

    @wraps(verb)
    def asked(**given: Any) -> None:
        verb(ground=OnGround(**{name: given.pop(name) for name in names}), **given)

    said: list[inspect.Parameter] = []
    for parameter in inspect.signature(verb).parameters.values():
        if parameter.name == "ground":
            said += [
                parameter.replace(name=field.name, default=field.default, annotation=options[field.name])
                for field in fields(OnGround)
            ]
        else:
            said.append(parameter.replace(annotation=hints[parameter.name]))
    asked.__signature__ = inspect.Signature(  # type: ignore[attr-defined]  # what typer reads
        [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in said]
    )
    asked.__annotations__ = {one.name: one.annotation for one in said}
    return asked


def opened_clip(context: typer.Context, clip: str, ground: OnGround) -> Clip:
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

    if ground.terrain is not None and ground.datum not in list(VerticalDatum):
        raise InputError(f"--terrain needs --datum, one of {', '.join(VerticalDatum)}; got {ground.datum!r}")
    if ground.heights not in (HeightReference.HAE, HeightReference.MSL_AS_HAE):
        raise InputError(f"heights is hae or msl-as-hae; got {ground.heights!r}")
    files = GroundFiles(
        terrain=ground.terrain,
        datum=VerticalDatum(ground.datum) if ground.datum else VerticalDatum.HAE,
        geoid=ground.geoid,
        declared=DeclaredGround(constant_m=ground.ground_m, heights=HeightReference(ground.heights)),
        lens=ground.lens,
    )
    needed = not (files.said and Path(clip).is_file())
    found = open_clip(open_context(context) if needed else None, clip, files, _size_px(ground.size))
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
