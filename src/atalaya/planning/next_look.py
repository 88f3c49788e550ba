"""Where to look next, cell by cell, and why: places only, ranked by what another look would tell."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import StrEnum

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from atalaya.errors import InputError
from atalaya.model.footprint import FootprintTable
from atalaya.model.identifiers import SiteId
from atalaya.model.site import Site, SiteStatus
from atalaya.planning.cells import Cells, cut
from atalaya.units import MicrosecondsArray

SECTORS = 8
"""Looks are told apart by the 45-degree sector of their azimuth, as evidence is."""
_DAY_US = 86_400_000_000
_NEVER_US = -1


class LookReason(StrEnum):
    """Why a cell deserves a look."""

    NEVER_SEEN = "never-seen"
    FEW_AZIMUTHS = "few-azimuths"
    UNRESOLVED_CANDIDATE = "unresolved-candidate"
    KNOWN_SITE = "known-site"
    LONG_AGO = "long-ago"


@dataclass(frozen=True, slots=True, kw_only=True)
class LookWeights:
    """How much each reason counts where it holds fully; the sum is the score of a cell.

    Args:
        never_seen: no footprint has covered the cell.
        few_azimuths: seen from one sector only; falls to 0 at `enough_sectors`.
        unresolved_candidate: a candidate or probable site of probability 0.5; falls with its entropy.
        confirmed_site: a confirmed site is kept in view until an outcome comes.
        former_site: an inactive or dismantled site may come back.
        long_ago: the last look is much longer ago than `memory_days`.
        enough_sectors: from so many 45-degree sectors a place counts as seen from all around.
        memory_days: after so many days a look has lost 63 % of its worth.

    Raises:
        InputError: a negative weight, less than 2 sectors or no memory.
    """

    never_seen: float = 1.0
    few_azimuths: float = 0.4
    unresolved_candidate: float = 2.0
    confirmed_site: float = 0.6
    former_site: float = 0.3
    long_ago: float = 0.8
    enough_sectors: int = 4
    memory_days: float = 30.0

    def __post_init__(self) -> None:
        values = [getattr(self, field.name) for field in fields(self)]
        if not (np.isfinite(values).all() and min(values) >= 0.0):
            raise InputError(f"weights must not be negative: {self}")
        if not (2 <= self.enough_sectors <= SECTORS and self.memory_days > 0.0):
            raise InputError(f"needs 2 to {SECTORS} sectors and a memory: {self}")


@dataclass(frozen=True, slots=True, kw_only=True)
class LookRequest:
    """One cell to look at.

    Args:
        cell: lon, lat [deg], inside the asked area.
        score: sum of the weights of the reasons.
        reasons: each reason that holds with its weight, heaviest first.
        sectors_seen: indices 0..7 of the 45-degree sectors of azimuth it has been seen from, 0 = 0..45 deg.
        last_seen_us: time of the last look that covered its centre, None for never.
        site_ids: the sites that speak for it.
    """

    cell: Polygon | MultiPolygon
    score: float
    reasons: tuple[tuple[LookReason, float], ...]
    sectors_seen: tuple[int, ...]
    last_seen_us: int | None
    site_ids: tuple[SiteId, ...]


@dataclass(frozen=True, slots=True)
class _Coverage:
    """(N,) last time each cell's centre was covered, -1 for never; (N, 8) from which sectors."""

    last_us: MicrosecondsArray
    sectors: NDArray[np.bool_]


_DEFAULT_WEIGHTS = LookWeights()


def next_looks(
    area: Polygon | MultiPolygon,
    cell_m: float,
    footprints: FootprintTable,
    sites: Sequence[Site],
    now_us: int,
    weights: LookWeights = _DEFAULT_WEIGHTS,
) -> tuple[LookRequest, ...]:
    """All cells of an area, the one most worth a look first.

    Args:
        area: where looking is allowed, lon, lat [deg].
        cell_m: edge of a cell.
        footprints: of all sorties so far; rows with an unknown corner, and rows later than now, are no looks.
        sites: what is known so far, with the status that review or the partner's outcome gave it.
        now_us: microseconds since 1970.
        weights: how much each reason counts.

    Returns:
        One request per cell, by falling score, then from north-west to south-east; cells of score 0 last.

    Raises:
        InputError: an invalid area, or too many cells.
    """
    cells = cut(area, cell_m)
    coverage = _coverage(cells, footprints, now_us)
    never = coverage.last_us == _NEVER_US
    sector_count = coverage.sectors.sum(axis=1)
    age_days = np.where(never, 0.0, (now_us - coverage.last_us) / _DAY_US)
    lacking = np.clip((weights.enough_sectors - sector_count) / (weights.enough_sectors - 1), 0.0, 1.0)
    unresolved, known, speaking = _site_weights(cells, sites, weights)
    columns = {
        LookReason.NEVER_SEEN: np.where(never, weights.never_seen, 0.0),
        LookReason.FEW_AZIMUTHS: np.where(never, 0.0, weights.few_azimuths * lacking),
        LookReason.UNRESOLVED_CANDIDATE: unresolved,
        LookReason.KNOWN_SITE: known,
        LookReason.LONG_AGO: weights.long_ago * -np.expm1(-age_days / weights.memory_days),
    }
    score = np.sum(list(columns.values()), axis=0)
    return tuple(
        LookRequest(
            cell=cells.outlines[cell],
            score=float(score[cell]),
            reasons=_reasons(columns, cell),
            sectors_seen=tuple(np.flatnonzero(coverage.sectors[cell]).tolist()),
            last_seen_us=None if never[cell] else int(coverage.last_us[cell]),
            site_ids=tuple(speaking.get(cell, ())),
        )
        for cell in np.argsort(-score, kind="stable").tolist()
    )


