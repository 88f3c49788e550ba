"""KLV and transport streams: bytes to checked rows of numbers."""

import io
import logging

import av
import klvdata
import numpy as np
import pytest
from stanag4609.transport.demux import TransportDemuxer

from atalaya.ingest.checksum import running_sum
from atalaya.ingest.layout import shapes
from atalaya.ingest.st0601 import frame_table
from atalaya.ingest.stream import UAS_DATALINK_KEY, read_packets
from shared_data import shared_file

REPEATS = 25
CHUNK_BYTES = 1 << 20
CHECKSUM_BYTES = 4


def rows_of(data: bytes) -> int:
    """Every packet found, its checksum tried, every value of the frame table decoded."""
    return len(frame_table(read_packets([data]).packets)[0])


def values_of(data: bytes) -> int:
    """The same with klvdata: every packet, every item it knows."""
    return sum(1 for packet in klvdata.StreamParser(io.BytesIO(data)) if packet.MetadataList())


def with_layouts_of_their_own(clip):
    """Each packet loses seven items of its own: hardly two have one layout, the worst for grouped decoding."""
    rng = np.random.default_rng(51)
    made = []
    for packet in read_packets([clip]).packets:
        items, at = [], len(packet.data) - set_length(packet.data)
        while at < len(packet.data) - CHECKSUM_BYTES:
            end = at + 2 + packet.data[at + 1]  # all tags and lengths of this clip take one byte
            items.append(packet.data[at:end])
            at = end
        lost = set(rng.choice(np.arange(1, len(items)), 7, replace=False).tolist())
        kept = b"".join(item for place, item in enumerate(items) if place not in lost)
        length = len(kept) + CHECKSUM_BYTES
        head = UAS_DATALINK_KEY + bytes([0x82]) + length.to_bytes(2, "big") + kept + bytes([1, 2])
        made.append(head + running_sum(head).to_bytes(2, "big"))
    return b"".join(made)


def set_length(packet):
    """Bytes of the items: what the BER length behind the 16 bytes of the key says."""
    first = packet[16]
    return first if first < 128 else int.from_bytes(packet[17 : 17 + first - 128], "big")


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "repeats", "change"),
    [
        ("one clip", 1, bytes),
        (f"clip x {REPEATS}", REPEATS, bytes),
        ("each a layout of its own", 1, with_layouts_of_their_own),
    ],
)
def test_klv_to_numbers(race, job, name, repeats, change):
    clip = change(shared_file("data/klv/real/cheyenne_c208b_2012.klv").read_bytes())
    packets = read_packets([clip]).packets
    assert all(packet.checksum_ok for packet in packets)
    count = rows_of(clip)
    assert count == values_of(clip) == 407
    layouts = sum(1 for _ in shapes([packet.data for packet in packets]))
    data = clip * repeats
    race.run(
        f"KLV to values, {count * repeats:,} packets: {name} ({layouts} layouts)",
        job(name="Atalaya", run=lambda: rows_of(data), amount=count * repeats),
        job(name="klvdata 0.0.3", run=lambda: values_of(clip * 3), amount=3 * count),
        unit="packets/CPU-s",
        rounds=7,
    )


def fed(ts: bytes) -> int:
    chunks = (ts[at : at + CHUNK_BYTES] for at in range(0, len(ts), CHUNK_BYTES))
    return len(read_packets(chunks).packets)


def demuxed_by_ffmpeg(ts: bytes) -> int:
    logging.getLogger("libav").setLevel(logging.CRITICAL)  # time stamps jump where the clip begins again
    with av.open(io.BytesIO(ts), format="mpegts") as container:
        sizes: list[int] = [packet.size for packet in container.demux()]
    return sum(sizes)


def demuxed_by_stanag4609(ts: bytes) -> int:
    demuxer = TransportDemuxer()
    return len(demuxer.feed(ts)) + len(demuxer.finish())


@pytest.mark.shared
@pytest.mark.parametrize("peer", ["FFmpeg (PyAV), without KLV or index", "stanag4609 0.4 demuxer"])
def test_demultiplexing(race, job, peer):
    clip = shared_file("data/klv/sim/osh_vrsg_vmti.ts").read_bytes()
    own = clip * 20
    by_ffmpeg = peer.startswith("FFmpeg")
    theirs = own if by_ffmpeg else clip
    demux = demuxed_by_ffmpeg if by_ffmpeg else demuxed_by_stanag4609
    assert fed(own) == 20 * 277
    race.run(
        "MPEG-TS to KLV packets and index of pictures",
        job(name="Atalaya", run=lambda: fed(own), amount=len(own) / 1e6),
        job(name=peer, run=lambda: demux(theirs), amount=len(theirs) / 1e6),
        unit="MB/CPU-s",
    )
