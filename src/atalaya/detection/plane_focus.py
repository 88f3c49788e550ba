"""How high above the ground each cell is in focus: where its looks agree with one another.

Looks are added up on the ground and on sheets parallel to it. At the height of what is seen, its cells show
the same in every look; off that height they show their neighbours. Agreement is the share of what varies in a
square that varies from cell to cell and not from look to look: 1 is sharp, 0 is noise.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from atalaya.detection.ground_grid import TileSums, spread
from atalaya.errors import InputError
from atalaya.units import Metres

FEWEST_LOOKS = 3
"""Two looks from one side agree on every sheet along their lines of sight."""
LEAST_AGREEMENT = 0.15
"""Below, no height is in focus: too little to see there, or all of it moves."""
_LEAST_VARIANCE = 1.0

type Plane = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Focus:
    """Which height each cell is in focus at.

    Args:
        offset_m: (H, W) float32 above the ground; NaN where nothing is in focus, or at the sweep's ends.
        agreement: (H, W) float32 at the best height, 0 to 1; NaN where there are too few looks.
    """

    offset_m: Plane
    agreement: Plane


def agreement(sums: TileSums, window_cells: int) -> Plane:
    """(H, W) share of the variance in a square that is from cell to cell, 0 to 1; NaN with too few looks.

    Args:
        sums: of looks on one sheet, added without weights.
        window_cells: side of the square, odd, at least 3.

    Raises:
        InputError: no such square.
    """
    if window_cells < 3 or window_cells % 2 == 0:
        raise InputError(f"a square has an odd side of at least 3 cells, got {window_cells}")
    looks = sums.count.sum(axis=0, dtype=np.float32)
    known = looks >= FEWEST_LOOKS
    within, between = np.zeros(looks.shape, np.float32), np.zeros(looks.shape, np.float32)
    for total, apart in zip(sums.total.sum(axis=0, dtype=np.float32), spread(sums), strict=True):
        mean = np.where(known, total / np.maximum(looks, 1.0), 0.0).astype(np.float32)
        noise = np.where(known, apart**2, 0.0).astype(np.float32)
        middle = _mean(mean, known, window_cells)
        square = _mean(np.where(known, (mean - middle) ** 2, 0.0).astype(np.float32), known, window_cells)
        look = _mean(noise, known, window_cells)
        chance = _mean((noise / np.maximum(looks, 1.0)).astype(np.float32), known, window_cells)
        within += look
        between += np.maximum(square - chance, 0.0)
    share = between / np.maximum(between + within, np.float32(_LEAST_VARIANCE))
    return np.where(known, share, np.float32(np.nan)).astype(np.float32)


def in_focus(sheets: Sequence[TileSums], offsets_m: Sequence[Metres], window_cells: int) -> Focus:
    """The height at which each cell's looks agree best.

    Args:
        sheets: the same looks on each sheet.
        offsets_m: of the sheets above the ground, evenly spaced, rising; at least three.
        window_cells: as in `agreement`.

    Raises:
        InputError: sheets of different ground, or offsets that do not fit them.
    """
    steps_m = np.diff(np.asarray(offsets_m, dtype=np.float64))
    if len(sheets) != len(offsets_m) or len(sheets) < 3 or not (steps_m > 0.0).all():
        raise InputError(f"three or more sheets with rising offsets, got {len(sheets)} and {list(offsets_m)}")
    if not np.allclose(steps_m, steps_m[0]):
        raise InputError(f"sheets are evenly spaced, got {list(offsets_m)}")
    if any((one.tile, one.channels) != (sheets[0].tile, sheets[0].channels) for one in sheets):
        raise InputError("sheets are of one tile and its channels")
    stack = np.stack([agreement(one, window_cells) for one in sheets])
    known = np.isfinite(stack).all(axis=0)
    stack = np.where(known, stack, 0.0)
    best = np.clip(stack.argmax(axis=0), 1, len(sheets) - 2)
    before, here, after = (np.take_along_axis(stack, (best + by)[None], axis=0)[0] for by in (-1, 0, 1))
    curved = before - 2.0 * here + after
    peak = known & (here >= before) & (here >= after) & (here >= LEAST_AGREEMENT) & (curved < 0.0)
    part = np.where(peak, 0.5 * (before - after) / np.where(peak, curved, -1.0), 0.0)
    offset_m = offsets_m[0] + steps_m[0] * (best + part)
    return Focus(
        offset_m=np.where(peak, offset_m, np.nan).astype(np.float32),
        agreement=np.where(known, stack.max(axis=0), np.nan).astype(np.float32),
    )


def _mean(plane: Plane, known: NDArray[np.bool_], window_cells: int) -> Plane:
    """Mean of a square over the cells that are known."""
    size = (window_cells, window_cells)
    total = cv2.blur(np.where(known, plane, np.float32(0.0)), size, borderType=cv2.BORDER_REFLECT)
    weight = cv2.blur(known.astype(np.float32), size, borderType=cv2.BORDER_REFLECT)
    return np.asarray(total / np.maximum(weight, np.float32(1e-6)), dtype=np.float32)
