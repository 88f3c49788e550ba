"""The cue scores of a clip's single looks, pooled on the ground: the best there is without an integral."""

import math
from collections.abc import Callable

import cv2
import numpy as np

from atalaya.app.clip import Clip
from atalaya.app.look_for_places import key_frames, paired
from atalaya.app.picture_poses import poses_of_pictures
from atalaya.detection.cues import fused_at_working_gsd, score_maps
from atalaya.detection.score_pool import (
    ScorePool,
    Scores,
    add_scores,
    mean_score,
    no_scores,
    peaks,
    sectors_at,
    standard,
)
from atalaya.errors import InputError
from atalaya.georeg.ground_pixels import GroundNodes, GroundPixels, ground_nodes, ground_pixels
from atalaya.georeg.ortho_grid import OrthoGrid, grid_around
from atalaya.io.video import Picture, read_pictures
from atalaya.model.detection import DetectionKind, ScoredPlaceTable
from atalaya.model.footprint import FootprintTable
from atalaya.model.looks import azimuth_bin
from atalaya.units import Metres

CELL_M: Metres = 0.5
APART_M: Metres = 10.0
MOST_CELLS = 40_000_000


def pool_clip(
    clip: Clip, footprints: FootprintTable, progress: Callable[[int, int], None]
) -> tuple[OrthoGrid, ScorePool] | None:
    """One look a second, scored by itself and added up on the ground; None where no look has a place.

    Args:
        clip: with pictures.
        footprints: of its frames.
        progress: told how many looks were added, and of how many.

    Raises:
        InputError: it has no pictures. ExternalError: it cannot be read.
    """
    if clip.video is None:
        raise InputError(f"{clip.name} has no pictures to score")
    wanted = key_frames(clip.frames, footprints)
    own = np.isin(footprints.frame_index, clip.frames.frame_index[wanted])
    if not own.any():
        return None
    shown = footprints.take(own)
    nodes = ground_nodes(_grid(shown), clip.ground.terrain)
    pool = no_scores(nodes.grid.height_px, nodes.grid.width_px)
    pictures = read_pictures(clip.video, at_pts_s=clip.frames.pts_s[wanted].tolist())
    for done, (picture, row) in enumerate(paired(pictures, clip.frames)):
        progress(done, len(wanted))
        of_frame = np.flatnonzero(shown.frame_index == clip.frames.frame_index[row])
        if row >= 0 and of_frame.size == 1:
            _add(clip, picture, shown.take(of_frame), nodes, pool)
    progress(len(wanted), len(wanted))
    return nodes.grid, pool


def pooled_mean(grid: OrthoGrid, pool: ScorePool) -> ScoredPlaceTable:
    """Places where the mean score of all looks has a peak."""
    return _places(grid, pool, mean_score(pool))


def pooled_most(grid: OrthoGrid, pool: ScorePool) -> ScoredPlaceTable:
    """Places where the greatest score of any look has a peak."""
    return _places(grid, pool, pool.most)


def _grid(footprints: FootprintTable) -> OrthoGrid:
    lon_deg, lat_deg = footprints.corner_lon_deg.ravel(), footprints.corner_lat_deg.ravel()
    grid = grid_around(lon_deg, lat_deg, 10.0 * CELL_M)
    cells = 100.0 * grid.width_px * grid.height_px
    return grid_around(lon_deg, lat_deg, CELL_M * max(1.0, math.sqrt(cells / MOST_CELLS)))


def _add(
    clip: Clip, picture: Picture, footprint: FootprintTable, nodes: GroundNodes, pool: ScorePool
) -> None:
    height_px, width_px = picture.rgb.shape[:2]
    gsd_m = float(footprint.gsd_m[0])
    pose = poses_of_pictures(clip.frames, clip.camera, np.array([picture.pts_s])).poses
    if not (np.isfinite(gsd_m) and pose.known[0]):
        return
    pixels = ground_pixels(nodes, pose, width_px, height_px, lens=clip.ground.lens)
    if pixels is None:
        return
    score = standard(fused_at_working_gsd(score_maps(picture.rgb, gsd_m)))
    sector = int(azimuth_bin(footprint.look_azimuth_deg)[0])
    on_ground = _on_ground(score, pixels, (width_px, height_px))
    add_scores(on_ground, pixels.seen, sector, (pixels.row, pixels.col), out=pool)


def _on_ground(score: Scores, pixels: GroundPixels, size_px: tuple[int, int]) -> Scores:
    scale_x, scale_y = score.shape[1] / size_px[0], score.shape[0] / size_px[1]
    x_px = (pixels.x_px + np.float32(0.5)) * np.float32(scale_x) - np.float32(0.5)
    y_px = (pixels.y_px + np.float32(0.5)) * np.float32(scale_y) - np.float32(0.5)
    found = cv2.remap(score, x_px, y_px, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found, dtype=np.float32)


def _places(grid: OrthoGrid, pool: ScorePool, score: Scores) -> ScoredPlaceTable:
    rows, cols, value = peaks(score, grid.gsd_m, APART_M)
    lon_deg, lat_deg = grid.lon_lat(cols + 0.5, rows + 0.5)
    return ScoredPlaceTable(
        lon_deg=lon_deg,
        lat_deg=lat_deg,
        score=value,
        kind=np.array([DetectionKind.ANOMALY.value] * len(value), dtype=np.str_),
        azimuths=sectors_at(pool, rows, cols),
    )
