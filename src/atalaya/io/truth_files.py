"""The truth of a simulated scene as GeoParquet, one file a table: any Parquet reader opens it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from atalaya.errors import NotFoundError
from atalaya.io.durable_file import write_whole
from atalaya.io.geoparquet import parquet_bytes, points, read_parquet
from atalaya.model.columns import Columns
from atalaya.model.truth import OcclusionTable, TrueFlightTable, TrueObjectTable, TruePlaceTable
from atalaya.simulation.truth import VehicleTruth

_TABLES: dict[type[Columns], tuple[str, Callable[[Any], NDArray[np.object_]]]] = {
    TruePlaceTable: ("places", lambda it: points(it.lon_deg, it.lat_deg)),
    TrueObjectTable: ("objects", lambda it: points(it.lon_deg, it.lat_deg)),
    VehicleTruth: ("vehicles", lambda it: points(it.lon_deg, it.lat_deg)),
    OcclusionTable: ("occlusion", lambda it: np.full(len(it), None, dtype=object)),
    TrueFlightTable: ("flight", lambda it: points(it.lon_deg, it.lat_deg)),
}
"""Name and geometry of each table."""

TRUTH_NAMES = {kind: f"{name}.parquet" for kind, (name, _) in _TABLES.items()}
"""File of each table in a scene's folder `truth`."""


def save_truth(folder: Path, table: Columns) -> Path:
    """Write one table of the truth under its own name.

    Raises:
        ExternalError: disk full or unwritable; no half file stays behind.
    """
    name, geometry_of = _TABLES[type(table)]
    path = folder / TRUTH_NAMES[type(table)]
    write_whole(path, parquet_bytes(table, f"true_{name}", "Point", geometry_of(table)))
    return path


def load_truth[T: Columns](kind: type[T], folder: Path) -> T:
    """One table of the truth.

    Raises:
        NotFoundError: the folder has none.
        IntegrityError: the file is not what this version writes. ExternalError: it cannot be read.
    """
    path = folder / TRUTH_NAMES[kind]
    if not path.is_file():
        raise NotFoundError(f"there is no {path}")
    return read_parquet(kind, path)
