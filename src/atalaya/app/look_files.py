"""The rasters and places of one block as files: what was seen of the ground, how unusual it is, and where."""

from dataclasses import dataclass, fields
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from atalaya.app.look_blocks import RIM_CELLS, BlockArrays, LookBlock, arrays_of
from atalaya.app.look_slab import TILE_CELLS
from atalaya.custody.hashing import content_hash
from atalaya.detection.places import GroundEvidence, Peaks, peaks_of, place_score
from atalaya.dossier.picture_marks import draw_synthetic
from atalaya.georeg.ortho_grid import OrthoGrid
from atalaya.io.cog import Packing, code_cog, picture_cog, write_cog
from atalaya.model.identifiers import ContentHash
from atalaya.model.looks import CellState, LookPlaceTable

UNKNOWN_SCORE, UNKNOWN_SHARE = -9999.0, 65535
_PERCENT = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockWish:
    """How a block is finished.

    Args:
        block: which.
        out: folder of the files.
        middle, spread: of the integral's score over all blocks.
        tags: of each file.
        synthetic: whether the mark of what is synthetic goes on its pictures.
    """

    block: LookBlock
    out: Path
    middle: float
    spread: float
    tags: dict[str, str]
    synthetic: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockMade:
    """What became of a block.

    Args:
        files: names in the folder and their hashes.
        cells: how many of each CellState, by its number.
        places: what stands out, the surest first.
    """

    files: tuple[tuple[str, ContentHash], ...]
    cells: tuple[int, ...]
    places: LookPlaceTable


def finish(wish: BlockWish) -> BlockMade:
    """Score a block's cells, take its peaks, and write its rasters.

    Raises:
        ExternalError: it cannot be read or written.
    """
    cv2.setNumThreads(1)
    block, wide = wish.block, arrays_of(wish.block)
    evidence = GroundEvidence(
        integral=(wide.score - np.float32(wish.middle)) / np.float32(wish.spread),
        single=wide.mean_single,
        persistence=wide.persistence,
        warmth=wide.warmth_score if block.thermal_folder is not None else None,
        observed=wide.state == CellState.OBSERVED,
    )
    score = place_score(evidence, block.cell_m)
    peaks = peaks_of(score, block.cell_m, evidence.warmth)
    inner = slice(RIM_CELLS, -RIM_CELLS)
    own = BlockArrays(**{one.name: getattr(wide, one.name)[inner, inner] for one in fields(BlockArrays)})
    grid = grid_of_block(block)
    files = _files(own, score[inner, inner], grid, wish)
    made = []
    for name, content in files.items():
        write_cog(wish.out / name, content, replace=True)
        made.append((name, content_hash(content)))
    return BlockMade(
        files=tuple(made),
        cells=tuple(int((own.state == state).sum()) for state in CellState),
        places=_places(peaks, own, grid),
    )


def grid_of_block(block: LookBlock) -> OrthoGrid:
    """The raster of a block without its rim."""
    side_m = block.cell_m * TILE_CELLS
    return OrthoGrid(
        epsg=block.epsg,
        left=block.cols[0] * side_m,
        top=(block.rows[1] + 1) * side_m,
        step_x=block.cell_m,
        step_y=block.cell_m,
        width_px=(block.cols[1] - block.cols[0] + 1) * TILE_CELLS,
        height_px=(block.rows[1] - block.rows[0] + 1) * TILE_CELLS,
    )


def _files(
    own: BlockArrays, score: NDArray[np.float32], grid: OrthoGrid, wish: BlockWish
) -> dict[str, bytes]:
    end = f"{wish.block.name}.tif"
    made = {
        f"integral{end}": _picture(own.integral, own.looks > 0, grid, wish),
        f"single{end}": _picture(own.single, own.single_seen, grid, wish),
        f"score{end}": code_cog(
            {"score": np.where(np.isfinite(score), score, np.float32(UNKNOWN_SCORE))},
            grid,
            nodata=UNKNOWN_SCORE,
            tags=wish.tags,
        ),
        f"looks{end}": code_cog(_counts(own), grid, nodata=float(UNKNOWN_SHARE), tags=wish.tags),
    }
    if wish.block.thermal_folder is not None:
        warmth = np.repeat(own.warmth[..., None], 3, axis=2)
        made[f"thermal{end}"] = _picture(warmth, np.isfinite(own.warmth_score), grid, wish)
    return made


def _picture(rgb: NDArray[np.uint8], seen: NDArray[np.bool_], grid: OrthoGrid, wish: BlockWish) -> bytes:
    shown, alpha = (
        np.where(seen[..., None], rgb, 0).astype(np.uint8),
        np.where(seen, np.uint8(255), np.uint8(0)),
    )
    if wish.synthetic:
        drawn = shown.copy()
        draw_synthetic(drawn)
        alpha = np.where((drawn != shown).any(axis=-1), np.uint8(255), alpha)
        shown = drawn
    return picture_cog(
        np.ascontiguousarray(np.moveaxis(shown, -1, 0)), alpha, grid, packing=Packing.LOSSLESS, tags=wish.tags
    )


def _counts(own: BlockArrays) -> dict[str, NDArray[np.uint16]]:
    share = np.where(np.isfinite(own.canopy), np.rint(_PERCENT * np.nan_to_num(own.canopy)), UNKNOWN_SHARE)
    return {
        "looks": own.looks.astype(np.uint16),
        "azimuths": own.sectors.astype(np.uint16),
        "canopy_percent": share.astype(np.uint16),
        "state": own.state.astype(np.uint16),
    }


def _places(peaks: Peaks, own: BlockArrays, grid: OrthoGrid) -> LookPlaceTable:
    """The peaks of the block itself; those in its rim are another's."""
    row, col = peaks.row - RIM_CELLS, peaks.col - RIM_CELLS
    mine = (row >= 0) & (row < grid.height_px) & (col >= 0) & (col < grid.width_px)
    row, col, peaks = row[mine], col[mine], peaks.take(mine)
    lon_deg, lat_deg = grid.lon_lat(col + 0.5, row + 0.5)
    return LookPlaceTable(
        lon_deg=lon_deg,
        lat_deg=lat_deg,
        score=peaks.score,
        kind=peaks.kind,
        azimuths=own.sectors[row, col].astype(np.int64),
        looks=own.looks[row, col].astype(np.int64),
        canopy_share=own.canopy[row, col].astype(np.float64),
        length_m=peaks.length_m,
        width_m=peaks.width_m,
        heading_deg=peaks.heading_deg,
    )
