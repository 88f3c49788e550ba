"""One clip to ask about places: its frames, where its camera was, and the ground that it looks at."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from atalaya.app.calibrations import calibrated
from atalaya.app.context import Context
from atalaya.app.ground import (
    DeclaredGround,
    Ground,
    ground_of,
    lens_of,
    require_ground_of,
    with_lens,
)
from atalaya.app.look_for_places import ground_of_source, stated_of
from atalaya.errors import InputError, NotFoundError
from atalaya.geo.geoid import GeoidGrid, VerticalDatum
from atalaya.geo.terrain import ConstantHeight, Terrain
from atalaya.georeg.doubt import Doubt, doubt
from atalaya.georeg.errors import PoseErrors
from atalaya.georeg.lens import lens_for
from atalaya.georeg.motion import motion
from atalaya.georeg.pose import HeightReference, Poses
from atalaya.ingest.frames import read_frames
from atalaya.ingest.stated_errors import stated_errors
from atalaya.ingest.stream import read_packets
from atalaya.io.lens import read_lens
from atalaya.io.original import read_chunks
from atalaya.io.terrain import read_geoid, read_terrain
from atalaya.io.video import video_facts
from atalaya.model.frame import FrameTable
from atalaya.model.identifiers import SourceId
from atalaya.model.source import SourceFormat, SourceRecord
from atalaya.model.stated_errors import StatedErrors

_SHORTEST_ID = 6
"""So many letters of a source's id are enough where no other begins alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A clip with its ground.

    Args:
        name: how messages name it.
        frames: N of them, as read.
        camera: (N,) where it was in each, row for row; unknown where a needed value is.
        ground: that it is brought to.
        image_size_px: width and height; None where it has no pictures and none was said.
        video: where its pictures lie; None where it has none.
        stated: what the stream states of its own errors; None where nothing.
    """

    name: str
    frames: FrameTable
    camera: Poses
    ground: Ground
    image_size_px: tuple[int, int] | None
    video: Path | None = None
    stated: StatedErrors | None = None

    def doubt_at(self, row: int) -> Doubt:
        """The errors of one look: as the stream states them, else as assumed, and what its motion adds."""
        one = np.array([row], dtype=np.intp)
        moving = motion(self.camera).take(one)
        return doubt(self.ground.errors_left, moving, self.frames.take(one), self.stated)

    def row_of(self, frame_index: int) -> int:
        """The row of one frame.

        Raises:
            NotFoundError: the clip has no such frame.
        """
        rows = np.flatnonzero(self.frames.frame_index == frame_index)
        if not rows.size:
            first_last = self.frames.frame_index[[0, -1]].tolist() if len(self.frames) else []
            held = f"frames {first_last[0]} to {first_last[1]}" if first_last else "no frames"
            raise NotFoundError(f"{self.name} has no frame {frame_index}; it has {held}")
        return int(rows[0])

    def size_px(self) -> tuple[int, int]:
        """Width and height of its pictures.

        Raises:
            InputError: not known.
        """
        if self.image_size_px is None:
            raise InputError(f"{self.name} has no pictures: say how large they were (--size 1280x720)")
        return self.image_size_px

    def with_pose(self, row: int, pose: Poses) -> "Clip":
        """The same clip with another pose of one frame, as of a picture that was taken beside its packet.

        Args:
            row: of the frame.
            pose: (1,) its pose; the poses around it still tell how the camera moved.
        """
        own = replace(pose, frame_index=self.camera.frame_index[row : row + 1])
        parts = [self.camera.take(slice(row)), own, self.camera.take(slice(row + 1, None))]
        return replace(self, camera=Poses.concatenate(parts))

    def lens_note(self) -> str | None:
        """What was done to the lens so that it fits the pictures; None where nothing was.

        Raises:
            InputError: it does not fit them.
        """
        return None if self.ground.lens is None else lens_for(self.ground.lens, *self.size_px())[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundFiles:
    """Ground named by its files, beside any workspace.

    Args:
        terrain: elevation model; None where one height is declared.
        datum: what its heights are above.
        geoid: grid of undulations, for terrain or sensor heights above mean sea level.
        declared: one height for all the ground.
        lens: a measured lens; None is that of the source's ingest, else a pinhole of the field of view that
            the packets say.
    """

    terrain: Path | None = None
    datum: VerticalDatum = VerticalDatum.HAE
    geoid: Path | None = None
    declared: DeclaredGround = field(default_factory=DeclaredGround)
    lens: Path | None = None

    @property
    def said(self) -> bool:
        """Whether they say where the ground is."""
        return self.terrain is not None or self.declared.constant_m is not None


def clip_of_source(context: Context, source_id: SourceId) -> Clip:
    """A source of the workspace, on the ground that it was placed on when it came in.

    Raises:
        NotFoundError: no such source, or nothing of it was kept.
        InputError: its terrain is gone, or another now.
        ExternalError: it cannot be read.
    """
    record = source_record(context, source_id)
    require_ground_of(context, record)
    return _clip_of_record(context, record, ground_of_source(context, record))


def source_record(context: Context, source_id: str) -> SourceRecord:
    """The record of a source, by its id or the beginning of it; of several ingests the one that kept most.

    Raises:
        NotFoundError: no such source. InputError: several begin like that.
    """
    with context.store.transaction() as step:
        found = step.find(SourceRecord)
    fitting = [
        it
        for it in found
        if it.source_id == source_id
        or (len(source_id) >= _SHORTEST_ID and it.source_id.startswith(source_id))
    ]
    if len({it.source_id for it in fitting}) > 1:
        raise InputError(f"several sources begin with {source_id}: say more of the id")
    if not fitting:
        raise NotFoundError(f"neither a file nor a source of the workspace: {source_id}")
    return max(fitting, key=lambda it: it.frames_kept)


def clip_of_file(path: Path, ground: Ground, image_size_px: tuple[int, int] | None = None) -> Clip:
    """A file on disk, that no workspace knows.

    Args:
        path: MPEG-TS or bare KLV.
        ground: that it looks at.
        image_size_px: where the file has no pictures, or to be taken in place of theirs.

    Raises:
        NotFoundError: no such file. InputError: not such a stream, or nothing in it that can be placed.
        ExternalError: it cannot be read.
    """
    contents = read_packets(read_chunks(path))
    if contents.format is None:
        raise InputError(f"{path.name} is neither an MPEG transport stream nor KLV, whatever its name says")
    frames, _, problems = read_frames(contents.packets)
    if not len(frames):
        seen = ", ".join(sorted({it.code for it in (*contents.problems, *problems)})) or "no problems"
        raise InputError(f"{path.name} holds no metadata that can be placed ({seen})")
    if image_size_px is None and contents.format is SourceFormat.MPEG_TS and len(contents.index.pictures):
        facts = video_facts(path)
        image_size_px = None if facts is None else (facts.width_px, facts.height_px)
    return Clip(
        name=path.name,
        frames=frames,
        camera=ground.poses_of(frames),
        ground=ground,
        image_size_px=image_size_px,
        video=path if len(contents.index.pictures) else None,
        stated=stated_errors(contents.packets),
    )


def ground_of_files(files: GroundFiles) -> Ground:
    """Terrain and geoid read from the files that a user names.

    Raises:
        NotFoundError: no such file. InputError: not such a file, or neither terrain nor height is named.
        ExternalError: one cannot be read.
    """
    geoid = None if files.geoid is None else read_geoid(files.geoid)
    return Ground(
        terrain=_terrain_of(files, geoid),
        geoid=geoid,
        heights=files.declared.heights,
        errors=PoseErrors(),
        facts={},
    )


def _terrain_of(files: GroundFiles, geoid: GeoidGrid | None) -> Terrain:
    constant_m = files.declared.constant_m
    if files.terrain is not None and constant_m is not None:
        raise InputError("either a terrain or one height for all the ground, not both")
    if files.terrain is not None:
        if files.declared.heights is not HeightReference.HAE:
            raise InputError("a terrain is in heights above the ellipsoid; msl-as-hae would mix datums")
        return read_terrain(files.terrain, files.datum, geoid)
    if constant_m is None:
        raise InputError("say where the ground is: a terrain (--terrain) or one height (--ground-m)")
    return ConstantHeight(constant_m)


def open_clip(
    context: Context | None, name: str, files: GroundFiles, image_size_px: tuple[int, int] | None = None
) -> Clip:
    """A clip by name: a file on disk, else a source of the workspace.

    Args:
        context: the workspace; None where the files say all that is needed.
        name: path of a file, or id of a source (its first letters are enough).
        files: ground to use in place of the workspace's; a source keeps its lens and its correction.
        image_size_px: to use in place of the pictures' own.

    Raises:
        NotFoundError: neither such a file nor such a source.
        InputError: it cannot be placed. ExternalError: it cannot be read.
    """
    path = Path(name)
    ground = ground_of_files(files) if files.said else None
    lens = None if files.lens is None else read_lens(files.lens)
    if path.is_file():
        if ground is None:
            if context is None:
                raise InputError("say where the ground is, or which workspace has it")
            ground = _with_geoid(ground_of(context, files.declared), files)
        return clip_of_file(path, with_lens(ground, lens), image_size_px)
    if context is None:
        raise NotFoundError(f"no such file: {name}")
    record = source_record(context, name)
    if ground is None:
        require_ground_of(context, record)
        ground = _with_geoid(ground_of_source(context, record), files)
    else:
        ground = calibrated(context, ground, record)
    return _clip_of_record(context, record, with_lens(ground, lens or lens_of(record)), image_size_px)


def _with_geoid(ground: Ground, files: GroundFiles) -> Ground:
    """The workspace's ground with the geoid grid that was named alone, in place of its own."""
    return ground if files.geoid is None else replace(ground, geoid=read_geoid(files.geoid))


def _clip_of_record(
    context: Context, record: SourceRecord, ground: Ground, image_size_px: tuple[int, int] | None = None
) -> Clip:
    if record.kept is None or not context.lake.has(FrameTable, record.sortie_id, record.source_id):
        raise NotFoundError(f"nothing of source {record.source_id} was kept")
    frames = context.lake.read(FrameTable, record.sortie_id, record.source_id)
    if image_size_px is None and record.has_video:
        facts = video_facts(context.vault.path(record.kept))
        image_size_px = None if facts is None else (facts.width_px, facts.height_px)
    return Clip(
        name=f"source {record.source_id}",
        frames=frames,
        camera=ground.poses_of(frames),
        ground=ground,
        image_size_px=image_size_px,
        video=context.vault.path(record.kept) if record.has_video else None,
        stated=stated_of(context, record),
    )
