"""Read model to wire: unknown becomes null, never a number."""

import math
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from atalaya.app.source_warnings import warnings_of
from atalaya.app.terrain_tiles import TerrainTiles
from atalaya.app.workbench import (
    Coverage,
    Look,
    SitePixels,
    SiteView,
    SourceView,
    Timeline,
    error_ellipse,
)
from atalaya.model.custody import TreeHead
from atalaya.model.detection import DetectionTable
from atalaya.model.ground import Position
from atalaya.model.instants import isoformat_z
from atalaya.model.site import Review, Site
from atalaya.model.sortie import Sortie
from atalaya.web import wire
from atalaya.web.wire_base import Text

if TYPE_CHECKING:
    from collections.abc import Sequence


def known(value: float | None) -> float | None:
    """The number, or None where it is absent, NaN or infinite."""
    return float(value) if value is not None and math.isfinite(value) else None


def sortie_wire(sortie: Sortie) -> wire.SortieWire:
    """One flight."""
    return wire.SortieWire(
        sortie_id=sortie.sortie_id,
        authority_id=sortie.authority_id,
        platform_pseudonym=sortie.platform_pseudonym,
        requesting_agency=sortie.requesting_agency,
        supported_partner=sortie.supported_partner,
        status=sortie.status.value,
        from_utc=isoformat_z(sortie.window_from_utc),
        until_utc=isoformat_z(sortie.window_until_utc),
    )


def source_wire(view: SourceView) -> wire.SourceWire:
    """One original."""
    record = view.record
    return wire.SourceWire(
        source_id=record.source_id,
        sortie_id=record.sortie_id,
        name=record.name,
        format=record.format.value,
        synthetic=record.synthetic,
        has_video=record.has_video and view.video_start_pts_s is not None,
        frames=view.frames,
        from_us=view.from_us,
        until_us=view.until_us,
        video_start_pts_s=known(view.video_start_pts_s),
        video_width_px=view.video_width_px,
        video_height_px=view.video_height_px,
        packets=record.packets,
        packets_checksum_ok=record.packets_checksum_ok,
        packets_unsummed=record.packets_unsummed,
        frames_dropped=record.frames_dropped,
        stopped_reason=record.stopped_reason,
        health=view.health.value,
        problems=[wire.ProblemWire(code=it.code, message=it.message) for it in view.problems],
        warnings=[
            wire.WarningWire(
                kind=it.kind.value,
                words=Text(en=it.words.en, es=it.words.es),
                remedy=Text(en=it.remedy.en, es=it.remedy.es),
                detail=it.detail,
            )
            for it in warnings_of(view.problems)
        ],
    )


def head_wire(head: TreeHead | None) -> wire.HeadWire | None:
    """The newest signed head."""
    if head is None:
        return None
    return wire.HeadWire(
        origin=head.origin, size=head.size, root_hash=head.root_hash, at_utc=isoformat_z(head.at_utc)
    )


def terrain_wire(tiles: TerrainTiles | None) -> wire.TerrainWire | None:
    """Where there are tiles of the terrain."""
    if tiles is None:
        return None
    return wire.TerrainWire(
        west_deg=tiles.west_deg,
        south_deg=tiles.south_deg,
        east_deg=tiles.east_deg,
        north_deg=tiles.north_deg,
        min_zoom=tiles.min_zoom,
        max_zoom=tiles.max_zoom,
        has_voids=tiles.has_voids,
        revision=tiles.revision,
    )


def timeline_wire(source_id: str, timeline: Timeline, most_rows: int) -> wire.TimelineWire:
    """The timeline, thinned evenly where it has more than `most_rows` rows; the stride says so."""
    stride = max(1, math.ceil(len(timeline) / most_rows))
    rows = timeline.take(slice(None, None, stride))
    return wire.TimelineWire(
        source_id=source_id,
        stride=stride,
        frame_index=rows.frame_index.tolist(),
        time_us=[it if it >= 0 else None for it in rows.time_us.tolist()],
        pts_s=_column(rows.pts_s),
        footprint=_outlines(rows.corner_lon_deg, rows.corner_lat_deg),
        centre=_points(rows.centre_lon_deg, rows.centre_lat_deg),
        sensor=_points(rows.sensor_lon_deg, rows.sensor_lat_deg),
        ellipse=[ellipse_wire(it) for it in rows.centre_covariance_m2],
        ce90_m=_column(rows.ce90_m),
        hfov_deg=_column(rows.hfov_deg),
        slant_range_m=_column(rows.slant_range_m),
        gsd_m=_column(rows.gsd_m),
        look_azimuth_deg=_column(rows.look_azimuth_deg),
    )


def detections_wire(table: DetectionTable) -> list[wire.DetectionWire]:
    """Boxes whose place in the picture is known."""
    placed = np.isfinite(table.x_px + table.y_px + table.width_px + table.height_px)
    return [
        wire.DetectionWire(
            frame_index=int(frame),
            kind=str(kind),
            x_px=float(x_px),
            y_px=float(y_px),
            width_px=float(width_px),
            height_px=float(height_px),
            weight_bits=known(weight),
        )
        for frame, kind, x_px, y_px, width_px, height_px, weight in zip(
            table.frame_index[placed],
            table.kind[placed],
            table.x_px[placed],
            table.y_px[placed],
            table.width_px[placed],
            table.height_px[placed],
            table.weight_bits[placed],
            strict=True,
        )
    ]


