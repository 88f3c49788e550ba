"""Groups of pictures, and which packets vouch for where they look."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from atalaya.ingest.stream_index import PacketIndex, PictureIndex, StreamIndex

_SAME_TIME_S = 1e-3
_LONGEST_SILENCE_S = 2.0
_SERVICE_PIDS = frozenset({*range(0x20), 0x1FFF})
"""Tables of every transport stream (ISO/IEC 13818-1, ETSI EN 300 468), and null packets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureGroups:
    """The pictures of the first video PID, from each key picture up to the next one.

    Args:
        offset, pts_s: (P,) of each picture, in the order of the bytes.
        group: (P,) its group; -1 before the first key picture.
        start: (G,) byte offset of each group's key picture.
        from_s, until_s: (G,) time of its first picture, and of what comes after its last one; NaN where no
            picture has a time.
    """

    offset: NDArray[np.int64]
    pts_s: NDArray[np.float64]
    group: NDArray[np.intp]
    start: NDArray[np.int64]
    from_s: NDArray[np.float64]
    until_s: NDArray[np.float64]

    @classmethod
    def of(cls, pictures: PictureIndex) -> Self:
        """Group the pictures of an index."""
        first_pid = pictures.pid == (pictures.pid[0] if len(pictures) else -1)
        one = pictures.take(first_pid)
        group = np.cumsum(one.random_access) - 1
        count = int(one.random_access.sum())
        from_s, last_s = np.full(count, np.inf), np.full(count, -np.inf)
        timed = (group >= 0) & ~np.isnan(one.pts_s)
        np.minimum.at(from_s, group[timed], one.pts_s[timed])
        np.maximum.at(last_s, group[timed], one.pts_s[timed])
        until_s = np.full(count, np.inf)
        until_s[:-1] = np.maximum(from_s[1:], last_s[:-1] + _SAME_TIME_S)
        unknown = np.isinf(from_s)
        return cls(
            offset=one.offset,
            pts_s=one.pts_s,
            group=group,
            start=one.offset[one.random_access],
            from_s=np.where(unknown, np.nan, from_s),
            until_s=np.where(unknown, np.nan, until_s),
        )

    @property
    def count(self) -> int:
        """How many groups there are."""
        return len(self.start)

    def picture_offsets(self, kept: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Where the pictures of these groups start."""
        if not self.count:
            return np.empty(0, dtype=np.int64)
        return self.offset[(self.group >= 0) & kept[self.group]]

    def kept(self, packets: PacketIndex, allowed: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """(G,) groups that are kept.

        A group is kept where at least one frame's packet lies in it or has its time in it, every such packet
        is allowed, and of each picture the packet at its time, else the packets before and after it, are
        allowed. Where packets have no times, their place among the bytes counts instead.
        """
        present = self.packets_in(packets, packets.is_frame)
        refused = self.packets_in(packets, packets.is_frame & ~allowed)
        doubtful = np.zeros(self.count, dtype=np.bool_)
        unsure = (self.group >= 0) & ~self._pictures_vouched(packets, allowed)
        doubtful[self.group[unsure]] = True
        kept: NDArray[np.bool_] = (present > 0) & (refused == 0) & ~doubtful
        return kept

    def vouch_for(self, packets: PacketIndex, kept: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """(P,) packets whose time, or where they have none whose place, lies in kept groups only."""
        home = np.searchsorted(self.start, packets.offset, side="right") - 1
        by_place = (home >= 0) & kept[home]
        order = np.argsort(packets.pts_s, kind="stable")
        in_kept, in_other = (
            self._covered(packets.pts_s[order], kept),
            self._covered(packets.pts_s[order], ~kept),
        )
        by_time = np.empty(len(packets), dtype=np.bool_)
        by_time[order] = in_kept & ~in_other
        timed = ~np.isnan(packets.pts_s) & ~np.isnan(self.from_s).all()
        return np.where(timed, by_time, by_place)

    def _covered(self, sorted_s: NDArray[np.float64], of_groups: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which of these times lie in the time of one of these groups."""
        wanted = of_groups & ~np.isnan(self.from_s)
        steps = np.zeros(len(sorted_s) + 1, dtype=np.int64)
        np.add.at(steps, np.searchsorted(sorted_s, self.from_s[wanted]), 1)
        np.add.at(steps, np.searchsorted(sorted_s, self.until_s[wanted]), -1)
        covered: NDArray[np.bool_] = np.cumsum(steps)[:-1] > 0
        return covered

    def packets_in(self, packets: PacketIndex, chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
        """(G,) how many of the chosen packets have bytes in the group, plus how many their time."""
        end = np.append(self.start[1:], np.iinfo(np.int64).max)
        first, last = np.sort(packets.offset[chosen]), np.sort(packets.last_offset[chosen])
        by_place = np.searchsorted(first, end) - np.searchsorted(last, self.start)
        times_s = np.sort(packets.pts_s[chosen & ~np.isnan(packets.pts_s)])
        by_time = np.searchsorted(times_s, self.until_s) - np.searchsorted(times_s, self.from_s)
        total: NDArray[np.int64] = by_place + np.where(np.isnan(self.from_s), 0, by_time)
        return total

    def _pictures_vouched(self, packets: PacketIndex, allowed: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """(P,) pictures whose packets before and after, or at the same time, are allowed."""
        frames = packets.is_frame
        timed = frames & ~np.isnan(packets.pts_s)
        by_place = _between_allowed(self.offset, packets.offset[frames], allowed[frames], 0)
        if not timed.any():
            return by_place
        by_time = _between_allowed(self.pts_s, packets.pts_s[timed], allowed[timed], _SAME_TIME_S)
        return np.where(np.isnan(self.pts_s), by_place, by_time)


def _between_allowed[T: (np.int64, np.float64)](
    wanted: NDArray[T], at: NDArray[T], allowed: NDArray[np.bool_], tolerance: float
) -> NDArray[np.bool_]:
    """Whether the last `at` up to each wanted value and the first from it on are allowed, if they exist."""
    order = np.argsort(at, kind="stable")
    ordered, padded = at[order], np.concatenate([[True], allowed[order], [True]])
    before = np.searchsorted(ordered, wanted + tolerance, side="right")
    after = np.searchsorted(ordered, wanted - tolerance, side="left") + 1
    vouched: NDArray[np.bool_] = padded[before] & padded[after]
    return vouched


def whole_is_vouched_for(index: StreamIndex) -> bool:
    """Whether the frames' packets go with the pictures from the first to the last, without long silence.

    Packets may be rarer than groups, up to two seconds apart; without times each group needs one.
    """
    groups = PictureGroups.of(index.pictures)
    packets = index.packets.take(index.packets.is_frame)
    if not groups.count:
        return not index.has_video
    if (groups.packets_in(packets, np.ones(len(packets), dtype=np.bool_)) > 0).all():
        return True
    times_s = np.sort(packets.pts_s[~np.isnan(packets.pts_s)])
    shown_s = np.sort(groups.pts_s[~np.isnan(groups.pts_s)])
    if not len(times_s) or not len(shown_s):
        return False
    silences_s = np.diff(times_s, prepend=min(shown_s[0], times_s[0]), append=max(shown_s[-1], times_s[-1]))
    return bool(silences_s.max() <= _LONGEST_SILENCE_S)


def pids_of_the_look(index: StreamIndex) -> frozenset[int]:
    """PIDs that the packets vouch for: tables, stuffing, metadata and the first video, nothing else.

    A second camera looks elsewhere, and sound is nobody's permit.
    """
    video = frozenset({int(index.pictures.pid[0])} if index.has_video else ())
    said = frozenset(stream.pid for stream in index.streams if stream.may_carry_klv)
    return _SERVICE_PIDS | index.table_pids | frozenset(index.klv_pids) | said | video
