"""ST 0601, the UAS Datalink Local Set: every item, how it is written, in which unit.

Source: MISB ST 0601.19. Items 60, 61, 62 and 140 are opaque by charter: carried, never read.
"""

from dataclasses import replace

from atalaya.ingest.codecs import Coded, Integer, Linear, Opaque, Text
from atalaya.ingest.imapb_codec import Imapb
from atalaya.ingest.local_set import ItemSpec, Nested, SetSpec, specs
from atalaya.ingest.standards import st0601_codes as codes
from atalaya.ingest.standards import st0601_packs as packs
from atalaya.ingest.standards import st0601_places as places
from atalaya.ingest.standards.coded_fields import Flags
from atalaya.ingest.standards.st0102 import SECURITY
from atalaya.ingest.standards.st0806 import RVT
from atalaya.ingest.standards.st0903 import VMTI
from atalaya.ingest.standards.st1002 import RANGE_IMAGE
from atalaya.ingest.standards.st1010 import SDCC, with_members
from atalaya.ingest.standards.st1204 import CORE_IDENTIFIER
from atalaya.ingest.standards.st1206 import SAR_MOTION_IMAGERY
from atalaya.ingest.standards.st1601 import GEO_REGISTRATION
from atalaya.ingest.standards.st1602 import COMPOSITE_IMAGING
from atalaya.ingest.value import Entries

_OFF_EARTH = "off the earth, or unknown"
_BEYOND = "beyond the range"
_SDCC = 102
_CHILD_DEPTH = 4
"""How deep segments and amendments may hold each other."""

REPEATABLE = frozenset({100, 101, _SDCC, 115})
"""Items that may come several times in one set."""


def _signed(size: int, high: float, unit: str, special: str = "reserved value") -> Linear:
    return Linear(size=size, low=-high, high=high, unit=unit, signed=True, special=special)


def _unsigned(size: int, low: float, high: float, unit: str) -> Linear:
    return Linear(size=size, low=low, high=high, unit=unit)


_LATITUDE, _LONGITUDE = _signed(4, 90.0, "deg"), _signed(4, 180.0, "deg")
_GROUND_LATITUDE, _GROUND_LONGITUDE = (
    _signed(4, 90.0, "deg", _OFF_EARTH),
    _signed(4, 180.0, "deg", _OFF_EARTH),
)
_CORNER_OFFSET = _signed(2, 0.075, "deg", _OFF_EARTH)
_HEIGHT = _unsigned(2, -900.0, 19_000.0, "m")
_CIRCLE = _unsigned(2, 0.0, 360.0, "deg")
_PRESSURE = _unsigned(2, 0.0, 5_000.0, "mbar")
_SPEED = Integer(size=1, unit="m/s")
_RATE = Imapb(low=-1_000.0, high=1_000.0, longest=4, unit="deg/s", usual=3)


def _height_extended(longest: int) -> Imapb:
    return Imapb(low=-900.0, high=40_000.0, longest=longest, unit="m", usual=3)


def _percent(longest: int) -> Imapb:
    return Imapb(low=0.0, high=100.0, longest=longest, unit="%", usual=2)


