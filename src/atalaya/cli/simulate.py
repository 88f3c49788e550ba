"""`atalaya simulate SCENE -o DIR`: a world with known truth, flown and filmed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from atalaya.cli.output import AsJson, emit, table
from atalaya.cli.progress import bars

if TYPE_CHECKING:
    from atalaya.app.simulate_scene import SimulationReport


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command("simulate")(simulate)


def simulate(
    scene: Annotated[str, typer.Argument(help="YAML file of a scene, or the name of one of ours.")] = "",
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Folder for streams, terrain and truth; made anew.")
    ] = None,
    stills: Annotated[
        int | None, typer.Option(min=1, help="Only so many pictures as PNG, spread over the flight.")
    ] = None,
    jobs: Annotated[
        int, typer.Option(min=1, max=64, help="Processes that make pictures; the bytes are the same.")
    ] = 1,
    list_scenes: Annotated[bool, typer.Option("--list", help="Name the scenes that come with it.")] = False,
    force: Annotated[bool, typer.Option(help="Replace what an earlier simulation left there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Simulate a scene whose truth is known; every picture and packet says SYNTHETIC."""
    if list_scenes:
        _list(as_json=as_json)
        return
    if not scene or out is None:
        raise typer.BadParameter("a scene and a folder (-o) were wanted; --list names scenes")
    from atalaya.app.simulate_scene import simulate_scene
    from atalaya.io.scene_file import find_scene

    spec, text = find_scene(scene)
    with bars() as tell:
        report = simulate_scene(spec, text, out, replace=force, jobs=jobs, stills=stills, progress=tell)
    emit(_form(report), as_json=as_json, text=_text(report))


def _list(*, as_json: bool) -> None:
    from atalaya.io.scene_file import gallery

    scenes = [
        {
            "scene": spec.name,
            "biome": spec.biome.value,
            "sites": len(spec.sites),
            "look_alikes": len(spec.look_alikes),
            "flight": spec.flight.kind.value,
            "gsd_m": spec.flight.gsd_m,
        }
        for spec in gallery()
    ]
    columns = ["scene", "biome", "sites", "look_alikes", "flight", "gsd_m"]
    emit({"scenes": scenes}, as_json=as_json, text=table(scenes, columns))


def _form(report: SimulationReport) -> dict[str, Any]:
    from atalaya.model.json_form import to_json

    return {"synthetic": True, **to_json(report)}


def _text(report: SimulationReport) -> str:
    files = [{"file": name, "bytes": size} for name, size in report.files.items()]
    size = f"{report.width_px} x {report.height_px} px, {report.hfov_deg:.2f} deg across"
    things = f"{report.objects} things, {report.vehicles} vehicles"
    return "\n".join(
        [
            f"SYNTHETIC / SINTÉTICO · {report.scene} · seed {report.seed} · {report.folder}",
            f"{report.frames} frames of {size}, flown at {report.speed_mps:.0f} m/s",
            f"{report.sites} sites, {report.look_alikes} look-alikes, {things}",
            "",
            table(files, ["file", "bytes"]),
        ]
    )
