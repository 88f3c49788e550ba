"""The packs of ST 0601: horizon, frame rate, countries, payloads, commands, wavelengths.

Source: MISB ST 0601.19, items 81, 115, 116, 121, 122, 127, 128, 138, 139, 143.
"""

from atalaya.errors import KlvError
from atalaya.ingest.ber import oid_bytes
from atalaya.ingest.codecs import Linear, whole_of
from atalaya.ingest.standards.packs import (
    Pack,
    PackReader,
    block_bytes,
    fields_of,
    list_of,
    mapped_bytes,
    of_length,
    text_bytes,
    truncations,
    unsigned_bytes,
)
from atalaya.ingest.standards.st0102 import COUNTRY_CODINGS, OBJECT_COUNTRY_CODINGS
from atalaya.ingest.value import Decoded, Flag

_CORNERS = ("x0", "y0", "x1", "y1")
_PLACES = {
    "latitude0": Linear(size=4, low=-90.0, high=90.0, signed=True),
    "longitude0": Linear(size=4, low=-180.0, high=180.0, signed=True),
    "latitude1": Linear(size=4, low=-90.0, high=90.0, signed=True),
    "longitude1": Linear(size=4, low=-180.0, high=180.0, signed=True),
}
_COUNTRIES = ("overflight_country", "operator_country", "country_of_manufacture")
_WAVELENGTH_NM = (0.0, 1e9, 4)
_MOST_PAYLOADS = 1 << 16


def _read_horizon(reader: PackReader) -> Decoded:
    found: dict[str, Decoded] = {name: reader.unsigned(1) for name in _CORNERS}
    for name, codec in _PLACES.items():
        if not reader.left:
            break
        place = codec.decode(reader.take(4))
        found[name] = place.value if place.flag is Flag.OK else None
    return found


def _write_horizon(value: Decoded, _length: int | None) -> bytes:
    fields = fields_of(value)
    said = [name for name in _PLACES if name in fields]
    if said != list(_PLACES)[: len(said)]:
        raise KlvError(f"places are said in the order {list(_PLACES)}, got {said}")
    corners = b"".join(unsigned_bytes(fields.get(name), 1) for name in _CORNERS)
    return corners + b"".join(_PLACES[name].encode(fields[name]) for name in said)


def _check_horizon(value: Decoded) -> str | None:
    beyond = [name for name in _CORNERS if whole_of(fields_of(value)[name]) > 100]
    return f"0 to 100 % was wanted for {beyond}" if beyond else None


IMAGE_HORIZON = Pack(read=_read_horizon, write=_write_horizon, check=_check_horizon)
"""Item 81: where the horizon enters and leaves the picture [%], and where these points lie [deg]."""


def _read_command(reader: PackReader) -> Decoded:
    return {
        "id": reader.oid(),
        "string": reader_text(reader),
        "timestamp": reader.unsigned(8) if reader.left else None,
    }


def reader_text(reader: PackReader) -> str:
    """A text whose length comes before it.

    Raises:
        KlvError: it ends early, or is not UTF-8.
    """
    block = PackReader(reader.block())
    return block.text(block.left)


def _write_command(value: Decoded, _length: int | None) -> bytes:
    fields = fields_of(value)
    time_us = fields.get("timestamp")
    said = oid_bytes(whole_of(fields.get("id"))) + block_bytes(text_bytes(fields.get("string")))
    return said + (b"" if time_us is None else unsigned_bytes(time_us, 8))


CONTROL_COMMAND = Pack(read=_read_command, write=_write_command)
"""Item 115: what was asked of the platform; its time [us] where it is not the packet's own."""


def _read_numbers(reader: PackReader) -> Decoded:
    found: list[Decoded] = []
    while reader.left:
        found.append(reader.oid())
    return found


def _write_numbers(value: Decoded, _length: int | None) -> bytes:
    return b"".join(oid_bytes(whole_of(number)) for number in list_of(value))


NUMBERS = Pack(read=_read_numbers, write=_write_numbers)
"""Items 116 and 121: numbers that other items explain."""


def _read_countries(reader: PackReader) -> Decoded:
    coding = PackReader(reader.block())
    found: dict[str, Decoded] = {"coding_method": coding.unsigned(1)}
    if coding.left:
        raise KlvError(f"a coding method of 1 byte was wanted, got {coding.left + 1}")
    for name in _COUNTRIES:
        found[name] = (reader_text(reader) or None) if reader.left else None
    return found


def _write_countries(value: Decoded, length: int | None) -> bytes:
    fields = fields_of(value)
    blocks = [unsigned_bytes(fields.get("coding_method"), 1)]
    for name in _COUNTRIES:
        country = fields.get(name)
        blocks.append(b"" if country is None else text_bytes(country))
    return of_length(truncations(blocks), length)


def _check_countries(value: Decoded) -> str | None:
    code = fields_of(value)["coding_method"]
    is_listed = code in COUNTRY_CODINGS or code in OBJECT_COUNTRY_CODINGS
    return None if is_listed else f"coding method {code} is not in the standard"


def _coding_word(value: Decoded) -> str | None:
    code = whole_of(fields_of(value)["coding_method"])
    word = COUNTRY_CODINGS.get(code)
    return word if word == OBJECT_COUNTRY_CODINGS.get(code) else None  # the two lists of ST 0102 differ


