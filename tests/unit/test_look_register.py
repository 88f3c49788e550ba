"""When looks may be moved to fit one another: only where most of them hang together."""

import numpy as np
import pytest

from atalaya.app.look_register import LEAST_TIED, hangs_together


@pytest.mark.parametrize(
    ("tied", "count", "moved"), [(12, 12, True), (9, 12, True), (8, 12, False), (1, 12, False)]
)
def test_poses_are_moved_only_where_three_of_four_pictures_are_tied(tied, count, moved):
    assert LEAST_TIED == 0.75
    assert hangs_together(np.arange(count) < tied) is moved


def test_a_stretch_without_pictures_is_left_as_it_is():
    assert not hangs_together(np.zeros(0, dtype=np.bool_))
