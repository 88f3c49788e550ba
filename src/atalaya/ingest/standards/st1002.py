"""ST 1002: distances measured across a picture (range motion imagery).

Source: MISB ST 1002.2; ST 1303.2 for the arrays of a section.
"""

from dataclasses import dataclass

from atalaya.errors import KlvError
from atalaya.ingest.ber import length_bytes, oid_bytes, read_length
from atalaya.ingest.checksum import Closing, Summing
from atalaya.ingest.codecs import Floating, Integer, whole_of
from atalaya.ingest.local_set import Nested, SetSpec, specs
from atalaya.ingest.series import OidNumber
from atalaya.ingest.standards.st1202 import GENERALIZED_TRANSFORMATION
from atalaya.ingest.standards.st1303 import FLOATS, Mdarray
from atalaya.ingest.value import Codec, Decoded, Flag, Value, cleared, malformed

_COMPRESSION_METHODS = ("None", "Planar Fit")
_DATA_TYPES = ("Perspective Range Image", "Depth Range Image")
_SOURCES = ("Computationally Extracted", "Range Sensor")
_MEASUREMENT = Floating(unit="m")
_COORDINATE = Floating(unit="px")
_ARRAY = Mdarray(natural=FLOATS)
_NEEDED: tuple[tuple[str, Codec], ...] = (
    ("section_x", OidNumber()),
    ("section_y", OidNumber()),
    ("measurements_m", _ARRAY),
)
_OPTIONAL: tuple[tuple[str, Codec], ...] = (
    ("uncertainty_m", _ARRAY),
    ("plane_x_scale", Floating()),
    ("plane_y_scale", Floating()),
    ("plane_constant", Floating()),
)
_PARTS = _NEEDED + _OPTIONAL


@dataclass(frozen=True, slots=True)
class Enumerations:
    """Three codes in the bits of one BER-OID number: an object of codes, their words as label."""

    def decode(self, data: bytes) -> Value:
        """See Codec."""
        written = OidNumber().decode(data)
        if written.flag is not Flag.OK:
            return written
        number = whole_of(written.value)
        compression_method, data_type, source = number & 7, number >> 3 & 7, number >> 6
        if (
            compression_method >= len(_COMPRESSION_METHODS)
            or data_type >= len(_DATA_TYPES)
            or source >= len(_SOURCES)
        ):
            reason = f"code {number:#x} is not in the standard"
            return Value(value=None, raw=data, flag=Flag.OUT_OF_RANGE, reason=reason)
        said: Decoded = {"compression_method": compression_method, "data_type": data_type, "source": source}
        words = _COMPRESSION_METHODS[compression_method], _DATA_TYPES[data_type], _SOURCES[source]
        return Value(value=said, raw=data, label=", ".join(words))

    def encode(self, value: Decoded, _length: int | None = None) -> bytes:
        """See Codec.

        Raises:
            KlvError: no such object, or codes that the standard does not have.
        """
        if not isinstance(value, dict) or value.keys() != {"compression_method", "data_type", "source"}:
            raise KlvError(f"an object of compression_method, data_type, source was wanted, got {value!r}")
        codes = [whole_of(value[name]) for name in ("compression_method", "data_type", "source")]
        if not all(code in (0, 1) for code in codes):
            raise KlvError(f"codes of 0 and 1 were wanted, got {value!r}")
        return oid_bytes(codes[2] << 6 | codes[1] << 3 | codes[0])


@dataclass(frozen=True, slots=True)
class SectionData:
    """A section of the picture: where it is, its distances, their uncertainty, the plane taken out of them.

    Each part has a length before it; the last ones may be left out, and one of no bytes is None.
    """

    def decode(self, data: bytes) -> Value:
        """See Codec."""
        if not data:
            return cleared()
        try:
            return Value(value=_section(data), raw=data)
        except KlvError as error:
            return malformed(data, str(error))

    def encode(self, value: Decoded, _length: int | None = None) -> bytes:
        """See Codec.

        Raises:
            KlvError: no such object, or a part that cannot be said.
        """
        if not isinstance(value, dict) or not {name for name, _ in _NEEDED} <= value.keys():
            raise KlvError(f"an object of {[name for name, _ in _PARTS]} was wanted, got {value!r}")
        written = b""
        for name, codec in _PARTS[: len(value)]:
            if name not in value:
                raise KlvError(f"{name} was wanted before the parts after it")
            part = value[name]
            body = b"" if part is None else codec.encode(part)
            written += length_bytes(len(body)) + body
        return written


def _section(data: bytes) -> dict[str, Decoded]:
    """The parts of a section.

    Raises:
        KlvError: one cannot be read, or bytes are left.
    """
    found: dict[str, Decoded] = {}
    at = 0
    for name, codec in _PARTS:
        if at == len(data) and len(found) >= len(_NEEDED):
            break
        length, start = read_length(data, at)
        at = start + length
        if at > len(data):
            raise KlvError(f"{name} says {length} bytes, {len(data) - start} are left")
        value = codec.decode(data[start:at])
        if value.flag is Flag.MALFORMED or (value.value is None and len(found) < len(_NEEDED)):
            raise KlvError(f"{name}: {value.reason}")
        found[name] = value.value
    if at != len(data):
        raise KlvError(f"{len(data) - at} bytes are left after the section")
    return found


RANGE_IMAGE = SetSpec(
    standard="1002",
    title="Range Motion Imagery Local Set",
    key=bytes.fromhex("060e2b34020b01010e0103030c000000"),
    crc=Closing(21, Summing.CRC_16),
    version_tag=11,
    time_tag=1,
    items=specs(
        (1, "Precision Time Stamp", Integer(size=8, unit="us")),
        (11, "Document Version", OidNumber()),
        (12, "Range Image Enumerations", Enumerations()),
        (13, "Single Point Range Measurement", _MEASUREMENT),
        (14, "Single Point Range Measurement Uncertainty", _MEASUREMENT),
        (15, "Single Point Range Measurement Row Coordinate", _COORDINATE),
        (16, "Single Point Range Measurement Column Coordinate", _COORDINATE),
        (17, "Number of Sections in X", OidNumber()),
        (18, "Number of Sections in Y", OidNumber()),
        (19, "Generalized Transformation Local Set", Nested(lambda: GENERALIZED_TRANSFORMATION)),
        (20, "Section Data Pack", SectionData()),
        (21, "CRC-16-CCITT", Integer(size=2)),
    ),
)
