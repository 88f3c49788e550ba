"""How MISB items write numbers, words and codes: one small codec per way of writing.

Source: MISB ST 0107, ST 0601.19 (linear items), ST 1201.5 (IMAPB), ST 0603 (time).
"""

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass

from atalaya.errors import KlvError
from atalaya.ingest.value import Decoded, Flag, Value, cleared, malformed


def number_of(value: Decoded) -> float:
    """A number, or a KlvError that says what came instead.

    Raises:
        KlvError: it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise KlvError(f"a number was wanted, got {value!r}")
    return value


def whole_of(value: Decoded) -> int:
    """A whole number.

    Raises:
        KlvError: it is none.
    """
    number = number_of(value)
    if not math.isfinite(number) or number != int(number):
        raise KlvError(f"a whole number was wanted, got {value!r}")
    return int(number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Linear:
    """An integer that spans a range evenly.

    Args:
        size: bytes. low, high: range. signed: two's complement over ±high, its lowest count is the error
            indicator. unit: of the value. special: what the error indicator means.
    """

    size: int
    low: float
    high: float
    unit: str | None = None
    signed: bool = False
    special: str = "error indicator"

    @property
    def step(self) -> float:
        """Units of one count."""
        return (self.high - self.low) / ((1 << 8 * self.size) - (2 if self.signed else 1))

    def decode(self, data: bytes) -> Value:
        """See Codec."""
        if not data:
            return cleared(unit=self.unit)
        if len(data) != self.size:
            return malformed(data, f"{self.size} bytes were wanted, got {len(data)}", self.unit)
        count = int.from_bytes(data, "big", signed=self.signed)
        if self.signed and count == -(1 << 8 * self.size - 1):
            flag = Flag.ERROR_INDICATOR
            return Value(value=None, raw=data, unit=self.unit, flag=flag, reason=self.special)
        value = count * self.step + (0.0 if self.signed else self.low)
        return Value(value=value, raw=data, unit=self.unit)

    def encode(self, value: Decoded, _length: int | None = None) -> bytes:
        """See Codec; None is written as the error indicator, and so is an infinity: out of any range.

        Raises:
            KlvError: outside the range, or no number.
        """
        if self.signed and (value is None or (isinstance(value, float) and math.isinf(value))):
            return (-(1 << 8 * self.size - 1)).to_bytes(self.size, "big", signed=True)
        number = number_of(value)
        slack = 1e-12 * (self.high - self.low)  # the last count may decode to a rounding beyond the end
        if not self.low - slack <= number <= self.high + slack:
            raise KlvError(f"{self.low} to {self.high} was wanted, got {number}")
        count = round((number - (0.0 if self.signed else self.low)) / self.step)
        return count.to_bytes(self.size, "big", signed=self.signed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Integer:
    """An integer as it is.

    Args:
        size: bytes where fixed; None where the producer chooses. longest: then at most so many.
        usual: then the bytes written where none are asked for, if it fits; 1 for the fewest that hold it.
        low, high: values outside are flagged, inclusive.
    """

    size: int | None = None
    longest: int = 8
    usual: int = 1
    signed: bool = False
    low: int | None = None
    high: int | None = None
    unit: str | None = None

    def decode(self, data: bytes) -> Value:
        """See Codec."""
        if not data:
            return cleared(unit=self.unit)
        if len(data) != self.size if self.size is not None else len(data) > self.longest:
            wanted = self.size if self.size is not None else f"1 to {self.longest}"
            return malformed(data, f"{wanted} bytes were wanted, got {len(data)}", self.unit)
        number = int.from_bytes(data, "big", signed=self.signed)
        if (self.low is not None and number < self.low) or (self.high is not None and number > self.high):
            reason = f"{self.low} to {self.high} was wanted, got {number}"
            return Value(value=None, raw=data, unit=self.unit, flag=Flag.OUT_OF_RANGE, reason=reason)
        return Value(value=number, raw=data, unit=self.unit)

    def encode(self, value: Decoded, length: int | None = None) -> bytes:
        """See Codec.

        Raises:
            KlvError: no whole number, or it does not fit.
        """
        number = whole_of(value)
        bits = number.bit_length() if number >= 0 else (~number).bit_length()
        fewest = max(1, (bits + (1 if self.signed else 0) + 7) // 8)
        size = self.size or length or max(fewest, self.usual)
        low, high = self.low, self.high
        outside = (low is not None and number < low) or (high is not None and number > high)
        if outside or size < fewest or size > (self.size or self.longest) or (number < 0 and not self.signed):
            bounded = "" if low is None and high is None else f" from {low} to {high}"
            raise KlvError(f"a whole number{bounded} that fits {size} bytes was wanted, got {number}")
        return number.to_bytes(size, "big", signed=self.signed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coded:
    """A code that stands for a word; an unlisted code is out of range."""

    labels: Mapping[int, str]
    size: int = 1

    def decode(self, data: bytes) -> Value:
        """See Codec."""
        if not data:
            return cleared()
        if len(data) != self.size:
            return malformed(data, f"{self.size} bytes were wanted, got {len(data)}")
        code = int.from_bytes(data, "big")
        if code not in self.labels:
            reason = f"code {code} is not in the standard"
            return Value(value=None, raw=data, flag=Flag.OUT_OF_RANGE, reason=reason)
        return Value(value=code, raw=data, label=self.labels[code])

    def encode(self, value: Decoded, _length: int | None = None) -> bytes:
        """See Codec; takes the code or its word.

        Raises:
            KlvError: not one of the codes.
        """
        by_word = {word: code for code, word in self.labels.items()}
        code = by_word.get(value) if isinstance(value, str) else whole_of(value)
        if code is None or code not in self.labels:
            raise KlvError(f"one of {sorted(self.labels)} was wanted, got {value!r}")
        return code.to_bytes(self.size, "big")


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Words in UTF-8 (or the named encoding), at most `longest` bytes."""

    longest: int = 127
    encoding: str = "utf-8"
    shortest: int = 1

    def decode(self, data: bytes) -> Value:
        """See Codec; a text longer than the standard allows is still given: reading loses nothing."""
        if not data:
            return cleared()
        if len(data) < self.shortest:
            return malformed(data, f"{self.shortest} bytes were wanted, got {len(data)}")
        try:
            return Value(value=data.decode(self.encoding), raw=data)
        except UnicodeDecodeError as error:
            return malformed(data, f"{self.encoding} was wanted: {error.reason}")

    def encode(self, value: Decoded, length: int | None = None) -> bytes:
        """See Codec.

        Raises:
            KlvError: no text, or too long.
        """
        if not isinstance(value, str):
            raise KlvError(f"a text was wanted, got {value!r}")
        try:
            data = value.encode(self.encoding)
        except UnicodeEncodeError as error:
            raise KlvError(f"text that {self.encoding} can say was wanted: {error.reason}") from error
        if len(data) > max(self.longest, length or 0):
            raise KlvError(f"at most {self.longest} bytes of text were wanted, got {len(data)}")
        return data


