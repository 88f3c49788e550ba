"""One table as the bytes of a GeoParquet 1.1 file, and back; the same rows give the same bytes.

Geometry is a WKB column in lon, lat (OGC:CRS84), written for others and never read back: the numbers it is
made from are columns themselves.
"""

import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray

from atalaya.errors import InputError, IntegrityError
from atalaya.io.durable_file import on_disk
from atalaya.model.columns import Columns
from atalaya.units import DegreesArray

FORMAT = 1
"""Version of the file layout, in the `atalaya` key of each file's metadata."""
GEOMETRY = "geometry"
NONE_ADDED: Mapping[str, NDArray[Any]] = {}


def points(lon_deg: DegreesArray, lat_deg: DegreesArray) -> NDArray[np.object_]:
    """(N,) points; None where a coordinate is unknown."""
    geometry = np.full(lon_deg.shape, None, dtype=object)
    known = np.isfinite(lon_deg) & np.isfinite(lat_deg)
    geometry[known] = shapely.points(lon_deg[known], lat_deg[known])
    return geometry


def parquet_bytes(table: Columns, dataset: str, geometry_type: str, geometry: NDArray[np.object_]) -> bytes:
    """The file of a table.

    Args:
        table: its columns are the file's.
        dataset: what the table is, for the file's metadata.
        geometry_type: as GeoParquet says it.
        geometry: (N,) of each row; None where unknown.

    Raises:
        InputError: a column of a kind that no file holds.
    """
    columns = {name: _to_arrow(name, column) for name, column in table.columns().items()}
    columns[GEOMETRY] = pa.array(shapely.to_wkb(geometry), type=pa.binary())
    about = {
        "geo": json.dumps(_geo_metadata(geometry, geometry_type)),
        "atalaya": json.dumps({"format": FORMAT, "dataset": dataset}),
    }
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns).replace_schema_metadata(about), sink, compression="zstd")
    return bytes(sink.getvalue().to_pybytes())


def read_parquet[T: Columns](kind: type[T], path: Path, added: Mapping[str, NDArray[Any]] = NONE_ADDED) -> T:
    """The table of a file.

    Args:
        kind: of the table.
        path: the file.
        added: columns that older files lack, and what each row of such a file means.

    Raises:
        IntegrityError: it is not what this version writes.
        ExternalError: it cannot be read.
    """
    try:
        with on_disk(f"read {path}"):
            stored = pq.read_table(path, partitioning=None)
    except pa.ArrowInvalid as error:
        raise IntegrityError(f"{path} is not a Parquet file: {error}") from error
    columns = {
        name: np.tile(value, (len(stored), *(1 for _ in value.shape)))
        for name, value in added.items()
        if name not in stored.column_names
    }
    names = [field.name for field in fields(kind) if field.name not in columns]  # type: ignore[arg-type]
    try:
        return kind(**columns | {name: _to_numpy(stored.column(name)) for name in names})
    except (KeyError, pa.ArrowInvalid) as error:
        raise IntegrityError(f"{path} lacks a column of {kind.__name__}: {error}") from error


def _geo_metadata(geometry: NDArray[np.object_], geometry_type: str) -> dict[str, Any]:
    """GeoParquet 1.1 file metadata; without `crs` the coordinates are OGC:CRS84 (lon, lat)."""
    column: dict[str, Any] = {"encoding": "WKB", "geometry_types": [geometry_type]}
    bounds = shapely.total_bounds(geometry) if len(geometry) else np.full(4, np.nan)
    if np.isfinite(bounds).all():
        column["bbox"] = bounds.tolist()
    return {"version": "1.1.0", "primary_column": GEOMETRY, "columns": {GEOMETRY: column}}


def _to_arrow(name: str, column: NDArray[Any]) -> pa.Array:
    if column.dtype.kind in "UO":
        return pa.array(column.tolist(), type=pa.string())
    if column.dtype.kind not in "biuf":
        raise InputError(f"column {name}: no such kind of array in the lake: {column.dtype}")
    array = pa.array(np.ascontiguousarray(column).reshape(-1), from_pandas=False)
    for size in reversed(column.shape[1:]):
        array = pa.FixedSizeListArray.from_arrays(array, size)
    return array


def _to_numpy(column: pa.ChunkedArray) -> NDArray[Any]:
    array, shape = column.combine_chunks(), [len(column)]
    while pa.types.is_fixed_size_list(array.type):
        shape.append(array.type.list_size)
        array = array.flatten()
    if pa.types.is_string(array.type):
        return np.array(array.to_pylist(), dtype=np.str_)
    return np.asarray(array.to_numpy(zero_copy_only=False)).reshape(shape).copy()
