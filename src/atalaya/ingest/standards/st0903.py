"""ST 0903: moving-target reports (VMTI), revisions .3 to .6.

Source: MISB ST 0903.6; ST 0903.3 for the fields of view and target reports up to that revision.
"""

from collections.abc import Mapping

from atalaya.ingest.codecs import Integer, Text
from atalaya.ingest.local_set import ItemSpec, Nested, SetSpec, specs
from atalaya.ingest.series import Series
from atalaya.ingest.standards.st0903_packs import LAST_EVEN_REVISION, Writing, field_of_view
from atalaya.ingest.standards.st0903_parts import ALGORITHM, NUMBER, ONTOLOGY, SHORT_TIME
from atalaya.ingest.standards.st0903_target import targets
from atalaya.ingest.standards.st1204 import CORE_IDENTIFIER


def _ranged_items(writing: Writing) -> Mapping[int, ItemSpec]:
    """The items whose writing changed."""
    return specs(
        (11, "Horizontal Field of View", field_of_view(writing)),
        (12, "Vertical Field of View", field_of_view(writing)),
        (101, "VTarget Series", targets(writing)),
    )


VMTI = SetSpec(
    standard="0903",
    title="VMTI Local Set",
    key=bytes.fromhex("060e2b34020b01010e01030306000000"),
    checksum_tag=1,
    version_tag=4,
    time_tag=2,
    items=specs(
        (1, "Checksum", Integer(size=2)),
        (2, "Precision Time Stamp", SHORT_TIME),
        (3, "System Name", Text(longest=32)),
        (4, "Version Number", Integer(longest=2)),
        (5, "Total Number of Targets Detected", NUMBER),
        (6, "Number of Reported Targets", NUMBER),
        (7, "Frame Number", NUMBER),
        (8, "Frame Width", Integer(longest=3, unit="px")),
        (9, "Frame Height", Integer(longest=3, unit="px")),
        (10, "Source Sensor", Text(longest=128)),
        (13, "MIIS Core Identifier", CORE_IDENTIFIER),
        (102, "Algorithm Series", Series(Nested(lambda: ALGORITHM))),
        (103, "Ontology Series", Series(Nested(lambda: ONTOLOGY))),
    )
    | dict(_ranged_items(Writing.MAPPED)),
    revisions=((LAST_EVEN_REVISION, _ranged_items(Writing.EVEN)),),
    undecided=_ranged_items(Writing.UNSAID),
)
