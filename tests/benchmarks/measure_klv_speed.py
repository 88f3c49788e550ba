"""How fast packets become columns with flags, beside klvdata with values in the same run; prints JSON.

    python tests/benchmarks/measure_klv_speed.py

Processor time of one process, medians of rounds in turn. klvdata reads a part of each stream (it is the slower
by far) and is scaled by packets; it raises on every packet with VMTI and is given the others. `every packet its own layout` is the worst case for what groups packets by
shape: the items of each packet stand in an order of their own.
"""

import io
import json
import random
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import klvdata

from atalaya.ingest.ber import item_bytes, length_bytes, read_length, walk
from atalaya.ingest.checksum import running_sum
from atalaya.ingest.columns import decode_bytes
from atalaya.ingest.stream import UAS_DATALINK_KEY, read_packets

sys.path.insert(0, str(Path(__file__).parents[1]))

from shared_data import shared_file

ROUNDS = 5
CHEYENNE = "data/klv/real/cheyenne_c208b_2012.klv"
VMTI = "data/klv/sim/osh_vrsg_vmti.klv"


def shuffled(data: bytes) -> bytes:
    """The packets of a stream with their items in an order of each packet's own, sums made anew."""
    order = random.Random(1)  # noqa: S311 - a measurement, not a secret
    packets = []
    for packet in read_packets([data]).packets:
        _, start = read_length(packet.data, 16)
        items = [
            item_bytes(item.tag, packet.data[item.start : item.end]) for item in walk(packet.data, start)
        ]
        middle = items[1:-1]
        order.shuffle(middle)
        body = b"".join([items[0], *middle]) + b"\x01\x02"
        head = UAS_DATALINK_KEY + length_bytes(len(body) + 2) + body
        packets.append(head + running_sum(head).to_bytes(2, "big"))
    return b"".join(packets)


def without_vmti(data: bytes) -> bytes:
    """The packets of a stream that klvdata can read."""
    packets = (packet.data for packet in read_packets([data]).packets)
    return b"".join(
        packet
        for packet in packets
        if all(item.tag != 74 for item in walk(packet, read_length(packet, 16)[1]))
    )


def by_klvdata(data: bytes) -> int:
    count = 0
    for packet in klvdata.StreamParser(io.BytesIO(data)):
        packet.MetadataList()
        count += 1
    return count


def cpu_s(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def measured(one: bytes, packets: int, times: int) -> dict[str, object]:
    stream, part = one * times, without_vmti(one) * max(1, times // 50)
    part_packets = by_klvdata(part)
    for engine in ("numpy", "numba"):
        decode_bytes(one, engine=engine)
    peer: list[float] = []
    ours: dict[str, list[float]] = {"numpy": [], "numba": []}
    for _ in range(ROUNDS):
        peer.append(cpu_s(lambda: by_klvdata(part)) / part_packets)
        for engine in ("numpy", "numba"):
            ours[engine].append(cpu_s(partial(decode_bytes, stream, engine=engine)) / packets / times)
    peer_s = statistics.median(peer)
    return {
        "packets": packets * times,
        "packets_of_klvdata": part_packets,
        "klvdata_packets_per_cpu_s": round(1 / peer_s),
        **{f"{name}_packets_per_cpu_s": round(1 / statistics.median(each)) for name, each in ours.items()},
        **{
            f"{name}_times_klvdata": round(peer_s / statistics.median(each), 1) for name, each in ours.items()
        },
    }


def main() -> None:
    cheyenne, vmti = shared_file(CHEYENNE).read_bytes(), shared_file(VMTI).read_bytes()
    answer = {
        "Cheyenne": measured(cheyenne, 407, 246),
        "mixed VMTI stream": measured(vmti, 277, 361),
        "every packet its own layout": measured(shuffled(cheyenne * 20), 407 * 20, 3),
    }
    print(json.dumps(answer, indent=1))  # noqa: T201


if __name__ == "__main__":
    main()
