"""When looks may be moved to fit one another: only where most of them hang together."""

import numpy as np
import pytest

from atalaya.app.look_register import LEAST_TIED, hangs_together, patch_share


@pytest.mark.parametrize(
    ("tied", "count", "moved"), [(12, 12, True), (9, 12, True), (8, 12, False), (1, 12, False)]
)
def test_poses_are_moved_only_where_three_of_four_pictures_are_tied(tied, count, moved):
    assert LEAST_TIED == 0.75
    assert hangs_together(np.arange(count) < tied) is moved


def test_a_stretch_without_pictures_is_left_as_it_is():
    assert not hangs_together(np.zeros(0, dtype=np.bool_))


def test_looks_of_slightly_different_gsd_are_reduced_alike_so_that_they_can_be_averaged():
    gsd_m = np.linspace(0.155, 0.165, 24)
    assert patch_share(gsd_m) == pytest.approx(1.3 * 0.16 / 0.5)
    assert patch_share(np.array([2.0, 2.1])) == 1.0
    assert patch_share(np.array([0.0])) == patch_share(np.array([np.nan])) == 1.0
