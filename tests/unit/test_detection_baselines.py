"""The two baselines: tiles lose and double nothing, places by their best look and by the mean of their looks."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atalaya.detection.detector import no_detections
from atalaya.detection.pooled_places import NO_MARK_BITS, best_single_look, pooled_looks
from atalaya.detection.score_pool import add_scores, mean_score, no_scores, peaks, sectors_at, standard
from atalaya.detection.table import on_the_ground
from atalaya.detection.tiled import TiledDetector
from atalaya.errors import InputError
from atalaya.model.detection import DetectionKind, DetectionTable, ImageDetections
from atalaya.model.ground import GroundPoints
from known_worlds import PLANE, footprints


class BrightPixels:
    """Marks every white pixel."""

    name, version, kinds, class_names = "bright", "1", (DetectionKind.ANOMALY,), ("anomaly",)

    def detect(self, rgb, gsd_m):
        rows, cols = np.nonzero(rgb[..., 0] == 255)
        count = len(rows)
        return ImageDetections(
            kind=np.array(["anomaly"] * count, dtype=np.str_),
            x_px=cols.astype(float),
            y_px=rows.astype(float),
            width_px=np.ones(count),
            height_px=np.ones(count),
            weight_bits=np.ones(count),
        )


@settings(deadline=None, max_examples=60)
@given(st.sets(st.tuples(st.integers(0, 149), st.integers(0, 229)), max_size=20), st.integers(0, 31))
def test_tiles_find_what_the_whole_picture_shows_once_each(pixels, overlap_px):
    rgb = np.zeros((150, 230, 3), dtype=np.uint8)
    for row, col in pixels:
        rgb[row, col] = 255
    found = TiledDetector(BrightPixels(), tile_px=64, overlap_px=overlap_px).detect(rgb, 0.2)
    assert sorted(zip(found.y_px.tolist(), found.x_px.tolist(), strict=True)) == sorted(pixels)


def test_tiles_that_overlap_by_half_are_refused():
    with pytest.raises(InputError, match="overlap"):
        TiledDetector(BrightPixels(), tile_px=64, overlap_px=32)


def detections(*rows):
    """(east, north, bits, frame, bearing) each."""
    column = np.array(rows, dtype=float).reshape(len(rows), 5)
    lon, lat = PLANE.to_degrees(column[:, :2])
    count = len(rows)
    image = replace(
        BrightPixels().detect(np.full((1, count, 3), 255, np.uint8), 1.0), weight_bits=column[:, 2]
    )
    nothing = np.zeros(count)
    table = on_the_ground(
        image,
        GroundPoints(
            lon_deg=lon,
            lat_deg=lat,
            hae_m=nothing,
            covariance_m2=np.zeros((count, 2, 2)),
            ce90_m=nothing,
            le90_m=nothing,
        ),
        footprints(100.0, (10,)),
        first_index=0,
        detector="bright 1",
    )
    return replace(table, frame_index=column[:, 3].astype(np.int64), look_azimuth_deg=column[:, 4])


MARKS = ((0, 0, 2, 0, 10), (3, 0, 4, 1, 100), (0, 4, 1, 1, 100), (200, 0, 3, 0, 10))


def test_a_place_is_its_surest_mark_and_those_near_it():
    places = best_single_look(detections(*MARKS))
    assert places.score.tolist() == [4.0, 3.0]
    assert places.azimuths.tolist() == [2, 1]
    east_m = PLANE.to_metres(places.lon_deg, places.lat_deg)[:, 0]
    assert east_m.tolist() == pytest.approx([3.0, 200.0], abs=1e-6)


def test_pooling_counts_each_look_once_and_looks_without_a_mark_against_the_place():
    # three looks cover both places: the first was marked in two of them (2 and 4), the other in one (3)
    places = pooled_looks(detections(*MARKS), footprints(1000.0, (10, 100, 190)))
    assert places.score.tolist() == pytest.approx([(2 + 4 + NO_MARK_BITS) / 3, (3 + 2 * NO_MARK_BITS) / 3])


def test_looks_that_mark_nothing_claim_nothing():
    nothing = detections(*MARKS).take(slice(0))
    assert isinstance(nothing, DetectionTable)
    assert len(no_detections()) == len(best_single_look(nothing)) == 0
    assert len(pooled_looks(nothing, footprints(1000.0, (10,)))) == 0


def test_scores_of_looks_are_pooled_where_they_fell_and_nowhere_else():
    pool = no_scores(4, 6)
    ones = np.ones((2, 3), dtype=np.float32)
    seen = np.array([[True, True, False], [True, True, True]])
    add_scores(2.0 * ones, seen, 1, (0, 0), out=pool)
    add_scores(5.0 * ones, seen, 3, (1, 1), out=pool)
    mean = mean_score(pool)
    assert mean[0].tolist() == [2.0, 2.0, -np.inf, -np.inf, -np.inf, -np.inf]
    assert mean[1].tolist() == [2.0, 3.5, 3.5, -np.inf, -np.inf, -np.inf]
    assert pool.most[1, 1] == 5.0
    assert sectors_at(pool, np.array([0, 1, 3]), np.array([0, 1, 0])).tolist() == [1, 2, 0]
    with pytest.raises(InputError, match="window"):
        add_scores(ones, seen, 1, (3, 0), out=pool)


def test_peaks_stand_apart_the_highest_first_and_a_plateau_has_one():
    score = np.full((40, 40), -np.inf, dtype=np.float32)
    score[5:35, 5:35] = 0.0
    score[10, 10], score[12, 12], score[30:32, 20:22] = 3.0, 2.0, 1.0
    rows, cols, value = peaks(score, 1.0, 5.0)
    assert (rows[0], cols[0], value[0]) == (10, 10, 3.0)
    assert value.tolist()[:2] == [3.0, 1.0]
    apart = np.maximum(np.abs(rows[:, None] - rows), np.abs(cols[:, None] - cols)) + 99 * np.eye(len(rows))
    assert apart.min() >= 5


def test_scores_of_a_picture_are_about_their_median_in_units_of_their_spread():
    score = np.random.default_rng(1).normal(7.0, 3.0, (200, 200)).astype(np.float32)
    found = standard(score)
    assert (np.median(found), found.std()) == pytest.approx((0.0, 1.0), abs=0.05)
    np.testing.assert_allclose(standard(5.0 * score + 2.0), found, atol=1e-3)
