"""Which set a key announces, and which catalogue a standard's number names."""

from atalaya.ingest.local_set import SetSpec
from atalaya.ingest.standards.eg0104 import PREDATOR, SECURITY_UNIVERSAL
from atalaya.ingest.standards.st0102 import SECURITY
from atalaya.ingest.standards.st0601 import UAS_DATALINK
from atalaya.ingest.standards.st0806 import AREA_OF_INTEREST, POINT_OF_INTEREST, RVT, USER_DEFINED
from atalaya.ingest.standards.st0808 import ANCILLARY_TEXT
from atalaya.ingest.standards.st0903 import VMTI
from atalaya.ingest.standards.st0903_parts import (
    ALGORITHM,
    ONTOLOGY,
    VCHIP,
    VFEATURE,
    VMASK,
    VOBJECT,
    VTRACKER,
)
from atalaya.ingest.standards.st0903_target import VTARGET
from atalaya.ingest.standards.st0903_track import VTRACK, VTRACK_ITEM
from atalaya.ingest.standards.st1002 import RANGE_IMAGE
from atalaya.ingest.standards.st1108 import INTERPRETABILITY_AND_QUALITY, METRIC
from atalaya.ingest.standards.st1202 import GENERALIZED_TRANSFORMATION
from atalaya.ingest.standards.st1206 import SAR_MOTION_IMAGERY
from atalaya.ingest.standards.st1601 import GEO_REGISTRATION
from atalaya.ingest.standards.st1602 import COMPOSITE_IMAGING
from atalaya.ingest.standards.st1607 import AMEND, SEGMENT
from atalaya.ingest.universal_set import UniversalSpec

_KEYED = (
    UAS_DATALINK,
    SECURITY,
    VMTI,
    RVT,
    ANCILLARY_TEXT,
    RANGE_IMAGE,
    INTERPRETABILITY_AND_QUALITY,
    SAR_MOTION_IMAGERY,
    GENERALIZED_TRANSFORMATION,
    GEO_REGISTRATION,
    COMPOSITE_IMAGING,
)
LOCAL_SETS_BY_KEY: dict[bytes, SetSpec] = {one.key: one for one in (*_KEYED, VTRACK) if one.key is not None}
"""Local sets that come as packets of their own, by universal label."""

UNIVERSAL_SETS_BY_KEY: dict[bytes, UniversalSpec] = {one.key: one for one in (PREDATOR, SECURITY_UNIVERSAL)}
"""Sets whose items carry labels of their own, by universal label."""

NESTED_SETS: dict[tuple[str, str], SetSpec] = {
    ("0806", "rvt"): RVT,
    ("0806", "rvtpoi"): POINT_OF_INTEREST,
    ("0806", "rvtaoi"): AREA_OF_INTEREST,
    ("0806", "rvtuserdefined"): USER_DEFINED,
    ("0808", "ancillarytext"): ANCILLARY_TEXT,
    ("0903", "vmti"): VMTI,
    ("0903", "vtarget"): VTARGET,
    ("0903", "vmask"): VMASK,
    ("0903", "vobject"): VOBJECT,
    ("0903", "vfeature"): VFEATURE,
    ("0903", "vtracker"): VTRACKER,
    ("0903", "vchip"): VCHIP,
    ("0903", "vtrack"): VTRACK,
    ("0903", "vtrackitem"): VTRACK_ITEM,
    ("0903", "algorithm"): ALGORITHM,
    ("0903", "ontology"): ONTOLOGY,
    ("1108", "metric"): METRIC,
    ("1206", "sarmi"): SAR_MOTION_IMAGERY,
    ("1607", "segment"): SEGMENT,
    ("1607", "amend"): AMEND,
}
"""Sets by standard and name in lower case: what only comes inside others, and what has a name of its own."""

SETS_BY_STANDARD: dict[str, SetSpec] = {one.standard: one for one in _KEYED}
"""The main set of each standard, by its four digits."""
