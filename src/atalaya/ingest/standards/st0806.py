"""ST 0806: what a remote video terminal is told, with its points and areas of interest.

Item 6 concerns the effect of munitions: it is opaque by charter.

Source: MISB ST 0806.4; MIL-STD-2525B for the icons' names.
"""

from dataclasses import dataclass, replace

from atalaya.errors import KlvError
from atalaya.ingest.checksum import Closing, Summing
from atalaya.ingest.codecs import Coded, Integer, Linear, Opaque, Raw, Text, whole_of
from atalaya.ingest.local_set import Nested, SetSpec, specs
from atalaya.ingest.value import Decoded, Entries, Flag, Value, cleared, malformed

_LATITUDE = Linear(size=4, low=-90.0, high=90.0, signed=True, unit="deg")
_LONGITUDE = Linear(size=4, low=-180.0, high=180.0, signed=True, unit="deg")
_PLACE_TYPE = Coded(labels={1: "Friendly", 2: "Hostile", 3: "Target", 4: "Unknown"})
_DATA_TYPES = ("String", "Signed Integer", "Unsigned Integer", "Experimental")
_GRID_METRES = Integer(size=3, low=0, high=99_999, unit="m")
_ZONE = Integer(size=1, low=1, high=60)
_SQUARE_LETTERS = 3
_HIGHEST_NUMERIC_ID = 63


@dataclass(frozen=True, slots=True)
class GridSquare:
    """Latitude band and 100 km square of MGRS: three letters."""

    def decode(self, data: bytes) -> Value:
        """See Codec."""
        if not data:
            return cleared()
        if len(data) != _SQUARE_LETTERS or not data.isascii() or not data.decode("ascii").isprintable():
            return malformed(data, f"three letters were wanted, got {data!r}")
        letters = data.decode("ascii")
        said: Decoded = {"latitude_band": letters[0], "grid_square": letters[1:]}
        return Value(value=said, raw=data, label=letters)

    def encode(self, value: Decoded, _length: int | None = None) -> bytes:
        """See Codec; the object, or the three letters.

        Raises:
            KlvError: not three letters.
        """
        if isinstance(value, dict) and value.keys() == {"latitude_band", "grid_square"}:
            value = f"{value['latitude_band']}{value['grid_square']}"
        if not isinstance(value, str) or len(value) != _SQUARE_LETTERS or not value.isascii():
            raise KlvError(f"three letters were wanted, got {value!r}")
        return value.encode("ascii")


@dataclass(frozen=True, slots=True)
class NumericId:
    """A number of 0 to 63, and in which form the user's data is."""

    def decode(self, data: bytes) -> Value:
        """See Codec."""
        if not data:
            return cleared()
        if len(data) != 1:
            return malformed(data, f"1 byte was wanted, got {len(data)}")
        data_type, numeric_id = data[0] >> 6, data[0] & _HIGHEST_NUMERIC_ID
        said: Decoded = {"data_type": data_type, "numeric_id": numeric_id}
        return Value(value=said, raw=data, label=f"{_DATA_TYPES[data_type]}: {numeric_id}")

    def encode(self, value: Decoded, _length: int | None = None) -> bytes:
        """See Codec.

        Raises:
            KlvError: no such object, or outside its ranges.
        """
        if not isinstance(value, dict) or value.keys() != {"data_type", "numeric_id"}:
            raise KlvError(f"an object of data_type and numeric_id was wanted, got {value!r}")
        data_type, numeric_id = whole_of(value["data_type"]), whole_of(value["numeric_id"])
        if not (0 <= data_type < len(_DATA_TYPES) and 0 <= numeric_id <= _HIGHEST_NUMERIC_ID):
            raise KlvError(f"types 0 to 3 and ids 0 to {_HIGHEST_NUMERIC_ID} were wanted, got {value!r}")
        return bytes((data_type << 6 | numeric_id,))


