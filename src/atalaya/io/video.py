"""Pictures of a video file: read in time, described, encoded, made playable in a browser.

Only pictures pass through here; KLV is read by `atalaya.ingest` from the bytes.
"""

import logging
import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer, OutputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from atalaya.errors import AtalayaError, ExternalError, InputError
from atalaya.ingest.mux import AccessUnit
from atalaya.ingest.pes import TICKS_PER_SECOND, unwrapped
from atalaya.ingest.stream import detect_format
from atalaya.model.source import SourceFormat
from atalaya.units import Seconds

_LOGGER = logging.getLogger(__name__)
_HEAD_BYTES = 1 << 16
_OPEN_OPTIONS = {"protocol_whitelist": "file"}
_RAW_CLOCK = {"correct_ts_overflow": "0"}
_PLAYABLE = frozenset({"yuv420p", "yuvj420p"})
FIRST_PTS_90K = 126_000
"""1.4 s: where encoded video starts, so that the clock in front of it is not negative."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One decoded picture.

    Args:
        pts_s: presentation time [s] on the stream's own 90 kHz clock, as StreamReader gives it to packets.
        rgb: (H, W, 3) uint8.
    """

    pts_s: Seconds
    rgb: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoFacts:
    """What the container says of its first video stream; NaN where it does not say."""

    width_px: int
    height_px: int
    frames_per_s: float
    duration_s: Seconds
    codec: str


def video_facts(path: Path) -> VideoFacts | None:
    """Size, rate, duration and codec; None where the file holds no video that could be recognised.

    Raises:
        InputError: the file is no media file at all.
        ExternalError: it cannot be read.
    """
    with opened(path) as container:
        if not container.streams.video or not container.streams.video[0].codec_context.width:
            return None
        stream = container.streams.video[0]
        rate, duration = stream.average_rate, container.duration
        return VideoFacts(
            width_px=stream.codec_context.width,
            height_px=stream.codec_context.height,
            frames_per_s=float(rate) if rate else float("nan"),
            duration_s=duration / av.time_base if duration else float("nan"),
            codec=stream.codec_context.name,
        )


def read_pictures(
    path: Path, *, every_s: Seconds | None = None, at_pts_s: Sequence[Seconds] | None = None
) -> Iterator[Picture]:
    """Pictures in the order of presentation, one in memory at a time.

    Args:
        path: a media file; in a transport stream the first video PID is read.
        every_s: the first picture, then each first one at least so much later; None for all.
        at_pts_s: instead: for each of these times the picture nearest to it, each picture once; a time that
            is not known (NaN) has none.

    Yields:
        Pictures that could be decoded; damaged ones are left out and logged.

    Raises:
        InputError: both choices at once, no positive step, no media file, or no video in it.
        ExternalError: it cannot be read.
    """
    if every_s is not None and at_pts_s is not None:
        raise InputError("either every_s or at_pts_s was wanted, got both")
    if every_s is not None and not every_s > 0.0:
        raise InputError(f"a positive step was wanted, got {every_s} s")
    timed = timed_frames(path)
    if at_pts_s is not None:
        chosen = nearest(timed, sorted(time_s for time_s in at_pts_s if math.isfinite(time_s)))
    else:
        chosen = _spaced(timed, 0.0 if every_s is None else every_s)
    for pts_s, frame in chosen:
        yield Picture(pts_s, frame.to_ndarray(format="rgb24").astype(np.uint8, copy=False))


type Timed = tuple[Seconds, VideoFrame]


def timed_frames(path: Path) -> Iterator[Timed]:
    """All frames from the start, with their presentation times [s].

    Raises:
        InputError: no media file, or no video in it. ExternalError: it cannot be read.
    """
    with opened(path) as container:
        if not container.streams.video:
            raise InputError(f"{path.name}: a video stream was wanted, there is none")
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        for pts_90k, frame in clocked(container, stream):
            yield pts_90k / TICKS_PER_SECOND, frame


def clocked(container: InputContainer, stream: VideoStream) -> Iterator[tuple[int, VideoFrame]]:
    """Frames with their time in ticks of 90 kHz, wrap-around undone; a frame without time is left out."""
    clock_90k: int | None = None
    for frame in _decoded(container, stream):
        if frame.pts is None or frame.time_base is None:
            continue
        clock_90k = unwrapped(round(frame.pts * frame.time_base * TICKS_PER_SECOND), clock_90k)
        yield clock_90k, frame


