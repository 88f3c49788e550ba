"""What each reader does with the same real streams, counted in one run; run by hand, prints the docs' table.

    python tests/benchmarks/measure_klv_peers.py

klvdata and klv-parser read no transport stream: they get the KLV that was extracted here, the easier task.
klv-parser comes with the dependency group `bench`.
"""

import contextlib
import io
import logging
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import klv_parser
import klvdata
from stanag4609 import (
    FieldDecodingMode,
    MetadataStreamDecoder,
    PESStreamEvent,
    TransportDemuxer,
    decode_uas_local_set,
    decode_vmti_local_set,
)

from atalaya.ingest.packet import decode_packet
from atalaya.ingest.stream import UAS_DATALINK_KEY, read_packets
from atalaya.ingest.value import Flag

sys.path.insert(0, str(Path(__file__).parents[1]))

from shared_data import shared_file

STREAMS = {
    "Cheyenne (real flight)": "data/klv/real/cheyenne_c208b_2012.klv",
    "A.P. Hill (real, EG 0104)": "data/klv/real/aphill_klv_10s.ts",
    "OSH (VMTI)": "data/klv/sim/osh_vrsg_vmti.ts",
    "kwiver H.264": "data/klv/conformance/h264_klv.ts",
    "kwiver H.265, three KLV PIDs": "data/klv/conformance/h265_tricky_klv.ts",
    "kwiver MPEG-2": "data/klv/conformance/mpeg2_klv.ts",
    "ST 0902, dynamic and constant": "data/klv/conformance/st0902_dynamic_constant_badchecksum.klv",
    "ST 0902, dynamic": "data/klv/conformance/st0902_dynamic_only.klv",
    "jmisb standalone VMTI": "data/klv/conformance/jmisb_0903_standalone_vmti.klv",
}


def ours(source: bytes, _: bytes) -> str:
    contents = read_packets([source])
    decoded = [decode_packet(number, packet) for number, packet in enumerate(contents.packets)]
    states = Counter(str(one.checksum) for one in decoded)
    items = sum(len(one.entries) for one in decoded)
    valued = sum(
        entry.value.flag in (Flag.OK, Flag.CHECKSUM_FAILED) for one in decoded for entry in one.entries
    )
    return f"{len(decoded)} packets, {valued} of {items} items with a value, checksums {dict(states)}"


def by_klvdata(_: bytes, klv: bytes) -> str:
    return _values_of(klvdata.StreamParser(io.BytesIO(klv)))


def by_klv_parser(_: bytes, klv: bytes) -> str:
    with contextlib.redirect_stdout(io.StringIO()):  # it prints each item that it does not know
        return _values_of(klv_parser.StreamParser(klv))


def _values_of(packets: Iterable[Any]) -> str:
    """What a reader of klvdata's family gives, until it stops."""
    count = values = 0
    try:
        for packet in packets:
            if not hasattr(packet, "MetadataList"):
                return f"stops at packet {count}: takes it for an element of its own"
            values += len(packet.MetadataList())
            count += 1
    except Exception as error:  # noqa: BLE001 - whatever the peer raises is the result
        return f"stops at packet {count}: {type(error).__name__}"
    return f"{count} packets, {values} values, checksum never tried"


def by_stanag4609(mode: FieldDecodingMode) -> Callable[[bytes, bytes], str]:
    def read(source: bytes, klv: bytes) -> str:
        return _bare(klv, mode) if source == klv else _transport(source, mode)

    return read


def _transport(source: bytes, mode: FieldDecodingMode) -> str:
    demuxer, decoder = TransportDemuxer(recover_transport=True), MetadataStreamDecoder(field_decoding=mode)
    refused: Counter[str] = Counter()
    count = decoded = 0
    for event in (*demuxer.feed(source), *demuxer.finish()):
        if not isinstance(event, PESStreamEvent):
            continue
        try:
            found = decoder.feed(event)
        except Exception as error:  # noqa: BLE001 - whatever the peer raises is the result
            if "requires a KLV PES event" not in str(error):  # what it says to pictures
                refused[f"{type(error).__name__}: {str(error)[:60]}"] += 1
            continue
        count += len(found)
        decoded += sum(one.decoded is not None for one in found)
    return f"{count} packets, {decoded} decoded" + (f", {dict(refused)}" if refused else "")


def _bare(klv: bytes, mode: FieldDecodingMode) -> str:
    refused: Counter[str] = Counter()
    decoded = 0
    packets = read_packets([klv]).packets
    for packet in packets:
        try:
            if packet.data.startswith(UAS_DATALINK_KEY):
                decode_uas_local_set(packet.data, field_decoding=mode)
            else:
                decode_vmti_local_set(packet.data)
            decoded += 1
        except Exception as error:  # noqa: BLE001 - whatever the peer raises is the result
            refused[type(error).__name__] += 1
    return f"{decoded} of {len(packets)} decoded" + (f", {dict(refused)}" if refused else "")


READERS: dict[str, Callable[[bytes, bytes], str]] = {
    "Atalaya": ours,
    "klvdata 0.0.3": by_klvdata,
    "klv-parser 0.0.6": by_klv_parser,
    "stanag4609 0.4.0, default": by_stanag4609(FieldDecodingMode.STRICT),
    "stanag4609 0.4.0, preserve": by_stanag4609(FieldDecodingMode.PRESERVE),
}


def main() -> None:
    logging.disable(logging.CRITICAL)
    print("| stream | " + " | ".join(READERS) + " |\n|" + "---|" * (len(READERS) + 1))  # noqa: T201
    for title, name in STREAMS.items():
        source = shared_file(name).read_bytes()
        klv = b"".join(packet.data for packet in read_packets([source]).packets)
        cells = [read(source, klv if name.endswith(".ts") else source) for read in READERS.values()]
        print(f"| {title} | " + " | ".join(cells) + " |")  # noqa: T201


if __name__ == "__main__":
    main()
