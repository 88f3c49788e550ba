"""Known points with their heights above mean sea level, from a table such as INEGI's localities."""

import csv
import gzip
import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from atalaya.errors import InputError, NotFoundError
from atalaya.io.durable_file import on_disk
from atalaya.units import DegreesArray, MetresArray

_LON = ("lon", "longitude", "lon_deg", "lon_decimal", "x")
_LAT = ("lat", "latitude", "lat_deg", "lat_decimal", "y")
_MSL = ("msl_m", "alt_m", "altitud", "altitude", "elevation", "height")
_NAME = ("nom_loc", "name", "id", "nombre")
_PADDED = re.compile(r"0*(-\d+)")
_MOST_ROWS = 5_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PointHeights:
    """Places with a height above mean sea level, N first.

    Args:
        names: (N,) what the table calls them.
        left_out: rows of the table without a place or a height that can be read.
    """

    names: tuple[str, ...]
    lon_deg: DegreesArray
    lat_deg: DegreesArray
    msl_m: MetresArray
    left_out: int

    def __len__(self) -> int:
        return len(self.names)

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> "PointHeights":
        """Some of them."""
        chosen = np.arange(len(self))[rows]
        return PointHeights(
            names=tuple(self.names[row] for row in chosen),
            lon_deg=self.lon_deg[chosen],
            lat_deg=self.lat_deg[chosen],
            msl_m=self.msl_m[chosen],
            left_out=0,
        )


def read_points(source: Path) -> PointHeights:
    """A table of points: CSV in UTF-8, plain or gzip, with a header.

    Args:
        source: columns for longitude, latitude (degrees) and height above mean sea level (metres); INEGI's
            names are known, and so is its way to write two metres below the sea (`00-2`).

    Raises:
        NotFoundError: no such file.
        InputError: not such a table, or without a single usable row. ExternalError: it cannot be read.
    """
    if not source.is_file():
        raise NotFoundError(f"no such file: {source}")
    opener = gzip.open if source.name.lower().endswith(".gz") else open
    try:
        with on_disk(f"read {source.name}"), opener(source, "rt", encoding="utf-8-sig", newline="") as file:
            return _points(csv.DictReader(file), source.name)
    except (UnicodeDecodeError, csv.Error, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"{source.name} is not a table of points: {error}") from error


def _points(rows: csv.DictReader[str], name: str) -> PointHeights:
    header = {(column or "").strip().lower(): column for column in rows.fieldnames or ()}
    lon, lat, msl = (_column(header, known) for known in (_LON, _LAT, _MSL))
    if lon is None or lat is None or msl is None:
        raise InputError(
            f"{name}: columns for longitude, latitude and height above the sea were wanted, found "
            f"{', '.join(header) or 'none'}"
        )
    named = _column(header, _NAME)
    names: list[str] = []
    found: list[tuple[float, float, float]] = []
    left_out = 0
    for number, row in enumerate(rows):
        if number >= _MOST_ROWS:
            raise InputError(f"{name} has more than {_MOST_ROWS} rows")
        place = (_number(row.get(lon)), _number(row.get(lat)), _number(row.get(msl)))
        if not np.isfinite(place).all() or abs(place[1]) > 90.0 or not -500.0 <= place[2] <= 9000.0:
            left_out += 1
            continue
        found.append(place)
        names.append((row.get(named) if named else None) or f"row {number + 2}")
    if not found:
        raise InputError(f"{name} holds no point with a place and a height")
    values = np.array(found)
    return PointHeights(
        names=tuple(names), lon_deg=values[:, 0], lat_deg=values[:, 1], msl_m=values[:, 2], left_out=left_out
    )


def _column(header: Mapping[str, str], known: Iterable[str]) -> str | None:
    return next((header[name] for name in known if name in header), None)


def _number(text: str | None) -> float:
    padded = _PADDED.fullmatch((text or "").strip())
    try:
        return float(padded.group(1) if padded else text or "nan")
    except ValueError:
        return float("nan")
