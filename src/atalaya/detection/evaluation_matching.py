"""Which claimed place is which true one: one to one, as many sites as can be, at every threshold at once.

Places are taken from the surest down. Each is given to a site within reach, and if those are taken, earlier
places are moved to other sites within their own reach where that frees one (an augmenting path). So at every
threshold the number of sites found is the greatest that any one-to-one matching has (sets of sites that can
be matched together are a matroid, on which going by score is optimal), a site once found stays found, and
recall never falls as the threshold does. Plain greedy matching loses sites where two lie close together; an
optimal matching made anew at each threshold may give a site up again.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from atalaya.detection.evaluation_ground import LookedGround
from atalaya.detection.evaluation_sites import is_site
from atalaya.model.columns import Columns
from atalaya.model.detection import ScoredPlaceTable
from atalaya.model.known_world import KnownWorld
from atalaya.units import Metres, MetresArray


class Verdict(IntEnum):
    """What a claimed place turned out to be."""

    FOUND = 0
    """It found a site."""
    DUPLICATE = 1
    """It is within reach of sites that surer places found."""
    ON_LOOK_ALIKE = 2
    """It is out of reach of every site, and on something innocent."""
    ON_NOTHING = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedPlaces(Columns):
    """Claimed places of one world, the surest first, N first.

    Args:
        score: (N,). verdict: (N,) int64, values of Verdict.
        truth_row: (N,) int64 row of the true place: for FOUND the site whose count it raised, which a later
            place may stand for; for DUPLICATE the nearest site; for ON_LOOK_ALIKE the nearest look-alike by
            its own measure; -1 on nothing.
        azimuths: (N,) int64 sectors from which the ground there was covered, -1 where no frame looked.
    """

    score: NDArray[np.float64]
    verdict: NDArray[np.int64]
    truth_row: NDArray[np.int64]
    azimuths: NDArray[np.int64]


def judge(places: ScoredPlaceTable, world: KnownWorld, ground: LookedGround, slack_m: Metres) -> JudgedPlaces:
    """Match places to the truth of one world; rows in any order give the same answer.

    Args:
        places: with finite scores.
        world: whose truth they are matched to.
        ground: of that world.
        slack_m: beyond a true place's radius that a claim may be off.
    """
    points_m = ground.plane.to_metres(places.lon_deg, places.lat_deg)
    order = np.lexsort((places.lat_deg, places.lon_deg, -places.score))
    points_m, score = points_m[order], places.score[order]
    truth_m = ground.plane.to_metres(world.places.lon_deg, world.places.lat_deg)
    reach_m = world.places.radius_m + slack_m
    sites = np.flatnonzero(is_site(world))
    innocent = np.flatnonzero(~is_site(world))
    verdict = np.full(len(score), Verdict.ON_NOTHING, dtype=np.int64)
    truth_row = np.full(len(score), -1, dtype=np.int64)
    near = _within(points_m, truth_m, reach_m, innocent)
    for place, rows in near.items():
        verdict[place], truth_row[place] = Verdict.ON_LOOK_ALIKE, rows[0]
    reached = _within(points_m, truth_m, reach_m, sites)
    found = _found_by(reached)
    for place, rows in reached.items():
        verdict[place] = Verdict.FOUND if place in found else Verdict.DUPLICATE
        truth_row[place] = found.get(place, rows[0])
    return JudgedPlaces(
        score=score, verdict=verdict, truth_row=truth_row, azimuths=ground.azimuths_at(points_m)
    )


def _within(
    points_m: MetresArray, truth_m: MetresArray, reach_m: MetresArray, rows: NDArray[np.intp]
) -> dict[int, list[int]]:
    """For each place within reach of any of these true places, the surest first: their rows, nearest first.

    Nearness is by share of the reach, ties by place on the ground, so that no order of rows matters.
    """
    if not len(points_m) or not rows.size:
        return {}
    tree = cKDTree(points_m)
    pairs: dict[int, list[tuple[float, float, float, int]]] = {}
    for row in rows.tolist():
        east_m, north_m = truth_m[row].tolist()
        for place in tree.query_ball_point(truth_m[row], reach_m[row]):
            apart_m = float(np.hypot(*(points_m[place] - truth_m[row])))
            pairs.setdefault(place, []).append((apart_m / float(reach_m[row]), east_m, north_m, row))
    return {place: [row for *_, row in sorted(pairs[place])] for place in sorted(pairs)}


def _found_by(reached: dict[int, list[int]]) -> dict[int, int]:
    """For each place that raised the number of sites found: the site that was found then."""
    holder: dict[int, int] = {}
    found: dict[int, int] = {}
    for place in reached:
        path = _path_to_free(place, reached, holder)
        if path:
            found[place] = path[-1][1]
            holder |= {site: mover for mover, site in path}
    return found


def _path_to_free(place: int, reached: dict[int, list[int]], holder: dict[int, int]) -> list[tuple[int, int]]:
    """Who moves to which site so that this place gets one, the last of which was free; empty if none can.

    Breadth first: as few places as possible move.
    """
    came_from: dict[int, tuple[int, int | None]] = {}
    queue: list[tuple[int, int | None]] = [(place, None)]
    for mover, by_site in queue:
        for site in reached[mover]:
            if site in came_from:
                continue
            came_from[site] = (mover, by_site)
            if site not in holder:
                return _backwards(site, came_from)
            queue.append((holder[site], site))
    return []


def _backwards(site: int, came_from: dict[int, tuple[int, int | None]]) -> list[tuple[int, int]]:
    path: list[tuple[int, int]] = []
    at: int | None = site
    while at is not None:
        mover, before = came_from[at]
        path.append((mover, at))
        at = before
    return path[::-1]
