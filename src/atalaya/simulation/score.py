"""How good the answers were: proposed places against the truth of a scene."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pyproj import Geod
from scipy.optimize import linear_sum_assignment

from atalaya.errors import InputError
from atalaya.model.ground import Position
from atalaya.simulation.truth import Decoy, DecoyKind, TrueSite, Truth
from atalaya.units import Metres

MATCH_RADIUS_M: Metres = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What was found, what was missed, what was invented.

    Args:
        found, missed: labels of true sites.
        false_candidates: proposals within the match radius of no true site, decoys included.
        duplicates: further proposals within the match radius of a site that was already matched.
        decoy_hits: of the false candidates, those within a decoy's radius, by kind; every kind is listed.
        position_errors_m: horizontal, one per found site, in the order of `found`.
        share_inside_ce90: of the found sites, those closer to truth than the stated CE90; None when none
            was found.
    """

    found: tuple[str, ...]
    missed: tuple[str, ...]
    false_candidates: int
    duplicates: int
    decoy_hits: Mapping[DecoyKind, int]
    position_errors_m: tuple[Metres, ...]
    share_inside_ce90: float | None


def score(positions: Sequence[Position], truth: Truth, *, match_radius_m: Metres = MATCH_RADIUS_M) -> Score:
    """Match proposals to true sites one to one, at the least total distance, and count the rest.

    Args:
        positions: of the candidates, each with its CE90.
        truth: of the scene they were found in.
        match_radius_m: > 0; farther away is not found.

    Raises:
        InputError: a radius that is not positive.
    """
    if not match_radius_m > 0.0:
        raise InputError(f"the match radius must be > 0 m, got {match_radius_m}")
    apart_m = _distances(positions, truth.sites)
    near = apart_m <= match_radius_m
    # a forbidden pair costs more than all allowed pairs together
    cost = np.where(near, apart_m, 1e3 * match_radius_m * (1 + len(truth.sites)))
    pairs = [
        (int(row), int(col)) for row, col in zip(*linear_sum_assignment(cost), strict=True) if near[row, col]
    ]
    by_site = {site: candidate for candidate, site in pairs}
    errors_m = tuple(float(apart_m[by_site[site], site]) for site in sorted(by_site))
    inside = [apart_m[by_site[site], site] <= positions[by_site[site]].ce90_m for site in sorted(by_site)]
    false = ~near.any(axis=1)
    return Score(
        found=tuple(truth.sites[site].label for site in sorted(by_site)),
        missed=tuple(site.label for index, site in enumerate(truth.sites) if index not in by_site),
        false_candidates=int(false.sum()),
        duplicates=len(positions) - int(false.sum()) - len(by_site),
        decoy_hits=_decoy_hits(
            [position for position, wrong in zip(positions, false, strict=True) if wrong], truth
        ),
        position_errors_m=errors_m,
        share_inside_ce90=float(np.mean(inside)) if inside else None,
    )


def _distances(positions: Sequence[Position], places: Sequence[TrueSite | Decoy]) -> NDArray[np.float64]:
    """(candidates, places) geodesic distance [m]."""
    shape = (len(positions), len(places))
    lon = np.broadcast_to(np.array([position.lon_deg for position in positions])[:, None], shape)
    lat = np.broadcast_to(np.array([position.lat_deg for position in positions])[:, None], shape)
    place_lon = np.broadcast_to(np.array([place.lon_deg for place in places])[None, :], shape)
    place_lat = np.broadcast_to(np.array([place.lat_deg for place in places])[None, :], shape)
    if 0 in shape:
        return np.zeros(shape)
    _, _, distance_m = Geod(ellps="WGS84").inv(lon.copy(), lat.copy(), place_lon.copy(), place_lat.copy())
    return np.asarray(distance_m, dtype=np.float64)


def _decoy_hits(positions: Sequence[Position], truth: Truth) -> dict[DecoyKind, int]:
    """How many proposals fell for a decoy, each counted for the nearest that it is within reach of."""
    hits = dict.fromkeys(DecoyKind, 0)
    apart_m = _distances(positions, truth.decoys)
    if apart_m.size == 0:
        return hits
    reach_m = np.array([decoy.radius_m for decoy in truth.decoys])
    for row in np.where(apart_m <= reach_m, apart_m, np.inf):
        if np.isfinite(row).any():
            hits[truth.decoys[int(row.argmin())].kind] += 1
    return hits
