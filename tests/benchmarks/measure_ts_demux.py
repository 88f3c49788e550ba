"""How fast KLV is taken out of transport streams, beside a peer on a part of the same bytes; run by hand.

    python tests/benchmarks/measure_ts_demux.py [megabytes]      # 200 where none are given

Prints JSON: MB per second of CPU time of this process, with the bytes already in memory, KLV PIDs only and with
the index of pictures and runs, and how many times the peer's speed that is. The clips are repeated, so that a
counter jumps at each seam and the first packet behind it is looked at twice.
"""

import json
import logging
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from stanag4609 import PESStreamEvent, TransportDemuxer

from atalaya.ingest.stream import StreamReader, read_klv

sys.path.insert(0, str(Path(__file__).parents[1]))

from shared_data import shared_file

CLIPS = {
    "OSH, 480p, 3 % KLV": "data/klv/sim/osh_vrsg_vmti.ts",
    "kwiver H.264, 66 % KLV": "data/klv/conformance/h264_klv.ts",
    "A.P. Hill, 41 % KLV": "data/klv/real/aphill_klv_10s.ts",
}
CHUNK_BYTES = 1 << 20
PEER_BYTES = 8_000_000
MEGABYTE = 1_000_000


def chunks(data: bytes) -> Iterator[bytes]:
    return (data[at : at + CHUNK_BYTES] for at in range(0, len(data), CHUNK_BYTES))


def klv_only(data: bytes) -> int:
    return sum(1 for _ in read_klv(chunks(data)))


def with_index(data: bytes) -> int:
    reader = StreamReader()
    return sum(len(reader.feed(chunk)) for chunk in chunks(data)) + len(reader.finish())


def by_stanag4609(data: bytes) -> int:
    demuxer = TransportDemuxer(recover_transport=True)
    events = (event for chunk in chunks(data) for event in demuxer.feed(chunk))
    return sum(isinstance(event, PESStreamEvent) for event in events)


def measured(what: Callable[[bytes], int], data: bytes) -> dict[str, float]:
    start_s = time.process_time()
    count = what(data)
    spent_s = time.process_time() - start_s
    return {"mb_per_cpu_s": round(len(data) / MEGABYTE / spent_s, 1), "found": count}


def main(megabytes: int) -> None:
    logging.disable(logging.CRITICAL)
    answer: dict[str, dict[str, object]] = {}
    for title, name in CLIPS.items():
        clip = shared_file(name).read_bytes()
        data = clip * (megabytes * MEGABYTE // len(clip))
        ours, indexed = measured(klv_only, data), measured(with_index, data)
        peer = measured(by_stanag4609, data[: max(len(clip), PEER_BYTES)])
        answer[title] = {
            "mb": len(data) / MEGABYTE,
            "klv_only": ours,
            "with_index": indexed,
            "stanag4609 0.4.0": peer,
            "times_the_peer": round(ours["mb_per_cpu_s"] / peer["mb_per_cpu_s"], 1),
        }
    print(json.dumps(answer, indent=2))  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
