"""Elevation models and geoids from real and made files; every foreign failure translated."""

import numpy as np
import pytest
import rasterio
from rasterio.crs import CRS
from rasterio.transform import from_origin
from rasterio.warp import transform as warp_points
from scipy.ndimage import map_coordinates

from atalaya.errors import ExternalError, InputError, NotFoundError
from atalaya.geo.geoid import VerticalDatum, undulation_m
from atalaya.geo.terrain import ConstantHeight, TerrainGrid
from atalaya.io import terrain_raster
from atalaya.io.terrain import load_terrain, read_geoid, read_terrain, save_terrain
from atalaya.io.terrain_tiles import load_tile, write_tile
from geo_files import flat_geoid, written
from shared_data import shared_file

CITIES = {
    "Mexico City": (-99.1332, 19.4326),
    "Guadalajara": (-103.3496, 20.6597),
    "Monterrey": (-100.3161, 25.6866),
    "Culiacan": (-107.3940, 24.8091),
    "Tijuana": (-117.0382, 32.5149),
    "Merida": (-89.5926, 20.9674),
    "Chihuahua": (-106.0691, 28.6329),
    "Acapulco": (-99.8237, 16.8531),
}


def test_nodes_of_a_raster_in_degrees_are_its_pixel_centres(tmp_path):
    values = np.arange(20.0, dtype=np.float32).reshape(4, 5)
    terrain = read_terrain(written(tmp_path / "dem.tif", values), VerticalDatum.HAE)
    assert terrain.height_hae_m(-107.0 + 0.0025, 25.0 - 0.0015) == pytest.approx(7.0, abs=1e-4)
    np.testing.assert_allclose(terrain.bounds_deg, (-106.9995, 24.9965, -106.9955, 24.9995), atol=1e-12)


def test_msl_heights_come_down_by_the_geoid_and_need_it(tmp_path):
    source = written(tmp_path / "dem.tif", np.full((4, 5), 1000, dtype=np.int16))
    assert read_terrain(source, VerticalDatum.MSL, flat_geoid()).highest_m == pytest.approx(970.0)
    with pytest.raises(InputError, match="geoid grid is needed"):
        read_terrain(source, VerticalDatum.MSL)


def test_nodata_and_impossible_heights_are_voids(tmp_path):
    values = np.array([[-32768, 10, 20], [9999, 30, 40], [-9999, 50, 60]], dtype=np.int16)
    terrain = read_terrain(written(tmp_path / "dem.tif", values, nodata=-32768), VerticalDatum.HAE)
    assert np.isnan(terrain.hae_m[:, 0]).all()
    assert (terrain.lowest_m, terrain.highest_m) == (10.0, 60.0)


def test_only_the_asked_area_is_read(tmp_path):
    values = np.arange(10_000.0, dtype=np.float32).reshape(100, 100) / 10.0
    source = written(tmp_path / "dem.tif", values)
    whole = read_terrain(source, VerticalDatum.HAE)
    part = read_terrain(source, VerticalDatum.HAE, bounds_deg=(-106.96, 24.94, -106.95, 24.95))
    assert max(part.hae_m.shape) <= 14
    for lon_deg, lat_deg in ((-106.96, 24.95), (-106.95, 24.94), (-106.9543, 24.9456)):
        assert part.height_hae_m(lon_deg, lat_deg) == pytest.approx(
            float(whole.height_hae_m(lon_deg, lat_deg))
        )
    with pytest.raises(InputError, match="holds nothing"):
        read_terrain(source, VerticalDatum.HAE, bounds_deg=(10.0, 50.0, 11.0, 51.0))


def test_a_tile_keeps_what_was_read_to_the_bit_and_says_what_it_holds(tmp_path):
    rng = np.random.default_rng(5)
    values = rng.uniform(0, 3000, (700, 50)).astype(np.float32)
    values[3, 4] = np.nan
    source = written(tmp_path / "dem.tif", values)
    facts = write_tile(tmp_path / "tile.tif", [source], VerticalDatum.MSL, geoid=flat_geoid())
    kept, read = load_tile(tmp_path / "tile.tif"), read_terrain(source, VerticalDatum.MSL, flat_geoid())
    np.testing.assert_array_equal(kept.hae_m, read.hae_m)
    np.testing.assert_allclose(kept.bounds_deg, facts.bounds_deg, atol=1e-12)
    assert (facts.lowest_hae_m, facts.highest_hae_m) == (kept.lowest_m, kept.highest_m)
    assert facts.void_share == pytest.approx(1.0 / 35_000.0)
    write_tile(tmp_path / "again.tif", [source], VerticalDatum.MSL, geoid=flat_geoid())
    assert (tmp_path / "again.tif").read_bytes() == (tmp_path / "tile.tif").read_bytes()


