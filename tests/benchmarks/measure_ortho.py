"""Orthos and rays beside orthority on one scene in one run, and how wrong four-corner homography is.

`python tests/benchmarks/measure_ortho.py`; each figure beside its target. Orthority is AGPL: it runs in an
environment of its own, as a process of its own, on files; without uv or a network its rows are skipped.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import rasterio
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from atalaya.geo.ellipsoid import rotation_ecef_from_enu
from atalaya.geo.geoid import VerticalDatum
from atalaya.geo.rays import cast
from atalaya.geo.terrain import TerrainGrid
from atalaya.georeg.camera import camera_directions, half_extents
from atalaya.georeg.ortho import Why, ortho
from atalaya.georeg.ortho_extent import grid_of_frame, terrain_under
from atalaya.georeg.ortho_grid import OrthoGrid, project_to
from atalaya.georeg.ortho_numpy import ortho_pixels
from atalaya.georeg.pose import Poses, poses
from atalaya.io.cog import Packing, picture_cog
from atalaya.io.terrain import read_terrain
from homography_measures import DEPRESSIONS_DEG, homography_errors
from shared_data import SHARED
from terrain_scenes import level_frames

DEM = SHARED / "data/geo/dem/colima_jalisco_20m_utm13n.tif"
SIZE_PX = (1280, 720)
EPSG = 32613
ROUNDS = 3
PLACE = {
    "sensor_lon_deg": -103.66,
    "sensor_lat_deg": 19.48,
    "sensor_hae_m": 4300.0,
    "hfov_deg": 20.0,
    "vfov_deg": 11.4,
}
LOOKS = {60.0: 10.0, 35.0: 40.0, 22.0: 40.0, 14.0: 100.0}
"""Heading by depression."""

PEER = """
import json, sys, time, warnings
warnings.filterwarnings("ignore")
import numpy as np, rasterio
from orthority.camera import PinholeCamera
from orthority.enums import Compress, Interp
from orthority.ortho import Ortho
scene = json.load(open(sys.argv[1]))
camera = PinholeCamera(scene["size_px"], scene["focal_px"], scene["sensor_px"], xyz=scene["xyz_m"], opk=scene["opk_rad"])
answer = {"ortho": [], "rays": 0.0}
with rasterio.open(scene["dem"]) as raster:
    height_m, transform = raster.read(1).astype("float32"), raster.transform
before = time.process_time()
places = camera.world_boundary(height_m, num_pts=scene["rays"], transform=transform, interp=Interp.bilinear)
answer["rays_per_s"] = scene["rays"] / (time.process_time() - before)
for _ in range(scene["rounds"]):
    before = time.process_time()
    Ortho(scene["picture"], scene["dem"], camera, crs=scene["crs"]).process(
        scene["out"], resolution=(scene["gsd_m"],) * 2, interp=Interp.bilinear, dem_interp=Interp.bilinear,
        write_mask=True, compress=Compress.jpeg, build_ovw=True, overwrite=True)
    spent = time.process_time() - before
    with rasterio.open(scene["out"]) as raster:
        answer["ortho"].append([raster.width * raster.height / 1e6, spent])
print(json.dumps(answer))
"""
"""What the peer is asked to do, in its own process."""


def say(line: str = "") -> None:
    """One line of the answer."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def picture() -> NDArray[np.uint8]:
    """Blurred noise of strong contrast."""
    rng = np.random.default_rng(0)
    noise = cv2.GaussianBlur(rng.integers(0, 255, (SIZE_PX[1], SIZE_PX[0], 3), dtype=np.uint8), (0, 0), 2)
    return cv2.convertScaleAbs(noise, alpha=6, beta=-640).astype(np.uint8)


def camera_of(depression_deg: float) -> Poses:
    """The camera over the volcano's flank."""
    return poses(
        level_frames(
            1, **PLACE, platform_heading_deg=LOOKS[depression_deg], sensor_elevation_deg=-depression_deg
        )
    )


def ten_megapixels(camera: Poses, terrain: TerrainGrid) -> OrthoGrid:
    """The raster of the look, so fine that it has about ten million pixels."""
    coarse = grid_of_frame(camera, terrain, SIZE_PX, gsd_m=5.0, epsg=EPSG)
    gsd_m = 5.0 * float(np.sqrt(coarse.width_px * coarse.height_px / 10e6))
    return grid_of_frame(camera, terrain, SIZE_PX, gsd_m=round(gsd_m, 3), epsg=EPSG)


