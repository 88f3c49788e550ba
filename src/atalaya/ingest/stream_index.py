"""What is where in a source: enough to plan cuts without reading it again."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.ingest.psi import ElementaryStream
from atalaya.model.columns import Columns
from atalaya.model.source import SourceFormat


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureIndex(Columns):
    """One row per video PES packet, in the order of the bytes, N first.

    Args:
        offset: (N,) int64, of the transport packet in which it starts.
        pid: (N,) int64.
        pts_s: (N,) float64, on the stream's own 90 kHz clock; NaN where absent.
        random_access: (N,) bool, decoding can begin here: the stream says so, or it starts with a sequence
            header or parameter sets.
        sei_time_us: (N,) int64, MISP time that the picture itself says (ST 0604); -1 where it says none.
        sei_status: (N,) int64, the status byte beside it, see PictureTime; -1 where there is none.
    """

    offset: NDArray[np.int64]
    pid: NDArray[np.int64]
    pts_s: NDArray[np.float64]
    random_access: NDArray[np.bool_]
    sei_time_us: NDArray[np.int64]
    sei_status: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunIndex(Columns):
    """Runs of consecutive transport packets of one PID, in the order of the bytes, N first.

    Args:
        offset: (N,) int64, of the first packet.
        packets: (N,) int64, how many.
        pid: (N,) int64.
        starts_unit: (N,) bool, a PES packet or a table section starts in the first of them.
        broken: (N,) bool, packets are missing before the first of them, or it cannot be read: what it
            belongs to is not known.
    """

    offset: NDArray[np.int64]
    packets: NDArray[np.int64]
    pid: NDArray[np.int64]
    starts_unit: NDArray[np.bool_]
    broken: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class PacketIndex(Columns):
    """One row per KLV packet of any kind, in the order in which the reader gave them, N first.

    Args:
        offset, last_offset: (N,) int64, as in KlvPacket.
        length: (N,) int64 [byte].
        pid: (N,) int64; -1 in a `.klv`.
        pts_s: (N,) float64; NaN where absent.
        is_frame: (N,) bool, an ST 0601 packet, or of EG 0104 in a source without ST 0601: it has a row in
            the FrameTable.
    """

    offset: NDArray[np.int64]
    last_offset: NDArray[np.int64]
    length: NDArray[np.int64]
    pid: NDArray[np.int64]
    pts_s: NDArray[np.float64]
    is_frame: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamIndex:
    """A whole source, described.

    Args:
        format: None where it is neither a transport stream nor KLV.
        length: bytes read.
        spacing: bytes from one transport packet to the next; 0 in a `.klv`.
        streams: lines of the program maps. table_pids: PIDs of the tables (0 and the maps').
        pictures: video PES packets. runs: transport packets. packets: KLV packets.
    """

    format: SourceFormat | None
    length: int
    spacing: int
    streams: tuple[ElementaryStream, ...]
    table_pids: frozenset[int]
    pictures: PictureIndex
    runs: RunIndex
    packets: PacketIndex

    @property
    def has_video(self) -> bool:
        """Whether a video PES packet was seen."""
        return len(self.pictures) > 0

    @property
    def klv_pids(self) -> tuple[int, ...]:
        """PIDs on which KLV packets were seen, in rising order."""
        return tuple(int(pid) for pid in np.unique(self.packets.pid) if pid >= 0)
