"""The workbench's read model over a real workspace, and its reviews as the use case records them."""

import threading
from collections.abc import Callable, Hashable
from dataclasses import replace
from pathlib import Path

import numpy as np
from shapely import MultiPolygon, Polygon

from atalaya.app.bilingual import Bilingual
from atalaya.app.calibrations import CALIBRATION
from atalaya.app.context import Context
from atalaya.app.ground import TERRAIN_FOLDER
from atalaya.app.ingest_source import problems_of, summary_of
from atalaya.app.look_for_places import ground_of_source
from atalaya.app.playable_video import PlayableVideo, playable_video
from atalaya.app.show_stream import StreamViewer
from atalaya.app.sites import list_sites, review_site, show_site
from atalaya.app.stream_views import MetadataSet, StreamFinding, StreamView, source_health
from atalaya.app.terrain_shelf import TerrainShelf
from atalaya.app.terrain_tiles import TerrainTiles, TileKind
from atalaya.app.workbench import (
    Coverage,
    EvidenceView,
    SitePixels,
    SiteView,
    SourceView,
    Timeline,
    look_of,
    time_span_us,
)
from atalaya.app.workbench_tables import covered, joined, no_detections, no_pixels
from atalaya.dossier.assemble import best_frames
from atalaya.dossier.language import Text
from atalaya.dossier.sentences import evidence_sentence
from atalaya.dossier.wording import against
from atalaya.errors import AtalayaError, NotFoundError
from atalaya.georeg.camera import project
from atalaya.io.video import VideoFacts, video_facts
from atalaya.model.actor import Actor
from atalaya.model.custody import TreeHead
from atalaya.model.detection import DetectionTable
from atalaya.model.footprint import FootprintTable
from atalaya.model.frame import FrameTable
from atalaya.model.identifiers import SiteId, SourceId
from atalaya.model.problem import Problem
from atalaya.model.site import Site, SiteStatus
from atalaya.model.sortie import Sortie
from atalaya.model.source import SourceRecord

MOST_LOOKS = 8
"""Looks of one site that are offered to go to."""


