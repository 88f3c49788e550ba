"""What is recovered of damaged KLV, beside two peers on the same bytes; run by hand, or by `make bench`.

    python tests/benchmarks/measure_klv_damage.py [seeds]      # 1,000 where none are given

A packet is left whole when all its bytes still follow each other. It is recovered when it is given, byte for
byte, as a packet whose checksum is right; it is wrong when something else is given as one. klvdata knows no
checksum: all that it gives counts as given. The peers run on the first seeds only. `cancelled` are packets in
which two or more changed bytes leave the 16-bit sum of ST 0601 as it was: nothing in the packet shows that.

The second part damages a transport stream in the same ways; there a packet is wanted when no transport packet
that carries it was touched, and a packet that bytes were lost in front of may be needed to find it.
"""

import io
import logging
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import klvdata
import numpy as np
from klvdata.klvparser import KLVParser
from stanag4609 import FieldDecodingMode, KLVStreamParser, decode_uas_local_set

from atalaya.ingest.checksum import running_sum
from atalaya.ingest.stream import UAS_DATALINK_KEY, read_packets

sys.path.insert(0, str(Path(__file__).parents[1]))

from klv_damage import Damage, Damaged, damaged
from shared_data import shared_file

PEER_SEEDS = 10
TRANSPORT_SEEDS = 50
TARGET = 0.95
FEW = 8
"""Changed bytes of one packet at most, for changes that cancel by chance."""

type Reader = Callable[[bytes], Iterator[bytes]]


def ours(data: bytes) -> Iterator[bytes]:
    return (packet.data for packet in read_packets([data]).packets if packet.checksum_ok)


def by_klvdata(data: bytes) -> Iterator[bytes]:
    try:
        for key, value in KLVParser(io.BytesIO(data), key_length=16):
            if key in klvdata.StreamParser.parsers:
                size = len(value)
                yield key + (bytes((size,)) if size < 128 else b"\x81" + bytes((size & 0xFF,))) + value
    except Exception:  # noqa: BLE001 - whatever the peer raises ends what it gives
        return


def by_stanag4609(data: bytes) -> Iterator[bytes]:
    parser = KLVStreamParser(recover=True, canonical=False, validate_smpte_keys=False)
    for at in range(0, len(data), 64):  # small pieces: what it raises costs it little
        try:
            packets = parser.feed(data[at : at + 64])
        except Exception:  # noqa: BLE001 - whatever the peer raises is the result
            parser = KLVStreamParser(recover=True, canonical=False, validate_smpte_keys=False)
            continue
        for packet in packets:
            try:
                decode_uas_local_set(packet, field_decoding=FieldDecodingMode.PRESERVE)
            except Exception:  # noqa: BLE001, S112 - whatever the peer raises is the result
                continue
            yield packet.raw


def counted(case: Damaged, originals: list[bytes], known: set[bytes], given: Iterator[bytes]) -> Counter[str]:
    """How many were left whole, recovered, wrong, and wrong in a way that the sum of ST 0601 cannot show."""
    wanted = Counter(originals[number] for number in case.whole.values())
    found = Counter(given)
    strange = [data for data in found.elements() if data not in known]
    cancelled = sum(any(cancels(data, original) for original in known) for data in strange)
    return Counter(
        whole=wanted.total(),
        recovered=(wanted & found).total(),
        wrong=len(strange) - cancelled,
        cancelled=cancelled,
    )


def cancels(data: bytes, original: bytes) -> bool:
    """Whether a few bytes of a packet were changed so that their changes cancel in its 16-bit sum."""
    if len(data) != len(original) or data[-2:] != original[-2:]:
        return False
    changed = sum(one != other for one, other in zip(data, original, strict=True))
    return 2 <= changed <= FEW and running_sum(data[:-2]) == running_sum(original[:-2])


def measure(seeds: int) -> bool:
    data = shared_file("data/klv/real/cheyenne_c208b_2012.klv").read_bytes() * 2
    packets = read_packets([data]).packets
    originals, known = [packet.data for packet in packets], {packet.data for packet in packets}
    starts = np.array([packet.offset for packet in packets])
    lengths = np.array([packet.length for packet in packets])
    readers: dict[str, tuple[Reader, int]] = {
        "Atalaya": (ours, seeds),
        "klvdata 0.0.3": (by_klvdata, min(seeds, PEER_SEEDS)),
        "stanag4609 0.4.0, recover, preserve": (by_stanag4609, min(seeds, PEER_SEEDS)),
    }
    print("| damage | reader | seeds | left whole | recovered | worst seed | wrong | cancelled |")  # noqa: T201
    print("|---|---|---|---|---|---|---|---|")  # noqa: T201
    good = True
    for how in Damage:
        for name, (reader, count) in readers.items():
            total, worst = Counter[str](), 1.0
            for seed in range(count):
                case = damaged(data, starts, lengths, how, seed)
                one = counted(case, originals, known, reader(case.data))
                total += one
                worst = min(worst, one["recovered"] / one["whole"])
            share = total["recovered"] / total["whole"]
            if reader is ours:
                good = good and share >= TARGET and not total["wrong"]
            print(  # noqa: T201
                f"| {how} | {name} | {count} | {total['whole']:,} | {total['recovered']:,} ({share:.3%}) | "
                f"{worst:.2%} | {total['wrong']:,} | {total['cancelled']:,} |",
                flush=True,
            )
    return good


def measure_transport(seeds: int) -> None:
    data = shared_file("data/klv/sim/osh_vrsg_vmti.ts").read_bytes()
    packets = read_packets([data]).packets
    originals, known = [packet.data for packet in packets], {packet.data for packet in packets}
    starts = np.array([packet.offset for packet in packets])
    lengths = np.array([packet.last_offset + 188 - packet.offset for packet in packets])
    for how in Damage:
        total = Counter[str]()
        for seed in range(seeds):
            case = damaged(data, starts, lengths, how, seed)
            total += counted(case, originals, known, ours(case.data))
        share = total["recovered"] / total["whole"]
        print(  # noqa: T201
            f"| in a transport stream: {how} | Atalaya | {seeds} | {total['whole']:,} | "
            f"{total['recovered']:,} ({share:.3%}) | | {total['wrong']:,} | {total['cancelled']:,} |",
            flush=True,
        )


def main(seeds: int) -> None:
    logging.disable(logging.CRITICAL)
    assert (
        len(read_packets([shared_file("data/klv/real/cheyenne_c208b_2012.klv").read_bytes()]).packets) == 407
    )
    assert UAS_DATALINK_KEY in klvdata.StreamParser.parsers
    good = measure(seeds)
    measure_transport(min(seeds, TRANSPORT_SEEDS))
    if not good:
        raise SystemExit(f"less than {TARGET:.0%} recovered, or something wrong given")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
