"""The classical cue finds a tarp in scrub, and says nothing where there is nothing."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from atalaya.detection.anomaly_cue import bluer, top_hat
from atalaya.detection.blobs import Blobs, find_blobs
from atalaya.detection.local_anomaly import LocalAnomalyDetector, weight_bits
from atalaya.detection.local_rx import ring_rx
from atalaya.detection.metric_windows import odd

type Picture = NDArray[np.uint8]


def scrub(height: int = 270, width: int = 480, seed: int = 0) -> Picture:
    rng = np.random.default_rng(seed)
    coarse = cv2.resize(rng.normal(0, 1, (height // 12, width // 12)).astype(np.float32), (width, height))
    fine = cv2.GaussianBlur(rng.normal(0, 1, (height, width)).astype(np.float32), (0, 0), 1.5) * 4
    shade = np.clip(95 + 10 * coarse + 6 * fine, 0, 255)
    rgb = np.clip(np.dstack([shade, shade * 1.05, shade * 0.7]), 0, 255)
    return np.asarray(rgb, dtype=np.uint8)


def with_tarp(
    rgb: Picture, x_px: int, y_px: int, side_px: int, colour: tuple[int, int, int] = (60, 90, 190)
) -> Picture:
    out = rgb.copy()
    half = side_px // 2
    out[y_px - half : y_px + half + 1, x_px - half : x_px + half + 1] = colour
    return out


@pytest.mark.parametrize("gsd_m", [0.2, 0.4, 0.8])
def test_a_six_metre_tarp_in_scrub_is_the_heaviest_detection_and_lies_where_it_is(gsd_m):
    side_px = int(6 / gsd_m)
    found = LocalAnomalyDetector().detect(with_tarp(scrub(), 200, 120, side_px), gsd_m)
    best = int(found.weight_bits.argmax())
    assert found.weight_bits[best] > 1.0
    assert np.hypot(found.x_px[best] - 200, found.y_px[best] - 120) * gsd_m < 1.0
    assert 0.8 < found.width_px[best] * gsd_m / 6.0 < 1.6


def test_scrub_alone_gives_no_detection_that_speaks_for_a_site():
    assert not (LocalAnomalyDetector().detect(scrub(), 0.4).weight_bits > 0).any()


def test_a_constant_picture_gives_nothing():
    assert len(LocalAnomalyDetector().detect(np.full((60, 90, 3), 77, np.uint8), 0.4)) == 0


def test_rx_of_a_constant_picture_is_zero_and_a_spot_is_its_maximum():
    channels = np.full((80, 80, 3), 50, np.float32)
    assert np.allclose(ring_rx(channels, 0.5), 0.0)
    channels[40, 40] = 90
    distance = ring_rx(channels, 0.5)
    assert distance.argmax() == 40 * 80 + 40
    assert distance.min() >= 0.0


def test_a_top_hat_keeps_what_is_narrower_than_its_kernel_and_drops_what_is_wider():
    lab = np.full((90, 90, 3), 100, np.uint8)
    lab[20:25, 20:25] = 150
    lab[50:85, 50:85] = 150
    taken = top_hat(lab, 11, (1.0, 0.0, 0.0))
    assert taken[22, 22] == pytest.approx(50, abs=1)
    assert taken[67, 67] == 0


def test_only_what_is_bluer_than_around_it_counts_as_blue():
    lab = np.full((60, 90, 3), 140, np.uint8)
    lab[20:25, 20:25, 2] = 110
    lab[20:25, 60:65, 2] = 170
    lab[40:45, 20:25, :2] = 250
    taken = bluer(lab, 11)
    assert taken[22, 22] == pytest.approx(30, abs=1)
    assert taken[22, 62] == 0
    assert taken[42, 22] == 0


def test_kernel_sizes_are_odd_and_never_zero():
    assert [odd(size) for size in (0.1, 1.0, 2.4, 3.0, 5.0, 150.0)] == [1, 1, 3, 3, 5, 149]


def test_a_blob_is_measured_in_metres():
    score = np.zeros((60, 60), np.float32)
    score[10:20, 30:50] = 5.0
    lightness = np.full((60, 60), 80, np.uint8)
    lightness[10:20, 30:50] = 110
    blobs = find_blobs(score, lightness, 0.5, threshold=1.0, area_m2=(1.0, 100.0), surround_m=3.0)
    assert len(blobs) == 1
    assert (blobs.x_px[0], blobs.y_px[0]) == (39.5, 14.5)
    assert (blobs.length_m[0], blobs.breadth_m[0]) == (10.0, 5.0)
    assert blobs.area_m2[0] == 50.0
    assert blobs.rectangularity[0] == pytest.approx(1.0)
    assert blobs.brightness[0] == pytest.approx(30.0)


def test_darker_things_weigh_less_than_brighter_ones_and_no_weight_passes_its_limits():
    one = np.ones(5)
    blobs = Blobs(
        x_px=one,
        y_px=one,
        width_px=one,
        height_px=one,
        area_m2=one,
        length_m=one,
        breadth_m=one,
        rectangularity=one,
        peak=np.array([21.0, 21.0, 21.0, 99.0, -99.0]),
        brightness=np.array([-50.0, 0.0, 50.0, 0.0, 0.0]),
    )
    assert weight_bits(blobs) == pytest.approx([-0.4, 0.0, 0.4, 5.0, -3.0])
