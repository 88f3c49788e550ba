"""Values of one item in many packets at once, by the item's own codec.

Numbers are computed for all rows together, in the same order of operations as the codec's own `decode`, and
are bit for bit what it gives; only IMAPB over a range that begins between two counts may differ in the last
bit. Everything else is decoded by the codec, once for each distinct byte string.
"""

from collections.abc import Hashable, Iterable

import numpy as np
from numpy.typing import NDArray

from atalaya.ingest.codecs import Coded, Floating, Integer, Linear
from atalaya.ingest.column_block import Numbers, signed_of, unsigned_of, words_at
from atalaya.ingest.column_imapb import imapb_values
from atalaya.ingest.imapb_codec import Imapb
from atalaya.ingest.value import Codec, Flag, Value

FLAGS: tuple[Flag, ...] = tuple(Flag)
"""What a code in a column of flags stands for."""

ABSENT = 255
"""Code of a flag: the packet has no such item."""

CODES: dict[Flag, int] = {flag: code for code, flag in enumerate(FLAGS)}
HAS_VALUE = (CODES[Flag.OK], CODES[Flag.STALE], CODES[Flag.CHECKSUM_FAILED])

type NumberType = type[np.float64 | np.int64 | np.uint64]

_OK, _MALFORMED, _OUT_OF_RANGE, _ERROR = (
    CODES[flag] for flag in (Flag.OK, Flag.MALFORMED, Flag.OUT_OF_RANGE, Flag.ERROR_INDICATOR)
)
_EXACT_IN_FLOAT_BYTES = 6


def number_type(codecs: Iterable[Codec]) -> NumberType | None:
    """What an item's values are kept as, whichever revision wrote them; None: as distinct values."""
    kinds = {_number_type(codec) for codec in codecs}
    if len(kinds) == 1:
        return kinds.pop()
    exact = all(_is_exact_in_float(codec) for codec in codecs)
    return np.float64 if exact and None not in kinds else None


def _number_type(codec: Codec) -> NumberType | None:
    kind = type(codec)
    if kind in (Linear, Floating, Imapb):
        return np.float64
    if isinstance(codec, Coded) and kind is Coded:
        return np.int64 if codec.size <= _EXACT_IN_FLOAT_BYTES else None
    if isinstance(codec, Integer) and kind is Integer and _longest(codec) <= 8:
        return np.int64 if codec.signed or _longest(codec) < 8 else np.uint64
    return None


def _longest(codec: Integer) -> int:
    return codec.longest if codec.size is None else codec.size


def _is_exact_in_float(codec: Codec) -> bool:
    return not isinstance(codec, Integer) or _longest(codec) <= _EXACT_IN_FLOAT_BYTES


def numbers_of(
    codec: Codec, octets: NDArray[np.uint8], end: NDArray[np.int64], length: NDArray[np.int32]
) -> tuple[Numbers, NDArray[np.uint8]]:
    """Values and flags of an item that is a number, of one or more bytes in every row.

    Args:
        codec: one for which `number_type` gives a type.
        octets: uint8, the buffer.
        end: (N,) behind the last byte of each value.
        length: (N,) bytes of each value, 1 or more.

    Returns:
        (N,) values, NaN or 0 where the flag says that there is none; (N,) uint8 codes of FLAGS.
    """
    size = np.minimum(length, 8)
    words = words_at(octets, end)
    match codec:
        case Linear():
            return _linear(codec, words, length)
        case Integer():
            fits = length == codec.size if codec.size is not None else length <= codec.longest
            return _integer(codec, signed_of(words, size) if codec.signed else unsigned_of(words, size), fits)
        case Coded():
            codes = unsigned_of(words, size).astype(np.int64)
            listed = np.isin(codes, np.array(sorted(codec.labels), dtype=np.int64))
            return _flagged(codes, length == codec.size, ~listed, _OUT_OF_RANGE)
        case Floating():
            return _floating(codec, words, length)
        case Imapb():
            return imapb_values(codec, unsigned_of(words, size), length)
        case _:
            return np.full(len(end), np.nan), np.full(len(end), _MALFORMED, dtype=np.uint8)


def _flagged(
    numbers: Numbers, fits: NDArray[np.bool_], refused: NDArray[np.bool_], why: int
) -> tuple[Numbers, NDArray[np.uint8]]:
    flags = np.where(fits, np.where(refused, why, _OK), _MALFORMED).astype(np.uint8)
    numbers[flags != _OK] = np.nan if numbers.dtype == np.float64 else 0
    return numbers, flags


def _linear(
    codec: Linear, words: NDArray[np.uint64], length: NDArray[np.int32]
) -> tuple[Numbers, NDArray[np.uint8]]:
    fits = length == codec.size
    size = np.asarray(codec.size)
    if not codec.signed:
        counts = unsigned_of(words, size).astype(np.float64)
        return _flagged(counts * codec.step + codec.low, fits, ~fits, _OK)
    signed = signed_of(words, size)
    errors = signed == -(1 << 8 * codec.size - 1)
    return _flagged(signed.astype(np.float64) * codec.step, fits, errors, _ERROR)


def _integer(
    codec: Integer, numbers: NDArray[np.int64] | NDArray[np.uint64], fits: NDArray[np.bool_]
) -> tuple[Numbers, NDArray[np.uint8]]:
    outside = np.zeros(len(numbers), dtype=np.bool_)
    if codec.low is not None:
        outside |= numbers < codec.low
    if codec.high is not None:
        outside |= numbers > codec.high
    kept = numbers if number_type([codec]) is np.uint64 else numbers.astype(np.int64)
    return _flagged(kept, fits, outside, _OUT_OF_RANGE)


def _floating(
    codec: Floating, words: NDArray[np.uint64], length: NDArray[np.int32]
) -> tuple[Numbers, NDArray[np.uint8]]:
    short = words.astype(np.uint32).view(np.float32)
    with np.errstate(invalid="ignore"):  # a signalling NaN is no fault of ours
        numbers = np.where(length == 4, short.astype(np.float64), words.view(np.float64))
    return _flagged(numbers, np.isin(length, codec.sizes), np.isnan(numbers), _ERROR)


class DistinctValues:
    """The different byte strings of one item, each decoded once; rows hold indices."""

    def __init__(self) -> None:
        self.values: list[Value] = []
        self._known: dict[tuple[Hashable, bytes], tuple[int, int]] = {}
        self._codecs: list[Codec] = []

    def table(self, codec: Codec, datas: Iterable[bytes]) -> NDArray[np.int32]:
        """(M + 1, 2) index into `values`, -1 where there is no value, and code of FLAGS of each byte string.

        The last row is for packets without the item.
        """
        number = self._number_of(codec)
        found = [self._known.get((number, data)) or self._add((number, data), codec) for data in datas]
        return np.array([*found, (-1, ABSENT)], dtype=np.int32)

    def put(self, key: tuple[Hashable, bytes], value: Value) -> tuple[int, int]:
        """Index and flag of a value that depends on more than its bytes: on the first part of the key."""
        known = self._known.get(key)
        if known is None:
            code = CODES[value.flag]
            has_value = code in HAS_VALUE
            known = self._known[key] = (len(self.values) if has_value else -1, code)
            self.values += [value] if has_value else []
        return known

    def _number_of(self, codec: Codec) -> int:
        for number, one in enumerate(self._codecs):
            if one is codec:
                return number
        self._codecs.append(codec)
        return len(self._codecs) - 1

    def _add(self, key: tuple[int, bytes], codec: Codec) -> tuple[int, int]:
        return self.put(key, codec.decode(key[1]))
