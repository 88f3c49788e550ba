"""`atalaya georef pixel CLIP --frame N --xy X,Y`: where a pixel is on the ground."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from atalaya.cli.georef_clip import ClipName, OnGround, on_ground, opened_clip
from atalaya.cli.output import AsJson, emit

if TYPE_CHECKING:
    from atalaya.app.pixel_on_ground import PixelAnswer, PixelOnGround
    from atalaya.georeg.provenance import ValueSource


def register(noun: typer.Typer) -> None:
    """Add the verb."""
    noun.command("pixel")(on_ground(pixel))


def pixel(
    context: typer.Context,
    clip: ClipName,
    frame: Annotated[int, typer.Option(help="Number of the metadata frame, from 0.")],
    xy: Annotated[list[str], typer.Option(help="Column,row from the upper left pixel; may be repeated.")],
    ground: OnGround = OnGround(),
    as_json: AsJson = False,
) -> None:
    """Where a pixel is on the ground: place, heights, CE90, LE90 and the region it may truly be in."""
    from atalaya.app.pixel_on_ground import pixel_of_clip
    from atalaya.georeg.provenance import sources_of

    asked = [pixel_of(word) for word in xy]
    found = opened_clip(context, clip, ground)
    answers = [pixel_of_clip(found, frame, x_px, y_px) for x_px, y_px in asked]
    sources = sources_of(found.frames, found.row_of(frame))
    forms = [_form(answer) | {"pose_from": _sources_form(sources)} for answer in answers]
    texts = [*map(_text, answers), _sources_text(sources)]
    emit(forms, as_json=as_json, text="\n\n".join(texts))


def pixel_of(word: str) -> tuple[float, float]:
    """Column and row from `640,360`.

    Raises:
        InputError: not two finite numbers.
    """
    import math

    from atalaya.errors import InputError

    try:
        x_px, y_px = (float(part) for part in word.split(","))
    except ValueError as error:
        raise InputError(f"--xy is column,row, for instance 640,360; got {word!r}") from error
    if not (math.isfinite(x_px) and math.isfinite(y_px)):
        raise InputError(f"--xy is column,row, for instance 640,360; got {word!r}")
    return x_px, y_px


def _form(answer: PixelAnswer) -> dict[str, Any]:
    from atalaya.app.pixel_on_ground import PixelOnGround

    asked = {"frame": answer.frame_index, "x_px": answer.x_px, "y_px": answer.y_px}
    if not isinstance(answer, PixelOnGround):
        return asked | {"answered": False, "why": answer.kind.value, "reason": answer.reason}
    position, region = answer.region.position, answer.region
    return asked | {
        "answered": True,
        "lon_deg": position.lon_deg,
        "lat_deg": position.lat_deg,
        "hae_m": _hae_m(answer),
        "msl_m": answer.msl_m,
        "msl_reason": answer.msl_reason,
        "ce90_m": position.ce90_m,
        "le90_m": position.le90_m,
        "covariance_m2": [list(row) for row in position.covariance_m2],
        "slant_range_m": answer.slant_range_m,
        "gsd_m": answer.gsd_m,
        "stated_target_ce90_m": answer.target_ce90_m,
        "stated_target_le90_m": answer.target_le90_m,
        "errors_assumed": {
            **asdict(answer.errors),
            "pose_errors_stated_by_packet": answer.pose_errors_stated,
        },
        "contained": region.contained,
        "other_slope_probability": region.other_slope_probability,
        "nowhere_probability": region.nowhere_probability,
        "region": {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "properties": {"probability": part.probability, _datum(answer): part.hae_m},
                    "geometry": {
                        "type": "Polygon",
                        "coordinates": [
                            [
                                [lon_deg, lat_deg]
                                for lon_deg, lat_deg in zip(part.ring_lon_deg, part.ring_lat_deg, strict=True)
                            ]
                        ],
                    },
                }
                for part in region.parts
            ],
        },
    }


def _sources_form(sources: tuple[ValueSource, ...]) -> dict[str, Any]:
    return {one.value: {"item": one.item, "state": one.state.name.lower()} for one in sources}


def _sources_text(sources: tuple[ValueSource, ...]) -> str:
    """One line: the items that the pose came from, and which of them an earlier packet said."""
    used = [(one.item, one.state.name == "REPEATED") for one in sources if one.item is not None]
    if not used:
        return "pose from: not noted"
    items = ", ".join(f"{item} (repeated)" if repeated else str(item) for item, repeated in used)
    return f"pose from items {items}"


def _datum(answer: PixelOnGround) -> str:
    """The name of a height in the datum that was declared."""
    return "msl_m" if answer.heights.value == "msl-as-hae" else "hae_m"


def _hae_m(answer: PixelOnGround) -> float | None:
    return None if answer.heights.value == "msl-as-hae" else answer.region.position.hae_m


def _share(probability: float) -> str:
    return f"{probability:.0%}" if probability >= 0.01 else "below 1%"


def _text(answer: PixelAnswer) -> str:
    from atalaya.app.pixel_on_ground import PixelOnGround

    asked = f"frame {answer.frame_index}, pixel {answer.x_px:g},{answer.y_px:g}"
    if not isinstance(answer, PixelOnGround):
        return f"{asked}: no place ({answer.kind.value})\n  {answer.reason}"
    region, position, hae_m = answer.region, answer.region.position, _hae_m(answer)
    height = [] if hae_m is None else [f"hae {round(hae_m, 1) + 0.0:.1f} m"]
    height += [f"msl {round(answer.msl_m, 1) + 0.0:.1f} m"] if answer.msl_m is not None else []
    lines = [
        f"{asked}: lon {position.lon_deg:.7f}, lat {position.lat_deg:.7f}",
        f"  height: {', '.join(height)}"
        + (f" (msl unknown: {answer.msl_reason})" if answer.msl_reason else ""),
        f"  error: CE90 {position.ce90_m:.1f} m, LE90 {position.le90_m:.1f} m",
        f"  slant range {answer.slant_range_m:.0f} m, GSD {answer.gsd_m:.3f} m/px",
        f"  {region.contained:.0%} of the likely errors lie in {len(region.parts)} "
        + ("part" if len(region.parts) == 1 else "parts")
        + f" ({', '.join(map(_share, (part.probability for part in region.parts)))})",
    ]
    errors = answer.errors
    lines.append(
        f"  for one sigma of attitude {errors.attitude_deg:.3g} deg, place "
        f"{errors.position_horizontal_m:.3g} m and {errors.position_vertical_m:.3g} m up, "
        f"ground {errors.terrain_vertical_m:.3g} m, time {errors.time_s:.3g} s"
        + ("; of the pose what its packet states (item 102)" if answer.pose_errors_stated else "")
    )
    said = (("CE90", answer.target_ce90_m), ("LE90", answer.target_le90_m))
    stated = [f"{name} {number:.1f} m" for name, number in said if number is not None]
    if stated:
        lines.append(f"  the packet itself states of its frame centre: {', '.join(stated)} (items 45, 46)")
    if region.other_slope_probability >= 0.005:
        lines.append(f"  on another slope: {region.other_slope_probability:.0%}")
    if region.nowhere_probability >= 0.005:
        lines.append(f"  on no known ground: {region.nowhere_probability:.0%}")
    return "\n".join(lines)