_CORE = specs(
    (1, "Checksum", Integer(size=2)),
    (2, "Precision Time Stamp", Integer(size=8, unit="us")),
    (3, "Mission ID", Text()),
    (4, "Platform Tail Number", Text()),
    (5, "Platform Heading Angle", _CIRCLE),
    (6, "Platform Pitch Angle", _signed(2, 20.0, "deg", _BEYOND)),
    (7, "Platform Roll Angle", _signed(2, 50.0, "deg", _BEYOND)),
    (8, "Platform True Airspeed", _SPEED),
    (9, "Platform Indicated Airspeed", _SPEED),
    (10, "Platform Designation", Text()),
    (11, "Image Source Sensor", Text()),
    (12, "Image Coordinate System", Text()),
    (13, "Sensor Latitude", _LATITUDE),
    (14, "Sensor Longitude", _LONGITUDE),
    (15, "Sensor True Altitude", _HEIGHT),
    (16, "Sensor Horizontal Field of View", _unsigned(2, 0.0, 180.0, "deg")),
    (17, "Sensor Vertical Field of View", _unsigned(2, 0.0, 180.0, "deg")),
    (18, "Sensor Relative Azimuth Angle", _unsigned(4, 0.0, 360.0, "deg")),
    (19, "Sensor Relative Elevation Angle", _LONGITUDE),
    (20, "Sensor Relative Roll Angle", _unsigned(4, 0.0, 360.0, "deg")),
    (21, "Slant Range", _unsigned(4, 0.0, 5_000_000.0, "m")),
    (22, "Target Width", _unsigned(2, 0.0, 10_000.0, "m")),
    (23, "Frame Center Latitude", _GROUND_LATITUDE),
    (24, "Frame Center Longitude", _GROUND_LONGITUDE),
    (25, "Frame Center Elevation", _HEIGHT),
    (26, "Offset Corner Latitude Point 1", _CORNER_OFFSET),
    (27, "Offset Corner Longitude Point 1", _CORNER_OFFSET),
    (28, "Offset Corner Latitude Point 2", _CORNER_OFFSET),
    (29, "Offset Corner Longitude Point 2", _CORNER_OFFSET),
    (30, "Offset Corner Latitude Point 3", _CORNER_OFFSET),
    (31, "Offset Corner Longitude Point 3", _CORNER_OFFSET),
    (32, "Offset Corner Latitude Point 4", _CORNER_OFFSET),
    (33, "Offset Corner Longitude Point 4", _CORNER_OFFSET),
    (34, "Icing Detected", Coded(labels=codes.ICING)),
    (35, "Wind Direction", _CIRCLE),
    (36, "Wind Speed", _unsigned(1, 0.0, 100.0, "m/s")),
    (37, "Static Pressure", _PRESSURE),
    (38, "Density Altitude", _HEIGHT),
    (39, "Outside Air Temperature", Integer(size=1, signed=True, unit="degC")),
    (40, "Target Location Latitude", _GROUND_LATITUDE),
    (41, "Target Location Longitude", _GROUND_LONGITUDE),
    (42, "Target Location Elevation", _HEIGHT),
    (43, "Target Track Gate Width", _unsigned(1, 0.0, 510.0, "px")),
    (44, "Target Track Gate Height", _unsigned(1, 0.0, 510.0, "px")),
    (45, "Target Error Estimate - CE90", _unsigned(2, 0.0, 4_095.0, "m")),
    (46, "Target Error Estimate - LE90", _unsigned(2, 0.0, 4_095.0, "m")),
    (47, "Generic Flag Data", Flags(labels=codes.GENERIC_FLAGS)),
    (48, "Security Local Set", Nested(lambda: SECURITY)),
    (49, "Differential Pressure", _PRESSURE),
    (50, "Platform Angle of Attack", _signed(2, 20.0, "deg", _BEYOND)),
    (51, "Platform Vertical Speed", _signed(2, 180.0, "m/s", _BEYOND)),
    (52, "Platform Sideslip Angle", _signed(2, 20.0, "deg", _BEYOND)),
    (53, "Airfield Barometric Pressure", _PRESSURE),
    (54, "Airfield Elevation", _HEIGHT),
    (55, "Relative Humidity", _unsigned(1, 0.0, 100.0, "%")),
    (56, "Platform Ground Speed", _SPEED),
    (57, "Ground Range", _unsigned(4, 0.0, 5_000_000.0, "m")),
    (58, "Platform Fuel Remaining", _unsigned(2, 0.0, 10_000.0, "kg")),
    (59, "Platform Call Sign", Text()),
    (60, None, Opaque()),
    (61, None, Opaque()),
    (62, None, Opaque()),
    (63, "Sensor Field of View Name", Coded(labels=codes.FIELD_OF_VIEW)),
    (64, "Platform Magnetic Heading", _CIRCLE),
    (65, "UAS Datalink LS Version Number", Integer(size=1)),
    (67, "Alternate Platform Latitude", _LATITUDE),
    (68, "Alternate Platform Longitude", _LONGITUDE),
    (69, "Alternate Platform Altitude", _HEIGHT),
    (70, "Alternate Platform Name", Text()),
    (71, "Alternate Platform Heading", _CIRCLE),
    (72, "Event Start Time", Integer(size=8, unit="us")),
)
"""The items of the first revisions."""

