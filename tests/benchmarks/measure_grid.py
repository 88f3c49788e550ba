"""Measures what one look costs the ground grid, where its cells lie, and what memory the sums take.

    python tests/benchmarks/measure_grid.py

A 1080p keyframe at about 0.16 m over a fractal sierra, cells of 0.32 m, three colours and a score. Processor time.
"""

import sys
import time
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from atalaya.detection.ground_grid import add_look, no_looks
from atalaya.detection.lasting_colours import lasting_weights, learn_lasting
from atalaya.geo.terrain import TerrainGrid
from atalaya.georeg.camera import project
from atalaya.georeg.ground_pixels import GroundNodes, GroundPixels, ground_nodes, ground_pixels
from atalaya.georeg.ground_sample import for_cells, sample
from atalaya.georeg.ortho_extent import grid_of_frame
from atalaya.georeg.ortho_grid import OrthoGrid
from atalaya.georeg.pose import Poses, poses
from atalaya.model.looks import GroundTile
from terrain_scenes import fractal_terrain, level_frames

CELL_M, GSD_M, SIDE = 0.32, 0.16, 2048
WIDE, HIGH = 1920, 1080
ROUNDS = 9


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


def scene() -> tuple[OrthoGrid, TerrainGrid, Poses]:
    """A raster with the whole picture in it."""
    terrain = fractal_terrain(401, 4, relief_m=300.0, step_deg=2.5e-4)
    camera = poses(
        level_frames(1, sensor_elevation_deg=-60.0, platform_heading_deg=20.0, hfov_deg=4.6, vfov_deg=2.5885)
    )
    shown = grid_of_frame(camera, terrain, (WIDE, HIGH), lens=None, gsd_m=CELL_M, epsg=None)
    grid = replace(
        shown,
        left=shown.left - 0.5 * CELL_M * (SIDE - shown.width_px),
        top=shown.top + 0.5 * CELL_M * (SIDE - shown.height_px),
        width_px=SIDE,
        height_px=SIDE,
    )
    return grid, terrain, camera


def accuracy(grid: OrthoGrid, terrain: TerrainGrid, camera: Poses, found: GroundPixels) -> None:
    rows, cols = np.nonzero(found.seen)
    gsd_m = float(np.sqrt(rows.size * CELL_M**2 / (WIDE * HIGH)))
    lon_deg, lat_deg = grid.lon_lat(cols + found.col + 0.5, rows + found.row + 0.5)
    many = camera.take(np.zeros(rows.size, dtype=np.intp))
    x_px, y_px = project(many, lon_deg, lat_deg, terrain.height_hae_m(lon_deg, lat_deg), WIDE, HIGH)
    off_px = np.hypot(found.x_px[rows, cols] - x_px, found.y_px[rows, cols] - y_px)
    say(
        f"{rows.size} cells of {CELL_M} m in a 1080p picture of {gsd_m:.2f} m, against projection cell by cell:"
    )
    say(
        f"  off by {off_px.mean():.4f} px in the mean, {np.quantile(off_px, 0.999):.3f} px at 99.9 %, "
        f"{off_px.max():.3f} px at most, at a crease of the terrain (target 0.1)"
    )


def speed(nodes: GroundNodes, camera: Poses, found: GroundPixels) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (HIGH, WIDE, 4), dtype=np.uint8)
    sums = no_looks(
        GroundTile(epsg=32613, col=0, row=0, cell_m=CELL_M, cells=SIDE), ("red", "green", "blue", "score")
    )
    first = sample(for_cells(picture, GSD_M, CELL_M), found, (WIDE, HIGH))[..., :3]
    lasting = learn_lasting(np.stack([first, first]), np.stack([found.seen, found.seen]))
    spent: list[NDArray[np.float64]] = []
    for _ in range(ROUNDS):
        at = [time.process_time()]
        pixels = ground_pixels(nodes, camera, WIDE, HIGH)
        assert pixels is not None
        at.append(time.process_time())
        levels = sample(for_cells(picture, GSD_M, CELL_M), pixels, (WIDE, HIGH))
        at.append(time.process_time())
        add_look(levels, pixels.seen, 2, (pixels.row, pixels.col), out=sums)
        at.append(time.process_time())
        lasting_weights(np.ascontiguousarray(levels[..., :3]), lasting)
        at.append(time.process_time())
        spent.append(1e3 * np.diff(at))
    project_ms, sample_ms, add_ms, weigh_ms = np.median(spent[1:], axis=0)
    say(
        f"  {project_ms + sample_ms + add_ms:.0f} ms CPU a keyframe (target 60): project {project_ms:.0f}, "
        f"sample {sample_ms:.0f}, add {add_ms:.0f}; weights by lasting colours {weigh_ms:.0f} more"
    )
    began = time.process_time()
    learn_lasting(np.stack([first] * 4), np.stack([found.seen] * 4))
    say(f"  learning lasting colours from 4 looks, once: {time.process_time() - began:.2f} s CPU")
    cell_bytes = sums.bytes_held / SIDE**2
    say(
        f"  {cell_bytes:.0f} bytes a cell with four channels in eight sectors: a tile of 256 cells is "
        f"{256**2 * cell_bytes / 2**20:.0f} MiB; 100 km2 are {1e8 / CELL_M**2 * cell_bytes / 1e9:.0f} GB "
        "unpacked if all sectors are full, of which only the tiles in hand are in memory"
    )


def main() -> None:
    cv2.setNumThreads(1)
    grid, terrain, camera = scene()
    nodes = ground_nodes(grid, terrain)
    found = ground_pixels(nodes, camera, WIDE, HIGH)
    assert found is not None
    accuracy(grid, terrain, camera, found)
    speed(nodes, camera, found)


if __name__ == "__main__":
    main()
