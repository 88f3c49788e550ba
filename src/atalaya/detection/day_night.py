"""What stays warm at night and what is cold by day: two thermal passes over the same ground.

Thermal cameras stretch their levels as they like, so neither pass has a temperature: each is measured by its
surroundings, in their spreads, and what is compared is how a cell stands among its neighbours.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from atalaya.detection.change import (
    GROWN,
    SMOOTH_M,
    ChangeMaps,
    Changes,
    Measure,
    compared_cells,
    connected_changes,
    noise_of,
)
from atalaya.detection.surroundings import known_mean, spreads_above_surroundings
from atalaya.errors import InputError
from atalaya.model.change import ChangeSense
from atalaya.units import Degrees, Metres

type Image = NDArray[np.float32]
type Mask = NDArray[np.bool_]

NIGHT_BELOW_DEG, DAY_ABOVE_DEG = 0.0, 10.0
"""Elevation of the sun; between them walls and soil cross over and say nothing of either."""
LEAST_SPREADS = 5.0


def night_is_first(first_deg: Degrees, second_deg: Degrees) -> bool:
    """Whether the first of two passes is the one by night.

    Args:
        first_deg: elevation of the sun in one.
        second_deg: in the other.

    Raises:
        InputError: they are not one by day and one by night.
    """
    low, high = sorted((first_deg, second_deg))
    if low > NIGHT_BELOW_DEG or high < DAY_ABOVE_DEG:
        raise InputError(
            f"day and night are compared with the sun below {NIGHT_BELOW_DEG:g} and above "
            f"{DAY_ABOVE_DEG:g} deg: it stood at {first_deg:.1f} and {second_deg:.1f} deg"
        )
    return first_deg < second_deg


def standing(values: Image, known: Mask, measure: Measure, cell_m: Metres) -> Image:
    """(H, W) by how many spreads of its surroundings each cell is warmer than they; NaN where unknown."""
    levels = ((values - measure.middle) / measure.spread).astype(np.float32)
    plane = known_mean(levels, known, SMOOTH_M / cell_m)
    floor = ((noise_of(1) / measure.spread) ** 2).astype(np.float32)
    return spreads_above_surroundings(plane, known, cell_m, floor)


def day_night_maps(
    night: Image, day: Image, known: tuple[Mask, Mask], measures: tuple[Measure, Measure], cell_m: Metres
) -> ChangeMaps:
    """How much warmer among its neighbours each cell is by night than by day.

    Args:
        night: (H, W, 1) levels.
        day: levels that lie on them.
        known: (H, W) what was observed in each.
        measures: of each, over all common ground.
        cell_m: of the cells.

    Returns:
        `score`: warmth at night less warmth by day, negative where it is the other way round. `before`:
        warmth at night, `after`: warmth by day, all in spreads.
    """
    both = known[0] & known[1]
    warm = standing(night, both, measures[0], cell_m)
    sunny = standing(day, both, measures[1], cell_m)
    score = warm - sunny
    return ChangeMaps(score=score, before=warm, after=sunny, compared=compared_cells(known, score))


def day_night_changes(maps: ChangeMaps, cell_m: Metres, least: float = LEAST_SPREADS) -> Changes:
    """What is warm by night, then what is cold by day and not by night; the score is how much.

    Args:
        maps: as `day_night_maps` gives them.
        cell_m: of the cells.
        least: score that each reaches.
    """
    warm, cold = np.nan_to_num(maps.before), -np.nan_to_num(maps.after)
    cold = np.where((warm >= GROWN * least) | (warm <= -GROWN * least), np.float32(0.0), cold)
    found = []
    for sense, score in ((ChangeSense.WARM_AT_NIGHT, warm), (ChangeSense.COLD_BY_DAY, cold)):
        each = connected_changes(replace(maps, score=score), cell_m, least)
        found.append(replace(each, sense=np.full(len(each), sense.value)))
    return Changes.concatenate(found)
