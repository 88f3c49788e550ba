"""Measures what changed between two simulated passes and prints the figures of docs/explain/change.md.

    python tests/benchmarks/measure_change.py [FOLDER]

A site in the sierra whose shelters are not there yet in the older pass, filmed twice from around: sixteen looks
each, 20 days apart, the sun elsewhere. The threshold was chosen on seed 1; this is seed 11. Both
passes go through `detect looks` and `detect change` as they are; the simulator's poses are perfect, so that the
shift between both passes is the error of their registration. Given a folder, the page's picture is written to it.
"""

import sys
import tempfile
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from atalaya.app.change import ChangeWish, compare_passes
from atalaya.app.clip import GroundFiles, clip_of_file, ground_of_files
from atalaya.app.clip_looks import look_at_clip
from atalaya.app.looked_pass import open_pass
from atalaya.app.looks import LooksWish
from atalaya.app.scene_pictures import Channel
from atalaya.app.scene_stream import write_stream
from atalaya.detection.change import LEAST_SPREADS
from atalaya.dossier.picture_marks import draw_synthetic
from atalaya.geo.local_plane import LocalPlane
from atalaya.geo.terrain import TerrainGrid
from atalaya.io.cog_read import CellWindow, cell_raster
from atalaya.io.pictures import encode_png
from atalaya.io.terrain_tiles import save_terrain
from atalaya.model.source import SYNTHETIC_MARK
from atalaya.model.truth import ObjectKind, Setting
from atalaya.simulation.pictures3d import studio_of
from atalaya.simulation.scene_spec import Biome, FlightSpec, SceneSpec, SiteSpec, SkySpec
from atalaya.simulation.sortie3d import Sortie3d, make_sortie3d

