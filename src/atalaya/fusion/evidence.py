"""What the looks at one object say, in bits: by its appearance, by being there again, by not being there."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from atalaya.fusion.coverage import Looks, look_weights
from atalaya.fusion.params import FusionParams
from atalaya.fusion.position import weighted_place
from atalaya.geo.quadrilateral import covered
from atalaya.model.detection import DetectionKind
from atalaya.model.site import EvidenceKind
from atalaya.units import Bits, MetresArray, SquareMetres

KIND_OF_EVIDENCE: Final[dict[str, EvidenceKind]] = {
    DetectionKind.ANOMALY.value: EvidenceKind.ANOMALY_SEEN,
    DetectionKind.ROOF_OR_TARP.value: EvidenceKind.ROOF_OR_TARP_SEEN,
    DetectionKind.DRUM_OR_TANK.value: EvidenceKind.DRUM_OR_TANK_SEEN,
    DetectionKind.HOT_SPOT.value: EvidenceKind.HOT_SPOT_SEEN,
    DetectionKind.PIT_OR_STAIN.value: EvidenceKind.ANOMALY_SEEN,
    DetectionKind.TRACK_END.value: EvidenceKind.ANOMALY_SEEN,
}
"""Which evidence a detection of each kind is; vehicles are counted apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenObject:
    """One thing on the ground, as all looks together saw it.

    Args:
        rows: detections, ascending.
        mean_m, covariance_m2: its place in the local plane.
        seen, possible: numbers of the looks that showed it, and of those that covered its place.
        weight: (len(possible),) what each possible look counts.
        appearance: bits by kind of evidence.
        persistence, absence: bits for having been there again, and (negative) for not having been seen; they
            add up to what `presence_bits` says of both.
    """

    rows: NDArray[np.intp]
    mean_m: MetresArray
    covariance_m2: SquareMetres
    seen: NDArray[np.int64]
    possible: NDArray[np.int64]
    weight: NDArray[np.float64]
    appearance: dict[EvidenceKind, Bits]
    persistence: Bits
    absence: Bits

    @property
    def total(self) -> Bits:
        """Everything said about it, without the prior."""
        return sum(self.appearance.values()) + self.persistence + self.absence


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The columns of a DetectionTable that fusion computes with, N first, in the local plane."""

    points_m: MetresArray
    covariance_m2: SquareMetres
    look: NDArray[np.int64]
    kind: NDArray[np.str_]
    weight_bits: NDArray[np.float64]


def see(rows: NDArray[np.intp], table: Rows, looks: Looks, params: FusionParams) -> SeenObject:
    """Bring the detections of one object together with every look that could have shown it."""
    look = table.look[rows]
    mean_m, covariance_m2 = weighted_place(
        table.points_m[rows], table.covariance_m2[rows], looks.sector[look], params
    )
    seen = np.unique(look)
    possible = np.union1d(np.flatnonzero(covered(mean_m, looks.corners_m)), seen).astype(np.int64)
    weight = look_weights(looks.sector[possible], params.look_correlation)
    shown = np.isin(possible, seen)
    best = best_of_each_look(rows, table)
    persistence = persistence_bits(weight[shown], params)
    together = persistence if shown.all() else presence_bits(weight, shown, params)
    return SeenObject(
        rows=rows,
        mean_m=mean_m,
        covariance_m2=covariance_m2,
        seen=seen,
        possible=possible,
        weight=weight,
        appearance=_appearance(best, weight[shown], table, params),
        persistence=persistence,
        absence=min(0.0, together - persistence),
    )


def presence_bits(weight: NDArray[np.float64], shown: NDArray[np.bool_], params: FusionParams) -> Bits:
    """What the looks that showed a thing and those that did not say together, of a site over the innocent.

    The innocent is one of three: it stays as a site does (so this is at most about persistence_limit_bits),
    it is seen now and then as clutter is, or it is there as a site is until it leaves or after it came,
    at any one of the looks. A site half hidden by trees is missed here and there; a parked lorry that drives
    away is missed from then on.

    Args:
        weight: (N,) what each look that covered the place counts, in the order of time.
        shown: (N,) whether it showed the thing.
        params: detection probabilities, persistence and absence limits and moved_share are used.
    """
    seen, missed = _bits_per_look(params)
    again = weight * (1.0 - 1.0 / max(1, int(shown.sum())))  # the look that found it proves nothing
    clutter_bits = np.concatenate([[0.0], np.cumsum(np.where(shown, -seen * again, missed * weight))])
    came_or_left_bits = np.concatenate([clutter_bits[1:], clutter_bits[-1] - clutter_bits[:-1]])
    stays = 2.0**-params.persistence_limit_bits
    moves = (1.0 - stays) * params.moved_share
    innocent = (
        stays
        + moves * float(_odds(came_or_left_bits).mean())
        + (1.0 - stays - moves) * float(_odds(clutter_bits[-1:])[0])
    )
    return max(-params.absence_limit_bits, -math.log2(innocent))


def best_of_each_look(rows: NDArray[np.intp], table: Rows) -> NDArray[np.intp]:
    """Of each look's detections the one that weighs most, looks ascending."""
    order = rows[np.lexsort((-table.weight_bits[rows], table.look[rows]))]
    first = np.unique(table.look[order], return_index=True)[1]
    return order[first]


def persistence_bits(seen_weight: NDArray[np.float64], params: FusionParams) -> Bits:
    """For every look but one that showed it: log2 of site over clutter probability, limited."""
    again = float(seen_weight.sum()) * (1.0 - 1.0 / max(1, seen_weight.size))
    return min(params.persistence_limit_bits, _bits_per_look(params)[0] * again)


def absence_bits(missed_weight: NDArray[np.float64], params: FusionParams) -> Bits:
    """For every look of a sortie that covered a place and showed nothing there: negative, limited."""
    return -min(params.absence_limit_bits, _bits_per_look(params)[1] * float(missed_weight.sum()))


def limited(bits: Bits, limit: Bits) -> Bits:
    """Bits that saturate smoothly at a limit, and are unchanged near zero."""
    return limit * math.tanh(bits / limit) if limit > 0.0 else 0.0


def _appearance(
    best: NDArray[np.intp], weight: NDArray[np.float64], table: Rows, params: FusionParams
) -> dict[EvidenceKind, Bits]:
    """Weighted sums of the detector's bits by kind, saturated together so that the kinds still add up."""
    raw: dict[EvidenceKind, Bits] = {}
    for row, counts in zip(best, weight, strict=True):
        kind = KIND_OF_EVIDENCE[str(table.kind[row])]
        raw[kind] = raw.get(kind, 0.0) + float(counts * table.weight_bits[row])
    total = sum(raw.values())
    share = limited(total, params.appearance_limit_bits) / total if total != 0.0 else 1.0
    return {kind: bits * share for kind, bits in raw.items()}


def _bits_per_look(params: FusionParams) -> tuple[Bits, Bits]:
    """Of site over clutter for a look that shows a thing, of clutter over site for one that does not."""
    site, clutter = params.detection_probability, params.clutter_detection_probability
    return math.log2(site / clutter), math.log2((1.0 - clutter) / (1.0 - site))


def _odds(bits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Without overflow."""
    return np.exp2(np.minimum(bits, 500.0))
