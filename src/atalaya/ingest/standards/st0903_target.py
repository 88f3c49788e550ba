"""ST 0903: the target report (VTarget), as it is written now and as revisions up to .3 wrote it.

Source: MISB ST 0903.6; ST 0903.3.
"""

from collections.abc import Mapping
from dataclasses import replace

from atalaya.ingest.codecs import Integer
from atalaya.ingest.local_set import ItemSpec, Nested, SetSpec, specs
from atalaya.ingest.series import NumberedSet, Series
from atalaya.ingest.standards.st0903_packs import (
    FOCAL_PLANE_INDEX,
    LAST_EVEN_REVISION,
    PIXEL_NUMBER,
    Colour,
    Writing,
    height,
    location,
    offset,
)
from atalaya.ingest.standards.st0903_parts import (
    CONFIDENCE,
    DETECTION_STATUS,
    NUMBER,
    VCHIP,
    VFEATURE,
    VMASK,
    VOBJECT,
    tracker,
)

PIXEL_INDEX = Integer(longest=4, low=1)


_TRACKERS = {writing: tracker(writing) for writing in Writing}


def _ranged_items(writing: Writing) -> Mapping[int, ItemSpec]:
    """The items whose writing changed."""
    return specs(
        (10, "Target Location Offset Latitude", offset(writing)),
        (11, "Target Location Offset Longitude", offset(writing)),
        (12, "Target Location Height Above Ellipsoid", height(writing)),
        (13, "Bounding Box Top Left Latitude Offset", offset(writing)),
        (14, "Bounding Box Top Left Longitude Offset", offset(writing)),
        (15, "Bounding Box Bottom Right Latitude Offset", offset(writing)),
        (16, "Bounding Box Bottom Right Longitude Offset", offset(writing)),
        (17, "Target Location", location(writing)),
        (18, "Geospatial Contour Series", Series(location(writing))),
        (104, "VTracker Local Set", Nested(lambda: _TRACKERS[writing])),
    )


VTARGET = SetSpec(
    standard="0903",
    title="VTarget Pack",
    items=specs(
        (1, "Target Centroid", PIXEL_NUMBER),
        (2, "Bounding Box Top Left Pixel", PIXEL_NUMBER),
        (3, "Bounding Box Bottom Right Pixel", PIXEL_NUMBER),
        (4, "Target Priority", Integer(size=1, low=1)),
        (5, "Target Confidence Level", CONFIDENCE),
        (6, "Target History", Integer(longest=2)),
        (7, "Percentage of Target Pixels", CONFIDENCE),
        (8, "Target Color", Colour()),
        (9, "Target Intensity", NUMBER),
        (19, "Centroid Pixel Row", PIXEL_INDEX),
        (20, "Centroid Pixel Column", PIXEL_INDEX),
        (21, "Focal Plane Array Index", FOCAL_PLANE_INDEX),
        (22, "Algorithm Id", NUMBER),
        (23, "Detection Status", DETECTION_STATUS),
        (101, "VMask Local Set", Nested(lambda: VMASK)),
        (102, "VObject Local Set", Nested(lambda: VOBJECT)),
        (103, "VFeature Local Set", Nested(lambda: VFEATURE)),
        (105, "VChip Local Set", Nested(lambda: VCHIP)),
        (106, "VChip Series", Series(Nested(lambda: VCHIP))),
        (107, "VObject Series", Series(Nested(lambda: VOBJECT))),
    )
    | dict(_ranged_items(Writing.MAPPED)),
    revisions=((LAST_EVEN_REVISION, _ranged_items(Writing.EVEN)),),
    undecided=_ranged_items(Writing.UNSAID),
)

_BY_WRITING = {
    writing: replace(VTARGET, items=VTARGET.items | dict(_ranged_items(writing)), revisions=(), undecided={})
    for writing in Writing
}


def targets(writing: Writing) -> Series:
    """The series of target reports."""
    return Series(NumberedSet(lambda: _BY_WRITING[writing]))
