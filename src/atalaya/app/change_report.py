"""What changed between two passes, in numbers, with what a reader must know before they are believed."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.app.code_version import code_version
from atalaya.app.looked_pass import LookedPass
from atalaya.detection.pass_shift import PassShift
from atalaya.geo.map_grid import mgrs_of, utm_of
from atalaya.geo.sun import Sun, sun_at
from atalaya.model.change import MOST_SEASON_DAYS, ChangeTable, Compared, season_apart_days
from atalaya.model.custody import Json
from atalaya.units import Degrees, Metres

VERSION = 1
SUN_APART_DEG = 30.0
"""Beyond, shadows fall so differently that they are worth a word."""
_TURN_DEG = 360.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PassSaid:
    """A pass and where the sun stood over it, half way between its first look and its last."""

    of: LookedPass
    sun: Sun


def said_of(one: LookedPass, lon_deg: Degrees, lat_deg: Degrees) -> PassSaid:
    """A pass with the sun over its ground."""
    return PassSaid(of=one, sun=sun_at(one.middle_utc, lon_deg, lat_deg))


def report_of(
    changes: ChangeTable,
    said: tuple[PassSaid, PassSaid],
    shift: PassShift,
    *,
    comparing: str,
    cell_m: Metres,
    epsg: int,
    cells: NDArray[np.int64],
    parameters: dict[str, Json],
    files: Sequence[tuple[str, str]],
) -> dict[str, Json]:
    """The answer as JSON; what is not known is null.

    Args:
        changes: the surest first.
        said: the passes, in the order in which they were compared.
        shift: between them, in cells.
        comparing: light, thermal or day-night.
        cell_m: of the cells.
        epsg: of the cells.
        cells: how many of each Compared, by its number.
        parameters: that decide what is a change.
        files: names and hashes.
    """
    day_night = comparing == "day-night"
    names = ("night", "day") if day_night else ("old", "new")
    return {
        "version": VERSION,
        "comparing": comparing,
        "synthetic": any(one.of.synthetic for one in said),
        **{name: _pass(one) for name, one in zip(names, said, strict=True)},
        "season_apart_days": round(_apart_days(said), 1),
        "registration": {
            "blocks": shift.blocks,
            "agreeing": shift.agreeing,
            "shift_east_m": round(float(shift.first[0]) * cell_m, 2),
            "shift_north_m": round(-float(shift.first[1]) * cell_m, 2),
            "rms_m": round(shift.rms_cells * cell_m, 3),
        },
        "cell_m": cell_m,
        "epsg": epsg,
        "area_km2": {one.name.lower(): round(float(cells[one]) * cell_m**2 / 1e6, 6) for one in Compared},
        "parameters": parameters,
        "code": code_version(),
        "notes": list(notes_of(said, day_night=day_night)),
        "changes": [_change(changes, row) for row in range(len(changes))],
        "files": [{"name": name, "content": content} for name, content in files],
    }


def notes_of(said: tuple[PassSaid, PassSaid], *, day_night: bool) -> tuple[str, ...]:
    """What a reader must know before the changes are believed."""
    notes, (first, second) = [], said
    apart = _apart_days(said)
    if apart > MOST_SEASON_DAYS:
        notes.append(
            f"the passes are {apart:.0f} days of the year apart: leaves, grass and water differ by season, "
            "and what is called a change may be no more than that"
        )
    if day_night:
        notes.append(
            "levels of thermal cameras are no temperatures: each cell is measured by its surroundings"
        )
    elif _between_deg(first.sun, second.sun) > SUN_APART_DEG:
        notes.append(
            f"the sun stood {_between_deg(first.sun, second.sun):.0f} deg elsewhere: shadows fall otherwise, "
            "and their edges may be called changes"
        )
    if first.of.synthetic != second.of.synthetic:
        notes.append("one of the passes is simulated, the other is not")
    return tuple(notes)


def _apart_days(said: tuple[PassSaid, PassSaid]) -> float:
    return season_apart_days(said[0].of.middle_utc, said[1].of.middle_utc)


def _between_deg(first: Sun, second: Sun) -> Degrees:
    """Angle between two suns, those below the horizon at it."""
    up, other = (math.radians(max(one.elevation_deg, 0.0)) for one in (first, second))
    turn = math.radians((first.azimuth_deg - second.azimuth_deg) % _TURN_DEG)
    cosine = math.sin(up) * math.sin(other) + math.cos(up) * math.cos(other) * math.cos(turn)
    return math.degrees(math.acos(max(-1.0, min(1.0, cosine))))


def _pass(said: PassSaid) -> dict[str, Json]:
    return {
        "folder": str(said.of.folder),
        "content": said.of.content,
        "first_utc": said.of.first_utc.isoformat(),
        "last_utc": said.of.last_utc.isoformat(),
        "looks": said.of.looks,
        "synthetic": said.of.synthetic,
        "sun_azimuth_deg": round(said.sun.azimuth_deg, 1),
        "sun_elevation_deg": round(said.sun.elevation_deg, 1),
    }


def _change(changes: ChangeTable, row: int) -> dict[str, Json]:
    lon_deg, lat_deg = float(changes.lon_deg[row]), float(changes.lat_deg[row])
    place = utm_of(lon_deg, lat_deg)
    return {
        "lon_deg": round(lon_deg, 7),
        "lat_deg": round(lat_deg, 7),
        "mgrs": None if place is None else mgrs_of(place),
        "score": round(float(changes.score[row]), 2),
        "sense": str(changes.sense[row]),
        "kind": str(changes.kind[row]),
        "azimuths": int(changes.azimuths[row]),
        "length_m": round(float(changes.length_m[row]), 1),
        "width_m": round(float(changes.width_m[row]), 1),
        "area_m2": round(float(changes.area_m2[row]), 1),
        "before": round(float(changes.before[row]), 2),
        "after": round(float(changes.after[row]), 2),
    }
