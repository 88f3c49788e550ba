"""Points that tie the pictures of one stretch of video together: each to the one before, and to key pictures.

Chained picture by picture, small errors add up; so each picture is also tied to the first one for as long as
the two have enough in common, and then to a later key picture.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.georeg.image_motion import ImageMotion, NoImageMotion, image_motion
from atalaya.model.columns import Columns
from atalaya.units import PixelsArray

KEY_AREA_SHARE = 0.5
"""Share of a key picture that must still be in view; below it a new one is taken."""
POINTS_PER_PAIR = 60
_BAD_PICTURES = 2
"""So many pictures that show nothing are passed over; after more of them the chain begins anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageTies(Columns):
    """The same ground in two pictures, one row per point, M first.

    Args:
        first, second: (M,) int64, rows of the pictures.
        first_px, second_px: (M, 2) x, y in each.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    first_px: PixelsArray
    second_px: PixelsArray


@dataclass(frozen=True, slots=True)
class Untied:
    """Two pictures that could not be tied, by their rows, and why."""

    first: int
    second: int
    reason: str


def tie_pictures(pictures: Iterable[NDArray[np.uint8]]) -> tuple[ImageTies, tuple[Untied, ...]]:
    """Tie each picture to the one before it and to the key picture; three are in memory at a time.

    Args:
        pictures: in order of time, all of one size; the first is the first key picture.

    Returns:
        Points that agree on the motion of the ground, at most 60 per pair, spread over the picture; and
        the pairs for which there is no answer.

    Raises:
        InputError: pictures of another type or size.
    """
    chain = _Chain()
    for row, picture in enumerate(pictures):
        chain.add(row, picture)
    return ImageTies.concatenate([_no_ties(), *chain.parts]), tuple(chain.untied)


class _Chain:
    """The key picture, the last picture that was tied, and what was found so far."""

    def __init__(self) -> None:
        self.parts: list[ImageTies] = []
        self.untied: list[Untied] = []
        self._key: tuple[int, NDArray[np.uint8]] | None = None
        self._before: tuple[int, NDArray[np.uint8]] | None = None
        self._before_from_key = np.eye(3)
        self._lost = 0

    def add(self, row: int, picture: NDArray[np.uint8]) -> None:
        """Tie the next picture to the last one and to the key picture."""
        if self._key is None or self._before is None:
            self._start(row, picture)
            return
        step = self._tie(self._before, row, picture, None)
        kept = step
        if self._key[0] != self._before[0]:
            known = step.homography @ self._before_from_key if isinstance(step, ImageMotion) else None
            kept = self._tie(self._key, row, picture, known)
        match kept, step:
            case ImageMotion(homography=homography, area_share=share), _ if share >= KEY_AREA_SHARE:
                self._before, self._before_from_key, self._lost = (row, picture), homography, 0
            case (ImageMotion(), _) | (_, ImageMotion()):
                self._start(row, picture)
            case _:
                self._lost += 1
                if self._lost > _BAD_PICTURES:
                    self._start(row, picture)

    def _start(self, row: int, picture: NDArray[np.uint8]) -> None:
        self._key = self._before = (row, picture)
        self._before_from_key, self._lost = np.eye(3), 0

    def _tie(
        self,
        earlier: tuple[int, NDArray[np.uint8]],
        row: int,
        picture: NDArray[np.uint8],
        predicted: NDArray[np.float64] | None,
    ) -> ImageMotion | NoImageMotion:
        motion = image_motion(earlier[1], picture, predicted=predicted)
        match motion:
            case ImageMotion():
                self.parts.append(ties_of(motion, earlier[0], row))
            case NoImageMotion(reason):
                self.untied.append(Untied(earlier[0], row, reason))
        return motion


def ties_of(motion: ImageMotion, first: int, second: int) -> ImageTies:
    """The points of one motion that agree, thinned to at most 60 that are spread over the picture."""
    from_px, to_px = motion.from_px[motion.inlier], motion.to_px[motion.inlier]
    rows = _spread_rows(from_px, POINTS_PER_PAIR)
    return ImageTies(
        first=np.full(len(rows), first, dtype=np.int64),
        second=np.full(len(rows), second, dtype=np.int64),
        first_px=from_px[rows],
        second_px=to_px[rows],
    )


def _spread_rows(points_px: PixelsArray, most: int) -> NDArray[np.intp]:
    """Rows of at most so many points, one from each cell of a grid in turn."""
    if len(points_px) <= most:
        return np.arange(len(points_px))
    extent_px = np.maximum(np.ptp(points_px, axis=0), 1.0)
    cells = np.clip(((points_px - points_px.min(axis=0)) / extent_px * 8.0).astype(np.int64), 0, 7)
    cell = cells[:, 1] * 8 + cells[:, 0]
    order = np.argsort(cell, kind="stable")
    starts = np.searchsorted(cell[order], cell[order])
    turn = np.empty(len(points_px), dtype=np.int64)
    turn[order] = np.arange(len(points_px)) - starts
    chosen: NDArray[np.intp] = np.sort(np.argsort(turn, kind="stable")[:most])
    return chosen


def _no_ties() -> ImageTies:
    none = np.empty(0, dtype=np.int64)
    return ImageTies(first=none, second=none, first_px=np.empty((0, 2)), second_px=np.empty((0, 2)))
