"""KLV while it comes: UDP, RTP, SRT, RTSP, files that grow, standard input. Nothing is kept but a recording.

One thread, no queue: a source is asked, what came is stamped and read, and the events are given.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from atalaya.errors import InputError
from atalaya.ingest.live_stream import LiveEvent, LiveProblem, LiveRecord, LiveStream
from atalaya.io.durable_file import on_disk
from atalaya.io.live_address import LiveAddress, Transport, read_address
from atalaya.io.live_datagrams import DatagramSource
from atalaya.io.live_files import GrowingFile, PipedBytes
from atalaya.io.live_rtsp import RtspConnection
from atalaya.io.live_source import Arrival, LiveSource, ReconnectingSource
from atalaya.io.live_srt import connect_srt
from atalaya.model.problem import Problem
from atalaya.units import Seconds

__all__ = ["LiveEvent", "LiveProblem", "LiveRecord", "open_live", "read_live", "recording"]

_POLL_S = 0.1

type Clock = Callable[[], Seconds]


def open_live(address: LiveAddress | str) -> LiveSource:
    """Open a source; whoever opens it closes it.

    Args:
        address: `udp://@239.1.2.3:5000`, `udp://127.0.0.1:5000?interface=eth0`, `rtp://…`, `srt://HOST:PORT`,
            `rtsp://HOST/PATH`, `file:///PATH` or a path, `-` for standard input.

    Raises:
        InputError: it is none of these. NotFoundError: no such file.
        ExternalError: it cannot be listened to or connected with.
    """
    found = read_address(address) if isinstance(address, str) else address
    match found.transport:
        case Transport.UDP | Transport.RTP:
            return DatagramSource(found)
        case Transport.SRT:
            return ReconnectingSource(lambda: connect_srt(found), clock=time.monotonic, sleep=time.sleep)
        case Transport.RTSP:
            return ReconnectingSource(lambda: RtspConnection(found), clock=time.monotonic, sleep=time.sleep)
        case Transport.FILE:
            return GrowingFile(Path() if found.path is None else found.path)
        case Transport.STANDARD_INPUT:
            if sys.stdin is None:
                raise InputError("there is no standard input to read")
            return PipedBytes(sys.stdin.buffer)


def read_live(
    source: LiveSource | str,
    *,
    stop: Callable[[], bool] = lambda: False,
    clock: Clock = time.monotonic,
    idle_s: Seconds | None = None,
    duration_s: Seconds | None = None,
    silence_s: Seconds = 2.0,
    keep: Callable[[bytes], object] | None = None,
) -> Iterator[LiveEvent]:
    """Records as soon as their last byte is here, and every problem as it is noticed.

    Args:
        source: what `open_live` gives, or its address, which is then opened and closed here.
        stop: is asked at least ten times a second; True ends the reading as the end of a file does.
        clock: seconds that only rise; all times are of this clock.
        idle_s: end when nothing came for so long; None for never.
        duration_s: end after so long; None for never.
        silence_s: tell when nothing came for so long, and when it comes again.
        keep: is given the bytes as they came, in order (of RTP the payloads, put in order).

    Yields:
        Records and problems in the order of their arrival; memory stays bounded.

    Raises:
        InputError: the address is none. NotFoundError: no such file.
        ExternalError: it cannot be opened, or `keep` failed.
    """
    opened = open_live(source) if isinstance(source, str) else source
    with closing(opened) if isinstance(source, str) else _left_open():
        stream = LiveStream(datagrams=opened.datagrams, keep=keep, klv_clock_hz=opened.klv_clock_hz)
        began_s = clock()
        silence = _Silence(began_s, silence_s)
        while not (stop() or opened.ended or _is_over(clock() - began_s, duration_s)):
            arrivals = opened.poll(_POLL_S)
            now_s = clock()
            if any(isinstance(arrival, bytes) for arrival in arrivals):
                yield from (
                    event for problem in silence.ended(now_s) for event in stream.note(problem, now_s)
                )
            yield from _read(stream, arrivals, now_s)
            yield from stream.tick(now_s)
            yield from (event for problem in silence.noticed(now_s) for event in stream.note(problem, now_s))
            if _is_over(now_s - silence.last_s, idle_s):
                break
        yield from stream.finish(clock())


def _read(stream: LiveStream, arrivals: list[Arrival], now_s: Seconds) -> Iterator[LiveEvent]:
    """What came together, in its order."""
    pieces: list[bytes] = []
    for arrival in arrivals:
        if isinstance(arrival, bytes):
            pieces.append(arrival)
            continue
        yield from stream.put_all(pieces, now_s)
        yield from stream.note(arrival.problem, now_s, restart=arrival.restart)
        pieces = []
    yield from stream.put_all(pieces, now_s)


def _is_over(spent_s: Seconds, limit_s: Seconds | None) -> bool:
    return limit_s is not None and spent_s >= limit_s


@contextmanager
def _left_open() -> Iterator[None]:
    yield


class _Silence:
    """Tells once that nothing comes, and once that it comes again."""

    def __init__(self, now_s: Seconds, limit_s: Seconds) -> None:
        self.last_s = now_s
        self._limit_s = limit_s
        self._told = False

    def noticed(self, now_s: Seconds) -> list[Problem]:
        if self._told or now_s - self.last_s < self._limit_s:
            return []
        self._told = True
        return [Problem(code="live-silence", message=f"nothing came for {now_s - self.last_s:.1f} s")]

    def ended(self, now_s: Seconds) -> list[Problem]:
        quiet_s, self.last_s = now_s - self.last_s, now_s
        if not self._told:
            return []
        self._told = False
        return [Problem(code="live-resumed", message=f"bytes come again after {quiet_s:.1f} s of silence")]


@contextmanager
def recording(path: Path) -> Iterator[Callable[[bytes], object]]:
    """A function that adds bytes to a new file: however it ends, the file is a beginning of the whole.

    Nothing is held back in the program; the disk is made to hold it when the recording ends.

    Raises:
        InputError: there is a file already. ExternalError: it cannot be written.
    """
    if path.exists():
        raise InputError(f"a new file was wanted for the recording, {path} is there already")
    with on_disk(f"write {path.name}"):
        file = path.open("xb", buffering=0)
    with file:

        def keep(data: bytes) -> None:
            with on_disk(f"write {path.name}"):
                view = memoryview(data)
                while view:
                    view = view[file.write(view) :]

        try:
            yield keep
        finally:
            with on_disk(f"write {path.name}"):
                os.fsync(file.fileno())
