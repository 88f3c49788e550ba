"""Many looks at one tile of ground, added up by the direction they came from.

What stands above the ground lies elsewhere in each look, what lies on it lies in the same cell: the mean of
many looks from around lets a canopy dissolve and keeps what is below. Sums and weights are whole numbers:
looks may be added in any order, by any number of processes and in any number of slabs, to the same bytes.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from atalaya.detection.look_weights import MOST_WEIGHT
from atalaya.errors import InputError
from atalaya.model.looks import AZIMUTH_BINS, FEWEST_AZIMUTHS, MOST_CANOPY, CellState, GroundTile

MOST_LOOKS = 4_000
"""At one cell from one sector: beyond, squares of the greatest level and weight no longer fit their sum."""

type Levels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class TileSums:
    """What all looks at one tile add up to; B sectors, C channels, rows from the north.

    Args:
        tile: which ground.
        channels: names of the C channels; those of a look are 8-bit levels.
        count: (B, H, W) uint16 looks that saw the cell. weight: (B, H, W) uint32 sum of what they count.
        total: (B, C, H, W) uint32 sum of levels by weight. square: likewise, of their squares.
        most: (B, C, H, W) uint8 greatest level.
    """

    tile: GroundTile
    channels: tuple[str, ...]
    count: NDArray[np.uint16]
    weight: NDArray[np.uint32]
    total: NDArray[np.uint32]
    square: NDArray[np.uint32]
    most: Levels

    @property
    def bytes_held(self) -> int:
        """Memory of the sums."""
        arrays = (self.count, self.weight, self.total, self.square, self.most)
        return sum(array.nbytes for array in arrays)


def no_looks(tile: GroundTile, channels: tuple[str, ...]) -> TileSums:
    """The sums of nothing.

    Raises:
        InputError: no channel, or two of one name.
    """
    if not channels or len(set(channels)) != len(channels):
        raise InputError(f"channels have names of their own, got {channels}")
    plane = (tile.cells, tile.cells)
    whole = (AZIMUTH_BINS, len(channels), *plane)
    return TileSums(
        tile=tile,
        channels=channels,
        count=np.zeros((AZIMUTH_BINS, *plane), dtype=np.uint16),
        weight=np.zeros((AZIMUTH_BINS, *plane), dtype=np.uint32),
        total=np.zeros(whole, dtype=np.uint32),
        square=np.zeros(whole, dtype=np.uint32),
        most=np.zeros(whole, dtype=np.uint8),
    )


def add_look(
    levels: Levels,
    seen: NDArray[np.bool_],
    sector: int,
    place: tuple[int, int],
    *,
    out: TileSums,
    weights: Levels | None = None,
) -> None:
    """Add one look to the sums `out`.

    Args:
        levels: (h, w, C) of a window of the tile, what was not seen may hold anything.
        seen: (h, w).
        sector: 0..7, as `model.looks.azimuth_bin`.
        place: row and column of the window's first cell in the tile.
        out: changed in place.
        weights: (h, w) 1 to `look_weights.MOST_WEIGHT`; every cell counts 1 if left out.

    Raises:
        InputError: a window that is not in the tile, other channels, no such sector, or too many looks.
    """
    row, col = place
    height, width = seen.shape
    cells = out.tile.cells
    if levels.shape != (height, width, len(out.channels)) or levels.dtype != np.uint8:
        raise InputError(f"a look at {seen.shape} cells, got {levels.shape} {levels.dtype}")
    if not (0 <= row <= cells - height and 0 <= col <= cells - width and 0 <= sector < AZIMUTH_BINS):
        raise InputError(f"no window of {seen.shape} at {place} in a tile of {cells} cells, sector {sector}")
    rows, cols = slice(row, row + height), slice(col, col + width)
    count = out.count[sector, rows, cols]
    weight = _weights(weights, seen)
    if int(count.max(initial=0)) >= MOST_LOOKS:
        raise InputError(f"more than {MOST_LOOKS} looks from one sector at one cell")
    count += seen
    out.weight[sector, rows, cols] += weight
    for channel in range(len(out.channels)):
        level = np.where(seen, levels[..., channel], np.uint8(0))
        share = weight * level
        out.total[sector, channel, rows, cols] += share
        out.square[sector, channel, rows, cols] += share * level.astype(np.uint32)
        most = out.most[sector, channel, rows, cols]
        np.maximum(most, level, out=most)


def _weights(weights: Levels | None, seen: NDArray[np.bool_]) -> NDArray[np.uint16]:
    """What each cell counts, nothing where it was not seen."""
    if weights is None:
        return seen.astype(np.uint16)
    if weights.shape != seen.shape or weights.dtype != np.uint8:
        raise InputError(f"weights of {seen.shape} cells, got {weights.shape} {weights.dtype}")
    if not 1 <= int(weights.min(initial=1)) <= int(weights.max(initial=1)) <= MOST_WEIGHT:
        raise InputError(f"weights are 1 to {MOST_WEIGHT}")
    return np.where(seen, weights, np.uint8(0)).astype(np.uint16)


def merged(first: TileSums, second: TileSums) -> TileSums:
    """The sums of all looks of both: a slab is added later to what is there, in any order.

    Raises:
        InputError: not the same tile and channels, or too many looks.
    """
    if first.tile != second.tile or first.channels != second.channels:
        raise InputError(f"sums of {first.tile} {first.channels} and {second.tile} {second.channels}")
    count = first.count.astype(np.uint32) + second.count
    if int(count.max(initial=0)) > MOST_LOOKS:
        raise InputError(f"more than {MOST_LOOKS} looks from one sector at one cell")
    return replace(
        first,
        count=count.astype(np.uint16),
        weight=first.weight + second.weight,
        total=first.total + second.total,
        square=first.square + second.square,
        most=np.maximum(first.most, second.most),
    )


def integral(sums: TileSums) -> NDArray[np.float32]:
    """(C, H, W) weighted mean level of each cell, each sector with the same say; NaN where no look fell.

    Ten looks from one side hide a cell behind one and the same branch: so a sector's looks count together as
    much as another sector's, and within that each by its weight.
    """
    looks = sums.count.astype(np.float32)
    with np.errstate(invalid="ignore", divide="ignore"):
        say = np.where(looks > 0.0, np.float32(1.0) / looks, np.float32(0.0))
        total = (sums.total * say[:, None]).sum(axis=0, dtype=np.float32)
        weight = (sums.weight * say).sum(axis=0, dtype=np.float32)
        return np.asarray(np.where(weight > 0.0, total / weight, np.nan), dtype=np.float32)


def spread(sums: TileSums) -> NDArray[np.float32]:
    """(C, H, W) weighted standard deviation of all looks' levels; NaN where there are fewer than two."""
    count = sums.count.sum(axis=0, dtype=np.float64)
    weight = sums.weight.sum(axis=0, dtype=np.float64)
    total, square = sums.total.sum(axis=0, dtype=np.float64), sums.square.sum(axis=0, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = (square / weight - (total / weight) ** 2) * (count / (count - 1.0))
        variance = np.where(count >= 2.0, variance, np.nan)
    return np.sqrt(np.maximum(variance, 0.0)).astype(np.float32)


def azimuths(sums: TileSums) -> NDArray[np.uint8]:
    """(H, W) from how many sectors each cell was seen."""
    return np.asarray((sums.count > 0).sum(axis=0), dtype=np.uint8)


def cell_states(
    sums: TileSums, canopy_share: NDArray[np.float32], permitted: NDArray[np.bool_] | None = None
) -> NDArray[np.uint8]:
    """(H, W) of CellState: observed, or why not; a cell that could not be seen is never called empty.

    Args:
        sums: all looks.
        canopy_share: (H, W) 0..1 of the lines of sight that crowns hid, as estimated; NaN where not known,
            which takes nothing away from what was observed.
        permitted: (H, W) False where nobody may look; everywhere permitted if left out.

    Raises:
        InputError: planes of another size than the tile.
    """
    plane = sums.count.shape[1:]
    if canopy_share.shape != plane or (permitted is not None and permitted.shape != plane):
        raise InputError(f"planes are {plane}, got {canopy_share.shape}")
    seen_from = azimuths(sums)
    state = np.full(plane, CellState.OBSERVED, dtype=np.uint8)
    state[canopy_share > MOST_CANOPY] = CellState.UNDER_CANOPY
    state[seen_from < FEWEST_AZIMUTHS] = CellState.FEW_AZIMUTHS
    state[seen_from == 0] = CellState.NOT_COVERED
    if permitted is not None:
        state[~permitted] = CellState.NOT_PERMITTED
    return state
