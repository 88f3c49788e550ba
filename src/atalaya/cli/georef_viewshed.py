"""`atalaya georef viewshed`: what a clip saw of the ground, or what can be seen from a place."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from atalaya.cli.georef_clip import OnGround, on_ground, opened_clip
from atalaya.cli.output import AsJson, emit
from atalaya.cli.progress import bars
from atalaya.cli.session import open_context

if TYPE_CHECKING:
    from atalaya.geo.terrain import Terrain as Ground

_PLACE = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)\s*")


def register(noun: typer.Typer) -> None:
    """Add the verb."""
    noun.command("viewshed")(on_ground(viewshed))


def viewshed(
    context: typer.Context,
    clip: Annotated[
        str, typer.Argument(metavar="[CLIP]", help="Source id or file: for how long it saw each place.")
    ] = "",
    out: Annotated[Path | None, typer.Option(help="COG to write.")] = None,
    every_s: Annotated[float, typer.Option(help="Of a clip: one look each so many seconds.")] = 1.0,
    at: Annotated[str, typer.Option(help="Instead of a clip: longitude,latitude of an eye.")] = "",
    height: Annotated[float, typer.Option(help="Of the eye above the ground there (m).")] = 2.0,
    hae: Annotated[
        float | None, typer.Option(help="Of the eye above the ellipsoid, in place of it (m).")
    ] = None,
    radius: Annotated[float, typer.Option(help="How far the eye looks (m).")] = 10_000.0,
    target: Annotated[float, typer.Option(help="Looks of the eye end so much above the ground (m).")] = 0.0,
    refraction: Annotated[float, typer.Option(help="Of light, 0 none, 0.13 standard air.")] = 0.0,
    ground: OnGround = OnGround(),
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """What is seen of the ground: seconds by a clip, or seen and hidden from a place; voids are unknown."""
    from atalaya.errors import InputError
    from atalaya.io.cog import write_cog

    if bool(clip) == bool(at):
        raise InputError("either a clip or a place (--at LON,LAT) is wanted")
    if clip:
        found = opened_clip(context, clip, ground)
        form, text, content = _of_clip(found, every_s)
    else:
        eye = (height, hae, radius, target, refraction)
        form, text, content = _of_place(_ground(context, ground), at, eye)
    if out is not None:
        write_cog(out, content, replace=force)
        form, text = form | {"file": str(out)}, f"{text}\nwritten to {out}"
    emit(form, as_json=as_json, text=text)


def _of_clip(found: Any, every_s: float) -> tuple[dict[str, Any], str, bytes]:
    from atalaya.app.viewshed import exposure_cog, exposure_of_clip

    with bars() as tell:
        exposure = exposure_of_clip(
            found, every_s=every_s, progress=lambda done, total: tell("view", done, total)
        )
    form = {
        "looks": exposure.looks,
        "left_out": exposure.left_out,
        "seen_km2": exposure.seen_km2,
        "longest_s": float(exposure.seen_s.max()),
    }
    left = ", ".join(f"{count} {why}" for why, count in exposure.left_out.items())
    text = (
        f"{exposure.looks} looks saw {exposure.seen_km2:.3f} km2, "
        f"one place for up to {form['longest_s']:.0f} s" + (f"; left out: {left}" if left else "")
    )
    return form, text, exposure_cog(exposure, {"ATALAYA_CLIP": found.name, "ATALAYA_UNIT": "s"})


def _of_place(
    ground: Ground, at: str, eye: tuple[float, float | None, float, float, float]
) -> tuple[dict[str, Any], str, bytes]:
    from atalaya.app.viewshed import Placement, sight_cog, sight_of_place
    from atalaya.errors import InputError

    said = _PLACE.fullmatch(at)
    if said is None:
        raise InputError(f"--at is longitude,latitude, for instance -103.62,19.51; got {at!r}")
    height, hae, radius, target, refraction = eye
    place = Placement(
        lon_deg=float(said[1]),
        lat_deg=float(said[2]),
        above_ground_m=height if hae is None else None,
        hae_m=hae,
        radius_m=radius,
        target_m=target,
        refraction_coefficient=refraction,
    )
    sight = sight_of_place(ground, place)
    form = {
        "eye_hae_m": sight.eye_hae_m,
        "seen_km2": sight.seen_km2,
        "hidden_km2": sight.hidden_km2,
        "unknown_km2": sight.unknown_km2,
    }
    text = (
        f"from {sight.eye_hae_m:.1f} m above the ellipsoid: {sight.seen_km2:.3f} km2 seen, "
        f"{sight.hidden_km2:.3f} km2 hidden, {sight.unknown_km2:.3f} km2 unknown"
    )
    tags = {
        "ATALAYA_AT": at,
        "ATALAYA_EYE_HAE_M": f"{sight.eye_hae_m:.2f}",
        "ATALAYA_RADIUS_M": f"{radius:g}",
    }
    return form, text, sight_cog(sight, tags)


def _ground(context: typer.Context, ground: OnGround) -> Ground:
    from atalaya.app.clip import GroundFiles, ground_of_files
    from atalaya.app.ground import DeclaredGround, ground_of
    from atalaya.errors import InputError
    from atalaya.geo.geoid import VerticalDatum

    if ground.terrain is None:
        return ground_of(open_context(context), DeclaredGround()).terrain
    if ground.datum not in list(VerticalDatum):
        raise InputError(f"--terrain needs --datum, one of {', '.join(VerticalDatum)}; got {ground.datum!r}")
    files = GroundFiles(terrain=ground.terrain, datum=VerticalDatum(ground.datum), geoid=ground.geoid)
    return ground_of_files(files).terrain
