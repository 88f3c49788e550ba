"""How universal sets write what local sets write otherwise: plain IEEE numbers, dates and codes as words."""

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from atalaya.errors import KlvError
from atalaya.ingest.codecs import number_of
from atalaya.ingest.value import Decoded, Flag, Value, cleared, malformed

_WITH_T = "%Y%m%dT%H%M%S"
_WITHOUT_T = "%Y%m%d%H%M%S"
_ISO = "%Y-%m-%dT%H:%M:%SZ"
_FORM_BY_LENGTH = {15: _WITH_T, 14: _WITHOUT_T}


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundedFloating:
    """An IEEE 754 number of four or eight bytes that must lie in a range.

    Args:
        size: bytes written where none are asked; both sizes are read. low, high: range, inclusive.
    """

    low: float
    high: float
    size: int = 4
    unit: str | None = None

    def decode(self, data: bytes, /) -> Value:
        """See Codec; NaN is an error indicator, an infinity is out of range."""
        if not data:
            return cleared(unit=self.unit)
        if len(data) not in (4, 8):
            return malformed(data, f"4 or 8 bytes were wanted, got {len(data)}", self.unit)
        number: float = struct.unpack(">f" if len(data) == 4 else ">d", data)[0]
        if math.isnan(number):
            return Value(value=None, raw=data, unit=self.unit, flag=Flag.ERROR_INDICATOR, reason="NaN")
        if not self.low <= number <= self.high:
            reason = f"{self.low} to {self.high} was wanted, got {number}"
            return Value(value=None, raw=data, unit=self.unit, flag=Flag.OUT_OF_RANGE, reason=reason)
        return Value(value=number, raw=data, unit=self.unit)

    def encode(self, value: Decoded, length: int | None = None, /) -> bytes:
        """See Codec; None is written as NaN.

        Raises:
            KlvError: no number, or outside the range.
        """
        size = length if length in (4, 8) else self.size
        number = math.nan if value is None else number_of(value)
        if value is not None and not self.low <= number <= self.high:
            raise KlvError(f"{self.low} to {self.high} was wanted, got {number}")
        return struct.pack(">f" if size == 4 else ">d", number)


@dataclass(frozen=True, slots=True)
class DateTimeText:
    """A moment in UTC to the second, written YYYYMMDDThhmmss, or without the T; given as ISO 8601."""

    def decode(self, data: bytes, /) -> Value:
        """See Codec; a date that does not exist is malformed."""
        if not data:
            return cleared()
        form = _FORM_BY_LENGTH.get(len(data))
        digits = data.replace(b"T", b"", 1)
        if form is None or len(digits) != 14 or not digits.isdigit():
            return malformed(data, "YYYYMMDDThhmmss or YYYYMMDDhhmmss was wanted")
        try:
            moment = datetime.strptime(data.decode("ascii"), form).replace(tzinfo=UTC)
        except ValueError as error:
            return malformed(data, f"no such moment: {error}")
        return Value(value=moment.strftime(_ISO).rjust(20, "0"), raw=data)

    def encode(self, value: Decoded, length: int | None = None, /) -> bytes:
        """See Codec.

        Raises:
            KlvError: no moment in ISO 8601 with a Z.
        """
        try:
            moment = datetime.strptime(value if isinstance(value, str) else "", _ISO).replace(tzinfo=UTC)
        except ValueError as error:
            raise KlvError(f"YYYY-MM-DDThh:mm:ssZ was wanted, got {value!r}") from error
        text = moment.strftime(_WITHOUT_T).rjust(14, "0")
        return (text if length == 14 else f"{text[:8]}T{text[8:]}").encode("ascii")


@dataclass(frozen=True, slots=True, kw_only=True)
class WordCode:
    """A code of the local set, written out as its word and a closing "//"; the slashes may be missing.

    Args:
        words: by code.
    """

    words: Mapping[int, str]

    def decode(self, data: bytes, /) -> Value:
        """See Codec; a word that the standard does not have is out of range."""
        if not data:
            return cleared()
        word = data.decode("ascii", "replace").removesuffix("//")
        code = next((code for code, known in self.words.items() if known == word), None)
        if code is None:
            reason = f"one of {sorted(self.words.values())} was wanted"
            return Value(value=None, raw=data, flag=Flag.OUT_OF_RANGE, reason=reason)
        return Value(value=code, raw=data, label=word)

    def encode(self, value: Decoded, length: int | None = None, /) -> bytes:
        """See Codec; takes the code or its word.

        Raises:
            KlvError: not one of the codes.
        """
        word = value if isinstance(value, str) else self.words.get(int(number_of(value)))
        if word is None or word not in self.words.values():
            raise KlvError(f"one of {sorted(self.words.values())} was wanted, got {value!r}")
        return word.encode("ascii") + (b"" if length == len(word) else b"//")


@dataclass(frozen=True, slots=True)
class CountryCodes:
    """Country codes: UTF-16 by the standard, one byte a letter by many producers, ASCII letters in both."""

    def decode(self, data: bytes, /) -> Value:
        """See Codec; which of the two is told by the bytes."""
        if not data:
            return cleared()
        wide = len(data) % 2 == 0 and not any(data[0::2])
        try:
            return Value(value=(data[1::2] if wide else data).decode("ascii"), raw=data)
        except UnicodeDecodeError as error:
            return malformed(data, f"country codes were wanted: {error.reason}")

    def encode(self, value: Decoded, length: int | None = None, /) -> bytes:
        """See Codec; UTF-16, unless the length asked for leaves one byte a letter.

        Raises:
            KlvError: no text, or letters beyond ASCII.
        """
        if not isinstance(value, str) or not value.isascii():
            raise KlvError(f"a text in ASCII was wanted, got {value!r}")
        return value.encode("ascii" if length == len(value) else "utf-16-be")
