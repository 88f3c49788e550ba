"""Identities of the records, so that one kind cannot be handed in for another."""

from typing import NewType

AuthorityId = NewType("AuthorityId", str)
"""`AUT-…`: one recorded instrument with the host nation's consent."""
SortieId = NewType("SortieId", str)
"""`SOR-…`: one flight under one authority."""
SourceId = NewType("SourceId", str)
"""SHA-256 in lower-case hex of the *whole* original file as it came."""
ContentHash = NewType("ContentHash", str)
"""SHA-256 in lower-case hex of bytes in the vault."""
SiteId = NewType("SiteId", str)
"""`SIT-…`: one persistent place."""
DossierId = NewType("DossierId", str)
"""`DOS-…`: the case of one site at one time."""
ReleaseId = NewType("ReleaseId", str)
"""`REL-…`: one proposal to show one dossier to one recipient."""
RecipientId = NewType("RecipientId", str)
"""UUID of a partner authority; never a number (audiences are keyed by identity)."""
ReceiptId = NewType("ReceiptId", str)
"""`REC-…`: the partner says that the package arrived."""
OutcomeId = NewType("OutcomeId", str)
"""`OUT-…`: what the partner found."""
ActorId = NewType("ActorId", str)
"""Account of a user of this system, as the workspace's login names it."""
