"""Observations go to GeoParquet and come back exactly, for us and for other programs."""

import json
from dataclasses import fields, replace
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest
import shapely
from numpy.testing import assert_array_equal

from atalaya.errors import ExternalError, InputError, IntegrityError, NotFoundError
from atalaya.io.lake import ParquetLake
from atalaya.model.columns import Columns
from atalaya.model.detection import DetectionKind, DetectionTable, ImageDetections, TrackTable
from atalaya.model.footprint import FootprintTable
from atalaya.model.frame import FrameTable, TargetTable, unknown_frames
from atalaya.model.identifiers import SortieId, SourceId
from full_disk import filling

SORTIE = SortieId("SOR-0123456789ab")
SOURCE = SourceId("ab" * 32)
OTHER = SourceId("0c" * 32)
KINDS = [FrameTable, TargetTable, FootprintTable, DetectionTable, TrackTable]
SQUARE_LON = np.array([-107.0, -106.9, -106.9, -107.0])
SQUARE_LAT = np.array([24.1, 24.1, 24.0, 24.0])


def a_table[T: Columns](kind: type[T], count: int, seed: int = 0) -> T:
    """Rows of every dtype with unknowns among them, from a seed."""
    rng = np.random.default_rng(seed)
    shapes = {
        "corner_lon_deg": (4,),
        "corner_lat_deg": (4,),
        "covariance_m2": (2, 2),
        "centre_covariance_m2": (2, 2),
    }
    columns: dict[str, Any] = {}
    for field in fields(kind):  # every kind is a dataclass
        values = rng.normal(-50, 10, (count, *shapes.get(field.name, ())))
        values[rng.random(count) < 0.2] = np.nan
        columns[field.name] = values
    for name in {
        "frame_index",
        "time_us",
        "packet_offset",
        "packet_length",
        "target_id",
        "detection_index",
        "track_index",
    } & set(columns):
        columns[name] = rng.integers(-1, 2**60, count)
    for name in {"checksum_ok", "unsummed", "sensor_angles_world"} & set(columns):
        columns[name] = rng.random(count) < 0.5
    if "pose_items" in columns:
        columns["pose_items"] = rng.integers(0, 105, (count, 12)).astype(np.int16)
        columns["pose_states"] = rng.integers(0, 9, (count, 12)).astype(np.uint8)
    if "kind" in columns:
        columns["kind"] = rng.choice([str(member) for member in DetectionKind], count).astype(np.str_)
    if "detector" in columns:
        columns["detector"] = np.array([f"local-anomaly ñ {n}" for n in range(count)], dtype=np.str_)
    return kind(**columns)


def assert_same(found: Columns, wanted: Columns) -> None:
    assert type(found) is type(wanted)
    for name, column in wanted.columns().items():
        got = found.columns()[name]
        assert got.shape == column.shape, name
        assert got.dtype.kind == column.dtype.kind, name
        assert_array_equal(got, column, err_msg=name)
        if column.dtype.kind == "f":  # bit for bit: NaN stays NaN and is never null
            assert got.tobytes() == column.tobytes()


@pytest.fixture
def lake(tmp_path) -> ParquetLake:
    return ParquetLake(tmp_path / "lake")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [0, 1, 50])
def test_every_table_comes_back_exactly(lake, kind, count):
    table = a_table(kind, count)
    lake.write(SORTIE, SOURCE, 0, table)
    assert_same(lake.read(kind, SORTIE), table)
    assert_same(lake.read(kind, SORTIE, SOURCE), table)


def test_slabs_come_in_order_and_sources_in_order_of_name(lake):
    parts = {
        (source, slab): a_table(TrackTable, 3, seed)
        for seed, (source, slab) in enumerate([(SOURCE, 10), (SOURCE, 9), (OTHER, 2)])
    }
    for (source, slab), part in parts.items():
        lake.write(SORTIE, source, slab, part)
    in_order = [parts[OTHER, 2], parts[SOURCE, 9], parts[SOURCE, 10]]
    assert_same(lake.read(TrackTable, SORTIE), TrackTable.concatenate(in_order))
    assert_same(lake.read(TrackTable, SORTIE, SOURCE), TrackTable.concatenate(in_order[1:]))


def test_the_same_slab_again_gives_the_same_bytes_in_one_file(lake):
    path = lake.write(SORTIE, SOURCE, 0, a_table(FrameTable, 20))
    first = path.read_bytes()
    assert lake.write(SORTIE, SOURCE, 0, a_table(FrameTable, 20)) == path
    assert path.read_bytes() == first
    assert len(list(path.parent.iterdir())) == 1


def test_the_lake_knows_what_it_has(lake):
    lake.write(SORTIE, SOURCE, 0, a_table(FrameTable, 1))
    assert lake.has(FrameTable, SORTIE)
    assert lake.has(FrameTable, SORTIE, SOURCE)
    assert not lake.has(FrameTable, SORTIE, OTHER)
    assert not lake.has(TrackTable, SORTIE)
    with pytest.raises(NotFoundError, match="tracks"):
        lake.read(TrackTable, SORTIE)


def test_a_table_is_cleared_for_one_source_and_no_other(lake):
    for source, kind in ((SOURCE, FrameTable), (OTHER, FrameTable), (SOURCE, TrackTable)):
        lake.write(SORTIE, source, 0, a_table(kind, 3))
        lake.write(SORTIE, source, 1, a_table(kind, 3))
    lake.clear(FrameTable, SORTIE, SOURCE)
    lake.clear(FrameTable, SORTIE, SOURCE)
    assert not lake.has(FrameTable, SORTIE, SOURCE)
    assert lake.has(FrameTable, SORTIE, OTHER)
    assert lake.has(TrackTable, SORTIE, SOURCE)


