"""Pictures and KLV packets → an MPEG transport stream.

Source: ISO/IEC 13818-1, 2.4; MISB ST 1402.2 (KLV as private data 0x06 or in metadata cells 0x15).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from heapq import merge
from itertools import pairwise

from atalaya.errors import InputError
from atalaya.ingest.psi import KLVA, program_association, program_map
from atalaya.ingest.transport import PACKET_BYTES

_MAP_PID, _VIDEO_PID, _KLV_PID = 0x1000, 0x100, 0x101
_PRIVATE, _METADATA = 0x06, 0x15
_VIDEO_ID, _PRIVATE_ID, _METADATA_ID = 0xE0, 0xBD, 0xFC
_ROOM = PACKET_BYTES - 4
_CLOCK_LEAD_90K = 9_000
_TABLES_EVERY_90K = 8_100
_CLOCK_EVERY_90K = 3_600
_LONGEST_SLICE_BYTES = 60_000
_REGISTRATION = b"\x05\x04" + KLVA
_METADATA_DESCRIPTORS = (
    _REGISTRATION
    + b"\x26\x09\x01\x00\xff"
    + KLVA
    + b"\x00\x0f"
    + b"\x27\x09\xc0\x61\xa8\xc0\x00\x40\xc0\x00\x00"
)
"""KLVA, metadata service 0, and a buffer of 64 kB that fills at up to 10 Mbit/s."""


class VideoType(IntEnum):
    """What the pictures are, as the program map says it (ISO/IEC 13818-1, table 2-34)."""

    MPEG2 = 0x02
    H264 = 0x1B
    H265 = 0x24


_VIDEO_DESCRIPTORS = {VideoType.MPEG2: b"", VideoType.H264: b"", VideoType.H265: b"\x05\x04HEVC"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessUnit:
    """One encoded picture.

    Args:
        pts_90k, dts_90k: presentation and decoding time, ticks of 90 kHz, from 0.
        data: H.264 or H.265 byte stream (Annex B) with access unit delimiter, key pictures with parameter
            sets; or an MPEG-2 picture, key pictures with their sequence header.
        keyframe: decoding can begin here.
    """

    pts_90k: int
    dts_90k: int
    data: bytes
    keyframe: bool

    def __post_init__(self) -> None:
        if not 0 <= self.dts_90k <= self.pts_90k or not self.data:
            raise InputError(f"0 <= dts <= pts and data were wanted, got {self.dts_90k}, {self.pts_90k}")


def mux_ts(
    video: Sequence[AccessUnit],
    metadata: Sequence[tuple[int, bytes]],
    *,
    video_type: VideoType = VideoType.H264,
    synchronous: bool = False,
    timed: bool = True,
    offset_90k: int = 0,
) -> Iterator[bytes]:
    """A transport stream, a few transport packets at a time; the same input gives the same bytes.

    Args:
        video: in decoding order; empty for a stream of metadata only.
        metadata: (pts_90k, KLV packet), times rising; a packet follows the picture of its time.
        video_type: what the pictures are.
        synchronous: metadata cells in stream type 0x15 instead of private data in 0x06.
        timed: write presentation times to private data, as common multiplexers do and ST 1402 does not
            foresee (strict readers refuse them); metadata cells always have them.
        offset_90k: is added to every time; times wrap around at 2**33 ticks, also within the stream.

    Yields:
        Whole transport packets: tables every 90 ms and before each key picture, the clock every 40 ms.

    Raises:
        InputError: decoding times or metadata times fall, or the offset is negative.
    """
    if offset_90k < 0:
        raise InputError(f"an offset of 0 or more was wanted, got {offset_90k} ticks")
    _require_rising("decoding", [unit.dts_90k for unit in video])
    _require_rising("metadata", [time for time, _ in metadata])
    writer = _Writer(video_type if video else None, synchronous=synchronous, timed=timed)
    pictures: Iterable[AccessUnit | tuple[int, bytes]] = video
    for what in merge(pictures, metadata, key=_due):
        if isinstance(what, AccessUnit):
            yield writer.picture(_later(what, offset_90k))
        else:
            yield writer.metadata(what[0] + offset_90k, what[1])


def _later(unit: AccessUnit, offset_90k: int) -> AccessUnit:
    return replace(unit, pts_90k=unit.pts_90k + offset_90k, dts_90k=unit.dts_90k + offset_90k)


def _due(what: AccessUnit | tuple[int, bytes]) -> int:
    """When something is to be sent; of one moment the picture, which is merged first, comes first."""
    return what.dts_90k if isinstance(what, AccessUnit) else what[0]


def _require_rising(what: str, times: list[int]) -> None:
    for before, after in pairwise(times):
        if after < before:
            raise InputError(f"rising {what} times were wanted, got {after} after {before}")


class _Writer:
    """Continuity counters, the clock and when the tables were last sent."""

    def __init__(self, video_type: VideoType | None, *, synchronous: bool, timed: bool) -> None:
        self._synchronous = synchronous
        self._timed = timed or synchronous
        self._clock_pid = _KLV_PID if video_type is None else _VIDEO_PID
        klv = (
            (_METADATA, _KLV_PID, _METADATA_DESCRIPTORS)
            if synchronous
            else (_PRIVATE, _KLV_PID, _REGISTRATION)
        )
        streams = (
            [] if video_type is None else [(int(video_type), _VIDEO_PID, _VIDEO_DESCRIPTORS[video_type])]
        )
        self._tables = (
            (0, program_association(_MAP_PID)),
            (_MAP_PID, program_map(self._clock_pid, [*streams, klv])),
        )
        self._counters: dict[int, int] = {}
        self._tables_at_90k: int | None = None
        self._clock_at_90k: int | None = None
        self._cells = 0

    def picture(self, unit: AccessUnit) -> bytes:
        """One picture, with the tables and clock packets that are due before it."""
        parts = [self._clock_until(unit.dts_90k), self._tables_if_due(unit.dts_90k, now=unit.keyframe)]
        times = _stamp(2, unit.pts_90k)
        if unit.dts_90k != unit.pts_90k:
            times = _stamp(3, unit.pts_90k) + _stamp(1, unit.dts_90k)
        flags = 0x40 if unit.keyframe else 0x00
        pes = _pes(_VIDEO_ID, times, unit.data)
        parts.append(self._split(_VIDEO_PID, pes, self._adaptation(flags, unit.dts_90k)))
        return b"".join(parts)

    def metadata(self, pts_90k: int, packet: bytes) -> bytes:
        """One KLV packet, in as many PES packets as its length needs."""
        parts = [self._clock_until(pts_90k), self._tables_if_due(pts_90k, now=False)]
        slices = [
            packet[at : at + _LONGEST_SLICE_BYTES] for at in range(0, len(packet), _LONGEST_SLICE_BYTES)
        ]
        for number, payload in enumerate(slices):
            times = _stamp(2, pts_90k) if self._timed and (number == 0 or self._synchronous) else b""
            stream_id = _METADATA_ID if self._synchronous else _PRIVATE_ID
            carried = self._cell(number, len(slices), payload) if self._synchronous else payload
            clock = self._adaptation(0x00, pts_90k) if self._clock_pid == _KLV_PID else b""
            parts.append(self._split(_KLV_PID, _pes(stream_id, times, carried), clock))
        return b"".join(parts)

    def _cell(self, number: int, count: int, payload: bytes) -> bytes:
        """A metadata AU cell: service 0, sequence number, which fragment it is, random access."""
        fragment = (0x80 if number == 0 else 0x00) | (0x40 if number == count - 1 else 0x00)
        self._cells = (self._cells + 1) & 0xFF
        head = bytes((0, self._cells, fragment | 0x1F))
        return head + len(payload).to_bytes(2, "big") + payload

    def _tables_if_due(self, time_90k: int, *, now: bool) -> bytes:
        last = self._tables_at_90k
        if not now and last is not None and time_90k - last < _TABLES_EVERY_90K:
            return b""
        self._tables_at_90k = time_90k
        sections = ((pid, (b"\x00" + section).ljust(_ROOM, b"\xff")) for pid, section in self._tables)
        return b"".join(self._split(pid, payload, b"") for pid, payload in sections)

    def _clock_until(self, time_90k: int) -> bytes:
        """Packets with nothing but the clock, and tables, where pictures or KLV packets are far apart."""
        last = self._clock_at_90k
        if last is None:
            return b""
        times = range(last + _CLOCK_EVERY_90K, time_90k, _CLOCK_EVERY_90K)
        return b"".join(self._tables_if_due(time, now=False) + self._clock_packet(time) for time in times)

    def _clock_packet(self, time_90k: int) -> bytes:
        field = self._adaptation(0x00, time_90k).ljust(_ROOM - 1, b"\xff")
        counter = (self._counters.get(self._clock_pid, 0) - 1) & 15  # no payload: the counter stands still
        return _head(self._clock_pid, 0x20 | counter, starts=False) + bytes((len(field),)) + field

    def _adaptation(self, flags: int, time_90k: int) -> bytes:
        self._clock_at_90k = time_90k
        base = (time_90k - _CLOCK_LEAD_90K) % (1 << 33)
        return bytes((flags | 0x10,)) + (base << 15 | 0x7E00).to_bytes(6, "big")

    def _split(self, pid: int, payload: bytes, adaptation: bytes) -> bytes:
        """Transport packets that carry this payload, the last one stuffed by its adaptation field."""
        packets: list[bytes] = []
        at = 0
        while at < len(payload):
            room = _ROOM - (1 + len(adaptation) if adaptation else 0)
            piece = payload[at : at + room]
            field = _stuffed(adaptation, room - len(piece))
            counter = self._counters.get(pid, 0)
            self._counters[pid] = (counter + 1) & 15
            packets.append(_head(pid, (0x30 if field else 0x10) | counter, starts=at == 0) + field + piece)
            at += len(piece)
            adaptation = b""
        return b"".join(packets)


def _head(pid: int, control: int, *, starts: bool) -> bytes:
    return bytes((0x47, (0x40 if starts else 0) | pid >> 8, pid & 0xFF, control))


def _stuffed(adaptation: bytes, stuffing: int) -> bytes:
    """An adaptation field with its length byte; empty where there is none and no byte to fill."""
    if not adaptation and stuffing == 0:
        return b""
    if not adaptation and stuffing == 1:
        return b"\x00"
    body = adaptation + b"\xff" * stuffing if adaptation else b"\x00" + b"\xff" * (stuffing - 2)
    return bytes((len(body),)) + body


def _stamp(marker: int, time_90k: int) -> bytes:
    """A PES time stamp: four marker bits, 33 bits of time, three marker ones."""
    time = time_90k % (1 << 33)
    bits = marker << 36 | (time >> 30) << 33 | 1 << 32 | (time >> 15 & 0x7FFF) << 17 | 1 << 16
    return (bits | (time & 0x7FFF) << 1 | 1).to_bytes(5, "big")


def _pes(stream_id: int, times: bytes, payload: bytes) -> bytes:
    """A PES packet, data aligned; one too long for its length field (video only) leaves it open."""
    has = {0: 0x00, 5: 0x80, 10: 0xC0}[len(times)]
    length = 3 + len(times) + len(payload)
    head = b"\x00\x00\x01" + bytes((stream_id,)) + (length if length < 1 << 16 else 0).to_bytes(2, "big")
    return head + bytes((0x84, has, len(times))) + times + payload
