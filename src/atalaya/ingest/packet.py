"""One KLV packet, decoded whole: every item with its flag, and why where there is no value."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from atalaya.errors import KlvError
from atalaya.ingest.ber import read_length
from atalaya.ingest.catalogue import LOCAL_SETS_BY_KEY
from atalaya.ingest.checksum import checksum_holds
from atalaya.ingest.local_set import read_set, write_set
from atalaya.ingest.metadata_stream import KlvPacket
from atalaya.ingest.value import Entries, Entry, Flag

_KEY_BYTES = 16


class ChecksumState(StrEnum):
    """What the sum that closes a packet says; `payload_only` sums less than the standard asks, and holds."""

    OK = "ok"
    FAILED = "failed"
    PAYLOAD_ONLY = "payload_only"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodedPacket:
    """A packet and what it says.

    Args:
        index: its number in the source, from 0. packet: as it came.
        standard: of its set, "0601"; None for a key that nothing here knows.
        title: of the set. version: as the set says; None where it does not.
        utc: item 2, its own clock taken as it is; None where it has none.
        checksum: what its sum says. entries: its items. problems: what could not be read.
    """

    index: int
    packet: KlvPacket
    standard: str | None
    title: str | None
    version: int | None
    utc: datetime | None
    checksum: ChecksumState
    entries: Entries
    problems: tuple[str, ...]
