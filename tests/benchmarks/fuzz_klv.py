"""Damages packets and streams at random and reads them: nothing may be raised, hang or grow; run by hand.

    python tests/benchmarks/fuzz_klv.py packets 1000000
    python tests/benchmarks/fuzz_klv.py streams 20000
    python tests/benchmarks/fuzz_klv.py guided 60      # atheris, guided by coverage, for so many seconds

`make bench` runs all three. Seeds are numbered, so a failure names what to repeat.
"""

import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from atalaya.errors import AtalayaError
from atalaya.ingest.keys import SET_PREFIX
from atalaya.ingest.packet import decode_packet, encode_packet, packet_json
from atalaya.ingest.st0601 import frame_table, stream_facts
from atalaya.ingest.stream import KlvPacket, read_klv, read_packets

sys.path.insert(0, str(Path(__file__).parents[1]))

from ffmpeg_damage import as_ffmpeg_6_1_leaves_it
from shared_data import shared_file

SOURCES = (
    "data/klv/real/cheyenne_c208b_2012.klv",
    "data/klv/sim/osh_vrsg_vmti.klv",
    "data/klv/conformance/h264_klv.ts",
    "data/klv/conformance/h265_tricky_klv.ts",
    "data/klv/conformance/jmisb_0903_standalone_vmti.klv",
    "data/klv/conformance/st0902_dynamic_constant_badchecksum.klv",
    "data/klv/real/aphill_klv_10s.ts",
)
STREAMS = (*SOURCES[2:4], "data/klv/sim/osh_vrsg_vmti.ts", SOURCES[-1], SOURCES[0])
COPIED = {SOURCES[2]: {257}, SOURCES[3]: {257, 258, 259}, SOURCES[-1]: {257}}
"""Streams that are also read as FFmpeg 6.1 leaves them, and the PIDs of their KLV."""
STREAM_BYTES = 12_000
BATCH = 2_000
EDGES = (0, 1, 0x7F, 0x80, 0x81, 0x82, 0x84, 0x88, 0xFE, 0xFF)
HANG_S = 1.0


def mutated(data: bytes, rng: np.random.Generator) -> bytes:
    """One to eight changes: bytes turned, cut, doubled, put in, lengths made edges of their range."""
    octets = bytearray(data)
    for _ in range(int(rng.integers(1, 9))):
        at = int(rng.integers(0, max(1, len(octets))))
        end = min(len(octets), at + int(rng.integers(1, 12)))
        match int(rng.integers(0, 6)):
            case 0 if octets:
                octets[at] ^= 1 << int(rng.integers(0, 8))
            case 1 if octets:
                octets[at] = EDGES[int(rng.integers(0, len(EDGES)))]
            case 2:
                del octets[at:end]
            case 3:
                octets[at:at] = octets[at:end]
            case 4:
                octets[at:at] = rng.bytes(end - at)
            case _:
                octets[at:end] = rng.bytes(end - at)
    return bytes(octets)


def bare(data: bytes, number: int) -> KlvPacket:
    return KlvPacket(
        offset=number, last_offset=number, length=len(data), pid=None, pts_s=None, data=data, checksum_ok=True
    )


def read_packet(data: bytes) -> None:
    """One packet decoded, told and, where it can be, written again."""
    decoded = decode_packet(0, bare(data, 0))
    packet_json(decoded)
    try:
        encode_packet(decoded)
    except AtalayaError:
        return


def read_table(batch: list[bytes]) -> None:
    """Many packets decoded together, as a sortie's are."""
    packets = [bare(data, number) for number, data in enumerate(batch)]
    frame_table(packets)
    stream_facts(packets)


def read_stream(data: bytes) -> None:
    """A source read in pieces, and its first packets decoded; without an index it gives the same packets."""
    size = 1 + len(data) % 4096
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    contents = read_packets(pieces)
    if [packet.data for packet in read_klv(pieces)] != [packet.data for packet in contents.packets]:
        raise AssertionError("with and without an index other packets were given")
    for packet in contents.packets[:20]:
        packet_json(decode_packet(0, packet))
    frame_table(contents.packets)


