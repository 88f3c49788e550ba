"""Bare KLV bytes → where their packets lie: a cheap walk along whole packets, with recovery where it breaks.

The packets are those that `KlvSplitter` finds. Where one follows the other and gives no reason to doubt, its
work is not needed; it takes over at the first that does, until the sum of a whole packet holds again.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.ingest.column_block import KEY_BYTES, OK, Block, Engine, block_of, words_at
from atalaya.ingest.key_index import LONGEST_SURE_BYTES
from atalaya.ingest.problems import ProblemLog
from atalaya.ingest.splitter import SET_PREFIX, KlvSplitter, Span

_CHUNK_BYTES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Packets of one buffer, (N,) each: where they lie in the source, how long, what their sums say."""

    packets: Block
    offset: NDArray[np.int64]
    length: NDArray[np.int64]
    checksum: NDArray[np.uint8]

    def rows(self, which: NDArray[np.bool_]) -> "Piece":
        """Some of its packets."""
        return Piece(
            packets=self.packets.rows(which),
            offset=self.offset[which],
            length=self.length[which],
            checksum=self.checksum[which],
        )


def find_packets(
    data: bytes, key: bytes, engine: Engine, log: ProblemLog, packets_at_once: int
) -> list[Piece]:
    """Every KLV packet of one key; what was amiss, with packets of any key, goes to the log.

    Args:
        data: bare KLV.
        key: of the packets that are wanted, 16 bytes.
        engine: does the work.
        log: takes the problems.
        packets_at_once: so many are looked at together.

    Returns:
        Packets as they lie in `data`; then, where keys were cut off (FFmpeg 6.1) and put back, those from the
        first such packet on in a buffer of their own.
    """
    octets = np.frombuffer(data, dtype=np.uint8)
    blocks: list[Block] = []
    sums: list[NDArray[np.uint8]] = []
    repaired: list[Span] = []
    at = base = 0
    while at < len(data):
        edges = engine.chain(octets, at, packets_at_once)
        block = block_of(octets, edges[:-1], edges[1:])
        checksum = engine.sums(block.narrowed())
        sound = _sound(data, edges, checksum)
        _keep(block.rows(slice(sound)), checksum[:sound], key, blocks, sums)
        at = int(edges[sound])
        if sound == len(edges) - 1 > 0:
            continue
        spans, resume = _recover(data, at, log)
        if any(span.repaired for span in spans):
            repaired, base = spans, at
            break
        starts = at + np.array([span.start for span in spans], dtype=np.int64)
        sizes = np.array([len(span.data) for span in spans], dtype=np.int64)
        block = block_of(octets, starts, starts + sizes)
        _keep(block, engine.sums(block.narrowed()), key, blocks, sums)
        at = resume
    found = [_joined(octets, blocks, sums)] if blocks else []
    return [*found, _put_back(repaired, key, base, engine)] if repaired else found


def _keep(
    block: Block,
    checksum: NDArray[np.uint8],
    key: bytes,
    blocks: list[Block],
    sums: list[NDArray[np.uint8]],
) -> None:
    """Note the packets of one key."""
    same = _has_key(block, key)
    if not same.all():
        block, checksum = block.rows(same), checksum[same]
    blocks.append(block)
    sums.append(checksum)


def _has_key(packets: Block, key: bytes) -> NDArray[np.bool_]:
    """(N,) which packets begin with the key."""
    halves = [int.from_bytes(key[:8], "big"), int.from_bytes(key[8:], "big")]
    first: NDArray[np.bool_] = words_at(packets.octets, packets.start + 8) == np.uint64(halves[0])
    second: NDArray[np.bool_] = words_at(packets.octets, packets.start + KEY_BYTES) == np.uint64(halves[1])
    return first & second


def _sound(data: bytes, edges: NDArray[np.int64], checksum: NDArray[np.uint8]) -> int:
    """How many packets come before the first in which another might begin."""
    doubtful = (checksum != OK) | (np.diff(edges) > LONGEST_SURE_BYTES)
    for row in np.flatnonzero(doubtful).tolist():
        start, end = int(edges[row]), int(edges[row + 1])
        if data.find(SET_PREFIX, start + 1, end + len(SET_PREFIX) - 1) >= 0:
            return int(row)
    return len(checksum)


def _recover(data: bytes, at: int, log: ProblemLog) -> tuple[list[Span], int]:
    """The packets from `at` up to the next whose sum holds, and where that one ends.

    Where a key had to be put back, all packets to the end: the splitter remembers how it was cut.
    """
    own = ProblemLog()
    splitter = KlvSplitter(own)
    found: list[Span] = []
    resume = None
    for fed in range(at, len(data) + _CHUNK_BYTES, _CHUNK_BYTES):
        piece = data[fed : fed + _CHUNK_BYTES]
        for span in splitter.feed(piece) if piece else splitter.break_here():
            found.append(span)
            if span.checksum_ok and not any(one.repaired for one in found):
                resume = at + span.start + span.length
                break
        if resume is not None:
            break
    resume = len(data) if resume is None else resume
    for problem in own.problems():
        offset = None if problem.offset is None else at + problem.offset
        if offset is None or offset < resume:
            log.report(problem.code, problem.message, offset)
    return found, resume


def _joined(octets: NDArray[np.uint8], blocks: list[Block], sums: list[NDArray[np.uint8]]) -> Piece:
    whole = Block(
        octets=octets,
        start=np.concatenate([block.start for block in blocks]),
        body=np.concatenate([block.body for block in blocks]),
        end=np.concatenate([block.end for block in blocks]),
        announced=np.concatenate([block.announced for block in blocks]),
    )
    return Piece(
        packets=whole,
        offset=whole.start,
        length=whole.end - whole.start,
        checksum=np.concatenate(sums),
    )


def _put_back(spans: list[Span], key: bytes, base: int, engine: Engine) -> Piece:
    octets = np.frombuffer(b"".join([span.data for span in spans]), dtype=np.uint8)
    end = np.cumsum([len(span.data) for span in spans], dtype=np.int64)
    packets = block_of(octets, end - np.array([len(span.data) for span in spans], dtype=np.int64), end)
    whole = Piece(
        packets=packets,
        offset=base + np.array([span.start for span in spans], dtype=np.int64),
        length=np.array([span.length for span in spans], dtype=np.int64),
        checksum=engine.sums(packets),
    )
    return whole.rows(_has_key(packets, key))
