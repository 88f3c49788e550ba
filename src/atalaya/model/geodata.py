"""Files that are somebody else's and that a workspace was given: geoid grids, heights of known points."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class GeodataKind(StrEnum):
    """What such a file is for, told from what it holds."""

    GEOID = "geoid"
    """Undulations on a lon/lat grid."""
    POINT_HEIGHTS = "point-heights"
    """Places with a height above mean sea level, as a terrain is checked against."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Geodata:
    """One such file.

    Args:
        name: of the file as it came.
        sha256, length: of its bytes.
        detail: what it holds, in one line.
        origin: `workspace`, or the folder of the system it lies in and is never changed.
        added_utc: None where nobody added it: it is the system's.
    """

    kind: GeodataKind
    name: str
    sha256: str
    length: int
    detail: str
    origin: str
    added_utc: datetime | None
