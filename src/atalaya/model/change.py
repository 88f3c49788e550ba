"""What differs between two passes over the same ground, and where nothing can be said about it."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

import numpy as np
from numpy.typing import NDArray

from atalaya.errors import InputError
from atalaya.model.columns import Columns
from atalaya.units import DegreesArray, MetresArray, SquareMetres

YEAR_DAYS = 365.25
MOST_SEASON_DAYS = 45.0
"""Passes further apart in the year see other leaves, other grass and another sun."""


class ChangeSense(StrEnum):
    """Which of two passes shows something out of the ordinary."""

    APPEARED = "appeared"
    """The newer one."""
    VANISHED = "vanished"
    """The older one."""
    OTHER = "other"
    """Both or neither: the ground looks otherwise."""
    WARM_AT_NIGHT = "warm-at-night"
    """Warmer than its surroundings by night."""
    COLD_BY_DAY = "cold-by-day"
    """Colder than its surroundings by day, and not by night."""


class Compared(IntEnum):
    """Whether a cell could be compared; where it could not, nothing is said of it."""

    COMPARED = 0
    UNOBSERVED_BEFORE = 1
    UNOBSERVED_AFTER = 2
    UNOBSERVED = 3
    """In both passes."""
    NO_SURROUNDINGS = 4
    """Too little around it was compared to say what is ordinary there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeTable(Columns):
    """Changes between two passes, N first: a ScoredPlaceTable that also says what changed.

    Args:
        lon_deg, lat_deg, kind, azimuths: as in the ScoredPlaceTable; sectors of the pass that has fewer.
        score: (N,) greatest difference within, in spreads of the differences around.
        sense: (N,) str, values of ChangeSense.
        length_m, width_m: (N,) of the smallest rectangle around it.
        heading_deg: (N,) of its length, clockwise from grid north.
        area_m2: (N,) of its cells.
        before, after: (N,) how far it stands out of its surroundings in each pass, in spreads.
    """

    lon_deg: DegreesArray
    lat_deg: DegreesArray
    score: NDArray[np.float64]
    kind: NDArray[np.str_]
    azimuths: NDArray[np.int64]
    sense: NDArray[np.str_]
    length_m: MetresArray
    width_m: MetresArray
    heading_deg: DegreesArray
    area_m2: SquareMetres
    before: NDArray[np.float64]
    after: NDArray[np.float64]


def season_apart_days(first: datetime, second: datetime) -> float:
    """Days between two times of the year, whatever the year, 0 to 182.6.

    Raises:
        InputError: a naive time.
    """
    if first.tzinfo is None or second.tzinfo is None:
        raise InputError(f"times of the year need a time zone: {first.isoformat()}, {second.isoformat()}")
    apart = abs(_day_of_year(first) - _day_of_year(second))
    return min(apart, YEAR_DAYS - apart)


def _day_of_year(instant: datetime) -> float:
    start = datetime(instant.year, 1, 1, tzinfo=instant.tzinfo)
    length = datetime(instant.year + 1, 1, 1, tzinfo=instant.tzinfo) - start
    return (instant - start) / length * YEAR_DAYS
