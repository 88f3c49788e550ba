"""What of a source may be kept: whole groups of pictures and packets that lie in kept time, nothing else.

The place that a picture shows is known only through the packets around it. What no packet vouches for (sound,
foreign data, pictures before the first key picture, what follows a loss) is cut.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.errors import InputError
from atalaya.ingest.picture_groups import PictureGroups, pids_of_the_look, whole_is_vouched_for
from atalaya.ingest.stream_index import PacketIndex, RunIndex, StreamIndex
from atalaya.model.frame import FrameTable
from atalaya.model.source import CutRange, SourceFormat

_REASON = "not known to lie in kept area and time"


@dataclass(frozen=True, slots=True, kw_only=True)
class CutPlan:
    """Which bytes stay, in order and without overlap; `cuts` is exactly the rest.

    Args:
        kept: (first byte, byte after the last) of each range.
        cuts: the rest, each with its reason.
        rows_kept: (N,) bool, rows of the FrameTable whose packet is among what stays.
    """

    kept: tuple[tuple[int, int], ...]
    cuts: tuple[CutRange, ...]
    rows_kept: NDArray[np.bool_]


def plan_cut(index: StreamIndex, frames: FrameTable, keep: NDArray[np.bool_]) -> CutPlan:
    """Plan what stays of a source of which only some frames may be kept.

    Args:
        index: of the whole source.
        frames: its table, one row for each frame packet of the index, in the same order.
        keep: (N,) rows that may be kept.

    Returns:
        In a `.klv` exactly the packets to keep. In a transport stream the tables, and those groups of
        pictures (a key picture up to the next one) and metadata that are kept by `PictureGroups.kept`;
        ranges are whole transport packets. Where every row is kept and the whole is vouched for, every
        byte stays but those of other streams (`pids_of_the_look`) and those that are no transport packets.
        Where nothing is kept nothing stays, not even tables.

    Raises:
        InputError: the frames are not those of the index, or `keep` is not of their length.
    """
    rows = _rows_of_packets(index.packets, frames)
    if keep.shape != (len(frames),):
        raise InputError(f"one decision for each of {len(frames)} frames was wanted, got {keep.shape}")
    allowed = np.zeros(len(rows), dtype=np.bool_)
    allowed[rows >= 0] = keep[rows[rows >= 0]]
    if index.format is SourceFormat.KLV:
        ends = index.packets.offset + index.packets.length
        stays, ranges = allowed, np.stack([index.packets.offset, ends], axis=1)[allowed]
    elif keep.size and keep.all() and whole_is_vouched_for(index):
        stays, ranges = allowed, _ranges(index, np.isin(index.runs.pid, list(pids_of_the_look(index))))
    else:
        stays, ranges = _transport_ranges(index, allowed)
    kept = _joined(ranges)
    rows_kept = np.zeros(len(frames), dtype=np.bool_)
    rows_kept[rows[stays & (rows >= 0)]] = True
    return CutPlan(kept=kept, cuts=_rest(kept, index.length), rows_kept=rows_kept)


def _rows_of_packets(packets: PacketIndex, frames: FrameTable) -> NDArray[np.intp]:
    """(P,) row of each packet; -1 for a packet that is no frame."""
    of_frames = np.flatnonzero(packets.is_frame)
    if not np.array_equal(packets.offset[of_frames], frames.packet_offset):
        raise InputError(f"the {len(of_frames)} frames of this source were wanted, got {len(frames)} others")
    rows = np.full(len(packets), -1, dtype=np.intp)
    rows[of_frames] = np.arange(len(of_frames))
    return rows


def _transport_ranges(
    index: StreamIndex, allowed: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """(P,) packets that stay, and the (R, 2) byte ranges of the transport packets that stay."""
    runs, packets = index.runs, index.packets
    unit_of_run = _units(runs)
    groups = PictureGroups.of(index.pictures)
    kept_groups = groups.kept(packets, allowed)
    stays = allowed & groups.vouch_for(packets, kept_groups) if groups.count else allowed
    unit_stays, stays = _metadata_units(unit_of_run, runs, packets, stays)
    for offset in groups.picture_offsets(kept_groups).tolist():
        run = int(np.searchsorted(runs.offset, offset))
        unit_stays[unit_of_run[run]] = runs.starts_unit[run] and runs.offset[run] == offset
    unit_stays[0] = False
    is_table = np.isin(runs.pid, list(index.table_pids))
    run_stays = (unit_stays[unit_of_run] | is_table) & unit_stays.any()
    return stays, _ranges(index, run_stays)


def _ranges(index: StreamIndex, chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(R, 2) first byte and byte after the last of the chosen runs."""
    ends = index.runs.offset + index.runs.packets * index.spacing
    ranges: NDArray[np.int64] = np.stack([index.runs.offset, ends], axis=1)[chosen]
    return ranges


def _units(runs: RunIndex) -> NDArray[np.intp]:
    """(R,) which PES packet or section each run belongs to, from 1; 0 where that is not known.

    A unit is everything of one PID from one start to the next; after a loss nothing is known up to the
    next start.
    """
    units = np.zeros(len(runs), dtype=np.intp)
    number = 0
    current: dict[int, int] = {}
    columns = zip(runs.pid.tolist(), runs.starts_unit.tolist(), runs.broken.tolist(), strict=True)
    for run, (pid, starts, broken) in enumerate(columns):
        if starts:
            number += 1
            current[pid] = number
        elif broken:
            current[pid] = 0
        units[run] = current.get(pid, 0)
    return units


def _metadata_units(
    unit_of_run: NDArray[np.intp], runs: RunIndex, packets: PacketIndex, stays: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """(U,) units that carry only packets that stay, and (P,) those packets.

    A unit that also carries another packet is cut; so is, then, every packet that needs that unit.
    """
    touched = _units_of_packets(unit_of_run, runs, packets)
    count = int(unit_of_run.max(initial=0)) + 1
    stays = stays & np.array([0 not in units for units in touched], dtype=np.bool_)
    while True:
        refused = np.zeros(count, dtype=np.bool_)
        for packet in np.flatnonzero(~stays).tolist():
            refused[touched[packet]] = True
        still = stays & np.array([not refused[units].any() for units in touched], dtype=np.bool_)
        if np.array_equal(still, stays):
            break
        stays = still
    carries = np.zeros(count, dtype=np.bool_)
    for packet in np.flatnonzero(stays).tolist():
        carries[touched[packet]] = True
    return carries & ~refused, stays


def _units_of_packets(unit_of_run: NDArray[np.intp], runs: RunIndex, packets: PacketIndex) -> list[list[int]]:
    """For each KLV packet the units of its PID from its first to its last byte."""
    first = np.searchsorted(runs.offset, packets.offset, side="right") - 1
    last = np.searchsorted(runs.offset, packets.last_offset, side="right") - 1
    spans = zip(first.tolist(), last.tolist(), packets.pid.tolist(), strict=True)
    return [
        [int(unit_of_run[run]) for run in range(begin, end + 1) if runs.pid[run] == pid]
        for begin, end, pid in spans
    ]


def _joined(ranges: NDArray[np.int64]) -> tuple[tuple[int, int], ...]:
    """Ranges in order, those that touch made one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(map(tuple, ranges.tolist())):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


def _rest(kept: tuple[tuple[int, int], ...], length: int) -> tuple[CutRange, ...]:
    """Everything that is not kept."""
    edges = [0, *(edge for span in kept for edge in span), length]
    gaps = zip(edges[0::2], edges[1::2], strict=True)
    return tuple(
        CutRange(offset=start, length=end - start, reason=_REASON) for start, end in gaps if end > start
    )
