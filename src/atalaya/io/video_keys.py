"""The pictures of a video that are coded by themselves: found without decoding, decoded without the rest.

A clip has one or two of them a second, as sharp as its coding allows, and each costs one decode. That is
what many looks at the ground are made from.
"""

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from atalaya.ingest.pes import TICKS_PER_SECOND, unwrapped
from atalaya.io.video import Picture, opened
from atalaya.units import Seconds

_LOGGER = logging.getLogger(__name__)
_SAME_TICKS = 2
_SEEK_FROM_S, _BACK_S = 20.0, 5.0
"""Wanted pictures farther into the file than this are sought, and so much before them is read."""


def key_times(path: Path) -> NDArray[np.float64]:
    """(N,) presentation times [s] of the pictures that are coded by themselves, in their order.

    Raises:
        InputError: no media file. ExternalError: it cannot be read.
    """
    with opened(path) as container:
        if not container.streams.video:
            return np.empty(0)
        stream = container.streams.video[0]
        ticks = [tick for tick, _ in _keys(container, stream)]
    return np.unique(np.array(ticks, dtype=np.int64)) / TICKS_PER_SECOND


def key_pictures(path: Path, at_pts_s: Sequence[Seconds]) -> Iterator[Picture]:
    """The key pictures of these times, as `key_times` gave them; one that is damaged is left out and logged.

    Yields:
        The same pictures, to the last bit, that reading all of the file gives.

    Raises:
        InputError: no media file. ExternalError: it cannot be read.
    """
    wanted = np.unique(np.round(np.asarray(at_pts_s, dtype=np.float64) * TICKS_PER_SECOND).astype(np.int64))
    if not wanted.size:
        return
    if wanted[0] > _SEEK_FROM_S * TICKS_PER_SECOND and _sought_reaches(path, int(wanted[0])):
        yield from _decoded(path, wanted, seek=True)
    else:
        yield from _decoded(path, wanted, seek=False)


def _decoded(path: Path, wanted: NDArray[np.int64], *, seek: bool) -> Iterator[Picture]:
    with opened(path) as container:
        stream = container.streams.video[0]
        stream.thread_type = "NONE"
        if seek:
            _seek(container, stream, int(wanted[0]))
        clock: int | None = None
        for tick, packet in _keys(container, stream):
            if tick > wanted[-1] + _SAME_TICKS:
                break
            if np.abs(wanted - tick).min() > _SAME_TICKS:
                continue
            for frame in (*_frames(packet), *_rest(stream)):
                if frame.pts is None or frame.time_base is None:
                    continue
                clock = unwrapped(round(frame.pts * frame.time_base * TICKS_PER_SECOND), clock or tick)
                yield Picture(
                    clock / TICKS_PER_SECOND, frame.to_ndarray(format="rgb24").astype(np.uint8, copy=False)
                )


def _keys(container: InputContainer, stream: VideoStream) -> Iterator[tuple[int, "Packet[VideoStream]"]]:
    """Packets of key pictures with their time in ticks of 90 kHz, wrap-around undone."""
    clock: int | None = None
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except (av.error.InvalidDataError, av.error.EOFError) as error:
            _LOGGER.info("a packet could not be read: %s", error)
            continue
        if packet.pts is None:
            continue
        clock = unwrapped(round(packet.pts * packet.time_base * TICKS_PER_SECOND), clock)
        if packet.is_keyframe:
            yield clock, packet


def _frames(packet: "Packet[VideoStream]") -> list[VideoFrame]:
    try:
        return list(packet.decode())
    except (av.error.InvalidDataError, av.error.EOFError) as error:
        _LOGGER.info("a picture could not be decoded: %s", error)
        return []


def _rest(stream: VideoStream) -> list[VideoFrame]:
    """What the decoder still holds back; then it begins anew, as a key picture needs nothing before it."""
    try:
        held = list(stream.codec_context.decode(None))
    except (av.error.InvalidDataError, av.error.EOFError) as error:
        _LOGGER.info("a picture could not be decoded: %s", error)
        held = []
    stream.codec_context.flush_buffers()
    return held


def _seek(container: InputContainer, stream: VideoStream, tick: int) -> None:
    target_s = tick / TICKS_PER_SECOND - _BACK_S
    container.seek(round(target_s / stream.time_base), stream=stream, backward=True)


def _sought_reaches(path: Path, first: int) -> bool:
    """Whether a seek lands before the first wanted picture, on a clock without wrap."""
    with opened(path) as container:
        stream = container.streams.video[0]
        try:
            _seek(container, stream, first)
            landed = next(_keys(container, stream), None)
        except (av.error.FFmpegError, OSError) as error:
            _LOGGER.info("%s cannot be sought in: %s", path.name, error)
            return False
    return landed is not None and landed[0] <= first < 1 << 33
