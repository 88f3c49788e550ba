"""EG 0104 packets made for the tests: items by the names of the catalogue."""

import struct

from atalaya.ingest.ber import length_bytes
from atalaya.ingest.metadata_stream import KlvPacket
from atalaya.ingest.standards.eg0104 import PREDATOR
from atalaya.ingest.stream import PREDATOR_KEY
from atalaya.ingest.universal_set import UniversalItem

ITEMS: dict[str, UniversalItem] = {one.name: one for one in PREDATOR.items.values() if one.name}
A_LOOK: dict[str, float] = {
    "Platform Heading Angle": 20.0,
    "Platform Pitch Angle": 3.0,
    "Platform Roll Angle": -4.0,
    "Device Latitude": -34.8381,
    "Device Longitude": 138.568,
    "Device Altitude (MSL)": 3233.5,
    "Field of View (Horizontal)": 0.8,
    "Field of View (Vertical)": 0.6,
    "Angle to North (World)": 49.4,
    "Obliquity Angle (World)": -21.4,
    "Sensor Roll Angle (World)": 0.0,
    "Slant Range": 8861.0,
}


def predator_bytes(
    values: dict[str, float | int | bytes], *, time_us: int | None = 1_221_665_012_027_000
) -> bytes:
    """One whole packet; floats go in eight bytes, integers in eight, bytes as they are."""
    timed = {} if time_us is None else {"User Defined Time Stamp": time_us}
    body = b""
    for name, value in (timed | values).items():
        octets = (
            value
            if isinstance(value, bytes)
            else struct.pack(">d" if isinstance(value, float) else ">Q", value)
        )
        body += ITEMS[name].key + length_bytes(len(octets)) + octets
    return PREDATOR_KEY + length_bytes(len(body)) + body


def predator_packet(data: bytes, *, repaired: bool = False) -> KlvPacket:
    """The same as a reader gives it."""
    return KlvPacket(
        offset=0,
        last_offset=len(data) - 1,
        length=len(data),
        pid=None,
        pts_s=None,
        data=data,
        checksum_ok=False,
        repaired=repaired,
    )
