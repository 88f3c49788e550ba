"""What FFmpeg 6.1 (libavformat 60) does to the KLV of a transport stream when it copies it.

Looked at with PyAV 12.3 on the shared clips: of every PES packet of a KLV PID the first five bytes of the payload
are gone, the length is right again, the program map says 0x06 with KLVA for each such PID, and the stream id is
0xFC where there is a PTS, else 0xBD. In a stream of metadata cells the five bytes are the cell's header, so nothing
is lost; of an asynchronous one they are `06 0e 2b 34 02`, the beginning of the key.
"""

from atalaya.ingest.pes import read_pes_header

_LOST_BYTES = 5


def as_ffmpeg_6_1_leaves_it(stream: bytes, klv_pids: set[int]) -> bytes:
    """The same stream, the PES packets of these PIDs shortened and packed anew where they began."""
    packets = [stream[at : at + 188] for at in range(0, len(stream), 188)]
    units: dict[int, list[int]] = {}
    whole: dict[int, bytes] = {}
    for number, packet in enumerate(packets):
        pid = (packet[1] & 0x1F) << 8 | packet[2]
        if pid not in klv_pids or not packet[3] & 0x10:
            continue
        if packet[1] & 0x40:
            units[pid] = [*units.get(pid, []), number]
            whole[number] = b""
        if pid in units:
            whole[units[pid][-1]] += packet[4 + (1 + packet[4] if packet[3] & 0x20 else 0) :]
    counters = dict.fromkeys(klv_pids, 0)
    written: list[bytes] = []
    for number, packet in enumerate(packets):
        pid = (packet[1] & 0x1F) << 8 | packet[2]
        if pid not in klv_pids:
            written.append(packet)
        elif number in whole:
            written += _packed(pid, _shortened(whole[number]), counters)
    return b"".join(written)


def _shortened(pes: bytes) -> bytes:
    header = read_pes_header(pes)
    assert header is not None
    head, payload = pes[: header.payload_start], pes[header.payload_start : header.length][_LOST_BYTES:]
    size = (len(head) + len(payload) - 6).to_bytes(2, "big")
    stream_id = b"\xbd" if header.pts_90k is None else b"\xfc"
    return head[:3] + stream_id + size + head[6:] + payload


def _packed(pid: int, pes: bytes, counters: dict[int, int]) -> list[bytes]:
    packets = []
    for at in range(0, len(pes), 184):
        piece = pes[at : at + 184]
        stuffing = 184 - len(piece)
        field = (
            b""
            if not stuffing
            else bytes((stuffing - 1,)) + (b"\x00" + b"\xff" * (stuffing - 2))[: stuffing - 1]
        )
        control = (0x30 if field else 0x10) | counters[pid]
        counters[pid] = (counters[pid] + 1) & 15
        packets.append(
            bytes((0x47, (0x40 if at == 0 else 0) | pid >> 8, pid & 0xFF, control)) + field + piece
        )
    return packets
