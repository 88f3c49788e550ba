"""Which transport packets are missing, PID by PID, as the continuity counters tell.

Source: ISO/IEC 13818-1, 2.4.3.3 (continuity_counter) and 2.4.3.5 (discontinuity_indicator).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from atalaya.ingest.transport import PACKET_BYTES, TransportBlock

_NULL_PID = 0x1FFF


@dataclass(frozen=True, slots=True)
class Missing:
    """Packets of one PID that should have come.

    Args:
        pid: whose. offset: of the packet that came in their place. packets: how many, but for whole rounds
            of 16, which a counter of four bits cannot tell.
    """

    pid: int
    offset: int
    packets: int


class ContinuityWatch:
    """Follows the counter of every PID; a loss of a whole multiple of 16 packets of a PID it cannot see."""

    def __init__(self) -> None:
        self._last: dict[int, tuple[int, bytes]] = {}

    def put(self, block: TransportBlock) -> list[Missing]:
        """What is missing in front of this block's packets, in their order."""
        octets = block.rows.tobytes()
        starts = range(0, len(octets), PACKET_BYTES)
        found = []
        for row, (pid, counter, packet) in enumerate(_counted(octets, starts)):
            if pid is None:
                continue
            missing = self._step(pid, counter, packet)
            if missing:
                found.append(Missing(pid, block.offset + row * block.spacing, missing))
        return found

    def _step(self, pid: int, counter: int, packet: bytes) -> int:
        before = self._last.get(pid)
        self._last[pid] = counter, packet
        if before is None or _is_declared(packet):
            return 0
        missing = (counter - before[0] - 1) & 15
        if missing == 15 and _payload(packet) == _payload(before[1]):
            return 0  # a packet may be sent twice
        return missing


def _counted(octets: bytes, starts: range) -> Iterator[tuple[int | None, int, bytes]]:
    """(PID, counter, packet) of each packet that counts; PID None for one that does not."""
    for at in starts:
        flags, control = octets[at + 1], octets[at + 3]
        pid = (flags & 0x1F) << 8 | octets[at + 2]
        counts = control & 0x10 and pid != _NULL_PID and not flags & 0x80
        yield (pid if counts else None), control & 0x0F, octets[at : at + PACKET_BYTES]


def _is_declared(packet: bytes) -> bool:
    """Whether the packet itself says that its counter does not follow."""
    return bool(packet[3] & 0x20 and packet[4] and packet[5] & 0x80)


def _payload(packet: bytes) -> bytes:
    """Behind the adaptation field: a clock in it differs when a packet is sent twice."""
    return packet[5 + packet[4] :] if packet[3] & 0x20 else packet[4:]
