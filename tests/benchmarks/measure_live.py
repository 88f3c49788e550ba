"""Live reading measured: loopback UDP at 8 Mbit/s, 2 % of the datagrams lost, for so many seconds; prints JSON.

    python tests/benchmarks/measure_live.py 600

Three processes: a sender that loses datagrams by seeded lot, a reader that decodes every record, and this one,
which makes the sender's plan anew and compares. Latency is from the call that sends the datagram with a
packet's last byte to the packet decoded whole; both processes read the same monotonic clock.
"""

import argparse
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from atalaya.ingest.live_stream import LiveRecord
from atalaya.ingest.packet import decode_packets
from atalaya.io.live import read_live
from atalaya.io.live_address import LiveAddress, Transport
from atalaya.io.live_datagrams import DatagramSource
from atalaya.model.instants import to_microseconds
from benchmarks.live_plan import BYTES_PER_S, DATAGRAM_BYTES, frame_number, plan, truth_of

LOSS = 0.02
GROWTH_LIMIT_MB = 20.0
LATENCY_LIMIT_MS = 200.0
_PACKET = struct.Struct("<qd")
_GAP = struct.Struct("<qqq")
_MEMORY = struct.Struct("<dd")
_SENT = struct.Struct("<d")


def send(folder: Path, port: int, seconds: float, seed: int) -> None:
    """Each datagram at its time; when it was sent is noted, NaN for one that was lost."""
    with (folder / "sent").open("wb") as notes, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        began_s = time.monotonic() + 0.5
        for number, datagram in enumerate(plan(seconds, seed, LOSS)):
            due_s = began_s + number * DATAGRAM_BYTES / BYTES_PER_S
            while (wait_s := due_s - time.monotonic()) > 0.0:
                time.sleep(wait_s)
            if not datagram.lost:
                notes.write(_SENT.pack(time.monotonic()))
                sender.sendto(datagram.data, ("127.0.0.1", port))
            else:
                notes.write(_SENT.pack(float("nan")))


def receive(folder: Path) -> None:
    """Decode until the file `done` is there; note every packet, every gap and the memory once a second."""
    source = DatagramSource(
        LiveAddress(transport=Transport.UDP, url="", host="127.0.0.1", port=0, name="loopback")
    )
    (folder / "port.part").write_text(str(source.port))
    (folder / "port.part").rename(folder / "port")
    waiting: list[LiveRecord] = []
    decoded = decode_packets(record.packet for record in iter(waiting.pop, None))
    with (
        (folder / "packets").open("wb") as packets,
        (folder / "gaps").open("wb") as gaps,
        (folder / "memory").open("wb") as memory,
        (folder / "others").open("w") as others,
    ):
        noted_s = 0.0
        for event in read_live(source, stop=(folder / "done").exists):
            if isinstance(event, LiveRecord):
                waiting.append(event)
                packet = next(decoded)
                now_s = time.monotonic()
                if event.packet.checksum_ok and packet.utc is not None:
                    packets.write(_PACKET.pack(to_microseconds(packet.utc), now_s))
                if now_s - noted_s >= 1.0:
                    noted_s = now_s
                    memory.write(_MEMORY.pack(now_s, _resident_mb()))
            elif event.problem.code == "ts-continuity":
                gaps.write(_GAP.pack(event.pid or 0, event.problem.offset or 0, event.missing or 0))
            else:
                others.write(f"{event.problem.code}\n")
        memory.write(_MEMORY.pack(time.monotonic(), _resident_mb()))
    source.close()


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def measure(seconds: float, seed: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory(prefix="atalaya-live-") as name:
        folder = Path(name)
        with _role("receive", name) as reader:
            while not (folder / "port").exists() and reader.poll() is None:
                time.sleep(0.05)
            port = (folder / "port").read_text()
            with _role("send", name, port, str(seconds), str(seed)) as sender:
                sender.wait()
            time.sleep(1.0)
            (folder / "done").touch()
            reader.wait()
        return {
            "seconds": seconds,
            "mbit_per_s": 8 * BYTES_PER_S / 1e6,
            "crashes": int(reader.returncode != 0) + int(sender.returncode != 0),
            **_gaps(folder, seconds, seed),
            **_packets(folder, seconds, seed),
            **_memory(folder, seconds),
        }


def _role(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, __file__, *arguments])


