"""ST 0806."""

from atalaya.ingest.local_set import SetSpec

RVT = SetSpec(
    standard="0806",
    title="Remote Video Terminal Local Set",
    items={},
    key=bytes.fromhex("060e2b34020b01010e01030102000000"),
)
