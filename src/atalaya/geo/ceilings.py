"""How high the ground is around blocks of cells: what moves less than a block above that meets none of it."""

from functools import reduce

import numpy as np
from numpy.typing import NDArray

CEILING_BLOCKS = (4, 16, 64)
"""Block sizes [cells] of the ceilings, fine to coarse, each a multiple of the one before."""

CEILING_RING = 2
"""Blocks beyond the grid on each side, so that any place clipped to the array finds its own ceiling."""


def ceilings(hae_m: NDArray[np.floating]) -> tuple[NDArray[np.float64], ...]:
    """Per level, the highest node of each block and its eight neighbours, a ring of blocks around the grid.

    Block (i, j) of the grid is at [i + CEILING_RING, j + CEILING_RING]. A ray inside a block that moves at
    most `block - 1` cells touches no node that is missing from the ceiling of that block.
    """
    levels: list[NDArray[np.float64]] = []
    blocks_m: NDArray[np.floating] = np.where(np.isnan(hae_m), -np.inf, hae_m)
    size = 1
    for block in CEILING_BLOCKS:
        blocks_m, size = _coarser(blocks_m, block // size), block
        wide_m = np.pad(blocks_m.astype(np.float64), CEILING_RING + 1, constant_values=-np.inf)
        rows_m = np.maximum(np.maximum(wide_m[:-2], wide_m[1:-1]), wide_m[2:])
        levels.append(np.maximum(np.maximum(rows_m[:, :-2], rows_m[:, 1:-1]), rows_m[:, 2:]))
    return tuple(levels)


def _coarser(blocks_m: NDArray[np.floating], factor: int) -> NDArray[np.floating]:
    """The highest value of each factor x factor block, the last blocks filled up with -inf."""
    rows, cols = blocks_m.shape
    filled_m = np.pad(blocks_m, ((0, -rows % factor), (0, -cols % factor)), constant_values=-np.inf)
    tall_m = reduce(np.maximum, (filled_m[shift::factor] for shift in range(factor)))
    return reduce(np.maximum, (tall_m[:, shift::factor] for shift in range(factor)))
