"""Whole clips against kwiver's golden decode of them, item by item and to the depth of every nested set."""

import json
import zlib
from collections import Counter
from dataclasses import dataclass

import pytest

from atalaya.ingest.metadata_stream import KlvPacket
from atalaya.ingest.packet import decode_packet
from atalaya.ingest.stream import read_packets
from atalaya.ingest.value import Decoded, Entries, Flag, Value
from shared_data import shared_file

pytestmark = pytest.mark.shared

CONFORMANCE = "data/klv/conformance/"
CLIPS = [
    ("h264_klv.ts", "video_stream_klv.json.zz", 30),
    ("h265_klv.ts", "video_stream_klv.json.zz", 30),
    ("mpeg2_klv.ts", "video_stream_klv.json.zz", 30),
    ("h265_tricky_klv.ts", "video_stream_tricky_klv.json.zz", 90),
]
OPAQUE = {60, 61, 62, 140}
"""Items of ST 0601 that the charter keeps closed."""


@dataclass(frozen=True)
class Difference:
    path: str
    ours: object
    golden: object


def golden(name: str) -> list[dict]:
    return json.loads(zlib.decompress(shared_file(CONFORMANCE + name).read_bytes()))


def packets(name: str) -> tuple[KlvPacket, ...]:
    return read_packets([shared_file(CONFORMANCE + name).read_bytes()]).packets


def compare_set(path: str, ours: Entries, wanted: list[dict]) -> list[Difference]:
    """Items in any order (the golden decode sorts them); those of one tag in their own order."""
    wanted = [item for item in wanted if "integer" in item["key"]]
    left = [entry for entry in ours if entry.tag != 1 or any(one["key"]["integer"] == 1 for one in wanted)]
    tags, wanted_tags = [entry.tag for entry in left], [item["key"]["integer"] for item in wanted]
    if Counter(tags) != Counter(wanted_tags):
        return [Difference(path, sorted(tags), sorted(wanted_tags))]
    found = []
    for entry, item in zip(
        sorted(left, key=lambda one: one.tag), sorted(wanted, key=lambda one: one["key"]["integer"]), strict=True
    ):
        found += compare(f"{path}.{entry.tag}", entry.value, item["value"])
    return found


def compare(path: str, ours: Value, wanted: object) -> list[Difference]:
    if path.removeprefix("0601.") in {str(tag) for tag in OPAQUE}:
        is_closed = ours.flag is Flag.OPAQUE and ours.value is None
        return [] if is_closed else [Difference(path, ours, "nothing")]
    return compare_value(path, ours.value, wanted)


def compare_value(path: str, ours: Decoded, wanted: object) -> list[Difference]:
    same = False
    match wanted:
        case [{"key": _, "value": _}, *_] if isinstance(ours, tuple):
            return compare_set(path, ours, wanted)
        case [{"integer": _, "string": _}, *_] if isinstance(ours, int):
            same = ours == sum(1 << one["integer"] for one in wanted)
        case [] if isinstance(ours, int):
            same = ours == 0
        case {"length": _, "value": number}:
            return compare_value(path, ours, number)
        case {"integer": code, "string": _}:
            same = ours == code
        case {"bytes": _, "hex": octets} if isinstance(ours, str):
            same = ours.replace("-", "").lower() == octets.replace("-", "").replace(" ", "").lower()
        case dict() if isinstance(ours, dict):
            return compare_fields(path, ours, wanted)
        case list() if isinstance(ours, dict):
            return compare_value(path, ours["payloads"], wanted)
        case list() if isinstance(ours, list) and len(ours) == len(wanted):
            pairs = enumerate(zip(ours, wanted, strict=True))
            return [one for place, (a, b) in pairs for one in compare_value(f"{path}[{place}]", a, b)]
        case float() if isinstance(ours, int | float):
            same = ours == pytest.approx(wanted, rel=1e-9, abs=1e-12)
        case _:
            same = ours == wanted
    return [] if same else [Difference(path, ours, wanted)]


def compare_fields(path: str, ours: dict[str, Decoded], wanted: dict) -> list[Difference]:
    found = []
    for name, value in wanted.items():
        found += compare_value(f"{path}.{name}", ours.get(name.replace("-", "_")), value)
    return found


@pytest.mark.parametrize(("clip", "answers", "count"), CLIPS)
def test_every_item_of_a_clip_says_what_kwiver_says(clip, answers, count):
    ours, wanted = packets(clip), golden(answers)
    assert len(ours) == count
    differences: list[Difference] = []
    for packet, answer in zip(ours, wanted, strict=True):
        decoded = decode_packet(0, packet)
        differences += compare_set(str(decoded.standard), decoded.entries, answer["value"])
    assert differences == []
