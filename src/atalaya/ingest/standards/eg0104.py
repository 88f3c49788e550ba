"""EG 0104, the Predator UAV Basic Universal Metadata Set, and the ST 0102 universal set inside it.

The set of the MQ-1 and MQ-9 before ST 0601: every item carries a 16-byte label, numbers are IEEE 754 in
degrees and metres, there is no checksum. Sensor angles are of the world (azimuth against true north,
obliquity against the horizontal), where ST 0601 has them against the platform: they have no ST 0601 item
here. Producers differ on the zero and sign of obliquity: the number is given as written.

Source: MISB EG 0104.5, section 4; ST 0601.12, section 8 ("US key"), the last revision that lists them;
ST 0102.12, table 1.
"""

from atalaya.ingest.codecs import Integer, Opaque, Raw, Text
from atalaya.ingest.local_set import Nested
from atalaya.ingest.standards.st0102 import CLASSIFICATIONS, SECURITY
from atalaya.ingest.standards.universal_codecs import BoundedFloating, CountryCodes, DateTimeText, WordCode
from atalaya.ingest.universal_set import NestedUniversal, UniversalSpec, labelled
from atalaya.ingest.value import Codec

_LATITUDE = BoundedFloating(low=-90.0, high=90.0, size=8, unit="deg")
_LONGITUDE = BoundedFloating(low=-180.0, high=180.0, size=8, unit="deg")
_ANGLE = BoundedFloating(low=-360.0, high=360.0, unit="deg")
_FIELD_OF_VIEW = BoundedFloating(low=0.0, high=180.0, unit="deg")
_HEIGHT = BoundedFloating(low=-1_000.0, high=100_000.0, unit="m")
_DISTANCE = BoundedFloating(low=0.0, high=50_000_000.0, unit="m")

_ON_FIRST = "060e2b3401010101"
_ON_SECOND = "060e2b3401010102"
_ON_THIRD = "060e2b3401010103"
_ON_SEVENTH = "060e2b3401010107"
_ON_TENTH = "060e2b340101010a"


def _corners() -> list[tuple[str, int, str, Codec]]:
    """Corner points 1 to 4: full latitudes and longitudes, as in ST 0601 items 82 to 89."""
    lines: list[tuple[str, int, str, Codec]] = []
    for point in range(1, 5):
        latitude, longitude = f"{_ON_THIRD}07010201030", f"{_ON_THIRD}07010201030"
        tag = 80 + 2 * point
        lines += [
            (f"{latitude}{6 + point:x}0100", tag, f"Corner Latitude Point {point}", _LATITUDE),
            (f"{longitude}{10 + point:x}0100", tag + 1, f"Corner Longitude Point {point}", _LONGITUDE),
        ]
    return lines


SECURITY_UNIVERSAL = UniversalSpec(
    standard="0102",
    title="Security Universal Set",
    key=bytes.fromhex("060e2b34020101010208020000000000"),
    version_tag=22,
    items=labelled(
        (f"{_ON_THIRD}0208020100000000", 1, "Security Classification", WordCode(words=CLASSIFICATIONS)),
        (f"{_ON_THIRD}0701200102070000", 0, "Classifying Country Coding Method (Words)", Text(longest=40)),
        (f"{_ON_THIRD}0701200102080000", 3, "Classifying Country", Text(longest=6)),
        (f"{_ON_FIRST}0e01020302000000", 4, "SCI/SHI Information", Text(longest=40)),
        (f"{_ON_FIRST}0e01020302020000", 4, "SCI/SHI Information", Text(longest=40)),
        (f"{_ON_THIRD}0208020200000000", 5, "Caveats", Text()),
        (f"{_ON_THIRD}0701200102090000", 6, "Releasing Instructions", Text()),
        (f"{_ON_THIRD}0208020300000000", 7, "Classified By", Text()),
        (f"{_ON_THIRD}0208020600000000", 8, "Derived From", Text()),
        (f"{_ON_THIRD}0208020400000000", 9, "Classification Reason", Text()),
        (f"{_ON_THIRD}0208020500000000", 10, "Declassification Date", Text(longest=8)),
        (f"{_ON_THIRD}0208020800000000", 11, "Classification and Marking System", Text()),
        (f"{_ON_THIRD}0701200102060000", 0, "Object Country Coding Method (Words)", Text(longest=40)),
        (f"{_ON_THIRD}0701200102010100", 13, "Object Country Codes", CountryCodes()),
        (f"{_ON_THIRD}0208020700000000", 14, "Classification Comments", Text(longest=480)),
        (f"{_ON_THIRD}0103040200000000", 19, "Stream ID", Integer(longest=2)),
        (f"{_ON_THIRD}0103040300000000", 20, "Transport Stream ID", Integer(longest=2)),
        (f"{_ON_THIRD}0103060100000000", 21, "Item Designator ID", Raw()),
        (f"{_ON_FIRST}0e01020504000000", 22, "Version", Integer(size=2)),
        (f"{_ON_FIRST}0e01040303000000", 23, "Classifying Country Coding Method Version Date", Text()),
        (f"{_ON_FIRST}0e01040304000000", 24, "Object Country Coding Method Version Date", Text()),
    ),
)
"""ST 0102 as a universal set. Coding methods come as words here and as codes in the local set: no tag."""


