"""Mosaics: each pixel from the picture that shows it best, whatever the order, and the picture is named."""

from dataclasses import replace

import numpy as np
import pytest

from atalaya.errors import InputError
from atalaya.geo.terrain import ConstantHeight
from atalaya.georeg.ortho import Why, ortho
from atalaya.georeg.ortho_extent import grid_of_frame, terrain_under
from atalaya.georeg.ortho_mosaic import MosaicArrays, Preference, lay_in, union_of
from atalaya.georeg.pose import Poses, poses
from terrain_scenes import level_frames

SIZE = (64, 48)
GROUND = ConstantHeight(0.0)


def camera_at(north_deg: float, depression_deg: float = 90.0, hae_m: float = 3000.0) -> Poses:
    return poses(
        level_frames(
            1,
            sensor_lat_deg=24.95 + north_deg,
            sensor_elevation_deg=-depression_deg,
            sensor_hae_m=hae_m,
            hfov_deg=20.0,
            vfov_deg=15.1,
        )
    )


def laid_by(camera: Poses, grey: int, like=None):
    grid = grid_of_frame(camera, GROUND, SIZE, gsd_m=None if like else 20.0, like=like)
    picture = np.full((SIZE[1], SIZE[0], 3), grey, np.uint8)
    return ortho(picture, camera, terrain_under(grid, camera, GROUND), grid, keep_depth=True)


def empty(grid) -> MosaicArrays:
    shape = (grid.height_px, grid.width_px)
    return MosaicArrays(
        rgb=np.zeros((3, *shape), np.uint8),
        number=np.zeros(shape, np.uint16),
        cost=np.full(shape, np.inf, np.float32),
    )


def two(preference: Preference, order=(0, 1)):
    cameras = [camera_at(0.0), camera_at(0.002, hae_m=2000.0)]
    first = laid_by(cameras[0], 50)
    parts = [first, laid_by(cameras[1], 200, like=first.grid)]
    whole = union_of([it.grid for it in parts])
    into = empty(whole)
    for one in order:
        lay_in(into, whole, parts[one], one + 1, cameras[one], preference)
    return into, whole, parts


def test_the_best_resolution_wins_whatever_the_order():
    into, whole, parts = two(Preference.BEST_GSD)
    again, _, _ = two(Preference.BEST_GSD, order=(1, 0))
    assert (into.number == again.number).all()
    x = round((parts[1].grid.left - whole.left) / 20.0)
    y = round((whole.top - parts[1].grid.top) / 20.0)
    own = into.number[y : y + parts[1].grid.height_px, x : x + parts[1].grid.width_px]
    assert (own[parts[1].why == Why.SHOWN] == 2).all()  # from 2000 m, not from 3000 m
    assert (into.rgb[0][into.number == 2] == 200).all()
    assert (into.rgb[0][into.number == 1] == 50).all()
    assert (into.rgb[0][into.number == 0] == 0).all()


def test_the_first_stays_where_it_is():
    into, _, parts = two(Preference.FIRST)
    assert (into.number == 1).sum() == (parts[0].why == Why.SHOWN).sum()
    assert (into.number == 2).any()


def test_the_least_oblique_is_the_nearer_to_its_foot():
    cameras = [camera_at(0.0), camera_at(0.004)]
    first = laid_by(cameras[0], 50)
    parts = [first, laid_by(cameras[1], 200, like=first.grid)]
    whole = union_of([it.grid for it in parts])
    into = empty(whole)
    for one in (1, 0):
        lay_in(into, whole, parts[one], one + 1, cameras[one], Preference.LEAST_OBLIQUE)
    column = into.number[:, into.number.shape[1] // 2]
    rows = np.flatnonzero(np.diff(column.astype(int)) != 0)
    change = [row for row in rows if {column[row], column[row + 1]} == {1, 2}]
    assert len(change) == 1  # one seam, half-way between the two feet
    north_m = (24.952 - 24.95) * 110.7e3
    y, _ = whole.lon_lat(0, change[0] + 1), None
    assert abs((float(y[1]) - 24.95) * 110.7e3 - north_m) < 25.0


def test_the_same_picture_twice_changes_nothing():
    into, whole, parts = two(Preference.BEST_GSD)
    before = into.number.copy()
    assert lay_in(into, whole, parts[0], 1, camera_at(0.0), Preference.BEST_GSD) == 0
    assert (into.number == before).all()


def test_pixels_that_do_not_fit_are_refused():
    into, whole, parts = two(Preference.FIRST)
    with pytest.raises(InputError, match="other pixels"):
        lay_in(into, whole.window(5, 5, 10, 10), parts[0], 1, camera_at(0.0), Preference.FIRST)
    with pytest.raises(InputError, match="numbered"):
        lay_in(into, whole, parts[0], 0, camera_at(0.0), Preference.FIRST)
    with pytest.raises(InputError, match="keep_depth"):
        lay_in(
            into, whole, replace(parts[0], depth_m=np.empty((0, 0), np.float32)), 1, camera_at(0.0),
            Preference.BEST_GSD,
        )  # fmt: skip
    with pytest.raises(InputError, match="no picture"):
        union_of([])
    with pytest.raises(InputError, match="one size"):
        union_of([whole, replace(whole, step_x=7.0)])
