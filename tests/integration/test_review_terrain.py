"""The workspace's terrain: only what worked is on the record, and places stay on the ground they were put on."""

import json

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from atalaya.app.detect_sites import detect_sites
from atalaya.app.ingest_source import ingest_source
from atalaya.app.look_for_places import ground_of_source
from atalaya.app.terrain import add_terrain, list_terrain, remove_terrain
from atalaya.errors import InputError
from atalaya.geo.geoid import VerticalDatum
from atalaya.geo.terrain import TerrainGrid
from atalaya.model.actor import Role
from small_sortie import LAT_DEG, LON_DEG, flight, make_bench, write_klv, write_ts


def flat_terrain(path, height_m=0.0, *, west_deg=LON_DEG - 0.05):
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=100,
        height=100,
        count=1,
        dtype="float32",
        crs="EPSG:4326",
        transform=from_origin(west_deg, LAT_DEG + 0.05, 0.001, 0.001),
    ) as raster:
        raster.write(np.full((100, 100), height_m, dtype=np.float32), 1)
    return path


@pytest.fixture
def bench(tmp_path):
    return make_bench(tmp_path / "workspace")


def actions(context):
    with context.store.transaction() as step:
        return [json.loads(entry.leaf)["action"] for entry in step.entries()]


def test_an_elevation_model_that_cannot_be_used_is_not_recorded_as_the_terrain(bench, tmp_path):
    context = bench.acting(Role.SENSOR_OPERATOR)
    with pytest.raises(InputError, match="geoid"):
        add_terrain(context, flat_terrain(tmp_path / "dem.tif"), VerticalDatum.MSL, None)
    assert "terrain.add" not in actions(context)
    assert not list((bench.folder / "terrain").glob("*"))


def test_places_are_not_worked_out_on_other_ground_than_the_footprints(bench, tmp_path):
    context = bench.acting(Role.SENSOR_OPERATOR)
    first = flat_terrain(tmp_path / "dem.tif")
    add_terrain(context, first, VerticalDatum.HAE, None)
    path = write_ts(tmp_path / "x.ts", flight())
    record = ingest_source(context, path, bench.sortie.sortie_id).record
    assert record.frames_kept == 40
    add_terrain(context, flat_terrain(tmp_path / "other.tif", 300.0), VerticalDatum.HAE, None)
    analyst = bench.acting(Role.IMAGERY_ANALYST)
    ground = ground_of_source(analyst, record)
    assert isinstance(ground.terrain, TerrainGrid)
    assert ground.terrain.highest_m == 0.0, "it stays on what it was placed on"
    placed = list_terrain(context)
    assert {source.highest_hae_m for source in placed} == {0.0, 300.0}
    lowest = next(source for source in placed if source.highest_hae_m == 0.0)
    remove_terrain(context, lowest.terrain_id)
    with pytest.raises(InputError, match="another terrain"):
        detect_sites(analyst, bench.sortie.sortie_id)
    add_terrain(context, first, VerticalDatum.HAE, None)
    assert detect_sites(analyst, bench.sortie.sortie_id).looks > 0


def test_frames_that_look_beyond_the_terrain_are_dropped_and_come_in_once_it_reaches_them(bench, tmp_path):
    context = bench.acting(Role.SENSOR_OPERATOR)
    add_terrain(context, flat_terrain(tmp_path / "far.tif", west_deg=LON_DEG + 1.0), VerticalDatum.HAE, None)
    path = write_klv(tmp_path / "x.klv", flight())
    report = ingest_source(context, path, bench.sortie.sortie_id)
    assert report.dropped == {"footprint-unknown": 40}
    add_terrain(context, flat_terrain(tmp_path / "near.tif"), VerticalDatum.HAE, None)
    assert ingest_source(context, path, bench.sortie.sortie_id).record.frames_kept == 40
