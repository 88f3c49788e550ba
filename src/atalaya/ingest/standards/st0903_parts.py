"""ST 0903: the sets inside a target report or a track.

What an object is, is carried in its producer's own words (ontology and class): no type of ours is made
from it.

Source: MISB ST 0903.6; ST 0903.5 for the names of the ontology's items 3 and 4.
"""

from atalaya.ingest.codecs import Coded, Integer, Raw, Text
from atalaya.ingest.imapb_codec import Imapb
from atalaya.ingest.local_set import SetSpec, specs
from atalaya.ingest.series import Series, UniqueId
from atalaya.ingest.standards.st0903_packs import PIXEL_NUMBER, PixelRun, Writing, location, rate

LONGEST_TEXT = 65_535
"""Bytes of a text to which the standard sets no limit."""

NUMBER = Integer(longest=3)
TEXT = Text(longest=LONGEST_TEXT)
TIME = Integer(size=8, unit="us")
SHORT_TIME = Integer(longest=8, usual=8, unit="us")
"""As some producers write it: without the leading zero bytes."""
CONFIDENCE = Integer(size=1, low=0, high=100, unit="%")
_FINE_CONFIDENCE = Imapb(low=0.0, high=100.0, longest=3, unit="%", usual=2)
DETECTION_STATUS = Coded(
    labels={0: "Inactive", 1: "Active-Moving", 2: "Dropped", 3: "Active-Stopped", 4: "Active-Coasting"}
)

VMASK = SetSpec(
    standard="0903",
    title="VMask Local Set",
    items=specs(
        (1, "Pixel Contour", Series(PIXEL_NUMBER)),
        (2, "Bit Mask Series", Series(PixelRun())),
    ),
)

VOBJECT = SetSpec(
    standard="0903",
    title="VObject Local Set",
    items=specs(
        (1, "Ontology", TEXT),
        (2, "Ontology Class", TEXT),
        (3, "Ontology Id", NUMBER),
        (4, "Confidence", _FINE_CONFIDENCE),
    ),
)

VFEATURE = SetSpec(
    standard="0903",
    title="VFeature Local Set",
    items=specs(
        (1, "Schema", TEXT),
        (2, "Schema Feature", TEXT),
        (3, "Ontology Id", NUMBER),
        (4, "Confidence", _FINE_CONFIDENCE),
    ),
)

VCHIP = SetSpec(
    standard="0903",
    title="VChip Local Set",
    items=specs((1, "Image Type", TEXT), (2, "Image IRI", TEXT), (3, "Embedded Image", Raw())),
)

ALGORITHM = SetSpec(
    standard="0903",
    title="Algorithm Local Set",
    items=specs(
        (1, "Algorithm Id", NUMBER),
        (2, "Algorithm Name", TEXT),
        (3, "Algorithm Version", TEXT),
        (4, "Algorithm Class", TEXT),
        (5, "Number of Frames", NUMBER),
    ),
)

ONTOLOGY = SetSpec(
    standard="0903",
    title="Ontology Local Set",
    items=specs(
        (1, "Ontology Id", NUMBER),
        (2, "Parent Ontology Id", NUMBER),
        (3, "Ontology IRI", TEXT),
        (4, "Ontology Entity", TEXT),
        (5, "Ontology Version", TEXT),
        (6, "Ontology Label", TEXT),
    ),
)


def tracker(writing: Writing) -> SetSpec:
    """VTracker as a revision writes it."""
    return SetSpec(
        standard="0903",
        title="VTracker Local Set",
        items=specs(
            (1, "Track Id", UniqueId()),
            (2, "Detection Status", DETECTION_STATUS),
            (3, "First Observation Time", TIME),
            (4, "Latest Observation Time", TIME),
            (5, "Track Boundary Series", Series(location(writing))),
            (6, "Algorithm", TEXT),
            (7, "Confidence Level", CONFIDENCE),
            (8, "Number of Track Points", Integer(longest=2)),
            (9, "Track History Series", Series(location(writing))),
            (10, "Velocity", rate(writing, "mps")),
            (11, "Acceleration", rate(writing, "mps2")),
            (12, "Algorithm Id", NUMBER),
        ),
    )


VTRACKER = tracker(Writing.MAPPED)
