"""ST 1206: how a radar picture (SAR) was made.

Source: MISB ST 1206.1.
"""

from atalaya.ingest.codecs import Coded, Integer
from atalaya.ingest.local_set import SetSpec, specs
from atalaya.ingest.packs import FixedImapb
from atalaya.ingest.standards.st1303 import FLOATS, Mdarray

_QUARTER_CIRCLE = FixedImapb(low=0.0, high=90.0, size=2, unit="deg")
_EITHER_SIDE = FixedImapb(low=-90.0, high=90.0, size=2, unit="deg")
_CIRCLE = FixedImapb(low=0.0, high=360.0, size=2, unit="deg")
_DISTANCE = FixedImapb(low=0.0, high=1e6, size=4, unit="m")
_IMAGE_SIZE = Integer(size=2, low=1, unit="px")

SAR_MOTION_IMAGERY = SetSpec(
    standard="1206",
    title="SAR Motion Imagery Local Set",
    key=bytes.fromhex("060e2b34020b01010e0103030d000000"),
    version_tag=28,
    items=specs(
        (1, "Grazing Angle", _QUARTER_CIRCLE),
        (2, "Ground Plane Squint Angle", _EITHER_SIDE),
        (3, "Look Direction", Coded(labels={0: "Left", 1: "Right"})),
        (
            4,
            "Image Plane",
            Coded(labels={0: "Slant Plane", 1: "Ground Plane", 2: "Other (self defined) Plane"}),
        ),
        (5, "Range Resolution", _DISTANCE),
        (6, "Cross-Range Resolution", _DISTANCE),
        (7, "Range Image Plane Pixel Size", _DISTANCE),
        (8, "Cross-Range Image Plane Pixel Size", _DISTANCE),
        (9, "Image Rows", _IMAGE_SIZE),
        (10, "Image Columns", _IMAGE_SIZE),
        (11, "Range Direction Angle Relative to True North", _CIRCLE),
        (12, "True North Direction Relative to Top Image Edge", _CIRCLE),
        (13, "Range Layover Angle Relative to True North", _CIRCLE),
        (14, "Ground Aperture Angular Extent", _QUARTER_CIRCLE),
        (15, "Aperture Duration", Integer(size=4, unit="us")),
        (16, "Ground Track Angle", _CIRCLE),
        (17, "Minimum Detectable Velocity", FixedImapb(low=0.0, high=100.0, size=2, unit="m/s")),
        (18, "True Pulse Repetition Frequency", FixedImapb(low=0.0, high=1e6, size=4, unit="Hz")),
        (19, "Pulse Repetition Frequency Scale Factor", FixedImapb(low=0.0, high=1.0, size=2)),
        (20, "Transmit RF Center Frequency", FixedImapb(low=0.0, high=1e12, size=4, unit="Hz")),
        (21, "Transmit RF Bandwidth", FixedImapb(low=0.0, high=1e11, size=4, unit="Hz")),
        (22, "Radar Cross Section Scale Factor Polynomial", Mdarray(natural=FLOATS, dimensions=2)),
        (23, "Reference Frame Precision Time Stamp", Integer(size=8, unit="us")),
        (24, "Reference Frame Grazing Angle", _QUARTER_CIRCLE),
        (25, "Reference Frame Ground Plane Squint Angle", _EITHER_SIDE),
        (26, "Reference Frame Range Direction Angle Relative to True North", _CIRCLE),
        (27, "Reference Frame Range Layover Angle Relative to True North", _CIRCLE),
        (28, "Document Version", Integer(size=1)),
    ),
)