class WorkspaceReader:
    """Satisfies `app.workbench.WorkbenchReader`; what a source shows never changes and is worked out once.

    Args:
        context: the opened workspace and who serves it.
    """

    __slots__ = ("_context", "_held", "_lock", "_terrain", "_viewer")

    def __init__(self, context: Context) -> None:
        self._context = context
        self._viewer = StreamViewer(context)
        self._terrain = TerrainShelf(context.settings.workspace / TERRAIN_FOLDER)
        self._held: dict[Hashable, object] = {}
        self._lock = threading.RLock()

    def sorties(self) -> tuple[Sortie, ...]:
        """All sorties, newest first.

        Raises:
            ExternalError: the store cannot be read.
        """
        with self._context.store.transaction() as step:
            found = step.find(Sortie)
        return tuple(sorted(found, key=lambda it: it.opened_utc, reverse=True))

    def sources(self) -> tuple[SourceView, ...]:
        """Each original once, in the order of ingest; of one under several sorties, the ingest kept most.

        Raises:
            ExternalError: the store cannot be read.
        """
        return tuple(self._view(record) for record in self._records().values())

    def timeline(self, source: SourceId) -> Timeline:
        """Where each of its frames looks.

        Raises:
            NotFoundError: no such source.
            ExternalError: the lake cannot be read.
        """
        return self._timeline(self._record(source))

    def stream(self, source: SourceId) -> StreamView:
        """How its metadata stream is as a whole.

        Raises:
            NotFoundError: no such source, or nothing of it was kept.
            ExternalError: it cannot be read.
        """
        return self._viewer.stream(self._record(source))

    def metadata(
        self, source: SourceId, *, pts_s: float | None, frame_index: int | None
    ) -> tuple[MetadataSet, ...]:
        """What the stream says at one picture.

        Raises:
            NotFoundError: no such source, or nothing of it was kept.
            InputError: neither a time nor a frame was said, or both.
            ExternalError: it cannot be read.
        """
        return self._viewer.metadata(self._record(source), pts_s=pts_s, frame_index=frame_index)

    def detections(self, source: SourceId, first_frame: int, last_frame: int) -> DetectionTable:
        """Detections in its frames first..last.

        Raises:
            NotFoundError: no such source.
            ExternalError: the lake cannot be read.
        """
        record, lake = self._record(source), self._context.lake
        if not lake.has(DetectionTable, record.sortie_id, source):
            return no_detections()
        table = lake.read(DetectionTable, record.sortie_id, source)
        return table.take((table.frame_index >= first_frame) & (table.frame_index <= last_frame))

    def video(self, source: SourceId) -> Path:
        """The playable copy.

        Raises:
            NotFoundError: no such source, or none with pictures.
            InputError: no picture in it can be decoded.
            ExternalError: it could not be made or read.
        """
        found = self._playable(self._record(source))
        if found is None:
            raise NotFoundError(f"source {source} has no pictures")
        return self._context.vault.path(found.content)

    def coverage(self) -> tuple[Coverage, ...]:
        """What was looked at, by source.

        Raises:
            ExternalError: store or lake cannot be read.
        """
        areas = ((record.source_id, self._covered(record)) for record in self._records().values())
        return tuple(Coverage(source_id=source, area=area) for source, area in areas if area is not None)

    def sites(self) -> tuple[Site, ...]:
        """All sites, the most probable first.

        Raises:
            ExternalError: the store cannot be read.
        """
        return list_sites(self._context)

    def site(self, site: SiteId) -> SiteView:
        """One site with its evidence in words.

        Raises:
            NotFoundError: no such site.
            ExternalError: store or lake cannot be read.
        """
        found = show_site(self._context, site)
        candidate = found.candidate
        frames = best_frames(candidate.evidence, MOST_LOOKS)
        return SiteView(
            site=found,
            probability_against=_bilingual(against(candidate.probability_against)),
            evidence=tuple(
                EvidenceView(
                    kind=item.kind,
                    weight_bits=item.weight_bits,
                    looks=item.looks,
                    azimuths=item.azimuths,
                    wording=_bilingual(evidence_sentence(item)),
                )
                for item in candidate.evidence
            ),
            looks=tuple(look_of(self.timeline(source), source, frame) for source, frame in frames),
        )

    def site_pixels(self, site: SiteId, source: SourceId) -> SitePixels:
        """Where it lies in the pictures of that source; whether something stands before it is not asked.

        Raises:
            NotFoundError: no such site or source.
            InputError: the ground the source was placed on is gone.
            ExternalError: store or lake cannot be read.
        """
        record = self._record(source)
        found, facts = show_site(self._context, site), self._facts(record)
        if facts is None or not self._context.lake.has(FrameTable, record.sortie_id, source):
            return no_pixels()
        frames = self._context.lake.read(FrameTable, record.sortie_id, source)
        return self._projected(found, record, frames, (facts.width_px, facts.height_px))

    def terrain(self) -> TerrainTiles | None:
        """The pyramid over the terrain; None where the workspace has none or one declared height.

        Raises:
            InputError: the terrain is damaged. ExternalError: it cannot be read.
        """
        return self._terrain.tiles()

    def terrain_tile(self, kind: TileKind, zoom: int, column: int, row: int) -> bytes:
        """A PNG of heights, or of where none is known.

        Raises:
            NotFoundError: no terrain, no such tile, or none of the terrain in it.
            InputError: the terrain is damaged. ExternalError: it cannot be read.
        """
        return self._terrain.tile(kind, zoom, column, row)

    def ledger_size(self) -> int:
        """Entries in the ledger now.

        Raises:
            ExternalError: the store cannot be read.
        """
        with self._context.store.transaction() as step:
            return step.ledger_size()

    def head(self) -> TreeHead | None:
        """The newest signed head.

        Raises:
            ExternalError: the store cannot be read.
        """
        with self._context.store.transaction() as step:
            return max(step.heads(), key=lambda it: (it.size, it.at_utc), default=None)

    def _records(self) -> dict[SourceId, SourceRecord]:
        with self._context.store.transaction() as step:
            found = step.find(SourceRecord)
        chosen: dict[SourceId, SourceRecord] = {}
        for record in found:
            held = chosen.get(record.source_id)
            if held is None or record.frames_kept > held.frames_kept:
                chosen[record.source_id] = record
        return chosen

    def _record(self, source: SourceId) -> SourceRecord:
        record = self._records().get(source)
        if record is None:
            raise NotFoundError(f"no source {source}")
        return record

    def _view(self, record: SourceRecord) -> SourceView:
        timeline, problems = self._timeline(record), problems_of(self._context, record)
        playable: PlayableVideo | None = None
        facts: VideoFacts | None = None
        try:
            playable, facts = self._playable(record), self._facts(record)
        except AtalayaError as error:  # the rest of the source is still worth seeing
            problems = (*problems, Problem(code="video-not-playable", message=str(error)))
        first_us, last_us = time_span_us(timeline.time_us)
        return SourceView(
            record=record,
            from_us=first_us,
            until_us=last_us,
            frames=len(timeline),
            video_start_pts_s=None if playable is None else playable.start_pts_s,
            video_width_px=None if facts is None else facts.width_px,
            video_height_px=None if facts is None else facts.height_px,
            problems=problems,
            health=source_health(record, problems, self._findings(record)),
        )

    def _findings(self, record: SourceRecord) -> tuple[StreamFinding, ...]:
        def make() -> tuple[StreamFinding, ...]:
            summary = summary_of(self._context, record)
            return () if summary is None else summary.findings

        return self._once(("findings", *_key(record)), make)

    def _timeline(self, record: SourceRecord) -> Timeline:
        def make() -> Timeline:
            lake = self._context.lake
            if not lake.has(FrameTable, record.sortie_id, record.source_id):
                return joined(None, None)
            frames = lake.read(FrameTable, record.sortie_id, record.source_id)
            placed = lake.has(FootprintTable, record.sortie_id, record.source_id)
            table = lake.read(FootprintTable, record.sortie_id, record.source_id) if placed else None
            return joined(frames, table)

        return self._once(("timeline", *_key(record)), make)

    def _playable(self, record: SourceRecord) -> PlayableVideo | None:
        return self._once(("playable", *_key(record)), lambda: playable_video(self._context, record))

    def _facts(self, record: SourceRecord) -> VideoFacts | None:
        kept = record.kept
        if kept is None or not record.has_video:
            return None
        return self._once(("facts", kept), lambda: video_facts(self._context.vault.path(kept)))

    def _covered(self, record: SourceRecord) -> Polygon | MultiPolygon | None:
        return self._once(("coverage", *_key(record)), lambda: covered(self._timeline(record)))

    def _projected(
        self, site: Site, record: SourceRecord, frames: FrameTable, size_px: tuple[int, int]
    ) -> SitePixels:
        position, ground = site.candidate.position, ground_of_source(self._context, record)
        lon_deg, lat_deg = (np.full(len(frames), it) for it in (position.lon_deg, position.lat_deg))
        hae_m = (
            ground.terrain.height_hae_m(lon_deg, lat_deg)
            if position.hae_m is None
            else np.full(len(frames), position.hae_m)
        )
        x_px, y_px = project(ground.poses_of(frames), lon_deg, lat_deg, hae_m, *size_px, lens=ground.lens)
        gsd_m = self._timeline(record).gsd_m
        inside = (x_px >= -0.5) & (x_px <= size_px[0] - 0.5) & (y_px >= -0.5) & (y_px <= size_px[1] - 0.5)
        inside &= np.isfinite(gsd_m)
        return SitePixels(
            frame_index=frames.frame_index[inside],
            x_px=x_px[inside],
            y_px=y_px[inside],
            radius_px=position.ce90_m / gsd_m[inside],
        )

    def _once[T](self, key: Hashable, make: Callable[[], T]) -> T:
        with self._lock:
            if key not in self._held:
                self._held[key] = make()
            return self._held[key]  # type: ignore[return-value]  # each key is only ever used with one T


class WorkspaceReviewer:
    """Satisfies `app.workbench.SiteReviewer` through the use case that the command line uses too."""

    __slots__ = ("_context",)

    def __init__(self, context: Context) -> None:
        self._context = context

    def review(self, actor: Actor, site: SiteId, status: SiteStatus, reason: str) -> Site:
        """Record one decision.

        Raises:
            NotPermittedError: the role does not review; the refusal is on the record.
            NotFoundError: no such site. InputError: no reason, or a status no person sets.
            ExternalError: it cannot be recorded; then nothing happens.
        """
        return review_site(replace(self._context, actor=actor), site, status, reason)


def _key(record: SourceRecord) -> tuple[Hashable, ...]:
    """A source that was taken in again after a stop, or whose pose was corrected, is worked out again."""
    correction = record.ground.get(CALIBRATION)
    return record.source_id, record.sortie_id, record.ingested_utc, record.frames_kept, str(correction)


def _bilingual(text: Text) -> Bilingual:
    return Bilingual(en=text.en, es=text.es)
