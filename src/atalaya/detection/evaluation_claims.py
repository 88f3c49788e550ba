"""Claims to detect: what can be judged, and what is refused by name."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.errors import InputError
from atalaya.geo.ellipsoid import metres_per_degree
from atalaya.model.detection import DetectionKind, ScoredPlaceTable
from atalaya.model.evaluation import ScoreScale
from atalaya.model.known_world import KnownWorld
from atalaya.units import Metres

_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What one thing that detects says of each world.

    Args:
        name: of what claims. scale: what its scores are.
        places: a table for each world, in the order of the worlds.
    """

    name: str
    scale: ScoreScale
    places: tuple[ScoredPlaceTable, ...]


def require_judgeable(claim: str, places: ScoredPlaceTable, world: KnownWorld, slack_m: Metres) -> None:
    """Refuse places that nothing can be said of.

    Args:
        claim: its name.
        places: what it says of the world.
        world: in whose bounds, and at most the slack beyond, all places lie.
        slack_m: how far beyond.

    Raises:
        InputError: a score or a place that is no finite number, or a place outside the world; rows are named.
    """
    of = f"claim {claim}, world {world.name}"
    bad = np.flatnonzero(~np.isfinite(places.score))
    if bad.size:
        raise InputError(f"{of}: {bad.size} of {len(places)} scores are no finite numbers ({_rows(bad)})")
    bad = np.flatnonzero(~(np.isfinite(places.lon_deg) & np.isfinite(places.lat_deg)))
    if bad.size:
        raise InputError(f"{of}: {bad.size} of {len(places)} places are nowhere ({_rows(bad)})")
    west_deg, south_deg, east_deg, north_deg = world.bounds_deg
    more_deg = slack_m / metres_per_degree(0.5 * (south_deg + north_deg))
    inside = (places.lon_deg >= west_deg - more_deg[0]) & (places.lon_deg <= east_deg + more_deg[0])
    inside &= (places.lat_deg >= south_deg - more_deg[1]) & (places.lat_deg <= north_deg + more_deg[1])
    bad = np.flatnonzero(~inside)
    if bad.size:
        first = f"lon {places.lon_deg[bad[0]]:.6f}, lat {places.lat_deg[bad[0]]:.6f}"
        raise InputError(
            f"{of}: {bad.size} of {len(places)} places lie outside the world ({_rows(bad)}, at {first}; "
            f"the world is {west_deg:.6f} {south_deg:.6f} {east_deg:.6f} {north_deg:.6f})"
        )


def without_vehicles(places: ScoredPlaceTable) -> ScoredPlaceTable:
    """A vehicle is no claim that there is a site."""
    return places.take(np.asarray(places.kind != DetectionKind.VEHICLE.value))


def no_places() -> ScoredPlaceTable:
    """The claim that there is nothing."""
    nothing = np.zeros(0)
    return ScoredPlaceTable(
        lon_deg=nothing,
        lat_deg=nothing,
        score=nothing,
        kind=np.zeros(0, dtype=np.str_),
        azimuths=np.zeros(0, dtype=np.int64),
    )


def _rows(bad: NDArray[np.intp]) -> str:
    shown = ", ".join(str(row) for row in bad[:_SHOWN].tolist())
    return f"row{'s' if bad.size > 1 else ''} {shown}{', …' if bad.size > _SHOWN else ''}"
