"""Viewsheds: processor time, and nodes that differ from looking along every line of sight.

`python tests/benchmarks/measure_viewshed.py`; each figure beside its target.
"""

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from atalaya.geo.terrain import TerrainGrid
from atalaya.geo.viewshed import Observer, Seen, viewshed
from terrain_scenes import fractal_terrain

NODES = 1201
WANTED_S, WANTED_SHARE = 0.1, 1e-3
ROUNDS = 5


def say(line: str) -> None:
    """One line of the answer."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def colima(nodes: int) -> TerrainGrid | None:
    """The volcano on a grid of so many nodes, from the 20 m model; None where the shared data is missing."""
    from atalaya.geo.geoid import VerticalDatum
    from atalaya.io.terrain import read_terrain
    from shared_data import SHARED

    source = SHARED / "data/geo/dem/colima_jalisco_20m_utm13n.tif"
    if not source.exists():
        return None
    whole = read_terrain(source, VerticalDatum.HAE)
    west_deg, south_deg, east_deg, north_deg = whole.bounds_deg
    lon_deg, lat_deg = np.linspace(west_deg, east_deg, nodes), np.linspace(north_deg, south_deg, nodes)
    return TerrainGrid(
        hae_m=whole.height_hae_m(lon_deg[None, :], lat_deg[:, None]).astype(np.float32),
        west_deg=west_deg,
        north_deg=north_deg,
        step_lon_deg=float(lon_deg[1] - lon_deg[0]),
        step_lat_deg=float(lat_deg[0] - lat_deg[1]),
    )


def measured(terrain: TerrainGrid, height_m: float) -> dict[str, float]:
    """One observer near the middle."""
    west_deg, south_deg, east_deg, north_deg = terrain.bounds_deg
    lon_deg, lat_deg = west_deg + 0.53 * (east_deg - west_deg), south_deg + 0.48 * (north_deg - south_deg)
    ground_m = float(terrain.height_hae_m(lon_deg, lat_deg))
    observer = Observer(lon_deg=lon_deg, lat_deg=lat_deg, hae_m=ground_m + height_m)
    seen = viewshed(terrain, observer)
    rounds = []
    for _ in range(ROUNDS):
        before = time.process_time()
        seen = viewshed(terrain, observer)
        rounds.append(time.process_time() - before)
    before = time.process_time()
    exact = viewshed(terrain, observer, exact=True)
    exact_s = time.process_time() - before
    return {
        "cpu_s": float(np.median(rounds)),
        "exact_cpu_s": exact_s,
        "differ": float((seen != exact).mean()),
        "seen": float((seen == Seen.SEEN).mean()),
    }


def main() -> None:
    """Print the table."""
    scenes = {"fractal, rough": fractal_terrain(NODES, 1, relief_m=1500.0, roughness=1.8, step_deg=2e-4)}
    scenes["fractal, smooth"] = fractal_terrain(NODES, 1, relief_m=1500.0, step_deg=2e-4)
    volcano = colima(NODES)
    if volcano is None:
        say("Colima: skipped, no shared data")
    else:
        scenes["Colima"] = volcano
    say(f"viewshed of {NODES} x {NODES} nodes; wanted: <= {WANTED_S} CPU-s, <= {WANTED_SHARE:.1%} differ")
    say("| terrain | eye above ground | CPU-s | every line, CPU-s | differ | seen |")
    say("|---|---|---|---|---|---|")
    for name, terrain in scenes.items():
        for height_m in (3000.0, 500.0, 30.0):
            found = measured(terrain, height_m)
            say(
                f"| {name} | {height_m:g} m | {found['cpu_s']:.3f} | {found['exact_cpu_s']:.2f} "
                f"| {found['differ']:.3%} | {found['seen']:.0%} |"
            )


if __name__ == "__main__":
    main()
