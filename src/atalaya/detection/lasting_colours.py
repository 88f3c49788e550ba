"""What keeps its colour from look to look is the ground; what changes with every look are leaves.

Two looks from different sides at one cell of the ground agree where both met the ground, and else only by
chance. How much more often than by chance a colour meets itself again says how often that colour is ground:
a weight for each colour, learned from the looks, by which leaves hardly count in the mean of many looks.
A stare has no parallax: its leaves last as well, every colour has one weight, and nothing is gained. Nor is
much where the ground, in shade or green, has the colours of its leaves.

Source: docs/explain/looking-through-canopy.md.
"""

from dataclasses import dataclass
from itertools import islice

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from atalaya.detection.look_weights import MOST_WEIGHT
from atalaya.errors import InputError
from atalaya.model.looks import MOST_CANOPY

_BITS = 4
_SIDE = 1 << _BITS
_SMOOTH_BINS = 0.7
_ALIKE_LEVELS = 24
"""Two looks agree if no channel differs by more: sun, gain and a registration to a pixel are within."""
_MOST_PAIRS = 12
_APART_CELLS = 24
"""What a look shows so many cells right and down is what it would show by chance: the same wood or field."""
_FEWEST_CELLS = 1000
_UNDECIDED = 0.9
"""Colours that meet their like so often by chance say nothing about what lasts."""
_LEAST_LASTING = 1.0 - MOST_CANOPY
"""Where even the best colour lasts less, it is taken for leaves as well: rather not observed than empty."""
_BEST_SHARE = 0.02

type Levels = NDArray[np.uint8]
type Seen = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class LastingColours:
    """How likely each colour is ground.

    Args:
        ground: (4096,) uint8, 255 times the likelihood, for the upper four bits of red, green and blue.
        lasting: share of the looks at ground of the best colours in which it was seen, 0 to 1.
        pairs: of looks that were compared.
    """

    ground: Levels
    lasting: float
    pairs: int


def learn_lasting(levels: Levels, seen: Seen) -> LastingColours:
    """Which colours last, from looks at one piece of ground from several sides.

    Args:
        levels: (N, h, w, 3) uint8, on the same cells.
        seen: (N, h, w).

    Raises:
        InputError: not such looks, or no two of them share a thousand cells.
    """
    if levels.dtype != np.uint8 or levels.shape != (*seen.shape, 3) or seen.ndim != 3:
        raise InputError(f"looks are (N, h, w, 3) uint8 and (N, h, w), got {levels.shape} and {seen.shape}")
    smooth = np.stack([_smoothed(one) for one in levels]) if len(levels) else levels
    met, count, chance, tried = (np.zeros(_SIDE**3) for _ in range(4))
    pairs = 0
    for first, second in islice(_far_pairs(len(levels)), _MOST_PAIRS):
        both = seen[first] & seen[second]
        if int(both.sum()) < _FEWEST_CELLS:
            continue
        pairs += 1
        for one, other in ((first, second), (second, first)):
            bins = _bins(smooth[one])
            met += np.bincount(bins[both], _alike(smooth[one], smooth[other])[both], _SIDE**3)
            count += np.bincount(bins[both], minlength=_SIDE**3)
            apart = np.roll(smooth[other], _APART_CELLS, axis=(0, 1))
            there = both & np.roll(seen[other], _APART_CELLS, axis=(0, 1))
            chance += np.bincount(bins[there], _alike(smooth[one], apart)[there], _SIDE**3)
            tried += np.bincount(bins[there], minlength=_SIDE**3)
    if not pairs:
        raise InputError(f"no two of {len(levels)} looks share {_FEWEST_CELLS} cells")
    return _from_counts(met, count, chance * count / np.maximum(tried, 1.0), pairs)


def ground_likelihood(levels: Levels, lasting: LastingColours) -> Levels:
    """(h, w) 255 times how likely each cell of a look (h, w, 3) shows the ground."""
    return np.asarray(lasting.ground[_bins(_smoothed(levels))], dtype=np.uint8)


def lasting_weights(levels: Levels, lasting: LastingColours) -> Levels:
    """(h, w) whole weights 1 to `MOST_WEIGHT` for `ground_grid.add_look`: nothing is thrown away."""
    ground = ground_likelihood(levels, lasting).astype(np.uint16)
    return (1 + ((MOST_WEIGHT - 1) * ground + 127) // 255).astype(np.uint8)


def canopy_share(ground: NDArray[np.float32], window_cells: int = 1) -> NDArray[np.float32]:
    """(H, W) estimated share of the lines of sight to each cell that ended in crowns.

    Args:
        ground: (H, W) mean of the looks' `ground_likelihood`, as `ground_grid.integral` gives it of a channel
            that was added without weights; NaN where no look fell, which stays unknown.
        window_cells: side of the square that is averaged.

    Returns:
        0 to 1; as far off as docs/explain/looking-through-canopy.md says.
    """
    known = np.isfinite(ground)
    size = (window_cells, window_cells)
    total = cv2.blur(np.where(known, ground, np.float32(0.0)), size, borderType=cv2.BORDER_REFLECT)
    weight = cv2.blur(known.astype(np.float32), size, borderType=cv2.BORDER_REFLECT)
    share = 1.0 - total / np.maximum(weight, np.float32(1e-6)) / np.float32(255.0)
    return np.where(known, np.clip(share, 0.0, 1.0), np.float32(np.nan)).astype(np.float32)


def _from_counts(
    met: NDArray[np.float64], count: NDArray[np.float64], chance: NDArray[np.float64], pairs: int
) -> LastingColours:
    met, count, chance = (
        gaussian_filter(one.reshape(_SIDE, _SIDE, _SIDE), _SMOOTH_BINS).ravel()
        for one in (met, count, chance)
    )
    decided = chance < _UNDECIDED * count
    lasts = np.clip((met - chance) / np.where(decided, count - chance, 1.0), 0.0, 1.0)
    order = np.argsort(-lasts[decided], kind="stable")
    reached = np.cumsum(count[decided][order])
    best = 1.0
    if reached.size:
        place = int(np.searchsorted(reached, _BEST_SHARE * reached[-1]))
        best = float(lasts[decided][order][min(place, reached.size - 1)])
    likely = np.where(decided, np.minimum(lasts / max(best, _LEAST_LASTING), 1.0), 1.0)
    return LastingColours(ground=np.round(255.0 * likely).astype(np.uint8), lasting=best, pairs=pairs)


def _far_pairs(count: int) -> list[tuple[int, int]]:
    """Pairs of looks, those far apart in the order of the flight first."""
    gaps = sorted(range(1, count), key=lambda gap: (-min(gap, count - gap), gap))
    return [(first, first + gap) for gap in gaps for first in range(count - gap)]


def _smoothed(levels: Levels) -> Levels:
    return np.asarray(cv2.GaussianBlur(levels, (3, 3), 0.5), dtype=np.uint8)


def _bins(levels: Levels) -> NDArray[np.uint16]:
    """(...) which of the 4096 colours."""
    upper = (levels >> (8 - _BITS)).astype(np.uint16)
    return np.asarray(upper[..., 0] << 2 * _BITS | upper[..., 1] << _BITS | upper[..., 2], dtype=np.uint16)


def _alike(here: Levels, there: Levels) -> NDArray[np.float64]:
    return np.asarray((cv2.absdiff(here, there).max(axis=-1) <= _ALIKE_LEVELS), dtype=np.float64)
