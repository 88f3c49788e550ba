"""ST 1601."""

from atalaya.ingest.local_set import SetSpec

GEO_REGISTRATION = SetSpec(
    standard="1601",
    title="Geo-Registration Local Set",
    items={},
    key=bytes.fromhex("060e2b34020b01010e01030304000000"),
)
