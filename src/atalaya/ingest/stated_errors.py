"""The errors that ST 0601 packets state: of the target (items 45, 46) and of the pose (item 102, ST 1010)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from atalaya.ingest.columns import KlvColumns, decode_columns
from atalaya.ingest.layout import shapes
from atalaya.ingest.metadata_stream import KlvPacket
from atalaya.ingest.packet import decode_packet
from atalaya.ingest.stream import is_uas_datalink
from atalaya.ingest.value import Decoded
from atalaya.model.stated_errors import StatedErrors, nothing_stated

_TARGET_CE90, _TARGET_LE90, _SDCC = 45, 46, 102
_PLACES = {13: 0, 14: 1, 15: 2, 75: 2, 104: 2, 5: 3, 6: 4, 90: 4, 7: 5, 91: 5, 18: 6, 19: 7, 20: 8}
"""Where the errors of an item stand in `STATED`."""


def stated_errors(packets: Sequence[KlvPacket]) -> StatedErrors:
    """What each ST 0601 packet whose sum holds states of its errors; never raises.

    Args:
        packets: of any kind, in the order of the source.

    Returns:
        A row for each packet that states any, numbered as `frame_table` numbers them. A deviation that is not
        positive and finite, or a correlation beyond -1..1, is not stated. Units are those of the items.

    Source: MISB ST 0601.19 items 45, 46, 102; ST 1010: the matrix speaks of the items before it.
    """
    frames = [packet for packet in packets if is_uas_datalink(packet)]
    table = nothing_stated(len(frames))
    columns = decode_columns(frames, tags=frozenset({_TARGET_CE90, _TARGET_LE90}), engine="numpy")
    for tag, numbers in ((_TARGET_CE90, table.target_ce90_m), (_TARGET_LE90, table.target_le90_m)):
        _put(columns, tag, numbers)
    speaking = [
        row
        for shape in shapes([packet.data for packet in frames])
        if _SDCC in shape.items
        for row in shape.rows.tolist()
    ]
    for row in speaking:
        for entry in decode_packet(row, frames[row]).entries:
            if entry.tag == _SDCC and isinstance(entry.value.value, dict):
                _spread(entry.value.value, table.sigma[row], table.correlation[row])
    sound = np.array([packet.checksum_ok for packet in frames], dtype=np.bool_)
    said = (
        ~np.isnan(table.target_ce90_m) | ~np.isnan(table.target_le90_m) | ~np.isnan(table.sigma).all(axis=1)
    )
    return table.take(sound & said)


def _put(columns: KlvColumns, tag: int, numbers: NDArray[np.float64]) -> None:
    column = columns.items.get(tag)
    if column is not None:
        numbers[column.valid] = column.values[column.valid]


def _spread(said: dict[str, Decoded], sigma: NDArray[np.float64], correlation: NDArray[np.float64]) -> None:
    """One matrix into the row of one frame."""
    members, deviations, rho = (said.get(name) for name in ("members", "sigma", "rho"))
    if not (isinstance(members, list) and isinstance(deviations, list) and isinstance(rho, list)):
        return
    places = [_PLACES.get(tag) if isinstance(tag, int) else None for tag in members]
    for place, deviation in zip(places, deviations, strict=False):
        number = _number(deviation)
        if place is not None and np.isfinite(number) and number > 0.0:
            sigma[place] = number
    pairs = [(one, two) for one in range(len(places)) for two in range(one + 1, len(places))]
    for (one, two), value in zip(pairs, rho, strict=False):
        first, second, number = places[one], places[two], _number(value)
        if first is not None and second is not None and first != second and abs(number) <= 1.0:
            correlation[first, second] = correlation[second, first] = number


def _number(value: Decoded) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else float("nan")  # type: ignore[arg-type]  # told by is_number
