"""The score finds real shelters under trees, at every GSD that a drone flies."""

import json

import cv2
import numpy as np
import pytest
from scipy.stats import rankdata

from atalaya.detection.cues import cue_maps, fused
from shared_data import shared_file

HAITI_GSD_M = 0.08


def _villages(gsd_m):
    """The valid part of each picture and a mask of each shelter in it."""
    scale = HAITI_GSD_M / gsd_m
    for name, notes in json.loads(
        shared_file("data/detect/haiti/villages_shelters.json").read_text()
    ).items():
        x0, y0, x1, y1 = notes["valid"]
        bgr = cv2.imread(str(shared_file(f"data/detect/haiti/{name}.jpg")))[y0:y1, x0:x1]
        rgb = cv2.resize(
            cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA
        )
        each = []
        for outline in notes["shelter"]:
            canvas = np.zeros(rgb.shape[:2], np.uint8)
            cv2.fillPoly(canvas, [np.round((np.array(outline) - [x0, y0]) * scale).astype(np.int32)], (1,))
            each.append(canvas > 0)
        yield rgb, each


def _auc(true, score):
    ranks, count = rankdata(score.ravel()), int(true.sum())
    return (ranks[true.ravel()].sum() - count * (count + 1) / 2) / (count * (true.size - count))


@pytest.mark.shared
@pytest.mark.parametrize("gsd_m", [0.08, 0.16, 0.32])
def test_the_fused_score_finds_34_of_41_real_shelters_in_three_percent_of_the_pixels(gsd_m):
    aucs, hits = [], 0
    for rgb, each in _villages(gsd_m):
        score = fused(cue_maps(rgb, gsd_m))
        aucs.append(_auc(np.logical_or.reduce(each), score))
        bar = np.quantile(score, 0.97)
        hits += sum((score[one] > bar).mean() >= 0.05 for one in each)
    assert np.mean(aucs) >= 0.94
    assert hits >= 34
