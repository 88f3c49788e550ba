"""ST 1602: how pictures are put together into one.

Source: MISB ST 1602.1.
"""

from atalaya.ingest.codecs import Integer
from atalaya.ingest.local_set import SetSpec, specs
from atalaya.ingest.series import OidNumber

_SIZE = Integer(unit="px")
_PLACE = Integer(signed=True, unit="px")

COMPOSITE_IMAGING = SetSpec(
    standard="1602",
    title="Composite Imaging Local Set",
    key=bytes.fromhex("060e2b34020b01010e01030302000000"),
    version_tag=2,
    time_tag=1,
    items=specs(
        (1, "Precision Time Stamp", Integer(size=8, unit="us")),
        (2, "Document Version", OidNumber()),
        (3, "Source Image Rows", _SIZE),
        (4, "Source Image Columns", _SIZE),
        (5, "Source Image AOI Rows", _SIZE),
        (6, "Source Image AOI Columns", _SIZE),
        (7, "Source Image AOI Position X", _PLACE),
        (8, "Source Image AOI Position Y", _PLACE),
        (9, "Sub-Image Rows", _SIZE),
        (10, "Sub-Image Columns", _SIZE),
        (11, "Sub-Image Position X", _PLACE),
        (12, "Sub-Image Position Y", _PLACE),
        (13, "Active Sub-Image Rows", _SIZE),
        (14, "Active Sub-Image Columns", _SIZE),
        (15, "Active Sub-Image Offset X", _PLACE),
        (16, "Active Sub-Image Offset Y", _PLACE),
        (17, "Transparency", Integer(size=1)),
        (18, "Z-Order", Integer(size=1)),
    ),
)
