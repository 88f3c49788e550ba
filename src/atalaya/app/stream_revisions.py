"""Which revision of a standard holds at each packet of a stream: said once, it may be left out afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.errors import KlvError
from atalaya.ingest.ber import walk
from atalaya.ingest.layout import shapes
from atalaya.ingest.local_set import Nested, SaidRevisions, SetSpec
from atalaya.ingest.metadata_stream import KlvPacket
from atalaya.ingest.standards.catalogue import LOCAL_SETS_BY_KEY


@dataclass(frozen=True, slots=True)
class RevisionHistory:
    """By standard: the packets that say its revision, rising, and what they say."""

    said: dict[str, tuple[NDArray[np.intp], NDArray[np.int64]]]

    def before(self, number: int) -> SaidRevisions:
        """The revisions that hold when packet `number` begins."""
        places = {standard: int(np.searchsorted(rows, number)) for standard, (rows, _) in self.said.items()}
        return {standard: int(self.said[standard][1][at - 1]) for standard, at in places.items() if at}


def revision_history(key: bytes, packets: Sequence[KlvPacket], counted: NDArray[np.bool_]) -> RevisionHistory:
    """The revisions that packets of one set say of it and of the sets inside it.

    Args:
        key: of the set; one that is no local set says none.
        packets: N of them, in order.
        counted: (N,) which of them are believed.
    """
    spec = LOCAL_SETS_BY_KEY.get(key)
    if spec is None:
        return RevisionHistory({})
    found: dict[str, dict[int, int]] = {}
    inner = _sets_inside(spec)
    for shape in shapes([packet.data for packet in packets]):
        speaking = counted[shape.rows]
        for tag, item in shape.items.items():
            if tag != spec.version_tag and tag not in inner:
                continue
            known: dict[bytes, int | None] = {}
            for row, octets in zip(shape.rows[speaking], shape.octets[speaking], strict=True):
                value = octets[item.start : item.end].tobytes()
                if value not in known:
                    known[value] = _said(value) if tag == spec.version_tag else _version(inner[tag], value)
                standard = spec.standard if tag == spec.version_tag else inner[tag].standard
                revision = known[value]
                if revision is not None:
                    found.setdefault(standard, {})[int(row)] = revision
    return RevisionHistory({standard: _columns(rows) for standard, rows in found.items()})


def _columns(revision_of: dict[int, int]) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    rows = np.array(sorted(revision_of), dtype=np.intp)
    return rows, np.array([revision_of[row] for row in rows.tolist()], dtype=np.int64)


def _sets_inside(spec: SetSpec) -> dict[int, SetSpec]:
    """Sets by the tag they come under that may say a revision of their own."""
    nested = {tag: item.codec.spec() for tag, item in spec.items.items() if isinstance(item.codec, Nested)}
    return {tag: inside for tag, inside in nested.items() if inside.version_tag is not None}


def _version(spec: SetSpec, data: bytes) -> int | None:
    try:
        for item in walk(data):
            if item.tag == spec.version_tag:
                return _said(data[item.start : item.end])
    except KlvError:
        return None
    return None


def _said(data: bytes) -> int | None:
    return int.from_bytes(data, "big") if data else None