COUNTRY_CODES = Pack(read=_read_countries, write=_write_countries, check=_check_countries, label=_coding_word)
"""Item 122: the countries flown over, of the operator, of manufacture."""


def _read_rate(reader: PackReader) -> Decoded:
    return {"numerator": reader.oid(), "denominator": reader.oid() if reader.left else 1}


def _write_rate(value: Decoded, length: int | None) -> bytes:
    fields = fields_of(value) if isinstance(value, dict) else {"numerator": value}
    numerator = oid_bytes(whole_of(fields.get("numerator")))
    denominator = whole_of(fields.get("denominator", 1))
    whole = numerator + oid_bytes(denominator)
    return of_length([numerator, whole] if denominator == 1 else [whole], length)


def _check_rate(value: Decoded) -> str | None:
    is_over_zero = isinstance(value, dict) and value.get("denominator", 1) == 0
    return "a rate over 0 is none" if is_over_zero else None


def _rate_word(value: Decoded) -> str | None:
    fields = fields_of(value)
    return f"{whole_of(fields['numerator']) / whole_of(fields['denominator']):.2f} fps"


FRAME_RATE = Pack(read=_read_rate, write=_write_rate, check=_check_rate, label=_rate_word)
"""Item 127: pictures a second, as a fraction; `encode` takes a whole number as well."""


def _read_wavelengths(reader: PackReader) -> Decoded:
    found: list[Decoded] = []
    while reader.left:
        record = PackReader(reader.block())
        fields: dict[str, Decoded] = {"id": record.oid()}
        fields["min"], fields["max"] = record.mapped(*_WAVELENGTH_NM), record.mapped(*_WAVELENGTH_NM)
        fields["name"] = record.text(record.left)
        found.append(fields)
    return found


def _write_wavelengths(value: Decoded, _length: int | None) -> bytes:
    written = b""
    for one in list_of(value):
        fields = fields_of(one)
        limits = b"".join(mapped_bytes(fields.get(name), *_WAVELENGTH_NM) for name in ("min", "max"))
        written += block_bytes(
            oid_bytes(whole_of(fields.get("id"))) + limits + text_bytes(fields.get("name"))
        )
    return written


WAVELENGTHS = Pack(read=_read_wavelengths, write=_write_wavelengths, unit="nm")
"""Item 128: bands that item 121 names by number."""


def _read_payloads(reader: PackReader) -> Decoded:
    count = reader.oid()
    found: list[Decoded] = []
    while reader.left:
        record = PackReader(reader.block())
        found.append({"id": record.oid(), "type": record.oid(), "name": reader_text(record)})
        if record.left:
            raise KlvError(f"{record.left} bytes are left after a payload")
    return {"count": count, "payloads": found}


def _write_payloads(value: Decoded, _length: int | None) -> bytes:
    fields = fields_of(value)
    written = oid_bytes(whole_of(fields.get("count")))
    for one in list_of(fields.get("payloads")):
        record = fields_of(one)
        kind = oid_bytes(whole_of(record.get("id"))) + oid_bytes(whole_of(record.get("type")))
        written += block_bytes(kind + block_bytes(text_bytes(record.get("name"))))
    return written


PAYLOADS = Pack(read=_read_payloads, write=_write_payloads)
"""Item 138: how many payloads there are in all, and those listed here, named as the producer wrote them."""


def _read_active(reader: PackReader) -> Decoded:
    if reader.left > _MOST_PAYLOADS // 8:
        raise KlvError(f"at most {_MOST_PAYLOADS // 8} bytes of payload bits were wanted, got {reader.left}")
    octets = reversed(reader.take(reader.left))
    return [8 * place + bit for place, octet in enumerate(octets) for bit in range(8) if octet >> bit & 1]


def _write_active(value: Decoded, length: int | None) -> bytes:
    bits = 0
    for place in list_of(value):
        if not 0 <= whole_of(place) < _MOST_PAYLOADS:
            raise KlvError(f"the number of a payload was wanted, got {place!r}")
        bits |= 1 << whole_of(place)
    fewest = max(1, (bits.bit_length() + 7) // 8)
    return bits.to_bytes(max(fewest, length or 0), "big")


ACTIVE_PAYLOADS = Pack(read=_read_active, write=_write_active)
"""Item 139: numbers of the payloads of item 138 that are at work."""


def _read_substream(reader: PackReader) -> Decoded:
    local = reader.oid()
    return {"local_id": local, "universal_id": None if local else reader.take(16).hex()}


def _write_substream(value: Decoded, _length: int | None) -> bytes:
    fields = fields_of(value)
    local = whole_of(fields.get("local_id"))
    universal = fields.get("universal_id")
    if local:
        return oid_bytes(local)
    try:
        octets = bytes.fromhex(universal if isinstance(universal, str) else "")
    except ValueError:
        octets = b""
    if len(octets) != 16:
        raise KlvError(f"16 bytes in hexadecimal were wanted, got {universal!r}")
    return b"\x00" + octets


METADATA_SUBSTREAM = Pack(read=_read_substream, write=_write_substream)
"""Item 143: which of several metadata streams this is, by number or, where that is 0, by UUID."""
