"""How far two passes lie apart on the ground grid: measured in blocks, believed where they agree.

A block's shift is the peak of the correlation of its gradients' directions, which keep when light and gain do
not (orientation correlation). Blocks that agree give one shift that varies evenly over the ground; half of it
is taken from each pass, so that neither is truer than the other and both are blurred alike.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from atalaya.errors import InputError
from atalaya.units import Metres

type Image = NDArray[np.float32]
type Mask = NDArray[np.bool_]

BLOCK_CELLS = 128
MOST_SHIFT_M: Metres = 15.0
LEAST_KNOWN_SHARE = 0.5
"""Of a block that both passes must have observed."""
LEAST_PEAK = 6.0
"""A block's shift counts from so many spreads of its correlation elsewhere."""
FEWEST_BLOCKS, LEAST_AGREEING = 3, 0.5
AGREE_CELLS = 1.25
"""Blocks whose shifts differ by less agree."""
_EVEN_FROM = 12
"""With so many blocks that agree, the shift may vary evenly over the ground."""
_SMOOTH_CELLS = 1.2


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockShift:
    """Where a block's ground lies in the newer pass less where it lies in the older one.

    Args:
        x, y: middle of the block, cells to the right and down.
        dx, dy: the shift, cells.
        peak: height of the correlation's peak in spreads of the rest; 0 where there was nothing to compare.
    """

    x: float
    y: float
    dx: float
    dy: float
    peak: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PassShift:
    """The shift at any place: `first + slope * (place - middle)`, in cells.

    Args:
        middle: (2,) x, y. first: (2,) dx, dy there. slope: (2, 2) of dx, dy along x and y.
        blocks, agreeing: that could be compared, and that agree.
        rms_cells: of the agreeing blocks about it.
    """

    middle: NDArray[np.float64]
    first: NDArray[np.float64]
    slope: NDArray[np.float64]
    blocks: int
    agreeing: int
    rms_cells: float

    def at(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[Image, Image]:
        """Shift at places (cells), along x and along y."""
        across, down = x - self.middle[0], y - self.middle[1]
        dx, dy = (self.first[i] + self.slope[i, 0] * across + self.slope[i, 1] * down for i in (0, 1))
        return np.asarray(dx, dtype=np.float32), np.asarray(dy, dtype=np.float32)


def no_shift() -> PassShift:
    """Two passes that are taken to lie as they say."""
    return PassShift(
        middle=np.zeros(2), first=np.zeros(2), slope=np.zeros((2, 2)), blocks=0, agreeing=0, rms_cells=0.0
    )


def block_shift(
    before: Image, after: Image, known: tuple[Mask, Mask], middle: tuple[float, float], cell_m: Metres
) -> BlockShift:
    """The shift between two pictures of one block.

    Args:
        before: (n, n) brightness, linear or not.
        after: likewise.
        known: what was observed of each.
        middle: of the block, x and y in cells.
        cell_m: of the cells; shifts are sought to `MOST_SHIFT_M`, at most to a third of the block.
    """
    side = before.shape[0]
    reach = min(int(MOST_SHIFT_M / cell_m), side // 3)
    if min(float(one.mean()) for one in known) < LEAST_KNOWN_SHARE:
        return BlockShift(x=middle[0], y=middle[1], dx=0.0, dy=0.0, peak=0.0)
    first, second = (_directions(one, seen) for one, seen in zip((before, after), known, strict=True))
    size = (2 * side, 2 * side)
    spectrum = np.conj(np.fft.fft2(first, size)) * np.fft.fft2(second, size)
    whole = np.fft.fftshift(np.real(np.fft.ifft2(spectrum)))
    window = whole[side - reach : side + reach + 1, side - reach : side + reach + 1]
    row, col = np.unravel_index(int(np.argmax(window)), window.shape)
    if not (0 < row < 2 * reach and 0 < col < 2 * reach):
        return BlockShift(x=middle[0], y=middle[1], dx=0.0, dy=0.0, peak=0.0)
    rest = np.ones(window.shape, dtype=np.bool_)
    rest[max(0, row - 4) : row + 5, max(0, col - 4) : col + 5] = False
    spread = float(window[rest].std())
    peak = (float(window[row, col]) - float(window[rest].mean())) / spread if spread > 0.0 else 0.0
    return BlockShift(
        x=middle[0],
        y=middle[1],
        dx=float(col) - reach + _between(window[row, col - 1 : col + 2]),
        dy=float(row) - reach + _between(window[row - 1 : row + 2, col]),
        peak=peak,
    )


def agreed_shift(blocks: list[BlockShift]) -> PassShift:
    """The shift that most blocks agree on.

    Raises:
        InputError: the passes do not register, and why.
    """
    good = [one for one in blocks if one.peak >= LEAST_PEAK]
    if len(good) < FEWEST_BLOCKS:
        raise InputError(
            f"the passes do not register: {len(good)} of {len(blocks)} blocks of common ground show the same "
            f"structure, {FEWEST_BLOCKS} are needed"
        )
    place = np.array([[one.x, one.y] for one in good])
    shift = np.array([[one.dx, one.dy] for one in good])
    apart = np.linalg.norm(shift[:, None] - shift[None], axis=2)
    agree = apart[np.argmax((apart < AGREE_CELLS).sum(axis=1))] < AGREE_CELLS
    middle, first, slope = _even(place[agree], shift[agree])
    left = np.linalg.norm(shift - first - (place - middle) @ slope.T, axis=1)
    for _ in range(3):
        closer = left < AGREE_CELLS
        if closer.sum() < FEWEST_BLOCKS:
            break
        agree = closer
        middle, first, slope = _even(place[agree], shift[agree])
        left = np.linalg.norm(shift - first - (place - middle) @ slope.T, axis=1)
    if agree.sum() < max(FEWEST_BLOCKS, LEAST_AGREEING * len(good)):
        raise InputError(
            f"the passes do not register: only {int(agree.sum())} of {len(good)} blocks agree on a shift"
        )
    return PassShift(
        middle=middle,
        first=first,
        slope=slope,
        blocks=len(good),
        agreeing=int(agree.sum()),
        rms_cells=float(np.sqrt(np.mean(left[agree] ** 2))),
    )


def moved(
    values: Image, known: Mask, shift: PassShift, share: float, corner: tuple[int, int]
) -> tuple[Image, Mask]:
    """A window of a pass, each cell taken from `share` of the shift away.

    Args:
        values: (H, W, C).
        known: (H, W).
        shift: between the passes.
        share: -0.5 for the older, 0.5 for the newer.
        corner: x and y of the window's first cell.

    Returns:
        Values, and where all that they are made of is known.
    """
    height, width = known.shape
    x, y = np.meshgrid(np.arange(width, dtype=np.float64), np.arange(height, dtype=np.float64))
    dx, dy = shift.at(x + corner[0], y + corner[1])
    at_x = (x + share * dx).astype(np.float32)
    at_y = (y + share * dy).astype(np.float32)
    clean = np.where(known[..., None], values, np.float32(0.0)).astype(np.float32)
    there = cv2.remap(
        known.astype(np.float32), at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0
    )
    planes = [
        cv2.remap(
            np.ascontiguousarray(clean[..., one]),
            at_x,
            at_y,
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        for one in range(values.shape[2])
    ]
    return np.stack(planes, axis=-1).astype(np.float32), np.asarray(there > 1.0 - 1e-3)


def _directions(brightness: Image, known: Mask) -> NDArray[np.complex128]:
    """Gradients of about unit length, 0 at and beside what is not known. Source: Fitch et al., BMVC 2002."""
    middle = float(np.median(brightness[known])) if known.any() else 0.0
    filled = np.where(known, brightness, np.float32(middle)).astype(np.float32)
    smooth = cv2.GaussianBlur(filled, (0, 0), _SMOOTH_CELLS)
    down, across = np.gradient(smooth.astype(np.float64))
    length = np.hypot(across, down)
    inside = cv2.erode(known.astype(np.uint8), np.ones((7, 7), dtype=np.uint8), borderValue=0) > 0
    usual = float(np.median(length[inside])) if inside.any() else 0.0
    unit = np.where(inside, (across + 1j * down) / np.maximum(length + usual, 1e-9), 0.0)
    return np.asarray(unit, dtype=np.complex128)


def _between(three: NDArray[np.float64]) -> float:
    """Place of a parabola's top about its middle sample, -0.5 to 0.5."""
    low, top, high = (float(one) for one in three)
    bend = low - 2.0 * top + high
    return 0.0 if bend >= 0.0 else float(np.clip(0.5 * (low - high) / bend, -0.5, 0.5))


def _even(
    place: NDArray[np.float64], shift: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Middle, shift there and slope of the least squares plane; no slope where there are few blocks."""
    middle = place.mean(axis=0)
    if len(place) < _EVEN_FROM or np.linalg.matrix_rank(place - middle) < 2:
        return middle, np.median(shift, axis=0), np.zeros((2, 2))
    design = np.column_stack([np.ones(len(place)), place - middle])
    found = np.linalg.lstsq(design, shift, rcond=None)[0]
    return middle, found[0], found[1:].T