def packets_of_all_sources() -> list[bytes]:
    read = (read_packets([shared_file(name).read_bytes()]).packets for name in SOURCES)
    packets = [packet.data for packets in read for packet in packets[:40]]
    return packets + [packet.removeprefix(SET_PREFIX) for packet in packets[::20]]


def streams_of_all_kinds() -> list[bytes]:
    """The streams as they are, as FFmpeg 6.1 leaves them, and with packets of 192 and 204 bytes."""
    whole = {name: shared_file(name).read_bytes() for name in STREAMS}
    copied = [as_ffmpeg_6_1_leaves_it(whole[name], pids) for name, pids in COPIED.items()]
    wide = [
        b"".join(before + data[at : at + 188] + after for at in range(0, min(len(data), 4_000 * 188), 188))
        for data, before, after in ((whole[STREAMS[2]], bytes(4), b""), (whole[SOURCES[2]], b"", bytes(16)))
    ]
    bare = [b"".join(packet.data.removeprefix(SET_PREFIX) for packet in read_packets([copied[0]]).packets)]
    return [*whole.values(), *copied, *wide, *bare]


def pieces_of_streams(rng: np.random.Generator) -> Iterator[bytes]:
    whole = streams_of_all_kinds()
    while True:
        stream = whole[int(rng.integers(0, len(whole)))]
        start = int(rng.integers(0, max(1, (len(stream) - STREAM_BYTES) // 188))) * 188
        yield stream[start : start + STREAM_BYTES]


def timed(what: Callable[[bytes], None], data: bytes, seed: int) -> float:
    start_s = time.perf_counter()
    try:
        what(data)
    except Exception:
        print(f"raised on seed {seed}: {data.hex()}")  # noqa: T201
        raise
    return time.perf_counter() - start_s


def memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def fuzz_packets(count: int) -> None:
    sources, slowest_s, batch = packets_of_all_sources(), 0.0, []
    begun_mb = memory_mb()
    for seed in range(count):
        rng = np.random.default_rng(seed)
        data = mutated(sources[int(rng.integers(0, len(sources)))], rng)
        slowest_s = max(slowest_s, timed(read_packet, data, seed))
        batch.append(data)
        if len(batch) == BATCH:
            read_table(batch)
            batch.clear()
    tell("packets", count, slowest_s, begun_mb)


def fuzz_streams(count: int) -> None:
    slowest_s, begun_mb = 0.0, memory_mb()
    pieces = pieces_of_streams(np.random.default_rng(0))
    for seed in range(count):
        rng = np.random.default_rng(seed)
        data = next(pieces)
        for _ in range(int(rng.integers(1, 6))):
            data = mutated(data, rng)
        slowest_s = max(slowest_s, timed(read_stream, data, seed))
    tell("streams", count, slowest_s, begun_mb)


def fuzz_guided(seconds: int) -> None:
    """Coverage-guided: the fuzzer sees which lines each input reaches, and begins with real packets."""
    import atheris

    atheris.instrument_all()
    with tempfile.TemporaryDirectory() as corpus:
        for number, data in enumerate(packets_of_all_sources()):
            Path(corpus, f"{number}.klv").write_bytes(data)
        limits = [f"-max_total_time={seconds}", "-timeout=1", "-rss_limit_mb=2048", "-max_len=2048"]
        atheris.Setup([sys.argv[0], *limits, corpus], read_packet)
        atheris.Fuzz()


def tell(what: str, count: int, slowest_s: float, begun_mb: float) -> None:
    print(  # noqa: T201
        f"{count:,} mutated {what}: none raised, slowest {1e3 * slowest_s:.1f} ms, "
        f"memory {begun_mb:.0f} MB to {memory_mb():.0f} MB"
    )
    if slowest_s > HANG_S:
        raise SystemExit(f"one took {slowest_s:.2f} s: more than {HANG_S} s is a hang")


if __name__ == "__main__":
    {"packets": fuzz_packets, "streams": fuzz_streams, "guided": fuzz_guided}[sys.argv[1]](int(sys.argv[2]))
