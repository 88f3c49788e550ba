"""ST 1607: segments and amendments of a set, which inherit what they do not say themselves."""

from atalaya.ingest.standards.st0601 import AMEND, SEGMENT

__all__ = ["AMEND", "SEGMENT"]
