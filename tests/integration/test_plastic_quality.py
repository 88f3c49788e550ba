"""Colour's bits on real pixels: figures that do not depend on the machine."""

import numpy as np
import pytest

from atalaya.detection.plastic import BITS_AT_BEST_F1, plastic_bits
from plastic_fit import labelled_pixels
from shared_data import shared_file


@pytest.mark.shared
def test_tarps_of_frames_never_fitted_are_found_at_the_threshold_of_the_fitted_ones():
    seen = []
    for frame in ("067", "069", "078"):
        lines = shared_file(f"data/detect/haiti/orthovnir{frame}_ROI_Blue_Tarps.txt").read_text().splitlines()
        rows = [line.split()[-3:] for line in lines if line.strip() and not line.startswith(";")]
        bits = plastic_bits(np.array([rows], dtype=np.int64).astype(np.uint8))
        assert (bits >= BITS_AT_BEST_F1).mean() >= 0.98, frame
        seen.append(bits.size)
    assert sum(seen) == 14480


@pytest.mark.shared
def test_on_the_pixels_it_was_fitted_to_precision_and_recall_are_as_the_page_says():
    colours, tarp = labelled_pixels()
    called = plastic_bits(colours[None])[0] >= BITS_AT_BEST_F1
    hits = int((called & tarp).sum())
    assert hits / called.sum() > 0.95
    assert hits / tarp.sum() > 0.93
