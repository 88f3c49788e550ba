"""The time that a coder writes into the picture itself (ST 0604): found, read and written.

Of all times in a stream the one to trust: it travels inside the picture and no multiplexer touches it. The
28 bytes are an identifier, a status byte and the time in eight bytes, a byte 0xFF after every second one, so
that no start code can arise in it. H.264 and MPEG-2 carry the identifier "MISPmicrosectime", H.265 one of two
identifiers of its own, for microseconds or nanoseconds.

Source: MISB ST 0604.6, section 7; ST 0603.5, section 7 (status); ITU-T H.264, 7.3.2.3 and annex B; H.265,
7.3.5; ISO/IEC 13818-2, 6.2.2.2 (user data).
"""

from dataclasses import dataclass
from enum import StrEnum

from atalaya.errors import KlvError
from atalaya.units import Microseconds

_MICROSECONDS = b"MISPmicrosectime"
_H265_MICROSECONDS = bytes.fromhex("a8687dd4d7593758a5cef0338b6545f1")
_H265_NANOSECONDS = bytes.fromhex("cf848278ee23306c9265e8fef22fb8b8")
_UNIT_BY_IDENTIFIER = {_MICROSECONDS: 1, _H265_MICROSECONDS: 1, _H265_NANOSECONDS: 1_000}
_IDENTIFIER_BYTES = 16
STAMP_BYTES = 28
_PADDED_AT = (2, 5, 8)
_UNLOCKED, _DISCONTINUITY, _REVERSE, _RESERVED = 0x80, 0x40, 0x20, 0x1F
_USER_DATA = 0xB2
_UNREGISTERED = 5
_START = b"\x00\x00\x01"


class VideoCoding(StrEnum):
    """How pictures are coded, as far as it matters for where their time is."""

    MPEG2 = "mpeg2"
    H264 = "h264"
    H265 = "h265"


_CODING_BY_STREAM_TYPE = {
    0x01: VideoCoding.MPEG2,
    0x02: VideoCoding.MPEG2,
    0x1B: VideoCoding.H264,
    0x24: VideoCoding.H265,
}


@dataclass(frozen=True, slots=True)
class PictureTime:
    """What a picture says of its time.

    Args:
        time_us: microseconds of MISP time, whole; see `misp_time` for UTC.
        status: the status byte as written.
        nanosecond: what is left below the microsecond, 0 to 999; 0 where only microseconds are written.
    """

    time_us: Microseconds
    status: int
    nanosecond: int = 0

    @property
    def locked(self) -> bool:
        """The clock was steered by an absolute reference; False also where the producer does not know."""
        return not self.status & _UNLOCKED

    @property
    def discontinuity(self) -> bool:
        """The clock jumped since the picture before."""
        return bool(self.status & _DISCONTINUITY)

    @property
    def backwards(self) -> bool:
        """The jump was a step back."""
        return self.discontinuity and bool(self.status & _REVERSE)


class Search(StrEnum):
    """Why there is no time: there is none before the picture's first slice, or the bytes end too early."""

    ABSENT = "absent"
    UNDECIDED = "undecided"


def coding_of(stream_type: int | None) -> VideoCoding | None:
    """The coding that a program map's stream type names; None where it names none of those known."""
    return None if stream_type is None else _CODING_BY_STREAM_TYPE.get(stream_type)


def find_picture_time(data: bytes, coding: VideoCoding | None) -> PictureTime | Search:
    """The time in the first bytes of a picture; never raises, whatever the bytes are.

    Args:
        data: elementary stream (Annex B, or MPEG-2) from the start of a picture, as much as is there.
        coding: how it is coded; None looks everywhere and cannot say that there is none.

    Returns:
        The first time found; UNDECIDED where it may come in bytes behind these.
    """
    at = data.find(_START)
    while at >= 0:
        begin = at + len(_START)
        at = data.find(_START, begin)
        unit = data[begin:] if at < 0 else data[begin:at]
        if not unit:
            break
        if _is_slice(unit[0], coding):
            return Search.ABSENT
        found = _in_unit(unit)
        if found is not None:
            return found
    return Search.UNDECIDED


def _is_slice(code: int, coding: VideoCoding | None) -> bool:
    """Whether the picture proper begins: nothing that says its time comes after it."""
    match coding:
        case VideoCoding.MPEG2:
            return 0x01 <= code <= 0xAF
        case VideoCoding.H264:
            return 1 <= code & 0x1F <= 5
        case VideoCoding.H265:
            return code >> 1 & 0x3F < 32
        case None:
            return False


