"""Which looks chips are made from, what their sheets show, and the pattern of what was not observed."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import box

from atalaya.app.chip_layers import NO_LOOK, _not_observed
from atalaya.app.chip_looks import spread_over_azimuth
from atalaya.app.chip_pictures import (
    Sheet,
    Shot,
    best_single,
    chip_grid,
    chip_png,
    permitted_cells,
    sheet_of,
    stretch_of,
)
from atalaya.app.ground import Ground
from atalaya.app.observed_picture import painted
from atalaya.geo.terrain import ConstantHeight
from atalaya.georeg.errors import PoseErrors
from atalaya.model.looks import AZIMUTH_BINS, CellState, azimuth_bin
from small_sortie import GROUND, LAT_DEG, LON_DEG, flight

NADIR_GSD_M = 2.0 * 1000.0 * np.tan(np.radians(5.0)) / 640


def one_shot(levels, *, sector=0, area=None, grid):
    """A look straight down at the middle of the flight's first frame."""
    ground = Ground(
        terrain=ConstantHeight(0.0), geoid=None, heights=GROUND.heights, errors=PoseErrors(), facts={}
    )
    camera = ground.poses_of(flight(1))
    allowed = permitted_cells(grid, box(-180, -80, 180, 80) if area is None else area)
    weights = np.ones(levels.shape[:2], dtype=np.uint8)
    return Shot(
        levels=np.dstack([levels, weights]),
        full_size_px=(levels.shape[1], levels.shape[0]),
        camera=camera,
        lens=None,
        terrain=ground.terrain,
        gsd_m=float(NADIR_GSD_M),
        sector=sector,
        permitted=allowed,
    )


@given(
    st.lists(st.floats(0.0, 359.99, allow_nan=False), max_size=120),
    st.integers(1, 40),
)
def test_looks_are_spread_over_all_sectors_there_are_and_no_sector_gets_more_than_another_needs(
    azimuth, most
):
    found_deg = np.array(azimuth)
    rows = spread_over_azimuth(found_deg, most)
    assert len(np.unique(rows)) == len(rows)
    there = np.bincount(azimuth_bin(found_deg), minlength=AZIMUTH_BINS) if len(azimuth) else np.zeros(8)
    picked = np.bincount(azimuth_bin(found_deg[rows]), minlength=AZIMUTH_BINS) if len(rows) else np.zeros(8)
    assert ((picked > 0) == (there > 0)).all()
    assert len(rows) <= max(most, int((there > 0).sum()))
    short = (picked < there) & (there > 0)
    assert not short.any() or picked[short].min() == picked.max()


def test_a_chip_has_the_place_in_its_middle_and_its_corners_on_whole_cells():
    grid = chip_grid(LON_DEG, LAT_DEG, 64.0, 0.25)
    x_px, y_px = grid.places(LON_DEG, LAT_DEG)
    assert (grid.width_px, grid.height_px) == (256, 256)
    assert abs(float(x_px) - 128.0) <= 0.5
    assert abs(float(y_px) - 128.0) <= 0.5
    assert grid.left % 0.25 == 0.0
    assert grid.top % 0.25 == 0.0


def test_a_look_lands_north_up_on_its_chip_and_outside_the_permit_nothing_is_shown():
    grid = chip_grid(LON_DEG, LAT_DEG, 64.0, 0.25)
    levels = np.full((480, 640, 3), 100, dtype=np.uint8)
    levels[:200] = (250, 10, 10)  # the flight looks down with its head north: the upper rows lie in the north
    sheet = sheet_of([one_shot(levels, grid=grid)], grid, 0.0)
    assert np.allclose(sheet.rgb[20, 128], (250, 10, 10), atol=2.0)
    assert np.allclose(sheet.rgb[240, 128], 100.0, atol=2.0)
    west_half = box(LON_DEG - 1.0, LAT_DEG - 1.0, LON_DEG, LAT_DEG + 1.0)
    half = sheet_of([one_shot(levels, grid=grid, area=west_half)], grid, 0.0)
    assert np.isfinite(half.rgb[100, :120]).all()
    assert np.isnan(half.rgb[100, 136:]).all()
    assert half.sectors[100, 200] == 0


