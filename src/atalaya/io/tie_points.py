"""Tie points of a file: JSON (a list of objects) or CSV with a header, whatever its name ends in."""

import csv
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from atalaya.errors import ExternalError, InputError, NotFoundError

_NEEDED = ("frame", "x_px", "y_px", "lon_deg", "lat_deg")
_KNOWN = (*_NEEDED, "hae_m")
_LARGEST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidTiePoint:
    """One point as it stands in a file.

    Args:
        frame_index: number of the metadata frame. hae_m: None where it is to be that of the terrain.
    """

    frame_index: int
    x_px: float
    y_px: float
    lon_deg: float
    lat_deg: float
    hae_m: float | None


def read_tie_points(path: Path) -> tuple[SaidTiePoint, ...]:
    """The points of a file, in its order.

    Raises:
        NotFoundError: no such file. InputError: not such a file, a missing or unknown name, or no number.
        ExternalError: it cannot be read.
    """
    if not path.is_file():
        raise NotFoundError(f"no such file: {path}")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ExternalError(f"{path} cannot be read: {error}") from error
    if len(data) > _LARGEST_BYTES:
        raise InputError(f"{path.name} is too large for a list of tie points: {len(data)} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name} is not text: {error}") from error
    listed = _listed(path.name, text)
    return tuple(_point(f"{path.name}, point {number}", row) for number, row in enumerate(listed, start=1))


def _listed(name: str, text: str) -> list[Mapping[str, Any]]:
    if text.lstrip()[:1] not in {"[", "{"}:
        try:
            return [dict(row) for row in csv.DictReader(text.splitlines())]
        except csv.Error as error:
            raise InputError(f"{name} is neither JSON nor CSV: {error}") from error
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{name} is neither JSON nor CSV: {error}") from error
    if not isinstance(found, list) or not all(isinstance(it, dict) for it in found):
        raise InputError(f"{name}: a list of points was wanted, each with {', '.join(_KNOWN)}")
    return found


def _point(where: str, row: Mapping[str, Any]) -> SaidTiePoint:
    missing = [name for name in _NEEDED if name not in row]
    unknown = [str(name) for name in row if name not in _KNOWN]
    if missing or unknown:
        raise InputError(
            f"{where}: a point has {', '.join(_KNOWN)}"
            + (f"; missing: {', '.join(missing)}" if missing else "")
            + (f"; unknown: {', '.join(unknown)}" if unknown else "")
        )
    frame = _number(where, "frame", row["frame"])
    if frame != int(frame) or frame < 0:
        raise InputError(f"{where}: frame is a whole number from 0, got {row['frame']!r}")
    height = row.get("hae_m")
    return SaidTiePoint(
        frame_index=int(frame),
        x_px=_number(where, "x_px", row["x_px"]),
        y_px=_number(where, "y_px", row["y_px"]),
        lon_deg=_number(where, "lon_deg", row["lon_deg"]),
        lat_deg=_number(where, "lat_deg", row["lat_deg"]),
        hae_m=None if height is None or height == "" else _number(where, "hae_m", height),
    )


def _number(where: str, name: str, value: Any) -> float:
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise InputError(f"{where}: {name} is a number, got {value!r}")
    return number
