"""Header fields of transport packets, many at once.

Source: ISO/IEC 13818-1, 2.4.3.2 (header) and 2.4.3.4 (adaptation field).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.ingest.transport import PACKET_BYTES, TransportBlock

NULL_PID = 0x1FFF
_HEADER_BYTES = 4


@dataclass(frozen=True, slots=True)
class Heads:
    """Some packets of a block, M first.

    Args:
        rows: (M, 188) uint8, the packets. offset: (M,) int64, of each in the source.
        pid, counter: (M,) int64.
        starts_unit: (M,) bool, a PES packet or a section starts in it.
        payload_start: (M,) int64, bytes before its payload; 188 where that is empty.
        has_payload: (M,) bool. readable: (M,) bool, it has one and it can be read.
        refused: (M,) bool, marked as damaged or scrambled, or its adaptation field is longer than it.
        jumps: (M,) bool, it says that the counter may jump here.
    """

    rows: NDArray[np.uint8]
    offset: NDArray[np.int64]
    pid: NDArray[np.int64]
    starts_unit: NDArray[np.bool_]
    payload_start: NDArray[np.int64]
    counter: NDArray[np.int64]
    has_payload: NDArray[np.bool_]
    readable: NDArray[np.bool_]
    refused: NDArray[np.bool_]
    jumps: NDArray[np.bool_]

    def runs(self, chosen: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """First and last of the packets, of those chosen, that follow each other without a loss.

        Returns:
            Two arrays of positions in `chosen`; a packet that starts a unit or may jump begins a run.
        """
        pid, counter = self.pid[chosen], self.counter[chosen]
        begins = self.starts_unit[chosen] | self.jumps[chosen]
        begins[:1] = True
        begins[1:] |= (pid[1:] != pid[:-1]) | (counter[1:] != (counter[:-1] + 1) & 15)
        first = np.flatnonzero(begins)
        return first, np.append(first[1:], len(chosen)) - 1

    def payload(self, row: int) -> bytes:
        """What one packet carries."""
        return self.rows[row, self.payload_start[row] :].tobytes()


def pids_of(block: TransportBlock) -> NDArray[np.uint16]:
    """(N,) PID of each packet."""
    pids = (block.rows[:, 1] & 0x1F).astype(np.uint16)
    pids <<= 8
    pids |= block.rows[:, 2]
    return pids


def read_heads(block: TransportBlock, chosen: NDArray[np.intp] | None = None) -> Heads:
    """The fields of the chosen packets, by their row; of all where none are named."""
    rows = block.rows if chosen is None else block.rows[chosen]
    number = np.arange(len(rows)) if chosen is None else chosen
    control = (rows[:, 3] >> 4) & 3
    has_field = (control & 2) != 0
    payload_start = np.where(has_field, _HEADER_BYTES + 1 + rows[:, 4].astype(np.int64), _HEADER_BYTES)
    marked = ((rows[:, 1] & 0x80) != 0) | ((rows[:, 3] & 0xC0) != 0)
    has_payload = (control & 1) != 0
    too_long = payload_start > PACKET_BYTES
    return Heads(
        rows=rows,
        offset=block.offset + number * block.spacing,
        pid=(rows[:, 1].astype(np.int64) & 0x1F) << 8 | rows[:, 2],
        starts_unit=(rows[:, 1] & 0x40) != 0,
        payload_start=payload_start,
        counter=rows[:, 3].astype(np.int64) & 0x0F,
        has_payload=has_payload,
        readable=has_payload & ~too_long & ~marked,
        refused=marked | too_long,
        jumps=has_field & (rows[:, 4] > 0) & ((rows[:, 5] & 0x80) != 0) & ~marked,
    )
