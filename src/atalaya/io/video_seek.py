"""Single pictures out of a long video: found by seeking to a key picture before each, never by guessing.

A transport stream has no index: a seek lands somewhere before the wanted time, and only a key picture makes
what follows decodable. So reading begins at the first key picture after the landing; if that is not before
the wanted time, the seek goes farther back, and in the end the file is read from its start.
"""

import logging
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.video.stream import VideoStream

from atalaya.io.video import Picture, Timed, nearest, opened, timed_frames
from atalaya.units import Seconds

_LOGGER = logging.getLogger(__name__)
SEEK_FROM_S = 10.0
"""Pictures at most so far apart are read in one go: decoding what lies between costs less than a seek."""
_BACK_S = (1.0, 4.0, 16.0, 64.0)
_WRAP_TICKS = 1 << 33
_BEFORE_S = 0.2
"""The key picture is so much before the wanted time that the picture before the wanted one is read too."""
_NEAR_S = 1.0


def pictures_at(
    path: Path, *, at_pts_s: Sequence[Seconds], seek_from_s: Seconds = SEEK_FROM_S
) -> Iterator[Picture]:
    """For each time the picture nearest to it, each picture once, in order; as `read_pictures`, and quick.

    Args:
        path: a media file.
        at_pts_s: presentation times; one that is not known (NaN) has no picture.
        seek_from_s: gap between wanted times from which the file is not read through.

    Yields:
        The same pictures, to the last bit, that reading from the start gives.

    Raises:
        InputError: no media file, or no video in it. ExternalError: it cannot be read.
    """
    wanted_s = np.sort(np.asarray(at_pts_s, dtype=np.float64))
    wanted_s = wanted_s[np.isfinite(wanted_s)]
    if not wanted_s.size:
        return
    last_s = float("-inf")
    for run in np.split(wanted_s, np.flatnonzero(np.diff(wanted_s) > seek_from_s) + 1):
        for pts_s, frame in _run(path, run.tolist(), seek_from_s):
            if pts_s <= last_s:  # the nearest to the run before as well
                continue
            last_s = pts_s
            yield Picture(pts_s, frame.to_ndarray(format="rgb24").astype(np.uint8, copy=False))


def _run(path: Path, wanted_s: list[Seconds], seek_from_s: Seconds) -> Iterator[Timed]:
    """Frames near times that lie close together; from the start where a seek finds nothing near."""
    for back_s in _BACK_S:
        sought = _from_key(path, wanted_s[0], back_s, seek_from_s)
        if sought is None:
            continue
        chosen = nearest(sought, list(wanted_s))
        first = next(chosen, None)
        if first is not None and abs(first[0] - wanted_s[0]) <= _NEAR_S:
            yield from chain([first], chosen)
            return
        break  # the clock of this file does not run as its bytes do
    yield from nearest(timed_frames(path), list(wanted_s))


def _from_key(path: Path, wanted_s: Seconds, back_s: Seconds, seek_from_s: Seconds) -> Iterator[Timed] | None:
    """Frames from a key picture well before the wanted time on; None where a seek does not find one."""
    with opened(path) as container:
        if not container.streams.video:
            return None
        stream = container.streams.video[0]
        if not _seekable(stream, container, wanted_s - back_s - seek_from_s):
            return None
        try:
            container.seek(round((wanted_s - back_s) / stream.time_base), stream=stream, backward=True)
            key_s = _key_s(container, stream)
        except (av.error.FFmpegError, OSError) as error:
            _LOGGER.info("%s cannot be sought in: %s", path.name, error)
            return None
    if key_s is None or not wanted_s - 4.0 * back_s - 60.0 <= key_s <= wanted_s - _BEFORE_S:
        return None
    return _decoded_from(path, wanted_s - back_s, key_s)


def _seekable(stream: VideoStream, container: InputContainer, from_s: Seconds) -> bool:
    """Whether the file has a clock without wrap, and begins before this time."""
    if stream.start_time is None or container.duration is None:
        return False
    end = stream.start_time + round(container.duration / av.time_base / stream.time_base)
    return stream.start_time * stream.time_base < from_s and end < _WRAP_TICKS


def _key_s(container: InputContainer, stream: VideoStream) -> Seconds | None:
    """Time of the first key picture from where the file stands."""
    for packet in container.demux(stream):
        if packet.is_keyframe and packet.pts is not None:
            return float(packet.pts * stream.time_base)
    return None


def _decoded_from(path: Path, target_s: Seconds, key_s: Seconds) -> Iterator[Timed]:
    """Frames from the key picture on; what comes before it in time leans on pictures that were not read."""
    with opened(path) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        container.seek(round(target_s / stream.time_base), stream=stream, backward=True)
        started = False
        for packet in container.demux(stream):
            started = started or (
                packet.is_keyframe
                and packet.pts is not None
                and float(packet.pts * stream.time_base) == key_s
            )
            if not started:
                continue
            try:
                frames = packet.decode()
            except (av.error.InvalidDataError, av.error.EOFError) as error:
                _LOGGER.info("a picture could not be decoded: %s", error)
                continue
            for frame in frames:
                if frame.pts is not None and float(frame.pts * stream.time_base) >= key_s:
                    yield float(round(frame.pts * stream.time_base * 90_000) / 90_000), frame