def _decoded(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """Frames of all packets that can be decoded."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
            frames = packet.decode()
        except StopIteration:
            return
        except (av.error.InvalidDataError, av.error.EOFError) as error:
            _LOGGER.info("a picture could not be decoded: %s", error)
            continue
        yield from frames


def _spaced(timed: Iterator[Timed], every_s: Seconds) -> Iterator[Timed]:
    due_s = float("-inf")
    for pts_s, frame in timed:
        if pts_s >= due_s - 0.5 / TICKS_PER_SECOND:
            yield pts_s, frame
            due_s = pts_s + every_s


def nearest(timed: Iterator[Timed], wanted_s: list[Seconds]) -> Iterator[Timed]:
    """Each frame that is the nearest one to a wanted time, the earlier of two as near."""
    before: Timed | None = None
    for now in timed:
        if not wanted_s:
            return
        if before is not None:
            nearer = bisect_left(wanted_s, 0.5 * (before[0] + now[0]) + 0.25 / TICKS_PER_SECOND)
            if nearer:
                yield before
                del wanted_s[:nearer]
        before = now
    if before is not None and wanted_s:
        yield before


def encode_h264(
    frames: Iterable[NDArray[np.uint8]],
    *,
    frames_per_s: float,
    crf: int = 23,
    pictures_per_gop: int = 15,
    first_pts_90k: int = FIRST_PTS_90K,
) -> Iterator[AccessUnit]:
    """H.264 pictures, ready for a transport stream; the same frames give the same bytes.

    Args:
        frames: (H, W, 3) uint8 RGB, all of one even size.
        frames_per_s: rate.
        crf: quality, 0 (best) to 51.
        pictures_per_gop: a key picture comes every so many.
        first_pts_90k: time of the first picture.

    Yields:
        One access unit for each frame, in order, without reordering (dts = pts), closed GOPs.

    Raises:
        InputError: no frame, frames of another size or type, a size that is odd, or no such rate.
        ExternalError: the encoder failed.
    """
    if not (frames_per_s > 0.0 and 0 <= crf <= 51 and pictures_per_gop >= 1):
        raise InputError(f"rate > 0, crf 0-51, GOP >= 1 wanted: {frames_per_s}, {crf}, {pictures_per_gop}")
    rate = Fraction(frames_per_s).limit_denominator(90_000)
    encoder: av.VideoCodecContext | None = None
    times: list[int] = []
    for number, rgb in enumerate(frames):
        if encoder is None:
            encoder = _encoder(rgb, rate, crf, pictures_per_gop)
        _require_picture(rgb, encoder.width, encoder.height)
        times.append(first_pts_90k + round(number * TICKS_PER_SECOND / rate))
        frame = VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24")
        frame.pts = number
        yield from _units(encoder, frame, times)
    if encoder is None:
        raise InputError("at least one frame was wanted, got none")
    yield from _units(encoder, None, times)


def _require_picture(rgb: NDArray[np.uint8], width_px: int, height_px: int) -> None:
    if rgb.dtype != np.uint8 or rgb.shape != (height_px, width_px, 3):
        raise InputError(f"uint8 of ({height_px}, {width_px}, 3) was wanted, got {rgb.dtype} of {rgb.shape}")


def _encoder(rgb: NDArray[np.uint8], rate: Fraction, crf: int, pictures_per_gop: int) -> av.VideoCodecContext:
    if rgb.ndim != 3 or rgb.shape[0] % 2 or rgb.shape[1] % 2 or not rgb.size:
        raise InputError(f"pictures of even height and width were wanted, got {rgb.shape}")
    with _translated("libx264"):
        encoder = av.VideoCodecContext.create("libx264", "w")
        encoder.height, encoder.width = rgb.shape[:2]
        encoder.pix_fmt = "yuv420p"
        encoder.time_base, encoder.framerate = 1 / rate, rate
        encoder.gop_size, encoder.max_b_frames, encoder.thread_count = pictures_per_gop, 0, 1
        keys = f"keyint={pictures_per_gop}:min-keyint={pictures_per_gop}:scenecut=0:open-gop=0"
        parameters = f"{keys}:bframes=0:aud=1:repeat-headers=1:threads=1:rc-lookahead=0:sync-lookahead=0"
        encoder.options = {"preset": "veryfast", "crf": str(crf), "x264-params": parameters}
        encoder.open()
    return encoder


def _units(encoder: av.VideoCodecContext, frame: VideoFrame | None, times: list[int]) -> Iterator[AccessUnit]:
    with _translated("libx264"):
        packets = encoder.encode(frame)
    for packet in packets:
        if packet.pts is None:
            raise ExternalError("libx264 gave a picture without a time")
        time_90k = times[packet.pts]
        yield AccessUnit(
            pts_90k=time_90k, dts_90k=time_90k, data=bytes(packet), keyframe=bool(packet.is_keyframe)
        )


def remux_mp4(source_path: Path, target_path: Path) -> Seconds:
    """Write the first video stream as an MP4 that a browser plays; sound and data are left out.

    H.264 is copied bit by bit; anything else becomes H.264.

    Args:
        source_path: a media file.
        target_path: is written; an existing file is replaced.

    Returns:
        The stream time [s] at which the MP4's time is zero: picture time = MP4 time + this.

    Raises:
        InputError: no media file, or no video in it.
        ExternalError: reading, writing or the codec failed.
    """
    with opened(source_path) as source:
        if not source.streams.video:
            raise InputError(f"{source_path.name}: a video stream was wanted, there is none")
        stream = source.streams.video[0]
        playable = stream.codec_context.name == "h264" and stream.codec_context.pix_fmt in _PLAYABLE
        write = _copied if playable else _transcoded
        options = {"movflags": "+faststart"}
        with av.open(str(target_path), "w", format="mp4", options=options) as target:
            return write(source, stream, target)


def _copied(source: InputContainer, stream: VideoStream, target: OutputContainer) -> Seconds:
    """Copy packets from the first key picture on; pictures that need an earlier one are left out."""
    out = target.add_stream_from_template(stream)
    origin: int | None = None
    clock: int | None = None
    for packet in source.demux(stream):
        if packet.dts is None or packet.pts is None or (origin is None and not packet.is_keyframe):
            continue
        clock = pts = unwrapped(packet.pts, clock)
        origin = pts if origin is None else origin
        if pts < origin:
            continue
        packet.dts = pts - origin - (packet.pts - packet.dts)
        packet.pts = pts - origin
        packet.stream = out
        target.mux(packet)
    tick_s = Fraction(stream.time_base.numerator, stream.time_base.denominator)
    return _seconds(origin, tick_s, stream)


def _transcoded(source: InputContainer, stream: VideoStream, target: OutputContainer) -> Seconds:
    """Encode every picture that can be decoded, at its own time."""
    size = stream.codec_context.width // 2 * 2, stream.codec_context.height // 2 * 2
    out = target.add_stream("libx264", rate=stream.average_rate or 25, options={"crf": "20", "bf": "0"})
    out.width, out.height = size
    out.pix_fmt = "yuv420p"
    out.codec_context.time_base = Fraction(1, TICKS_PER_SECOND)
    origin: int | None = None
    for pts_90k, frame in clocked(source, stream):
        origin = pts_90k if origin is None else origin
        picture = frame.reformat(width=size[0], height=size[1], format="yuv420p")
        picture.pts, picture.time_base = pts_90k - origin, Fraction(1, TICKS_PER_SECOND)
        picture.pict_type = 0
        target.mux(out.encode(picture))
    if origin is not None:
        target.mux(out.encode(None))
    return _seconds(origin, Fraction(1, TICKS_PER_SECOND), stream)


def _seconds(ticks: int | None, tick_s: Fraction, stream: VideoStream) -> Seconds:
    if ticks is None:
        raise InputError(f"a picture that can be decoded was wanted, {stream.codec_context.name} has none")
    return float(ticks * tick_s)


@contextmanager
def opened(path: Path) -> Iterator[InputContainer]:
    """A media file, told from its content; foreign errors become ours while it is open.

    Raises:
        InputError: no media file. ExternalError: it cannot be read.
    """
    with _translated(path.name):
        with path.open("rb") as file:
            found = detect_format(file.read(_HEAD_BYTES))
        if found is SourceFormat.MPEG_TS:
            container = av.open(str(path), format="mpegts", options=_OPEN_OPTIONS | _RAW_CLOCK)
        elif found is SourceFormat.KLV:
            raise InputError(f"{path.name}: a video file was wanted, this is KLV")
        else:
            container = av.open(str(path), options=_OPEN_OPTIONS)
        with container:
            yield container


@contextmanager
def _translated(name: str) -> Iterator[None]:
    try:
        yield
    except av.error.InvalidDataError as error:
        raise InputError(f"{name}: a media file was wanted: {error.strerror}") from error
    except (av.error.FFmpegError, OSError) as error:
        if isinstance(error, AtalayaError):
            raise
        raise ExternalError(f"{name}: {error}") from error
