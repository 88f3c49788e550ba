"""The 16-bit running sum that closes a MISB local set.

Source: MISB ST 0601.19, item 1: sum of big-endian 16-bit words from the first byte of the key up to and
including the length of item 1, modulo 65 536.
"""

from enum import StrEnum

from atalaya.errors import KlvError
from atalaya.ingest.ber import read_length

_KEY_BYTES = 16
_CLOSING = b"\x01\x02"
_CLOSING_BYTES = 4


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
    return (256 * sum(data[0::2]) + sum(data[1::2])) & 0xFFFF


def checksum_holds(packet: bytes) -> bool:
    """Whether a whole packet (key, length, value) ends in item 1 with the right sum."""
    if len(packet) < _KEY_BYTES + 1 + _CLOSING_BYTES or packet[-4:-2] != _CLOSING:
        return False
    return running_sum(packet[:-2]) == int.from_bytes(packet[-2:], "big")


def checksum_state(packet: bytes) -> ChecksumState:
    """What the sum of a whole packet (key, length, value) says; never raises."""
    if len(packet) < _KEY_BYTES + 1 + _CLOSING_BYTES or packet[-4:-2] != _CLOSING:
        return ChecksumState.ABSENT
    said = int.from_bytes(packet[-2:], "big")
    if running_sum(packet[:-2]) == said:
        return ChecksumState.OK
    try:
        _, start = read_length(packet, _KEY_BYTES)
    except KlvError:
        return ChecksumState.FAILED
    holds = running_sum(packet[start:-2]) == said
    return ChecksumState.PAYLOAD_ONLY if holds else ChecksumState.FAILED