def _in_unit(unit: bytes) -> PictureTime | None:
    """The time in one unit behind its start code, where it is one that carries it."""
    code = unit[0]
    if code == _USER_DATA:
        return _stamp(unit[1:])
    if code & 0x9F == 0x06:
        return _in_messages(unescaped(unit[1:]))
    if code >> 1 & 0x3F in (39, 40) and not code & 0x81:
        return _in_messages(unescaped(unit[2:]))
    return None


def _in_messages(messages: bytes) -> PictureTime | None:
    """The time in supplemental enhancement information, whose last message may be cut short."""
    at = 0
    while at + 2 <= len(messages):
        kind, at = _counted(messages, at)
        size, at = _counted(messages, at)
        found = _stamp(messages[at : at + size]) if kind == _UNREGISTERED else None
        if found is not None:
            return found
        at += size
    return None


def _counted(data: bytes, at: int) -> tuple[int, int]:
    """A number written as bytes 0xFF and one that is less, and the position behind it."""
    number = 0
    while at < len(data) and data[at] == 0xFF:
        number += 0xFF
        at += 1
    return (number + data[at], at + 1) if at < len(data) else (number, at)


def _stamp(data: bytes) -> PictureTime | None:
    """The 28 bytes; None where the identifier is another's, or a byte 0xFF is missing."""
    unit = _UNIT_BY_IDENTIFIER.get(data[:_IDENTIFIER_BYTES])
    if unit is None or len(data) < STAMP_BYTES:
        return None
    status, padded = data[_IDENTIFIER_BYTES], data[_IDENTIFIER_BYTES + 1 : STAMP_BYTES]
    if any(padded[at] != 0xFF for at in _PADDED_AT):
        return None
    count = int.from_bytes(padded[0:2] + padded[3:5] + padded[6:8] + padded[9:11], "big")
    if count // unit >= 1 << 63:
        return None
    return PictureTime(count // unit, status, count % unit)


def unescaped(data: bytes) -> bytes:
    """A NAL unit's bytes without emulation prevention: of 00 00 03 the 03 goes."""
    if b"\x00\x00\x03" not in data:
        return data
    parts: list[bytes] = []
    start = 0
    at = data.find(b"\x00\x00\x03")
    while at >= 0:
        parts.append(data[start : at + 2])
        start = at + 3
        at = data.find(b"\x00\x00\x03", start)
    return b"".join((*parts, data[start:]))


def escaped(data: bytes) -> bytes:
    """A NAL unit's bytes with emulation prevention: 03 between two zeros and any byte up to 3."""
    written = bytearray()
    zeros = 0
    for byte in data:
        if zeros >= 2 and byte <= 3:
            written.append(3)
            zeros = 0
        written.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return bytes(written)


def picture_time_unit(time: PictureTime, coding: VideoCoding) -> bytes:
    """A unit that says a time, start code included: it goes before the first slice of its picture.

    Args:
        time: nanoseconds are written for H.265 where there are any, otherwise not.
        coding: of the video.

    Raises:
        KlvError: the time does not fit eight bytes, the status does not end in the five ones that the
            standard reserves (they keep start codes out of the stamp), or the coding has no nanoseconds.
    """
    nano = time.nanosecond != 0
    if nano and coding is not VideoCoding.H265:
        raise KlvError("nanoseconds can only be written for H.265")
    count = time.time_us * 1_000 + time.nanosecond if nano else time.time_us
    if not (0 <= count < 1 << 64 and 0 <= time.status <= 0xFF and time.status & _RESERVED == _RESERVED):
        raise KlvError(f"a time of 64 bits and a status of 8 that ends in five ones were wanted, got {time}")
    eight = count.to_bytes(8, "big")
    padded = b"\xff".join(eight[at : at + 2] for at in range(0, 8, 2))
    if coding is VideoCoding.MPEG2:
        return _START + bytes((_USER_DATA,)) + _MICROSECONDS + bytes((time.status,)) + padded
    identifier = _MICROSECONDS
    if coding is VideoCoding.H265:
        identifier = _H265_NANOSECONDS if nano else _H265_MICROSECONDS
    stamp = identifier + bytes((time.status,)) + padded
    head = b"\x06" if coding is VideoCoding.H264 else b"\x4e\x01"
    return _START + head + escaped(bytes((_UNREGISTERED, len(stamp))) + stamp + b"\x80")
