"""Program tables of a transport stream: which PID carries what.

Source: ISO/IEC 13818-1, 2.4.4 (PAT, PMT) and annex A (CRC).
"""

from collections.abc import Iterable
from dataclasses import dataclass

KLVA = b"KLVA"
VIDEO_STREAM_TYPES = frozenset({0x01, 0x02, 0x10, 0x1B, 0x20, 0x24, 0x33})


@dataclass(frozen=True, slots=True)
class ElementaryStream:
    """One line of a program map: PID, stream type, and whether it is registered as KLV."""

    pid: int
    stream_type: int
    registered_klv: bool

    @property
    def may_carry_klv(self) -> bool:
        """Said by the table; what the bytes are is told by the bytes."""
        return self.registered_klv or self.stream_type == 0x15


def program_map_pids(payload: bytes) -> tuple[int, ...]:
    """PIDs of the program maps that a PAT packet's payload names; empty where it is none or damaged."""
    section = _section(payload, table_id=0x00)
    if section is None:
        return ()
    lines = (section[at : at + 4] for at in range(8, len(section) - 7, 4))
    return tuple((line[2] & 0x1F) << 8 | line[3] for line in lines if line[:2] != b"\x00\x00")


def elementary_streams(payload: bytes) -> tuple[ElementaryStream, ...]:
    """The lines of a PMT packet's payload; empty where it is none, damaged, or longer than one packet."""
    section = _section(payload, table_id=0x02)
    if section is None or len(section) < 16:
        return ()
    found: list[ElementaryStream] = []
    at, end = 12 + ((section[10] & 0x0F) << 8 | section[11]), len(section) - 4
    while at + 5 <= end:
        size = (section[at + 3] & 0x0F) << 8 | section[at + 4]
        descriptors = section[at + 5 : at + 5 + size]
        pid = (section[at + 1] & 0x1F) << 8 | section[at + 2]
        found.append(ElementaryStream(pid, section[at], KLVA in descriptors))
        at += 5 + size
    return tuple(found)


def _section(payload: bytes, *, table_id: int) -> bytes | None:
    """The section that begins in this payload, checked by its CRC; None where there is none."""
    start = 1 + payload[0] if payload else 0
    if len(payload) < start + 12 or payload[start] != table_id:
        return None
    size = 3 + ((payload[start + 1] & 0x0F) << 8 | payload[start + 2])
    section = payload[start : start + size]
    return section if len(section) == size and size >= 12 and crc32(section) == 0 else None


def crc32(data: bytes) -> int:
    """CRC-32 of MPEG-2 sections; over a section with its CRC it is 0."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = (crc << 8) & 0xFFFFFFFF ^ _CRC_TABLE[(crc >> 24) ^ byte]
    return crc


def _crc_entry(index: int) -> int:
    crc = index << 24
    for _ in range(8):
        crc = (crc << 1) ^ (0x04C11DB7 if crc & 0x80000000 else 0)
    return crc & 0xFFFFFFFF


_CRC_TABLE = tuple(_crc_entry(index) for index in range(256))


def program_association(map_pid: int) -> bytes:
    """A PAT section that names one program, number 1."""
    return _closed(0x00, 1, b"\x00\x01" + (0xE000 | map_pid).to_bytes(2, "big"))


def program_map(pcr_pid: int, streams: Iterable[tuple[int, int, bytes]]) -> bytes:
    """A PMT section of program 1.

    Args:
        pcr_pid: PID that carries the clock.
        streams: (stream type, PID, descriptors) of each elementary stream.
    """
    body = (0xE000 | pcr_pid).to_bytes(2, "big") + b"\xf0\x00"
    for stream_type, pid, descriptors in streams:
        sizes = (0xE000 | pid) << 16 | 0xF000 | len(descriptors)
        body += bytes((stream_type,)) + sizes.to_bytes(4, "big") + descriptors
    return _closed(0x02, 1, body)


def _closed(table_id: int, number: int, body: bytes) -> bytes:
    size = 5 + len(body) + 4
    head = (
        bytes((table_id,)) + (0xB000 | size).to_bytes(2, "big") + number.to_bytes(2, "big") + b"\xc1\x00\x00"
    )
    section = head + body
    return section + crc32(section).to_bytes(4, "big")
