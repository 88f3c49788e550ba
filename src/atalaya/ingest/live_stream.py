"""What arrives now → KLV packets with their time of arrival, and every gap as it is noticed.

Nothing is kept of what was read: memory is bounded however long it runs.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from atalaya.ingest.continuity import Missing
from atalaya.ingest.live_bytes import DrainedLog, LiveBytes, whole_packets
from atalaya.ingest.metadata_stream import KlvPacket
from atalaya.ingest.rtp import (
    TRANSPORT_PAYLOAD_TYPE,
    KlvUnit,
    KlvUnits,
    RtpSequencer,
    Sequenced,
    carries_metadata,
    is_whole_transport,
    read_rtp,
)
from atalaya.ingest.splitter import SET_PREFIX
from atalaya.ingest.transport import find_layout
from atalaya.model.problem import Problem
from atalaya.units import Seconds

_MOST_SENDERS = 4
_LONGEST_PREAMBLE_BYTES = 1 << 18
_MOST_WAITING = 1024
_LOOKED_AT_TOGETHER = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRecord:
    """One KLV packet, as soon as it was whole.

    Args:
        index: its number since reading began, from 0.
        packet: as it came; offsets count the bytes received (of RTP the payloads, in their order).
        arrived_s: when its last byte came, on the reader's clock.
        gaps_before: gaps noticed since the record before.
    """

    index: int
    packet: KlvPacket
    arrived_s: Seconds
    gaps_before: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveProblem:
    """One thing that was not as it should be, when it was noticed.

    Args:
        problem: what; its offset counts the bytes received.
        noticed_s: when, on the reader's clock.
        pid: of which PID packets are missing, None elsewhere.
        missing: how many transport or RTP packets; None where that is not known, or nothing is missing.
            A PID's counter has four bits: whole rounds of 16 do not show in it.
    """

    problem: Problem
    noticed_s: Seconds
    pid: int | None = None
    missing: int | None = None


GAP_CODES = frozenset(
    {
        "file-restarted",
        "live-reconnected",
        "live-silence",
        "rtp-klv-dropped",
        "rtp-lost",
        "rtp-restarted",
        "rtp-ssrc-changed",
        "ts-continuity",
        "ts-lost-sync",
        "udp-overflow",
    }
)
"""Problems that say that something is missing, or may be."""

type LiveEvent = LiveRecord | LiveProblem


@dataclass(slots=True)
class _Sender:
    """What is known of one RTP sender."""

    octets: LiveBytes
    units: KlvUnits
    sequencer: RtpSequencer = field(default_factory=RtpSequencer)
    is_transport: dict[int, bool] = field(default_factory=dict)


class LiveStream:
    """Bytes or datagrams in, records and problems out; whether it is TS, KLV or RTP is told by the content.

    Args:
        datagrams: what is put is one datagram each, which may be RTP; else pieces of one stream of bytes.
        keep: is given the bytes as they are read, in order; of RTP the payloads.
        klv_clock_hz: ticks of the clock of KLV over RTP, which its packets do not say; None where it is not
            known: then they have no time.
    """

    def __init__(
        self,
        *,
        datagrams: bool,
        keep: Callable[[bytes], object] | None = None,
        klv_clock_hz: int | None = None,
    ) -> None:
        self._datagrams = datagrams
        self._klv_clock_hz = klv_clock_hz
        self._keep = keep
        self._is_rtp: bool | None = None if datagrams else False
        self._waiting: list[tuple[bytes, Seconds]] = []
        self._told_foreign = False
        self._log = DrainedLog(self._tell, self._tell_missing)
        self._events: list[LiveEvent] = []
        self._now_s: Seconds = 0.0
        self._senders: dict[int, _Sender] = {}
        self._octets = LiveBytes(self._log, datagrams=datagrams)
        self._gaps = 0
        self.packets = 0
        self.received_bytes = 0

    def put(self, data: bytes, arrived_s: Seconds) -> list[LiveEvent]:
        """What this datagram or piece completes; never raises, whatever its bytes are."""
        self._now_s = arrived_s
        for piece, piece_s in self._framed(data, arrived_s):
            if self._is_rtp:
                self._put_rtp(piece, piece_s)
            else:
                self._take_bytes(self._octets, piece, piece_s)
        return self._drain()

    def put_all(self, pieces: Sequence[bytes], arrived_s: Seconds) -> Iterator[LiveEvent]:
        """What datagrams or pieces that came together complete; whole transport packets are read at once."""
        if self._is_rtp is False and len(pieces) > 1 and all(map(is_whole_transport, pieces)):
            yield from self.put(b"".join(pieces), arrived_s)
            return
        for piece in pieces:
            yield from self.put(piece, arrived_s)

    def tick(self, now_s: Seconds) -> list[LiveEvent]:
        """What has waited long enough, to be called when nothing comes."""
        self._now_s = now_s
        for sender in self._senders.values():
            for one in sender.sequencer.overdue(now_s):
                self._take_rtp(sender, one)
        return self._drain()

    def note(self, problem: Problem, now_s: Seconds, *, restart: bool = False) -> list[LiveEvent]:
        """Something that only the source can know; with `restart` what comes next begins anew."""
        self._now_s = now_s
        if restart:
            self._end()
            self._senders.clear()
            self._waiting.clear()
            self._octets = LiveBytes(self._log, datagrams=self._datagrams, offset=self.received_bytes)
            self._is_rtp = None if self._datagrams else False
        self._tell(problem)
        return self._drain()

    def finish(self, now_s: Seconds) -> list[LiveEvent]:
        """What the end completes."""
        self._now_s = now_s
        self._end()
        return self._drain()

    def _end(self) -> None:
        waiting, self._waiting = self._waiting, []
        if not self._told_foreign:
            for data, arrived_s in waiting:  # the end came before it was clear what it is
                self._take_bytes(self._octets, data, arrived_s)
        for sender in self._senders.values():
            for one in sender.sequencer.finish():
                self._take_rtp(sender, one)
            self._take_units(sender.units.finish())
            self._record(sender.octets.finish(), self._now_s)
        self._record(self._octets.finish(), self._now_s)

    def _framed(self, data: bytes, arrived_s: Seconds) -> list[tuple[bytes, Seconds]]:
        """The pieces to read now; none while it is not clear whether they are RTP."""
        if self._is_rtp is not None:
            return [(data, arrived_s)]
        self._waiting.append((data, arrived_s))
        self._is_rtp = _told(data, [piece for piece, _ in self._waiting[-_LOOKED_AT_TOGETHER:]])
        if self._is_rtp is None:
            self._give_up_waiting()
            return []
        pieces, self._waiting = self._waiting, []
        self._told_foreign = False
        return pieces

    def _give_up_waiting(self) -> None:
        size = sum(len(piece) for piece, _ in self._waiting)
        if size <= _LONGEST_PREAMBLE_BYTES and len(self._waiting) <= _MOST_WAITING:
            return
        self._waiting.clear()
        if not self._told_foreign:
            message = f"a transport stream, KLV or RTP was wanted, {size} bytes of something else came so far"
            self._tell(_problem("not-a-stream", message, self.received_bytes))
        self._told_foreign = True

    def _put_rtp(self, datagram: bytes, arrived_s: Seconds) -> None:
        packet = read_rtp(datagram)
        if packet is None:
            return
        sender = self._senders.get(packet.ssrc) or self._new_sender(packet.ssrc)
        for one in sender.sequencer.put(packet, arrived_s):
            self._take_rtp(sender, one)

    def _new_sender(self, ssrc: int) -> _Sender:
        if self._senders:
            message = f"RTP of sender {next(reversed(self._senders)):08x} was wanted, {ssrc:08x} came as well"
            self._tell(Problem(code="rtp-ssrc-changed", message=message, offset=self.received_bytes))
        while len(self._senders) >= _MOST_SENDERS:
            del self._senders[next(iter(self._senders))]
        octets = LiveBytes(self._log, datagrams=True, offset=self.received_bytes)
        self._senders[ssrc] = _Sender(octets, KlvUnits(self._log))
        return self._senders[ssrc]

    def _take_rtp(self, sender: _Sender, one: Sequenced) -> None:
        sequence, payload = one.packet.sequence, one.packet.payload
        if one.missing:
            message = f"RTP packets are missing: {one.missing} in front of {sequence}"
            self._tell(_problem("rtp-lost", message, self.received_bytes), missing=one.missing)
        if one.restarted:
            message = f"RTP packet {sequence} follows none before it: the sender began anew"
            self._tell(_problem("rtp-restarted", message, self.received_bytes))
        match self._carries_transport(sender, one):
            case True:
                self._take_bytes(sender.octets, payload, one.arrived_s)
            case False:
                offset = self._kept(payload)
                self._take_units(sender.units.put(one, offset))
            case None:
                pass

    def _carries_transport(self, sender: _Sender, one: Sequenced) -> bool | None:
        """Whether a payload type carries transport packets, or KLV; None for anything else."""
        kind, payload = one.packet.payload_type, one.packet.payload
        if kind in sender.is_transport:
            return sender.is_transport[kind]
        if kind == TRANSPORT_PAYLOAD_TYPE or is_whole_transport(payload):
            sender.is_transport[kind] = True
        elif payload.startswith(SET_PREFIX):
            sender.is_transport[kind] = False
        return sender.is_transport.get(kind)

    def _take_units(self, units: list[KlvUnit]) -> None:
        for unit in units:
            pts_s = None if self._klv_clock_hz is None else unit.timestamp / self._klv_clock_hz
            self._record(whole_packets(self._log, unit.data, unit.offset, pts_s), unit.arrived_s)

    def _take_bytes(self, octets: LiveBytes, data: bytes, arrived_s: Seconds) -> None:
        self._kept(data)
        self._record(octets.put(data), arrived_s)

    def _kept(self, data: bytes) -> int:
        """Hand the bytes on; the offset they have."""
        offset = self.received_bytes
        self.received_bytes += len(data)
        if self._keep is not None:
            self._keep(data)
        return offset

    def _record(self, packets: list[KlvPacket], arrived_s: Seconds) -> None:
        for packet in packets:
            record = LiveRecord(
                index=self.packets, packet=packet, arrived_s=arrived_s, gaps_before=self._gaps
            )
            self._events.append(record)
            self.packets += 1
            self._gaps = 0

    def _tell(self, problem: Problem, *, pid: int | None = None, missing: int | None = None) -> None:
        self._gaps += problem.code in GAP_CODES
        self._events.append(LiveProblem(problem=problem, noticed_s=self._now_s, pid=pid, missing=missing))

    def _tell_missing(self, missing: Missing) -> None:
        message = f"PID {missing.pid}: packets are missing: {missing.packets}, or that and a multiple of 16"
        problem = _problem("ts-continuity", message, missing.offset)
        self._tell(problem, pid=missing.pid, missing=missing.packets)

    def _drain(self) -> list[LiveEvent]:
        events, self._events = self._events, []
        return events


def _told(datagram: bytes, waiting: list[bytes]) -> bool | None:
    """Whether datagrams are RTP; None where that is not clear yet."""
    if carries_metadata(datagram):
        return True
    if is_whole_transport(datagram) or datagram.startswith(SET_PREFIX):
        return False
    return False if find_layout(b"".join(waiting)) is not None else None


def _problem(code: str, message: str, offset: int) -> Problem:
    return Problem(code=code, message=message, offset=offset)
