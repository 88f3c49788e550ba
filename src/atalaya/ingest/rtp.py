"""RTP packets put in order: what is missing is counted and told, what comes late still finds its place.

Source: RFC 3550, 5.1 and A.1; RFC 2250 (transport streams, payload type 33); RFC 6597 (KLV).
"""

from dataclasses import dataclass

from atalaya.errors import KlvError
from atalaya.ingest.ber import read_length
from atalaya.ingest.problems import ProblemLog
from atalaya.ingest.splitter import SET_PREFIX
from atalaya.ingest.transport import PACKET_BYTES
from atalaya.units import Seconds

TRANSPORT_PAYLOAD_TYPE = 33
_FIXED_HEADER_BYTES = 12
_SEQUENCES = 1 << 16
_TIMESTAMPS = 1 << 32
_CONTROL_TYPES = range(192, 224)
_SYNC = 0x47
_KEY_BYTES = 16
_LONGEST_UNIT_BYTES = 4 << 20
_LARGEST_JUMP = 3000
"""A sequence number further off than this is a sender that began anew (RFC 3550, A.1: MAX_DROPOUT)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RtpPacket:
    """One RTP packet.

    Args:
        payload_type: 0 to 127. marker: in KLV the last packet of a unit.
        sequence: 16 bits. timestamp: 32 bits, of the payload's clock. ssrc: who sends.
        payload: behind header, contributing sources and extension, without padding.
    """

    payload_type: int
    marker: bool
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Sequenced:
    """A packet in its place.

    Args:
        packet: as it came. arrived_s: when. missing: packets that should have come before it.
        restarted: its number does not follow at all: the sender began anew, how many are missing is unknown.
    """

    packet: RtpPacket
    arrived_s: Seconds
    missing: int = 0
    restarted: bool = False


def read_rtp(datagram: bytes) -> RtpPacket | None:
    """The RTP packet that a datagram is; None where it is none (RTCP too is none)."""
    if len(datagram) < _FIXED_HEADER_BYTES or datagram[0] >> 6 != 2 or datagram[1] in _CONTROL_TYPES:
        return None
    start = _FIXED_HEADER_BYTES + 4 * (datagram[0] & 0x0F)
    if datagram[0] & 0x10:
        if len(datagram) < start + 4:
            return None
        start += 4 + 4 * int.from_bytes(datagram[start + 2 : start + 4], "big")
    end = len(datagram) - (datagram[-1] if datagram[0] & 0x20 else 0)
    if end < start:
        return None
    return RtpPacket(
        payload_type=datagram[1] & 0x7F,
        marker=bool(datagram[1] & 0x80),
        sequence=int.from_bytes(datagram[2:4], "big"),
        timestamp=int.from_bytes(datagram[4:8], "big"),
        ssrc=int.from_bytes(datagram[8:12], "big"),
        payload=datagram[start:end],
    )


def is_whole_transport(data: bytes) -> bool:
    """Whether bytes are nothing but whole 188-byte transport packets."""
    return (
        len(data) >= PACKET_BYTES
        and len(data) % PACKET_BYTES == 0
        and data[3] & 0x30 != 0
        and data[::PACKET_BYTES].count(_SYNC) == len(data) // PACKET_BYTES
    )


def carries_metadata(datagram: bytes) -> bool:
    """Told by the bytes: an RTP packet whose payload is transport packets or begins with a KLV key."""
    packet = read_rtp(datagram)
    return packet is not None and (
        is_whole_transport(packet.payload) or packet.payload.startswith(SET_PREFIX)
    )


def unwrapped_timestamp(timestamp: int, near: int | None) -> int:
    """A 32-bit time without its wrap-around: the value nearest to the one before it.

    Args:
        timestamp: as written.
        near: an unwrapped time of about the same moment; None for the first.
    """
    if near is None:
        return timestamp
    return timestamp + _TIMESTAMPS * ((near - timestamp + _TIMESTAMPS // 2) // _TIMESTAMPS)


class RtpSequencer:
    """The packets of one sender, in the order of their numbers.

    A packet that comes early waits for those before it, but neither longer than `patience_s` nor with more
    than `window` others; then what is missing is given up. What comes twice, or after it was given
    up, is counted in `late`. Memory is bounded by the window.
    """

    def __init__(self, *, window: int = 32, patience_s: Seconds = 0.05) -> None:
        self._window = window
        self._patience_s = patience_s
        self._next: int | None = None
        self._early: dict[int, Sequenced] = {}
        self._restart: int | None = None
        self.received = 0
        self.lost = 0
        self.late = 0

    def put(self, packet: RtpPacket, arrived_s: Seconds) -> list[Sequenced]:
        """The packets whose turn it is now."""
        self.received += 1
        if self._next is None:
            self._next = packet.sequence
        ahead = (packet.sequence - self._next) % _SEQUENCES
        if _LARGEST_JUMP < ahead < _SEQUENCES - _LARGEST_JUMP:
            return self._jumped(packet, arrived_s)
        self._restart = None
        if ahead > _LARGEST_JUMP or packet.sequence in self._early:
            self.late += 1  # its loss, if it was one, has been told
            return []
        self._early[packet.sequence] = Sequenced(packet, arrived_s)
        found = self._in_turn(0)
        while len(self._early) > self._window:
            found += self._give_up()
        return found

    def overdue(self, now_s: Seconds) -> list[Sequenced]:
        """The packets that have waited long enough for those before them."""
        found: list[Sequenced] = []
        while self._early and now_s - min(one.arrived_s for one in self._early.values()) > self._patience_s:
            found += self._give_up()
        return found

    def finish(self) -> list[Sequenced]:
        """Everything that still waits."""
        found: list[Sequenced] = []
        while self._early:
            found += self._give_up()
        return found

    def _in_turn(self, missing: int) -> list[Sequenced]:
        found: list[Sequenced] = []
        while self._next is not None and (one := self._early.pop(self._next, None)) is not None:
            found.append(Sequenced(one.packet, one.arrived_s, missing))
            missing = 0
            self._next = (self._next + 1) % _SEQUENCES
        return found

    def _give_up(self) -> list[Sequenced]:
        """Go on with the earliest that is here; what lies before it is lost."""
        wanted = 0 if self._next is None else self._next
        first = min(self._early, key=lambda sequence: (sequence - wanted) % _SEQUENCES)
        missing = (first - wanted) % _SEQUENCES
        self.lost += missing
        self._next = first
        return self._in_turn(missing)

    def _jumped(self, packet: RtpPacket, arrived_s: Seconds) -> list[Sequenced]:
        """A number far off: believed when the next one follows it, as a sender does that began anew."""
        if self._restart != packet.sequence:
            self._restart = (packet.sequence + 1) % _SEQUENCES
            return []
        found = self.finish()
        self._restart, self._next = None, (packet.sequence + 1) % _SEQUENCES
        return [*found, Sequenced(packet, arrived_s, restarted=True)]


@dataclass(frozen=True, slots=True)
class KlvUnit:
    """The KLV of one moment.

    Args:
        timestamp: unwrapped, ticks of the payload's clock. data: whole packets.
        arrived_s: when the last of it came. offset: of its first byte among all payload bytes.
    """

    offset: int
    timestamp: int
    data: bytes
    arrived_s: Seconds


class KlvUnits:
    """RFC 6597: KLV of one timestamp travels in one or more packets, the last of them marked.

    A unit of which a packet is missing is dropped and told. Where packets are missing between two units, the
    one before them is kept if its own lengths say that it is whole.
    """

    def __init__(self, log: ProblemLog) -> None:
        self._log = log
        self._parts: list[bytes] = []
        self._size = 0
        self._offset = 0
        self._arrived_s: Seconds = 0.0
        self._timestamp: int | None = None
        self._damaged = False
        self._closed = True

    def put(self, one: Sequenced, offset: int) -> list[KlvUnit]:
        """The units that are whole now; `offset` is that of the packet's payload."""
        timestamp = unwrapped_timestamp(one.packet.timestamp, self._timestamp)
        found: list[KlvUnit] = []
        if self._closed or timestamp != self._timestamp:
            found += self._close(in_doubt=one.missing > 0 or one.restarted)
            self._offset = offset
            self._damaged = not one.packet.payload.startswith(SET_PREFIX)
        elif one.missing or one.restarted or self._size > _LONGEST_UNIT_BYTES:
            self._damaged = True
            self._parts.clear()
        self._timestamp, self._closed, self._arrived_s = timestamp, False, one.arrived_s
        self._size += len(one.packet.payload)
        if not self._damaged:
            self._parts.append(one.packet.payload)
        if one.packet.marker:
            found += self._close(in_doubt=False)
        return found

    def finish(self) -> list[KlvUnit]:
        """The unit under way, where its own lengths say that it is whole."""
        return self._close(in_doubt=True)

    def _close(self, *, in_doubt: bool) -> list[KlvUnit]:
        """End the unit under way; in doubt its last packets may be missing."""
        data, size, timestamp = b"".join(self._parts), self._size, self._timestamp
        lost = self._damaged or (in_doubt and not _is_whole(data))
        under_way = not self._closed and timestamp is not None
        self._parts, self._size, self._damaged, self._closed = [], 0, False, True
        if not under_way or timestamp is None:
            return []
        if lost:
            message = f"the KLV unit of time {timestamp} lost a packet: {size} bytes of it are dropped"
            self._log.report("rtp-klv-dropped", message)
            return []
        return [KlvUnit(self._offset, timestamp, data, self._arrived_s)]


def _is_whole(data: bytes) -> bool:
    """Whether bytes are keys, lengths and values to the last byte."""
    at = 0
    try:
        while data.startswith(SET_PREFIX, at):
            length, start = read_length(data, at + _KEY_BYTES)
            at = start + length
    except KlvError:
        return False
    return at == len(data)