def ours(
    rgb: NDArray[np.uint8], camera: Poses, terrain: TerrainGrid, grid: OrthoGrid
) -> tuple[float, float, float]:
    """CPU seconds without and with packing as COG, and the share of the raster that relief hides."""
    lay, whole, hidden = [], [], 0.0
    for _ in range(ROUNDS + 1):  # the first compiles
        before = time.process_time()
        laid = ortho(rgb, camera, terrain_under(grid, camera, terrain), grid)
        lay.append(time.process_time() - before)
        picture_cog(laid.rgb, laid.alpha, grid, packing=Packing.JPEG, tags={})
        whole.append(time.process_time() - before)
        hidden = float((laid.why == Why.HIDDEN).mean())
    return float(np.median(lay[1:])), float(np.median(whole[1:])), hidden


def differing(rgb: NDArray[np.uint8], camera: Poses, terrain: TerrainGrid) -> tuple[float, float]:
    """Share of pixels whose reason differs from looking along every line, on a coarser raster; its GSD."""
    fine = ten_megapixels(camera, terrain)
    grid = grid_of_frame(camera, terrain, SIZE_PX, gsd_m=round(6.0 * fine.gsd_m, 3), epsg=EPSG)
    window = terrain_under(grid, camera, terrain)
    _, _, why = ortho_pixels(camera, window, grid, SIZE_PX)
    return float((ortho(rgb, camera, window, grid).why != why).mean()), grid.gsd_m


def our_rays(camera: Poses, terrain: TerrainGrid) -> float:
    """Rays of one whole picture per CPU second, one thread."""
    x_px, y_px = np.meshgrid(np.arange(SIZE_PX[0]), np.arange(SIZE_PX[1]))
    many = camera.take(np.zeros(x_px.size, dtype=np.intp))
    seen = camera_directions(many, x_px.reshape(-1), y_px.reshape(-1), *SIZE_PX)
    direction = seen @ camera.rotation_ecef_from_camera[0].T
    spent = []
    for _ in range(ROUNDS + 1):
        before = time.process_time()
        cast(many.origin_ecef_m, direction, terrain)
        spent.append(time.process_time() - before)
    return len(direction) / float(np.median(spent[1:]))


def scene_of(camera: Poses, grid: OrthoGrid, folder: Path, rays: int) -> Path:
    """The same look as orthority wants it: UTM, and angles from its axes."""
    x_m, y_m = project_to(EPSG, camera.lon_deg, camera.lat_deg)
    east, north = project_to(EPSG, camera.lon_deg, camera.lat_deg + 1e-4)
    turn_rad = float(np.arctan2(east - x_m, north - y_m)[0])  # grid north from true north
    grid_from_enu = np.array(
        [
            [np.cos(turn_rad), np.sin(turn_rad), 0.0],
            [-np.sin(turn_rad), np.cos(turn_rad), 0.0],
            [0.0, 0.0, 1.0],
        ]
    )
    enu = rotation_ecef_from_enu(camera.lon_deg, camera.lat_deg)[0].T @ camera.rotation_ecef_from_camera[0]
    forward, right, down = (grid_from_enu @ enu).T
    axes = np.column_stack([right, -down, -forward])
    across, below = half_extents(camera, *SIZE_PX)[0]
    scene: dict[str, Any] = {
        "size_px": SIZE_PX,
        "focal_px": [0.5 * SIZE_PX[0] / across, 0.5 * SIZE_PX[1] / below],
        "sensor_px": SIZE_PX,
        "xyz_m": [float(x_m[0]), float(y_m[0]), float(camera.hae_m[0])],
        "opk_rad": [
            float(np.arctan2(-axes[1, 2], axes[2, 2])),
            float(np.arcsin(axes[0, 2])),
            float(np.arctan2(-axes[0, 1], axes[0, 0])),
        ],
        "dem": str(DEM),
        "crs": f"EPSG:{EPSG}",
        "picture": str(folder / "picture.tif"),
        "out": str(folder / "ortho.tif"),
        "gsd_m": grid.gsd_m,
        "rays": rays,
        "rounds": 2,
    }
    path = folder / "scene.json"
    path.write_text(json.dumps(scene))
    return path


