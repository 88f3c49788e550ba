"""kwiver's golden decode of its own streams, set beside ours: the same values, whatever they are called."""

import json
import math
import zlib
from base64 import b64decode
from typing import Any

from atalaya.ingest.ber import read_length, walk
from atalaya.ingest.metadata_stream import KlvPacket
from atalaya.ingest.stream import read_packets
from atalaya.ingest.value import Decoded, Entries, Entry, Flag
from shared_data import shared_file

KWIVER = "data/klv/conformance/h264_klv.ts"
GOLDEN = "data/klv/conformance/video_stream_klv.json.zz"
NAMES = {
    "latitude": "lat_deg",
    "longitude": "lon_deg",
    "altitude": "hae_m",
    "id": "target_id",
    "index": "pixel_number",
    "length": "run_px",
    "type": "data_type",
    "apa": "algorithm",
    "element-size": "element_bytes",
    "elements": "values",
    "lower-bound": "low",
    "upper-bound": "high",
}
"""kwiver's word for a field of an object, and ours."""


def golden_items(tag: int) -> list[Any]:
    """Every value that the golden decode gives for an ST 0601 item, each once, in order."""
    packets = json.loads(zlib.decompress(shared_file(GOLDEN).read_bytes()))
    found: list[Any] = []
    for packet in packets:
        for item in packet["value"]:
            if item["key"]["integer"] == tag and item["value"] not in found:
                found.append(item["value"])
    return found


def packets_of(name: str) -> list[KlvPacket]:
    """The packets of a shared stream."""
    return list(read_packets([shared_file(name).read_bytes()]).packets)


def values_of(packet: KlvPacket, tag: int) -> list[bytes]:
    """The bytes of an item of a whole ST 0601 packet, each time that it comes."""
    _, start = read_length(packet.data, 16)
    return [packet.data[item.start : item.end] for item in walk(packet.data, start) if item.tag == tag]


def differences(theirs: Any, entries: Entries, path: str = "") -> list[str]:
    """What a golden set says otherwise than ours, item by item; empty where they agree."""
    if [item["key"]["integer"] for item in theirs] != [entry.tag for entry in entries]:
        return [f"{path}: other items {[entry.tag for entry in entries]}"]
    found: list[str] = []
    for item, entry in zip(theirs, entries, strict=True):
        found += _of_item(item, entry, f"{path}{entry.tag}")
    return found


def _of_item(item: Any, entry: Entry, path: str) -> list[str]:
    theirs, ours = item["value"], entry.value
    if ours.flag is Flag.OPAQUE or theirs == ours.label:
        return []
    if theirs is None:
        if "value-unparsed-bytes" in item:
            return []
        return [] if ours.flag is Flag.ZERO_LENGTH else [f"{path}: {ours} for nothing"]
    if isinstance(ours.value, tuple):
        return differences(theirs, ours.value, f"{path}.")
    return _of_value(theirs, ours.value, path)


def _of_value(theirs: Any, ours: Decoded, path: str) -> list[str]:
    match theirs, ours:
        case {"integer": plain, "string": _} | {"length": _, "value": plain}, _:
            found = _unlike(plain, ours, path)
        case {"bytes": _, "hex": text}, str():
            found = _unlike(text.replace("-", ""), ours.replace("-", ""), path)
        case str(), str() if theirs != ours:
            found = _unlike(b64decode(theirs).hex(), ours, path)
        case {"id": number, "set": items}, {"target_id": own, "items": tuple(entries)}:
            found = _unlike(number, own, path) + differences(items, entries, f"{path}({number}).")
        case list(), tuple(entries):
            found = differences(theirs, entries, f"{path}.")
        case int(), list():
            channels = bytes(one for one in ours if isinstance(one, int))
            found = _unlike(theirs, int.from_bytes(channels), path)
        case list(), list() if len(theirs) == len(ours):
            pairs = enumerate(zip(theirs, ours, strict=True))
            found = [line for at, (one, other) in pairs for line in _of_value(one, other, f"{path}[{at}]")]
        case dict(), dict():
            found = [line for key, one in theirs.items() for line in _of_field(key, one, ours, path)]
        case _:
            found = _unlike(theirs, ours, path)
    return found


def _of_field(key: str, theirs: Any, ours: dict[str, Decoded], path: str) -> list[str]:
    if theirs is None:
        word = {"rho": "correlation"}.get(key, key.replace("-", "_"))
        return [
            f"{path}: {name} for nothing" for name in ours if name.startswith(word) and ours[name] is not None
        ]
    if key == "apa-params-length":
        return _unlike(theirs, whole(ours.get("bounds_bytes")), f"{path}.{key}")
    if key == "imap-params":
        return [line for bound, one in theirs.items() for line in _of_field(bound, one, ours, path)]
    word = NAMES.get(key, key.replace("-", "_"))
    names = [name for name in ours if name == word or name.startswith(f"{word}_")]
    if len(names) != 1 and key == "id":
        names = [name for name in ours if name == "numeric_id"]
    if len(names) != 1:
        return [f"{path}: no {key} in {sorted(ours)}"]
    return _of_value(theirs, ours[names[0]], f"{path}.{key}")


def whole(value: Decoded) -> int:
    return value if isinstance(value, int) else 0


def _unlike(theirs: Any, ours: Any, path: str) -> list[str]:
    numbers = isinstance(theirs, float) and isinstance(ours, float)
    same = math.isclose(theirs, ours, rel_tol=1e-12, abs_tol=1e-12) if numbers else theirs == ours
    return [] if same else [f"{path}: {ours!r}, kwiver says {theirs!r}"]
