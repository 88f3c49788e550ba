"""Tables of the workbench's read model, made from the lake's."""

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from atalaya.app.workbench import SitePixels, Timeline
from atalaya.model.detection import DetectionTable
from atalaya.model.footprint import FootprintTable
from atalaya.model.frame import FrameTable

COVERAGE_FOOTPRINTS = 400
"""Footprints, evenly spread over a source, that its coverage on the map is the union of."""
COVERAGE_TOLERANCE_DEG = 2e-5
"""Simplification of coverage for the map, about 2 m."""


def joined(frames: FrameTable | None, footprints: FootprintTable | None) -> Timeline:
    """Every kept frame, with its footprint where it has one."""
    count = 0 if frames is None else len(frames)
    columns: dict[str, NDArray[np.float64]] = {
        "corner_lon_deg": np.full((count, 4), np.nan),
        "corner_lat_deg": np.full((count, 4), np.nan),
        "centre_lon_deg": np.full(count, np.nan),
        "centre_lat_deg": np.full(count, np.nan),
        "centre_covariance_m2": np.full((count, 2, 2), np.nan),
        "ce90_m": np.full(count, np.nan),
        "slant_range_m": np.full(count, np.nan),
        "gsd_m": np.full(count, np.nan),
        "look_azimuth_deg": np.full(count, np.nan),
    }
    index = np.zeros(0, dtype=np.int64) if frames is None else frames.frame_index
    if footprints is not None:
        _, rows, places = np.intersect1d(index, footprints.frame_index, return_indices=True)
        for name, column in columns.items():
            column[rows] = getattr(footprints, name)[places]
    unknown = np.zeros(0)
    return Timeline(
        frame_index=index,
        time_us=np.zeros(0, dtype=np.int64) if frames is None else frames.time_us,
        pts_s=unknown if frames is None else frames.pts_s,
        sensor_lon_deg=unknown if frames is None else frames.sensor_lon_deg,
        sensor_lat_deg=unknown if frames is None else frames.sensor_lat_deg,
        hfov_deg=unknown if frames is None else frames.hfov_deg,
        **columns,
    )


def covered(timeline: Timeline) -> Polygon | MultiPolygon | None:
    """The union of evenly spread footprints; a crossed one is left out, None where there is none."""
    corners = np.stack([timeline.corner_lon_deg, timeline.corner_lat_deg], axis=-1)
    known = corners[np.isfinite(corners).all(axis=(1, 2))]
    if not len(known):
        return None
    rows = np.unique(np.linspace(0, len(known) - 1, min(len(known), COVERAGE_FOOTPRINTS)).astype(np.intp))
    outlines = shapely.polygons(known[rows])
    area = shapely.union_all(outlines[shapely.is_valid(outlines)]).simplify(COVERAGE_TOLERANCE_DEG)
    return area if isinstance(area, Polygon | MultiPolygon) and not area.is_empty else None


def no_pixels() -> SitePixels:
    """A record without rows."""
    return SitePixels(
        frame_index=np.zeros(0, dtype=np.int64), x_px=np.zeros(0), y_px=np.zeros(0), radius_px=np.zeros(0)
    )


def no_detections() -> DetectionTable:
    """A table without rows."""
    unknown, whole, words = np.zeros(0), np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.str_)
    return DetectionTable(
        detection_index=whole,
        frame_index=whole,
        time_us=whole,
        kind=words,
        x_px=unknown,
        y_px=unknown,
        width_px=unknown,
        height_px=unknown,
        weight_bits=unknown,
        lon_deg=unknown,
        lat_deg=unknown,
        hae_m=unknown,
        covariance_m2=np.zeros((0, 2, 2)),
        ce90_m=unknown,
        length_m=unknown,
        width_m=unknown,
        look_azimuth_deg=unknown,
        detector=words,
    )
