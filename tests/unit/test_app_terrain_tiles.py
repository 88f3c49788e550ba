"""Tiles of heights: read back they are the terrain, seamless, and unknown ground says so."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from atalaya.app.terrain_tiles import TILE_PX, TileKind, height_tile, tile, tiles_of, void_tile
from atalaya.errors import NotFoundError
from atalaya.geo.terrain import TerrainGrid, TerrainMosaic
from terrain_scenes import fractal_terrain


def plane(east_m: float, north_m: float, nodes: int = 201) -> TerrainGrid:
    """Rises so many metres per node; the corner of the north-west is at -107, 25."""
    row, col = np.mgrid[0:nodes, 0:nodes].astype(float)
    return TerrainGrid(
        hae_m=1500.0 + east_m * col - north_m * row,
        west_deg=-107.0,
        north_deg=25.0,
        step_lon_deg=1e-4,
        step_lat_deg=1e-4,
    )


def decoded_m(png: bytes) -> np.ndarray:
    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    blue, green, red = (picture[..., channel].astype(float) for channel in range(3))
    return red * 256.0 + green + blue / 256.0 - 32768.0


def place_of(zoom: int, column: int, row: int) -> tuple[np.ndarray, np.ndarray]:
    """Longitudes of the columns and latitudes of the rows of a tile's pixel centres."""
    pixel = (np.arange(TILE_PX) + 0.5) / TILE_PX
    lon_deg = (column + pixel) / 2**zoom * 360.0 - 180.0
    lat_deg = np.degrees(2.0 * np.arctan(np.exp(np.pi * (1 - 2 * (row + pixel) / 2**zoom))) - np.pi / 2)
    return lon_deg, lat_deg


def tile_at(lon_deg: float, lat_deg: float, zoom: int) -> tuple[int, int, int]:
    column = int((lon_deg / 360 + 0.5) * 2**zoom)
    row = int((0.5 - np.log(np.tan(np.pi / 4 + np.radians(lat_deg) / 2)) / (2 * np.pi)) * 2**zoom)
    return zoom, column, row


def test_a_tile_read_back_is_the_bilinear_ground_within_two_millimetres():
    terrain = fractal_terrain(400, seed=3, relief_m=900.0)
    name = tile_at(-106.98, 24.98, 15)
    lon_deg, lat_deg = place_of(*name)
    wanted_m = terrain.height_hae_m(lon_deg[None, :], lat_deg[:, None])
    assert np.isfinite(wanted_m).all()
    assert np.abs(decoded_m(height_tile(terrain, *name)) - wanted_m).max() <= 0.5 / 256 + 1e-9


def test_heights_below_the_ellipsoid_survive():
    low = replace(plane(0.0, 0.0), hae_m=np.full((201, 201), -31.25))
    assert (decoded_m(height_tile(low, *tile_at(-106.99, 24.99, 15))) == -31.25).all()


def test_a_plane_runs_on_over_the_seam_of_two_tiles():
    zoom, column, row = tile_at(-106.995, 24.99, 17)
    left, right = (decoded_m(height_tile(plane(3.0, 0.0), zoom, column + step, row)) for step in (0, 1))
    slopes_m = np.diff(np.hstack([left, right]), axis=1)
    assert np.ptp(slopes_m) <= 2.5 / 256


def test_a_pixel_larger_than_a_node_is_the_mean_and_not_a_chance_node():
    terrain = plane(0.0, 0.0, nodes=801)
    spiked = terrain.hae_m.copy()
    spiked[::2, ::2] += 400.0
    zoom = tiles_of(terrain, "").max_zoom - 3
    made_m = decoded_m(height_tile(replace(terrain, hae_m=spiked), *tile_at(-106.96, 24.96, zoom)))
    lon_deg, lat_deg = place_of(*tile_at(-106.96, 24.96, zoom))
    inside = np.isfinite(terrain.height_hae_m(lon_deg[None, :], lat_deg[:, None]))
    inside &= np.roll(inside, (4, 4), (0, 1)) & np.roll(inside, (-4, -4), (0, 1))
    assert made_m[inside].mean() == pytest.approx(1600.0, abs=2.0)
    assert np.ptp(made_m[inside]) < 200.0  # 400 where each pixel is one node


def test_unknown_ground_is_hatched_in_one_tile_and_casts_no_cliff_in_the_other():
    terrain = plane(1.0, 0.0)
    holed = terrain.hae_m.copy()
    holed[80:121, 80:121] = np.nan
    terrain = replace(terrain, hae_m=holed)
    name = tile_at(-106.9905, 24.9905, 16)
    lon_deg, lat_deg = place_of(*name)
    unknown = np.isnan(terrain.height_hae_m(lon_deg[None, :], lat_deg[:, None]))
    assert 0.05 < unknown.mean() < 0.95
    mask = cv2.imdecode(np.frombuffer(void_tile(terrain, *name), np.uint8), cv2.IMREAD_UNCHANGED)
    assert ((mask[..., 3] == 255) == unknown).all()
    assert set(np.unique(mask[..., 0][unknown])) == {0, 255}
    assert np.abs(np.diff(decoded_m(height_tile(terrain, *name)), axis=1)).max() < 41.0


def test_the_pyramid_lies_where_the_terrain_lies_and_its_deepest_pixel_is_about_a_node():
    tiles = tiles_of(fractal_terrain(400, seed=3, relief_m=900.0), "a")
    assert (tiles.west_deg, tiles.north_deg) == (-107.0, 25.0)
    assert 360.0 / 256 / 2**tiles.max_zoom <= 1e-4 < 360.0 / 256 / 2 ** (tiles.max_zoom - 1)
    assert tiles.min_zoom < tiles.max_zoom
    assert not tiles.has_voids


@pytest.mark.parametrize("name", [(3, 8, 0), (-1, 0, 0), (3, 0, -1), (64, 0, 0), (15, 0, 0)])
@pytest.mark.parametrize("kind", TileKind)
def test_no_such_tile_is_not_found(kind, name):
    with pytest.raises(NotFoundError):
        tile(plane(1.0, 1.0), kind, *name)


def test_a_terrain_over_the_antimeridian_has_tiles_on_both_sides():
    terrain = replace(plane(1.0, 0.0), west_deg=179.99)
    zoom = tiles_of(terrain, "").max_zoom
    east, west = (height_tile(terrain, *tile_at(lon_deg, 24.99, zoom)) for lon_deg in (179.9951, -179.9951))
    assert decoded_m(east).max() < decoded_m(west).max()


def test_a_mosaic_is_one_terrain_and_its_gaps_are_voids():
    west = plane(1.0, 0.0)
    beside = replace(west, west_deg=west.bounds_deg[2])
    apart = replace(west, west_deg=west.bounds_deg[2] + 0.01)
    finer = replace(west, step_lon_deg=5e-5, step_lat_deg=5e-5)
    assert not tiles_of(TerrainMosaic((west, beside)), "").has_voids
    assert tiles_of(TerrainMosaic((west, apart)), "").has_voids
    assert tiles_of(TerrainMosaic((west, finer)), "").max_zoom == tiles_of(west, "").max_zoom + 1
    name = tile_at(-106.97, 24.99, 14)
    lon_deg, lat_deg = place_of(*name)
    wanted_m = TerrainMosaic((west, apart)).height_hae_m(lon_deg[None, :], lat_deg[:, None])
    made_m = decoded_m(height_tile(TerrainMosaic((west, apart)), *name))
    known = np.isfinite(wanted_m)
    assert np.abs(made_m - wanted_m)[known].max() < 0.01
