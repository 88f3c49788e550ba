"""ST 0601."""

from atalaya.ingest.local_set import SetSpec

UAS_DATALINK = SetSpec(
    standard="0601",
    title="UAS Datalink Local Set",
    items={},
    key=bytes.fromhex("060e2b34020b01010e01030101000000"),
)