def test_the_best_single_look_is_the_one_that_shows_most_of_the_ground():
    grid = chip_grid(LON_DEG, LAT_DEG, 64.0, 0.25)
    dark, light = (np.full((480, 640, 3), level, dtype=np.uint8) for level in (30, 220))
    strip = box(LON_DEG - 1.0, LAT_DEG - 1.0, LON_DEG, LAT_DEG + 1.0)
    away = one_shot(dark, grid=grid, area=strip)
    found = best_single([away, one_shot(light, grid=grid)], grid)
    assert found is not None
    assert np.nanmean(found.rgb) == pytest.approx(220.0, abs=1.0)
    far = chip_grid(LON_DEG + 0.02, LAT_DEG, 64.0, 0.25)
    assert best_single([one_shot(light, grid=far)], far) is None


def test_a_higher_sheet_lies_elsewhere_in_a_slanted_look_only():
    grid = chip_grid(LON_DEG + 0.0006, LAT_DEG, 64.0, 0.25)  # 60 m beside the nadir
    levels = np.zeros((480, 640, 3), dtype=np.uint8)
    levels[:, ::16] = 255
    shot = one_shot(levels, grid=grid)
    ground, higher = (np.nan_to_num(sheet_of([shot], grid, plane_m).rgb[..., 0]) for plane_m in (0.0, 4.0))
    moved, _ = cv2.phaseCorrelate(ground, higher)
    # seen at 60 m from 1000 m, a point 4 m up is where the ray meets the ground 0.24 m farther out: one cell
    assert abs(moved[0]) < 2.0
    assert not np.array_equal(ground, higher)


def test_unknown_cells_are_clear_and_a_synthetic_chip_says_so():
    rgb = np.full((256, 256, 3), 90.0, dtype=np.float32)
    rgb[200:] = np.nan
    plain, marked = (
        cv2.imdecode(np.frombuffer(chip_png(rgb, (0.0, 255.0), synthetic=it), np.uint8), cv2.IMREAD_UNCHANGED)
        for it in (False, True)
    )
    assert (plain[:200, :, 3] == 255).all()
    assert (plain[200:, :, 3] == 0).all()
    assert (marked[2, 2, :3] == (0, 0, 176)).all()
    assert (marked[120:200] == plain[120:200]).all()


def test_a_flat_chip_is_not_blown_up_to_noise():
    flat = Sheet(rgb=np.full((9, 9, 3), 77.0, dtype=np.float32), sectors=np.ones((9, 9), dtype=np.uint8))
    low, high = stretch_of(flat)
    assert high - low == pytest.approx(40.0)
    nothing = Sheet(
        rgb=np.full((9, 9, 3), np.nan, dtype=np.float32), sectors=np.zeros((9, 9), dtype=np.uint8)
    )
    assert stretch_of(nothing) == (0.0, 255.0)


@pytest.mark.parametrize(
    ("sectors", "said"), [(0, "no look"), (1, "1 sector of"), (2, "2 sectors of"), (3, None)]
)
def test_a_site_seen_from_fewer_than_three_sectors_is_not_observed(sectors, said):
    found = _not_observed(np.full((256, 256), sectors, dtype=np.uint8))
    assert (found is None) == (said is None)
    assert said is None or (said in found.en and "no observado" in found.es)
    assert _not_observed(None) is NO_LOOK


def test_each_state_has_its_own_tone_and_pattern_and_observed_ground_is_clear():
    state = np.repeat(np.arange(5, dtype=np.uint16), 40)[:, None] * np.ones((1, 64), dtype=np.uint16)
    picture = painted(np.vstack([state, np.full((8, 64), 65535, dtype=np.uint16)]))
    assert not picture[:40].any()
    assert picture[200:].any(axis=2).all()  # beyond all rasters no look fell: that is not observed either
    parts = [picture[40 * kind : 40 * kind + 40] for kind in (1, 2, 3, 4)]
    assert len({tuple(part[..., :3].reshape(-1, 3).max(axis=0)) for part in parts}) == 4
    shares = [float((part[..., 3] > 100).mean()) for part in parts]
    assert shares[0] < shares[1] < shares[2] < shares[3] == 1.0
    assert CellState(4) is CellState.NOT_PERMITTED