POINT_OF_INTEREST = SetSpec(
    standard="0806",
    title="Point of Interest Local Set",
    items=specs(
        (1, "POI Number", Integer(size=2)),
        (2, "POI Latitude", _LATITUDE),
        (3, "POI Longitude", _LONGITUDE),
        (4, "POI Altitude", Linear(size=2, low=-900.0, high=19_000.0, unit="m")),
        (5, "POI Type", _PLACE_TYPE),
        (6, "POI Text", Text(longest=2048)),
        (7, "POI Source Icon", Text(longest=127)),
        (8, "POI Source Id", Text(longest=255)),
        (9, "POI Label", Text(longest=16)),
        (10, "Operation Id", Text(longest=127)),
    ),
)

AREA_OF_INTEREST = SetSpec(
    standard="0806",
    title="Area of Interest Local Set",
    items=specs(
        (1, "AOI Number", Integer(size=2)),
        (2, "AOI Corner Latitude Point 1", _LATITUDE),
        (3, "AOI Corner Longitude Point 1", _LONGITUDE),
        (4, "AOI Corner Latitude Point 3", _LATITUDE),
        (5, "AOI Corner Longitude Point 3", _LONGITUDE),
        (6, "AOI Type", _PLACE_TYPE),
        (7, "AOI Text", Text(longest=2048)),
        (8, "AOI Source Id", Text(longest=255)),
        (9, "AOI Label", Text(longest=16)),
        (10, "Operation Id", Text(longest=127)),
    ),
)


def with_words(entries: Entries) -> Entries:
    """What the user's data says, as its label, where item 1 before it says its form."""
    said = next((entry.value.value for entry in entries if entry.tag == 1), None)
    data_type = said.get("data_type") if isinstance(said, dict) else None
    return tuple(
        replace(entry, value=replace(entry.value, label=_words(data_type, entry.value.raw)))
        if entry.tag == 2 and entry.value.flag is Flag.OK
        else entry
        for entry in entries
    )


def _words(data_type: Decoded, data: bytes) -> str | None:
    match data_type:
        case 0:
            text = Text().decode(data).value
            return text if isinstance(text, str) else None
        case 1 | 2:
            return str(int.from_bytes(data, "big", signed=data_type == 1))
        case _:
            return None


USER_DEFINED = SetSpec(
    standard="0806",
    title="User Defined Local Set",
    refine=with_words,
    items=specs((1, "Numeric Id and Data Type", NumericId()), (2, "User Data", Raw())),
)

RVT = SetSpec(
    standard="0806",
    title="Remote Video Terminal Local Set",
    key=bytes.fromhex("060e2b34020b01010e01030102000000"),
    crc=Closing(1, Summing.CRC_32),
    version_tag=8,
    time_tag=2,
    items=specs(
        (1, "CRC-32", Integer(size=4)),
        (2, "User Defined Time Stamp", Integer(size=8, unit="us")),
        (3, "Platform True Airspeed", Integer(size=2, unit="m/s")),
        (4, "Platform Indicated Airspeed", Integer(size=2, unit="m/s")),
        (5, "Telemetry Accuracy Indicator", Integer(size=1)),
        (6, None, Opaque()),
        (7, "Frame Code", Integer(size=4)),
        (8, "Version Number", Integer(size=1)),
        (9, "Video Data Rate", Integer(size=4, unit="bit/s")),
        (10, "Digital Video File Format", Text(longest=127)),
        (11, "User Defined Local Set", Nested(lambda: USER_DEFINED)),
        (12, "Point of Interest Local Set", Nested(lambda: POINT_OF_INTEREST)),
        (13, "Area of Interest Local Set", Nested(lambda: AREA_OF_INTEREST)),
        (14, "MGRS Zone", _ZONE),
        (15, "MGRS Latitude Band and Grid Square", GridSquare()),
        (16, "MGRS Easting", _GRID_METRES),
        (17, "MGRS Northing", _GRID_METRES),
        (18, "Frame Center MGRS Zone", _ZONE),
        (19, "Frame Center MGRS Latitude Band and Grid Square", GridSquare()),
        (20, "Frame Center MGRS Easting", _GRID_METRES),
        (21, "Frame Center MGRS Northing", _GRID_METRES),
    ),
)
