"""Elevation models as others write them: GRASS without nodata, SRTM in a zip, tiles side by side, other datums."""

import numpy as np
import pytest
from rasterio.transform import from_origin

from atalaya.errors import InputError
from atalaya.geo.geoid import VerticalDatum
from atalaya.io.terrain import read_terrain
from atalaya.io.terrain_source import lattices, stated_datum
from atalaya.io.terrain_tiles import load_tile, write_tile
from geo_files import GRASS_WKT, flat_geoid, hgt, written, zipped

UTM = from_origin(650_000.0, 2_160_000.0, 20.0, 20.0)


@pytest.mark.parametrize("sentinel", [-32768.0, 65535.0, -9999.0, -1.79e308, 3.4e38, 9999.0])
def test_a_void_that_grass_does_not_declare_is_never_half_of_a_height(tmp_path, sentinel):
    values = np.full((60, 60), 1500.0)
    values[20:30, 20:30] = sentinel
    source = written(tmp_path / "grass.tif", values, crs=GRASS_WKT, transform=UTM)
    terrain = read_terrain(source, VerticalDatum.HAE)
    known_m = terrain.hae_m[~np.isnan(terrain.hae_m)]
    assert known_m.min() == known_m.max() == 1500.0
    assert 0.02 < np.isnan(terrain.hae_m).mean() < 0.15


def test_a_grass_file_without_epsg_code_lies_where_its_system_says(tmp_path):
    values = np.tile(np.arange(200.0) * 5.0, (200, 1))
    named = written(tmp_path / "epsg.tif", values, crs="EPSG:32613", transform=UTM)
    unnamed = written(tmp_path / "grass.tif", values, crs=GRASS_WKT, transform=UTM)
    first, second = (read_terrain(it, VerticalDatum.HAE) for it in (named, unnamed))
    np.testing.assert_allclose(first.bounds_deg, second.bounds_deg, atol=1e-9)
    np.testing.assert_allclose(first.hae_m, second.hae_m, atol=1e-3)


def test_degrees_of_another_datum_are_brought_to_wgs84(tmp_path):
    """NAD27 lies some 50 m beside WGS 84 in Mexico: its nodes may not be taken as they are."""
    values = np.tile(np.arange(100.0, dtype=np.float32) * 10.0, (100, 1))
    shifted = read_terrain(written(tmp_path / "nad27.tif", values, crs="EPSG:4267"), VerticalDatum.HAE)
    plain = read_terrain(written(tmp_path / "wgs.tif", values), VerticalDatum.HAE)
    difference_m = float(shifted.height_hae_m(-106.95, 24.95) - plain.height_hae_m(-106.95, 24.95))
    assert 2.0 < abs(difference_m) < 15.0, "10 m a node of 100 m: some tens of metres of shift"
    same = read_terrain(written(tmp_path / "itrf.tif", values, crs="EPSG:6365"), VerticalDatum.HAE)
    np.testing.assert_array_equal(same.hae_m, plain.hae_m)


def test_scaled_whole_numbers_are_metres_after_scaling(tmp_path):
    source = written(tmp_path / "scaled.tif", np.full((5, 5), 15_000, dtype=np.int16))
    import rasterio

    with rasterio.open(source, "r+") as raster:
        raster.scales, raster.offsets = (0.1,), (100.0,)
    assert read_terrain(source, VerticalDatum.HAE).highest_m == pytest.approx(1600.0)


def test_an_srtm_tile_is_read_from_its_zip_whatever_it_is_called_inside(tmp_path):
    values = np.full((1201, 1201), 700)
    values[0, :] = -32768
    plain = hgt(tmp_path / "N19W104.hgt", values)
    packed = zipped(tmp_path / "any name.zip", "deep/n19w104.SRTMGL3.hgt", plain.read_bytes())
    for source in (plain, packed):
        terrain = read_terrain(source, VerticalDatum.HAE)
        np.testing.assert_allclose(terrain.bounds_deg, (-104.0, 19.0, -103.0, 20.0), atol=1e-9)
        assert np.isnan(terrain.hae_m[0]).all()
        assert terrain.lowest_m == 700.0


@pytest.mark.parametrize(
    ("name", "content"),
    [("notes.txt", b"text"), ("../../N19W104x.txt", b""), ("other.hgt", b"0" * 10)],
)
def test_a_zip_without_one_tile_is_refused_by_name(tmp_path, name, content):
    with pytest.raises(InputError, match=r"tiles\.zip"):
        read_terrain(zipped(tmp_path / "tiles.zip", name, content), VerticalDatum.HAE)
    (tmp_path / "tiles.zip").write_bytes(b"PK\x03\x04 cut")
    with pytest.raises(InputError, match=r"tiles\.zip"):
        read_terrain(tmp_path / "tiles.zip", VerticalDatum.HAE)


