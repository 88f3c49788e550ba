"""ST 1002."""

from atalaya.ingest.local_set import SetSpec

RANGE_IMAGE = SetSpec(
    standard="1002",
    title="Range Motion Imagery Local Set",
    items={},
    key=bytes.fromhex("060e2b34020b01010e0103030c000000"),
)
