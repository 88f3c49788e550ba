"""IMAPB numbers of many packets at once, as `imapb_codec.decode_scalar` gives them one by one.

Source: MISB ST 1201.5, sections 7 and 8.
"""

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from atalaya.ingest.imapb_codec import ROUNDING, Imap, Imapb
from atalaya.ingest.value import Flag

_FLAGS = tuple(Flag)
_OK, _ERROR, _OUT_OF_RANGE, _MALFORMED = (
    _FLAGS.index(flag) for flag in (Flag.OK, Flag.ERROR_INDICATOR, Flag.OUT_OF_RANGE, Flag.MALFORMED)
)
_NAN_BITS = 0b11010 << 59
_HALF = 2**63 // 2


def imapb_values(
    codec: Imapb, counts: NDArray[np.uint64], length: NDArray[np.int32]
) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """Values and flags.

    Args:
        codec: of the item.
        counts: (N,) the bytes as unsigned numbers.
        length: (N,) how many bytes, 1 or more.

    Returns:
        (N,) values, NaN where there is none; (N,) uint8 flags, by their place in Flag.
    """
    values = np.full(len(counts), np.nan)
    flags = np.full(len(counts), _MALFORMED, dtype=np.uint8)
    for size in np.unique(length[length <= codec.longest]).tolist():
        rows = np.flatnonzero(length == size)
        values[rows], flags[rows] = _of_one_length(Imap(codec.low, codec.high, size), counts[rows])
    return values, flags


def _of_one_length(imap: Imap, counts: NDArray[np.uint64]) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    top = np.uint64(1 << 8 * imap.size - 1)
    special = counts > top
    values = _plain(imap, np.where(special, np.uint64(0), counts))
    slack = ROUNDING * (imap.high - imap.low)
    beyond = values > imap.high + 1.0 / imap.scale + slack
    bits = counts << np.uint64(64 - 8 * imap.size)
    is_nan = special & (bits & np.uint64(_NAN_BITS) == np.uint64(_NAN_BITS))
    flags = np.where(is_nan, _ERROR, np.where(special | beyond, _OUT_OF_RANGE, _OK)).astype(np.uint8)
    values[flags != _OK] = np.nan
    return values, flags


def _plain(imap: Imap, counts: NDArray[np.uint64]) -> NDArray[np.float64]:
    """Counts as values: exact where the range starts on a whole count, else right to the last bit but one."""
    scale = Fraction(imap.scale)
    start = Fraction(imap.low) * scale - Fraction(imap.zero_offset)  # in counts
    if start.denominator == 1 and abs(start) < _HALF:
        whole = counts.astype(np.int64) + np.int64(int(start))  # at most 2**63: the top count below
        exact = np.where(counts <= _HALF, whole.astype(np.float64), _of_large(counts, start))
        return exact / imap.scale
    return _of_large(counts, start) / imap.scale


def _of_large(counts: NDArray[np.uint64], start: Fraction) -> NDArray[np.float64]:
    """Counts + start, rounded once more than need be."""
    high = counts.astype(np.float64)
    low = (counts - high.astype(np.uint64)).view(np.int64).astype(np.float64)
    begin = float(start)
    rest = float(start - Fraction(begin))
    total = high + begin
    part = total - begin
    lost = (high - part) + (begin - (total - part))
    return total + (lost + low + rest)
