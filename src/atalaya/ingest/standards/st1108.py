"""ST 1108: how good a picture is (interpretability and quality), revision .3.

Source: MISB ST 1108.3.
"""

from dataclasses import dataclass

from atalaya.errors import KlvError
from atalaya.ingest.ber import oid_bytes, read_oid
from atalaya.ingest.checksum import Closing, Summing
from atalaya.ingest.codecs import Coded, Floating, Integer, Text, whole_of
from atalaya.ingest.local_set import Nested, SetSpec, specs
from atalaya.ingest.packs import Field, TruncatedPack
from atalaya.ingest.value import Decoded, Value, cleared, malformed

_TEXT = Text(longest=65_535)
_RECORD_SEPARATOR = "\x1e"
_CORNERS = ("starting_row", "starting_column", "ending_row", "ending_column")
_PERIOD = TruncatedPack(
    groups=(
        (
            Field(name="start_us", size=8, codec=Integer(size=8)),
            Field(name="offset_us", size=4, codec=Integer(size=4)),
        ),
    ),
    needed=2,
)
_ASSESSMENT_POINT = Coded(
    labels={1: "Sensor", 2: "Sensor Encoder", 3: "GCS Received", 4: "GCS Transmit", 5: "Library/Archive"}
)
_COMPRESSION_TYPE = Coded(
    labels={0: "Uncompressed", 1: "H.262 (MPEG-2)", 2: "H.264 (AVC)", 3: "H.265 (HEVC)", 4: "JPEG2000"}
)
_COMPRESSION_PROFILE = Coded(
    labels={
        0: "N/A (uncompressed)",
        1: "Main (H.264)",
        2: "Main 10 (H.265)",
        3: "Constrained Baseline (H.264)",
        4: "High (H.264)",
        5: "Main 4:2:2 12 (H.265)",
        6: "Main 4:4:4 12 (H.265)",
        7: "High 4:2:2 (H.264)",
        8: "High 4:4:4 Predictive (H.264)",
    }
)


@dataclass(frozen=True, slots=True)
class WindowCorners:
    """Two corners of a part of the picture as four BER-OID numbers."""

    def decode(self, data: bytes) -> Value:
        """See Codec."""
        if not data:
            return cleared()
        found: dict[str, Decoded] = {}
        at = 0
        try:
            for name in _CORNERS:
                found[name], at = read_oid(data, at)
        except KlvError as error:
            return malformed(data, str(error))
        if at != len(data):
            return malformed(data, f"{len(data) - at} bytes are left after the corners")
        return Value(value=found, raw=data)

    def encode(self, value: Decoded, _length: int | None = None) -> bytes:
        """See Codec.

        Raises:
            KlvError: no such object.
        """
        if not isinstance(value, dict) or value.keys() != set(_CORNERS):
            raise KlvError(f"an object of {list(_CORNERS)} was wanted, got {value!r}")
        return b"".join(oid_bytes(whole_of(value[name])) for name in _CORNERS)


@dataclass(frozen=True, slots=True)
class Implementer:
    """Who works a metric out: an organization and a group of it, a record separator between them."""

    def decode(self, data: bytes) -> Value:
        """See Codec."""
        text = _TEXT.decode(data)
        if not isinstance(text.value, str):
            return text
        parts = text.value.split(_RECORD_SEPARATOR)
        if len(parts) != 2 or not all(parts):
            return malformed(data, "an organization and a group were wanted, a record separator between them")
        said: Decoded = {"organization": parts[0], "subgroup": parts[1]}
        return Value(value=said, raw=data, label=" - ".join(parts))

    def encode(self, value: Decoded, _length: int | None = None) -> bytes:
        """See Codec.

        Raises:
            KlvError: no such object.
        """
        if not isinstance(value, dict) or value.keys() != {"organization", "subgroup"}:
            raise KlvError(f"an object of organization and subgroup was wanted, got {value!r}")
        return _TEXT.encode(f"{value['organization']}{_RECORD_SEPARATOR}{value['subgroup']}")


METRIC = SetSpec(
    standard="1108",
    title="Metric Local Set",
    key=bytes.fromhex("060e2b34020301010e01050100000000"),
    time_tag=5,
    items=specs(
        (1, "Metric Name", _TEXT),
        (2, "Metric Version", _TEXT),
        (3, "Metric Implementer", Implementer()),
        (4, "Metric Parameters", _TEXT),
        (5, "Metric Time", Integer(size=8, unit="us")),
        (6, "Metric Value", Floating()),
    ),
)

INTERPRETABILITY_AND_QUALITY = SetSpec(
    standard="1108",
    title="Interpretability and Quality Local Set",
    key=bytes.fromhex("060e2b34020301010e0103031c000000"),
    crc=Closing(11, Summing.CRC_16),
    version_tag=10,
    items=specs(
        (1, "Assessment Point", _ASSESSMENT_POINT),
        (2, "Metric Period Pack", _PERIOD),
        (3, "Window Corners Pack", WindowCorners()),
        (4, "Metric Local Set", Nested(lambda: METRIC)),
        (5, "Compression Type", _COMPRESSION_TYPE),
        (6, "Compression Profile", _COMPRESSION_PROFILE),
        (7, "Compression Level", Text(longest=3)),
        (8, "Compression Ratio", Floating()),
        (9, "Stream Bitrate", Integer(size=2, unit="kbit/s")),
        (10, "Document Version", Integer(size=1)),
        (11, "CRC-16-CCITT", Integer(size=2)),
    ),
)
