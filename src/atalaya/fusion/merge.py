"""One sortie's candidates and the sites already known: which are the same, and what both say together.

Sorties have independent errors, so positions are joined by their covariances. Their evidence is not
independent, because innocent things persist as well: a further sortie counts `repeat_share`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from atalaya.fusion.coverage import SECTORS, look_weights, looks_of
from atalaya.fusion.evidence import absence_bits
from atalaya.fusion.odds import probability_of
from atalaya.fusion.params import FusionParams
from atalaya.geo.local_plane import LocalPlane, plane_about
from atalaya.geo.quadrilateral import covered
from atalaya.geo.uncertainty import circular_error
from atalaya.model.footprint import FootprintTable
from atalaya.model.ground import Position
from atalaya.model.site import Candidate, EvidenceItem, EvidenceKind
from atalaya.units import Bits, MetresArray, SquareMetres

KM2_PER_M2 = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """Which candidates belong to which known places.

    Args:
        pairs: (known, candidate) indices, each at most once, ascending.
        new: candidates of no known place. unseen: known places without a candidate.
    """

    pairs: tuple[tuple[int, int], ...]
    new: tuple[int, ...]
    unseen: tuple[int, ...]


def match_candidates(
    known: Sequence[Candidate], candidates: Sequence[Candidate], params: FusionParams
) -> Matching:
    """One-to-one, the most likely joint assignment among pairs that are likelier than coincidence.

    Args:
        known: the candidate of each known site.
        candidates: of one new sortie.
        params: match_gate, match_distance_m, detection_probability and innocent_objects_per_km2 are used.
    """
    known_m, known_m2, candidate_m, candidate_m2 = _in_one_plane(known, candidates)
    left, right, bits = [], [], []
    if known and candidates:
        near = cKDTree(candidate_m).query_ball_point(known_m, r=params.match_distance_m)
        for index, others in enumerate(near):
            for other in sorted(others):
                total_m2 = known_m2[index] + candidate_m2[other]
                said = _coincidence_bits(candidate_m[other] - known_m[index], total_m2, params)
                if said > 0.0:
                    left.append(index)
                    right.append(other)
                    bits.append(said)
    pairs = _assign(np.array(left, int), np.array(right, int), np.array(bits), len(known), len(candidates))
    taken, used = {first for first, _ in pairs}, {second for _, second in pairs}
    return Matching(
        pairs=tuple(pairs),
        new=tuple(i for i in range(len(candidates)) if i not in used),
        unseen=tuple(i for i in range(len(known)) if i not in taken),
    )


def combine(known: Candidate, again: Candidate, params: FusionParams) -> Candidate:
    """What is known of a place, after a further sortie has found it again.

    The prior is counted once. Evidence of the further sortie counts `repeat_share` of its bits, but what it
    looked for and did not see counts in full. Being found again at the same place is evidence of its own.
    """
    points_m, spreads_m2, again_m, again_m2 = _in_one_plane([known], [again])
    found_again = _coincidence_bits(again_m[0] - points_m[0], spreads_m2[0] + again_m2[0], params)
    repeated = min(params.repeat_limit_bits, max(0.0, found_again))
    items = {item.kind: item for item in known.evidence}
    for item in again.evidence:
        if item.kind is EvidenceKind.PRIOR:
            continue
        absent = item.kind is EvidenceKind.LOOKED_AND_NOT_SEEN
        counted = item if absent else replace(item, weight_bits=params.repeat_share * item.weight_bits)
        items[item.kind] = _join_items(items.get(item.kind), counted)
    persistent = EvidenceItem(
        kind=EvidenceKind.PERSISTENT,
        weight_bits=params.repeat_share * repeated,
        looks=0,
        azimuths=0,
        first_utc=known.first_seen_utc,
        last_utc=again.last_seen_utc,
    )
    items[EvidenceKind.PERSISTENT] = _join_items(items.get(EvidenceKind.PERSISTENT), persistent)
    return replace(
        _with_evidence(known, tuple(items.values())),
        position=_join_positions(known.position, again.position),
        kind=known.kind or again.kind,
        looks_possible=known.looks_possible + again.looks_possible,
        looks_seen=known.looks_seen + again.looks_seen,
        first_seen_utc=min(known.first_seen_utc, again.first_seen_utc),
        last_seen_utc=max(known.last_seen_utc, again.last_seen_utc),
    )


def looked_without_seeing(known: Candidate, footprints: FootprintTable, params: FusionParams) -> Candidate:
    """What is known of a place, after a further sortie has not found it; unchanged where it did not look.

    Args:
        known: a place without a candidate in that sortie.
        footprints: one row per frame that the sortie's detector looked at.
        params: detection probabilities, look_correlation and absence_limit_bits are used.
    """
    plane = LocalPlane(known.position.lon_deg, known.position.lat_deg)
    looks = looks_of(footprints, np.full(len(footprints), ""), plane)
    missed = looks.take(covered(np.zeros(2), looks.corners_m))
    if len(missed) == 0:
        return known
    bits = absence_bits(look_weights(missed.sector, params.look_correlation), params)
    item = EvidenceItem(
        kind=EvidenceKind.LOOKED_AND_NOT_SEEN,
        weight_bits=bits,
        looks=len(missed),
        azimuths=int(np.count_nonzero(np.bincount(missed.sector[missed.sector >= 0], minlength=SECTORS))),
    )
    items = {held.kind: held for held in known.evidence}
    items[item.kind] = _join_items(items.get(item.kind), item)
    return replace(
        _with_evidence(known, tuple(items.values())), looks_possible=known.looks_possible + len(missed)
    )


def _coincidence_bits(offset_m: MetresArray, total_m2: SquareMetres, params: FusionParams) -> Bits:
    """Log2 of: the same place found again here, over an innocent object being here by chance.

    Minus infinity outside the gate.
    """
    distance2 = float(offset_m @ np.linalg.solve(total_m2, offset_m))
    if distance2 > params.match_gate:
        return -math.inf
    density_per_m2 = math.exp(-0.5 * distance2) / (2.0 * math.pi * math.sqrt(np.linalg.det(total_m2)))
    by_chance_per_m2 = params.innocent_objects_per_km2 * KM2_PER_M2
    return math.log2(params.detection_probability * density_per_m2 / by_chance_per_m2)


def _assign(
    left: NDArray[np.int_], right: NDArray[np.int_], bits: NDArray[np.float64], known: int, candidates: int
) -> list[tuple[int, int]]:
    """Greatest total of positive bits, solved apart for each connected group of pairs."""
    if left.size == 0:
        return []
    size = known + candidates
    graph = coo_array((np.ones(left.size), (left, right + known)), shape=(size, size))
    group = connected_components(graph, directed=False)[1][left]
    pairs: list[tuple[int, int]] = []
    for rows in np.split(np.argsort(group, kind="stable"), np.flatnonzero(np.diff(np.sort(group))) + 1):
        firsts, first_of = np.unique(left[rows], return_inverse=True)
        seconds, second_of = np.unique(right[rows], return_inverse=True)
        gain = np.zeros((len(firsts), len(seconds)))
        gain[first_of, second_of] = bits[rows]
        chosen = zip(*linear_sum_assignment(gain, maximize=True), strict=True)
        pairs += [(int(firsts[i]), int(seconds[j])) for i, j in chosen if gain[i, j] > 0.0]
    return sorted(pairs)


def _in_one_plane(
    known: Sequence[Candidate], candidates: Sequence[Candidate]
) -> tuple[MetresArray, SquareMetres, MetresArray, SquareMetres]:
    """(K, 2) and (K, 2, 2) of the known, (C, 2) and (C, 2, 2) of the candidates."""
    positions = [one.position for one in (*known, *candidates)]
    lon_deg = np.array([position.lon_deg for position in positions])
    lat_deg = np.array([position.lat_deg for position in positions])
    points_m = plane_about(lon_deg, lat_deg).to_metres(lon_deg, lat_deg).reshape(-1, 2)
    spreads_m2 = np.array([position.covariance_m2 for position in positions]).reshape(-1, 2, 2)
    count = len(known)
    return points_m[:count], spreads_m2[:count], points_m[count:], spreads_m2[count:]


def _join_positions(first: Position, second: Position) -> Position:
    """Precision-weighted; height from the more certain of the two that know it."""
    plane = LocalPlane(first.lon_deg, first.lat_deg)
    offset_m = plane.to_metres(np.array(second.lon_deg), np.array(second.lat_deg))
    first_m2, second_m2 = np.array(first.covariance_m2), np.array(second.covariance_m2)
    gain = first_m2 @ np.linalg.inv(first_m2 + second_m2)
    joined_m2 = (np.eye(2) - gain) @ first_m2
    joined_m2 = 0.5 * (joined_m2 + joined_m2.T)
    lon_deg, lat_deg = plane.to_degrees(gain @ offset_m)
    better, other = (first, second) if first.ce90_m <= second.ce90_m else (second, first)
    height = better if better.hae_m is not None else other
    (ee, en), (ne, nn) = joined_m2.tolist()
    return Position(
        lon_deg=float(lon_deg),
        lat_deg=float(lat_deg),
        hae_m=height.hae_m,
        covariance_m2=((ee, en), (ne, nn)),
        ce90_m=circular_error(joined_m2, probability=0.90),
        le90_m=height.le90_m,
    )


def _join_items(held: EvidenceItem | None, item: EvidenceItem) -> EvidenceItem:
    """Bits and looks add up; frames of what was held come first; sizes are kept as first measured."""
    if held is None:
        return item
    firsts = [utc for utc in (held.first_utc, item.first_utc) if utc is not None]
    lasts = [utc for utc in (held.last_utc, item.last_utc) if utc is not None]
    return replace(
        held,
        weight_bits=held.weight_bits + item.weight_bits,
        looks=held.looks + item.looks,
        azimuths=max(held.azimuths, item.azimuths),
        length_m=held.length_m if held.length_m is not None else item.length_m,
        width_m=held.width_m if held.width_m is not None else item.width_m,
        first_utc=min(firsts, default=None),
        last_utc=max(lasts, default=None),
        frames=(*held.frames, *(frame for frame in item.frames if frame not in held.frames)),
    )


def _with_evidence(known: Candidate, items: tuple[EvidenceItem, ...]) -> Candidate:
    """The same place with these items, and the probability that they add up to."""
    bits = sum(item.weight_bits for item in items)
    return replace(known, evidence=items, probability=probability_of(bits))
