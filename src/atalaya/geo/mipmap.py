"""The highest node of ever larger blocks of a terrain grid: what a ray is above, it need not look into."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

type Heights = NDArray[np.float32] | NDArray[np.float64]

WIDE_LEVEL = 3
"""From this level on (blocks of 8 cells) a block also holds the nodes within a cell around it, or more."""


class Mipmap(NamedTuple):
    """Blocks of 2, 4, 8, … cells a side; the last level is one block.

    Args:
        highest_m: (M,) all levels, fine to coarse, row by row; -inf where a block has no known node.
        offset: (L,) where each level begins in it.
        blocks_across, blocks_down: (L,) blocks in one row and in one column of each level.
    """

    highest_m: Heights
    offset: NDArray[np.int64]
    blocks_across: NDArray[np.int64]
    blocks_down: NDArray[np.int64]


def mipmap(hae_m: Heights) -> Mipmap:
    """The mipmap of a grid: a third of its memory, and about twice that while it is made.

    A block holds the nodes on all its four edges, so a ray that leaves it above its highest node is above
    the ground there, known to this block or to the next.

    Args:
        hae_m: (rows, cols) at least 2 x 2, NaN = void.

    Returns:
        at least `WIDE_LEVEL` levels, more until one block is all.
    """
    pairs = _nodes_of_pairs(_nodes_of_pairs(hae_m).T).T
    levels = [pairs, _pairs(_pairs(pairs).T).T, _wide(_wide(pairs).T).T]
    while levels[-1].size > 1:
        levels.append(_pairs(_pairs(levels[-1]).T).T)
    return Mipmap(
        highest_m=np.concatenate([level.reshape(-1) for level in levels]),
        offset=np.cumsum([0, *(level.size for level in levels[:-1])], dtype=np.int64),
        blocks_across=np.array([level.shape[1] for level in levels], dtype=np.int64),
        blocks_down=np.array([level.shape[0] for level in levels], dtype=np.int64),
    )


def _nodes_of_pairs(nodes_m: Heights) -> Heights:
    """Per pair of cells down the rows, the highest of its three nodes; of a last single cell, of its two."""
    cells = len(nodes_m) - 1
    highest_m = np.fmax(nodes_m[0:cells:2], nodes_m[1 : cells + 1 : 2])
    both = cells // 2
    np.fmax(highest_m[:both], nodes_m[2::2][:both], out=highest_m[:both])
    return np.nan_to_num(highest_m, copy=False, nan=-np.inf, neginf=-np.inf)


def _pairs(blocks_m: Heights) -> Heights:
    """Per pair of rows the higher; a last row without a partner stays."""
    both = len(blocks_m) // 2
    highest_m = blocks_m[0::2].copy()
    np.maximum(highest_m[:both], blocks_m[1::2], out=highest_m[:both])
    return highest_m


def _wide(pairs_m: Heights) -> Heights:
    """Per four rows the highest of them, of the one before and of the one behind."""
    rows = len(pairs_m)
    blocks = -(-rows // 4)
    highest_m = pairs_m[0::4].copy()
    for shift in (-1, 1, 2, 3, 4):
        first = 1 if shift < 0 else 0
        there_m = pairs_m[4 * first + shift :: 4][: blocks - first]
        np.maximum(
            highest_m[first : first + len(there_m)], there_m, out=highest_m[first : first + len(there_m)]
        )
    return highest_m
