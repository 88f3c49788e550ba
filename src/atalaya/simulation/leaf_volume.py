"""How leaves fill a crown: one periodic block of clumps that all crowns share, each with its own part of it.

The block holds ranks 0..255 of smooth noise in three sizes, so that "more than this rank" says which share of
it is leaf. A crown reads it at its own offset; its threshold is the one that lets `porosity` of the vertical
lines through its middle pass. Fixed numbers made from integer hashes: no randomness is wanted here.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import zoom

type Ranks = NDArray[np.uint8]

SIDE = 64
"""Voxels along the block's edge, after which it repeats."""
VOXELS_PER_CLUMP = 4
STEP_VOXELS = 1.4
"""Leaves are looked for at every such step along a ray."""
BOW_ENTRIES = 64
_OCTAVES = ((4, 0.50), (16, 0.80), (32, 0.45))
"""Cells across the block and weight."""
_LINES = 1536
_CALIBRATED_CLUMPS = np.array([2.0, 3.0, 4.5, 6.5, 9.0, 13.0, 18.0, 26.0, 40.0])
_CALIBRATED_POROSITIES = np.array([0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 0.95, 1.0])


def hashed(numbers: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """A well mixed 32-bit number for each.

    Source: the finaliser of MurmurHash3, A. Appleby, public domain.
    """
    mixed = numbers ^ (numbers >> np.uint32(16))
    mixed = mixed * np.uint32(0x85EBCA6B)
    mixed ^= mixed >> np.uint32(13)
    mixed = mixed * np.uint32(0xC2B2AE35)
    return np.asarray(mixed ^ (mixed >> np.uint32(16)), dtype=np.uint32)


@cache
def leaf_volume() -> Ranks:
    """(SIDE, SIDE, SIDE) ranks 0..255, periodic; each rank fills a 256th of the block."""
    total = np.zeros((SIDE, SIDE, SIDE))
    for number, (cells, weight) in enumerate(_OCTAVES):
        seeds = np.arange(cells**3, dtype=np.uint32) + np.uint32(7919 * (number + 1))
        nodes = hashed(seeds).reshape(cells, cells, cells) / 2.0**32
        total += weight * zoom(nodes, SIDE // cells, order=3, mode="grid-wrap", grid_mode=True)
    order = np.argsort(total, axis=None, kind="stable")
    ranks = np.empty(total.size, dtype=np.uint8)
    ranks[order] = (np.arange(total.size) * 256 // total.size).astype(np.uint8)
    ranks.setflags(write=False)
    return ranks.reshape(total.shape)


def crown_bow() -> NDArray[np.int16]:
    """(BOW_ENTRIES,) ranks added to the threshold by square of relative radius: hollow, ragged outside."""
    square = (np.arange(BOW_ENTRIES) + 0.5) / BOW_ENTRIES
    hollow = 46.0 * np.clip(1.0 - square / 0.5, 0.0, 1.0)
    ragged = 150.0 * np.square(np.clip((square - 0.66) / 0.34, 0.0, 1.0))
    return np.round(hollow + ragged).astype(np.int16)


def leaf_thresholds(depth_clumps: NDArray[np.float64], porosity: NDArray[np.float64]) -> NDArray[np.float32]:
    """(N,) rank above which there is leaf in a crown's middle.

    Args:
        depth_clumps: (N,) from a crown's lowest to its highest leaf, in clumps.
        porosity: (N,) share of vertical lines through the middle that pass.

    Returns:
        Ranks, -1000..1000; porosity met to 0.03 for 3 to 30 clumps (measured).
    """
    table = _free_table()
    where = np.interp(depth_clumps, _CALIBRATED_CLUMPS, np.arange(_CALIBRATED_CLUMPS.size))
    low = np.minimum(where.astype(np.intp), _CALIBRATED_CLUMPS.size - 2)
    part = where - low
    found = np.empty(depth_clumps.size, dtype=np.float32)
    for row in range(depth_clumps.size):
        curve = table[low[row]] + part[row] * (table[low[row] + 1] - table[low[row]])
        found[row] = np.interp(porosity[row], _CALIBRATED_POROSITIES, curve)
    return np.round(found)


@cache
def _free_table() -> NDArray[np.float64]:
    """(depths, porosities) thresholds of crowns of each calibrated depth."""
    return np.stack([_free_quantiles(leaf_volume(), float(clumps)) for clumps in _CALIBRATED_CLUMPS])


def _free_quantiles(volume: Ranks, clumps: float) -> NDArray[np.float64]:
    """Threshold at which each of the calibrated porosities is met by crowns so many clumps deep."""
    span = clumps * VOXELS_PER_CLUMP
    along = np.arange(0.5, span / STEP_VOXELS) * STEP_VOXELS
    square = np.square(2.0 * along / span - 1.0)
    bow = crown_bow()[np.minimum((square * BOW_ENTRIES).astype(np.intp), BOW_ENTRIES - 1)]
    start = hashed(np.arange(3 * _LINES, dtype=np.uint32) + np.uint32(104729)).reshape(3, _LINES, 1) % SIDE
    level = (start[2] + along[None, :].astype(np.intp)) % SIDE
    highest = (volume[level, start[1] % SIDE, start[0] % SIDE].astype(np.int16) - bow).max(axis=1)
    thresholds = np.quantile(highest, _CALIBRATED_POROSITIES)
    thresholds[0], thresholds[-1] = -1000.0, 1000.0
    return np.asarray(thresholds, dtype=np.float64)