def test_what_the_lake_does_not_keep_is_refused(lake):
    nothing = np.zeros(0)
    pixels = ImageDetections(
        kind=np.zeros(0, dtype=np.str_),
        x_px=nothing,
        y_px=nothing,
        width_px=nothing,
        height_px=nothing,
        weight_bits=nothing,
    )
    with pytest.raises(InputError, match="ImageDetections"):
        lake.write(SORTIE, SOURCE, 0, pixels)
    with pytest.raises(InputError, match="slab"):
        lake.write(SORTIE, SOURCE, -1, a_table(TrackTable, 1))
    for sortie in ("../escape", "", "a/b"):
        with pytest.raises(InputError, match="identity"):
            lake.write(SortieId(sortie), SOURCE, 0, a_table(TrackTable, 1))


def footprints(count: int) -> FootprintTable:
    table = a_table(FootprintTable, count)
    lon_deg, lat_deg = np.tile(SQUARE_LON, (count, 1)), np.tile(SQUARE_LAT, (count, 1))
    lon_deg[0, 2] = np.nan
    return replace(table, corner_lon_deg=lon_deg, corner_lat_deg=lat_deg)


def test_the_geometry_is_geoparquet_and_null_where_a_corner_is_unknown(lake):
    path = lake.write(SORTIE, SOURCE, 0, footprints(3))
    stored = pq.read_table(path, partitioning=None)
    about = json.loads(stored.schema.metadata[b"geo"])
    assert about == {
        "version": "1.1.0",
        "primary_column": "geometry",
        "columns": {
            "geometry": {
                "encoding": "WKB",
                "geometry_types": ["Polygon"],
                "bbox": [-107.0, 24.0, -106.9, 24.1],
            }
        },
    }
    geometry = shapely.from_wkb(stored.column("geometry").to_pylist())
    assert geometry[0] is None
    assert geometry[1].equals(shapely.box(-107.0, 24.0, -106.9, 24.1))


def test_a_table_without_any_known_place_has_no_bounding_box(lake):
    path = lake.write(SORTIE, SOURCE, 0, unknown_frames(4))
    stored = pq.read_table(path, partitioning=None)
    assert "bbox" not in json.loads(stored.schema.metadata[b"geo"])["columns"]["geometry"]
    assert stored.column("geometry").null_count == 4


def test_duckdb_reads_the_whole_tree_as_one_table(lake, tmp_path):
    lake.write(SORTIE, SOURCE, 0, footprints(3))
    lake.write(SORTIE, OTHER, 0, footprints(5))
    query = (
        "SELECT sortie_id, source_id, count(*), count(geometry), min(corner_lon_deg[1]) "
        "FROM read_parquet(?, hive_partitioning = true) GROUP BY ALL ORDER BY source_id"
    )
    with duckdb.connect() as connection:
        rows = connection.execute(query, [f"{tmp_path}/lake/footprints/**/*.parquet"]).fetchall()
    assert rows == [(SORTIE, OTHER, 5, 4, -107.0), (SORTIE, SOURCE, 3, 2, -107.0)]


def test_polars_reads_the_numbers_and_the_geometry(lake):
    path = lake.write(SORTIE, SOURCE, 0, footprints(3))
    table = pl.read_parquet(path, hive_partitioning=False)
    assert table["corner_lon_deg"].dtype == pl.Array(pl.Float64, 4)
    assert table["geometry"].null_count() == 1
    assert_array_equal(table["ce90_m"].to_numpy(), footprints(3).ce90_m)


@pytest.mark.parametrize("room", [0, 100, 3000])
def test_a_full_disk_leaves_no_half_file_and_the_former_slab_untouched(lake, tmp_path, room):
    path = lake.write(SORTIE, SOURCE, 0, a_table(FrameTable, 5))
    before = path.read_bytes()
    full = ParquetLake(tmp_path / "lake", opener=filling(room))
    for slab in (0, 1):
        with pytest.raises(ExternalError, match="No space left"):
            full.write(SORTIE, SOURCE, slab, a_table(FrameTable, 500, seed=1))
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_file_from_before_angles_of_the_world_reads_as_relative_to_the_platform(lake):
    table = a_table(FrameTable, 5)
    path = lake.write(SORTIE, SOURCE, 0, table)
    stored = pq.read_table(path, partitioning=None)
    later = ["unsummed", "sensor_angles_world", "pose_items", "pose_states"]
    pq.write_table(stored.drop_columns(later), path)
    found = lake.read(FrameTable, SORTIE)
    no = np.zeros(5, dtype=np.bool_)
    none = {"pose_items": np.zeros((5, 12), np.int16), "pose_states": np.zeros((5, 12), np.uint8)}
    assert_same(found, replace(table, unsummed=no, sensor_angles_world=no, **none))


def test_a_damaged_file_is_told_and_never_guessed(lake):
    path = lake.write(SORTIE, SOURCE, 0, a_table(TrackTable, 5))
    whole = path.read_bytes()
    for damaged in (whole[:-20], b"", b"PAR1 not at all PAR1"):
        path.write_bytes(damaged)
        with pytest.raises(IntegrityError):
            lake.read(TrackTable, SORTIE)


def test_a_file_of_another_table_is_told(lake, tmp_path):
    path = lake.write(SORTIE, SOURCE, 0, a_table(TrackTable, 5))
    target = lake.write(SORTIE, SOURCE, 0, a_table(FrameTable, 5))
    target.write_bytes(path.read_bytes())
    with pytest.raises(IntegrityError, match="FrameTable"):
        lake.read(FrameTable, SORTIE)