@dataclass(frozen=True, slots=True, kw_only=True)
class Floating:
    """An IEEE 754 number of four or eight bytes."""

    sizes: tuple[int, ...] = (4, 8)
    unit: str | None = None

    def decode(self, data: bytes) -> Value:
        """See Codec; NaN is an error indicator."""
        if not data:
            return cleared(unit=self.unit)
        if len(data) not in self.sizes:
            return malformed(data, f"{self.sizes} bytes were wanted, got {len(data)}", self.unit)
        number = struct.unpack(">f" if len(data) == 4 else ">d", data)[0]
        if math.isnan(number):
            return Value(value=None, raw=data, unit=self.unit, flag=Flag.ERROR_INDICATOR, reason="NaN")
        return Value(value=number, raw=data, unit=self.unit)

    def encode(self, value: Decoded, length: int | None = None) -> bytes:
        """See Codec.

        Raises:
            KlvError: no number, or it does not fit.
        """
        size = length if length in self.sizes else self.sizes[0]
        number = float("nan") if value is None else number_of(value)
        try:
            return struct.pack(">f" if size == 4 else ">d", number)
        except OverflowError as error:
            raise KlvError(f"{value!r} does not fit {size} bytes") from error


@dataclass(frozen=True, slots=True)
class Raw:
    """Bytes that nothing here reads, in hexadecimal."""

    def decode(self, data: bytes) -> Value:
        """See Codec."""
        return Value(value=data.hex(), raw=data) if data else cleared()

    def encode(self, value: Decoded, _length: int | None = None) -> bytes:
        """See Codec.

        Raises:
            KlvError: not hexadecimal.
        """
        try:
            return bytes.fromhex(value if isinstance(value, str) else "?")
        except ValueError as error:
            raise KlvError(f"hexadecimal was wanted, got {value!r}") from error


@dataclass(frozen=True, slots=True)
class Opaque:
    """What the charter keeps closed: carried, never decoded, named, shown or made."""

    def decode(self, data: bytes) -> Value:
        """See Codec."""
        return Value(value=None, raw=data, flag=Flag.OPAQUE, reason="opaque by charter")

    def encode(self, _value: Decoded, _length: int | None = None) -> bytes:
        """See Codec.

        Raises:
            KlvError: always.
        """
        raise KlvError("an item that is opaque by charter is never written from a value")
