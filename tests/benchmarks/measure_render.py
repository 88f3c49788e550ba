"""Measures pictures of worlds that stand up: CPU a 1080p frame, where things are in them, the same bytes.

    python tests/benchmarks/measure_render.py

CPU is that of the whole process, every thread added up, of `render_eo` and `render_ir` alone: the perfect
sensor, before haze, noise and codec. "First" has the beams of the sun to cast that later looks share.
"""

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from atalaya.io.scene_file import find_scene
from atalaya.simulation.camera import Camera
from atalaya.simulation.hidden_share import hidden_shares
from atalaya.simulation.picture3d import Temperatures, render_eo, render_ir, stage_of, sunlight
from atalaya.simulation.solids import Material
from atalaya.simulation.sunlight import Light
from atalaya.simulation.world3d import make_world3d
from second_projection import marks_off_m, pixels_off_m
from wooded_scene import hfov_deg, looking, wood

LONGEST_S, FARTHEST_M = 1.5, 0.05
NOON = Light(sun_azimuth_deg=150.0, sun_elevation_deg=60.0)
WARM = Temperatures(open_k=np.full(len(Material), 310.0), covered_k=np.full(len(Material), 295.0))
SLANT_M = 1800.0


def spent_s(work, times: int) -> float:
    """Least CPU of some runs."""
    found = []
    for _ in range(times):
        began = time.process_time()
        work()
        found.append(time.process_time() - began)
    return min(found)


def measure_speed(name: str) -> None:
    """A frame of a gallery world from several sides and distances."""
    world = make_world3d(find_scene(name)[0])
    began = time.process_time()
    stage = stage_of(world)
    stage_s = time.process_time() - began
    light = sunlight(stage, NOON)
    target_m = (0.0, 0.0, float(world.surface.up_at(np.zeros(1), np.zeros(1))[0]))
    print(f"{name}: {len(world.trees)} trees, {len(world.solids)} solids, laid out in {stage_s:.2f} s")  # noqa: T201
    small = Camera(width_px=64, height_px=36, hfov_deg=hfov_deg(64, 0.16, SLANT_M))
    render_eo(stage, small, looking(0.0, 35.0, SLANT_M, target_m), light)
    render_ir(stage, small, looking(0.0, 35.0, SLANT_M, target_m), light, WARM)
    for off_nadir_deg, gsd_m in ((35.0, 0.16), (45.0, 0.1), (45.0, 0.16), (60.0, 0.16), (60.0, 0.5)):
        camera = Camera(width_px=1920, height_px=1080, hfov_deg=hfov_deg(1920, gsd_m, SLANT_M))
        fresh, view = sunlight(stage, NOON), looking(30.0, off_nadir_deg, SLANT_M, target_m)
        first_s = spent_s(lambda: render_eo(stage, camera, view, fresh), 1)  # noqa: B023
        later_s = spent_s(lambda: render_eo(stage, camera, view, fresh), 3)  # noqa: B023
        warm_s = spent_s(lambda: render_ir(stage, camera, view, fresh, WARM), 2)  # noqa: B023
        verdict = "ok" if later_s <= LONGEST_S else "MISSED"
        print(  # noqa: T201
            f"  {off_nadir_deg:.0f} deg, {gsd_m:.2f} m: colour {later_s:.2f} s (at most {LONGEST_S}: {verdict}), "
            f"the first {first_s:.2f} s; infrared {warm_s:.2f} s"
        )
    camera = Camera(width_px=1920, height_px=1080, hfov_deg=hfov_deg(1920, 0.16, SLANT_M))
    views = [looking(azimuth, 35.0, SLANT_M, target_m) for azimuth in range(0, 360, 12)]
    hidden_s = spent_s(lambda: hidden_shares(world, stage, camera, views), 2)
    shares = hidden_shares(world, stage, camera, views)
    print(  # noqa: T201
        f"  hidden shares of {len(shares)} things in {len(views)} looks: {hidden_s:.2f} s, mean {np.nanmean(shares):.2f}"
    )


def measure_truth() -> None:
    """Against pyproj and numpy."""
    looks = ((20.0, 0.5, 0.1), (140.0, 35.0, 0.16), (265.0, 50.0, 0.16), (310.0, 60.0, 0.12))
    marks = [marks_off_m(*look) for look in looks]
    rays = [pixels_off_m(azimuth, off_nadir) for azimuth, off_nadir, _ in looks]
    rms = [float(np.sqrt(np.square(off).sum(axis=1).mean())) for off in marks]
    bias = [float(np.linalg.norm(off.mean(axis=0))) for off in marks]
    worst_m = max(float(off.max()) for off in rays)
    print(f"rays against an independent projection: at most {worst_m:.6f} m (at most {FARTHEST_M} m)")  # noqa: T201
    found = f"RMS {max(rms):.3f} m at worst, mean {max(bias):.3f} m"
    print(f"marks in pictures: {found} (at most {FARTHEST_M} m)")  # noqa: T201


def picture_digest() -> str:
    """SHA-256 of two pictures of a seeded wood."""
    stage = stage_of(wood(seed=11, size_m=120.0))
    light, camera = (
        sunlight(stage, NOON),
        Camera(width_px=480, height_px=270, hfov_deg=hfov_deg(480, 0.2, 900.0)),
    )
    seen = [render_eo(stage, camera, looking(azimuth, 40.0, 900.0), light) for azimuth in (10.0, 100.0)]
    return hashlib.sha256(b"".join(picture.tobytes() for picture in seen)).hexdigest()


def measure_bytes() -> None:
    """The same seed in three processes, with other numbers of threads."""
    here = picture_digest()
    others = [
        subprocess.run(
            [sys.executable, __file__, "digest"],
            env={**os.environ, "NUMBA_NUM_THREADS": threads, "OMP_NUM_THREADS": threads},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for threads in ("1", "2")
    ]
    print(f"same seed, three processes: {'the same bytes' if set(others) == {here} else 'OTHER BYTES'}")  # noqa: T201


def main() -> None:
    """Print the figures."""
    if "digest" in sys.argv[1:]:
        print(picture_digest())  # noqa: T201
        return
    measure_truth()
    measure_bytes()
    for name in ("canopy-85", "ravine-active", "field-edge-active"):
        measure_speed(name)


if __name__ == "__main__":
    main()
