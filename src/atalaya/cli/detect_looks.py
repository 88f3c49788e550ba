"""`atalaya detect looks CLIP|SORTIE`: many looks brought together on the ground."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from atalaya.cli.georef_clip import OnGround, on_ground, opened_clip
from atalaya.cli.output import AsJson, emit, table
from atalaya.cli.progress import bars
from atalaya.cli.session import open_context

if TYPE_CHECKING:
    from atalaya.app.looks import LooksWish

_SHOWN = 20


class Evidence(StrEnum):
    """Whose evidence corrects the pose of a file before its looks are used."""

    CENTRES = "centres"
    MOTION = "motion"


def register(noun: typer.Typer) -> None:
    """Add the verb."""
    noun.command("looks")(on_ground(looks))


def looks(
    context: typer.Context,
    clip: Annotated[
        str, typer.Argument(metavar="CLIP|SORTIE", help="A file, a sortie, or a source of the workspace.")
    ],
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Folder for rasters, tables and report of a file.")
    ] = None,
    thermal: Annotated[
        Path | None, typer.Option(help="Long-wave pictures of the same flight, with a file.")
    ] = None,
    calibrate: Annotated[
        Evidence | None,
        typer.Option(help="Correct the pose of a file first: by its frame centres, or by image motion."),
    ] = None,
    cell: Annotated[float, typer.Option(help="Cell of the ground grid (m), 0.2 to 2.")] = 0.4,
    turn: Annotated[float, typer.Option(help="Turn of the line of sight between keyframes (deg).")] = 5.0,
    every: Annotated[float, typer.Option(help="Time between considered pictures (s).")] = 0.5,
    unregistered: Annotated[
        bool, typer.Option("--unregistered", help="Take poses as they are said.")
    ] = False,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Processes; the bytes are the same.")] = 1,
    keep_work: Annotated[
        bool, typer.Option("--keep-work", help="Leave the sums, so that looks are not added anew.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier answer.")] = False,
    ground: OnGround = OnGround(),
    as_json: AsJson = False,
) -> None:
    """Average many looks on the ground so that canopy dissolves; say what stands out, what was not seen."""
    from atalaya.app.looks import LooksWish

    wish = LooksWish(cell_m=cell, turn_deg=turn, every_s=every, jobs=jobs, registered=not unregistered)
    if not Path(clip).is_file():
        _of_workspace(context, clip, wish, as_json=as_json, said=(out, thermal, calibrate))
        return
    if out is None:
        raise typer.BadParameter("say where the answer goes (-o FOLDER)")
    from atalaya.app.clip_looks import look_at_clip
    from atalaya.model.calibration import CalibrationMethod

    method = {
        None: None,
        Evidence.CENTRES: CalibrationMethod.FRAME_CENTRES,
        Evidence.MOTION: CalibrationMethod.IMAGE_MOTION,
    }[calibrate]
    with bars() as tell:
        answer = look_at_clip(
            opened_clip(context, clip, ground),
            out,
            wish,
            thermal=None if thermal is None else opened_clip(context, str(thermal), ground),
            calibrate=method,
            replace_there=force,
            keep_work=keep_work,
            progress=tell,
        )
    emit(answer.report, as_json=as_json, text="" if as_json else text_of(answer.report))


def _of_workspace(
    context: typer.Context,
    name: str,
    wish: LooksWish,
    *,
    as_json: bool,
    said: tuple[Path | None, Path | None, Evidence | None],
) -> None:
    """A sortie, or one source: the answer stays in the workspace."""
    from atalaya.app.sortie_looks import look_at_sortie

    if any(one is not None for one in said):
        raise typer.BadParameter("--out, --thermal and --calibrate are for a file; a sortie's answer is kept")
    with bars() as tell:
        reports = look_at_sortie(open_context(context), name, wish, progress=tell)
    texts = [] if as_json else [text_of(report) for report in reports]
    emit({"sources": reports}, as_json=as_json, text="\n\n".join(texts))


def text_of(report: dict[str, Any]) -> str:
    """The summary for people."""
    frames, area = report["frames"], report["area_km2"]
    used = ", ".join(
        f"{verdict} {count}" for verdict, count in frames.items() if count and verdict != "considered"
    )
    lines = [
        f"{report['clip']}: {frames['considered']} pictures considered: {used}",
        f"{report['looks']} looks from {report['azimuth_sectors']} of 8 sectors, {report['cell_m']:g} m",
        "area (km2): " + ", ".join(f"{state.replace('_', ' ')} {km2:.4f}" for state, km2 in area.items()),
        *_registered(report["registration"]),
        *(f"note: {note}" for note in report["notes"]),
    ]
    if report["synthetic"]:
        lines.insert(0, "SYNTHETIC / SINTÉTICO")
    shown = report["places"][:_SHOWN]
    if shown:
        lines.append(
            table(
                shown, ["score", "mgrs", "kind", "azimuths", "looks", "canopy_share", "length_m", "width_m"]
            )
        )
    lines.append(f"{len(report['places'])} places stand out" + (f", {len(shown)} shown" if shown else ""))
    return "\n".join(lines)


def _registered(said: dict[str, Any]) -> list[str]:
    if not said["stretches"]:
        return ["looks are laid down as the poses say"]
    ground = ", ".join(
        "unknown" if one is None else f"{one:+.1f} m" for one in said["ground_above_terrain_m"]
    )
    ties = f"{said['rms_before_px']} px to {said['rms_after_px']} px"
    moved = f"sensors moved {said['median_shift_m']} m, ground met at {ground}"
    return [f"{said['keyframes_registered']} keyframes registered: {ties}, {moved}"]
