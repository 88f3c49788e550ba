"""The height at which looks agree is the height of what they show."""

import numpy as np
import pytest

from atalaya.detection.ground_grid import TileSums, add_look, no_looks
from atalaya.detection.plane_focus import agreement, in_focus
from atalaya.errors import InputError
from atalaya.model.looks import GroundTile

SIDE = 64
TILE = GroundTile(epsg=32613, col=500, row=5400, cell_m=0.5, cells=SIDE)
OFFSETS_M = [-4.0, -2.0, 0.0, 2.0, 4.0]
LEAN = 0.7


def sheets(roof_m: float, count: int = 12, noise: float = 3.0) -> list[TileSums]:
    """Looks from around at soil with, in the middle, something flat so high above it."""
    rng = np.random.default_rng(0)
    wide = rng.integers(40, 200, (SIDE + 64, SIDE + 64)).astype(np.uint8)
    high = rng.integers(40, 200, (SIDE + 64, SIDE + 64)).astype(np.uint8)
    row, col = np.mgrid[0:SIDE, 0:SIDE]
    made = []
    for offset_m in OFFSETS_M:
        sums = no_looks(TILE, ("light",))
        for look in range(count):
            azimuth = 2.0 * np.pi * look / count

            def at(rise_m: float, azimuth: float = azimuth) -> tuple[np.ndarray, np.ndarray]:
                lean = rise_m * LEAN / TILE.cell_m
                return (
                    row + np.round(lean * np.cos(azimuth)).astype(int),
                    col + np.round(lean * np.sin(azimuth)).astype(int),
                )

            soil_row, soil_col = at(-offset_m)
            roof_row, roof_col = at(roof_m - offset_m)
            on_roof = (np.abs(roof_row - 32) < 12) & (np.abs(roof_col - 32) < 12)
            seen = np.where(on_roof, high[roof_row + 32, roof_col + 32], wide[soil_row + 32, soil_col + 32])
            seen = np.clip(seen + rng.normal(0.0, noise, seen.shape), 0, 255).astype(np.uint8)
            add_look(seen[..., None], np.ones((SIDE, SIDE), bool), look * 8 // count, (0, 0), out=sums)
        made.append(sums)
    return made


@pytest.mark.parametrize("roof_m", [-2.0, 0.0, 2.0])
def test_a_roof_is_in_focus_at_its_own_height_and_the_soil_on_the_ground(roof_m):
    focus = in_focus(sheets(roof_m), OFFSETS_M, 7)
    assert np.nanmedian(focus.offset_m[27:38, 27:38]) == pytest.approx(roof_m, abs=0.6)
    assert np.nanmedian(focus.offset_m[:8]) == pytest.approx(0.0, abs=0.6)
    assert np.nanmedian(focus.agreement[:8]) > 0.5


def test_bare_noise_is_in_focus_nowhere():
    made = []
    rng = np.random.default_rng(1)
    for _ in OFFSETS_M:
        sums = no_looks(TILE, ("light",))
        for look in range(8):
            seen = rng.integers(60, 90, (SIDE, SIDE, 1)).astype(np.uint8)
            add_look(seen, np.ones((SIDE, SIDE), bool), look, (0, 0), out=sums)
        made.append(sums)
    assert np.isnan(in_focus(made, OFFSETS_M, 7).offset_m).mean() > 0.95


def test_two_looks_are_too_few_to_say_a_height():
    focus = in_focus(sheets(0.0, count=2), OFFSETS_M, 7)
    assert np.isnan(focus.offset_m).all()
    assert np.isnan(focus.agreement).all()


def test_sheets_that_do_not_fit_are_refused():
    made = sheets(0.0, count=3)
    with pytest.raises(InputError, match="rising"):
        in_focus(made[:2], OFFSETS_M[:2], 7)
    with pytest.raises(InputError, match="rising"):
        in_focus(made, OFFSETS_M[::-1], 7)
    with pytest.raises(InputError, match="evenly"):
        in_focus(made, [-4.0, -2.0, 0.0, 2.0, 5.0], 7)
    with pytest.raises(InputError, match="one tile"):
        in_focus([*made[:4], no_looks(TILE, ("other",))], OFFSETS_M, 7)
    with pytest.raises(InputError, match="odd"):
        agreement(made[0], 4)