SEEDS: tuple[int, ...] = (11,)
COVERS: tuple[float, ...] = (0.0, 0.5, 0.7)
OLD = datetime(2026, 3, 21, 17, 0, tzinfo=UTC)
NEW = OLD + timedelta(days=20, hours=2)
FOUND_M, APART_M = 4.0, 10.0
"""A shelter is found by a change so near its middle; one that is nearer to the site is no false alarm."""
PICTURED = 0.0
FLIGHT = FlightSpec(gsd_m=0.25, duration_s=32.0, fps=0.5, width_px=640, height_px=480, aim_place=0)


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What became of one pair of passes."""

    found: list[float]
    missed: int
    false: int
    km2: float
    shift_cells: float
    report: dict[str, Any]


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


def scene(seed: int, cover: float, start: datetime) -> SceneSpec:
    site = SiteSpec(setting=Setting.CANOPY_RAVINE, canopy_cover=cover)
    return SceneSpec(
        name=f"change-{seed}",
        seed=seed,
        biome=Biome.SIERRA,
        size_m=300.0,
        sites=(site,),
        flight=FLIGHT,
        sky=SkySpec(start_utc=start),
    )


def shelters_of(sortie: Sortie3d) -> np.ndarray:
    objects = sortie.world.objects
    return np.flatnonzero(objects.kind == ObjectKind.SHELTER.value)


def without_shelters(sortie: Sortie3d) -> Sortie3d:
    solids = sortie.world.solids
    left = solids.take(~np.isin(solids.object_index, shelters_of(sortie)))
    return replace(sortie, world=replace(sortie.world, solids=left))


def looked_at(sortie: Sortie3d, folder: Path) -> Path:
    """Film it and bring the looks together."""
    folder.mkdir()
    ground = sortie.world.terrain
    grid = TerrainGrid(
        hae_m=ground.hae_m,
        west_deg=float(ground.lon_deg[0]),
        north_deg=float(ground.lat_deg[0]),
        step_lon_deg=float(ground.lon_deg[1] - ground.lon_deg[0]),
        step_lat_deg=float(ground.lat_deg[0] - ground.lat_deg[1]),
    )
    save_terrain(grid, folder, {})
    write_stream(studio_of(sortie), Channel.COLOUR, folder / "eo.ts", None, lambda *_: None)
    clip = clip_of_file(folder / "eo.ts", ground_of_files(GroundFiles(terrain=folder / "terrain.tif")))
    look_at_clip(clip, folder / "looks", LooksWish(registered=False))
    return folder / "looks"


def judge(seed: int, cover: float, folder: Path) -> Judged:
    later = make_sortie3d(scene(seed, cover, NEW))
    old = looked_at(without_shelters(make_sortie3d(scene(seed, cover, OLD))), folder / "old")
    new = looked_at(later, folder / "new")
    begun = time.process_time()
    report = compare_passes(old, new, folder / "change", ChangeWish(least=LEAST))
    cpu_s = time.process_time() - begun
    world, rows = later.world, shelters_of(later)
    plane = LocalPlane(world.spec.lon_deg, world.spec.lat_deg)
    place = [np.array([one[name] for one in report["changes"]]) for name in ("lon_deg", "lat_deg")]
    at_m = plane.to_metres(place[0], place[1]).reshape(-1, 2)
    scores = np.array([one["score"] for one in report["changes"]])
    place_m = plane.to_metres(world.places.lon_deg, world.places.lat_deg)[0]
    shelter_m = plane.to_metres(world.objects.lon_deg[rows], world.objects.lat_deg[rows])
    found = []
    for middle_m in shelter_m:
        near = np.linalg.norm(at_m - middle_m, axis=1) < FOUND_M
        found.append(float(scores[near].max()) if near.any() else 0.0)
    away = np.linalg.norm(at_m - place_m, axis=1) > float(world.places.radius_m[0]) + APART_M
    registration = report["registration"]
    shift_m = np.hypot(registration["shift_east_m"], registration["shift_north_m"])
    say(
        f"  seed {seed}: shelters {[round(one, 1) for one in found]}, elsewhere "
        f"{np.sort(scores[away])[::-1][:8].tolist()}, km2 {report['area_km2']['compared']}, shift {shift_m:.2f} m, "
        f"blocks {registration['agreeing']}/{registration['blocks']}, {cpu_s:.1f} s CPU"
    )
    return Judged(
        found=[one for one in found if one > 0.0],
        missed=sum(one == 0.0 for one in found),
        false=int(away.sum()),
        km2=float(report["area_km2"]["compared"]),
        shift_cells=float(shift_m / report["cell_m"]),
        report=report,
    )


def draw(folder: Path, path: Path) -> None:
    """Old, new and the score of one pair, 60 m about the surest change, red what appeared."""
    old, new = open_pass(folder / "old" / "looks"), open_pass(folder / "new" / "looks")
    raster = cell_raster([folder / "change" / "change.tif"])
    score = np.maximum(raster.read(raster.extent, (1,), 0.0)[..., 0], 0.0)
    row, col = np.unravel_index(int(np.argmax(score)), score.shape)
    side = round(60.0 / raster.cell_m)
    window = CellWindow(
        x=raster.extent.x + int(col) - side // 2,
        y=raster.extent.y + int(row) - side // 2,
        width=side,
        height=side,
    )
    shown = [one.levels(window, thermal=False)[0] for one in (old, new)]
    part = np.maximum(raster.read(window, (1,), 0.0)[..., 0], 0.0)
    heat = cv2.applyColorMap(np.clip(part / 12.0 * 255.0, 0, 255).astype(np.uint8), cv2.COLORMAP_INFERNO)
    tiles = [*shown, np.ascontiguousarray(heat[..., ::-1])]
    wide = [cv2.resize(one, (300, 300), interpolation=cv2.INTER_NEAREST) for one in tiles]
    picture = np.hstack(wide)
    draw_synthetic(picture)
    path.write_bytes(encode_png(picture, comment=SYNTHETIC_MARK))


def main() -> None:
    cv2.setNumThreads(1)
    for cover in COVERS:
        with tempfile.TemporaryDirectory() as name:
            rows = []
            for seed in SEEDS:
                (Path(name) / str(seed)).mkdir()
                rows.append(judge(seed, cover, Path(name) / str(seed)))
            if len(sys.argv) > 1 and sys.argv[1] != "-" and cover == PICTURED:
                draw(Path(name) / str(SEEDS[0]), Path(sys.argv[1]) / "change.png")
        found, missed = sum(len(one.found) for one in rows), sum(one.missed for one in rows)
        km2, false = sum(one.km2 for one in rows), sum(one.false for one in rows)
        shift = max(one.shift_cells for one in rows)
        say(
            f"canopy {100 * cover:.0f} %: {found} of {found + missed} added shelters, {false} false alarms on "
            f"{km2:.3f} km2 ({false / max(km2, 1e-9):.0f} per km2), registered within {shift:.2f} cells"
        )


LEAST = LEAST_SPREADS
if __name__ == "__main__":
    if len(sys.argv) > 2:
        SEEDS, COVERS, LEAST = (int(sys.argv[2]),), tuple(map(float, sys.argv[3:])), 3.0
    main()
