"""How fast rays meet terrain, how exactly, and in how much memory; prints each figure beside its target.

    python tests/benchmarks/measure_rays.py

One frame of 1280 x 720, all its rays at once. Speeds are rays per second of processor time of the process and all its
threads; medians of rounds. Two threads: per second of the clock, beside one thread in the same run. The truth is a
march of one metre with exact places on every ray of a sample, halved down at its first crossing. The peer is
the same caster without a compiler (NumPy), on a part of the frame. The volcano of Colima needs the shared data.
"""

import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from atalaya.geo.geoid import VerticalDatum
from atalaya.geo.rays import cast, cast_with_ends
from atalaya.geo.terrain import TerrainGrid
from atalaya.io.terrain import read_geoid, read_terrain
from ray_truth import brute_force_m, frame_rays
from shared_data import SHARED
from terrain_scenes import fractal_terrain

ROUNDS = 7
SAMPLE = 3000
PEER_RAYS = 2000
COLIMA = "data/geo/dem/colima_jalisco_20m_utm13n.tif"
GEOID = "data/geo/geoid/mx_inegi_ggm10.tif"

type Scene = tuple[TerrainGrid, tuple[float, float, float], float, float]


def said(what: str, found: str, target: str = "") -> None:
    print(  # noqa: T201 - what this script is for
        f"{what:<58} {found:>14}  {target}"
    )


def clocked(work: Callable[[], object], clock: Callable[[], float], rounds: int = ROUNDS) -> float:
    """Median seconds of rounds."""
    times_s = []
    for _ in range(rounds):
        began = clock()
        work()
        times_s.append(clock() - began)
    return statistics.median(times_s)


def scenes() -> dict[str, Scene]:
    """Terrain, sensor, azimuth and depression."""
    tile = fractal_terrain(3601, 5, relief_m=2500.0, step_deg=1.0 / 3600.0, dtype=np.float32)
    found: dict[str, Scene] = {"fractal 3601 x 3601": (tile, (-106.5, 24.5, 4000.0), 45.0, 25.0)}
    if (SHARED / COLIMA).exists():
        colima = read_terrain(SHARED / COLIMA, VerticalDatum.MSL, read_geoid(SHARED / GEOID))
        found["Colima 20 m"] = (colima, (-103.617, 19.42, 4400.0), 0.0, 14.0)
    else:
        said(f"left out, not under ATALAYA_SHARED ({SHARED})", COLIMA)
    return found


def speeds(name: str, scene: Scene, target: float) -> None:
    terrain, place, azimuth_deg, depression_deg = scene
    origin_m, direction = frame_rays(place, azimuth_deg, depression_deg)
    count = len(direction)
    cast(origin_m[:8], direction[:8], terrain)
    one_s = clocked(lambda: cast(origin_m, direction, terrain), time.process_time)
    said(f"{name}, {-depression_deg:g} deg: M rays per CPU-s", f"{count / one_s / 1e6:.2f}", f">= {target}")
    wall_s = [
        clocked(partial(cast, origin_m, direction, terrain, threads=threads), time.perf_counter, 3)
        for threads in (1, 2)
    ]
    for threads, second in zip((1, 2), wall_s, strict=True):
        said(f"{name}, {threads} thread(s): M rays per second of the clock", f"{count / second / 1e6:.2f}")
    some = np.linspace(0, count - 1, PEER_RAYS).astype(int)
    peer_s = clocked(
        lambda: cast(origin_m[some], direction[some], terrain, engine="numpy"), time.process_time, 3
    )
    said(f"{name}, NumPy twin: times as fast as it", f"{peer_s / PEER_RAYS / (one_s / count):.0f}")


def exactness(name: str, scene: Scene) -> None:
    terrain, place, azimuth_deg, depression_deg = scene
    origin_m, direction = frame_rays(place, azimuth_deg, depression_deg)
    some = np.random.default_rng(1).choice(len(direction), SAMPLE, replace=False)
    hit_m, _ = cast_with_ends(origin_m[some], direction[some], terrain)
    found_m = np.linalg.norm(hit_m - origin_m[some], axis=1)
    true_m = brute_force_m(origin_m[some], direction[some], terrain, end_m=30e3)
    apart_m = np.abs(found_m - true_m)
    both = ~np.isnan(apart_m)
    said(
        f"{name}: answered by one alone, of {SAMPLE}", f"{(np.isnan(found_m) != np.isnan(true_m)).sum()}", "0"
    )
    for share in (0.5, 0.999, 1.0):
        target = "<= 50 mm" if share == 0.999 else ""
        said(
            f"{name}: off along the ray, {100 * share:g} % [mm]",
            f"{1e3 * np.quantile(apart_m[both], share):.2f}",
            target,
        )


def memory() -> None:
    tracemalloc.start()
    terrain = TerrainGrid(
        hae_m=np.zeros((3601, 3601), dtype=np.float32),
        west_deg=-107.0,
        north_deg=25.0,
        step_lon_deg=1.0 / 3600.0,
        step_lat_deg=1.0 / 3600.0,
    )
    origin_m, direction = frame_rays((-106.5, 24.5, 4000.0), 0.0, 45.0, size_px=(64, 36))
    cast(origin_m, direction, terrain)
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    said("3601 x 3601 float32 with its mipmap: MB held", f"{held / 1e6:.0f}", "<= 130")
    said("3601 x 3601 float32 with its mipmap: MB at most", f"{peak / 1e6:.0f}", "<= 130")


def small_batches(scene: Scene) -> None:
    terrain, place, azimuth_deg, depression_deg = scene
    origin_m, direction = frame_rays(place, azimuth_deg, depression_deg)
    rng = np.random.default_rng(2)
    for count in (64, 256):
        some = rng.integers(0, len(direction), count)
        shifted_m = origin_m[some] + rng.normal(0.0, 5.0, (count, 3))
        look_s = clocked(partial(cast, shifted_m, direction[some], terrain), time.process_time, 200)
        said(f"{count} rays from {count} places: ms of CPU", f"{1e3 * look_s:.2f}", "< 1")


def main() -> None:
    found = scenes()
    cast(*frame_rays((-106.5, 24.5, 4000.0), 0.0, 45.0, size_px=(4, 4)), found["fractal 3601 x 3601"][0])
    memory()
    for name, scene in found.items():
        speeds(name, scene, 0.9 if "Colima" in name else 1.4)
        exactness(name, scene)
    small_batches(scene)


if __name__ == "__main__":
    main()
