"""Whole clips against kwiver's golden decode of them, item by item and to the depth of every nested set."""

import json
import zlib
from typing import Any

import pytest

from atalaya.ingest.metadata_stream import KlvPacket
from atalaya.ingest.packet import decode_packet
from atalaya.ingest.stream import read_packets
from klv_item_comparison import Difference, compare_set
from shared_data import shared_file

pytestmark = pytest.mark.shared

CONFORMANCE = "data/klv/conformance/"
CLIPS = [
    ("h264_klv.ts", "video_stream_klv.json.zz", 30),
    ("h265_klv.ts", "video_stream_klv.json.zz", 30),
    ("mpeg2_klv.ts", "video_stream_klv.json.zz", 30),
    ("h265_tricky_klv.ts", "video_stream_tricky_klv.json.zz", 90),
]


def golden(name: str) -> list[dict[str, Any]]:
    return json.loads(zlib.decompress(shared_file(CONFORMANCE + name).read_bytes()))


def packets(name: str) -> tuple[KlvPacket, ...]:
    return read_packets([shared_file(CONFORMANCE + name).read_bytes()]).packets


def by_stream(ours: tuple[KlvPacket, ...]) -> list[KlvPacket]:
    """The packets of each stream together, streams in the order of their PIDs."""
    return sorted(ours, key=lambda packet: packet.pid or 0)


def by_stream_index(wanted: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(wanted, key=lambda packet: packet["stream-index"])


@pytest.mark.parametrize(("clip", "answers", "count"), CLIPS)
def test_every_item_of_a_clip_says_what_kwiver_says(clip, answers, count):
    ours, wanted = packets(clip), golden(answers)
    assert len(ours) == len(wanted) == count
    found: list[Difference] = []
    for packet, answer in zip(by_stream(ours), by_stream_index(wanted), strict=True):
        decoded = decode_packet(0, packet)
        found += compare_set(str(decoded.standard), decoded.entries, answer["value"])
    assert found == []
