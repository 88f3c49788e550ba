"""Packetised elementary streams: header, presentation time, metadata access units.

Source: ISO/IEC 13818-1, 2.4.3.6 (PES), 2.12.4 (metadata AU cells); MISB ST 1402.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from atalaya.ingest.keys import begins_with_label
from atalaya.units import Seconds

TICKS_PER_SECOND = 90_000
PES_START = b"\x00\x00\x01"
PES_HEADER_BYTES = 9
"""Without its optional fields."""

_WRAP = 1 << 33
_CELL_HEADER_BYTES = 5
_PLAUSIBLE_JUMP = 3600 * TICKS_PER_SECOND


@dataclass(frozen=True, slots=True)
class PesHeader:
    """Start of one PES packet.

    Args:
        payload_start: bytes before its payload.
        length: whole PES packet [byte]; None where it is left open (video).
        pts_90k: presentation time as written, 33 bits; None where absent.
    """

    stream_id: int
    payload_start: int
    length: int | None
    pts_90k: int | None


def read_pes_header(data: bytes) -> PesHeader | None:
    """The header at the start of `data`; None where there is none, or it is cut short or damaged."""
    if len(data) < PES_HEADER_BYTES or not data.startswith(PES_START) or data[6] & 0xC0 != 0x80:
        return None
    payload_start = PES_HEADER_BYTES + data[8]
    size = int.from_bytes(data[4:6], "big")
    has_pts = data[7] & 0x80 and data[8] >= 5 and len(data) >= 14
    return PesHeader(
        stream_id=data[3],
        payload_start=payload_start,
        length=size + 6 if size else None,
        pts_90k=_timestamp(data[9:14]) if has_pts else None,
    )


def _timestamp(field: bytes) -> int:
    return (field[0] & 0x0E) << 29 | field[1] << 22 | (field[2] & 0xFE) << 14 | field[3] << 7 | field[4] >> 1


def is_video(stream_id: int) -> bool:
    """Whether a stream id is one of video."""
    return 0xE0 <= stream_id <= 0xEF


def may_be_metadata(stream_id: int) -> bool:
    """Whether a stream id is one that KLV travels under: private stream 1 or metadata stream."""
    return stream_id in {0xBD, 0xFC}


def unwrapped(pts_90k: int, near_90k: int | None) -> int:
    """A 33-bit time without its wrap-around: the value nearest to the one before it.

    Args:
        pts_90k: as written, 0 to 2**33 - 1.
        near_90k: an unwrapped time of about the same moment; None for the first, which stays as it is.
    """
    if near_90k is None:
        return pts_90k
    return pts_90k + _WRAP * ((near_90k - pts_90k + _WRAP // 2) // _WRAP)


def _is_near(time_90k: int, other_90k: int | None) -> bool:
    return other_90k is not None and abs(time_90k - other_90k) < _PLAUSIBLE_JUMP


class StreamClock:
    """Undoes the wrap-around of all times of one stream; one wrong time does not carry the others along."""

    def __init__(self) -> None:
        self._near_90k: int | None = None
        self._suspect_90k: int | None = None

    def unwrap(self, pts_90k: int) -> int:
        """The time without wrap-around, see `unwrapped`.

        A time an hour or more from those before it is given, and believed once a second one confirms it.
        """
        time_90k = unwrapped(pts_90k, self._near_90k)
        believed = (self._near_90k, self._suspect_90k)
        if self._near_90k is None or any(_is_near(time_90k, other) for other in believed):
            self._near_90k, self._suspect_90k = time_90k, None
        else:
            self._suspect_90k = time_90k
        return time_90k


def seconds(pts_90k: int | None) -> Seconds | None:
    """Ticks of 90 kHz as seconds on the stream's own clock."""
    return None if pts_90k is None else pts_90k / TICKS_PER_SECOND


def metadata_slices(payload: bytes, *, in_cells: bool) -> Iterator[slice]:
    """Where KLV lies in the payload of a metadata PES.

    Args:
        payload: behind the PES header.
        in_cells: the payload is one of access-unit cells.

    Yields:
        The whole payload, or the inside of each metadata AU cell that is not empty.
    """
    if not in_cells:
        yield slice(0, len(payload))
        return
    at = 0
    while at + _CELL_HEADER_BYTES <= len(payload):
        end = at + _CELL_HEADER_BYTES + int.from_bytes(payload[at + 3 : at + 5], "big")
        if end > at + _CELL_HEADER_BYTES:
            yield slice(at + _CELL_HEADER_BYTES, min(end, len(payload)))
        at = end


def begins_with_cell(payload: bytes) -> bool:
    """Told by the bytes: a key behind a five-byte cell header, and none in front."""
    return begins_with_label(payload, _CELL_HEADER_BYTES) and not begins_with_label(payload)
