"""One place with its objects as a Candidate: the evidence items, the position, the words."""

import numpy as np
from numpy.typing import NDArray

from atalaya.fusion.coverage import SECTORS, Looks, look_weights
from atalaya.fusion.evidence import KIND_OF_EVIDENCE, Rows, SeenObject, best_of_each_look, limited
from atalaya.fusion.odds import probability_of
from atalaya.fusion.params import FusionParams
from atalaya.geo.local_plane import LocalPlane
from atalaya.geo.uncertainty import circular_error
from atalaya.model.detection import DetectionKind, DetectionTable
from atalaya.model.ground import Position
from atalaya.model.identifiers import SourceId
from atalaya.model.instants import from_microseconds
from atalaya.model.site import Candidate, EvidenceItem, EvidenceKind
from atalaya.units import Bits, MetresArray

BEST_FRAMES = 5
"""How many frames an evidence item names at most."""


def candidate_of(
    place: list[SeenObject],
    table: Rows,
    detections: DetectionTable,
    looks: Looks,
    plane: LocalPlane,
    params: FusionParams,
) -> tuple[Bits, Candidate]:
    """Log2 odds of a place, and the candidate whose items add up to them.

    Args:
        place: its objects, strongest first.
        table: what fusion computes with, row for row with `detections`.
        detections: sizes, heights and times of the same rows.
        looks: every look of the sortie.
        plane: that of `table` and of the objects.
        params: see FusionParams.
    """
    middle_m, position = _position(place, detections, plane, params)
    items = [EvidenceItem(kind=EvidenceKind.PRIOR, weight_bits=_prior(params), looks=0, azimuths=0)]
    items += _appearance_items(place, table, detections, looks, params)
    items += _vehicle_items(middle_m, table, detections, looks, params)
    strongest = place[0]
    if strongest.persistence > 0.0:
        items.append(_look_item(EvidenceKind.PERSISTENT, strongest.persistence, strongest.seen, looks))
    missed = np.setdiff1d(strongest.possible, strongest.seen)
    if missed.size:
        items.append(_look_item(EvidenceKind.LOOKED_AND_NOT_SEEN, strongest.absence, missed, looks))
    bits = sum(item.weight_bits for item in items)
    seen = np.unique(np.concatenate([thing.seen for thing in place]))
    times_us = looks.time_us[seen]
    return bits, Candidate(
        position=position,
        probability=probability_of(bits),
        probability_against=_against(params),
        kind=None,  # roof-like blobs named the kind right in 3 of 22 simulated cases: it cannot be told yet
        evidence=tuple(items),
        looks_possible=len(np.union1d(strongest.possible, seen)),
        looks_seen=len(seen),
        first_seen_utc=from_microseconds(int(times_us.min())),
        last_seen_utc=from_microseconds(int(times_us.max())),
    )


def _prior(params: FusionParams) -> Bits:
    """Log2 of sites over innocent objects, both per area: the odds of a marked thing before it is judged."""
    return float(np.log2(params.prior_sites_per_km2 / params.innocent_objects_per_km2))


def _against(params: FusionParams) -> str:
    return (
        f"against an innocent object that the detector also marks; before looking "
        f"{params.prior_sites_per_km2:g} sites and {params.innocent_objects_per_km2:g} such objects per km2"
    )


def _appearance_items(
    place: list[SeenObject], table: Rows, detections: DetectionTable, looks: Looks, params: FusionParams
) -> list[EvidenceItem]:
    """The strongest object's bits by kind, and what its neighbours add to them."""
    total = dict(place[0].appearance)
    added: dict[EvidenceKind, Bits] = {}
    for thing in place[1:]:
        positive = {kind: bits for kind, bits in thing.appearance.items() if bits > 0.0}
        said = params.companion_share * max(0.0, min(thing.total, sum(positive.values())))
        worth = min(params.companion_each_bits, said)
        for kind, bits in positive.items():
            added[kind] = added.get(kind, 0.0) + worth * bits / sum(positive.values())
    whole = sum(added.values())
    share = min(1.0, params.companion_limit_bits / whole) if whole > 0.0 else 0.0
    for kind, bits in added.items():
        total[kind] = total.get(kind, 0.0) + share * bits
    rows = np.concatenate([thing.rows for thing in place])
    evidence = np.array([KIND_OF_EVIDENCE[str(kind)].value for kind in table.kind[rows]])
    return [
        _row_item(kind, bits, rows[evidence == kind.value], table, detections, looks)
        for kind, bits in sorted(total.items(), key=lambda pair: -pair[1])
    ]


