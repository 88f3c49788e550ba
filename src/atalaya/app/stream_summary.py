"""A metadata stream in a summary: made of the whole when it is taken in, before anything is cut away."""

import numpy as np
from numpy.typing import NDArray

from atalaya.app.stream_clock import stream_time
from atalaya.app.stream_findings import stream_findings
from atalaya.app.stream_reading import StreamReading
from atalaya.app.stream_recovery import stream_counts, stream_spans
from atalaya.app.stream_views import Axis, StreamSet, StreamSummary
from atalaya.ingest.clock_intervals import ClockIntervals
from atalaya.ingest.packet import decode_packet

EXAMINED_PACKETS = 6_000
"""Packets, from the first on, that are held against the standards item by item; about 5 s of work."""


def stream_summary(
    reading: StreamReading,
    rows_kept: NDArray[np.bool_] | None = None,
    intervals: ClockIntervals | None = None,
) -> StreamSummary:
    """What was recovered of a stream and what was not, what was found, and how sure its time is.

    Args:
        reading: the stream as it came, with all that was wrong with it.
        rows_kept: (F,) which of its ST 0601 packets were kept, in their order; all where not said.
        intervals: of clock and tables in the transport stream, None where they were not measured.
    """
    if rows_kept is None:
        rows_kept = np.ones(int(reading.index.packets.is_frame.sum()), dtype=np.bool_)
    spans = stream_spans(reading, rows_kept)
    return StreamSummary(
        counts=stream_counts(reading, spans, rows_kept),
        sets=_sets(reading),
        axis=Axis.PTS if reading.tracks and reading.tracks[0].has_pts else Axis.FRAME,
        spans=spans,
        findings=stream_findings(reading, EXAMINED_PACKETS, intervals),
        examined=min(EXAMINED_PACKETS, len(reading.index.packets)),
        time=stream_time(reading.model),
    )


def _sets(reading: StreamReading) -> tuple[StreamSet, ...]:
    first = [(track, decode_packet(0, track.packets[0])) for track in reading.tracks]
    return tuple(
        StreamSet(
            standard=decoded.standard,
            title=decoded.title or f"key {track.key.hex()}",
            pid=track.pid,
            packets=len(track.packets),
        )
        for track, decoded in first
    )
