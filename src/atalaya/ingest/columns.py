"""Many KLV packets at once: each item one column of values with a flag for every row.

The same catalogue as `decode_packet`, and the same answers, without an object for each value. Of an item
that comes more than once in a packet the last counts. Items that are opaque by charter have flags and nothing
else.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from atalaya.ingest.column_block import CHECKSUM_STATES, OK, block_of
from atalaya.ingest.column_build import ColumnBuilder
from atalaya.ingest.column_chain import find_packets
from atalaya.ingest.column_engine import EngineName, engine_of
from atalaya.ingest.column_item import ItemColumn
from atalaya.ingest.column_values import ABSENT, FLAGS
from atalaya.ingest.local_set import SetSpec
from atalaya.ingest.metadata_stream import KlvPacket
from atalaya.ingest.problems import ProblemLog
from atalaya.ingest.standards.st0601 import UAS_DATALINK
from atalaya.model.problem import Problem

__all__ = [
    "ABSENT",
    "CHECKSUM_STATES",
    "FLAGS",
    "ItemColumn",
    "KlvColumns",
    "decode_bytes",
    "decode_columns",
]

PACKETS_AT_ONCE = 4096
_BYTES_AT_ONCE = 32 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class KlvColumns:
    """All packets of one standard, one row each, in the order of the source; (N,) each.

    Args:
        standard: four digits, "0601".
        offset: int64, where the packet begins, as in KlvPacket.
        length: int64, key + length + value [byte].
        pid: int32, -1 for a source without PIDs.
        pts_s: float64 [s], NaN where there is none.
        time_us: int64, the set's time stamp as it is written; -1 where it cannot be read.
        checksum: uint8, codes of CHECKSUM_STATES; of rows where it FAILED no value is to be used for a place.
        version: int64, the revision the packet says it follows; -1 where it does not say.
        items: columns by tag, in the order of the tags.
        problems: what was not as it should be.
    """

    standard: str
    offset: NDArray[np.int64]
    length: NDArray[np.int64]
    pid: NDArray[np.int32]
    pts_s: NDArray[np.float64]
    time_us: NDArray[np.int64]
    checksum: NDArray[np.uint8]
    version: NDArray[np.int64]
    items: Mapping[int, ItemColumn]
    problems: tuple[Problem, ...]

    def __len__(self) -> int:
        """Packets."""
        return len(self.offset)

    @property
    def checksum_ok(self) -> NDArray[np.bool_]:
        """(N,) the sum holds as the standard asks."""
        return np.equal(self.checksum, OK)


def decode_columns(
    packets: Sequence[KlvPacket],
    *,
    spec: SetSpec = UAS_DATALINK,
    tags: frozenset[int] | None = None,
    engine: EngineName = "auto",
) -> KlvColumns:
    """All packets of one standard in columns; those of other keys have no row.

    Args:
        packets: in the order of the source.
        spec: the standard's catalogue.
        tags: items that are wanted; None for all.
        engine: "numpy", "numba" (compiled, at the first call), or "auto": numba where it can be imported. The
            answers are the same.
    """
    chosen = [packet for packet in packets if packet.data[:16] == spec.key]
    builder = ColumnBuilder(spec, len(chosen), engine_of(engine), tags)
    end = np.cumsum([len(packet.data) for packet in chosen], dtype=np.int64)
    start = end - np.array([len(packet.data) for packet in chosen], dtype=np.int64)
    for first, last in _cuts(start, end):
        octets = np.frombuffer(b"".join([packet.data for packet in chosen[first:last]]), dtype=np.uint8)
        builder.put(first, block_of(octets, start[first:last] - start[first], end[first:last] - start[first]))
    return _columns(
        builder,
        offset=np.array([packet.offset for packet in chosen], dtype=np.int64),
        length=np.array([packet.length for packet in chosen], dtype=np.int64),
        pid=np.array([-1 if packet.pid is None else packet.pid for packet in chosen], dtype=np.int32),
        pts_s=np.array(
            [np.nan if packet.pts_s is None else packet.pts_s for packet in chosen], dtype=np.float64
        ),
        log=ProblemLog(),
    )


def decode_bytes(
    data: bytes | bytearray | memoryview,
    *,
    spec: SetSpec = UAS_DATALINK,
    tags: frozenset[int] | None = None,
    engine: EngineName = "auto",
) -> KlvColumns:
    """Bare KLV in columns, without an object for each packet; damaged bytes give what `read_packets` gives.

    Args:
        data: the whole source.
        spec: the standard's catalogue; packets of other keys have no row.
        tags: items that are wanted; None for all.
        engine: see `decode_columns`.
    """
    whole = bytes(data)
    runner = engine_of(engine)
    log = ProblemLog()
    pieces = [] if spec.key is None else find_packets(whole, spec.key, runner, log, PACKETS_AT_ONCE)
    count = sum(len(piece.packets) for piece in pieces)
    builder = ColumnBuilder(spec, count, runner, tags)
    row = 0
    for piece in pieces:
        for first, last in _cuts(piece.packets.start, piece.packets.end):
            block = piece.packets.rows(slice(first, last)).narrowed()
            builder.put(row + first, block, piece.checksum[first:last])
        row += len(piece.packets)
    return _columns(
        builder,
        offset=np.concatenate([np.zeros(0, dtype=np.int64), *(piece.offset for piece in pieces)]),
        length=np.concatenate([np.zeros(0, dtype=np.int64), *(piece.length for piece in pieces)]),
        pid=np.full(count, -1, dtype=np.int32),
        pts_s=np.full(count, np.nan),
        log=log,
    )


def _columns(
    builder: ColumnBuilder,
    *,
    offset: NDArray[np.int64],
    length: NDArray[np.int64],
    pid: NDArray[np.int32],
    pts_s: NDArray[np.float64],
    log: ProblemLog,
) -> KlvColumns:
    items = builder.items()
    builder.report(log, offset)
    return KlvColumns(
        standard=builder.spec.standard,
        offset=offset,
        length=length,
        pid=pid,
        pts_s=pts_s,
        time_us=builder.whole_numbers(builder.spec.time_tag),
        checksum=builder.checksum,
        version=builder.whole_numbers(builder.spec.version_tag),
        items=MappingProxyType(items),
        problems=log.problems(),
    )


def _cuts(start: NDArray[np.int64], end: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """(first row, row behind the last) of pieces that are decoded together."""
    first = 0
    while first < len(end):
        fits = int(np.searchsorted(end, start[first] + _BYTES_AT_ONCE, side="right"))
        last = max(first + 1, min(first + PACKETS_AT_ONCE, fits))
        yield first, last
        first = last
