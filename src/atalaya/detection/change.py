"""What changed between two passes over the same ground, cell by cell and thing by thing.

Both passes are brought to one measure: robust middle and spread of each channel over the ground that both
observed; light as logarithms of colour ratios alone, since another sun moves every shadow. Their difference
is asked how far it lies from the differences around it: what changes everywhere, as leaves do, is ordinary.
Old and new have the same say: swapped, the same cells changed.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from atalaya.detection.surroundings import known_mean, spreads_from_surroundings
from atalaya.errors import InputError
from atalaya.model.change import ChangeSense, Compared
from atalaya.model.columns import Columns
from atalaya.units import Metres, MetresArray, SquareMetres

type Image = NDArray[np.float32]
type Mask = NDArray[np.bool_]

SMOOTH_M: Metres = 2.0
LEAST_SPREADS = 5.0
"""A change reaches this score somewhere."""
GROWN = 0.6
"""And goes on as far as the score stays above so much of it."""
LEAST_AREA_M2 = 3.0
STANDS_OUT = 1.3
"""Something appeared if the place stands out by so many times more than it did, vanished likewise."""
_LEVEL_NOISE, _LOG_NOISE = 1.0, 0.02
_DARK_LEVELS = 8.0
"""Added before logarithms: haze, black level and noise make ratios of dark levels meaningless."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """Robust middle and spread of each channel of a pass, (C,) each."""

    middle: NDArray[np.float64]
    spread: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeMaps:
    """What is known of each cell, (H, W) float32 each; NaN where it was not compared.

    Args:
        score: difference in spreads of the differences around.
        before, after: how far the cell stands out of its surroundings in each pass, in spreads.
        compared: (H, W) uint8 of Compared.
    """

    score: Image
    before: Image
    after: Image
    compared: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes(Columns):
    """Connected changes in a raster, N first, the surest first.

    Args:
        row, col: (N,) middle of what changed most, in cells from the middle of the first one.
        score, sense, length_m, width_m, heading_deg, area_m2, before, after: as in the ChangeTable.
    """

    row: NDArray[np.float64]
    col: NDArray[np.float64]
    score: NDArray[np.float64]
    sense: NDArray[np.str_]
    length_m: MetresArray
    width_m: MetresArray
    heading_deg: NDArray[np.float64]
    area_m2: SquareMetres
    before: NDArray[np.float64]
    after: NDArray[np.float64]


def channels_of(levels: NDArray[np.uint8]) -> Image:
    """(H, W, 2) logarithms of red to green and of blue to green; of one thermal plane its levels.

    Raises:
        InputError: not (H, W, 3) or (H, W, 1) uint8.
    """
    if levels.ndim != 3 or levels.shape[2] not in {1, 3} or levels.dtype != np.uint8:
        raise InputError(f"a pass has (H, W, 3) or (H, W, 1) 8-bit levels, got {levels.shape} {levels.dtype}")
    if levels.shape[2] == 1:
        return levels.astype(np.float32)
    red, green, blue = np.moveaxis(np.log(levels.astype(np.float32) + np.float32(_DARK_LEVELS)), -1, 0)
    return np.stack([red - green, blue - green], axis=-1).astype(np.float32)


def measure_of(values: Image) -> Measure:
    """The measure of (N, C) values of the ground that both passes observed.

    Raises:
        InputError: there are none.
    """
    if not len(values):
        raise InputError("no ground was observed in both passes")
    middle = np.median(values, axis=0).astype(np.float64)
    away = 1.4826 * np.median(np.abs(values - middle), axis=0)
    return Measure(middle=middle, spread=np.maximum(away, noise_of(values.shape[1])))


def noise_of(channels: int) -> float:
    """What sensor and coding put into uniform ground, in the unit of `channels_of`."""
    return _LEVEL_NOISE if channels == 1 else _LOG_NOISE


def change_maps(
    before: Image, after: Image, known: tuple[Mask, Mask], measures: tuple[Measure, Measure], cell_m: Metres
) -> ChangeMaps:
    """Compare two passes that lie on one another.

    Args:
        before: (H, W, C) as `channels_of` gives them.
        after: likewise.
        known: (H, W) what was observed in each.
        measures: of each, over all common ground.
        cell_m: of the cells.

    Raises:
        InputError: passes of different size.
    """
    if not before.shape == after.shape == (*known[0].shape, before.shape[2]):
        raise InputError(f"passes differ in size: {before.shape}, {after.shape}")
    both = known[0] & known[1]
    first, second = (
        known_mean(_measured(one, measure), both, SMOOTH_M / cell_m)
        for one, measure in zip((before, after), measures, strict=True)
    )
    count = before.shape[2]
    noise = [(noise_of(count) / measure.spread) ** 2 for measure in measures]
    score = spreads_from_surroundings(second - first, both, cell_m, (noise[0] + noise[1]).astype(np.float32))
    return ChangeMaps(
        score=score,
        before=spreads_from_surroundings(first, both, cell_m, noise[0].astype(np.float32)),
        after=spreads_from_surroundings(second, both, cell_m, noise[1].astype(np.float32)),
        compared=compared_cells(known, score),
    )


def compared_cells(known: tuple[Mask, Mask], score: Image) -> NDArray[np.uint8]:
    """(H, W) of Compared: where there is a score, and why there is none elsewhere."""
    state = np.full(score.shape, Compared.UNOBSERVED, dtype=np.uint8)
    state[known[1]] = Compared.UNOBSERVED_BEFORE
    state[known[0]] = Compared.UNOBSERVED_AFTER
    both = known[0] & known[1]
    state[both] = np.where(np.isfinite(score[both]), Compared.COMPARED, Compared.NO_SURROUNDINGS)
    return state


def connected_changes(maps: ChangeMaps, cell_m: Metres, least: float = LEAST_SPREADS) -> Changes:
    """The things that changed.

    Args:
        maps: as `change_maps` gives them.
        cell_m: of the cells.
        least: score that each reaches.

    Raises:
        InputError: a least score that is not positive.
    """
    if not least > 0.0:
        raise InputError(f"a change has a positive score, asked for {least}")
    score = np.nan_to_num(maps.score, nan=0.0)
    count, found, stats, _ = cv2.connectedComponentsWithStats((score >= GROWN * least).astype(np.uint8))
    labels = np.asarray(found, dtype=np.int32)
    highest = np.asarray(ndimage.maximum(score, labels, np.arange(count)))
    area_m2 = stats[:, cv2.CC_STAT_AREA] * cell_m**2
    good = [one for one in range(1, count) if highest[one] >= least and area_m2[one] >= LEAST_AREA_M2]
    rows = sorted((_change(maps, score, labels, stats[one], one, cell_m) for one in good), key=_order)
    sense = np.array([_sense(row[7], row[8]) for row in rows], dtype=np.str_)
    table = np.array(rows, dtype=np.float64).reshape(len(rows), 9)
    return Changes(
        row=table[:, 0],
        col=table[:, 1],
        score=table[:, 2],
        sense=sense,
        length_m=table[:, 3],
        width_m=table[:, 4],
        heading_deg=table[:, 5],
        area_m2=table[:, 6],
        before=table[:, 7],
        after=table[:, 8],
    )


def _measured(values: Image, measure: Measure) -> Image:
    return ((values - measure.middle) / measure.spread).astype(np.float32)


def _order(row: tuple[float, ...]) -> tuple[float, float, float]:
    return -row[2], row[0], row[1]


def _change(
    maps: ChangeMaps,
    score: Image,
    labels: NDArray[np.int32],
    stats: NDArray[np.int32],
    label: int,
    cell_m: Metres,
) -> tuple[float, ...]:
    """Row, column, score, length, width, heading, area, and how it stands out before and after."""
    left, top = int(stats[cv2.CC_STAT_LEFT]), int(stats[cv2.CC_STAT_TOP])
    window = (
        slice(top, top + int(stats[cv2.CC_STAT_HEIGHT])),
        slice(left, left + int(stats[cv2.CC_STAT_WIDTH])),
    )
    own = labels[window] == label
    inner = np.where(own, score[window], -1.0)
    _, (across, down), angle_deg = cv2.minAreaRect(np.argwhere(own)[:, ::-1].astype(np.float32))
    core = own & (inner >= 0.5 * inner.max())
    row, col = np.argwhere(core).mean(axis=0)
    return (
        float(top + row),
        float(left + col),
        float(inner.max()),
        (max(across, down) + 1.0) * cell_m,
        (min(across, down) + 1.0) * cell_m,
        (angle_deg + (90.0 if across >= down else 0.0)) % 180.0,
        float(own.sum()) * cell_m**2,
        float(np.nanmean(maps.before[window][core])),
        float(np.nanmean(maps.after[window][core])),
    )


def _sense(before: float, after: float) -> str:
    if after > STANDS_OUT * before:
        return ChangeSense.APPEARED.value
    return ChangeSense.VANISHED.value if before > STANDS_OUT * after else ChangeSense.OTHER.value
