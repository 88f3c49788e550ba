"""The sum that closes a MISB local set: 16-bit running sum, CRC-16-CCITT or CRC-32.

Each is taken from the first byte of the key up to and including the length of the item that holds it.

Source: MISB ST 0601.19, item 1 (sum of big-endian 16-bit words, modulo 65 536); ST 1002.2 and ST 1108.3
(CRC-16-CCITT of a register of ones); ST 0806.4, ISO/IEC 13818-1 annex A (CRC-32).
"""

import binascii
import zlib
from dataclasses import dataclass
from enum import Enum, StrEnum

import numpy as np

from atalaya.errors import KlvError
from atalaya.ingest.ber import read_length

_KEY_BYTES = 16
CLOSING = b"\x01\x02"
"""Tag and length of item 1."""

_CLOSING_BYTES = 4
_MOST_ITEMS = 4096
_LONG_BYTES = 1024
"""From here on NumPy is faster."""

_CRC_16_START = 0x1D0F
"""A register of ones after the 16 zeros that the algorithm of `binascii` does not shift through."""
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


class ChecksumState(StrEnum):
    """What the sum that closes a packet says.

    PAYLOAD_ONLY: the producer sums the value alone, not key and length as the standard asks, and that holds.
    ABSENT: the packet does not end in item 1.
    """

    OK = "ok"
    FAILED = "failed"
    PAYLOAD_ONLY = "payload_only"
    ABSENT = "absent"


def running_sum(data: bytes) -> int:
    """Sum of the bytes as big-endian 16-bit words; an odd last byte counts as the high half."""
    if len(data) < _LONG_BYTES:
        return (256 * sum(data[0::2]) + sum(data[1::2])) & 0xFFFF
    words = int(np.frombuffer(data, dtype=">u2", count=len(data) // 2).sum(dtype=np.uint64))
    return (words + (data[-1] << 8 if len(data) % 2 else 0)) & 0xFFFF


def checksum_holds(packet: bytes) -> bool:
    """Whether a whole packet (key, length, value) ends in item 1 with the right sum."""
    if len(packet) < _KEY_BYTES + 1 + _CLOSING_BYTES or packet[-4:-2] != CLOSING:
        return False
    return running_sum(packet[:-2]) == int.from_bytes(packet[-2:], "big")


def is_proved(packet: bytes) -> bool:
    """Whether the sum holds and the items end exactly at item 1: a sum of 16 bits may hold by chance."""
    return checksum_holds(packet) and _items_end_with_the_sum(packet)


def _items_end_with_the_sum(packet: bytes) -> bool:
    """Whether its items, one after the other, end exactly with item 1 of two bytes at the end."""
    try:
        length, at = read_length(packet, _KEY_BYTES)
        last = len(packet) - _CLOSING_BYTES
        if at + length != len(packet):
            return False
        for _ in range(_MOST_ITEMS):
            if at >= last:
                return at == last
            while packet[at] & 0x80:  # a tag of several bytes
                at += 1
            size = packet[at + 1]
            if size < 0x80:  # most are
                at += 2 + size
            else:
                size, value = read_length(packet, at + 1)
                at = value + size
    except (KlvError, IndexError):
        return False
    return False


def crc_16(data: bytes) -> int:
    """CRC-16-CCITT: polynomial 0x1021, the data and 16 zeros shifted through a register of ones."""
    return binascii.crc_hqx(data, _CRC_16_START)


def crc_32(data: bytes) -> int:
    """CRC-32 of MPEG-2: polynomial 0x04C11DB7, register of ones, highest bit first, nothing inverted."""
    mirrored = zlib.crc32(data.translate(_MIRRORED)) ^ 0xFFFF_FFFF
    return int(f"{mirrored:032b}"[::-1], 2)


class Summing(Enum):
    """How a set is summed."""

    RUNNING_SUM = "16-bit running sum"
    CRC_16 = "CRC-16-CCITT"
    CRC_32 = "CRC-32"

    @property
    def size(self) -> int:
        """Bytes of the sum."""
        return 4 if self is Summing.CRC_32 else 2

    def of(self, data: bytes) -> bytes:
        """The sum of these bytes as it is written."""
        match self:
            case Summing.RUNNING_SUM:
                return running_sum(data).to_bytes(2, "big")
            case Summing.CRC_16:
                return crc_16(data).to_bytes(2, "big")
            case Summing.CRC_32:
                return crc_32(data).to_bytes(4, "big")


@dataclass(frozen=True, slots=True)
class Closing:
    """The item that closes a set with its sum."""

    tag: int = 1
    summing: Summing = Summing.RUNNING_SUM


_USUAL = Closing()


def checksum_state(packet: bytes, closing: Closing = _USUAL) -> ChecksumState:
    """What the sum of a whole packet (key, length, value) says; never raises.

    Args:
        packet: key, length, value.
        closing: the item that holds the sum.
    """
    size = closing.summing.size
    if len(packet) < _KEY_BYTES + 3 + size or packet[-size - 2 : -size] != bytes((closing.tag, size)):
        return ChecksumState.ABSENT
    summed, said = packet[:-size], packet[-size:]
    if closing.summing.of(summed) == said:
        return ChecksumState.OK
    try:
        _, start = read_length(packet, _KEY_BYTES)
    except KlvError:
        return ChecksumState.FAILED
    holds = closing.summing.of(summed[start:]) == said
    return ChecksumState.PAYLOAD_ONLY if holds else ChecksumState.FAILED
