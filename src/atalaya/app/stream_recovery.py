"""What was recovered of a stream and what was not: counts, and stretches for a strip along the source."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from atalaya.app.stream_reading import SetTrack, StreamReading
from atalaya.app.stream_views import SpanState, StreamCounts, StreamSpan
from atalaya.ingest.checksum import ChecksumState
from atalaya.ingest.stream import UAS_DATALINK_KEY
from atalaya.model.source import SourceFormat

MOST_SPANS = 2_000
"""Stretches that are told apart; beyond that, neighbours are joined and the worst is shown."""
_LATE = 1.75
"""An interval this many times the usual one means that a packet is missing; the usual one holds for 90 %."""

_WORST_FIRST = (
    SpanState.CHECKSUM_FAILED,
    SpanState.GAP,
    SpanState.REPAIRED,
    SpanState.NOT_KEPT,
    SpanState.OK,
)


def stream_counts(
    reading: StreamReading, spans: Sequence[StreamSpan], rows_kept: NDArray[np.bool_]
) -> StreamCounts:
    """Packets by what their sum says, and what is missing.

    Args:
        reading: the stream as it came.
        spans: of it.
        rows_kept: (F,) which of its ST 0601 packets were kept, in their order.
    """
    states = Counter(state for track in reading.tracks for state in track.state)
    gaps = [span for span in spans if span.state is SpanState.GAP]
    return StreamCounts(
        packets=states.total(),
        checksum_ok=states[ChecksumState.OK],
        checksum_failed=states[ChecksumState.FAILED],
        payload_only=states[ChecksumState.PAYLOAD_ONLY],
        no_checksum=states[ChecksumState.ABSENT],
        repaired=sum(_is_repaired(track, row) for track in reading.tracks for row in range(len(track.state))),
        missing=sum(span.packets for span in gaps),
        bytes_skipped=_bytes_skipped(reading),
        gaps=len(gaps),
        not_kept=_not_kept(reading, rows_kept),
    )


def stream_spans(reading: StreamReading, rows_kept: NDArray[np.bool_]) -> tuple[StreamSpan, ...]:
    """Stretches of the first set in which all packets fared alike, with the gaps between them.

    Args:
        reading: the stream as it came.
        rows_kept: (F,) which of its ST 0601 packets were kept, in their order.

    Returns:
        In order; on the axis of time where the set has presentation times, else by number of the frame.
    """
    if not reading.tracks:
        return ()
    track = reading.tracks[0]
    place = _places(reading, track)
    states = _states(reading, track, rows_kept)
    missing = _missing_before(track)
    spans: list[StreamSpan] = []
    first = 0
    for row in range(1, len(states) + 1):
        broken = row < len(states) and missing[row] > 0
        if row < len(states) and states[row] is states[first] and not broken:
            continue
        end = place[row - 1] if broken or row == len(states) else place[row]
        spans.append(StreamSpan(state=states[first], start=place[first], end=end, packets=row - first))
        if broken:
            gap = StreamSpan(state=SpanState.GAP, start=end, end=place[row], packets=int(missing[row]))
            spans.append(gap)
        first = row
    return _joined(spans)


def _not_kept(reading: StreamReading, rows_kept: NDArray[np.bool_]) -> int:
    """ST 0601 packets that are whole and were not kept."""
    frames = [track for track in reading.tracks if track.key == UAS_DATALINK_KEY]
    return sum(_states(reading, track, rows_kept).count(SpanState.NOT_KEPT) for track in frames)


def _places(reading: StreamReading, track: SetTrack) -> list[float]:
    if track.has_pts:
        return [float(at) for at in track.time_s.tolist()]
    return [float(frame) for frame in _frames(reading, track).tolist()]


def _frames(reading: StreamReading, track: SetTrack) -> NDArray[np.int64]:
    """(N,) number of the newest ST 0601 packet at each packet of a track, from 0."""
    number: NDArray[np.int64] = (np.cumsum(reading.index.packets.is_frame) - 1)[track.row]
    return np.maximum(number, 0)


def _states(reading: StreamReading, track: SetTrack, rows_kept: NDArray[np.bool_]) -> list[SpanState]:
    is_kept = np.ones(len(track.packets), dtype=np.bool_)
    if track.key == UAS_DATALINK_KEY:
        is_kept = rows_kept[_frames(reading, track)]
    return [_span_state(track, row, is_kept=bool(is_kept[row])) for row in range(len(track.packets))]


def _span_state(track: SetTrack, row: int, *, is_kept: bool) -> SpanState:
    if track.state[row] is ChecksumState.FAILED:
        return SpanState.CHECKSUM_FAILED
    if not is_kept:
        return SpanState.NOT_KEPT
    return SpanState.REPAIRED if _is_repaired(track, row) else SpanState.OK


def _is_repaired(track: SetTrack, row: int) -> bool:
    """Whether bytes that a recorder had lost were put back into the packet, and its sum proves it."""
    packet = track.packets[row]
    return packet.repaired and packet.checksum_ok


def _missing_before(track: SetTrack) -> NDArray[np.int64]:
    """(N,) packets that are missing before each packet, by the beat of the others."""
    missing = np.zeros(len(track.packets), dtype=np.int64)
    interval_s = np.diff(track.time_s)
    known = interval_s[np.isfinite(interval_s) & (interval_s > 0)]
    if not known.size:
        return missing
    usual_s, slow_s = float(np.median(known)), float(np.quantile(known, 0.9))
    late = interval_s > _LATE * slow_s
    missing[1:][late] = np.maximum(np.round(interval_s[late] / usual_s).astype(np.int64) - 1, 1)
    return missing


def _bytes_skipped(reading: StreamReading) -> int:
    """Bytes of the container that belong to no transport packet, or of a `.klv` to no KLV packet."""
    index = reading.index
    if index.format is SourceFormat.MPEG_TS:
        return max(0, index.length - index.spacing * int(index.runs.packets.sum()))
    return max(0, index.length - sum(packet.length for track in reading.tracks for packet in track.packets))


def _joined(spans: list[StreamSpan]) -> tuple[StreamSpan, ...]:
    """At most `MOST_SPANS` of them: evenly many neighbours become one, in the worst state among them."""
    if len(spans) <= MOST_SPANS:
        return tuple(spans)
    edges = np.linspace(0, len(spans), MOST_SPANS + 1).astype(int).tolist()
    return tuple(_worst(spans[begin:end]) for begin, end in pairwise(edges) if end > begin)


def _worst(spans: Sequence[StreamSpan]) -> StreamSpan:
    state = min((span.state for span in spans), key=_WORST_FIRST.index)
    packets = sum(span.packets for span in spans if span.state is state)
    return StreamSpan(state=state, start=spans[0].start, end=spans[-1].end, packets=packets)
