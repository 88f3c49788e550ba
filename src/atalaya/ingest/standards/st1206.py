"""ST 1206."""

from atalaya.ingest.local_set import SetSpec

SAR_MOTION_IMAGERY = SetSpec(
    standard="1206",
    title="SAR Motion Imagery Local Set",
    items={},
    key=bytes.fromhex("060e2b34020b01010e0103030d000000"),
)
