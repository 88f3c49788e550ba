"""What the looks at one object say, in bits: by its appearance, by being there again, by not being there."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from atalaya.fusion.coverage import Looks, covered, look_weights
from atalaya.fusion.params import FusionParams
from atalaya.fusion.position import weighted_place
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
        persistence, absence: bits for having been there again, and (negative) for not having been seen.
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
    return SeenObject(
        rows=rows,
        mean_m=mean_m,
        covariance_m2=covariance_m2,
        seen=seen,
        possible=possible,
        weight=weight,
        appearance=_appearance(best, weight[shown], table, params),
        persistence=persistence_bits(weight[shown], params),
        absence=absence_bits(weight[~shown], params),
    )


def best_of_each_look(rows: NDArray[np.intp], table: Rows) -> NDArray[np.intp]:
    """Of each look's detections the one that weighs most, looks ascending."""
    order = rows[np.lexsort((-table.weight_bits[rows], table.look[rows]))]
    first = np.unique(table.look[order], return_index=True)[1]
    return order[first]


def persistence_bits(seen_weight: NDArray[np.float64], params: FusionParams) -> Bits:
    """For every look but one that showed it: log2 of site over clutter probability, limited."""
    again = float(seen_weight.sum()) * (1.0 - 1.0 / max(1, seen_weight.size))
    per_look = math.log2(params.detection_probability / params.clutter_detection_probability)
    return min(params.persistence_limit_bits, per_look * again)


def absence_bits(missed_weight: NDArray[np.float64], params: FusionParams) -> Bits:
    """For every look that covered the place and did not show it: negative, limited."""
    per_look = math.log2((1.0 - params.clutter_detection_probability) / (1.0 - params.detection_probability))
    return -min(params.absence_limit_bits, per_look * float(missed_weight.sum()))


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
