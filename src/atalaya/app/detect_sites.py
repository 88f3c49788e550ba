"""One sortie's looks become candidate sites; what was seen and what was not seen both count."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from atalaya.app.context import Context, commit, event, refuse
from atalaya.app.ground import require_ground_of
from atalaya.app.ingest_source import slab_rows
from atalaya.app.look_for_places import Looks, load_detector, look_for_places
from atalaya.app.permission import require_permission
from atalaya.app.ports import Transaction
from atalaya.detection.detector import Detector
from atalaya.detection.reports import vehicles_of
from atalaya.errors import InputError, NotPermittedError
from atalaya.fusion.merge import combine, looked_without_seeing, match_candidates
from atalaya.fusion.params import FusionParams
from atalaya.fusion.sites import fuse
from atalaya.governance.roles import Action
from atalaya.model.custody import Json
from atalaya.model.detection import DetectionTable, TrackTable
from atalaya.model.footprint import FootprintTable
from atalaya.model.frame import FrameTable, TargetTable
from atalaya.model.identifiers import SiteId, SortieId
from atalaya.model.site import Candidate, Site, SiteStatus
from atalaya.model.sortie import Sortie
from atalaya.model.source import SourceRecord
from atalaya.tracking.observations import from_reports
from atalaya.tracking.tracks import TrackingParams, track_vehicles

REPORT_SIGMA_M = 3.0
"""Frame-to-frame scatter of a reported vehicle, one axis, one sigma."""
PROBABLE_FROM = 0.9
"""A candidate seen in several looks becomes `probable` from here."""

type Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectionReport:
    """What one run did.

    Args:
        looks: pictures the detector was shown. detections: what it marked in them.
        proposed, updated: sites that are new, and sites whose candidate was changed.
    """

    sortie_id: SortieId
    detector: str
    sources: int
    looks: int
    detections: int
    unpaired: int
    proposed: tuple[SiteId, ...]
    updated: tuple[SiteId, ...]


def detect_sites(
    context: Context,
    sortie_id: SortieId,
    *,
    detector_name: str = "local-anomaly",
    params: FusionParams | None = None,
    progress: Progress = lambda _what, _done, _total: None,
) -> DetectionReport:
    """Show the sortie's pictures to a detector, fuse its marks and propose sites.

    The same sortie again gives the same sites: places known from this sortie alone are worked out anew,
    places that other sorties have seen as well are left as they are.

    Args:
        context: the opened workspace and its actor.
        sortie_id: whose kept sources are looked at.
        detector_name: entry point of an installed detector.
        params: of the fusion.
        progress: told what is going on.

    Raises:
        NotPermittedError: the role may not, or the charter refuses the detector; on the record.
        NotFoundError: no such sortie or detector.
        InputError: nothing of the sortie has pictures that could be placed, or the terrain is another now.
        ExternalError: disk or database failed.
    """
    require_permission(context, Action.DETECT, sortie_id)
    with context.store.transaction() as step:
        step.get(Sortie, sortie_id)
        sources = step.find(SourceRecord, sortie_id=sortie_id)
    for source in sources:
        require_ground_of(context, source)
    try:
        detector = load_detector(detector_name)
    except NotPermittedError as refusal:
        refuse(context, "detection.refuse", sortie_id, [str(refusal)])
    named = f"{detector.name} {detector.version}"
    begun: dict[str, Json] = {"detector": named, "sources": [source.source_id for source in sources]}
    commit(context, Action.DETECT, sortie_id, begun, lambda _: None)
    looked = _look(context, sources, detector, progress)
    if not looked:
        raise InputError(f"no source of sortie {sortie_id} has pictures that could be placed on the ground")
    fused_from = params or FusionParams()
    progress("fuse", 0, 1)
    candidates = _fuse(looked, fused_from)
    synthetic = any(source.synthetic for source, _ in looked)
    proposed, updated = _propose(context, sortie_id, candidates, looked, fused_from, synthetic=synthetic)
    progress("fuse", 1, 1)
    return DetectionReport(
        sortie_id=sortie_id,
        detector=named,
        sources=len(looked),
        looks=sum(len(looks.footprints) for _, looks in looked),
        detections=sum(len(looks.detections) for _, looks in looked),
        unpaired=sum(looks.unpaired for _, looks in looked),
        proposed=proposed,
        updated=updated,
    )


def _look(
    context: Context, sources: tuple[SourceRecord, ...], detector: Detector, progress: Progress
) -> list[tuple[SourceRecord, Looks]]:
    looked: list[tuple[SourceRecord, Looks]] = []
    for source in sources:
        looks = look_for_places(context, source, detector, lambda done, total: progress("look", done, total))
        if looks is None:
            continue
        looks = _with_vehicles(context, source, looks)
        looked.append((source, looks))
    return looked


def _with_vehicles(context: Context, source: SourceRecord, looks: Looks) -> Looks:
    """Add what the stream itself reports to move, and keep detections and tracks."""
    sortie_id, source_id = source.sortie_id, source.source_id
    detections = looks.detections
    if context.lake.has(TargetTable, sortie_id, source_id):
        reports = context.lake.read(TargetTable, sortie_id, source_id)
        frames = context.lake.read(FrameTable, sortie_id, source_id)
        vehicles = vehicles_of(reports, looks.footprints, first_index=len(detections))
        detections = DetectionTable.concatenate([detections, vehicles])
        followed = from_reports(reports, frames, sigma_m=REPORT_SIGMA_M)
        _keep(context, source, track_vehicles(followed, TrackingParams()))
    _keep(context, source, detections)
    return replace(looks, detections=detections)


def _keep(context: Context, source: SourceRecord, table: DetectionTable | TrackTable) -> None:
    """In place of what an earlier run kept: its slabs may be more, or of another detector."""
    context.lake.clear(type(table), source.sortie_id, source.source_id)
    for slab, rows in enumerate(slab_rows(table.time_us, context.settings.slab_s)):
        context.lake.write(source.sortie_id, source.source_id, slab, table.take(rows))


def _fuse(looked: list[tuple[SourceRecord, Looks]], params: FusionParams) -> tuple[Candidate, ...]:
    def sources_of(lengths: list[int]) -> np.ndarray[tuple[int], np.dtype[np.str_]]:
        return np.repeat(np.array([source.source_id for source, _ in looked], dtype=np.str_), lengths)

    return fuse(
        DetectionTable.concatenate([looks.detections for _, looks in looked]),
        FootprintTable.concatenate([looks.footprints for _, looks in looked]),
        detection_sources=sources_of([len(looks.detections) for _, looks in looked]),
        footprint_sources=sources_of([len(looks.footprints) for _, looks in looked]),
        params=params,
    )


def _propose(
    context: Context,
    sortie_id: SortieId,
    candidates: tuple[Candidate, ...],
    looked: list[tuple[SourceRecord, Looks]],
    params: FusionParams,
    *,
    synthetic: bool,
) -> tuple[tuple[SiteId, ...], tuple[SiteId, ...]]:
    """Match with what is known and store, one entry before each site; all of it or nothing."""
    footprints = FootprintTable.concatenate([looks.footprints for _, looks in looked])
    proposed: list[SiteId] = []
    updated: list[SiteId] = []
    with context.store.transaction() as step:
        known = tuple(site for site in step.find(Site) if site.synthetic == synthetic)
        matching = match_candidates([site.candidate for site in known], candidates, params)
        for index, candidate_index in matching.pairs:
            site = known[index]
            candidate = candidates[candidate_index]
            if site.sorties == (sortie_id,):
                _update(context, step, site, candidate, sortie_id, updated)
            elif sortie_id not in site.sorties:
                _update(context, step, site, combine(site.candidate, candidate, params), sortie_id, updated)
        for index in matching.unseen:
            site = known[index]
            if sortie_id not in site.sorties:
                after = looked_without_seeing(site.candidate, footprints, params)
                if after != site.candidate:
                    _update(context, step, site, after, sortie_id, updated)
        for candidate_index in matching.new:
            site = Site(
                site_id=SiteId(context.mint("SIT")),
                status=_proposed_status(candidates[candidate_index]),
                candidate=candidates[candidate_index],
                sorties=(sortie_id,),
                synthetic=synthetic,
                proposed_utc=context.now(),
            )
            step.record(event(context, Action.FUSE, site.site_id, _facts(site, sortie_id)))
            step.add(site)
            proposed.append(site.site_id)
    return tuple(proposed), tuple(updated)


def _update(
    context: Context,
    step: Transaction,
    site: Site,
    candidate: Candidate,
    sortie_id: SortieId,
    updated: list[SiteId],
) -> None:
    """Put the newer candidate in the site; a status that a person gave is not touched."""
    own = site.status in (SiteStatus.CANDIDATE, SiteStatus.PROBABLE)
    newer = replace(
        site,
        candidate=candidate,
        status=_proposed_status(candidate) if own else site.status,
        sorties=site.sorties if sortie_id in site.sorties else (*site.sorties, sortie_id),
    )
    if newer == site:
        return
    step.record(event(context, "site.update", site.site_id, _facts(newer, sortie_id)))
    step.replace(newer)
    updated.append(site.site_id)


def _proposed_status(candidate: Candidate) -> SiteStatus:
    several = candidate.looks_seen >= 2 and candidate.probability >= PROBABLE_FROM
    return SiteStatus.PROBABLE if several else SiteStatus.CANDIDATE


def _facts(site: Site, sortie_id: SortieId) -> dict[str, Json]:
    """No position stands in the ledger: a recipient from whom it is withheld may still read the entry."""
    candidate = site.candidate
    return {
        "sortie_id": sortie_id,
        "status": site.status.value,
        "probability": round(candidate.probability, 6),
        "ce90_m": round(candidate.position.ce90_m, 2),
        "looks_seen": candidate.looks_seen,
        "looks_possible": candidate.looks_possible,
        "synthetic": site.synthetic,
    }
