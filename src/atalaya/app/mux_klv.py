"""Pictures of one file and KLV of another → one transport stream."""

from dataclasses import dataclass
from pathlib import Path

from atalaya.errors import InputError
from atalaya.ingest.decode_stream import StreamDecoder
from atalaya.ingest.mux import mux_ts
from atalaya.ingest.mux_times import PlacedPacket, in_ticks, placed_by_presentation, placed_by_stamp
from atalaya.io.new_file import new_file, require_apart
from atalaya.io.original import read_chunks
from atalaya.io.video import FIRST_PTS_90K
from atalaya.io.video_copy import CopiedVideo, copy_video
from atalaya.units import Seconds

LARGEST_OFFSET_S = 3_600.0
"""Two recordings of one flight that are farther apart are no pair; the clock would be written in between."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MuxReport:
    """What was written.

    Args:
        pictures, packets: how many. codec: of the pictures. timed_by: "pts" or "stamp" (item 2).
        untimed: packets that came with the one before them, for want of a time of their own.
        first_s, last_s: of the packets, after the first picture [s].
    """

    pictures: int
    packets: int
    codec: str
    timed_by: str
    untimed: int
    first_s: Seconds
    last_s: Seconds


def mux_klv(
    video: Path,
    klv: Path,
    out: Path,
    *,
    synchronous: bool = True,
    offset_s: Seconds = 0.0,
    replace: bool = False,
) -> MuxReport:
    """Write a transport stream; pictures and KLV packets are in it byte for byte.

    Args:
        video: a media file with H.264, H.265 or MPEG-2 pictures.
        klv: bare KLV, or a transport stream whose KLV is taken, all PIDs together.
        out: the file to write.
        synchronous: metadata cells with presentation times; else private data without, as ST 1402 has it.
        offset_s: how much later than the first picture the first packet is, on top of what is known.
        replace: whether a file that is there may be replaced.

    Raises:
        InputError: no pictures, no KLV, times that fall, an offset that is none or over an hour, or `out` is
            there or is one of the sources.
        NotFoundError: no such file. ExternalError: disk or codec failed; nothing half is kept.
    """
    require_apart(out, (video, klv))
    if not abs(offset_s) <= LARGEST_OFFSET_S:
        raise InputError(
            f"an offset of at most {LARGEST_OFFSET_S:.0f} s either way was wanted, got {offset_s}"
        )
    with new_file(out, replace=replace) as file:
        pictures = copy_video(video)
        placed, timed_by = _placed(video, klv, pictures, offset_s)
        timed = in_ticks(placed, pictures.first_pts_90k)
        lead_90k = FIRST_PTS_90K + max(0, -timed[0][0])
        for piece in mux_ts(
            pictures.units,
            timed,
            video_type=pictures.video_type,
            synchronous=synchronous,
            timed=synchronous,
            offset_90k=lead_90k,
        ):
            file.write(piece)
    return MuxReport(
        pictures=len(pictures.units),
        packets=len(placed),
        codec=pictures.video_type.name,
        timed_by=timed_by,
        untimed=sum(not one.timed for one in placed),
        first_s=placed[0].after_s,
        last_s=placed[-1].after_s,
    )


def _placed(
    video: Path, klv: Path, pictures: CopiedVideo, offset_s: Seconds
) -> tuple[list[PlacedPacket], str]:
    """Every KLV packet of the source with its time, and what the times rest on.

    Raises:
        InputError: there is none.
    """
    decoder = StreamDecoder()
    decoded = list(decoder.decode(read_chunks(klv)))
    decoder.require_stream(klv.name)
    if not decoded:
        raise InputError(f"{klv.name}: KLV packets were wanted, there are none")
    if any(one.packet.pts_s is not None for one in decoded):
        same_clock = klv.samefile(video)
        first_s = pictures.first_pts_s if same_clock else None
        return placed_by_presentation(decoded, first_s, offset_s), "pts"
    return placed_by_stamp(decoded, offset_s), "stamp"
