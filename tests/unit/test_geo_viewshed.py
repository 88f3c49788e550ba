"""Viewsheds against closed forms, the exact twin, and a known defect of another program."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atalaya.errors import InputError
from atalaya.geo.terrain import TerrainGrid
from atalaya.geo.viewshed import Observer, Seen, sector_metrics, viewshed
from atalaya.geo.viewshed_numpy import look_along_sector
from terrain_scenes import fractal_terrain

STEP_DEG = 1e-3


def plain(hae_m: np.ndarray) -> TerrainGrid:
    return TerrainGrid(
        hae_m=hae_m, west_deg=-107.0, north_deg=25.0, step_lon_deg=STEP_DEG, step_lat_deg=STEP_DEG
    )


def above(terrain: TerrainGrid, row: float, col: float, height_m: float, **options: float) -> Observer:
    lon_deg = terrain.west_deg + col * terrain.step_lon_deg
    lat_deg = terrain.north_deg - row * terrain.step_lat_deg
    ground_m = np.nan_to_num(terrain.height_hae_m(lon_deg, lat_deg))
    return Observer(lon_deg=lon_deg, lat_deg=lat_deg, hae_m=float(ground_m) + height_m, **options)


def by_the_twin(terrain: TerrainGrid, observer: Observer, target_m: float = 0.0) -> np.ndarray:
    col, row = (float(place) for place in terrain.grid_place(observer.lon_deg, observer.lat_deg))
    height_m = terrain.hae_m.astype(np.float32)
    seen = np.zeros(height_m.shape, np.uint8)
    for (transposed, step), metric in sector_metrics(terrain, observer).items():
        ground_m, into = (height_m.T, seen.T) if transposed else (height_m, seen)
        place = np.array([col, row, observer.hae_m] if transposed else [row, col, observer.hae_m])
        look_along_sector(ground_m, place, target_m, step, metric, diagonal=not transposed, seen=into)
    if row.is_integer() and col.is_integer():
        seen[int(row), int(col)] = Seen.SEEN
    return seen


def test_a_wall_hides_what_is_behind_it_up_to_where_its_shadow_ends():
    hae_m = np.zeros((101, 201))
    hae_m[:, 40] = 100.0
    seen = viewshed(plain(hae_m), above(plain(hae_m), 50, 20, 290.0, refraction_coefficient=1.0))
    beyond = np.flatnonzero(seen[50, 41:] == Seen.SEEN)[0] + 41
    assert beyond == 51  # eye 290 m, wall 100 m at 20 columns: the line comes down 10.5 columns behind it
    assert (seen[:, :41] == Seen.SEEN).all()
    assert (seen[50, 41:51] == Seen.HIDDEN).all()


def test_the_earth_hides_the_plain_beyond_the_horizon_and_refraction_lifts_it():
    terrain = plain(np.zeros((3, 601)))
    reach = {}
    for coefficient in (0.0, 0.13):
        observer = above(terrain, 1, 0, 100.0, refraction_coefficient=coefficient)
        row = viewshed(terrain, observer)[1]
        reach[coefficient] = np.flatnonzero(row == Seen.SEEN)[-1] * 100.95e-3  # km per column at 25 deg
    assert reach[0.0] == pytest.approx(35.7, abs=0.3)  # sqrt(2 R h)
    assert reach[0.13] == pytest.approx(35.7 / np.sqrt(0.87), abs=0.3)


@pytest.mark.parametrize("height_m", [750_366.0, 750_367.0, 2_000_000.0])
def test_an_observer_of_any_height_sees(height_m):
    """From 750 367 m up, GDAL 3.10 called everything hidden (its issue 12518)."""
    terrain = fractal_terrain(101, 3, relief_m=400.0, step_deg=3e-4)
    seen = viewshed(terrain, above(terrain, 50, 50, height_m))
    assert (seen == Seen.SEEN).all()


@given(
    seed=st.integers(0, 10_000),
    row=st.floats(-15.0, 60.0),
    col=st.floats(-15.0, 60.0),
    height_m=st.floats(1.0, 3000.0),
    target_m=st.sampled_from([0.0, 2.0]),
)
@settings(max_examples=40, deadline=None)
def test_looking_along_every_line_equals_the_numpy_twin(seed, row, col, height_m, target_m):
    terrain = fractal_terrain(46, seed, relief_m=300.0)
    observer = above(terrain, row, col, height_m)
    exact = viewshed(terrain, observer, target_m=target_m, exact=True)
    assert (exact != by_the_twin(terrain, observer, target_m)).mean() < 1e-3  # grazing within rounding


@pytest.mark.parametrize("height_m", [2.0, 50.0, 400.0, 3000.0])
@pytest.mark.parametrize("roughness", [1.8, 2.2])
def test_the_sweep_differs_from_exact_in_a_thousandth_of_nodes_at_most(height_m, roughness):
    terrain = fractal_terrain(401, 11, relief_m=1200.0, step_deg=2e-4, roughness=roughness)
    observer = above(terrain, 200.37, 180.81, height_m)
    assert (viewshed(terrain, observer) != viewshed(terrain, observer, exact=True)).mean() <= 1e-3


def test_an_observer_beside_the_terrain_sees_it_as_one_on_a_wider_terrain_does():
    wide = fractal_terrain(120, 5, relief_m=300.0)
    hae_m = wide.hae_m.copy()
    hae_m[:, :60] = -1000.0  # a deep plain in the west, which hides nothing
    wide = plain(hae_m)
    narrow = TerrainGrid(
        hae_m=hae_m[:, 60:],
        west_deg=-107.0 + 60 * STEP_DEG,
        north_deg=25.0,
        step_lon_deg=STEP_DEG,
        step_lat_deg=STEP_DEG,
    )
    observer = Observer(lon_deg=-106.99, lat_deg=24.95, hae_m=700.0)
    assert (viewshed(narrow, observer, exact=True) == viewshed(wide, observer, exact=True)[:, 60:]).all()


def test_more_height_of_the_target_never_hides_it():
    terrain = fractal_terrain(101, 8, relief_m=500.0)
    observer = above(terrain, 50, 50, 20.0)
    low, high = (viewshed(terrain, observer, target_m=target_m, exact=True) for target_m in (0.0, 10.0))
    assert (high >= low).all()
    assert (high != low).any()


def test_a_void_is_unknown_and_so_is_what_it_may_hide():
    hae_m = np.zeros((41, 81))
    hae_m[:, 40] = 100.0
    hae_m[:, 60] = 300.0
    terrain = plain(hae_m)
    observer = above(terrain, 20, 20, 300.0)
    holed = plain(np.where(np.arange(81) == 40, np.nan, hae_m))
    seen = viewshed(holed, observer)
    assert (seen[:, 40] == Seen.UNKNOWN).all()
    assert seen[20, 45] == Seen.UNKNOWN  # behind the void, which may be as high as the highest ground
    assert seen[20, 70] == Seen.HIDDEN  # behind known ground
    assert seen[20, 30] == Seen.SEEN  # before it
    known = viewshed(terrain, observer)
    assert (known[seen != Seen.UNKNOWN] == seen[seen != Seen.UNKNOWN]).all()


def test_what_cannot_be_asked_is_refused_with_the_reason():
    terrain = plain(np.full((3, 3), 500.0))
    with pytest.raises(InputError, match=r"500\.0 m under the ground"):
        viewshed(terrain, Observer(lon_deg=-106.999, lat_deg=24.999, hae_m=0.0))
    with pytest.raises(InputError, match="on the ground or above"):
        viewshed(terrain, above(terrain, 1, 1, 1.0), target_m=-1.0)
    with pytest.raises(InputError, match="no such observer"):
        Observer(lon_deg=0.0, lat_deg=np.nan, hae_m=0.0)
    with pytest.raises(InputError, match="refraction"):
        Observer(lon_deg=0.0, lat_deg=0.0, hae_m=0.0, refraction_coefficient=2.0)