def _gaps(folder: Path, seconds: float, seed: int) -> dict[str, object]:
    truth = truth_of(plan(seconds, seed, LOSS))
    told = {(pid, offset): missing for pid, offset, missing in _GAP.iter_unpack(_read(folder, "gaps"))}
    others = (folder / "others").read_text().split()
    return {
        "datagrams_sent": truth.sent,
        "datagrams_lost": truth.lost,
        "dropped_by_this_machine": others.count("udp-overflow"),
        "gaps_made": len(truth.runs),
        "gaps_reported": sum(any(place in told for place in run) for run in truth.runs),
        "gaps_no_counter_can_show": truth.silent_runs,
        "gaps_by_pid_made": len(truth.gaps),
        "gaps_by_pid_reported": sum(told.get(place) == missing for place, missing in truth.gaps.items()),
        "gaps_reported_wrongly": len(told.keys() - truth.gaps.keys()),
        "packets_made": truth.made,
        "packets_left_whole": truth.made - len(truth.broken),
    }


def _packets(folder: Path, seconds: float, seed: int) -> dict[str, object]:
    sent_s = np.frombuffer(_read(folder, "sent"))
    completing = dict(_completing(seconds, seed))
    found = [
        (frame_number(time_us), now_s) for time_us, now_s in _PACKET.iter_unpack(_read(folder, "packets"))
    ]
    delays_s = np.array([now_s - sent_s[completing[number]] for number, now_s in found])
    low, high, most = (
        np.percentile(delays_s, [50, 95, 100]) * 1e3 if found else np.full(3, float("nan"))
    ).tolist()
    return {
        "packets_decoded": len({number for number, _ in found}),
        "latency_p50_ms": round(low, 2),
        "latency_p95_ms": round(high, 2),
        "latency_max_ms": round(most, 2),
    }


def _completing(seconds: float, seed: int) -> Iterator[tuple[int, int]]:
    """(number of a KLV packet, number of the datagram in which it ends)."""
    for at, datagram in enumerate(plan(seconds, seed, LOSS)):
        yield from ((number, at) for number in datagram.completes)


def _memory(folder: Path, seconds: float) -> dict[str, object]:
    """From a tenth of the time on, at least five seconds and at most a minute: then it is warm."""
    samples = list(_MEMORY.iter_unpack(_read(folder, "memory")))
    warm_s = samples[0][0] + min(max(0.1 * seconds, 5.0), 60.0)
    warm = [resident_mb for at_s, resident_mb in samples if at_s >= warm_s] or [samples[-1][1]]
    return {
        "memory_warm_mb": round(warm[0], 1),
        "memory_end_mb": round(warm[-1], 1),
        "memory_growth_mb": round(max(warm) - warm[0], 1),
    }


def _read(folder: Path, name: str) -> bytes:
    return (folder / name).read_bytes()


def is_met(found: dict[str, object]) -> bool:
    growth_mb, latency_ms = found["memory_growth_mb"], found["latency_p95_ms"]
    return (
        found["crashes"] == 0
        and isinstance(growth_mb, float)
        and growth_mb < GROWTH_LIMIT_MB
        and isinstance(latency_ms, float)
        and latency_ms < LATENCY_LIMIT_MS
        and found["gaps_reported"] == found["gaps_made"]
        and found["gaps_by_pid_reported"] == found["gaps_by_pid_made"]
        and found["gaps_reported_wrongly"] == 0
        and found["packets_decoded"] == found["packets_left_whole"]
    )


def main() -> None:
    match sys.argv[1:]:
        case ["receive", folder]:
            receive(Path(folder))
        case ["send", folder, port, seconds, seed]:
            send(Path(folder), int(port), float(seconds), int(seed))
        case _:
            parser = argparse.ArgumentParser(description=__doc__)
            parser.add_argument("seconds", type=float)
            parser.add_argument("--seed", type=int, default=4609)
            given = parser.parse_args()
            found = measure(given.seconds, given.seed)
            found["targets_met"] = is_met(found)
            print(json.dumps(found, indent=2))  # noqa: T201
            sys.exit(0 if found["targets_met"] else 1)


if __name__ == "__main__":
    main()
