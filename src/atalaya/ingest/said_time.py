"""The time that each packet says, without decoding the rest of it."""

from collections.abc import Sequence

import numpy as np

from atalaya.errors import KlvError
from atalaya.ingest.ber import read_length, walk
from atalaya.ingest.checksum import ChecksumState, checksum_state
from atalaya.ingest.local_set import SetSpec
from atalaya.ingest.metadata_stream import KlvPacket
from atalaya.ingest.standards.catalogue import LOCAL_SETS_BY_KEY, UNIVERSAL_SETS_BY_KEY
from atalaya.ingest.universal_set import KEY_BYTES, UniversalSpec, read_universal
from atalaya.units import Microseconds, MicrosecondsArray

UNKNOWN = -1
_TIME_BYTES = 8
_LATEST_US = (1 << 63) - 1


def said_times(packets: Sequence[KlvPacket]) -> MicrosecondsArray:
    """(N,) int64, what each packet says as its time [µs], as `said_time_us`."""
    return np.array([said_time_us(packet) for packet in packets], dtype=np.int64)


def said_time_us(packet: KlvPacket) -> Microseconds:
    """The time stamp of a packet as written [µs].

    Never raises. -1 where its set has none or is not known, where it cannot be read, and where the packet's
    checksum fails: a time that may be wrong is none.
    """
    key = packet.data[:KEY_BYTES]
    local, universal = LOCAL_SETS_BY_KEY.get(key), UNIVERSAL_SETS_BY_KEY.get(key)
    try:
        _, start = read_length(packet.data, KEY_BYTES)
        if universal is not None:
            return _in_universal(universal, packet.data[start:])
        return UNKNOWN if local is None else _in_local(local, packet.data, start)
    except KlvError:
        return UNKNOWN


def _in_local(spec: SetSpec, data: bytes, start: int) -> Microseconds:
    if spec.time_tag is None:
        return UNKNOWN
    if spec.closing is not None and checksum_state(data, spec.closing) is ChecksumState.FAILED:
        return UNKNOWN
    for item in walk(data, start):
        if item.tag == spec.time_tag:
            return _whole(data[item.start : item.end])
    return UNKNOWN


def _in_universal(spec: UniversalSpec, data: bytes) -> Microseconds:
    entries, _ = read_universal(spec, data)
    said = (entry.value.raw for entry in entries if entry.tag and entry.tag == spec.time_tag)
    return _whole(next(said, b""))


def _whole(data: bytes) -> Microseconds:
    time_us = int.from_bytes(data, "big")
    return time_us if len(data) == _TIME_BYTES and time_us <= _LATEST_US else UNKNOWN
