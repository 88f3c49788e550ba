"""Which set a key announces, and which catalogue a standard's number names."""

from atalaya.ingest.local_set import SetSpec
from atalaya.ingest.st0102_set import SECURITY
from atalaya.ingest.st0601_set import UAS_DATALINK
from atalaya.ingest.st0806_set import RVT
from atalaya.ingest.st0808_set import ANCILLARY_TEXT
from atalaya.ingest.st0903_set import VMTI
from atalaya.ingest.st1002_set import RANGE_IMAGE
from atalaya.ingest.st1206_set import SAR_MOTION_IMAGERY
from atalaya.ingest.st1601_set import GEO_REGISTRATION
from atalaya.ingest.st1602_set import COMPOSITE_IMAGING
from atalaya.ingest.st1607_set import AMEND, SEGMENT

_KEYED = (
    UAS_DATALINK,
    SECURITY,
    VMTI,
    RVT,
    ANCILLARY_TEXT,
    RANGE_IMAGE,
    SAR_MOTION_IMAGERY,
    GEO_REGISTRATION,
    COMPOSITE_IMAGING,
)
LOCAL_SETS_BY_KEY: dict[bytes, SetSpec] = {one.key: one for one in _KEYED if one.key is not None}
"""Local sets that come as packets of their own, by universal label."""

NESTED_SETS: dict[tuple[str, str], SetSpec] = {("1607", "segment"): SEGMENT, ("1607", "amend"): AMEND}
"""Sets that only come inside others, by standard and name in lower case."""

SETS_BY_STANDARD: dict[str, SetSpec] = {one.standard: one for one in _KEYED}
"""The main set of each standard, by its four digits."""
