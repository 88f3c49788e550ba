"""Gathers the times inside pictures while a stream is demultiplexed, from no more bytes than they need."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.ingest.picture_time import PictureTime, Search, VideoCoding, find_picture_time

_MOST_PACKETS = 32
"""Transport packets of one picture that are looked at: parameter sets and a coder's own notes come first."""

_UNKNOWN = -1


@dataclass(slots=True)
class _Open:
    """A picture whose time may still come."""

    picture: int
    coding: VideoCoding | None
    counter: int
    data: bytes
    packets: int = 1


class PictureClock:
    """One time, or none, for each picture in the order in which they begin."""

    def __init__(self) -> None:
        self._times: list[PictureTime | None] = []
        self._open: dict[int, _Open] = {}

    @property
    def waiting_pids(self) -> tuple[int, ...]:
        """PIDs whose last picture's time may still come."""
        return tuple(self._open)

    def begin(self, pid: int, counter: int, data: bytes, coding: VideoCoding | None) -> bool:
        """A picture begins.

        Args:
            pid: its PID.
            counter: continuity counter of its first transport packet.
            data: its first bytes, behind the PES header.
            coding: of the video, where a table says it.

        Returns:
            Whether its next transport packet is wanted.
        """
        self._open.pop(pid, None)
        self._times.append(None)
        return self._look(pid, _Open(len(self._times) - 1, coding, counter, data))

    def more(self, pid: int, counter: int, payload: bytes) -> bool:
        """The next transport packet of a picture that waits; the same answer as `begin`.

        Where packets are missing the search ends: a time pieced together over a gap is not one.
        """
        waiting = self._open.pop(pid, None)
        if waiting is None or counter != (waiting.counter + 1) & 15:
            return False
        waiting.counter, waiting.packets = counter, waiting.packets + 1
        waiting.data += payload
        return self._look(pid, waiting)

    def _look(self, pid: int, waiting: _Open) -> bool:
        found = find_picture_time(waiting.data, waiting.coding)
        if isinstance(found, PictureTime):
            self._times[waiting.picture] = found
        if found is Search.UNDECIDED and waiting.packets < _MOST_PACKETS:
            self._open[pid] = waiting
            return True
        return False

    def columns(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(N,) times [µs] and (N,) status bytes; -1 where a picture has none."""
        time_us = [_UNKNOWN if one is None else one.time_us for one in self._times]
        status = [_UNKNOWN if one is None else one.status for one in self._times]
        return np.array(time_us, dtype=np.int64), np.array(status, dtype=np.int64)
