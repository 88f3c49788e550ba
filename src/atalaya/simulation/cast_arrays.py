"""A world's ground, crowns and solids laid out for casting: cells of the terrain, each with its things."""

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter, minimum_filter

from atalaya.errors import InputError
from atalaya.simulation.landform import Surface
from atalaya.simulation.leaf_volume import (
    SIDE,
    VOXELS_PER_CLUMP,
    Ranks,
    crown_bow,
    hashed,
    leaf_thresholds,
    leaf_volume,
)
from atalaya.simulation.solids import Solids, Trees
from atalaya.units import Metres

LISTED_WIDER_M: Metres = 2.5
"""Each cell lists what comes so near to it: rays of one bundle may be so far from their middle one."""
COARSE_CELLS = 8
"""Cells along the edge of a block whose highest thing is known."""
EAST, NORTH, MIDDLE_UP, PER_RADIUS, HALF_DEPTH, PER_HALF_DEPTH, PER_VOXEL, THRESHOLD = range(8)
SHIFT_EAST, SHIFT_NORTH, SHIFT_UP, RED, GREEN, BLUE, MATERIAL, FRONDS = range(8, 16)
"""Columns of `CastArrays.trees`; lengths in metres, PER_ a length how many a metre; FRONDS 0 if no palm."""
S_EAST, S_NORTH, S_BOTTOM, S_TOP, S_HALF_LENGTH, S_HALF_WIDTH, S_SIN, S_COS = range(8)
S_SLOPE, S_FLAT, S_OBJECT = range(8, 11)
"""Columns of `CastArrays.solids`: S_TOP at the middle, S_SLOPE falls to the right, S_FLAT if level."""


class CastArrays(NamedTuple):
    """What a kernel casts on.

    Args:
        west_m, south_m, step_m: of the cells; node (row, col) at west + col * step, south + row * step.
        highest_m: of all there is. lowest_m: of the ground.
        up_m: (R + 1, C + 1) ground at the nodes. tops_m: (R, C) highest thing over or beside each cell.
        block_tops_m: the same over blocks of COARSE_CELLS cells.
        ground_tops_m, ground_lows_m: (R, C) highest and lowest ground of each cell and its neighbours.
        tree_start: (R * C + 1,) first of `tree_rows` for each cell, row after row; solids likewise.
        trees: (N, 16) float32. solids: (M, 11). volume: (SIDE^3,) and bow: of `leaf_volume`.
    """

    west_m: float
    south_m: float
    step_m: float
    highest_m: float
    lowest_m: float
    up_m: NDArray[np.float64]
    tops_m: NDArray[np.float32]
    block_tops_m: NDArray[np.float32]
    ground_tops_m: NDArray[np.float32]
    ground_lows_m: NDArray[np.float32]
    tree_start: NDArray[np.int32]
    tree_rows: NDArray[np.int32]
    solid_start: NDArray[np.int32]
    solid_rows: NDArray[np.int32]
    trees: NDArray[np.float32]
    solids: NDArray[np.float64]
    volume: Ranks
    bow: NDArray[np.int16]


class Grown(Protocol):
    """What casting needs of a world."""

    @property
    def surface(self) -> Surface:
        """The ground."""

    @property
    def trees(self) -> Trees:
        """Crowns."""

    @property
    def solids(self) -> Solids:
        """Boxes and sheets."""


