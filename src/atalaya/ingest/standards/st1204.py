"""ST 1204, the MIIS core identifier: which sensor on which platform made the pictures, as bytes and as text.

Source: MISB ST 1204.3, binary and text representation, check value.
"""

from itertools import accumulate, repeat

from atalaya.errors import KlvError
from atalaya.ingest.ber import oid_bytes
from atalaya.ingest.codecs import whole_of
from atalaya.ingest.standards.packs import Pack, PackReader, fields_of, unsigned_bytes
from atalaya.ingest.value import Decoded

ID_TYPES = {0: "None", 1: "Managed", 2: "Virtual", 3: "Physical"}
"""How a sensor's or a platform's identifier was made."""

_UUID_BYTES = 16
_RESERVED_BITS = 0b1000_0001


def _usage(sensor: int, platform: int, *, window: bool, minor: bool) -> int:
    return sensor << 5 | platform << 3 | window << 2 | minor << 1


def _read(reader: PackReader) -> Decoded:
    version, usage = reader.oid(), reader.unsigned(1)
    if usage & _RESERVED_BITS:
        raise KlvError(f"usage bits {usage:08b} are not all in the standard")
    sensor, platform = usage >> 5 & 3, usage >> 3 & 3
    there = {
        "sensor_id": sensor,
        "platform_id": platform,
        "window_id": usage >> 2 & 1,
        "minor_id": usage >> 1 & 1,
    }
    found: dict[str, Decoded] = {
        "version": version,
        "sensor_id_type": sensor,
        "platform_id_type": platform,
    }
    for name, present in there.items():
        found[name] = grouped(reader.take(_UUID_BYTES)) if present else None
    return found


def grouped(octets: bytes) -> str:
    """A UUID as ST 1204 writes it: eight groups of four."""
    return octets.hex("-", 2).upper()


def _octets(value: Decoded) -> bytes:
    if value is None:
        return b""
    try:
        octets = bytes.fromhex(value.replace("-", "") if isinstance(value, str) else "")
    except ValueError:
        octets = b""
    if len(octets) != _UUID_BYTES:
        raise KlvError(f"a UUID was wanted, got {value!r}")
    return octets


def _write(value: Decoded, _length: int | None) -> bytes:
    fields = fields_of(parsed(value) if isinstance(value, str) else value)
    ids = [_octets(fields.get(name)) for name in ("sensor_id", "platform_id", "window_id", "minor_id")]
    kinds = [whole_of(fields.get(name, 0)) for name in ("sensor_id_type", "platform_id_type")]
    if any(
        kind not in ID_TYPES or bool(kind) != bool(octets) for kind, octets in zip(kinds, ids, strict=False)
    ):
        raise KlvError(f"a type of 0 to 3 was wanted for each identifier that is there, got {kinds}")
    usage = _usage(*kinds, window=bool(ids[2]), minor=bool(ids[3]))
    return oid_bytes(whole_of(fields.get("version"))) + unsigned_bytes(usage, 1) + b"".join(ids)


def text_of(value: Decoded) -> str | None:
    """The text form of a core identifier as `CORE_IDENTIFIER` reads it, with its check value.

    Raises:
        KlvError: the value is no core identifier.
    """
    data = _write(value, None)
    reader = PackReader(data)
    version, usage = reader.oid(), reader.unsigned(1)
    ids: list[str] = []
    while reader.left:
        ids.append(grouped(reader.take(_UUID_BYTES)))
    said = f"{version:02X}{usage:02X}:{'/'.join(ids)}"
    return f"{said}:{check_value(said):02X}"


def parsed(text: str) -> Decoded:
    """The core identifier that a text form says.

    Raises:
        KlvError: it is none, or its check value does not hold.
    """
    said, _, check = text.strip().rpartition(":")
    head, _, ids = said.partition(":")
    try:
        data = bytes.fromhex(head) + bytes.fromhex(ids.replace("-", "").replace("/", ""))
        holds = int(check, 16) == check_value(said)
    except ValueError as error:
        raise KlvError(f"the text of a core identifier was wanted, got {text!r}") from error
    if not holds:
        raise KlvError(f"the check value {check} does not hold, {check_value(said):02X} was wanted")
    reader = PackReader(data)
    found = _read(reader)
    if reader.left:
        raise KlvError(f"{reader.left} bytes are left after the core identifier")
    return found


def _first_map(digit: int) -> int:
    a, b, c, d = digit >> 3 & 1, digit >> 2 & 1, digit >> 1 & 1, digit & 1
    return (a ^ b) << 3 | c << 2 | d << 1 | a


def _second_map(digit: int) -> int:
    a, b, c, d = digit >> 3 & 1, digit >> 2 & 1, digit >> 1 & 1, digit & 1
    return d << 3 | (a ^ d) << 2 | b << 1 | c


def _powers(digit: int, *, second: bool) -> list[int]:
    step = _second_map if second else _first_map
    return list(accumulate(repeat(digit, 15), lambda before, _: step(before)))


_FIRST = [_powers(digit, second=False) for digit in range(16)]
_SECOND = [_powers(digit, second=True) for digit in range(16)]


def check_value(text: str) -> int:
    """The check value (0 to 255) over the hexadecimal digits of a text; all else in it is passed over."""
    first = second = 0
    digits = (int(letter, 16) for letter in text if letter in "0123456789abcdefABCDEF")
    for place, digit in enumerate(digits, start=1):
        first ^= _FIRST[digit][place % 15]
        second ^= _SECOND[digit][place % 15]
    return first << 4 | second


CORE_IDENTIFIER = Pack(read=_read, write=_write, label=text_of)
"""Item 94 of ST 0601, item 13 of ST 0903; the label is its text form, which `encode` takes as well."""
