"""Items of ST 0601 that a frame is made of: how their numbers are written, and back.

Source: MISB ST 0601.19, item definitions; ST 1201.5 for items written as IMAPB. The items that a frame
does not need, and those that stay opaque by charter, are not here: nothing decodes what is not listed.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.errors import InputError


@dataclass(frozen=True, slots=True)
class LinearItem:
    """A number written as an integer that spans a range evenly.

    Args:
        size: bytes on the wire.
        low, high: range. One symmetric about 0 is written as a signed integer whose lowest value is the
            error indicator; any other as an unsigned one, without error indicator.
    """

    size: int
    low: float
    high: float

    @property
    def signed(self) -> bool:
        """Whether the integer is signed."""
        return self.low == -self.high

    @property
    def step(self) -> float:
        """Units of one count."""
        counts = (1 << (8 * self.size)) - (2 if self.signed else 1)
        return (self.high - self.low) / counts

    @property
    def error_count(self) -> int | None:
        """The integer that means error, out of range or off the earth; None where there is none."""
        return -(1 << (8 * self.size - 1)) if self.signed else None


_LATITUDE = LinearItem(4, -90.0, 90.0)
_LONGITUDE = LinearItem(4, -180.0, 180.0)
_ELEVATION = LinearItem(2, -900.0, 19_000.0)
_CORNER_OFFSET = LinearItem(2, -0.075, 0.075)

LINEAR_ITEMS: dict[int, LinearItem] = {
    5: LinearItem(2, 0.0, 360.0),
    6: LinearItem(2, -20.0, 20.0),
    7: LinearItem(2, -50.0, 50.0),
    13: _LATITUDE,
    14: _LONGITUDE,
    15: _ELEVATION,
    16: LinearItem(2, 0.0, 180.0),
    17: LinearItem(2, 0.0, 180.0),
    18: LinearItem(4, 0.0, 360.0),
    19: _LONGITUDE,
    20: LinearItem(4, 0.0, 360.0),
    21: LinearItem(4, 0.0, 5_000_000.0),
    22: LinearItem(2, 0.0, 10_000.0),
    23: _LATITUDE,
    24: _LONGITUDE,
    25: _ELEVATION,
    **dict.fromkeys(range(26, 34), _CORNER_OFFSET),
    75: _ELEVATION,
    78: _ELEVATION,
    **dict.fromkeys(range(82, 90, 2), _LATITUDE),
    **dict.fromkeys(range(83, 90, 2), _LONGITUDE),
    90: _LATITUDE,
    91: _LATITUDE,
}


@dataclass(frozen=True, slots=True)
class MappedItem:
    """A number written as IMAPB over a range, in as many bytes as its producer chose, up to `longest`."""

    longest: int
    low: float
    high: float


MAPPED_ITEMS: dict[int, MappedItem] = {104: MappedItem(8, -900.0, 40_000.0)}

OPAQUE_ITEMS = frozenset({60, 61, 62, 140})
"""Carried as bytes inside the packet and never decoded, named, shown or written: the charter's first line."""


def integers(octets: NDArray[np.uint8], *, signed: bool) -> NDArray[np.int64]:
    """Big-endian integers of 1 to 8 bytes.

    Args:
        octets: (N, size) uint8.
        signed: two's complement.

    Returns:
        (N,) int64; an unsigned eight-byte integer of 2**63 or more comes out negative.
    """
    size = octets.shape[1]
    padded = np.zeros((len(octets), 8), dtype=np.uint8)
    padded[:, 8 - size :] = octets
    if signed:
        padded[:, : 8 - size] = np.where(octets[:, :1] & 0x80, 0xFF, 0)
    return padded.view(">i8")[:, 0].astype(np.int64)


def decode_linear(item: LinearItem, octets: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Values of a linear item.

    Args:
        item: how it is written.
        octets: (N, item.size) uint8.

    Returns:
        (N,) in the item's unit; NaN for the error indicator.
    """
    counts = integers(octets, signed=item.signed)
    values = counts.astype(np.float64) * item.step
    if not item.signed:
        return values + item.low
    values[counts == item.error_count] = np.nan
    return values


def encode_linear(item: LinearItem, values: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Values of a linear item as they are written.

    Args:
        item: how it is written.
        values: (N,) in the item's unit; outside its range, or NaN, becomes the error indicator.

    Returns:
        (N, item.size) uint8, big-endian; within half a step of the value.

    Raises:
        InputError: outside the range of an item that has no error indicator.
    """
    inside = (values >= item.low) & (values <= item.high)
    if item.error_count is None and not bool(inside.all()):
        outside = values[~inside].tolist()[:4]
        raise InputError(f"values of {item.low} to {item.high} were wanted, got {outside}")
    start = 0.0 if item.signed else item.low
    counts = np.rint((np.where(inside, values, item.high) - start) / item.step).astype(np.int64)
    counts = np.where(inside, counts, item.error_count or 0)
    return counts.astype(">i8").view(np.uint8).reshape(-1, 8)[:, 8 - item.size :]
