"""Measures looking through a rendered wood: both kinds of weights, and how much the crowns hid, against truth.

    python tests/benchmarks/measure_rendered_canopy.py [SCENE of the gallery, canopy-70 if left out]

Sixteen looks of one orbit with poses as they were, on cells of 0.32 m. Unlike the layers of measure_canopy.py,
crowns have shade, leaves of one wood are alike, and shadows lie still on the ground.
"""

import sys
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from atalaya.detection.cues import cue_maps, fused
from atalaya.detection.ground_grid import add_look, integral, no_looks
from atalaya.detection.lasting_colours import ground_likelihood, lasting_weights, learn_lasting
from atalaya.detection.look_weights import MOST_WEIGHT, look_weights
from atalaya.geo.terrain import TerrainGrid
from atalaya.georeg.ground_pixels import ground_nodes, ground_pixels
from atalaya.georeg.ground_sample import for_cells, sample
from atalaya.georeg.ortho_grid import OrthoGrid, project_to
from atalaya.georeg.pose import poses
from atalaya.io.scene_file import find_scene
from atalaya.model.looks import GroundTile, azimuth_bin
from atalaya.simulation.hidden_share import hidden_shares
from atalaya.simulation.pictures3d import colour_picture, studio_of
from atalaya.simulation.sortie3d import Sortie3d, make_sortie3d
from real_villages import area_under_curve

LOOKS, CELL_M, SIDE, EPSG = 16, 0.32, 512, 32613
LEAST_AREA_M2, AROUND_CELLS = 4.0, 60
type Planes = NDArray[np.uint8]
type Mask = NDArray[np.bool_]


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


def raster(sortie: Sortie3d) -> OrthoGrid:
    places = sortie.world.places
    east_m, north_m = project_to(EPSG, places.lon_deg[:1], places.lat_deg[:1])
    half_m = 0.5 * SIDE * CELL_M
    return OrthoGrid(
        epsg=EPSG,
        left=float(east_m[0]) - half_m,
        top=float(north_m[0]) + half_m,
        step_x=CELL_M,
        step_y=CELL_M,
        width_px=SIDE,
        height_px=SIDE,
    )


def things(sortie: Sortie3d, grid: OrthoGrid) -> Mask:
    """Cells below the things of the first place that are large enough."""
    objects, canvas = sortie.world.objects, np.zeros((SIDE, SIDE), np.uint8)
    east_m, north_m = project_to(EPSG, objects.lon_deg, objects.lat_deg)
    large = (objects.place_index == 0) & (objects.length_m * objects.width_m >= LEAST_AREA_M2)
    for row in np.flatnonzero(large & (np.minimum(objects.length_m, objects.width_m) >= 1.0)):
        heading = np.radians(objects.heading_deg[row])
        along = 0.5 * objects.length_m[row] * np.array([np.sin(heading), -np.cos(heading)])
        across = 0.5 * objects.width_m[row] * np.array([np.cos(heading), np.sin(heading)])
        middle = np.array([east_m[row] - grid.left, grid.top - north_m[row]])
        corners = [middle + a * along + b * across for a, b in ((1, 1), (1, -1), (-1, -1), (-1, 1))]
        cv2.fillPoly(canvas, [np.round(np.array(corners) / CELL_M).astype(np.int32)], (1,))
    return canvas > 0


def main() -> None:
    cv2.setNumThreads(1)
    sortie = make_sortie3d(find_scene(sys.argv[1] if len(sys.argv) > 1 else "canopy-70")[0])
    studio, grid, ground = studio_of(sortie), raster(sortie), sortie.world.terrain
    terrain = TerrainGrid(
        hae_m=ground.hae_m,
        west_deg=float(ground.lon_deg[0]),
        north_deg=float(ground.lat_deg[0]),
        step_lon_deg=float(ground.lon_deg[1] - ground.lon_deg[0]),
        step_lat_deg=float(ground.lat_deg[0] - ground.lat_deg[1]),
    )
    nodes, camera, every = ground_nodes(grid, terrain), poses(sortie.reported), sortie.frame_count // LOOKS
    size, gsd_m = (sortie.camera.width_px, sortie.camera.height_px), sortie.spec.flight.gsd_m
    levels, own = np.zeros((LOOKS, SIDE, SIDE, 3), np.uint8), np.ones((LOOKS, SIDE, SIDE), np.uint8)
    seen, azimuth_deg = np.zeros((LOOKS, SIDE, SIDE), dtype=bool), np.zeros(LOOKS)
    for look in range(LOOKS):
        picture = colour_picture(studio, look * every)
        here = camera.take(np.array([look * every]))
        pixels = ground_pixels(nodes, here, *size)
        assert pixels is not None
        window = tuple(
            slice(at, at + long) for at, long in zip((pixels.row, pixels.col), pixels.seen.shape, strict=True)
        )
        planes = for_cells(np.dstack([picture, look_weights(picture, gsd_m)]), gsd_m, CELL_M)
        found = sample(planes, pixels, size)
        levels[look][window], seen[look][window] = found[..., :3], pixels.seen
        own[look][window] = np.clip(found[..., 3], 1, MOST_WEIGHT)
        east_m, north_m = project_to(EPSG, here.lon_deg, here.lat_deg)
        middle = grid.left + 0.5 * SIDE * CELL_M - east_m[0], grid.top - 0.5 * SIDE * CELL_M - north_m[0]
        azimuth_deg[look] = np.degrees(np.arctan2(*middle)) % 360.0
    judge(levels, seen, own, azimuth_deg, things(sortie, grid))
    views = [sortie.view(look * every) for look in range(LOOKS)]
    hidden = hidden_shares(sortie.world, studio.stage, sortie.camera, views)[
        sortie.world.objects.place_index == 0
    ]
    say(f"things of the place, by the truth: {np.nanmean(hidden):.2f} hidden")


def judge(levels: Planes, seen: Mask, own: Planes, azimuth_deg: NDArray[np.float64], thing: Mask) -> None:
    side = 2 * AROUND_CELLS + 1
    near = cv2.dilate(thing.astype(np.uint8), np.ones((side, side), np.uint8)) > 0
    near &= seen.all(axis=0)
    lasting = learn_lasting(levels, seen)
    by_lasting = np.stack([lasting_weights(one, lasting) for one in levels])
    for name, weights in (("plain mean", None), ("look weights", own), ("lasting colours", by_lasting)):
        sums = no_looks(
            GroundTile(epsg=EPSG, col=0, row=0, cell_m=CELL_M, cells=SIDE), ("red", "green", "blue")
        )
        for look, sector in enumerate(azimuth_bin(azimuth_deg).tolist()):
            weight = None if weights is None else weights[look]
            add_look(levels[look], seen[look], sector, (0, 0), out=sums, weights=weight)
        mean = np.moveaxis(integral(sums), 0, -1)
        known = np.isfinite(mean).all(axis=-1)
        whole = np.ascontiguousarray(np.rint(np.nan_to_num(mean)).astype(np.uint8))
        score = fused(cue_maps(whole, CELL_M, known))
        held = near & np.isfinite(score)
        say(f"{name}: AUC {area_under_curve(thing[held], score[held]):.3f} within 20 m of the things")
    likely = np.stack([ground_likelihood(one, lasting) for one in levels]) / 255.0
    say(f"lasting colours: {1.0 - float(likely[seen & thing].mean()):.2f} estimated hidden over the things")


if __name__ == "__main__":
    main()
