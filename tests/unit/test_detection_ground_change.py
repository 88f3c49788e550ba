"""What changed between two passes, found where they can be compared and refused where not."""

import cv2
import numpy as np
import pytest

from atalaya.detection.ground_change import Change, NotCompared, WhyNoChange, change, day_less_night
from atalaya.detection.ground_grid import add_look, no_looks
from atalaya.errors import InputError
from atalaya.model.looks import GroundTile

SIDE = 128
TILE = GroundTile(epsg=32613, col=500, row=5400, cell_m=0.5, cells=SIDE)


def land(seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).standard_normal((SIDE + 40, SIDE + 40, 1)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), 1.5)
    return 110.0 + 30.0 * smooth / smooth.std()


def flown(ground: np.ndarray, seed: int, shift: tuple[int, int] = (0, 0), gain: float = 1.0, looks: int = 8):
    rng = np.random.default_rng(seed)
    sums = no_looks(TILE, ("light",))
    top, left = 20 - shift[1], 20 - shift[0]
    window = ground[top : top + SIDE, left : left + SIDE].reshape(SIDE, SIDE, 1)
    for look in range(looks):
        seen = np.clip(gain * window + rng.normal(0.0, 6.0, window.shape), 0, 255).astype(np.uint8)
        add_look(seen, np.ones((SIDE, SIDE), bool), look % 8, (0, 0), out=sums)
    return sums


@pytest.mark.parametrize("shift", [(0, 0), (3, -5), (-7, 2)])
def test_a_new_roof_is_a_change_wherever_the_second_pass_lay_and_whatever_its_light(shift):
    before, after = land(), land()
    after[80:90, 90:100] += 70.0
    found = change(flown(before, 1), flown(after, 2, shift, gain=1.2), (100, 120))
    assert isinstance(found, Change)
    assert found.shift_cells == pytest.approx(shift, abs=0.3)
    roof = np.zeros((SIDE, SIDE), bool)
    roof[62:68, 72:78] = True
    assert np.nanmedian(found.errors[roof]) > 6.0
    assert np.nanquantile(found.errors[~roof], 0.9) < 3.0


def test_the_end_of_the_year_is_near_its_beginning_and_summer_is_not_winter():
    one, other = flown(land(), 1), flown(land(), 2)
    assert isinstance(change(one, other, (360, 5)), Change)
    assert change(one, other, (10, 190)) == NotCompared(WhyNoChange.OTHER_SEASON)
    assert change(one, other, (10, float("nan"))) == NotCompared(WhyNoChange.OTHER_SEASON)


def test_passes_that_cannot_be_laid_on_one_another_are_not_compared():
    assert change(flown(land(0), 1), flown(land(9), 2), (10, 20)) == NotCompared(WhyNoChange.NOT_REGISTERED)
    half = no_looks(TILE, ("light",))
    add_look(np.full((SIDE, 20, 1), 90, np.uint8), np.ones((SIDE, 20), bool), 0, (0, 0), out=half)
    found = change(flown(land(), 1), half, (10, 20))
    assert found == NotCompared(WhyNoChange.TOO_LITTLE_COMMON)


def test_what_was_seen_once_is_not_said_to_have_changed():
    found = change(flown(land(), 1), flown(land(), 2, looks=1), (10, 20))
    assert isinstance(found, Change)
    assert np.isnan(found.errors).all()


def test_what_stays_warm_by_night_stands_out_between_day_and_night():
    day, night = land(), land(3) - 60.0
    day[70:76, 70:76], night[70:76, 70:76] = 130.0, 130.0
    apart = day_less_night(flown(day, 1), flown(night, 2), "light")
    assert apart[51:55, 51:55].max() < -1.5
    assert abs(float(np.median(apart))) < 0.2
    with pytest.raises(InputError, match="no channel"):
        day_less_night(flown(day, 1), flown(night, 2), "warmth")
    empty = day_less_night(flown(day, 1), no_looks(TILE, ("light",)), "light")
    assert np.isnan(empty).all()


def test_different_tiles_are_not_compared():
    other = GroundTile(epsg=32613, col=501, row=5400, cell_m=0.5, cells=SIDE)
    with pytest.raises(InputError):
        change(flown(land(), 1), no_looks(other, ("light",)), (1, 1))
