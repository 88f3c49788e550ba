"""ST 0903."""

from atalaya.ingest.local_set import SetSpec

VMTI = SetSpec(
    standard="0903", title="VMTI Local Set", items={}, key=bytes.fromhex("060e2b34020b01010e01030306000000")
)
