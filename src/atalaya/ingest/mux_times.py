"""When each KLV packet belongs beside the pictures: by its own presentation time, or by what it says of time.

Packets keep their order. One whose time cannot be known, falls or leaps comes with the packet before it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from atalaya.ingest.checksum import ChecksumState
from atalaya.ingest.packet import DecodedPacket
from atalaya.ingest.pes import TICKS_PER_SECOND
from atalaya.units import Seconds

_LONGEST_STEP_S = 60.0
"""A longer one is believed once the next packet confirms it."""


@dataclass(frozen=True, slots=True)
class PlacedPacket:
    """A packet's bytes and when it is to be sent, seconds after the first picture; `timed` by itself."""

    after_s: Seconds
    data: bytes
    timed: bool


def placed_by_presentation(
    packets: Iterable[DecodedPacket], first_picture_s: Seconds | None, offset_s: Seconds
) -> list[PlacedPacket]:
    """Packets by the presentation times they came with.

    Args:
        packets: in the order of their source.
        first_picture_s: presentation time of the first picture on the same clock; None where the clock is
            another one: then the first packet comes with the first picture.
        offset_s: is added to every time.
    """
    decoded = list(packets)
    return _placed(decoded, [one.packet.pts_s for one in decoded], first_picture_s, offset_s)


def placed_by_stamp(packets: Iterable[DecodedPacket], offset_s: Seconds) -> list[PlacedPacket]:
    """Packets by the time each says itself (item 2): the first trusted one comes with the first picture.

    Args:
        packets: in the order of their source.
        offset_s: is added to every time.
    """
    decoded = list(packets)
    times_s = [
        None if one.utc is None or one.checksum is ChecksumState.FAILED else one.utc.timestamp()
        for one in decoded
    ]
    return _placed(decoded, times_s, None, offset_s)


def _placed(
    packets: Sequence[DecodedPacket],
    times_s: Sequence[Seconds | None],
    zero_s: Seconds | None,
    offset_s: Seconds,
) -> list[PlacedPacket]:
    known = [time_s for time_s in times_s if time_s is not None]
    zero_s = (known[0] if known else 0.0) if zero_s is None else zero_s
    last_s: Seconds | None = None
    suspect_s: Seconds | None = None
    placed: list[PlacedPacket] = []
    for packet, time_s in zip(packets, times_s, strict=True):
        believed = time_s is not None and _follows(time_s, last_s, suspect_s)
        if believed:
            last_s, suspect_s = time_s, None
        else:
            suspect_s = time_s
        after_s = (zero_s if last_s is None else last_s) - zero_s + offset_s
        placed.append(PlacedPacket(after_s, packet.packet.data, believed))
    return placed


def _follows(time_s: Seconds, last_s: Seconds | None, suspect_s: Seconds | None) -> bool:
    if last_s is None:
        return True
    if time_s < last_s:
        return False
    confirmed = suspect_s is not None and 0.0 <= time_s - suspect_s <= _LONGEST_STEP_S
    return time_s - last_s <= _LONGEST_STEP_S or confirmed


def in_ticks(placed: Iterable[PlacedPacket], first_picture_90k: int) -> list[tuple[int, bytes]]:
    """(presentation time in ticks of 90 kHz, bytes) of each packet; negative ones lie before time began."""
    return [(first_picture_90k + round(one.after_s * TICKS_PER_SECOND), one.data) for one in placed]
