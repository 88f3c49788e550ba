"""Moving-target reports inside a packet (VMTI): read into rows, written from rows.

Source: MISB ST 0903.6; ST 0903.3 for the older form of the location, in which latitude, longitude and
height are unsigned integers that span their range evenly.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.errors import InputError, KlvError
from atalaya.ingest.ber import item_bytes, length_bytes, oid_bytes, read_length, read_oid, walk
from atalaya.ingest.imapb_codec import decode_scalar, encode_scalar
from atalaya.ingest.problems import ProblemLog
from atalaya.model.frame import TargetTable
from atalaya.units import PixelsArray

_SYSTEM_NAME, _VERSION, _FRAME_WIDTH, _FRAME_HEIGHT, _SERIES = 3, 4, 8, 9, 101
_BOX_FIRST, _BOX_LAST = 2, 3
_LONGEST_NAME_BYTES = 32
_CENTROID, _CONFIDENCE, _LAT_OFFSET, _LON_OFFSET, _HEIGHT, _LOCATION, _ROW, _COLUMN = (
    1,
    5,
    10,
    11,
    12,
    17,
    19,
    20,
)
_OLD_VERSION = 3
_WRITTEN_VERSION = 6
_LOCATION_BYTES = frozenset({10, 16, 22})
_OFFSET_RANGE_DEG = 19.2
_LOWEST_HEIGHT_M, _HIGHEST_HEIGHT_M = -900.0, 19_000.0
_UNKNOWN = float("nan")

type _Row = tuple[int, float, float, float, float, float, float]
"""target_id, lon_deg, lat_deg, hae_m, row_px, col_px, confidence."""


@dataclass(frozen=True, slots=True)
class VmtiSets:
    """Values of item 74 by frame row, where each packet lies, and the (N,) frame centres."""

    data: Mapping[int, bytes]
    offsets: Mapping[int, int]
    centre_lat_deg: NDArray[np.float64]
    centre_lon_deg: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Constants:
    """What a producer says now and then, and means until it says otherwise."""

    version: int | None = None
    frame_width_px: int | None = None

    def updated(self, items: Mapping[int, bytes]) -> "_Constants":
        """The same with what this set says."""
        version, width = _number(items.get(_VERSION)), _number(items.get(_FRAME_WIDTH))
        return _Constants(
            self.version if version is None else version, self.frame_width_px if width is None else width
        )


@dataclass(frozen=True, slots=True)
class _Setting:
    """What every target report of one set needs to be understood."""

    constants: _Constants
    centre_lat_deg: float
    centre_lon_deg: float


def target_table(sets: VmtiSets, log: ProblemLog) -> TargetTable:
    """One row for each target report, in the order of frames and of reports in them."""
    frame_index: list[int] = []
    rows: list[_Row] = []
    constants = _Constants()
    for row in sorted(sets.data):
        items, complaint = _items(sets.data[row])
        if complaint is not None:
            log.report("vmti-damaged", complaint, sets.offsets[row])
        constants = constants.updated(items)
        centre = float(sets.centre_lat_deg[row]), float(sets.centre_lon_deg[row])
        found = _reports(items.get(_SERIES, b""), _Setting(constants, *centre), log, sets.offsets[row])
        frame_index += [row] * len(found)
        rows += found
    columns = np.array(rows, dtype=np.float64).reshape(len(rows), 7)
    _, lon_deg, lat_deg, hae_m, row_px, col_px, confidence = columns.T
    return TargetTable(
        frame_index=np.array(frame_index, dtype=np.int64),
        target_id=np.array([report[0] for report in rows], dtype=np.int64),
        lon_deg=lon_deg,
        lat_deg=lat_deg,
        hae_m=hae_m,
        row_px=row_px,
        col_px=col_px,
        confidence=confidence,
    )


def _items(data: bytes) -> tuple[dict[int, bytes], str | None]:
    """Items of a nested set by tag, and why the walk stopped early, if it did."""
    found: dict[int, bytes] = {}
    try:
        for item in walk(data):
            found[item.tag] = data[item.start : item.end]
    except KlvError as error:
        return found, str(error)
    return found, None


def _number(value: bytes | None) -> int | None:
    """An unsigned integer of any length up to eight bytes; None where absent or empty."""
    return int.from_bytes(value, "big") if value and len(value) <= 8 else None


def _reports(series: bytes, setting: _Setting, log: ProblemLog, offset: int) -> list[_Row]:
    found: list[_Row] = []
    at = 0
    try:
        while at < len(series):
            length, start = read_length(series, at)
            at = start + length
            if at > len(series):
                log.report("vmti-damaged", "a target report runs past the series", offset)
            found.append(_report(series[start:at], setting, log, offset))
    except KlvError as error:
        log.report("vmti-damaged", str(error), offset)
    return found


def _report(pack: bytes, setting: _Setting, log: ProblemLog, offset: int) -> _Row:
    """One target report.

    Raises:
        KlvError: it does not begin with a target id.
    """
    target_id, start = read_oid(pack, 0)
    if target_id >= 1 << 53:
        raise KlvError(f"a target id of at most 53 bits was wanted, got {target_id}")
    items, complaint = _items(pack[start:])
    if complaint is not None:
        log.report("vmti-damaged", complaint, offset)
    row_px, col_px = _centroid(items, setting)
    lon_deg, lat_deg, hae_m = _place(items, setting, log, offset)
    percent = _number(items.get(_CONFIDENCE))
    confidence = percent / 100.0 if percent is not None and percent <= 100 else _UNKNOWN
    return target_id, lon_deg, lat_deg, hae_m, row_px, col_px, confidence


def _centroid(items: Mapping[int, bytes], setting: _Setting) -> tuple[float, float]:
    """(row, column) from 0: of items 19 and 20, else of the pixel number; all three count from 1."""
    row, column = _number(items.get(_ROW)), _number(items.get(_COLUMN))
    if row and column:
        return float(row - 1), float(column - 1)
    pixel = _number(items.get(_CENTROID))
    if pixel and setting.constants.frame_width_px:
        row, column = divmod(pixel - 1, setting.constants.frame_width_px)
        return float(row), float(column)
    return _UNKNOWN, _UNKNOWN


def _place(
    items: Mapping[int, bytes], setting: _Setting, log: ProblemLog, offset: int
) -> tuple[float, float, float]:
    """(longitude, latitude, height): the location, else offsets from the frame centre; NaN where not said."""
    location = items.get(_LOCATION)
    if location:
        if len(location) in _LOCATION_BYTES and setting.constants.version is not None:
            return _location(location[:10], old=setting.constants.version <= _OLD_VERSION)
        message = f"a location of 10, 16 or 22 bytes and a set version were wanted, got {len(location)}"
        log.report("vmti-location", f"{message} bytes, version {setting.constants.version}", offset)
        return _UNKNOWN, _UNKNOWN, _UNKNOWN
    lat_deg = (
        _mapped(items.get(_LAT_OFFSET), -_OFFSET_RANGE_DEG, _OFFSET_RANGE_DEG, 3) + setting.centre_lat_deg
    )
    lon_deg = (
        _mapped(items.get(_LON_OFFSET), -_OFFSET_RANGE_DEG, _OFFSET_RANGE_DEG, 3) + setting.centre_lon_deg
    )
    hae_m = _mapped(items.get(_HEIGHT), _LOWEST_HEIGHT_M, _HIGHEST_HEIGHT_M, 2)
    if math.isnan(lat_deg + lon_deg):
        return _UNKNOWN, _UNKNOWN, hae_m
    return lon_deg, lat_deg, hae_m


def _location(pack: bytes, *, old: bool) -> tuple[float, float, float]:
    decode = _evenly_spread if old else _mapped
    lat_deg = decode(pack[0:4], -90.0, 90.0, 4)
    lon_deg = decode(pack[4:8], -180.0, 180.0, 4)
    return lon_deg, lat_deg, decode(pack[8:10], _LOWEST_HEIGHT_M, _HIGHEST_HEIGHT_M, 2)


def _evenly_spread(value: bytes, low: float, high: float, size: int) -> float:
    highest_count = (1 << (8 * size)) - 1
    return int.from_bytes(value, "big") / highest_count * (high - low) + low


def _mapped(value: bytes | None, low: float, high: float, size: int) -> float:
    if value is None or len(value) != size:
        return _UNKNOWN
    found = decode_scalar(value, low, high)
    return _UNKNOWN if isinstance(found, str) else found


@dataclass(frozen=True, slots=True, kw_only=True)
class VmtiSource:
    """Who reports targets, and in what picture.

    Args:
        system_name: item 3, at most 32 bytes of UTF-8. width_px, height_px: of the picture.

    Raises:
        InputError: no name or too long a one, or no picture.
    """

    system_name: str
    width_px: int
    height_px: int

    def __post_init__(self) -> None:
        if not 1 <= len(self.system_name.encode()) <= _LONGEST_NAME_BYTES:
            raise InputError(f"a name of 1 to {_LONGEST_NAME_BYTES} bytes was wanted: {self.system_name!r}")
        if not (0 < self.width_px < 1 << 24 and 0 < self.height_px < 1 << 24):
            raise InputError(f"no picture is {self.width_px} x {self.height_px} px")


def vmti_set(
    targets: TargetTable, source: VmtiSource | None = None, boxes_px: PixelsArray | None = None
) -> bytes:
    """The value of item 74 for the reports of one frame, ST 0903.6.

    Args:
        targets: of the frame.
        source: who reports them; None leaves name and size of the picture out.
        boxes_px: (N, 4) left, top, right, bottom pixel of each, from 0, NaN where unknown; needs a source.

    Raises:
        InputError: a position, height or target id outside what the set can hold, or boxes without a source.
    """
    if boxes_px is not None and source is None:
        raise InputError("boxes are numbers of pixels: they need the size of the picture")
    series = b""
    for row in range(len(targets)):
        box = b"" if boxes_px is None or source is None else _box_items(boxes_px[row], source.width_px)
        pack = oid_bytes(int(targets.target_id[row])) + box + _report_items(targets, row)
        series += length_bytes(len(pack)) + pack
    count = _shortest(len(targets))
    named = b"" if source is None else item_bytes(_SYSTEM_NAME, source.system_name.encode())
    written = named + item_bytes(_VERSION, bytes((_WRITTEN_VERSION,)))
    written += item_bytes(5, count) + item_bytes(6, count)
    if source is not None:
        written += item_bytes(_FRAME_WIDTH, _shortest(source.width_px))
        written += item_bytes(_FRAME_HEIGHT, _shortest(source.height_px))
    return written + item_bytes(_SERIES, series) if series else written


def _box_items(box_px: PixelsArray, width_px: int) -> bytes:
    """Upper left and lower right pixel, numbered from 1 row by row."""
    if not bool(np.isfinite(box_px).all()):
        return b""
    left, top, right, bottom = np.rint(box_px).astype(np.int64).tolist()
    corners = ((_BOX_FIRST, left, top), (_BOX_LAST, right, bottom))
    return b"".join(item_bytes(tag, _shortest(y * width_px + x + 1)) for tag, x, y in corners)


def _report_items(targets: TargetTable, row: int) -> bytes:
    written = b""
    confidence = targets.confidence[row]
    if np.isfinite(confidence):
        written += item_bytes(_CONFIDENCE, bytes((round(100.0 * min(max(confidence, 0.0), 1.0)),)))
    place = [targets.lat_deg[row], targets.lon_deg[row], targets.hae_m[row]]
    if np.isfinite(place).all():
        sizes = ((-90.0, 90.0, 4), (-180.0, 180.0, 4), (_LOWEST_HEIGHT_M, _HIGHEST_HEIGHT_M, 2))
        octets = [
            encode_scalar(float(value), low, high, size)
            for value, (low, high, size) in zip(place, sizes, strict=True)
        ]
        written += item_bytes(_LOCATION, b"".join(octets))
    for tag, position in ((_ROW, targets.row_px[row]), (_COLUMN, targets.col_px[row])):
        if np.isfinite(position) and position >= 0:
            written += item_bytes(tag, _shortest(round(position) + 1))
    return written


def _shortest(number: int) -> bytes:
    return number.to_bytes(max(1, (number.bit_length() + 7) // 8), "big")