def _coverage(cells: Cells, footprints: FootprintTable, now_us: int) -> _Coverage:
    """Whose centre lies in which footprint, by an index over the centres."""
    corners_m = np.stack(cells.local_m(footprints.corner_lon_deg, footprints.corner_lat_deg), axis=-1)
    whole = ~np.isnan(corners_m).any(axis=(1, 2)) & ~np.isnan(footprints.look_azimuth_deg)
    rows = np.flatnonzero(whole & (footprints.time_us >= 0) & (footprints.time_us <= now_us))
    last_us = np.full(len(cells), _NEVER_US, dtype=np.int64)
    sectors = np.zeros((len(cells), SECTORS), dtype=np.bool_)
    if rows.size:
        outlines = shapely.polygons(corners_m[rows])
        sound = shapely.is_valid(outlines)
        rows, outlines = rows[sound], outlines[sound]
        centres = shapely.points(*cells.local_m(cells.centre_lon_deg, cells.centre_lat_deg))
        look, cell = shapely.STRtree(centres).query(outlines, predicate="covers")
        np.maximum.at(last_us, cell, footprints.time_us[rows[look]])
        sector = (footprints.look_azimuth_deg[rows[look]] % 360.0 / (360.0 / SECTORS)).astype(np.intp)
        sectors[cell, np.minimum(sector, SECTORS - 1)] = True
    return _Coverage(last_us, sectors)


def _site_weights(
    cells: Cells, sites: Sequence[Site], weights: LookWeights
) -> tuple[NDArray[np.float64], NDArray[np.float64], dict[int, list[SiteId]]]:
    """Per cell the weight of its unresolved and of its known sites, and which sites those are."""
    unresolved, known = np.zeros(len(cells)), np.zeros(len(cells))
    speaking: dict[int, list[SiteId]] = {}
    east_m, north_m = cells.local_m(cells.centre_lon_deg, cells.centre_lat_deg)
    for site in sites:
        reason, weight = _site_weight(site, weights)
        if weight <= 0.0:
            continue
        position = site.candidate.position
        at_east_m, at_north_m = cells.local_m(np.array(position.lon_deg), np.array(position.lat_deg))
        near = np.hypot(east_m - at_east_m, north_m - at_north_m) <= position.ce90_m
        near |= shapely.covers(cells.outlines, shapely.Point(position.lon_deg, position.lat_deg))
        column = unresolved if reason is LookReason.UNRESOLVED_CANDIDATE else known
        column[near] = np.maximum(column[near], weight)
        for cell in np.flatnonzero(near).tolist():
            speaking.setdefault(cell, []).append(site.site_id)
    return unresolved, known, speaking


def _site_weight(site: Site, weights: LookWeights) -> tuple[LookReason, float]:
    """What another look at a site is worth: most where nothing is decided and both answers are likely."""
    match site.status:
        case SiteStatus.CANDIDATE | SiteStatus.PROBABLE:
            entropy_bits = _entropy_bits(site.candidate.probability)
            return LookReason.UNRESOLVED_CANDIDATE, weights.unresolved_candidate * entropy_bits
        case SiteStatus.CONFIRMED:
            return LookReason.KNOWN_SITE, weights.confirmed_site
        case SiteStatus.INACTIVE | SiteStatus.DISMANTLED:
            return LookReason.KNOWN_SITE, weights.former_site
        case SiteStatus.REJECTED:
            return LookReason.KNOWN_SITE, 0.0


def _entropy_bits(probability: float) -> float:
    """1 at one half, 0 where the answer is certain."""
    parts = np.array([probability, 1.0 - probability])
    parts = parts[parts > 0.0]
    return float(-(parts * np.log2(parts)).sum())


def _reasons(
    columns: dict[LookReason, NDArray[np.float64]], cell: int
) -> tuple[tuple[LookReason, float], ...]:
    found = [(reason, float(weight[cell])) for reason, weight in columns.items() if weight[cell] > 0.0]
    return tuple(sorted(found, key=lambda pair: -pair[1]))
