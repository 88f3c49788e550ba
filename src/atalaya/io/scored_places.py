"""Scored places from anyone: a Parquet, GeoJSON or CSV file, read as it says, refused where it does not say.

Columns `lon`, `lat`, `score`, and where they are there `kind`, `azimuths` and `id` (each once in a file). The
names of our own tables, `lon_deg` and `lat_deg`, do as well; further columns are left alone.
"""

import csv
import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from atalaya.errors import InputError, NotFoundError
from atalaya.io.durable_file import on_disk
from atalaya.model.detection import ScoredPlaceTable
from atalaya.model.looks import AZIMUTH_BINS

_LON = ("lon", "lon_deg", "longitude")
_LAT = ("lat", "lat_deg", "latitude")
_SHOWN = 3

type _Column = Sequence[Any]


def read_scored_places(path: Path) -> ScoredPlaceTable:
    """The places of one file, told by its ending: .parquet, .geojson, .json or .csv.

    Raises:
        NotFoundError: no such file.
        InputError: not such a file, no places or scores in it, a value that is no number, or an id twice.
        ExternalError: it cannot be read.
    """
    if not path.is_file():
        raise NotFoundError(f"there is no file {path}")
    with on_disk(f"read {path}"):
        match path.suffix.lower():
            case ".parquet":
                columns = _of_parquet(path)
            case ".geojson" | ".json":
                columns = _of_geojson(path)
            case ".csv":
                columns = _of_csv(path)
            case ending:
                raise InputError(f"{path.name}: places are .parquet, .geojson or .csv, not {ending!r}")
    return _table(columns, path.name)


def _of_parquet(path: Path) -> Mapping[str, _Column]:
    try:
        stored = pq.read_table(path, partitioning=None)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise InputError(f"{path.name} is not a Parquet file: {error}") from error
    wanted = {*_LON, *_LAT, "score", "kind", "azimuths", "id"}
    return {name: stored.column(name).to_pylist() for name in stored.column_names if name in wanted}


def _of_csv(path: Path) -> Mapping[str, _Column]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            rows, header = list(reader), reader.fieldnames or ()
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path.name} is not CSV in UTF-8: {error}") from error
    names = {name: (name or "").strip().lower() for name in header}
    return {plain: [row.get(name) for row in rows] for name, plain in names.items()}


def _of_geojson(path: Path) -> Mapping[str, _Column]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        features = found["features"]
        rows = [_feature(feature) for feature in features]
    except (UnicodeDecodeError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(
            f"{path.name} is not a GeoJSON FeatureCollection of points with a score each: {error}"
        ) from error
    names = {name for row in rows for name in row} | ({"lon", "lat", "score"} if not rows else set())
    return {name: [row.get(name) for row in rows] for name in names}


def _feature(feature: Mapping[str, Any]) -> dict[str, Any]:
    geometry = feature["geometry"]
    if geometry["type"] != "Point":
        raise InputError(f"a place is a Point, got {geometry['type']}")
    lon, lat = geometry["coordinates"][:2]
    named = {"id": feature["id"]} if feature.get("id") is not None else {}
    return {**(feature.get("properties") or {}), **named, "lon": lon, "lat": lat}


def _table(columns: Mapping[str, _Column], name: str) -> ScoredPlaceTable:
    lon = _numbers(_needed(columns, _LON, name), "lon", name)
    _require_ids(columns.get("id"), name)
    kind = columns.get("kind")
    azimuths = columns.get("azimuths")
    return ScoredPlaceTable(
        lon_deg=lon,
        lat_deg=_numbers(_needed(columns, _LAT, name), "lat", name),
        score=_numbers(_needed(columns, ("score",), name), "score", name),
        kind=np.array(["" if one is None else str(one) for one in kind or [""] * len(lon)], dtype=np.str_),
        azimuths=np.full(len(lon), -1, dtype=np.int64) if azimuths is None else _sectors(azimuths, name),
    )


def _needed(columns: Mapping[str, _Column], names: Iterable[str], file: str) -> _Column:
    for name in names:
        if name in columns:
            return columns[name]
    held = ", ".join(sorted(columns)) or "nothing"
    raise InputError(f"{file} has no column {' or '.join(names)}: it has {held}")


def _numbers(column: _Column, name: str, file: str) -> NDArray[np.float64]:
    """(N,) finite numbers.

    Raises:
        InputError: one is missing or is none, by row from 0.
    """
    numbers = [_number(value) for value in column]
    bad = [row for row, number in enumerate(numbers) if not math.isfinite(number)]
    if bad:
        shown = ", ".join(map(str, bad[:_SHOWN])) + (", …" if len(bad) > _SHOWN else "")
        raise InputError(
            f"{file}: {len(bad)} of {len(numbers)} values of {name} are no finite numbers "
            f"(row {shown}: {column[bad[0]]!r})"
        )
    return np.array(numbers, dtype=np.float64)


def _number(value: Any) -> float:
    if isinstance(value, bool) or value is None:
        return math.nan
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def _sectors(column: _Column, file: str) -> NDArray[np.int64]:
    numbers = _numbers([-1 if value in (None, "") else value for value in column], "azimuths", file)
    if not ((numbers == np.floor(numbers)) & (numbers >= -1) & (numbers <= AZIMUTH_BINS)).all():
        raise InputError(f"{file}: azimuths are 0 to {AZIMUTH_BINS} sectors, or -1 where it is not said")
    return numbers.astype(np.int64)


def _require_ids(column: _Column | None, file: str) -> None:
    said = [str(one) for one in column or () if one not in (None, "")]
    twice = [one for one, count in Counter(said).items() if count > 1]
    if twice:
        raise InputError(f"{file}: {len(twice)} ids are there more than once, as {twice[0]!r}")
