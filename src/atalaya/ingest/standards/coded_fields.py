"""Ways of writing that several standards share: bits that each say something, dates, fixed octets."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from atalaya.errors import KlvError
from atalaya.ingest.codecs import whole_of
from atalaya.ingest.value import Decoded, Flag, Value, cleared, malformed


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """One byte whose bits each say something: the value is the byte, the label the words of the set bits.

    Args:
        labels: by bit, the lowest 0; a set bit without a word is out of range.
        low: least value that the standard allows.
    """

    labels: Mapping[int, str]
    low: int = 0

    def decode(self, data: bytes, /) -> Value:
        """See Codec."""
        if not data:
            return cleared()
        if len(data) != 1:
            return malformed(data, f"1 byte was wanted, got {len(data)}")
        said = data[0]
        if not self._is_listed(said):
            reason = f"bits {said:08b} are not all in the standard"
            return Value(value=None, raw=data, flag=Flag.OUT_OF_RANGE, reason=reason)
        words = ", ".join(word for bit, word in self.labels.items() if said >> bit & 1)
        return Value(value=said, raw=data, label=words or None)

    def encode(self, value: Decoded, _length: int | None = None, /) -> bytes:
        """See Codec.

        Raises:
            KlvError: no such byte.
        """
        said = whole_of(value)
        if not (0 <= said <= 255 and self._is_listed(said)):
            raise KlvError(f"bits {sorted(self.labels)} were wanted, got {value!r}")
        return bytes((said,))

    def _is_listed(self, said: int) -> bool:
        return said >= self.low and not said & ~sum(1 << bit for bit in self.labels)


@dataclass(frozen=True, slots=True)
class Octets:
    """So many bytes that identify something, in hexadecimal."""

    size: int

    def decode(self, data: bytes, /) -> Value:
        """See Codec."""
        if not data:
            return cleared()
        if len(data) != self.size:
            return malformed(data, f"{self.size} bytes were wanted, got {len(data)}")
        return Value(value=data.hex(), raw=data)

    def encode(self, value: Decoded, _length: int | None = None, /) -> bytes:
        """See Codec.

        Raises:
            KlvError: not so many bytes in hexadecimal.
        """
        try:
            data = bytes.fromhex(value) if isinstance(value, str) else b""
        except ValueError:
            data = b""
        if len(data) != self.size:
            raise KlvError(f"{self.size} bytes in hexadecimal were wanted, got {value!r}")
        return data


@dataclass(frozen=True, slots=True)
class WrittenDate:
    """A day of the calendar in ASCII, given as it is written: with hyphens or without."""

    hyphens: bool

    def decode(self, data: bytes, /) -> Value:
        """See Codec."""
        if not data:
            return cleared()
        text = data.decode("latin-1")
        if not self._is_day(text):
            return malformed(data, f"a day as {self._form()} was wanted")
        return Value(value=text, raw=data)

    def encode(self, value: Decoded, _length: int | None = None, /) -> bytes:
        """See Codec.

        Raises:
            KlvError: no such day, or written otherwise.
        """
        if not isinstance(value, str) or not self._is_day(value):
            raise KlvError(f"a day as {self._form()} was wanted, got {value!r}")
        return value.encode("ascii")

    def _form(self) -> str:
        return "YYYY-MM-DD" if self.hyphens else "YYYYMMDD"

    def _is_day(self, text: str) -> bool:
        found = re.fullmatch(r"([0-9]{4})(-?)([0-9]{2})(-?)([0-9]{2})", text)
        if found is None or {found[2], found[4]} != {"-" if self.hyphens else ""}:
            return False
        try:
            date(int(found[1]), int(found[3]), int(found[5]))
        except ValueError:
            return False
        return True