def test_a_workspace_keeps_one_declared_height_and_the_last_word_counts(tmp_path):
    assert load_terrain(tmp_path / "t") is None
    save_terrain(ConstantHeight(1234.5), tmp_path / "t")
    assert load_terrain(tmp_path / "t") == ConstantHeight(1234.5)
    save_terrain(
        read_terrain(written(tmp_path / "dem.tif", np.ones((3, 3), np.float32)), VerticalDatum.HAE),
        tmp_path / "t",
    )
    assert isinstance(load_terrain(tmp_path / "t"), TerrainGrid)
    save_terrain(ConstantHeight(7.0), tmp_path / "t")
    assert load_terrain(tmp_path / "t") == ConstantHeight(7.0)


def test_a_terrain_nobody_declared_is_refused(tmp_path):
    written(tmp_path / "terrain.tif", np.ones((3, 3), np.float32))
    with pytest.raises(InputError, match="above the ellipsoid"):
        load_terrain(tmp_path)
    (tmp_path / "terrain.tif").unlink()
    (tmp_path / "constant_height.json").write_text('{"constant_hae_m": "high"}')
    with pytest.raises(InputError, match="does not declare"):
        load_terrain(tmp_path)


def test_what_is_not_an_elevation_model_is_refused_with_its_name(tmp_path):
    (tmp_path / "text.tif").write_text("not a raster")
    (tmp_path / "pointer.vrt").write_text("<VRTDataset rasterXSize='1' rasterYSize='1'></VRTDataset>")
    plain = np.ones((3, 3), np.float32)
    for name, message in (("text.tif", "not a raster"), ("pointer.vrt", "not a raster")):
        with pytest.raises(InputError, match=message):
            read_terrain(tmp_path / name, VerticalDatum.HAE)
    with pytest.raises(NotFoundError, match="no such file"):
        read_terrain(tmp_path / "nowhere.tif", VerticalDatum.HAE)
    with pytest.raises(InputError, match="coordinate system"):
        read_terrain(written(tmp_path / "nocrs.tif", plain, crs=None), VerticalDatum.HAE)
    with pytest.raises(InputError, match="metres"):
        read_terrain(written(tmp_path / "feet.tif", plain, unit="ft"), VerticalDatum.HAE)


def test_a_cut_file_is_an_external_failure(tmp_path):
    rng = np.random.default_rng(6)
    good = written(tmp_path / "good.tif", rng.random((300, 300), dtype=np.float32))
    cut = tmp_path / "cut.tif"
    cut.write_bytes(good.read_bytes()[:100_000])
    with pytest.raises((ExternalError, InputError), match=r"cut\.tif"):
        write_tile(tmp_path / "tile.tif", [cut], VerticalDatum.HAE)


def test_a_folder_that_cannot_be_written_is_an_external_failure(tmp_path):
    (tmp_path / "t").write_text("a file stands where the folder should be")
    with pytest.raises(ExternalError, match="cannot be written"):
        save_terrain(ConstantHeight(1.0), tmp_path / "t")


def test_an_area_too_large_is_refused_before_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(terrain_raster, "MAXIMUM_NODES", 8)
    with pytest.raises(InputError, match="smaller area"):
        read_terrain(written(tmp_path / "dem.tif", np.ones((3, 3), np.float32)), VerticalDatum.HAE)


def test_a_grid_of_another_kind_is_no_geoid(tmp_path):
    with pytest.raises(InputError, match="not metres"):
        read_geoid(written(tmp_path / "dem.tif", np.full((3, 3), 2500.0, np.float32)))
    metric = from_origin(5e5, 2e6, 30.0, 30.0)
    with pytest.raises(InputError, match="lon/lat"):
        read_geoid(
            written(tmp_path / "utm.tif", np.ones((3, 3), np.float32), crs="EPSG:32613", transform=metric)
        )


