"""An original file as it came, and what was kept of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from atalaya.errors import InputError
from atalaya.model.custody import Json
from atalaya.model.identifiers import ContentHash, SortieId, SourceId

SYNTHETIC_MARK = "SYNTHETIC / SINTÉTICO"
"""On the face and in the metadata of everything a simulator made, and of everything made from it."""


class SourceFormat(StrEnum):
    """What the bytes are, told from the content and never from the name."""

    MPEG_TS = "mpeg-ts"
    KLV = "klv"


@dataclass(frozen=True, slots=True, kw_only=True)
class CutRange:
    """A run of bytes of the whole that was not kept, and why."""

    offset: int
    length: int
    reason: str

    def __post_init__(self) -> None:
        if self.offset < 0 or self.length <= 0:
            raise InputError(f"a cut needs an offset >= 0 and a length > 0, got {self}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRecord:
    """One original under one sortie.

    Args:
        source_id: SHA-256 of the whole as it came.
        kept: content hash of what is in the vault (equal to source_id where nothing was cut; None where
            nothing lies inside the permit).
        cuts: what was not kept, in order. Empty: the whole is kept byte for byte.
        packets, packets_checksum_ok: ST 0601 (or EG 0104) packets in the whole, and those whose
            checksum holds.
        frames_kept, frames_dropped: metadata frames inside and outside the permit.
        stopped_reason: None when ingest ran to the end.
        ground: terrain, datum and errors its frames were placed with.
        packets_unsummed: packets of a set that has no checksum by its standard, read to their end.
        problems: vault hash of the list of what was wrong with it, as JSON.
    """

    source_id: SourceId
    sortie_id: SortieId
    name: str
    format: SourceFormat
    length: int
    kept: ContentHash | None
    cuts: tuple[CutRange, ...]
    packets: int
    packets_checksum_ok: int
    frames_kept: int
    frames_dropped: int
    has_video: bool
    synthetic: bool
    ingested_utc: datetime
    stopped_reason: str | None = None
    ground: Mapping[str, Json] = field(default_factory=dict)
    problems: ContentHash | None = None
    packets_unsummed: int = 0
