"""ST 0903: tracks as sets of their own (VTrack) and their points (VTrackItem).

Source: MISB ST 0903.6
"""

from collections.abc import Mapping
from dataclasses import replace

from atalaya.ingest.codecs import Integer, Text
from atalaya.ingest.local_set import ItemSpec, Nested, SetSpec, specs
from atalaya.ingest.series import NumberedSet, Series, UniqueId
from atalaya.ingest.standards.st0903_packs import (
    FOCAL_PLANE_INDEX,
    LAST_EVEN_REVISION,
    PIXEL_NUMBER,
    Colour,
    Writing,
    field_of_view,
    location,
    rate,
)
from atalaya.ingest.standards.st0903_parts import (
    CONFIDENCE,
    DETECTION_STATUS,
    NUMBER,
    ONTOLOGY,
    SHORT_TIME,
    TEXT,
    TIME,
    VCHIP,
    VFEATURE,
    VMASK,
    VOBJECT,
)
from atalaya.ingest.standards.st0903_target import PIXEL_INDEX
from atalaya.ingest.standards.st1204 import CORE_IDENTIFIER


def _ranged_points(writing: Writing) -> Mapping[int, ItemSpec]:
    """The items of a track's point whose writing changed."""
    return specs(
        (13, "Target Location", location(writing)),
        (14, "Target Boundary Series", Series(location(writing))),
        (15, "Velocity", rate(writing, "mps")),
        (16, "Acceleration", rate(writing, "mps2")),
        (22, "Sensor Horizontal Field of View", field_of_view(writing)),
        (23, "Sensor Vertical Field of View", field_of_view(writing)),
    )


VTRACK_ITEM = SetSpec(
    standard="0903",
    title="VTrackItem Pack",
    items=specs(
        (1, "Target Time Stamp", SHORT_TIME),
        (2, "Target Centroid", PIXEL_NUMBER),
        (3, "Centroid Pixel Row", PIXEL_INDEX),
        (4, "Centroid Pixel Column", PIXEL_INDEX),
        (5, "Bounding Box Top Left Pixel", PIXEL_NUMBER),
        (6, "Bounding Box Bottom Right Pixel", PIXEL_NUMBER),
        (7, "Target Priority", Integer(size=1, low=1)),
        (8, "Target Confidence Level", CONFIDENCE),
        (9, "Target History", Integer(longest=2)),
        (10, "Percentage of Target Pixels", CONFIDENCE),
        (11, "Target Color", Colour()),
        (12, "Target Intensity", NUMBER),
        (17, "Focal Plane Array Index", FOCAL_PLANE_INDEX),
        (18, "Video Frame Number", NUMBER),
        (19, "MIIS Core Identifier", CORE_IDENTIFIER),
        (20, "Frame Width", Integer(longest=3, unit="px")),
        (21, "Frame Height", Integer(longest=3, unit="px")),
        (24, "Motion Imagery URL", TEXT),
        (101, "VMask Local Set", Nested(lambda: VMASK)),
        (102, "VObject Local Set", Nested(lambda: VOBJECT)),
        (103, "VFeature Local Set", Nested(lambda: VFEATURE)),
        (105, "VChip Local Set", Nested(lambda: VCHIP)),
        (106, "VChip Series", Series(Nested(lambda: VCHIP))),
        (107, "VObject Series", Series(Nested(lambda: VOBJECT))),
    )
    | dict(_ranged_points(Writing.MAPPED)),
    revisions=((LAST_EVEN_REVISION, _ranged_points(Writing.EVEN)),),
    undecided=_ranged_points(Writing.UNSAID),
)

_BY_WRITING = {
    writing: replace(
        VTRACK_ITEM, items=VTRACK_ITEM.items | dict(_ranged_points(writing)), revisions=(), undecided={}
    )
    for writing in Writing
}


def _ranged_items(writing: Writing) -> Mapping[int, ItemSpec]:
    """The items of a track whose writing changed."""
    return specs(
        (7, "Track Boundary Series", Series(location(writing))),
        (101, "Track Item Series", Series(NumberedSet(lambda: _BY_WRITING[writing]))),
    )


VTRACK = SetSpec(
    standard="0903",
    title="VTrack Local Set",
    key=bytes.fromhex("060e2b34020301010e0103031e000000"),
    checksum_tag=1,
    version_tag=11,
    time_tag=2,
    items=specs(
        (1, "Checksum", Integer(size=2)),
        (2, "Track Time Stamp", SHORT_TIME),
        (3, "Track Id", UniqueId()),
        (4, "Detection Status", DETECTION_STATUS),
        (5, "First Observation Time", TIME),
        (6, "Latest Observation Time", TIME),
        (8, "Track Algorithm", TEXT),
        (9, "Track Confidence", CONFIDENCE),
        (10, "System Name", Text(longest=32)),
        (11, "Version Number", Integer(longest=2)),
        (12, "Source Sensor", Text(longest=128)),
        (13, "Number of Track Points", NUMBER),
        (103, "Ontology Series", Series(Nested(lambda: ONTOLOGY))),
    )
    | dict(_ranged_items(Writing.MAPPED)),
    revisions=((LAST_EVEN_REVISION, _ranged_items(Writing.EVEN)),),
    undecided=_ranged_items(Writing.UNSAID),
)
