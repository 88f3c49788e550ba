"""One metadata stream of the workspace for the workbench: read from the vault once, then asked often."""

from bisect import bisect_right
from dataclasses import dataclass

from atalaya.app.context import Context
from atalaya.app.ingest_source import problems_of, summary_of
from atalaya.app.stream_reading import StreamReading, read_stream
from atalaya.app.stream_shelf import StreamShelf
from atalaya.app.stream_summary import stream_summary
from atalaya.app.stream_values import values_at
from atalaya.app.stream_views import MetadataSet, StreamView, source_health
from atalaya.errors import InputError, NotFoundError
from atalaya.io.original import read_chunks
from atalaya.model.frame import FrameTable
from atalaya.model.identifiers import ContentHash
from atalaya.model.source import SourceRecord
from atalaya.units import Seconds


@dataclass(frozen=True, slots=True)
class _Shown:
    """A stream that is being looked at: its reading, its view, and the numbers of its kept frames."""

    reading: StreamReading
    view: StreamView
    frame_index: tuple[int, ...]


class StreamViewer:
    """Shows streams; the few looked at last are held.

    Args:
        context: the opened workspace.
    """

    __slots__ = ("_context", "_shelf")

    def __init__(self, context: Context) -> None:
        self._context = context
        self._shelf: StreamShelf[_Shown] = StreamShelf()

    def stream(self, record: SourceRecord) -> StreamView:
        """The stream as a whole; its first use reads the kept bytes once.

        Raises:
            NotFoundError: nothing of it was kept. ExternalError: it cannot be read.
        """
        return self._shown(record).view

    def metadata(
        self, record: SourceRecord, *, pts_s: Seconds | None, frame_index: int | None
    ) -> tuple[MetadataSet, ...]:
        """What it says at one picture, by the picture's time or by the number of its frame.

        Raises:
            InputError: neither was said, or both.
            NotFoundError: nothing of it was kept. ExternalError: it cannot be read.
        """
        if (pts_s is None) == (frame_index is None):
            raise InputError("a time pts_s or a frame_index was wanted, one of the two")
        shown = self._shown(record)
        frame = None
        if frame_index is not None:
            frame = max(bisect_right(shown.frame_index, frame_index) - 1, 0)
        return values_at(shown.reading, pts_s=pts_s, frame=frame)

    def _shown(self, record: SourceRecord) -> _Shown:
        kept = record.kept
        if kept is None:
            raise NotFoundError(f"nothing of source {record.source_id} was kept")
        key = (kept, record.sortie_id, record.ingested_utc)
        return self._shelf.get(key, lambda: self._show(record, kept))

    def _show(self, record: SourceRecord, kept: ContentHash) -> _Shown:
        reading = read_stream(read_chunks(self._context.vault.path(kept)))
        lake = self._context.lake
        kept_frames: list[int] = []
        if lake.has(FrameTable, record.sortie_id, record.source_id):
            kept_frames = lake.read(FrameTable, record.sortie_id, record.source_id).frame_index.tolist()
        summary = summary_of(self._context, record) or stream_summary(reading)
        problems = problems_of(self._context, record)
        view = StreamView(health=source_health(record, problems, summary.findings), summary=summary)
        return _Shown(reading, view, tuple(sorted(kept_frames)))
