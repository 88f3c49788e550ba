"""ST 0808."""

from atalaya.ingest.local_set import SetSpec

ANCILLARY_TEXT = SetSpec(
    standard="0808",
    title="Ancillary Text Local Set",
    items={},
    key=bytes.fromhex("060e2b34020301010e01030502000000"),
)
