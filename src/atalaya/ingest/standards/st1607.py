"""ST 1607."""

from atalaya.ingest.local_set import SetSpec

SEGMENT = SetSpec(standard="1607", title="Segment Local Set", items={}, key=None)

AMEND = SetSpec(standard="1607", title="Amend Local Set", items={}, key=None)
