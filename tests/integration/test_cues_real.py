"""The score finds real shelters under trees, at every GSD that a drone flies."""

import numpy as np
import pytest

from atalaya.detection.cues import cue_maps, fused
from real_villages import area_under_curve, shelters_hit, villages


@pytest.mark.shared
@pytest.mark.parametrize("gsd_m", [0.08, 0.16, 0.32])
def test_the_fused_score_finds_34_of_41_real_shelters_in_three_percent_of_the_pixels(gsd_m):
    aucs, hits = [], 0
    for rgb, shelter, each in villages(gsd_m):
        score = fused(cue_maps(rgb, gsd_m))
        aucs.append(area_under_curve(shelter, score))
        hits += shelters_hit(score, each)
    assert np.mean(aucs) >= 0.94
    assert hits >= 34