def coverage_wire(coverage: Coverage) -> wire.CoverageWire:
    """Rings of lon, lat."""
    area = coverage.area
    parts = area.geoms if isinstance(area, MultiPolygon) else (area,)
    return wire.CoverageWire(source_id=coverage.source_id, polygons=[_rings(part) for part in parts])


def site_row(site: Site) -> wire.SiteRow:
    """One row of the queue."""
    candidate = site.candidate
    return wire.SiteRow(
        site_id=site.site_id,
        status=site.status.value,
        kind=candidate.kind.value if candidate.kind is not None else None,
        synthetic=site.synthetic,
        position=position_wire(candidate.position),
        probability=candidate.probability,
        looks_seen=candidate.looks_seen,
        looks_possible=candidate.looks_possible,
        first_seen_utc=isoformat_z(candidate.first_seen_utc),
        last_seen_utc=isoformat_z(candidate.last_seen_utc),
        sorties=list(site.sorties),
        reviews=len(site.reviews),
    )


def site_answer(view: SiteView) -> wire.SiteAnswer:
    """One site with its evidence in words."""
    return wire.SiteAnswer(
        row=site_row(view.site),
        proposed_utc=isoformat_z(view.site.proposed_utc),
        probability_against=Text(en=view.probability_against.en, es=view.probability_against.es),
        evidence=[
            wire.EvidenceWire(
                kind=it.kind.value,
                weight_bits=it.weight_bits,
                looks=it.looks,
                azimuths=it.azimuths,
                wording=Text(en=it.wording.en, es=it.wording.es),
            )
            for it in view.evidence
        ],
        looks=[_look(it) for it in view.looks],
        reviews=[_review(it) for it in view.site.reviews],
    )


def site_pixels_wire(site_id: str, source_id: str, pixels: SitePixels) -> wire.SitePixelsWire:
    """Aligned columns."""
    return wire.SitePixelsWire(
        site_id=site_id,
        source_id=source_id,
        frame_index=pixels.frame_index.tolist(),
        x_px=pixels.x_px.tolist(),
        y_px=pixels.y_px.tolist(),
        radius_px=pixels.radius_px.tolist(),
    )


def position_wire(position: Position) -> wire.PositionWire:
    """A place with its error."""
    return wire.PositionWire(
        lon_deg=position.lon_deg,
        lat_deg=position.lat_deg,
        hae_m=known(position.hae_m),
        ce90_m=position.ce90_m,
        le90_m=known(position.le90_m),
        ellipse=ellipse_wire(np.asarray(position.covariance_m2, dtype=np.float64)),
    )


def ellipse_wire(covariance_m2: NDArray[np.float64]) -> wire.Ellipse | None:
    """The 90 % error ellipse, or None where the covariance says nothing."""
    found = error_ellipse(covariance_m2)
    if found is None:
        return None
    semi_major_m, semi_minor_m, azimuth_deg = found
    return wire.Ellipse(semi_major_m=semi_major_m, semi_minor_m=semi_minor_m, azimuth_deg=azimuth_deg)


def _look(look: Look) -> wire.LookWire:
    return wire.LookWire(
        source_id=look.source_id,
        frame_index=look.frame_index,
        time_us=look.time_us,
        pts_s=known(look.pts_s),
        look_azimuth_deg=known(look.look_azimuth_deg),
        slant_range_m=known(look.slant_range_m),
    )


def _review(review: Review) -> wire.ReviewWire:
    return wire.ReviewWire(
        status=review.status.value,
        reviewed_by=review.reviewed_by,
        reviewed_utc=isoformat_z(review.reviewed_utc),
        reason=review.reason,
    )


def _column(values: NDArray[np.float64]) -> list[float | None]:
    return [known(it) for it in values.tolist()]


def _points(lon_deg: NDArray[np.float64], lat_deg: NDArray[np.float64]) -> list[wire.LonLat | None]:
    return [
        (lon, lat) if math.isfinite(lon) and math.isfinite(lat) else None
        for lon, lat in zip(lon_deg.tolist(), lat_deg.tolist(), strict=True)
    ]


def _outlines(lon_deg: NDArray[np.float64], lat_deg: NDArray[np.float64]) -> list[list[wire.LonLat] | None]:
    whole = np.isfinite(lon_deg + lat_deg).all(axis=1)
    corners = np.stack([lon_deg, lat_deg], axis=-1).tolist()
    return [
        [(lon, lat) for lon, lat in outline] if is_whole else None
        for outline, is_whole in zip(corners, whole.tolist(), strict=True)
    ]


def _rings(polygon: Polygon) -> list[list[wire.LonLat]]:
    rings = (polygon.exterior, *polygon.interiors)
    return [[(lon, lat) for lon, lat in cast("Sequence[wire.LonLat]", ring.coords)] for ring in rings]