@pytest.mark.shared
def test_two_geoids_of_mexico_agree_on_sign_and_size():
    ggm10 = read_geoid(shared_file("data/geo/geoid/mx_inegi_ggm10.tif"))
    egm96 = read_geoid(shared_file("data/geo/geoid/us_nga_egm96_15.tif"))
    for city, place in CITIES.items():
        first_m, second_m = float(undulation_m(ggm10, *place)), float(undulation_m(egm96, *place))
        assert -50.0 < first_m < 0.0, city
        assert abs(first_m - second_m) < 2.0, city
    with pytest.raises(InputError, match="does not reach"):
        undulation_m(ggm10, -84.37, 33.75)
    assert -31.0 < float(undulation_m(egm96, -84.37, 33.75)) < -28.0  # Atlanta


@pytest.mark.shared
def test_the_geoid_is_exactly_the_grid_at_its_nodes_in_either_convention():
    source = shared_file("data/geo/geoid/us_nga_egm96_15.tif")
    egm96 = read_geoid(source)
    part = read_geoid(source, bounds_deg=(250.0, 15.0, 262.0, 30.0))
    with rasterio.open(source) as raster:
        for lon_deg, lat_deg in ((-100.0, 20.0), (-109.75, 29.25), (179.75, 0.0), (-180.0, 45.0)):
            row, col = raster.index(lon_deg, lat_deg)
            expected_m = raster.read(1)[row, col]
            assert float(undulation_m(egm96, lon_deg, lat_deg)) == pytest.approx(expected_m, abs=1e-5)
            assert float(undulation_m(egm96, lon_deg + 360.0, lat_deg)) == pytest.approx(expected_m, abs=1e-5)
            if lon_deg in {-100.0, -109.75}:
                assert float(undulation_m(part, lon_deg, lat_deg)) == pytest.approx(expected_m, abs=1e-5)


@pytest.mark.shared
def test_a_model_in_utm_keeps_its_heights_when_warped():
    source = shared_file("data/geo/dem/colima_jalisco_20m_utm13n.tif")
    geoid = read_geoid(shared_file("data/geo/geoid/mx_inegi_ggm10.tif"))
    terrain = read_terrain(source, VerticalDatum.MSL, geoid)
    with rasterio.open(source) as raster:
        values, place, rng = raster.read(1), raster.transform, np.random.default_rng(7)
    row, col = rng.uniform(5, 930, 2000), rng.uniform(5, 928, 2000)
    expected_m = map_coordinates(values, [row, col], order=1)
    x_m, y_m = place.c + (col + 0.5) * place.a, place.f + (row + 0.5) * place.e
    lon_deg, lat_deg = (
        np.asarray(axis) for axis in warp_points(CRS.from_epsg(32613), CRS.from_epsg(4326), x_m, y_m)
    )
    found_m = terrain.height_hae_m(lon_deg, lat_deg) - undulation_m(geoid, lon_deg, lat_deg)
    error_m = np.abs(found_m - expected_m)
    assert np.isnan(error_m).mean() < 0.001
    assert np.nanmedian(error_m) < 0.3
    assert np.nanpercentile(error_m, 99) < 4.5


@pytest.mark.shared
def test_a_whole_number_model_in_another_projection_has_voids_where_it_ends():
    terrain = read_terrain(shared_file("data/geo/dem/mx_coarse_srtm30_2p4km_epsg3857.tif"), VerticalDatum.HAE)
    assert 1500.0 < float(terrain.height_hae_m(-99.13, 19.43)) < 3000.0  # Mexico City lies at 2240 m
    assert terrain.highest_m < 5700.0


@pytest.mark.shared
def test_srtm_in_degrees_keeps_its_nodes():
    source = shared_file("data/geo/dem/cobb_srtm1_openathena.tif")
    egm96 = read_geoid(shared_file("data/geo/geoid/us_nga_egm96_15.tif"))
    terrain = read_terrain(source, VerticalDatum.MSL, egm96, bounds_deg=(-84.6, 33.8, -84.5, 33.9))
    with rasterio.open(source) as raster:
        row, col = raster.index(-84.55, 33.85)
        lon_deg, lat_deg = raster.xy(row, col)
        expected_m = raster.read(1)[row, col] + float(undulation_m(egm96, lon_deg, lat_deg))
    assert float(terrain.height_hae_m(lon_deg, lat_deg)) == pytest.approx(expected_m, abs=0.01)
