"""Boxes, ground points and a footprint row become rows of the DetectionTable."""

import numpy as np
import pytest

from atalaya.detection.detector import no_detections
from atalaya.detection.table import on_the_ground
from atalaya.errors import InputError
from atalaya.model.detection import ImageDetections
from atalaya.model.footprint import FootprintTable
from atalaya.model.ground import GroundPoints


def boxes() -> ImageDetections:
    return ImageDetections(
        kind=np.array(["anomaly", "roof-or-tarp"]),
        x_px=np.array([10.0, 20.0]),
        y_px=np.array([5.0, 6.0]),
        width_px=np.array([20.0, 10.0]),
        height_px=np.array([10.0, 10.0]),
        weight_bits=np.array([1.0, 2.0]),
    )


def points(count: int = 2) -> GroundPoints:
    return GroundPoints(
        lon_deg=np.full(count, -107.0),
        lat_deg=np.full(count, 25.0),
        hae_m=np.full(count, 900.0),
        covariance_m2=np.tile(np.eye(2) * 9.0, (count, 1, 1)),
        ce90_m=np.full(count, 6.4),
        le90_m=np.full(count, 3.0),
    )


def footprint(depression_deg: float = 30.0, rows: int = 1) -> FootprintTable:
    one = np.ones(rows)
    return FootprintTable(
        frame_index=np.full(rows, 7, np.int64),
        time_us=np.full(rows, 1_000_000, np.int64),
        corner_lon_deg=np.zeros((rows, 4)),
        corner_lat_deg=np.zeros((rows, 4)),
        centre_lon_deg=one,
        centre_lat_deg=one,
        centre_hae_m=one,
        centre_covariance_m2=np.tile(np.eye(2), (rows, 1, 1)),
        ce90_m=one,
        le90_m=one,
        slant_range_m=one * 1000,
        gsd_m=one * 0.5,
        look_azimuth_deg=one * 45,
        depression_deg=one * depression_deg,
    )


def test_rows_carry_their_frame_their_place_and_their_number():
    table = on_the_ground(boxes(), points(), footprint(), first_index=5, detector="local-anomaly 1")
    assert table.detection_index.tolist() == [5, 6]
    assert table.frame_index.tolist() == [7, 7]
    assert table.look_azimuth_deg.tolist() == [45.0, 45.0]
    assert table.detector.tolist() == ["local-anomaly 1"] * 2


def test_sizes_on_the_ground_stretch_along_the_look_by_the_sine_of_the_depression():
    table = on_the_ground(boxes(), points(), footprint(30.0), first_index=0, detector="d 1")
    assert table.length_m == pytest.approx([10.0, 10.0])
    assert table.width_m == pytest.approx([10.0, 5.0])


def test_a_look_along_the_ground_gives_no_size():
    table = on_the_ground(boxes(), points(), footprint(2.0), first_index=0, detector="d 1")
    assert np.isnan(table.length_m).all()
    assert np.isnan(table.width_m).all()


def test_an_empty_picture_gives_an_empty_table():
    assert len(on_the_ground(no_detections(), points(0), footprint(), first_index=0, detector="d 1")) == 0


def test_what_does_not_belong_together_is_refused():
    with pytest.raises(InputError, match="ground points"):
        on_the_ground(boxes(), points(1), footprint(), first_index=0, detector="d 1")
    with pytest.raises(InputError, match="footprint row"):
        on_the_ground(boxes(), points(), footprint(rows=2), first_index=0, detector="d 1")
