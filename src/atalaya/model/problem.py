"""What was wrong with an input, beside the records that could still be read from it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that was not as it should be.

    Args:
        code: stable, for programs: `checksum-failed`, `ts-lost-sync`, `item-length`, …
        message: for people: what was wanted and what came.
        offset: byte offset in the source, None when it has no single place.
    """

    code: str
    message: str
    offset: int | None = None
