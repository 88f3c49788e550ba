"""A kept video as a browser plays it: made once, kept in the vault, on the record."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from atalaya.app.context import Context, commit
from atalaya.app.derivatives import derivative, keep_derivative
from atalaya.io.durable_file import on_disk
from atalaya.io.original import read_chunks
from atalaya.io.video import remux_mp4
from atalaya.model.custody import Derivative, Json
from atalaya.model.identifiers import ContentHash
from atalaya.model.source import SourceRecord
from atalaya.units import Seconds

TRANSFORMATION = "atalaya.io.video.remux_mp4"
_START = "start_pts_s"


@dataclass(frozen=True, slots=True)
class PlayableVideo:
    """An MP4 in the vault; `start_pts_s` is the stream time at which its own time is zero."""

    content: ContentHash
    start_pts_s: Seconds


def playable_video(context: Context, record: SourceRecord) -> PlayableVideo | None:
    """The playable copy of a source's kept video, made on first use; None where nothing was kept.

    H.264 is copied, so the first use costs one pass over the file; other codecs are encoded anew.

    Raises:
        InputError: no picture in it can be decoded.
        ExternalError: disk, database or codec failed; nothing half is kept.
    """
    if record.kept is None or not record.has_video:
        return None
    return _known(context, record.kept) or _make(context, record, record.kept)


def _known(context: Context, kept: ContentHash) -> PlayableVideo | None:
    with context.store.transaction() as step:
        made = step.find(Derivative)
    for one in reversed(made):
        start_pts_s = one.parameters.get(_START)
        if one.transformation == TRANSFORMATION and one.inputs == (kept,) and context.vault.has(one.content):
            return PlayableVideo(one.content, float(start_pts_s)) if isinstance(start_pts_s, float) else None
    return None


def _make(context: Context, record: SourceRecord, kept: ContentHash) -> PlayableVideo:
    with (
        on_disk("make a playable copy"),
        tempfile.TemporaryDirectory(prefix=".playable-", dir=context.settings.workspace) as folder,
    ):
        target = Path(folder) / "video.mp4"
        start_pts_s = remux_mp4(context.vault.path(kept), target)
        content, length = context.vault.put(read_chunks(target))
    body: dict[str, Json] = {"content": content, "length": length, _START: start_pts_s}
    made = derivative(
        context,
        content,
        "video/mp4",
        inputs=(kept,),
        transformation=TRANSFORMATION,
        parameters={_START: start_pts_s, "source_id": record.source_id},
    )
    commit(context, "video.make-playable", record.source_id, body, lambda step: keep_derivative(step, made))
    return PlayableVideo(content, start_pts_s)
