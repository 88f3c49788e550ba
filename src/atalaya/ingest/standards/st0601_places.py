"""Places and directions in ST 0601: airbases, waypoints, what the sensor can look at.

Source: MISB ST 0601.19, items 130, 141, 142.
"""

from atalaya.errors import KlvError
from atalaya.ingest.ber import oid_bytes
from atalaya.ingest.codecs import whole_of
from atalaya.ingest.standards.packs import (
    Pack,
    PackReader,
    block_bytes,
    fields_of,
    list_of,
    mapped_bytes,
    of_length,
    record_of,
    truncations,
    unsigned_bytes,
)
from atalaya.ingest.value import Decoded

_LATITUDE, _LONGITUDE, _HEIGHT = (-90.0, 90.0, 4), (-180.0, 180.0, 4), (-900.0, 9_000.0, 3)
_AIRBASES = ("take_off_location", "recovery_location")
_STARTS_DEG = {"azimuth": (0.0, 360.0), "elevation": (-180.0, 180.0), "roll": (0.0, 360.0)}
_CIRCLE_DEG = (0.0, 360.0)
_MOST_SEMI_BYTES = 8
_ORDERS = range(-(1 << 15), 1 << 15)


def _read_location(data: bytes) -> Decoded:
    """Latitude, longitude [deg] and, where it is said, height above the ellipsoid [m]."""
    reader = PackReader(data)
    found: dict[str, Decoded] = {"latitude": reader.mapped(*_LATITUDE)}
    found["longitude"] = reader.mapped(*_LONGITUDE)
    if reader.left:
        found["altitude"] = reader.mapped(*_HEIGHT)
    if reader.left:
        raise KlvError(f"a location of 8 or 11 bytes was wanted, got {len(data)}")
    return found


def _location_bytes(value: Decoded) -> bytes:
    fields = fields_of(value)
    where = mapped_bytes(fields.get("latitude"), *_LATITUDE)
    where += mapped_bytes(fields.get("longitude"), *_LONGITUDE)
    return where + (mapped_bytes(fields["altitude"], *_HEIGHT) if "altitude" in fields else b"")


def _read_airbases(reader: PackReader) -> Decoded:
    take_off = reader.block()
    recovery = reader.block() if reader.left else take_off  # left out: the same place
    return {
        "take_off_location": _read_location(take_off) if take_off else None,
        "recovery_location": _read_location(recovery) if recovery else None,
    }


def _write_airbases(value: Decoded, length: int | None) -> bytes:
    fields = record_of(value, _AIRBASES)
    take_off, recovery = (fields.get(name) for name in _AIRBASES)
    one = block_bytes(b"" if take_off is None else _location_bytes(take_off))
    both = one + block_bytes(b"" if recovery is None else _location_bytes(recovery))
    return of_length([one, both] if take_off == recovery else [both], length)


AIRBASES = Pack(read=_read_airbases, write=_write_airbases)
"""Item 130: where the flight began and where it is to end; None where unknown."""


def _read_waypoints(reader: PackReader) -> Decoded:
    found: list[Decoded] = []
    while reader.left:
        record = PackReader(reader.block())
        fields: dict[str, Decoded] = {
            "id": record.oid(),
            "order": int.from_bytes(record.take(2), "big", signed=True),
        }
        if record.left:
            fields["info"] = record.unsigned(1)
        if record.left:
            fields["location"] = _read_location(record.take(record.left))
        found.append(fields)
    return found


def _write_waypoints(value: Decoded, _length: int | None) -> bytes:
    return b"".join(block_bytes(_waypoint_bytes(fields_of(one))) for one in list_of(value))


def _waypoint_bytes(fields: dict[str, Decoded]) -> bytes:
    order = whole_of(fields.get("order"))
    if order not in _ORDERS:
        raise KlvError(f"an order of 2 bytes was wanted, got {order}")
    written = oid_bytes(whole_of(fields.get("id"))) + order.to_bytes(2, "big", signed=True)
    if "info" not in fields and "location" in fields:
        raise KlvError("a waypoint with a location says its info as well")
    written += unsigned_bytes(fields["info"], 1) if "info" in fields else b""
    return written + (_location_bytes(fields["location"]) if "location" in fields else b"")


WAYPOINTS = Pack(read=_read_waypoints, write=_write_waypoints)
"""Item 141: waypoints; bit 0 of `info` says manual mode, bit 1 that it was added in flight."""


def _read_view_domain(reader: PackReader) -> Decoded:
    found: dict[str, Decoded] = {}
    for name, start in _STARTS_DEG.items():
        found[name] = _read_interval(reader.block(), start) if reader.left else None
    return found


def _read_interval(data: bytes, start: tuple[float, float]) -> Decoded:
    if not data:
        return None
    size, odd = divmod(len(data), 2)
    if odd or size > _MOST_SEMI_BYTES:
        raise KlvError(f"two numbers of the same length were wanted, got {len(data)} bytes")
    reader = PackReader(data)
    return {
        "start": reader.mapped(*start, size),
        "range": reader.mapped(*_CIRCLE_DEG, size),
        "semi_length": size,
    }


def _write_view_domain(value: Decoded, length: int | None) -> bytes:
    fields = record_of(value, _STARTS_DEG)
    blocks = [_interval_bytes(fields.get(name), start) for name, start in _STARTS_DEG.items()]
    return of_length(truncations(blocks), length)


def _interval_bytes(value: Decoded, start: tuple[float, float]) -> bytes:
    if value is None:
        return b""
    fields = fields_of(value)
    size = whole_of(fields.get("semi_length", 3))
    return mapped_bytes(fields.get("start"), *start, size) + mapped_bytes(
        fields.get("range"), *_CIRCLE_DEG, size
    )


VIEW_DOMAIN = Pack(read=_read_view_domain, write=_write_view_domain, unit="deg")
"""Item 142: from where and how far the sensor can turn, by axis."""