def _vehicle_items(
    middle_m: MetresArray, table: Rows, detections: DetectionTable, looks: Looks, params: FusionParams
) -> list[EvidenceItem]:
    """Vehicles within reach of the place; they speak for it and never against."""
    distance_m = np.linalg.norm(table.points_m - middle_m, axis=1)
    near = (table.kind == DetectionKind.VEHICLE.value) & (distance_m <= params.vehicle_radius_m)
    rows = np.flatnonzero(near)
    if rows.size == 0:
        return []
    best = best_of_each_look(rows, table)
    weight = look_weights(looks.sector[table.look[best]], params.look_correlation)
    bits = float((weight * np.maximum(table.weight_bits[best], 0.0)).sum())
    limit = params.vehicle_limit_bits
    return [_row_item(EvidenceKind.VEHICLES_NEAR, limited(bits, limit), rows, table, detections, looks)]


def _row_item(
    kind: EvidenceKind,
    bits: Bits,
    rows: NDArray[np.intp],
    table: Rows,
    detections: DetectionTable,
    looks: Looks,
) -> EvidenceItem:
    """An item drawn from detections: its frames are those of the heaviest, its size their median."""
    best = best_of_each_look(rows, table)
    heaviest = best[np.argsort(-table.weight_bits[best], kind="stable")][:BEST_FRAMES]
    times_us = detections.time_us[rows]
    return EvidenceItem(
        kind=kind,
        weight_bits=float(bits),
        looks=len(best),
        azimuths=_azimuths(table.look[best], looks),
        length_m=_median(detections.length_m[best]),
        width_m=_median(detections.width_m[best]),
        first_utc=from_microseconds(int(times_us.min())),
        last_utc=from_microseconds(int(times_us.max())),
        frames=_frames(table.look[heaviest], looks),
    )


def _look_item(kind: EvidenceKind, bits: Bits, numbers: NDArray[np.int64], looks: Looks) -> EvidenceItem:
    """An item drawn from looks as such: its frames are spread evenly over them."""
    known = numbers[looks.time_us[numbers] >= 0]
    spread = numbers[np.unique(np.linspace(0, len(numbers) - 1, BEST_FRAMES).astype(int))]
    return EvidenceItem(
        kind=kind,
        weight_bits=float(bits),
        looks=len(numbers),
        azimuths=_azimuths(numbers, looks),
        first_utc=from_microseconds(int(looks.time_us[known].min())) if known.size else None,
        last_utc=from_microseconds(int(looks.time_us[known].max())) if known.size else None,
        frames=_frames(spread, looks),
    )


def _azimuths(numbers: NDArray[np.int64], looks: Looks) -> int:
    """Distinct known sectors."""
    found = looks.sector[numbers]
    return int(np.count_nonzero(np.bincount(found[found >= 0], minlength=SECTORS)))


def _frames(numbers: NDArray[np.int64], looks: Looks) -> tuple[tuple[SourceId, int], ...]:
    return tuple((SourceId(str(looks.source[n])), int(looks.frame_index[n])) for n in numbers)


def _median(values_m: MetresArray) -> float | None:
    known = values_m[np.isfinite(values_m)]
    return float(np.median(known)) if known.size else None


def _position(
    place: list[SeenObject], detections: DetectionTable, plane: LocalPlane, params: FusionParams
) -> tuple[MetresArray, Position]:
    """The middle of the objects that speak for the place, weighted by their bits, and its error.

    Objects of one place share their looks, so their mean is no better than one of them; what shrinks with
    their number is only how far one object may lie from the middle (place_extent_m).
    """
    weight = np.array([max(thing.total, 0.0) for thing in place])
    weight = weight / weight.sum() if weight.sum() > 0.0 else np.eye(len(place))[0]
    middle_m = sum((w * thing.mean_m for w, thing in zip(weight, place, strict=True)), start=np.zeros(2))
    covariance_m2 = sum(
        (w * thing.covariance_m2 for w, thing in zip(weight, place, strict=True)), start=np.zeros((2, 2))
    )
    covariance_m2 = covariance_m2 + params.place_extent_m**2 * float((weight**2).sum()) * np.eye(2)
    lon_deg, lat_deg = plane.to_degrees(middle_m)
    hae_m = _median(detections.hae_m[place[0].rows])
    (ee, en), (ne, nn) = covariance_m2.tolist()
    return middle_m, Position(
        lon_deg=float(lon_deg),
        lat_deg=float(lat_deg),
        hae_m=hae_m,
        covariance_m2=((ee, en), (ne, nn)),
        ce90_m=circular_error(covariance_m2, probability=0.90),
        le90_m=None,
    )