def test_tiles_side_by_side_are_one_source_without_a_gap(tmp_path):
    values = np.arange(40_000.0, dtype=np.float32).reshape(200, 200) / 10.0
    whole = written(tmp_path / "whole.tif", values, crs="EPSG:32613", transform=UTM)
    west = written(tmp_path / "west.tif", values[:, :90], crs="EPSG:32613", transform=UTM)
    beside = from_origin(650_000.0 + 90 * 20.0, 2_160_000.0, 20.0, 20.0)
    east = written(tmp_path / "east.tif", values[:, 90:], crs="EPSG:32613", transform=beside)
    far = written(tmp_path / "far.tif", values, crs="EPSG:32613", transform=from_origin(9e5, 2e6, 20, 20))
    assert lattices([east, far, west]) == [[east, west], [far]]
    write_tile(tmp_path / "joined.tile", [east, west], VerticalDatum.HAE)
    write_tile(tmp_path / "whole.tile", [whole], VerticalDatum.HAE)
    joined, wanted = load_tile(tmp_path / "joined.tile"), load_tile(tmp_path / "whole.tile")
    np.testing.assert_array_equal(joined.hae_m, wanted.hae_m)


def test_neighbouring_srtm_tiles_share_their_edge(tmp_path):
    files = [hgt(tmp_path / name, 100 + number) for number, name in enumerate(("N19W104.hgt", "N19W105.hgt"))]
    assert lattices(files) == [files]
    facts = write_tile(tmp_path / "tile", files, VerticalDatum.MSL, geoid=flat_world())
    assert (facts.rows, facts.cols, facts.void_share) == (1201, 2401, 0.0)
    np.testing.assert_allclose(facts.bounds_deg, (-105.0, 19.0, -103.0, 20.0), atol=1e-9)


def test_strips_of_a_large_model_meet_without_a_seam(tmp_path, monkeypatch):
    from atalaya.io import terrain_source

    rng = np.random.default_rng(1)
    smooth = np.cumsum(np.cumsum(rng.normal(size=(600, 300)), axis=0), axis=1).clip(-400, 8000)
    source = written(tmp_path / "dem.tif", smooth, crs="EPSG:32613", transform=UTM)
    once = read_terrain(source, VerticalDatum.HAE)
    monkeypatch.setattr(terrain_source, "_STRIP_NODES", 1)
    in_strips = read_terrain(source, VerticalDatum.HAE)
    np.testing.assert_allclose(in_strips.hae_m, once.hae_m, atol=0.5)
    steps_m = np.abs(np.diff(in_strips.hae_m, axis=0) - np.diff(once.hae_m, axis=0))
    assert np.nanmax(steps_m) < 0.5


def test_a_model_of_nothing_is_refused(tmp_path):
    source = written(tmp_path / "void.tif", np.full((5, 5), -9999, dtype=np.int16))
    with pytest.raises(InputError, match=r"void\.tif holds no height"):
        write_tile(tmp_path / "tile", [source], VerticalDatum.HAE)


def flat_world():
    from dataclasses import replace

    return replace(flat_geoid(), west_deg=-110.0, north_deg=30.0, step_lon_deg=10.0, step_lat_deg=10.0)


@pytest.mark.parametrize(
    ("crs", "place"),
    [
        ("EPSG:32613", from_origin(1e9, 1e9, 20.0, 20.0)),
        ("EPSG:3031", from_origin(-300.0, 300.0, 20.0, 20.0)),
        ("EPSG:4978", from_origin(0.0, 9.0, 2.0, 2.0)),
        ('LOCAL_CS["x",UNIT["m",1]]', from_origin(0.0, 300.0, 20.0, 20.0)),
    ],
)
def test_a_system_or_place_that_is_not_on_earth_is_refused_by_name(tmp_path, crs, place):
    source = written(tmp_path / "odd.tif", np.ones((30, 30), np.float32), crs=crs, transform=place)
    with pytest.raises(InputError, match=r"odd\.tif"):
        read_terrain(source, VerticalDatum.HAE)


@pytest.mark.parametrize(
    ("name", "length"), [("N19W104.hgt", 10), ("other.hgt", 2 * 1201 * 1201), ("N19W104.hgt", 0)]
)
def test_a_file_that_is_no_tile_is_refused_by_name(tmp_path, name, length):
    (tmp_path / name).write_bytes(b"\0" * length)
    with pytest.raises(InputError, match=name):
        read_terrain(tmp_path / name, VerticalDatum.HAE)


def test_the_vertical_system_that_a_file_names_is_told_and_decides_nothing(tmp_path):
    values = np.full((5, 5), 10.0, np.float32)
    said = written(tmp_path / "said.tif", values, crs="EPSG:4326+5773")
    assert stated_datum([said]) == "EGM96 height"
    assert stated_datum([written(tmp_path / "silent.tif", values)]) == ""
    assert read_terrain(said, VerticalDatum.HAE).highest_m == 10.0
