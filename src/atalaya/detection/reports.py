"""Moving-target reports that came inside the stream, as vehicle detections."""

import numpy as np

from atalaya.model.detection import DetectionKind, DetectionTable
from atalaya.model.footprint import FootprintTable
from atalaya.model.frame import TargetTable

REPORTER = "stream st0903"


def vehicles_of(reports: TargetTable, footprints: FootprintTable, *, first_index: int) -> DetectionTable:
    """One vehicle detection per report with a place, in a frame with a footprint.

    A report says no error of its own; it rests on the same pose as its frame's centre and gets that error.
    It weighs nothing by itself (0 bits): what vehicles say for a place, fusion decides.

    Args:
        reports: (N,) of one source.
        footprints: of the same source.
        first_index: number of detections the source already has.
    """
    order = np.argsort(footprints.frame_index, kind="stable")
    known = footprints.frame_index[order]
    at = np.minimum(np.searchsorted(known, reports.frame_index), max(len(known) - 1, 0))
    there = known[at] == reports.frame_index if len(known) else np.zeros(len(reports), dtype=np.bool_)
    placed = np.flatnonzero(there & np.isfinite(reports.lon_deg + reports.lat_deg))
    rows, count = order[at[placed]] if len(known) else placed, len(placed)
    unknown = np.full(count, np.nan)
    return DetectionTable(
        detection_index=np.arange(first_index, first_index + count, dtype=np.int64),
        frame_index=reports.frame_index[placed],
        time_us=footprints.time_us[rows],
        kind=np.array([DetectionKind.VEHICLE.value] * count, dtype=np.str_),
        x_px=reports.col_px[placed],
        y_px=reports.row_px[placed],
        width_px=unknown,
        height_px=unknown,
        weight_bits=np.zeros(count),
        lon_deg=reports.lon_deg[placed],
        lat_deg=reports.lat_deg[placed],
        hae_m=reports.hae_m[placed],
        covariance_m2=footprints.centre_covariance_m2[rows],
        ce90_m=footprints.ce90_m[rows],
        length_m=unknown,
        width_m=unknown,
        look_azimuth_deg=footprints.look_azimuth_deg[rows],
        detector=np.array([REPORTER] * count, dtype=np.str_),
    )
