"""Floating-point numbers as integers, with a stated range: IMAPB.

Source: MISB ST 1201.5, sections 7 and 8.
"""

import math

import numpy as np
from numpy.typing import NDArray

from atalaya.errors import InputError, KlvError
from atalaya.ingest.items import integers

_ROUNDING = 1e-12
"""Of the range: what encoders in double precision may write above its end."""


def _constants(low: float, high: float, size: int) -> tuple[float, float]:
    """(counts a unit, zero offset): a power of two, and the shift that makes 0.0 exact."""
    if not (math.isfinite(low) and math.isfinite(high) and low < high and 1 <= size <= 8):
        raise KlvError(f"a finite range and 1 to 8 bytes were wanted, got {low} to {high} in {size}")
    scale = 2.0 ** ((8 * size - 1) - math.ceil(math.log2(high - low)))
    shifted = scale * low
    zero_offset = shifted - math.floor(shifted) if low < 0.0 < high else 0.0
    return scale, zero_offset


def decode_imapb(octets: NDArray[np.uint8], low: float, high: float) -> NDArray[np.float64]:
    """Values between `low` and `high`; NaN for every special value (infinities, NaNs, reserved).

    Args:
        octets: (N, 1 to 8) uint8, big-endian.
        low: start of the range both sides agreed on.
        high: its end.

    Raises:
        KlvError: no such range or number of bytes.
    """
    size = octets.shape[1]
    scale, zero_offset = _constants(low, high, size)
    counts = integers(octets, signed=False)
    top = 1 << (8 * size - 1)
    special = (octets[:, 0] & 0x80) != 0
    highest = special & (octets[:, 0] == 0x80) & ~octets[:, 1:].any(axis=1)
    plain = np.where(highest, float(top), counts.astype(np.float64))
    values = (plain - zero_offset) / scale + low
    beyond = values > high + 1.0 / scale + _ROUNDING * (high - low)
    return np.where((special & ~highest) | beyond, np.nan, values)


def encode_imapb(values: NDArray[np.float64], low: float, high: float, size: int) -> NDArray[np.uint8]:
    """Values as IMAPB.

    Args:
        values: (N,) finite, `low` to `high`.
        low: start of the range.
        high: its end.
        size: bytes each, 1 to 7.

    Returns:
        (N, size) uint8, big-endian.

    Raises:
        KlvError: no such range or number of bytes.
        InputError: a value is not finite or outside the range.
    """
    scale, zero_offset = _constants(low, high, size)
    if not bool(np.all((values >= low) & (values <= high))):
        raise InputError(f"values of {low} to {high} were wanted, got {values.tolist()[:8]}")
    counts = np.floor(scale * (values - low) + zero_offset).astype(np.int64)
    return counts.astype(">i8").view(np.uint8).reshape(-1, 8)[:, 8 - size :]
