"""Sums of looks become rasters and places, block by block: integral, cues on it, what was observed, peaks."""

from dataclasses import dataclass, fields
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from atalaya.app.look_slab import TILE_CELLS, permitted_cells
from atalaya.detection.cues import fused, score_maps
from atalaya.detection.ground_grid import TileSums, azimuths, cell_states, integral
from atalaya.detection.look_channels import CANOPY_LEVEL, LIGHT, SIGNS, WARMTH, spreads_of
from atalaya.detection.places import PERSISTENT_FROM
from atalaya.io.tile_parts import TilePlace, read_tile
from atalaya.io.work_arrays import read_arrays, write_arrays
from atalaya.model.looks import CellState, GroundTile
from atalaya.units import Metres

BLOCK_TILES = 8
"""Along a side: what one process holds at a time, with one more tile on each side for its surroundings."""
RIM_CELLS = 48
"""Kept around a block, so that places at its edge are judged by what lies beyond."""
SCORE_EDGES = np.arange(-10.0, 40.0, 0.02)
"""Of the histogram of scores, by which all blocks are brought to one measure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookBlock:
    """A square of tiles that is finished together.

    Args:
        name: of its files; empty where there is one block only.
        cols, rows: first and last column and row of its tiles.
        folder: of the sums. thermal_folder: of those of thermal looks; None where there were none.
        slabs, thermal_slabs: that count.
        tiles: all that have sums.
        epsg, cell_m: of the tiles. permitted: as in LookGround.
    """

    name: str
    cols: tuple[int, int]
    rows: tuple[int, int]
    folder: Path
    thermal_folder: Path | None
    slabs: frozenset[int]
    thermal_slabs: frozenset[int]
    tiles: frozenset[TilePlace]
    epsg: int
    cell_m: Metres
    permitted: Polygon | MultiPolygon | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockArrays:
    """What is known of each cell of a block and its rim, rows from the north.

    Args:
        integral, single: (H, W, 3) uint8, the mean of all looks and the best single one.
        single_seen: (H, W) bool. looks: (H, W) uint16. sectors, state: (H, W) uint8.
        canopy: (H, W) float32 share of looks behind leaves; NaN where unknown.
        score: (H, W) float32 of the integral, as `cues.fused` gives it; NaN where there is none.
        mean_single, persistence: (H, W) float32. warmth: (H, W) uint8 of thermal looks, 0 where there are
            none. warmth_score: (H, W) float32; NaN likewise.
    """

    integral: NDArray[np.uint8]
    single: NDArray[np.uint8]
    single_seen: NDArray[np.bool_]
    looks: NDArray[np.uint16]
    sectors: NDArray[np.uint8]
    state: NDArray[np.uint8]
    canopy: NDArray[np.float32]
    score: NDArray[np.float32]
    mean_single: NDArray[np.float32]
    persistence: NDArray[np.float32]
    warmth: NDArray[np.uint8]
    warmth_score: NDArray[np.float32]


def blocks_of(tiles: tuple[TilePlace, ...]) -> list[tuple[str, tuple[int, int], tuple[int, int]]]:
    """Name, columns and rows of the blocks that hold these tiles, from the north-west."""
    cols, rows = [col for col, _ in tiles], [row for _, row in tiles]
    found = []
    for down, top in enumerate(range(max(rows), min(rows) - 1, -BLOCK_TILES)):
        for across, left in enumerate(range(min(cols), max(cols) + 1, BLOCK_TILES)):
            span = (
                (left, min(left + BLOCK_TILES - 1, max(cols))),
                (max(top - BLOCK_TILES + 1, min(rows)), top),
            )
            if any(span[0][0] <= col <= span[0][1] and span[1][0] <= row <= span[1][1] for col, row in tiles):
                found.append((f"_{down}_{across}", *span))
    return [("", *found[0][1:])] if len(found) == 1 else found


def gather(block: LookBlock) -> NDArray[np.int64]:
    """Bring a block's sums together, ask its integral for cues, and keep what is known of each cell.

    Returns:
        Histogram of the integral's score over the observed cells of the block itself.

    Raises:
        ExternalError: sums cannot be read, or the result cannot be kept.
    """
    cv2.setNumThreads(1)
    wide = _laid_out(block)
    seen = wide.looks > 0
    if seen.any():
        wide.score[:] = fused(score_maps(wide.integral, block.cell_m, seen))
    rim = slice(TILE_CELLS - RIM_CELLS, -(TILE_CELLS - RIM_CELLS))
    kept = {one.name: getattr(wide, one.name)[rim, rim] for one in fields(BlockArrays)}
    write_arrays(arrays_path(block), kept)
    inner = slice(TILE_CELLS, -TILE_CELLS)
    known = wide.score[inner, inner][wide.state[inner, inner] == CellState.OBSERVED]
    return np.asarray(np.histogram(known[np.isfinite(known)], SCORE_EDGES)[0], dtype=np.int64)


def arrays_path(block: LookBlock) -> Path:
    """Where a block's arrays are kept while the others are worked on."""
    return block.folder / f"block{block.name or '_0_0'}.npz"


