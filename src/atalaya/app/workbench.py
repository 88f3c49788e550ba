"""What the workbench asks of a workspace: its read model, and the two ports the page is served from."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from atalaya.app.bilingual import Bilingual
from atalaya.app.stream_views import MetadataSet, StreamHealth, StreamView
from atalaya.app.terrain_tiles import TerrainTiles, TileKind
from atalaya.model.actor import Actor
from atalaya.model.columns import Columns
from atalaya.model.custody import TreeHead
from atalaya.model.detection import DetectionTable
from atalaya.model.identifiers import SiteId, SourceId
from atalaya.model.problem import Problem
from atalaya.model.site import EvidenceKind, Site, SiteStatus
from atalaya.model.sortie import Sortie
from atalaya.model.source import SourceRecord
from atalaya.units import DegreesArray, MetresArray, MicrosecondsArray


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceView:
    """One original and what the page needs to play it.

    Args:
        from_us, until_us: first and last known frame time; None where no time is known.
        frames: rows of its timeline.
        video_start_pts_s: presentation time of the first picture of the playable video, in the clock of
            the timeline's `pts_s`; None where there is no video.
        video_width_px, video_height_px: size of the pictures that detections are measured in.
        problems: what was wrong with the source, in the order it was met.
        health: of its metadata stream, at a glance.
    """

    record: SourceRecord
    from_us: int | None
    until_us: int | None
    frames: int
    video_start_pts_s: float | None
    video_width_px: int | None
    video_height_px: int | None
    problems: tuple[Problem, ...]
    health: StreamHealth


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline(Columns):
    """Where each frame of one source looks, N first, in the order of time; NaN where unknown.

    Args:
        frame_index, time_us, pts_s: as in the FrameTable.
        corner_lon_deg, corner_lat_deg: (N, 4) footprint, upper left, upper right, lower right, lower left.
        sensor_lon_deg, sensor_lat_deg: (N,) where the aircraft was.
        centre_lon_deg, centre_lat_deg: (N,) where the optical axis meets the ground.
        centre_covariance_m2: (N, 2, 2) east/north [m2]. ce90_m: (N,).
        hfov_deg, slant_range_m, gsd_m, look_azimuth_deg: (N,).
    """

    frame_index: NDArray[np.int64]
    time_us: MicrosecondsArray
    pts_s: NDArray[np.float64]
    corner_lon_deg: DegreesArray
    corner_lat_deg: DegreesArray
    sensor_lon_deg: DegreesArray
    sensor_lat_deg: DegreesArray
    centre_lon_deg: DegreesArray
    centre_lat_deg: DegreesArray
    centre_covariance_m2: NDArray[np.float64]
    ce90_m: MetresArray
    hfov_deg: DegreesArray
    slant_range_m: MetresArray
    gsd_m: MetresArray
    look_azimuth_deg: DegreesArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The ground one source has looked at, simplified for the map; lon, lat [deg]."""

    source_id: SourceId
    area: Polygon | MultiPolygon


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One frame that shows a site well; `pts_s` None where the source has no picture for it."""

    source_id: SourceId
    frame_index: int
    time_us: int | None
    pts_s: float | None
    look_azimuth_deg: float | None
    slant_range_m: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceView:
    """One reason for or against, in words."""

    kind: EvidenceKind
    weight_bits: float
    looks: int
    azimuths: int
    wording: Bilingual


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteView:
    """One site and everything its panel shows.

    Args:
        probability_against: what the probability is stated against.
        evidence: in the order it is told, the prior first.
        looks: best first.
    """

    site: Site
    probability_against: Bilingual
    evidence: tuple[EvidenceView, ...]
    looks: tuple[Look, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePixels(Columns):
    """Where one site lies in the pictures of one source; only frames that show it, N first.

    Args:
        frame_index: (N,) as in the FrameTable.
        x_px, y_px: (N,) column and row from 0 at the centre of the upper left pixel.
        radius_px: (N,) its CE90 in the picture.
    """

    frame_index: NDArray[np.int64]
    x_px: NDArray[np.float64]
    y_px: NDArray[np.float64]
    radius_px: NDArray[np.float64]


class WorkbenchReader(Protocol):
    """What the page reads; called from several threads at once.

    Every method may raise ExternalError where the workspace cannot be read.
    """

    def sorties(self) -> tuple[Sortie, ...]:
        """All sorties, newest first."""
        ...

    def sources(self) -> tuple[SourceView, ...]:
        """All sources of all sorties, in the order of ingest."""
        ...

    def timeline(self, source: SourceId) -> Timeline:
        """Where each of its frames looks; empty where nothing could be georegistered.

        Raises:
            NotFoundError: no such source.
        """
        ...

    def stream(self, source: SourceId) -> StreamView:
        """How its metadata stream is as a whole: health, what was recovered, findings, time.

        Raises:
            NotFoundError: no such source, or nothing of it was kept.
        """
        ...

    def metadata(
        self, source: SourceId, *, pts_s: float | None, frame_index: int | None
    ) -> tuple[MetadataSet, ...]:
        """What the stream says at one picture, set by set; empty before its first packet.

        Args:
            source: which one.
            pts_s: the picture's time on the stream's own clock [s], or None.
            frame_index: as in the timeline, where there is no such time, or None.

        Raises:
            NotFoundError: no such source, or nothing of it was kept.
        """
        ...

    def detections(self, source: SourceId, first_frame: int, last_frame: int) -> DetectionTable:
        """Detections in its frames first..last, both included.

        Raises:
            NotFoundError: no such source.
        """
        ...

    def video(self, source: SourceId) -> Path:
        """A file a browser can play: MP4, H.264, index at the front.

        Raises:
            NotFoundError: no such source, or one without pictures.
        """
        ...

    def coverage(self) -> tuple[Coverage, ...]:
        """What was looked at, by source."""
        ...

    def sites(self) -> tuple[Site, ...]:
        """All sites, the most probable first."""
        ...

    def site(self, site: SiteId) -> SiteView:
        """One site with its evidence in words.

        Raises:
            NotFoundError: no such site.
        """
        ...

    def site_pixels(self, site: SiteId, source: SourceId) -> SitePixels:
        """Where it lies in the pictures of that source; empty where that is not known.

        Raises:
            NotFoundError: no such site or source.
        """
        ...

    def terrain(self) -> TerrainTiles | None:
        """The pyramid over the workspace's terrain, or None where it has none or one declared height."""
        ...

    def terrain_tile(self, kind: TileKind, zoom: int, column: int, row: int) -> bytes:
        """A PNG of heights, or of where none is known.

        Raises:
            NotFoundError: no terrain, no such tile, or none of the terrain in it.
        """
        ...

    def ledger_size(self) -> int:
        """Entries in the ledger now; those after the newest head are not signed yet."""
        ...

    def head(self) -> TreeHead | None:
        """The newest signed head of the ledger; None before the first."""
        ...


