"""A sortie on ground of several elevation models: each look has the ground and the error of the one it meets."""

import numpy as np
import pytest
from rasterio.transform import from_origin

from atalaya.app.ground import DeclaredGround, footprint_table, ground_of
from atalaya.app.ingest_source import ingest_source
from atalaya.app.terrain import TerrainClaim, import_terrain, list_terrain, remove_terrain
from atalaya.geo.geoid import VerticalDatum
from atalaya.model.actor import Role
from geo_files import written
from small_sortie import LAT_DEG, LON_DEG, flight, make_bench, write_klv


@pytest.fixture
def bench(tmp_path):
    return make_bench(tmp_path / "workspace")


def hills(rows, cols):
    row, col = np.mgrid[rows, cols]
    return (40.0 * np.sin(row / 7.0) * np.cos(col / 5.0)).astype(np.float32)


def model(path, rows, cols, *, raised_m=0.0):
    place = from_origin(
        LON_DEG - 0.05 + cols.start * 0.001, LAT_DEG + 0.05 - rows.start * 0.001, 0.001, 0.001
    )
    return written(path, hills(rows, cols) + np.float32(raised_m), transform=place)


def said(le90_m=9.0):
    return TerrainClaim(datum=VerticalDatum.HAE, le90_m=le90_m)


def test_tiles_imported_one_by_one_give_the_footprints_of_the_whole(bench, tmp_path):
    context = bench.acting(Role.SENSOR_OPERATOR)
    halves = (slice(0, 49), slice(49, 100)), (slice(0, 53), slice(53, 100))
    for number, (rows, cols) in enumerate((rows, cols) for rows in halves[0] for cols in halves[1]):
        import_terrain(context, [model(tmp_path / f"{number}.tif", rows, cols)], said())
    tiled = ground_of(context, DeclaredGround())
    for source in list_terrain(context):
        remove_terrain(context, source.terrain_id)
    import_terrain(context, [model(tmp_path / "all.tif", slice(0, 100), slice(0, 100))], said())
    whole = ground_of(context, DeclaredGround())
    one, other = (footprint_table(ground, flight(), (128, 96)) for ground in (tiled, whole))
    for name in ("centre_lon_deg", "centre_lat_deg", "corner_lon_deg", "corner_lat_deg"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), atol=1e-8)
    np.testing.assert_allclose(one.centre_hae_m, other.centre_hae_m, atol=0.02)
    np.testing.assert_allclose(one.ce90_m, other.ce90_m, rtol=1e-3)


def test_each_look_has_the_error_of_the_model_it_meets_and_the_sortie_is_kept(bench, tmp_path):
    context = bench.acting(Role.SENSOR_OPERATOR)
    rough = model(tmp_path / "rough.tif", slice(0, 100), slice(0, 100))
    fine = model(tmp_path / "fine.tif", slice(0, 100), slice(0, 54), raised_m=25.0)
    import_terrain(context, [rough], said(41.0))
    import_terrain(context, [fine], said(2.0))
    table = footprint_table(ground_of(context, DeclaredGround()), flight(), (128, 96))
    west = table.centre_lon_deg < LON_DEG - 0.05 + 0.0530
    east = table.centre_lon_deg > LON_DEG - 0.05 + 0.0545
    assert west.sum() > 5
    assert east.sum() > 5
    assert table.le90_m[west].max() < 5.0
    assert table.le90_m[east].min() > 30.0
    assert np.array_equal(table.frame_index, np.sort(table.frame_index))
    report = ingest_source(context, write_klv(tmp_path / "x.klv", flight()), bench.sortie.sortie_id)
    assert report.record.frames_kept == 40
    assert [it["le90_m"] for it in report.record.ground["terrain_sources"]] == [2.0, 41.0]
