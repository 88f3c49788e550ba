"""From a press to its answer: the workbench's server on a small workspace with relief, over HTTP.

Run by itself (`python tests/benchmarks/measure_bench.py`): each figure beside its target. CPU time is that of
this process, server and client together; wall time is what a browser on the same machine waits for.
"""

import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import httpx
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from atalaya.app.ground import TERRAIN_FOLDER
from atalaya.app.ingest_source import ingest_source
from atalaya.io.terrain_tiles import save_terrain
from atalaya.model.actor import Role
from atalaya.web.start import workbench_app
from fakes.live_server import live
from small_sortie import LAT_DEG, LON_DEG, flight, make_bench, write_ts
from terrain_scenes import fractal_terrain

ASKED = 200
NODES, STEP_DEG = 1201, 5e-5
TARGETS_MS = {"press on the video": 100.0, "press on the map": 100.0, "outline": 150.0}
"""95 % of the answers are to come within so many milliseconds."""


def make_workspace(folder: Path):
    """A clip that looks 35 degrees down into 600 m of relief; the workspace and the id of the clip."""
    bench = make_bench(folder / "workspace")
    operator = bench.acting(Role.SENSOR_OPERATOR)
    ground = fractal_terrain(NODES, seed=5, relief_m=600.0, step_deg=STEP_DEG)
    half_deg = 0.5 * STEP_DEG * (NODES - 1)
    terrain = replace(ground, west_deg=LON_DEG - half_deg, north_deg=LAT_DEG + half_deg)
    save_terrain(terrain, operator.settings.workspace / TERRAIN_FOLDER)
    frames = flight()
    frames = replace(
        frames,
        sensor_lat_deg=frames.sensor_lat_deg - 0.02,
        sensor_hae_m=0.0 * frames.sensor_hae_m + 2200.0,
        sensor_elevation_deg=0.0 * frames.sensor_elevation_deg - 35.0,
    )
    path = write_ts(folder / "clip.ts", frames)
    return bench, ingest_source(operator, path, bench.sortie.sortie_id).record.source_id


def asked(client: httpx.Client, path: str, questions) -> tuple[np.ndarray, float]:
    """Milliseconds of wall time per question, and of CPU in the mean."""
    wall_ms, begun = [], time.process_time()
    for question in questions:
        start = time.perf_counter()
        client.get(path.format(**question), params=question).raise_for_status()
        wall_ms.append(1e3 * (time.perf_counter() - start))
    return np.array(wall_ms), 1e3 * (time.process_time() - begun) / len(wall_ms)


def tiles(terrain) -> list[dict[str, int]]:
    """Names of tiles over the middle of the terrain, the deepest zoom and two above."""
    names = []
    for zoom in range(terrain["max_zoom"] - 2, terrain["max_zoom"] + 1):
        side = 1 << zoom
        column = int((LON_DEG / 360 + 0.5) * side)
        row = int((0.5 - np.arcsinh(np.tan(np.radians(LAT_DEG))) / (2 * np.pi)) * side)
        reach = 1 if zoom < terrain["max_zoom"] else 3
        names += [
            {"zoom": zoom, "column": column + east, "row": row + south}
            for east in range(-reach, reach + 1)
            for south in range(-reach, reach + 1)
        ]
    return names


def main() -> None:
    rng = np.random.default_rng(4)
    with tempfile.TemporaryDirectory() as name:
        bench, source = make_workspace(Path(name))
        with (
            live(workbench_app(bench.acting(Role.IMAGERY_ANALYST))) as address,
            httpx.Client(base_url=address, timeout=120) as client,
        ):
            pts_s = client.get(f"/api/v1/sources/{source}/timeline").json()["pts_s"]
            at_s = [float(rng.uniform(pts_s[0], pts_s[-1])) for _ in range(ASKED)]
            pixels = [{"pts_s": it, "x_px": rng.uniform(0, 127), "y_px": rng.uniform(0, 95)} for it in at_s]
            places = [
                {"pts_s": it, "lon_deg": LON_DEG + 0.004, "lat_deg": LAT_DEG + rng.uniform(-0.004, 0.008)}
                for it in at_s
            ]
            base = f"/api/v1/sources/{source}"
            client.get(f"{base}/ground", params=pixels[0])  # compiles, opens
            terrain = client.get("/api/v1/workspace").json()["terrain"]
            runs = {
                "press on the video": (f"{base}/ground", pixels),
                "press on the map": (f"{base}/place", places),
                "outline": (f"{base}/outline", [{"pts_s": it} for it in at_s[:60]]),
                "tile, first": ("/api/v1/terrain/height/{zoom}/{column}/{row}.png", tiles(terrain)),
                "tile, again": ("/api/v1/terrain/height/{zoom}/{column}/{row}.png", tiles(terrain)),
            }
            sys.stdout.write(f"{'':<20} {'p50':>8} {'p95':>8} {'CPU':>8}  target p95 [ms]\n")
            for title, (path, questions) in runs.items():
                wall_ms, cpu_ms = asked(client, path, questions)
                p50_ms, p95_ms = np.percentile(wall_ms, [50, 95])
                target = TARGETS_MS.get(title)
                sys.stdout.write(f"{title:<20} {p50_ms:8.1f} {p95_ms:8.1f} {cpu_ms:8.1f}  {target or '-'}\n")


if __name__ == "__main__":
    main()
