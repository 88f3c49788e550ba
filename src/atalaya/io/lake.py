"""Observations as GeoParquet 1.1, one file for each table, sortie, source and slab.

`frames/sortie_id=SOR-…/source_id=<sha256>/slab-000000.parquet`: any Parquet reader takes the tree as one
table with two more columns (Hive partitions). The same rows give the same bytes.
"""

import fcntl
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from atalaya.errors import InputError, NotFoundError
from atalaya.io.durable_file import FileOpener, on_disk, open_descriptor, write_whole
from atalaya.io.geoparquet import parquet_bytes, points, read_parquet
from atalaya.model.columns import Columns
from atalaya.model.detection import DetectionTable, TrackTable
from atalaya.model.footprint import FootprintTable
from atalaya.model.frame import FrameTable, TargetTable
from atalaya.model.identifiers import SortieId, SourceId
from atalaya.model.looks import KeyframeTable, LookPlaceTable, LookPoseTable
from atalaya.model.pose_value import POSE_VALUES
from atalaya.model.stated_errors import StatedErrors
from atalaya.units import DegreesArray

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def _polygons(lon_deg: DegreesArray, lat_deg: DegreesArray) -> NDArray[np.object_]:
    """(N,) polygons of (N, 4) corners; None where a corner is unknown."""
    corners = np.stack([lon_deg, lat_deg], axis=-1)
    geometry = np.full(lon_deg.shape[:1], None, dtype=object)
    known = np.isfinite(corners).all(axis=(1, 2))
    geometry[known] = shapely.polygons(corners[known])
    return geometry


_DATASETS: dict[type[Columns], tuple[str, str, Callable[[Any], NDArray[np.object_]]]] = {
    FrameTable: ("frames", "Point", lambda it: points(it.sensor_lon_deg, it.sensor_lat_deg)),
    TargetTable: ("targets", "Point", lambda it: points(it.lon_deg, it.lat_deg)),
    FootprintTable: ("footprints", "Polygon", lambda it: _polygons(it.corner_lon_deg, it.corner_lat_deg)),
    DetectionTable: ("detections", "Point", lambda it: points(it.lon_deg, it.lat_deg)),
    StatedErrors: ("stated_errors", "Point", lambda it: np.full(len(it), None, dtype=object)),
    TrackTable: ("tracks", "Point", lambda it: points(it.lon_deg, it.lat_deg)),
    KeyframeTable: ("keyframes", "Point", lambda it: np.full(len(it), None, dtype=object)),
    LookPoseTable: ("look_poses", "Point", lambda it: np.full(len(it), None, dtype=object)),
    LookPlaceTable: ("look_places", "Point", lambda it: points(it.lon_deg, it.lat_deg)),
}
"""Folder, GeoParquet geometry type and geometry of each kind of table."""


_ADDED_LATER: dict[type[Columns], dict[str, NDArray[Any]]] = {
    FrameTable: {
        "unsummed": np.zeros((), dtype=np.bool_),
        "sensor_angles_world": np.zeros((), dtype=np.bool_),
        "pose_items": np.zeros(len(POSE_VALUES), dtype=np.int16),
        "pose_states": np.zeros(len(POSE_VALUES), dtype=np.uint8),
    },
}
"""Columns that files of earlier versions lack, and what each row of such a file means."""


class ParquetLake:
    """Satisfies `app.ports.Lake`.

    Args:
        folder: made on the first write.
        opener: makes a file of a descriptor and owns it.
    """

    __slots__ = ("_folder", "_opener")

    def __init__(self, folder: Path, opener: FileOpener = open_descriptor) -> None:
        self._folder, self._opener = folder, opener

    def write(self, sortie: SortieId, source: SourceId, slab: int, table: Columns) -> Path:
        """Store one slab of one table; writing the same slab again replaces it with the same rows.

        Raises:
            InputError: no such kind of table, an identity that cannot name a folder, or a negative slab.
            ExternalError: disk full or unwritable; no half file stays behind.
        """
        if slab < 0:
            raise InputError(f"a slab is numbered from 0, got {slab}")
        path = self._place(type(table), sortie, source) / f"slab-{slab:06d}.parquet"
        write_whole(path, parquet_of(table), self._opener)
        return path

    def clear(self, kind: type[Columns], sortie: SortieId, source: SourceId) -> None:
        """Take away all slabs of that table, before it is worked out anew.

        Raises:
            ExternalError: they cannot be removed.
        """
        for path in self._slabs(kind, sortie, source):
            with on_disk(f"remove {path}"):
                path.unlink(missing_ok=True)

    @contextmanager
    def hold(self, sortie: SortieId, source: SourceId) -> Iterator[None]:
        """Work on a source alone: whoever else holds it is waited for; a writer that died holds nothing.

        Raises:
            InputError: an identity that cannot name a file. ExternalError: the lock cannot be made.
        """
        self._place(FrameTable, sortie, source)
        with on_disk(f"lock source {source} of sortie {sortie}"):
            locks = self._folder / ".locks"
            locks.mkdir(parents=True, exist_ok=True)
            file = (locks / f"{sortie}@{source}").open("wb")
        with file:
            with on_disk(f"lock source {source} of sortie {sortie}"):
                fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def read[T: Columns](self, kind: type[T], sortie: SortieId, source: SourceId | None = None) -> T:
        """All rows of that table, slabs in order, sources in order of name.

        Raises:
            NotFoundError: nothing of that kind is stored.
            IntegrityError: a file is not what this version writes.
            ExternalError: a file cannot be read.
        """
        slabs = self._slabs(kind, sortie, source)
        if not slabs:
            of_source = f", source {source}" if source else ""
            raise NotFoundError(f"no {_dataset(kind)} of sortie {sortie}{of_source}")
        return kind.concatenate([_read(kind, path) for path in slabs])

    def has(self, kind: type[Columns], sortie: SortieId, source: SourceId | None = None) -> bool:
        """Whether any slab of that table is stored."""
        return bool(self._slabs(kind, sortie, source))

    def _slabs(self, kind: type[Columns], sortie: SortieId, source: SourceId | None) -> list[Path]:
        within = self._place(kind, sortie, source)
        pattern = "slab-*.parquet" if source else "source_id=*/slab-*.parquet"
        with on_disk(f"list {within}"):
            return sorted(within.glob(pattern))

    def _place(self, kind: type[Columns], sortie: SortieId, source: SourceId | None) -> Path:
        for identity in (sortie, source):
            if identity is not None and not _ID.fullmatch(identity):
                raise InputError(f"an identity of letters, digits, dot, dash is wanted, got {identity!r}")
        folder = self._folder / _dataset(kind) / f"sortie_id={sortie}"
        return folder / f"source_id={source}" if source else folder


def _dataset(kind: type[Columns]) -> str:
    if kind not in _DATASETS:
        names = ", ".join(known.__name__ for known in _DATASETS)
        raise InputError(f"the lake keeps {names}; not {kind.__name__}")
    return _DATASETS[kind][0]


def parquet_of(table: Columns) -> bytes:
    """The file of a table, as the lake keeps it: for who wants it somewhere else.

    Raises:
        InputError: no such kind of table.
    """
    _dataset(type(table))
    dataset, geometry_type, geometry_of = _DATASETS[type(table)]
    return parquet_bytes(table, dataset, geometry_type, geometry_of(table))


def _read[T: Columns](kind: type[T], path: Path) -> T:
    return read_parquet(kind, path, _ADDED_LATER.get(kind, {}))
