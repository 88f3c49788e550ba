"""Reports of the stream become vehicle detections, with their frame's error and no weight of their own."""

from dataclasses import replace

import numpy as np

from atalaya.detection.reports import REPORTER, vehicles_of
from atalaya.model.footprint import FootprintTable, no_footprints
from atalaya.model.frame import TargetTable


def some_footprints(frames):
    count = len(frames)
    columns = {
        name: np.zeros((count, *column.shape[1:])) for name, column in no_footprints().columns().items()
    }
    table = FootprintTable(**columns)
    return replace(
        table,
        frame_index=np.array(frames, dtype=np.int64),
        time_us=np.array(frames, dtype=np.int64) * 1000,
        ce90_m=10.0 + np.arange(count),
        centre_covariance_m2=np.tile(np.eye(2) * 4.0, (count, 1, 1)),
    )


def some_reports(frames, lon_deg):
    count = len(frames)
    number = np.arange(count)
    return TargetTable(
        frame_index=np.array(frames, dtype=np.int64),
        target_id=number,
        lon_deg=np.array(lon_deg, dtype=np.float64),
        lat_deg=np.full(count, 24.0),
        hae_m=np.full(count, np.nan),
        row_px=number + 0.5,
        col_px=number + 1.5,
        confidence=np.full(count, np.nan),
    )


def test_a_report_takes_the_error_and_the_time_of_its_frame():
    found = vehicles_of(some_reports([7, 3], [-107.0, -107.1]), some_footprints([3, 7]), first_index=5)
    assert found.kind.tolist() == ["vehicle", "vehicle"]
    assert found.detector.tolist() == [REPORTER, REPORTER]
    assert found.detection_index.tolist() == [5, 6]
    assert found.time_us.tolist() == [7000, 3000]
    assert found.ce90_m.tolist() == [11.0, 10.0]
    assert found.weight_bits.tolist() == [0.0, 0.0]


def test_a_report_without_a_place_or_without_a_footprint_is_left_out():
    reports = some_reports([3, 3, 4], [-107.0, np.nan, -107.0])
    assert len(vehicles_of(reports, some_footprints([3]), first_index=0)) == 1


def test_without_footprints_nothing_is_placed():
    assert len(vehicles_of(some_reports([1], [-107.0]), no_footprints(), first_index=0)) == 0