def _security_universal() -> UniversalSpec:
    return SECURITY_UNIVERSAL


PREDATOR = UniversalSpec(
    standard="0104",
    title="Predator UAV Basic Universal Metadata Set",
    key=bytes.fromhex("060e2b34020101010e01010201010000"),
    time_tag=2,
    items=labelled(
        (f"{_ON_THIRD}0702010101050000", 2, "User Defined Time Stamp", Integer(size=8, unit="us")),
        (f"{_ON_FIRST}0105050000000000", 3, "Episode Number", Text()),
        (f"{_ON_SEVENTH}0701100106000000", 5, "Platform Heading Angle", _ANGLE),
        (f"{_ON_SEVENTH}0701100105000000", 90, "Platform Pitch Angle", _ANGLE),
        (f"{_ON_SEVENTH}0701100104000000", 91, "Platform Roll Angle", _ANGLE),
        (f"{_ON_FIRST}0101200100000000", 10, "Device Designation", Text()),
        (f"{_ON_FIRST}0420010201010000", 11, "Image Source Device", Text()),
        (f"{_ON_FIRST}0701010100000000", 12, "Image Coordinate System", Text()),
        (f"{_ON_THIRD}0701020102040200", 13, "Device Latitude", _LATITUDE),
        (f"{_ON_THIRD}0701020102060200", 14, "Device Longitude", _LONGITUDE),
        (f"{_ON_FIRST}0701020102020000", 15, "Device Altitude (MSL)", _HEIGHT),
        (f"{_ON_SECOND}0420020101080000", 16, "Field of View (Horizontal)", _FIELD_OF_VIEW),
        (f"{_ON_SEVENTH}04200201010a0100", 17, "Field of View (Vertical)", _FIELD_OF_VIEW),
        (f"{_ON_FIRST}0701080101000000", 21, "Slant Range", _DISTANCE),
        (f"{_ON_FIRST}0701090201000000", 22, "Target Width", _DISTANCE),
        (f"{_ON_FIRST}0701020103020000", 23, "Frame Center Latitude", _LATITUDE),
        (f"{_ON_FIRST}0701020103040000", 24, "Frame Center Longitude", _LONGITUDE),
        (f"{_ON_TENTH}0701020103160000", 25, "Frame Center Elevation (MSL)", _HEIGHT),
        *_corners(),
        (f"{_ON_FIRST}0702010201010000", 0, "Start Date Time (UTC)", DateTimeText()),
        (f"{_ON_FIRST}0702010207010000", 0, "Event Start Date Time (UTC)", DateTimeText()),
        (f"{_ON_FIRST}0701100101000000", 0, "Sensor Roll Angle (World)", _ANGLE),
        (f"{_ON_FIRST}0701100102000000", 0, "Angle to North (World)", _ANGLE),
        (f"{_ON_FIRST}0701100103000000", 0, "Obliquity Angle (World)", _ANGLE),
        ("060e2b34020301010e01030302000000", 48, "Security Local Set", Nested(lambda: SECURITY)),
        (
            "060e2b34020101010208020000000000",
            48,
            "Security Universal Set",
            NestedUniversal(_security_universal),
        ),
        (f"{_ON_FIRST}0e01010112000000", 60, None, Opaque()),
        (f"{_ON_FIRST}0e01010113000000", 61, None, Opaque()),
        (f"{_ON_FIRST}0e01020201000000", 62, None, Opaque()),
        ("060e2b34020401010e01030103000000", 140, None, Opaque()),
    ),
)
"""The set of EG 0104; what the charter keeps closed has neither name nor value."""
