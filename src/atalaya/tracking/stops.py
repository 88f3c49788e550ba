"""Where tracked vehicles stood still, and for how long."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.errors import InputError
from atalaya.model.columns import Columns
from atalaya.model.detection import TrackTable
from atalaya.units import DegreesArray, MicrosecondsArray, Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Stops(Columns):
    """Runs of a track slower than a limit, N first, by track and time.

    Args:
        track_index: (N,) as in the TrackTable.
        from_us: (N,) first observation of the run.
        until_us: (N,) last observation of the run; the stop may have lasted longer.
        lon_deg: (N,) mean of the run.
        lat_deg: (N,) mean of the run.
    """

    track_index: NDArray[np.int64]
    from_us: MicrosecondsArray
    until_us: MicrosecondsArray
    lon_deg: DegreesArray
    lat_deg: DegreesArray


def find_stops(tracks: TrackTable, *, slower_than_mps: float = 1.0, at_least_s: Seconds = 5.0) -> Stops:
    """The stops in a TrackTable; rows of unknown speed take the speed of the row after them.

    Args:
        tracks: rows of a track in the order of time, as `track_vehicles` returns them.
        slower_than_mps: filtered speed below which a vehicle stands.
        at_least_s: shorter runs are not stops.

    Raises:
        InputError: limits that are not positive.
    """
    if not (slower_than_mps > 0.0 and at_least_s > 0.0):
        raise InputError(f"limits must be positive: {slower_than_mps} m/s, {at_least_s} s")
    known = np.append(tracks.speed_mps[1:], np.nan)
    speed_mps = np.where(np.isnan(tracks.speed_mps), known, tracks.speed_mps)
    slow = speed_mps < slower_than_mps
    begins = np.flatnonzero((np.diff(tracks.track_index, prepend=-1) != 0) | (np.diff(slow, prepend=False)))
    runs = [rows for rows in np.split(np.arange(len(tracks)), begins) if rows.size and slow[rows[0]]]
    long_us = at_least_s * 1e6
    kept = [rows for rows in runs if tracks.time_us[rows[-1]] - tracks.time_us[rows[0]] >= long_us]
    return Stops(
        track_index=np.array([tracks.track_index[rows[0]] for rows in kept], dtype=np.int64),
        from_us=np.array([tracks.time_us[rows[0]] for rows in kept], dtype=np.int64),
        until_us=np.array([tracks.time_us[rows[-1]] for rows in kept], dtype=np.int64),
        lon_deg=np.array([tracks.lon_deg[rows].mean() for rows in kept], dtype=np.float64),
        lat_deg=np.array([tracks.lat_deg[rows].mean() for rows in kept], dtype=np.float64),
    )
