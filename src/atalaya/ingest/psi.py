"""Program tables of a transport stream: which PID carries what.

Source: ISO/IEC 13818-1, 2.4.4 (PAT, PMT) and annex A (CRC).
"""

from collections.abc import Iterable
from dataclasses import dataclass

KLVA = b"KLVA"
_ASSOCIATION, _MAP = 0x00, 0x02
_STUFFING = 0xFF
_HEAD_BYTES = 3
_SHORTEST_BYTES = 12
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


class SectionReader:
    """Payloads of one table PID → whole sections whose CRC holds, over several transport packets as well."""

    def __init__(self) -> None:
        self._buffer: bytes | None = None
        self._counter = 0
        self.damaged = 0

    def put(self, payload: bytes, counter: int, *, starts_unit: bool) -> list[bytes]:
        """The sections that this payload completes; `damaged` counts those that were dropped."""
        repeated = self._buffer is not None and counter == self._counter
        if repeated and not starts_unit:
            return []
        if self._buffer is not None and counter != (self._counter + 1) & 15 and not repeated:
            self._buffer = None
        self._counter = counter
        if not starts_unit:
            if self._buffer is None:
                return []
            self._buffer += payload
            return self._whole()
        begin = 1 + payload[0] if payload else 0
        found: list[bytes] = []
        if self._buffer is not None and not repeated:
            self._buffer += payload[1:begin]
            found = self._whole()
        self._buffer = payload[begin:]
        return found + self._whole()

    @property
    def is_empty(self) -> bool:
        """Whether no section is waiting for its end."""
        return not self._buffer

    def _whole(self) -> list[bytes]:
        found: list[bytes] = []
        rest = self._buffer or b""
        while len(rest) >= _HEAD_BYTES and rest[0] != _STUFFING:
            size = _HEAD_BYTES + ((rest[1] & 0x0F) << 8 | rest[2])
            if len(rest) < size:
                break
            section, rest = rest[:size], rest[size:]
            if size >= _SHORTEST_BYTES and crc32(section) == 0:
                found.append(section)
            else:
                self.damaged += 1
        self._buffer = b"" if rest[:1] == bytes((_STUFFING,)) else rest
        return found


def is_current(section: bytes) -> bool:
    """Whether a section holds now, not only from some time on."""
    return bool(section[5] & 1)


def program_map_pids(section: bytes) -> tuple[int, ...]:
    """PIDs of the program maps that a PAT section names; empty where it is none."""
    if section[0] != _ASSOCIATION:
        return ()
    lines = (section[at : at + 4] for at in range(8, len(section) - 7, 4))
    return tuple((line[2] & 0x1F) << 8 | line[3] for line in lines if line[:2] != b"\x00\x00")


def elementary_streams(section: bytes) -> tuple[ElementaryStream, ...]:
    """The lines of a PMT section; empty where it is none."""
    if section[0] != _MAP or len(section) < 16:
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
