"""What is written into pictures: a crosshair, a clock, a mark; it stays while the ground moves."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from atalaya.errors import InputError

REDUCED = 4
"""Pictures are compared at this fraction of their size."""
FEWEST_CHANGES = 8
STILL_SHARE, STILL_LEVELS = 0.3, 3.0
"""Writing changes less than this share of what the ground does, and less than so many levels."""
LEAST_MOTION_LEVELS = 4.0
"""Where the picture itself hardly changes, nothing can be told."""
MOST_SHARE = 0.3
"""More of a picture is not writing: the ground itself stands still."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """How much pictures of one clip changed, pixel by pixel, added up.

    Args:
        total: (h, w) sum of differences [8-bit levels]; (0, 0) where nothing was compared.
        count: pairs of pictures.
    """

    total: NDArray[np.float64]
    count: int

    def __init__(self, total: NDArray[np.float64] | None = None, count: int = 0) -> None:
        object.__setattr__(self, "total", np.zeros((0, 0)) if total is None else total)
        object.__setattr__(self, "count", count)

    def joined(self, other: "Changes") -> "Changes":
        """The sum of both; pictures of another size than most count for nothing."""
        if not self.count or not other.count:
            return self if self.count else other
        if self.total.shape != other.total.shape:
            return self
        return replace(self, total=self.total + other.total, count=self.count + other.count)

    def burnt_in(self) -> NDArray[np.bool_]:
        """(h, w) where all pictures show the same; all False where that cannot be told."""
        nothing = np.zeros(self.total.shape if self.count else (1, 1), dtype=np.bool_)
        if self.count < FEWEST_CHANGES:
            return nothing
        mean = self.total / self.count
        typical = float(np.median(mean))
        if typical < LEAST_MOTION_LEVELS:
            return nothing
        still = (mean < STILL_SHARE * typical) & (mean < STILL_LEVELS)
        closed = cv2.morphologyEx(still.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
        opened = cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
        wide = np.asarray(cv2.dilate(opened, np.ones((5, 5), np.uint8))) > 0
        return nothing if wide.mean() > MOST_SHARE else wide


def changes_between(before: NDArray[np.uint8], now: NDArray[np.uint8]) -> Changes:
    """How much one picture differs from the one before, pixel by pixel.

    Raises:
        InputError: not two pictures of one shape.
    """
    if before.shape != now.shape or min(before.shape[:2]) < REDUCED:
        raise InputError(f"two pictures of one shape are wanted, got {before.shape} and {now.shape}")
    size = before.shape[1] // REDUCED, before.shape[0] // REDUCED
    first, second = (cv2.resize(one, size, interpolation=cv2.INTER_AREA) for one in (before, now))
    apart = cv2.absdiff(first, second).astype(np.float64)
    return Changes(apart.mean(axis=2) if apart.ndim == 3 else apart, 1)
