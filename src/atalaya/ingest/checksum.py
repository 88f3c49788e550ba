"""The 16-bit running sum that closes a MISB local set.

Source: MISB ST 0601.19, item 1: sum of big-endian 16-bit words from the first byte of the key up to and
including the length of item 1, modulo 65 536.
"""


def running_sum(data: bytes) -> int:
    """Sum of the bytes as big-endian 16-bit words; an odd last byte counts as the high half."""
    return (256 * sum(data[0::2]) + sum(data[1::2])) & 0xFFFF


def checksum_holds(packet: bytes) -> bool:
    """Whether a whole packet (key, length, value) ends in item 1 with the right sum."""
    if len(packet) < 21 or packet[-4:-2] != b"\x01\x02":
        return False
    return running_sum(packet[:-2]) == int.from_bytes(packet[-2:], "big")
