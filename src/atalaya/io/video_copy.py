"""The coded pictures of a video file as they are, ready for a transport stream; nothing is encoded anew."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from av import BitStreamFilterContext
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from atalaya.errors import InputError
from atalaya.ingest.annex_b import with_delimiter
from atalaya.ingest.mux import AccessUnit, VideoType
from atalaya.ingest.pes import TICKS_PER_SECOND, unwrapped
from atalaya.io.video import opened
from atalaya.units import Seconds

_TYPES = {"h264": VideoType.H264, "hevc": VideoType.H265, "mpeg2video": VideoType.MPEG2}
_FILTERS = {VideoType.H264: "h264_mp4toannexb", VideoType.H265: "hevc_mp4toannexb"}
_NAMES = "H.264, H.265 or MPEG-2"


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiedVideo:
    """Coded pictures in decoding order.

    Args:
        video_type: what they are. units: the pictures; the earliest decoding time is 0.
        first_pts_s: presentation time of the first one shown, on the file's own clock [s].
        first_pts_90k: the same on the clock of `units`.
    """

    video_type: VideoType
    units: tuple[AccessUnit, ...]
    first_pts_s: Seconds
    first_pts_90k: int


@dataclass(frozen=True, slots=True)
class _Coded:
    pts_90k: int
    dts_90k: int | None
    data: bytes
    keyframe: bool


def copy_video(path: Path) -> CopiedVideo:
    """Every coded picture of the first video stream, byte for byte, with an access unit delimiter in front.

    Raises:
        InputError: no media file, no pictures of those kinds in it, or pictures without times.
        ExternalError: it cannot be read.
    """
    with opened(path) as container:
        if not container.streams.video:
            raise InputError(f"{path.name}: a video stream was wanted, there is none")
        stream = container.streams.video[0]
        name = stream.codec_context.name
        if name not in _TYPES:
            raise InputError(f"{path.name}: {_NAMES} pictures were wanted, got {name}")
        coded = list(_coded(container, stream, _TYPES[name], path.name))
    if not coded:
        raise InputError(f"{path.name}: {_NAMES} pictures were wanted, got none")
    decoding_90k = _decoding_times(coded)
    start_90k = min(decoding_90k)
    units = tuple(
        AccessUnit(
            pts_90k=max(one.pts_90k, dts_90k) - start_90k,
            dts_90k=dts_90k - start_90k,
            data=with_delimiter(one.data, _TYPES[name]),
            keyframe=one.keyframe,
        )
        for one, dts_90k in zip(coded, decoding_90k, strict=True)
    )
    first_90k = min(one.pts_90k for one in coded)
    return CopiedVideo(
        video_type=_TYPES[name],
        units=units,
        first_pts_s=first_90k / TICKS_PER_SECOND,
        first_pts_90k=first_90k - start_90k,
    )


def _decoding_times(coded: Sequence[_Coded]) -> list[int]:
    """When each picture is decoded, ticks of 90 kHz; a container that leaves it out has it worked out.

    Pictures are decoded in this order at the times at which pictures are shown, so much earlier that none
    comes too late.
    """
    known = [one.dts_90k for one in coded if one.dts_90k is not None]
    if len(known) == len(coded):
        return known
    shown = sorted(one.pts_90k for one in coded)
    lead_90k = max(slot - one.pts_90k for slot, one in zip(shown, coded, strict=True))
    return [slot - lead_90k for slot in shown]


def _coded(
    container: InputContainer, stream: VideoStream, video_type: VideoType, name: str
) -> Iterator[_Coded]:
    """Pictures with their times in ticks of 90 kHz, wrap-around undone.

    Raises:
        InputError: one of them is shown at no known time.
    """
    clock_90k: int | None = None
    for packet in _filtered(container, stream, video_type):
        if packet.pts is None or packet.time_base is None:
            raise InputError(f"{name}: pictures with presentation times were wanted, one has none")
        ticks = packet.time_base * TICKS_PER_SECOND
        clock_90k = unwrapped(round(packet.pts * ticks), clock_90k)
        dts_90k = None if packet.dts is None else unwrapped(round(packet.dts * ticks), clock_90k)
        yield _Coded(clock_90k, dts_90k, bytes(packet), bool(packet.is_keyframe))


def _filtered(
    container: InputContainer, stream: VideoStream, video_type: VideoType
) -> "Iterator[Packet[VideoStream]]":  # generic for the checker only
    """Packets with start codes, parameter sets before key pictures."""
    name = _FILTERS.get(video_type)
    context = None if name is None else BitStreamFilterContext(name, stream)
    for packet in container.demux(stream):
        if not packet.size:
            continue  # the end, not a picture
        yield from [packet] if context is None else context.filter(packet)
    if context is not None:
        yield from context.filter(None)