def arrays_of(block: LookBlock) -> BlockArrays:
    """What `gather` kept.

    Raises:
        ExternalError: it cannot be read.
    """
    return BlockArrays(**read_arrays(arrays_path(block)))


def middle_and_spread(histogram: NDArray[np.int64]) -> tuple[float, float]:
    """Median and spread (scaled median distance from it) of scores that were counted in `SCORE_EDGES`."""
    middles = 0.5 * (SCORE_EDGES[:-1] + SCORE_EDGES[1:])
    if not histogram.sum():
        return 0.0, 1.0
    middle = float(middles[np.searchsorted(np.cumsum(histogram), 0.5 * histogram.sum())])
    away = np.abs(middles - middle)
    order = np.argsort(away, kind="stable")
    at = np.searchsorted(np.cumsum(histogram[order]), 0.5 * histogram.sum())
    return middle, max(1.4826 * float(away[order][at]), 0.05)


def _laid_out(block: LookBlock) -> BlockArrays:
    """The arrays of a block with one tile more on each side."""
    height, width = ((last - first + 3) * TILE_CELLS for first, last in (block.rows, block.cols))
    arrays = _nothing(height, width)
    for row in range(block.rows[0] - 1, block.rows[1] + 2):
        for col in range(block.cols[0] - 1, block.cols[1] + 2):
            if (col, row) not in block.tiles:
                continue
            tile = GroundTile(epsg=block.epsg, col=col, row=row, cell_m=block.cell_m, cells=TILE_CELLS)
            top, left = (block.rows[1] + 1 - row) * TILE_CELLS, (col - block.cols[0] + 1) * TILE_CELLS
            window = slice(top, top + TILE_CELLS), slice(left, left + TILE_CELLS)
            _fill(block, tile, window, arrays)
    return arrays


def _fill(block: LookBlock, tile: GroundTile, window: tuple[slice, slice], out: BlockArrays) -> None:
    (sums, signs), best = read_tile(block.folder, tile, (LIGHT, SIGNS), block.slabs)
    score, canopy = integral(signs)
    out.integral[window] = np.rint(np.moveaxis(np.nan_to_num(integral(sums)), 0, -1)).astype(np.uint8)
    out.single[window], out.single_seen[window] = best.picture[..., :3], best.seen
    out.looks[window] = sums.count.sum(axis=0, dtype=np.uint32).astype(np.uint16)
    out.sectors[window] = azimuths(sums)
    out.canopy[window] = canopy / np.float32(CANOPY_LEVEL)
    out.state[window] = cell_states(sums, out.canopy[window], permitted_cells(tile, block.permitted))
    out.mean_single[window] = spreads_of(score)
    out.persistence[window] = _persistence(signs)
    if block.thermal_folder is not None:
        (warmth,), _ = read_tile(block.thermal_folder, tile, (WARMTH,), block.thermal_slabs)
        warm = integral(warmth)
        out.warmth[window] = np.clip(np.rint(np.nan_to_num(warm[0])), 0, 255).astype(np.uint8)
        out.warmth_score[window] = spreads_of(warm[1])


def _persistence(signs: TileSums) -> NDArray[np.float32]:
    """Share of the sectors whose looks found the cell unusual; NaN where no look fell."""
    count = signs.count.astype(np.float32)
    with np.errstate(invalid="ignore", divide="ignore"):
        unusual = spreads_of((signs.total[:, 0] / count).astype(np.float32)) >= PERSISTENT_FROM
        share = (unusual & (count > 0)).sum(axis=0) / (count > 0).sum(axis=0)
    return np.asarray(share, dtype=np.float32)


def _nothing(height: int, width: int) -> BlockArrays:
    plane = (height, width)
    unknown = {name: np.full(plane, np.nan, dtype=np.float32) for name in _FLOATS}
    return BlockArrays(
        integral=np.zeros((*plane, 3), dtype=np.uint8),
        single=np.zeros((*plane, 3), dtype=np.uint8),
        single_seen=np.zeros(plane, dtype=np.bool_),
        looks=np.zeros(plane, dtype=np.uint16),
        sectors=np.zeros(plane, dtype=np.uint8),
        state=np.full(plane, CellState.NOT_COVERED, dtype=np.uint8),
        warmth=np.zeros(plane, dtype=np.uint8),
        **unknown,
    )


_FLOATS = ("canopy", "score", "mean_single", "persistence", "warmth_score")
