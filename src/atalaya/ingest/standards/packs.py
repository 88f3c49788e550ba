"""Packs: fields one after another without tags, read with a cursor and written back.

Source: SMPTE ST 336:2017 (defined-length, variable-length and floating-length packs); MISB ST 0107
(truncation: what is left out at the end is not said).
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from atalaya.errors import KlvError
from atalaya.ingest.ber import length_bytes, read_length, read_oid
from atalaya.ingest.codecs import whole_of
from atalaya.ingest.imapb_codec import decode_scalar, encode_scalar
from atalaya.ingest.value import Decoded, Flag, Value, cleared, malformed


class PackReader:
    """A cursor over the bytes of one pack; it never passes their end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def left(self) -> int:
        """Bytes not read yet."""
        return len(self._data) - self._at

    def take(self, count: int) -> bytes:
        """The next bytes.

        Raises:
            KlvError: there are fewer.
        """
        if count > self.left:
            raise KlvError(f"{count} bytes were wanted at byte {self._at} of a pack, {self.left} are left")
        self._at += count
        return self._data[self._at - count : self._at]

    def unsigned(self, count: int) -> int:
        """An unsigned integer of so many bytes.

        Raises:
            KlvError: there are fewer.
        """
        return int.from_bytes(self.take(count), "big")

    def oid(self) -> int:
        """A BER-OID number.

        Raises:
            KlvError: it does not end, or begins with zeros: the shortest form is the only one.
        """
        if self._data[self._at : self._at + 1] == b"\x80":
            raise KlvError(f"the shortest form of a number was wanted at byte {self._at}")
        number, self._at = read_oid(self._data, self._at)
        return number

    def block(self) -> bytes:
        """Bytes whose BER length comes before them.

        Raises:
            KlvError: they end early.
        """
        length, at = read_length(self._data, self._at)
        self._at = at
        return self.take(length)

    def mapped(self, low: float, high: float, size: int) -> float | None:
        """An IMAPB number; None for NaN.

        Raises:
            KlvError: there are fewer bytes, or another special value.
        """
        found = decode_scalar(self.take(size), low, high)
        if not isinstance(found, str):
            return found
        if "NaN" in found:
            return None
        raise KlvError(f"{low} to {high} was wanted, got {found}")

    def text(self, count: int) -> str:
        """UTF-8 of so many bytes.

        Raises:
            KlvError: there are fewer, or they are not UTF-8.
        """
        try:
            return self.take(count).decode("utf-8")
        except UnicodeDecodeError as error:
            raise KlvError(f"utf-8 was wanted: {error.reason}") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """An item that is a pack: all of it is read, or nothing is given.

    Args:
        read: fields from the cursor; raises KlvError.
        write: bytes of a value, of the length asked for where the standard leaves a choice; raises KlvError.
        unit: that all its numbers share. check: what in a value is not in the standard, None for nothing.
        label: its words.
    """

    read: Callable[[PackReader], Decoded]
    write: Callable[[Decoded, int | None], bytes]
    unit: str | None = None
    check: Callable[[Decoded], str | None] | None = None
    label: Callable[[Decoded], str | None] | None = None

    def decode(self, data: bytes, /) -> Value:
        """See Codec."""
        if not data:
            return cleared(unit=self.unit)
        reader = PackReader(data)
        try:
            value = self.read(reader)
        except KlvError as error:
            return malformed(data, str(error), self.unit)
        if reader.left:
            return malformed(data, f"{reader.left} bytes are left after the pack", self.unit)
        complaint = None if self.check is None else self.check(value)
        if complaint is not None:
            flag = Flag.OUT_OF_RANGE
            return Value(value=None, raw=data, unit=self.unit, flag=flag, reason=complaint)
        label = None if self.label is None else self.label(value)
        return Value(value=value, raw=data, unit=self.unit, label=label)

    def encode(self, value: Decoded, length: int | None = None, /) -> bytes:
        """See Codec.

        Raises:
            KlvError: a field is missing, or cannot be said.
        """
        data = self.write(value, length)
        complaint = None if self.check is None else self.check(value)
        if complaint is not None:
            raise KlvError(complaint)
        return data


def fields_of(value: Decoded) -> dict[str, Decoded]:
    """The fields of a record.

    Raises:
        KlvError: it is none.
    """
    if not isinstance(value, dict):
        raise KlvError(f"a record was wanted, got {value!r}")
    return value


def record_of(value: Decoded, names: Collection[str]) -> dict[str, Decoded]:
    """The fields of a record that may leave out any but not all of its fields.

    Raises:
        KlvError: it is none, or has other fields.
    """
    fields = fields_of(value)
    if not fields or not set(fields) <= set(names):
        raise KlvError(f"some of the fields {sorted(names)} were wanted, got {sorted(fields)}")
    return fields


def list_of(value: Decoded) -> list[Decoded]:
    """The members of a list.

    Raises:
        KlvError: it is none.
    """
    if not isinstance(value, list):
        raise KlvError(f"a list was wanted, got {value!r}")
    return value


def unsigned_bytes(value: Decoded, count: int) -> bytes:
    """An unsigned integer in so many bytes.

    Raises:
        KlvError: no such number.
    """
    number = whole_of(value)
    if not 0 <= number < 1 << 8 * count:
        raise KlvError(f"a number of {count} bytes was wanted, got {value!r}")
    return number.to_bytes(count, "big")


def mapped_bytes(value: Decoded, low: float, high: float, size: int) -> bytes:
    """A number as IMAPB, None as NaN.

    Raises:
        KlvError: no number, or outside the range.
    """
    if value is None:
        return encode_scalar("NaN", low, high, size)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise KlvError(f"a number was wanted, got {value!r}")
    return encode_scalar(value, low, high, size)


def text_bytes(value: Decoded) -> bytes:
    """A text as UTF-8.

    Raises:
        KlvError: no text.
    """
    try:
        return (value if isinstance(value, str) else "\ud800").encode("utf-8")
    except UnicodeEncodeError as error:
        raise KlvError(f"a text was wanted, got {value!r}") from error


def block_bytes(data: bytes) -> bytes:
    """Bytes with their BER length before them."""
    return length_bytes(len(data)) + data


def of_length(choices: Iterable[bytes], length: int | None) -> bytes:
    """Of several ways to write the same, the one of the length asked for, else the first."""
    ways = list(choices)
    return next((way for way in ways if len(way) == length), ways[0])


def truncations(blocks: list[bytes]) -> list[bytes]:
    """A pack of length-value fields, from the shortest: empty fields at its end may be left out."""
    said = max((place + 1 for place, block in enumerate(blocks) if block), default=0)
    return [
        b"".join(block_bytes(block) for block in blocks[:count]) for count in range(said, len(blocks) + 1)
    ]
