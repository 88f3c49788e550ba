"""Packets of one shape decoded together: same length, same tags and lengths at the same places."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.errors import KlvError
from atalaya.ingest.ber import Item, read_length, walk

_KEY_BYTES = 16
_SHAPES_TRIED_TOGETHER = 16


@dataclass(frozen=True, slots=True)
class Shape:
    """Packets that hold the same items at the same places.

    Args:
        rows: (M,) which packets, as numbered by the caller.
        octets: (M, L) uint8, their bytes.
        items: tag → where its value lies; of a repeated item the last.
        complaint: None, or why the walk over the items stopped early.
    """

    rows: NDArray[np.intp]
    octets: NDArray[np.uint8]
    items: dict[int, Item]
    complaint: str | None


@dataclass(frozen=True, slots=True)
class _Layout:
    items: dict[int, Item]
    structure: NDArray[np.intp]
    complaint: str | None


def shapes(packets: Sequence[bytes]) -> Iterator[Shape]:
    """All packets, grouped by shape; each packet comes in exactly one.

    The common case, many packets of few shapes, costs one walk for each shape; packets of many shapes cost
    one walk each.
    """
    by_length: dict[int, list[int]] = defaultdict(list)
    for row, data in enumerate(packets):
        by_length[len(data)].append(row)
    for length, numbers in by_length.items():
        rows = np.array(numbers, dtype=np.intp)
        joined = b"".join([packets[row] for row in numbers])
        octets = np.frombuffer(joined, dtype=np.uint8).reshape(len(numbers), length)
        yield from _shapes_of_one_length(rows, octets)


def _shapes_of_one_length(rows: NDArray[np.intp], octets: NDArray[np.uint8]) -> Iterator[Shape]:
    for _ in range(_SHAPES_TRIED_TOGETHER):
        if not len(rows):
            return
        layout = _layout(octets[0].tobytes())
        same = (octets[:, layout.structure] == octets[0, layout.structure]).all(axis=1)
        yield Shape(rows[same], octets[same], layout.items, layout.complaint)
        rows, octets = rows[~same], octets[~same]
    for row, one in zip(rows, octets, strict=True):
        layout = _layout(one.tobytes())
        yield Shape(np.array([row], dtype=np.intp), one[None, :], layout.items, layout.complaint)


def _layout(packet: bytes) -> _Layout:
    """Items of one packet, and which of its bytes say where they are."""
    items: dict[int, Item] = {}
    is_value = np.zeros(len(packet), dtype=np.bool_)
    complaint: str | None = None
    try:
        declared, start = read_length(packet, _KEY_BYTES)
        for item in walk(packet, start):
            items[item.tag] = item
            is_value[item.start : item.end] = True
        if start + declared != len(packet):
            complaint = f"{declared} bytes were announced, {len(packet) - start} are there"
    except KlvError as error:
        complaint = str(error)
    return _Layout(items, np.flatnonzero(~is_value), complaint)
