"""How true places were looked at: from how many sides, how hidden, and whether that counts as observed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.model.columns import Columns
from atalaya.model.known_world import KnownWorld
from atalaya.model.looks import AZIMUTH_BINS, FEWEST_AZIMUTHS, MOST_CANOPY, CellState, azimuth_bin
from atalaya.model.truth import ObjectKind, TrueRole

OCCLUSION_EDGES = (0.25, 0.5, 0.7, 0.85)
"""Shares of a shelter that is hidden, between one band and the next."""
BAND_NAMES = ("0-25 %", "25-50 %", "50-70 %", "70-85 %", "over 85 %", "not known")
UNKNOWN_BAND = len(BAND_NAMES) - 1
_SHELTERS = (ObjectKind.SHELTER.value, ObjectKind.ROOF.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceLooks(Columns):
    """Row for row with the true places of a world, N first.

    Args:
        azimuths: (N,) int64 sectors from which any of its things was in the picture.
        hidden_share: (N,) mean over the looks and its shelters (over all its things where it has no
            shelter) of what could not be seen of them; NaN where nothing was in the picture, or the truth
            does not say.
        state: (N,) int64, values of CellState: few azimuths before under canopy where both are so; a share
            that is not known is not held against the look.
    """

    azimuths: NDArray[np.int64]
    hidden_share: NDArray[np.float64]
    state: NDArray[np.int64]


def place_looks(world: KnownWorld) -> PlaceLooks:
    """What the truth says of the looks at each place: the same for every claim, whatever it says itself."""
    looks = world.occlusion
    rows = np.flatnonzero(looks.in_view)
    thing = _row_of(world.objects.object_index, looks.object_index[rows])
    rows, thing = rows[thing >= 0], thing[thing >= 0]
    place = _row_of(world.places.place_index, world.objects.place_index[thing])
    rows, thing, place = rows[place >= 0], thing[place >= 0], place[place >= 0]
    sector = azimuth_bin(looks.look_azimuth_deg[rows])
    seen = np.zeros((len(world.places), AZIMUTH_BINS), dtype=np.bool_)
    seen[place[sector >= 0], sector[sector >= 0]] = True
    azimuths = seen.sum(axis=1)
    hidden = looks.hidden_share[rows]
    shelter = np.isin(world.objects.kind[thing], _SHELTERS)
    of_shelters = _mean_by(place[shelter], hidden[shelter], len(world.places))
    of_all = _mean_by(place, hidden, len(world.places))
    hidden_share = np.where(np.isfinite(of_shelters), of_shelters, of_all)
    covered = np.bincount(place, minlength=len(world.places)) > 0
    return PlaceLooks(
        azimuths=azimuths, hidden_share=hidden_share, state=_state(covered, azimuths, hidden_share)
    )


def is_site(world: KnownWorld) -> NDArray[np.bool_]:
    """(N,) which of the true places are sites; the others are innocent."""
    return np.asarray(world.places.role == TrueRole.SITE.value)


def occlusion_band(hidden_share: NDArray[np.float64]) -> NDArray[np.int64]:
    """(N,) index into BAND_NAMES; a share on an edge belongs to the more open band."""
    band = np.searchsorted(np.array(OCCLUSION_EDGES), hidden_share, side="left")
    return np.where(np.isfinite(hidden_share), band, UNKNOWN_BAND).astype(np.int64)


def _state(
    covered: NDArray[np.bool_], azimuths: NDArray[np.int64], hidden_share: NDArray[np.float64]
) -> NDArray[np.int64]:
    few = azimuths < FEWEST_AZIMUTHS
    under = hidden_share > MOST_CANOPY
    return np.select(
        [~covered, few, under],
        [CellState.NOT_COVERED, CellState.FEW_AZIMUTHS, CellState.UNDER_CANOPY],
        CellState.OBSERVED,
    ).astype(np.int64)


def _row_of(known: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.intp]:
    """(M,) row of each wanted index among the known ones; -1 where there is none."""
    if not known.size:
        return np.full(wanted.shape, -1, dtype=np.intp)
    order = np.argsort(known, kind="stable")
    at = np.clip(np.searchsorted(known[order], wanted), 0, known.size - 1)
    return np.where(known[order[at]] == wanted, order[at], -1)


def _mean_by(group: NDArray[np.intp], value: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """(count,) mean of the finite values of each group; NaN where there is none."""
    finite = np.isfinite(value)
    total = np.bincount(group[finite], weights=value[finite], minlength=count)
    number = np.bincount(group[finite], minlength=count)
    mean: NDArray[np.float64] = np.divide(total, number, out=np.full(count, np.nan), where=number > 0)
    return mean
