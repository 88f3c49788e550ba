"""Detections of many looks to candidate sites, each with its place, its error, its odds and its reasons.

    log2 odds = prior + what the strongest object of the place shows, look after look
                      + what its neighbours add + vehicles near - looks that should have shown it and did not

All terms are bits and every one is an EvidenceItem, so the items of a candidate add up to its odds.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from atalaya.errors import InputError
from atalaya.fusion.association import associate
from atalaya.fusion.candidates import candidate_of
from atalaya.fusion.coverage import Looks, looks_of, sectors
from atalaya.fusion.evidence import KIND_OF_EVIDENCE, Rows, SeenObject, see
from atalaya.fusion.odds import log2_odds_of
from atalaya.fusion.overlay import fixed_to_the_picture
from atalaya.fusion.params import FusionParams
from atalaya.geo.local_plane import LocalPlane, plane_about
from atalaya.model.detection import DetectionKind, DetectionTable
from atalaya.model.footprint import FootprintTable
from atalaya.model.site import Candidate
from atalaya.units import Bits


def fuse(
    detections: DetectionTable,
    footprints: FootprintTable,
    *,
    detection_sources: NDArray[np.str_],
    footprint_sources: NDArray[np.str_],
    params: FusionParams,
) -> tuple[Candidate, ...]:
    """The candidate sites of one sortie, most probable first.

    Detections without a place, a time or a positive covariance are left out, and so is what is burned into
    the picture: it recurs at one pixel while the ground moves. What is left out weighs nothing either way.

    Args:
        detections: (N,) of all sources of the sortie.
        footprints: (M,) one row per frame that the detector looked at, also those in which it found nothing:
            they are what "looked and did not see" is drawn from.
        detection_sources: (N,) SourceId of each detection.
        footprint_sources: (M,) SourceId of each footprint row.
        params: see FusionParams.

    Raises:
        InputError: sources that do not go with their table, or a kind of detection that does not exist.
    """
    if len(detection_sources) != len(detections) or len(footprint_sources) != len(footprints):
        raise InputError(
            f"wanted {len(detections)} and {len(footprints)} sources, "
            f"got {len(detection_sources)} and {len(footprint_sources)}"
        )
    strange = set(detections.kind.tolist()) - {kind.value for kind in DetectionKind}
    if strange:
        raise InputError(f"no such kind of detection: {sorted(strange)}")
    usable = _usable(detections)
    plane = plane_about(detections.lon_deg[usable], detections.lat_deg[usable])
    usable[usable] = _on_the_ground(detections.take(usable), detection_sources[usable], plane)
    detections, detection_sources = detections.take(usable), detection_sources[usable]
    if len(detections) == 0:
        return ()
    looks, look = _number_looks(detections, detection_sources, footprints, footprint_sources, plane)
    table = Rows(
        points_m=plane.to_metres(detections.lon_deg, detections.lat_deg),
        covariance_m2=detections.covariance_m2,
        look=look,
        kind=detections.kind,
        weight_bits=detections.weight_bits,
    )
    found: list[tuple[Bits, Candidate]] = []
    for place in _places(_objects(table, looks, params), params):
        bits, candidate = candidate_of(place, table, detections, looks, plane, params)
        if bits >= _bar(candidate.looks_seen, params):
            found.append((bits, candidate))
    return tuple(candidate for _, candidate in sorted(found, key=lambda pair: -pair[0]))


def _usable(detections: DetectionTable) -> NDArray[np.bool_]:
    covariance = detections.covariance_m2
    determinant = covariance[:, 0, 0] * covariance[:, 1, 1] - covariance[:, 0, 1] * covariance[:, 1, 0]
    known = np.isfinite(detections.lon_deg + detections.lat_deg + detections.weight_bits)
    usable: NDArray[np.bool_] = known & (covariance[:, 0, 0] > 0.0) & (determinant > 0.0)
    return usable & (detections.time_us >= 0)


def _on_the_ground(
    detections: DetectionTable, sources: NDArray[np.str_], plane: LocalPlane
) -> NDArray[np.bool_]:
    """(N,) False for what is burned into the pictures of its source."""
    points_m = plane.to_metres(detections.lon_deg, detections.lat_deg)
    pixels = np.stack([detections.x_px, detections.y_px], axis=-1)
    kept = np.ones(len(detections), dtype=np.bool_)
    for source in np.unique(sources):
        rows = np.flatnonzero((sources == source) & np.isfinite(pixels).all(axis=1))
        kept[rows] = ~fixed_to_the_picture(pixels[rows], points_m[rows], detections.frame_index[rows])
    return kept


def _number_looks(
    detections: DetectionTable,
    detection_sources: NDArray[np.str_],
    footprints: FootprintTable,
    footprint_sources: NDArray[np.str_],
    plane: LocalPlane,
) -> tuple[Looks, NDArray[np.int64]]:
    """Every look in the order of time, and for each detection the number of its look.

    A frame with detections and without a footprint row is a look that covers nothing but what it showed.
    """
    known = looks_of(footprints, footprint_sources, plane)
    have = set(_keys(known.source, known.frame_index))
    keys = _keys(detection_sources, detections.frame_index)
    first = {key: row for row, key in reversed(list(enumerate(keys))) if key not in have}
    rows = np.array(sorted(first.values()), dtype=np.intp)
    unknown = Looks(
        source=detection_sources[rows],
        frame_index=detections.frame_index[rows],
        time_us=detections.time_us[rows],
        corners_m=np.full((len(rows), 4, 2), np.nan),
        sector=sectors(detections.look_azimuth_deg[rows]),
    )
    looks = Looks.concatenate([known, unknown])
    looks = looks.take(np.argsort(looks.time_us, kind="stable"))
    number = {key: index for index, key in enumerate(_keys(looks.source, looks.frame_index))}
    return looks, np.array([number[key] for key in keys], dtype=np.int64)


def _keys(sources: NDArray[np.str_], frame_index: NDArray[np.int64]) -> list[tuple[str, int]]:
    return list(zip(sources.tolist(), frame_index.tolist(), strict=True))


def _objects(table: Rows, looks: Looks, params: FusionParams) -> list[SeenObject]:
    """Everything on the ground that is no vehicle, strongest first."""
    rows = np.flatnonzero(np.isin(table.kind, list(KIND_OF_EVIDENCE)))
    groups = associate(table.points_m[rows], table.covariance_m2[rows], table.look[rows], params)
    objects = [see(rows[group], table, looks, params) for group in groups]
    return sorted(objects, key=lambda thing: -thing.total)


def _places(objects: Sequence[SeenObject], params: FusionParams) -> Iterable[list[SeenObject]]:
    """Each object with those near it that no stronger place has claimed; the strongest comes first."""
    means_m = np.array([thing.mean_m for thing in objects]).reshape(len(objects), 2)
    free = np.ones(len(objects), dtype=np.bool_)
    for index in range(len(objects)):
        if not free[index]:
            continue
        distance_m = np.linalg.norm(means_m - means_m[index], axis=1)
        members = np.flatnonzero(free & (distance_m <= params.place_radius_m)).tolist()
        free[members] = False
        yield [objects[index], *(objects[member] for member in members if member != index)]


def _bar(looks_seen: int, params: FusionParams) -> Bits:
    """Log2 odds that a candidate must reach; higher for one that a single look showed."""
    alone = params.single_look_bits if looks_seen <= 1 else 0.0
    return log2_odds_of(params.report_probability) + alone
