"""Bare KLV bytes → where their packets lie: a cheap walk along whole packets, with recovery where it breaks.

The packets are those that `KlvSplitter` finds. Where one follows the other and each sum holds, its work is
not needed; it takes over at the first packet that gives reason to doubt, until a sum holds again.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.ingest.column_block import KEY_BYTES, OK, Block, Engine, block_of
from atalaya.ingest.problems import ProblemLog
from atalaya.ingest.splitter import KlvSplitter

_CHUNK_BYTES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Extents:
    """Packets of one buffer, (N,) each: where they begin and end, and what their sums say."""

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    checksum: NDArray[np.uint8]


def find_extents(data: bytes, engine: Engine, log: ProblemLog, packets_at_once: int) -> Extents:
    """Every KLV packet, of whatever key; what was not as it should be goes to the log.

    Args:
        data: bare KLV.
        engine: does the work.
        log: takes the problems.
        packets_at_once: so many are looked at together.
    """
    octets = np.frombuffer(data, dtype=np.uint8)
    starts: list[NDArray[np.int64]] = []
    ends: list[NDArray[np.int64]] = []
    sums: list[NDArray[np.uint8]] = []
    at = 0
    while at < len(data):
        edges = engine.chain(octets, at, packets_at_once)
        block = block_of(octets, edges[:-1], edges[1:])
        checksum = engine.sums(block)
        sound = _sound(data, block, checksum)
        at = int(edges[sound])
        found = block.rows(slice(sound)) if sound else None
        starts.append(edges[:sound])
        ends.append(edges[1 : sound + 1])
        sums.append(checksum[:sound])
        if found is not None and sound == packets_at_once:
            continue
        if at < len(data):
            begins, finishes, at = _recover(data, at, log)
            starts.append(begins)
            ends.append(finishes)
            sums.append(engine.sums(block_of(octets, begins, finishes)))
    return Extents(
        start=np.concatenate([np.zeros(0, dtype=np.int64), *starts]),
        end=np.concatenate([np.zeros(0, dtype=np.int64), *ends]),
        checksum=np.concatenate([np.zeros(0, dtype=np.uint8), *sums]),
    )


def _sound(data: bytes, block: Block, checksum: NDArray[np.uint8]) -> int:
    """How many packets come before the first that holds another of its kind and has no good sum."""
    for row in np.flatnonzero(checksum != OK).tolist():
        start, end = int(block.start[row]), int(block.end[row])
        key = data[start : start + KEY_BYTES]
        if data.find(key, start + KEY_BYTES, end + KEY_BYTES - 1) >= 0:
            return int(row)
    return len(block)


def _recover(data: bytes, at: int, log: ProblemLog) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """The packets from `at` up to the next whose sum holds, and where that one ends."""
    own = ProblemLog()
    splitter = KlvSplitter(own)
    begins: list[int] = []
    finishes: list[int] = []
    resume = None
    for fed in range(at, len(data) + _CHUNK_BYTES, _CHUNK_BYTES):
        piece = data[fed : fed + _CHUNK_BYTES]
        for span in splitter.feed(piece) if piece else splitter.break_here():
            begins.append(at + span.start)
            finishes.append(at + span.start + span.length)
            if span.checksum_ok:
                resume = finishes[-1]
                break
        if resume is not None:
            break
    resume = len(data) if resume is None else resume
    for problem in own.problems():
        offset = None if problem.offset is None else at + problem.offset
        if offset is None or offset < resume:
            log.report(problem.code, problem.message, offset)
    return np.array(begins, dtype=np.int64), np.array(finishes, dtype=np.int64), resume
