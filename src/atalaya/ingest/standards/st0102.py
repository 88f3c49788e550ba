"""ST 0102."""

from atalaya.ingest.local_set import SetSpec

SECURITY = SetSpec(
    standard="0102",
    title="Security Local Set",
    items={},
    key=bytes.fromhex("060e2b34020301010e01030302000000"),
)