_LATER = specs(
    (73, "RVT Local Set", Nested(lambda: RVT)),
    (74, "VMTI Local Set", Nested(lambda: VMTI)),
    (75, "Sensor Ellipsoid Height", _HEIGHT),
    (76, "Alternate Platform Ellipsoid Height", _HEIGHT),
    (77, "Operational Mode", Coded(labels=codes.OPERATIONAL_MODE)),
    (78, "Frame Center Height Above Ellipsoid", _HEIGHT),
    (79, "Sensor North Velocity", _signed(2, 327.0, "m/s", _BEYOND)),
    (80, "Sensor East Velocity", _signed(2, 327.0, "m/s", _BEYOND)),
    (81, "Image Horizon Pixel Pack", packs.IMAGE_HORIZON),
    (82, "Corner Latitude Point 1 (Full)", _GROUND_LATITUDE),
    (83, "Corner Longitude Point 1 (Full)", _GROUND_LONGITUDE),
    (84, "Corner Latitude Point 2 (Full)", _GROUND_LATITUDE),
    (85, "Corner Longitude Point 2 (Full)", _GROUND_LONGITUDE),
    (86, "Corner Latitude Point 3 (Full)", _GROUND_LATITUDE),
    (87, "Corner Longitude Point 3 (Full)", _GROUND_LONGITUDE),
    (88, "Corner Latitude Point 4 (Full)", _GROUND_LATITUDE),
    (89, "Corner Longitude Point 4 (Full)", _GROUND_LONGITUDE),
    (90, "Platform Pitch Angle (Full)", _signed(4, 90.0, "deg", _BEYOND)),
    (91, "Platform Roll Angle (Full)", _signed(4, 90.0, "deg", _BEYOND)),
    (92, "Platform Angle of Attack (Full)", _signed(4, 90.0, "deg", _BEYOND)),
    (93, "Platform Sideslip Angle (Full)", _signed(4, 180.0, "deg", _BEYOND)),
    (94, "MIIS Core Identifier", CORE_IDENTIFIER),
    (95, "SAR Motion Imagery Local Set", Nested(lambda: SAR_MOTION_IMAGERY)),
    (96, "Target Width Extended", Imapb(low=0.0, high=1_500_000.0, unit="m", usual=3)),
    (97, "Range Image Local Set", Nested(lambda: RANGE_IMAGE)),
    (98, "Geo-Registration Local Set", Nested(lambda: GEO_REGISTRATION)),
    (99, "Composite Imaging Local Set", Nested(lambda: COMPOSITE_IMAGING)),
    (102, "SDCC-FLP", SDCC),
    (103, "Density Altitude Extended", _height_extended(8)),
    (104, "Sensor Ellipsoid Height Extended", _height_extended(8)),
    (105, "Alternate Platform Ellipsoid Height Extended", _height_extended(8)),
    (106, "Stream Designator", Text()),
    (107, "Operational Base", Text()),
    (108, "Broadcast Source", Text()),
    (109, "Range To Recovery Location", Imapb(low=0.0, high=21_000.0, longest=4, unit="km", usual=3)),
    (110, "Time Airborne", Integer(longest=4, unit="s")),
    (111, "Propulsion Unit Speed", Integer(longest=4, unit="RPM")),
    (112, "Platform Course Angle", Imapb(low=0.0, high=360.0, unit="deg", usual=2)),
    (113, "Altitude AGL", _height_extended(4)),
    (114, "Radar Altimeter", _height_extended(4)),
    (115, "Control Command", packs.CONTROL_COMMAND),
    (116, "Control Command Verification List", packs.NUMBERS),
    (117, "Sensor Azimuth Rate", _RATE),
    (118, "Sensor Elevation Rate", _RATE),
    (119, "Sensor Roll Rate", _RATE),
    (120, "On-board MI Storage Percent Full", _percent(3)),
    (121, "Active Wavelength List", packs.NUMBERS),
    (122, "Country Codes", packs.COUNTRY_CODES),
    (123, "Number of NAVSATs in View", Integer(size=1)),
    (124, "Positioning Method Source", Flags(labels=codes.POSITIONING_METHODS, low=1)),
    (125, "Platform Status", Coded(labels=codes.PLATFORM_STATUS)),
    (126, "Sensor Control Mode", Coded(labels=codes.SENSOR_CONTROL_MODE)),
    (127, "Sensor Frame Rate Pack", packs.FRAME_RATE),
    (128, "Wavelengths List", packs.WAVELENGTHS),
    (129, "Target ID", Text(longest=32)),
    (130, "Airbase Locations", places.AIRBASES),
    (131, "Take-off Time", Integer(longest=8, unit="us")),
    (132, "Transmission Frequency", Imapb(low=1.0, high=99_999.0, longest=4, unit="MHz", usual=3)),
    (133, "On-board MI Storage Capacity", Integer(longest=4, unit="GB")),
    (134, "Zoom Percentage", _percent(4)),
    (135, "Communications Method", Text()),
    (136, "Leap Seconds", Integer(longest=4, signed=True, unit="s")),
    (137, "Correction Offset", Integer(longest=8, signed=True, unit="us")),
    (138, "Payload List", packs.PAYLOADS),
    (139, "Active Payloads", packs.ACTIVE_PAYLOADS),
    (140, None, Opaque()),
    (141, "Waypoint List", places.WAYPOINTS),
    (142, "View Domain", places.VIEW_DOMAIN),
    (143, "Metadata Substream ID", packs.METADATA_SUBSTREAM),
)


def _with_members(entries: Entries) -> Entries:
    return with_members(entries, _SDCC)


def _children(depth: int) -> tuple[SetSpec, SetSpec]:
    """A segment and an amendment (ST 1607): sets of the same items, and of children down to a depth."""
    items = _with_children(depth - 1) if depth > 1 else _CORE | _LATER
    segment = SetSpec(standard="1607", title="Segment Local Set", items=items, refine=_with_members)
    return segment, replace(segment, title="Amend Local Set")


def _with_children(depth: int) -> dict[int, ItemSpec]:
    segment, amend = _children(depth)
    children = specs(
        (100, "Segment Local Set", Nested(lambda: segment)),
        (101, "Amend Local Set", Nested(lambda: amend)),
    )
    return dict(sorted((_CORE | _LATER | children).items()))


SEGMENT, AMEND = _children(_CHILD_DEPTH)
UAS_DATALINK = SetSpec(
    standard="0601",
    title="UAS Datalink Local Set",
    items=_with_children(_CHILD_DEPTH),
    key=bytes.fromhex("060e2b34020b01010e01030101000000"),
    checksum_tag=1,
    version_tag=65,
    time_tag=2,
    refine=_with_members,
    refined=frozenset({_SDCC}),
)
