"""Lengths and tags of KLV: BER short and long form, BER-OID.

Source: SMPTE ST 336:2017, sections 5.2 and 5.3.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from atalaya.errors import KlvError


@dataclass(frozen=True, slots=True)
class Item:
    """One tag-length-value of a local set: where its value lies in the bytes that were walked."""

    tag: int
    start: int
    length: int

    @property
    def end(self) -> int:
        """First byte after the value."""
        return self.start + self.length


def read_length(data: bytes | bytearray | memoryview, at: int) -> tuple[int, int]:
    """The BER length at `at` and the position after it.

    Raises:
        KlvError: the bytes end, or the form is the indefinite one or longer than eight bytes.
    """
    if at >= len(data):
        raise KlvError(f"a length was wanted at byte {at}, the bytes end")
    first = data[at]
    if first < 0x80:
        return first, at + 1
    count = first & 0x7F
    if not 1 <= count <= 8:
        raise KlvError(f"a BER length of 1 to 8 bytes was wanted at byte {at}, got {count}")
    end = at + 1 + count
    if end > len(data):
        raise KlvError(f"a length of {count} bytes was wanted at byte {at}, the bytes end")
    return int.from_bytes(data[at + 1 : end], "big"), end


def read_oid(data: bytes, at: int) -> tuple[int, int]:
    """The BER-OID number (a tag or a target id) at `at` and the position after it.

    Raises:
        KlvError: the bytes end, or the number is longer than eight bytes.
    """
    number = 0
    for position in range(at, min(at + 8, len(data))):
        byte = data[position]
        number = number << 7 | byte & 0x7F
        if byte < 0x80:
            return number, position + 1
    raise KlvError(f"a BER-OID number was wanted at byte {at}, it does not end")


def walk(data: bytes, start: int = 0) -> Iterator[Item]:
    """The items of a local set, in order.

    Raises:
        KlvError: an item runs past the end; the items before it have been given.
    """
    at = start
    while at < len(data):
        tag, after_tag = read_oid(data, at)
        length, value = read_length(data, after_tag)
        if value + length > len(data):
            raise KlvError(f"item {tag} at byte {at} says {length} bytes, {len(data) - value} are left")
        yield Item(tag, value, length)
        at = value + length


def length_bytes(length: int, size: int = 1) -> bytes:
    """A length in the shortest BER form of at least `size` bytes.

    Args:
        length: to write.
        size: bytes, as a producer wrote it; 1 for the shortest form.

    Raises:
        KlvError: the length is negative.
    """
    if length < 0:
        raise KlvError(f"a length of 0 or more was wanted, got {length}")
    if length < 0x80 and size <= 1:
        return bytes((length,))
    body = length.to_bytes(max((length.bit_length() + 7) // 8, size - 1), "big")
    return bytes((0x80 | len(body),)) + body


def oid_bytes(number: int, size: int = 1) -> bytes:
    """A tag or target id as BER-OID.

    Args:
        number: to write.
        size: least bytes, as a producer wrote it, though the standard asks for the fewest.

    Raises:
        KlvError: the number is negative.
    """
    if number < 0:
        raise KlvError(f"a number of 0 or more was wanted, got {number}")
    groups = [number & 0x7F]
    while number := number >> 7:
        groups.append(0x80 | number & 0x7F)
    groups += [0x80] * (size - len(groups))
    return bytes(reversed(groups))


def item_bytes(tag: int, value: bytes) -> bytes:
    """One whole item: tag, length, value.

    Raises:
        KlvError: the tag is negative.
    """
    return oid_bytes(tag) + length_bytes(len(value)) + value
