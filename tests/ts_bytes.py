"""Transport streams written byte by byte, so that they can be as unusual as real ones."""

from collections.abc import Iterable

from atalaya.ingest.psi import program_association, program_map

KLVA = b"\x05\x04KLVA"
MAP_PID = 0x1000


class Writer:
    """Transport packets with continuity counters, one after the other."""

    def __init__(self) -> None:
        self.packets: list[bytes] = []
        self.counters: dict[int, int] = {}

    def payload(self, pid: int, payload: bytes, *, starts: bool = True, room: int = 184) -> None:
        """As many packets as the payload needs, `room` bytes in each, the rest stuffed."""
        for at in range(0, len(payload), room):
            counter = self.counters.get(pid, 0)
            self.counters[pid] = (counter + 1) & 15
            self.packets.append(packet(pid, payload[at : at + room], counter, starts=starts and at == 0))

    def tables(self, streams: Iterable[tuple[int, int, bytes]], *, pcr_pid: int = 0x100) -> None:
        """A PAT and a PMT."""
        self.section(0, program_association(MAP_PID))
        self.section(MAP_PID, program_map(pcr_pid, list(streams)))

    def section(self, pid: int, section: bytes) -> None:
        """A table section, over as many packets as it needs."""
        whole = b"\x00" + section
        self.payload(pid, whole + b"\xff" * (-len(whole) % 184))

    def klv(
        self,
        pid: int,
        payload: bytes,
        *,
        stream_id: int = 0xBD,
        pts_90k: int | None = None,
        open_length: bool = False,
    ) -> None:
        """A PES packet."""
        self.payload(pid, pes(payload, stream_id=stream_id, pts_90k=pts_90k, open_length=open_length))

    @property
    def stream(self) -> bytes:
        """All of it."""
        return b"".join(self.packets)


def packet(pid: int, payload: bytes, counter: int, *, starts: bool, field: bytes | None = None) -> bytes:
    """One transport packet, the payload stuffed by an adaptation field."""
    stuffing = 184 - len(payload)
    if field is None:
        field = b"" if not stuffing else (bytes((stuffing - 1,)) + b"\x00" + b"\xff" * stuffing)[:stuffing]
    else:
        field = bytes((183 - len(payload),)) + field.ljust(183 - len(payload), b"\xff")
    control = (0x20 if field else 0) | (0x10 if payload else 0)
    head = bytes((0x47, (0x40 if starts else 0) | pid >> 8, pid & 0xFF, control | counter))
    return head + field + payload


def pes(
    payload: bytes, *, stream_id: int = 0xBD, pts_90k: int | None = None, open_length: bool = False
) -> bytes:
    """A PES packet; with an open length it says 0."""
    times = b""
    if pts_90k is not None:
        bits = 2 << 36 | (pts_90k >> 30) << 33 | 1 << 32 | (pts_90k >> 15 & 0x7FFF) << 17 | 1 << 16
        times = (bits | (pts_90k & 0x7FFF) << 1 | 1).to_bytes(5, "big")
    size = 0 if open_length else 3 + len(times) + len(payload)
    head = b"\x00\x00\x01" + bytes((stream_id,)) + size.to_bytes(2, "big")
    return head + bytes((0x84, 0x80 if times else 0, len(times))) + times + payload


def cell(payload: bytes, number: int, *, first: bool = True, last: bool = True) -> bytes:
    """A metadata AU cell."""
    flags = (0x80 if first else 0) | (0x40 if last else 0) | 0x1F
    return bytes((0, number & 0xFF, flags)) + len(payload).to_bytes(2, "big") + payload