def peer(camera: Poses, grid: OrthoGrid, rgb: NDArray[np.uint8], rays: int) -> dict[str, Any] | None:
    """What orthority needs for the same; None where it is not to be had."""
    tool = shutil.which("uv") or str(Path(__file__).resolve().parents[2] / ".tools/bin/uv")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        with rasterio.open(
            folder / "picture.tif", "w", driver="GTiff", width=SIZE_PX[0], height=SIZE_PX[1], count=3, dtype="uint8",
        ) as raster:  # fmt: skip
            raster.write(np.moveaxis(rgb, -1, 0))
        command = [tool, "run", "--isolated", "--no-project", "--with", "orthority", "python", "-c", PEER]
        try:
            done = subprocess.run(
                [*command, str(scene_of(camera, grid, folder, rays))],
                capture_output=True, text=True, timeout=300, check=True, cwd=folder,
            )  # fmt: skip
        except (OSError, subprocess.SubprocessError) as error:
            detail = getattr(error, "stderr", None) or str(error)
            say(f"orthority: skipped, {detail.strip().splitlines()[-1] if detail.strip() else error}")
            return None
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def orthos(terrain: TerrainGrid) -> None:
    """Figure 5, and the part of figure 4 that is a race."""
    rgb = picture()
    say("orthos of ten million pixels, JPEG COG with overviews and mask; wanted: >= 10 MP per CPU-s with all")
    say(
        "| looking down | pixel | hidden by relief | laid, MP/CPU-s | with COG, MP/CPU-s | orthority, MP/CPU-s | x |"
    )
    say("|---|---|---|---|---|---|---|")
    rays = []
    for depression_deg in LOOKS:
        camera = camera_of(depression_deg)
        grid = ten_megapixels(camera, terrain)
        megapixels = grid.width_px * grid.height_px / 1e6
        lay_s, whole_s, hidden = ours(rgb, camera, terrain, grid)
        found = peer(camera, grid, rgb, rays=400)
        theirs = min(spent / size for size, spent in found["ortho"]) if found else float("nan")
        rays.append(
            (depression_deg, our_rays(camera, terrain), found["rays_per_s"] if found else float("nan"))
        )
        say(
            f"| {depression_deg:g}° | {grid.gsd_m:.2f} m | {hidden:.1%} | {megapixels / lay_s:.1f} "
            f"| {megapixels / whole_s:.1f} | {1.0 / theirs:.1f} | {megapixels / whole_s * theirs:.1f} |"
        )
    say()
    say(
        "rays of one picture of 1280 x 720, one thread; wanted: >= 150 times orthority (its camera.world_boundary)"
    )
    say("| looking down | ours, rays/CPU-s | orthority, rays/CPU-s | x |")
    say("|---|---|---|---|")
    for depression_deg, our_count, their_count in rays:
        say(
            f"| {depression_deg:g}° | {our_count:,.0f} | {their_count:,.0f} | {our_count / their_count:.0f} |"
        )
    say()
    for depression_deg in (35.0, 14.0):
        share, gsd_m = differing(rgb, camera_of(depression_deg), terrain)
        say(f"{depression_deg:g}°, pixels of {gsd_m:.2f} m: {share:.4%} differ from asking along every line")
    say()


def homography(terrain: TerrainGrid) -> None:
    """Figure 9."""
    say(
        "four-corner homography with perfect corners against ray casting, 60 looks each, 1500 m above the ground"
    )
    say("| looking down | range, median | wrong by, median | 90 % | largest |")
    say("|---|---|---|---|---|")
    for depression_deg in DEPRESSIONS_DEG:
        found = homography_errors(terrain, depression_deg, 60, seed=1)
        say(
            f"| {depression_deg:g}° | {found.range_km:.1f} km | {found.median_m:.0f} m | {found.p90_m:.0f} m "
            f"| {found.largest_m:.0f} m |"
        )


def main() -> None:
    """Print the tables."""
    if not DEM.exists():
        say("skipped: no shared data")
        return
    terrain = read_terrain(DEM, VerticalDatum.HAE)
    terrain = replace(terrain, hae_m=terrain.hae_m.astype(np.float32))
    orthos(terrain)
    homography(terrain)


if __name__ == "__main__":
    main()
