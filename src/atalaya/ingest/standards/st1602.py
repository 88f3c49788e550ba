"""ST 1602."""

from atalaya.ingest.local_set import SetSpec

COMPOSITE_IMAGING = SetSpec(
    standard="1602",
    title="Composite Imaging Local Set",
    items={},
    key=bytes.fromhex("060e2b34020b01010e0103030b000000"),
)
