"""A stream read once, so that what it says at any instant is found without reading it again.

Which packets say which item is noted for the whole stream; an instant then costs the decoding of the packet
in force and of the few older ones that still hold.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.app.stream_revisions import RevisionHistory, revision_history
from atalaya.ingest.checksum import ChecksumState, checksum_state
from atalaya.ingest.layout import shapes
from atalaya.ingest.metadata_stream import KlvPacket
from atalaya.ingest.packet import DecodedPacket, decode_packet
from atalaya.ingest.standards.catalogue import LOCAL_SETS_BY_KEY
from atalaya.ingest.stream import UAS_DATALINK_KEY, StreamIndex, is_uas_datalink, read_packets
from atalaya.ingest.time_model import TimeModel, time_model
from atalaya.ingest.value import Entry
from atalaya.model.problem import Problem

_KEY_BYTES = 16
_TIME_STAMP = 2
_TIME_BYTES = 8
_SAME_INSTANT_S = 0.002
"""A packet this much after a picture is still of that picture: times are rounded to 90 kHz on their way."""
_LOOK_BACK_PACKETS = 32
"""Of a set that is not written as a local set, so many packets are looked through for what still holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One item as it stands at an instant.

    Args:
        entry: as decoded. packet: which packet of the track said it. in_force: that is the newest one.
    """

    entry: Entry
    packet: int
    in_force: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTrack:
    """All packets of one set on one PID, N of them in the order of the source.

    Args:
        key: universal label of the set. pid: None in a `.klv`.
        row: (N,) int64, which packets of the stream's index they are, rising.
        state: what each sum says.
        has_pts: its packets have presentation times.
        time_s: (N,) when each was said [s], never falling, NaN where not known: its presentation time, or
            where the track has none the time that the newest frame packet says (item 2).
        offset: (N,) int64.
        said_by: tag → rising numbers of the packets that carry it; those whose sum fails or that were cut
            short do not count, unless all of them are such. Empty for a set that is no local set.
        revisions: by which revision the sets inside a packet are read where they do not say it.
    """

    key: bytes
    pid: int | None
    row: NDArray[np.int64]
    packets: tuple[KlvPacket, ...]
    state: tuple[ChecksumState, ...]
    has_pts: bool
    time_s: NDArray[np.float64]
    offset: NDArray[np.int64]
    said_by: dict[int, NDArray[np.intp]]
    revisions: RevisionHistory

    def decoded(self, number: int) -> DecodedPacket:
        """One packet, by the revisions said up to then."""
        return decode_packet(number, self.packets[number], said=self.revisions.before(number))

    @property
    def interval_s(self) -> float:
        """The usual time from one packet to the next [s]; NaN where it is not known."""
        apart_s = np.diff(self.time_s)
        apart_s = apart_s[apart_s > 0]
        return float(np.median(apart_s)) if apart_s.size else float("nan")

    def number_at(self, pts_s: float | None, offset: int) -> int | None:
        """The newest packet at an instant; None before the first.

        Args:
            pts_s: on the stream's own clock [s]; None where the instant is told by its place alone.
            offset: place of the instant in the bytes, for a track without presentation times.
        """
        if pts_s is None or not self.has_pts:
            found = np.searchsorted(self.offset, offset, side="right")
        else:
            found = np.searchsorted(self.time_s, pts_s + _SAME_INSTANT_S, side="right")
        return int(found) - 1 if found else None

    def said_at(self, number: int) -> tuple[Said, ...]:
        """Every item that holds when packet `number` is the newest: the newest packet's first, in its order.

        An item holds from the packet that said it until another says it anew. The sum is of its packet only
        and is left out.
        """
        spec = LOCAL_SETS_BY_KEY.get(self.key)
        closing = None if spec is None or spec.closing is None else spec.closing.tag
        held: dict[tuple[int, bytes | None], list[Said]] = {}
        for at in self._speaking(number):
            fresh: dict[tuple[int, bytes | None], list[Said]] = defaultdict(list)
            for entry in self.decoded(at).entries:
                if entry.key is None and entry.tag == closing:
                    continue
                fresh[entry.tag, entry.key].append(Said(entry=entry, packet=at, in_force=at == number))
            held = held | {name: said for name, said in fresh.items() if name not in held}
        return tuple(said for found in held.values() for said in found)

    def _speaking(self, number: int) -> list[int]:
        """Packets that say what holds, the newest first."""
        if not self.said_by:
            return list(range(number, max(-1, number - _LOOK_BACK_PACKETS), -1))
        ends = ((rows, int(np.searchsorted(rows, number, side="right"))) for rows in self.said_by.values())
        return sorted({int(rows[end - 1]) for rows, end in ends if end}, reverse=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamReading:
    """Everything read of one stream.

    Args:
        tracks: sets that frames are made of first, of those the ones with presentation times first, then in
            the order of their first packet.
        model: which packet belongs to which picture, and how sure that is.
    """

    tracks: tuple[SetTrack, ...]
    packets: tuple[KlvPacket, ...]
    index: StreamIndex
    model: TimeModel
    problems: tuple[Problem, ...]

    def number_of_picture(self, track: SetTrack, pts_s: float) -> int | None:
        """The packet of a track that the time model gives to the picture of an instant.

        None where that is another track's, or so far off that the newest packet before says more.
        """
        pictures, times = self.index.pictures, self.model.pictures
        shown = np.flatnonzero(pictures.pts_s <= pts_s + _SAME_INSTANT_S)
        if not shown.size:
            return None
        picture = shown[np.argmax(pictures.pts_s[shown])]
        number = int(np.searchsorted(track.row, times.packet[picture]))
        is_own = number < len(track.row) and track.row[number] == times.packet[picture]
        near_s = 0.5 * track.interval_s + _SAME_INSTANT_S
        return number if is_own and abs(times.packet_offset_s[picture]) <= near_s else None

    def offset_at(self, pts_s: float) -> int:
        """Where in the bytes the picture shown at an instant begins; the start where there is none."""
        pictures = self.index.pictures
        shown = pictures.offset[pictures.pts_s <= pts_s + _SAME_INSTANT_S]
        return int(shown.max()) if shown.size else 0


def read_stream(chunks: Iterable[bytes]) -> StreamReading:
    """Read a stream whole.

    Args:
        chunks: its bytes in order, in pieces of any size.
    """
    contents = read_packets(chunks)
    return stream_reading(contents.packets, contents.index, contents.problems)


def stream_reading(
    packets: Sequence[KlvPacket], index: StreamIndex, problems: tuple[Problem, ...]
) -> StreamReading:
    """What was read of a stream, ready to be asked.

    Args:
        packets: K of them, in the order of the index.
        index: of the stream.
        problems: what was wrong with it.
    """
    rows: dict[tuple[bytes, int | None], list[int]] = defaultdict(list)
    for row, packet in enumerate(packets):
        rows[packet.data[:_KEY_BYTES], packet.pid].append(row)
    time_us = _said_times(packets)
    tracks = [_track(packets, np.array(held, dtype=np.int64), time_us) for held in rows.values()]
    return StreamReading(
        tracks=tuple(sorted(tracks, key=lambda it: (it.key != UAS_DATALINK_KEY, not it.has_pts))),
        packets=tuple(packets),
        index=index,
        model=time_model(index, time_us),
        problems=problems,
    )


def _track(everything: Sequence[KlvPacket], row: NDArray[np.int64], time_us: NDArray[np.int64]) -> SetTrack:
    packets = [everything[one] for one in row.tolist()]
    key, state = packets[0].data[:_KEY_BYTES], tuple(_state(packet) for packet in packets)
    has_pts = any(packet.pts_s is not None for packet in packets)
    if has_pts:
        time_s = np.array([np.nan if packet.pts_s is None else packet.pts_s for packet in packets])
    else:
        time_s = _newest_said(time_us)[row]
    counted = _counted(packets, state)
    said_by = _said_by(packets, counted) if key in LOCAL_SETS_BY_KEY else {}
    return SetTrack(
        key=key,
        pid=packets[0].pid,
        row=row,
        packets=tuple(packets),
        state=state,
        has_pts=has_pts,
        time_s=_never_falling(time_s),
        offset=np.array([packet.offset for packet in packets], dtype=np.int64),
        said_by=said_by,
        revisions=revision_history(key, packets, counted),
    )


def _state(packet: KlvPacket) -> ChecksumState:
    """What the sum says; a packet that was cut short fails where its set is one that is summed."""
    if packet.checksum_ok:
        return ChecksumState.OK
    state = checksum_state(packet.data)
    if state is ChecksumState.ABSENT and is_uas_datalink(packet):
        return ChecksumState.FAILED
    return ChecksumState.FAILED if state is ChecksumState.OK else state


def _counted(packets: Sequence[KlvPacket], state: tuple[ChecksumState, ...]) -> NDArray[np.bool_]:
    """(N,) packets that are believed; all of them where none is."""
    trusted = np.array([one is not ChecksumState.FAILED for one in state], dtype=np.bool_)
    whole = np.ones(len(packets), dtype=np.bool_)
    for shape in shapes([packet.data for packet in packets]):
        whole[shape.rows] = shape.complaint is None
    counted = trusted & whole
    return counted if counted.any() else np.ones(len(packets), dtype=np.bool_)


def _said_by(packets: Sequence[KlvPacket], counted: NDArray[np.bool_]) -> dict[int, NDArray[np.intp]]:
    rows: dict[int, list[NDArray[np.intp]]] = defaultdict(list)
    for shape in shapes([packet.data for packet in packets]):
        speaking = shape.rows[counted[shape.rows]]
        for tag in shape.items if len(speaking) else ():
            rows[tag].append(speaking)
    one_of_a_kind: dict[bytes, NDArray[np.intp]] = {}  # most items come in the same packets
    joined = ((tag, np.sort(np.concatenate(found))) for tag, found in rows.items())
    return {tag: one_of_a_kind.setdefault(numbers.tobytes(), numbers) for tag, numbers in joined}


def _said_times(packets: Sequence[KlvPacket]) -> NDArray[np.int64]:
    """(K,) the time that each ST 0601 packet says whose sum holds [us]; -1 for all others."""
    time_us = np.full(len(packets), -1, dtype=np.int64)
    rows = [row for row, one in enumerate(packets) if is_uas_datalink(one) and one.checksum_ok]
    for shape in shapes([packets[row].data for row in rows]):
        item = shape.items.get(_TIME_STAMP)
        if item is not None and item.length == _TIME_BYTES:
            octets = np.ascontiguousarray(shape.octets[:, item.start : item.end])
            said = octets.view(">i8")[:, 0].astype(np.int64)
            time_us[np.array(rows, dtype=np.intp)[shape.rows]] = np.maximum(said, -1)
    return time_us


def _newest_said(time_us: NDArray[np.int64]) -> NDArray[np.float64]:
    """(K,) the time that the newest packet up to each one says [s]; NaN before the first."""
    newest = np.maximum.accumulate(np.where(time_us < 0, -1, np.arange(len(time_us))))
    return np.where(newest < 0, np.nan, time_us[np.maximum(newest, 0)] / 1e6)


def _never_falling(time_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each time, or the newest one before it where it is not known or earlier."""
    filled = np.maximum.accumulate(np.where(np.isnan(time_s), -np.inf, time_s))
    first = time_s[np.isfinite(time_s)][:1]
    return np.where(np.isneginf(filled), first[0] if len(first) else np.nan, filled)