def cast_arrays(world: Grown) -> CastArrays:
    """Lay a world out for casting; what reaches beyond the ground's nodes is cut off there.

    Raises:
        InputError: heights or sizes that are not finite, a crown or solid without extent, or a ground whose
            nodes are too close.
    """
    surface = world.surface
    trees, solids = _packed_trees(world.trees), packed_solids(world.solids)
    up_m = np.ascontiguousarray(surface.up_m, dtype=np.float64)
    if not np.isfinite(up_m).all():
        raise InputError("the ground of a world to cast on must be known everywhere")
    if not surface.step_m >= LISTED_WIDER_M:
        raise InputError(f"a world's ground has steps of {LISTED_WIDER_M} m or more, not {surface.step_m}")
    nodes = np.stack([up_m[:-1, :-1], up_m[1:, :-1], up_m[:-1, 1:], up_m[1:, 1:]])
    ground_tops_m = np.nextafter(maximum_filter(nodes.max(axis=0), 3).astype(np.float32), np.float32(np.inf))
    ground_lows_m = np.nextafter(minimum_filter(nodes.min(axis=0), 3).astype(np.float32), np.float32(-np.inf))
    tops_m = ground_tops_m.copy()
    crown_top_m = trees[:, MIDDLE_UP] + trees[:, HALF_DEPTH]
    reach_m = world.trees.crown_radius_m + LISTED_WIDER_M + 1e-3
    tree_start, tree_rows = _listed(
        surface, trees[:, EAST], trees[:, NORTH], reach_m, reach_m, crown_top_m, tops_m
    )
    east_m, north_m = (reach_m + LISTED_WIDER_M + 1e-3 for reach_m in _solid_reach(solids))
    solid_start, solid_rows = _listed(
        surface, solids[:, S_EAST], solids[:, S_NORTH], east_m, north_m, highest_of(solids), tops_m
    )
    return CastArrays(
        west_m=float(surface.west_m),
        south_m=float(surface.south_m),
        step_m=float(surface.step_m),
        highest_m=float(tops_m.max()),
        lowest_m=float(ground_lows_m.min()),
        up_m=up_m,
        tops_m=tops_m,
        block_tops_m=_block_tops(tops_m),
        ground_tops_m=ground_tops_m,
        ground_lows_m=ground_lows_m,
        tree_start=tree_start,
        tree_rows=tree_rows,
        solid_start=solid_start,
        solid_rows=solid_rows,
        trees=trees,
        solids=solids,
        volume=leaf_volume().ravel(),
        bow=crown_bow(),
    )


def _packed_trees(trees: Trees) -> NDArray[np.float32]:
    """(N, 16) as the columns above say; every crown has its own part of the volume, by its row."""
    sizes = np.stack([trees.crown_radius_m, trees.crown_depth_m, trees.height_m, trees.clump_m])
    where = np.stack([trees.east_m, trees.north_m, trees.base_up_m, trees.porosity])
    if not (np.isfinite(where).all() and np.isfinite(sizes).all() and (sizes > 0.0).all()):
        raise InputError("crowns need finite places and sizes above 0")
    packed = np.zeros((len(trees), 16), dtype=np.float32)
    packed[:, EAST], packed[:, NORTH] = trees.east_m, trees.north_m
    packed[:, HALF_DEPTH] = trees.crown_depth_m / 2.0
    packed[:, MIDDLE_UP] = trees.base_up_m + trees.height_m - trees.crown_depth_m / 2.0
    packed[:, PER_RADIUS] = 1.0 / trees.crown_radius_m
    packed[:, PER_HALF_DEPTH] = 2.0 / trees.crown_depth_m
    packed[:, PER_VOXEL] = VOXELS_PER_CLUMP / trees.clump_m
    packed[:, THRESHOLD] = leaf_thresholds(trees.crown_depth_m / trees.clump_m, trees.porosity)
    shift = hashed(np.arange(3 * len(trees), dtype=np.uint32) + np.uint32(15485863)) % np.uint32(SIDE * 16)
    packed[:, SHIFT_EAST : SHIFT_UP + 1] = shift.reshape(len(trees), 3) / 16.0
    packed[:, RED], packed[:, GREEN], packed[:, BLUE] = trees.red, trees.green, trees.blue
    packed[:, MATERIAL] = trees.material
    packed[:, FRONDS] = np.where(trees.shape == 1, 11 + shift.reshape(len(trees), 3)[:, 0] % 5, 0)
    return packed