class SiteReviewer(Protocol):
    """The one thing the page may change; the audit entry is written before the effect."""

    def review(self, actor: Actor, site: SiteId, status: SiteStatus, reason: str) -> Site:
        """A person decides about one site.

        Raises:
            NotFoundError: no such site. InputError: no reason, or a status no person sets.
            NotPermittedError: this role may not. ExternalError: it cannot be recorded.
        """
        ...


def error_ellipse(covariance_m2: NDArray[np.float64]) -> tuple[float, float, float] | None:
    """The ellipse that holds the true point with probability 0.90.

    Args:
        covariance_m2: (2, 2) east/north covariance [m2].

    Returns:
        Semi-major axis [m], semi-minor axis [m], azimuth of the major axis clockwise from north, 0 to
        180 [deg]; None where the covariance is unknown or not positive definite.

    Source: bivariate normal; the 0.90 quantile of chi-square with two degrees of freedom is -2 ln 0.1.
    """
    if not np.isfinite(covariance_m2).all():
        return None
    variances_m2, axes = np.linalg.eigh(covariance_m2)
    if variances_m2[0] <= 0.0:
        return None
    minor_m, major_m = np.sqrt(-2.0 * np.log(0.1) * variances_m2).tolist()
    east, north = axes[:, 1].tolist()
    return major_m, minor_m, float(np.degrees(np.arctan2(east, north)) % 180.0)


def time_span_us(frames: MicrosecondsArray) -> tuple[int | None, int | None]:
    """First and last known instant; unknown times are negative."""
    known = frames[frames >= 0]
    return (int(known.min()), int(known.max())) if known.size else (None, None)


def look_of(timeline: Timeline, source: SourceId, frame_index: int) -> Look:
    """One look with what the timeline knows of its frame; unknown parts are None."""
    rows = np.flatnonzero(timeline.frame_index == frame_index)
    if not rows.size:
        return Look(
            source_id=source,
            frame_index=frame_index,
            time_us=None,
            pts_s=None,
            look_azimuth_deg=None,
            slant_range_m=None,
        )
    row = int(rows[0])
    time_us = int(timeline.time_us[row])
    return Look(
        source_id=source,
        frame_index=frame_index,
        time_us=time_us if time_us >= 0 else None,
        pts_s=_known(timeline.pts_s[row]),
        look_azimuth_deg=_known(timeline.look_azimuth_deg[row]),
        slant_range_m=_known(timeline.slant_range_m[row]),
    )


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
