"""One IMAPB number: exact in whole counts, its special values by name.

Source: MISB ST 1201.5, sections 7 and 8, table of special values.
"""

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from atalaya.errors import KlvError
from atalaya.ingest.codecs import number_of
from atalaya.ingest.value import Decoded, Flag, Value, cleared, malformed

_SPECIALS = {
    0b11001: "Infinity",
    0b11101: "-Infinity",
    0b11010: "+QNaN",
    0b11110: "-QNaN",
    0b11011: "+SNaN",
    0b11111: "-SNaN",
}
"""By the five highest bits; the rest of a NaN's bits are its identity, of an infinity's zero."""
_BY_NAME = {name: bits for bits, name in _SPECIALS.items()} | {"NaN": 0b11010}
_OTHERS = {0xE0: "below the range", 0xE1: "above the range"}
"""By the highest byte: what an encoder writes for a number that it cannot say."""
_LONGEST = 8
_LEAST_SPAN, _MOST_SPAN = 1e-250, 1e250
"""Beyond them counts a unit are no double; an array of ST 1303 may say any range."""
_NARROWEST = 2.0**-900
"""A range below which counts a unit do not fit a double."""
ROUNDING = 1e-12
"""Of the range: what encoders in double precision may write above its end."""


@dataclass(frozen=True, slots=True)
class Imap:
    """A range in so many bytes, as both sides agreed on it.

    Raises:
        KlvError: no such range or number of bytes.
    """

    low: float
    high: float
    size: int

    def __post_init__(self) -> None:
        sound = _NARROWEST < self.high - self.low < math.inf  # false for NaN and for infinite ends as well
        if not sound or not 1 <= self.size <= _LONGEST:
            wanted = f"a finite range and 1 to {_LONGEST} bytes were wanted"
            raise KlvError(f"{wanted}, got {self.low} to {self.high} in {self.size}")

    @property
    def scale(self) -> float:
        """Counts a unit, a power of two."""
        return 2.0 ** ((8 * self.size - 1) - math.ceil(math.log2(self.high - self.low)))

    @property
    def zero_offset(self) -> float:
        """Shift that makes 0.0 exact where the range holds it."""
        shifted = self.scale * self.low
        return shifted - math.floor(shifted) if self.low < 0.0 < self.high else 0.0

    def value_of(self, count: int) -> float:
        """Nearest double to the value of a count."""
        factor, begin, divisor = _line(self)
        return (count * factor + begin) / divisor  # whole numbers: rounded once

    def count_of(self, number: float) -> int:
        """The count that stands for a number; for one that a count decodes to, that count.

        Raises:
            KlvError: outside the range, or not finite.
        """
        wanted = f"{self.low} to {self.high} was wanted, got {number}"
        slack = 1.0 / self.scale + ROUNDING * (self.high - self.low)
        if not self.low - slack <= number <= self.high + slack:
            raise KlvError(wanted)
        count = math.floor(self.scale * (number - self.low) + self.zero_offset)
        top = 1 << (8 * self.size - 1)
        for near in (count, count + 1):
            if 0 <= near <= top and self.value_of(near) == number:
                return near  # also the counts at either end that decode to a little beyond the range
        if not self.low <= number <= self.high:
            raise KlvError(wanted)
        return count


@lru_cache(maxsize=1024)
def _line(imap: Imap) -> tuple[int, int, int]:
    """Factor, begin and divisor, whole, of the line from counts to values."""
    step = 1 / Fraction(imap.scale)
    begin = Fraction(imap.low) - Fraction(imap.zero_offset) * step
    divisor = math.lcm(step.denominator, begin.denominator)
    return int(step * divisor), int(begin * divisor), divisor


def _other(highest: int) -> str:
    return "user-defined" if highest >> 3 == 0b11000 else "reserved"


def decode_scalar(data: bytes, low: float, high: float) -> float | str:
    """A number, or the name of a special value: "Infinity", "-QNaN", "reserved", "above the range".

    Raises:
        KlvError: no such range or number of bytes.
    """
    imap = Imap(low, high, len(data))
    count = int.from_bytes(data, "big")
    top = 1 << (8 * len(data) - 1)
    if count > top:
        return _SPECIALS.get(data[0] >> 3) or _OTHERS.get(data[0], _other(data[0]))
    value = imap.value_of(count)
    slack = ROUNDING * (high - low)
    return "above the range" if value > high + 1.0 / imap.scale + slack else value


def encode_scalar(value: float | str, low: float, high: float, size: int) -> bytes:
    """A number, or a special value by its name (NaN and infinities as floats as well), as IMAPB.

    Raises:
        KlvError: no such range, number of bytes, name, or number in the range.
    """
    imap = Imap(low, high, size)
    if isinstance(value, float) and math.isnan(value):
        value = "+QNaN"
    elif isinstance(value, float) and math.isinf(value):
        value = "Infinity" if value > 0 else "-Infinity"
    if not isinstance(value, str):
        return imap.count_of(value).to_bytes(size, "big")
    if value not in _BY_NAME:
        raise KlvError(f"a number or one of {sorted(_BY_NAME)} was wanted, got {value!r}")
    return (_BY_NAME[value] << (8 * size - 5)).to_bytes(size, "big")


@dataclass(frozen=True, slots=True, kw_only=True)
class Imapb:
    """A number over a range in as many bytes as its producer chose.

    Args:
        low, high: range. longest: most bytes. unit: of the value. usual: bytes written where none are asked.
    """

    low: float
    high: float
    longest: int = _LONGEST
    unit: str | None = None
    usual: int = 4

    def decode(self, data: bytes, /) -> Value:
        """See Codec; NaN is an error indicator, an infinity is out of range."""
        if not data:
            return cleared(unit=self.unit)
        if len(data) > self.longest:
            return malformed(data, f"1 to {self.longest} bytes were wanted, got {len(data)}", self.unit)
        found = decode_scalar(data, self.low, self.high)
        if not isinstance(found, str):
            return Value(value=found, raw=data, unit=self.unit)
        flag = Flag.ERROR_INDICATOR if "NaN" in found else Flag.OUT_OF_RANGE
        return Value(value=None, raw=data, unit=self.unit, flag=flag, reason=found)

    def encode(self, value: Decoded, length: int | None = None, /) -> bytes:
        """See Codec; None is written as a quiet NaN.

        Raises:
            KlvError: no number, or outside the range.
        """
        size = min(self.usual, self.longest) if length is None else length
        if not 1 <= size <= self.longest:
            raise KlvError(f"1 to {self.longest} bytes were wanted, got {size}")
        return encode_scalar("+QNaN" if value is None else number_of(value), self.low, self.high, size)