def packed_solids(solids: Solids) -> NDArray[np.float64]:
    """(M, 11) as the columns above say.

    A thing too thin for its tilt is a tilted sheet: its lower side falls with its top. Others stand level.

    Raises:
        InputError: places or sizes that are not finite, or a solid without extent.
    """
    sizes = np.stack([solids.length_m, solids.width_m, solids.height_m])
    where = np.stack([solids.east_m, solids.north_m, solids.base_up_m, solids.heading_deg, solids.tilt_deg])
    if not (np.isfinite(where).all() and np.isfinite(sizes).all() and (sizes > 0.0).all()):
        raise InputError("solids need finite places and sizes above 0")
    packed = np.zeros((len(solids), 11))
    packed[:, S_EAST], packed[:, S_NORTH] = solids.east_m, solids.north_m
    packed[:, S_BOTTOM], packed[:, S_TOP] = solids.base_up_m, solids.base_up_m + solids.height_m
    packed[:, S_HALF_LENGTH], packed[:, S_HALF_WIDTH] = solids.length_m / 2.0, solids.width_m / 2.0
    heading = np.radians(solids.heading_deg)
    packed[:, S_SIN], packed[:, S_COS] = np.sin(heading), np.cos(heading)
    packed[:, S_SLOPE] = np.tan(np.radians(solids.tilt_deg))
    packed[:, S_FLAT] = solids.height_m > np.abs(packed[:, S_SLOPE]) * solids.width_m / 2.0
    packed[:, S_OBJECT] = solids.object_index
    return packed


def highest_of(solids: NDArray[np.float64]) -> NDArray[np.float64]:
    """(M,) height of the highest corner of packed solids."""
    return np.asarray(solids[:, S_TOP] + np.abs(solids[:, S_SLOPE]) * solids[:, S_HALF_WIDTH])


def _solid_reach(solids: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Half the extent of packed solids to the east and to the north."""
    sine, cosine = np.abs(solids[:, S_SIN]), np.abs(solids[:, S_COS])
    length_m, width_m = solids[:, S_HALF_LENGTH], solids[:, S_HALF_WIDTH]
    return sine * length_m + cosine * width_m, cosine * length_m + sine * width_m


def _listed(
    surface: Surface,
    east_m: NDArray[np.floating],
    north_m: NDArray[np.floating],
    reach_east_m: NDArray[np.float64],
    reach_north_m: NDArray[np.float64],
    top_m: NDArray[np.floating],
    tops_m: NDArray[np.float32],
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Things by cell, in ascending order of thing within a cell; raises `tops_m` in place to theirs."""
    rows, cols = tops_m.shape
    step_m: Metres = surface.step_m
    first_col = np.floor((east_m - reach_east_m - surface.west_m) / step_m).astype(np.int64)
    last_col = np.floor((east_m + reach_east_m - surface.west_m) / step_m).astype(np.int64)
    first_row = np.floor((north_m - reach_north_m - surface.south_m) / step_m).astype(np.int64)
    last_row = np.floor((north_m + reach_north_m - surface.south_m) / step_m).astype(np.int64)
    across, down = last_col - first_col + 1, last_row - first_row + 1
    count = across * down
    thing = np.repeat(np.arange(east_m.size), count)
    inner = np.arange(thing.size) - np.repeat(np.cumsum(count) - count, count)
    row = first_row[thing] + inner // across[thing]
    col = first_col[thing] + inner % across[thing]
    inside = (row >= 0) & (row < rows) & (col >= 0) & (col < cols)
    thing, row, col = thing[inside], row[inside], col[inside]
    cell = row * cols + col
    np.maximum.at(tops_m, (row, col), np.nextafter(top_m.astype(np.float32)[thing], np.float32(np.inf)))
    order = np.argsort(cell, kind="stable")
    start = np.zeros(rows * cols + 1, dtype=np.int32)
    start[1:] = np.cumsum(np.bincount(cell, minlength=rows * cols))
    return start, thing[order].astype(np.int32)


def _block_tops(tops_m: NDArray[np.float32]) -> NDArray[np.float32]:
    """Highest of each block of cells; the last ones may be smaller."""
    rows, cols = (-(-size // COARSE_CELLS) for size in tops_m.shape)
    padded = np.full((rows * COARSE_CELLS, cols * COARSE_CELLS), -np.inf, dtype=np.float32)
    padded[: tops_m.shape[0], : tops_m.shape[1]] = tops_m
    blocks = padded.reshape(rows, COARSE_CELLS, cols, COARSE_CELLS)
    return np.asarray(blocks.max(axis=(1, 3)))
