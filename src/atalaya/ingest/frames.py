"""The frames of a source, whichever set says them: ST 0601, or EG 0104 where there is no ST 0601."""

from collections.abc import Sequence

import numpy as np

from atalaya.ingest.eg0104_frames import predator_frames
from atalaya.ingest.metadata_stream import KlvPacket
from atalaya.ingest.st0601 import frame_table
from atalaya.ingest.stream import PREDATOR_KEY, key_of_frames
from atalaya.model.frame import FrameTable, TargetTable
from atalaya.model.problem import Problem


def read_frames(packets: Sequence[KlvPacket]) -> tuple[FrameTable, TargetTable, tuple[Problem, ...]]:
    """One row for each packet that `PacketIndex.is_frame` names; never raises, whatever the bytes are.

    Args:
        packets: of any kind, in the order of the source.

    Returns:
        As `st0601.frame_table`; a source of EG 0104 has no targets.
    """
    if key_of_frames(packet.data[: len(PREDATOR_KEY)] for packet in packets) != PREDATOR_KEY:
        return frame_table(packets)
    frames, problems = predator_frames(packets)
    return frames, _no_targets(), problems


def _no_targets() -> TargetTable:
    numbers, indices = np.empty(0), np.empty(0, dtype=np.int64)
    return TargetTable(
        frame_index=indices,
        target_id=indices,
        lon_deg=numbers,
        lat_deg=numbers,
        hae_m=numbers,
        row_px=numbers,
        col_px=numbers,
        confidence=numbers,
    )
