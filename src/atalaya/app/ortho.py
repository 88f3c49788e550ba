"""An ortho picture of one frame as a file: exported imagery, so limited in resolution and on the record."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from atalaya.app.calibrations import CALIBRATION
from atalaya.app.clip import Clip, clip_of_source, source_record
from atalaya.app.context import Context, commit, refuse
from atalaya.app.derivatives import derivative, keep_derivative
from atalaya.app.look_for_places import PAIRING_S
from atalaya.app.permission import require_permission
from atalaya.app.picture_poses import poses_of_pictures
from atalaya.app.ports import Transaction
from atalaya.app.why_unknown import why_no_pose
from atalaya.custody.hashing import content_hash
from atalaya.dossier.picture_marks import draw_synthetic
from atalaya.errors import InputError, NotFoundError
from atalaya.georeg.locate import frame_centres
from atalaya.georeg.ortho import Ortho, Why, ortho
from atalaya.georeg.ortho_area import only_inside
from atalaya.georeg.ortho_extent import grid_of_frame, terrain_under
from atalaya.georeg.pose import Poses
from atalaya.governance.roles import Action
from atalaya.io.cog import Packing, picture_cog, write_cog
from atalaya.io.video import Picture
from atalaya.io.video_seek import pictures_at
from atalaya.model.custody import Json
from atalaya.model.footprint import FootprintTable
from atalaya.model.identifiers import ContentHash, SourceId
from atalaya.model.instants import from_microseconds, isoformat_z
from atalaya.model.sortie import Sortie
from atalaya.model.source import SYNTHETIC_MARK, SourceRecord

MEDIA_TYPE = "image/tiff; application=geotiff; profile=cloud-optimized"
OUTSIDE_NOW = "as its pose is corrected now, its footprint is not known to lie inside the permit"
_MADE_BY = "atalaya.georeg.ortho.ortho"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrthoWish:
    """How an ortho is wanted.

    Args:
        gsd_m: size of a pixel; None: that of the picture at its centre, or the export limit.
        epsg: 4326 or a UTM zone; None: the zone of the place.
        packing: JPEG, or lossless with the reason of each pixel as a fifth band.
        replace: whether a file that is there may be replaced.
    """

    gsd_m: float | None = None
    epsg: int | None = None
    packing: Packing = Packing.JPEG
    replace: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OrthoMade:
    """What was written.

    Args:
        path, content: the file and its hash.
        gsd_m, epsg, width_px, height_px: of its raster.
        share: of the raster, by reason, that each kind of pixel has.
        ce90_m: of the centre of the picture; None where it meets no known ground.
        tags: of the file.
    """

    path: Path
    content: ContentHash
    gsd_m: float
    epsg: int
    width_px: int
    height_px: int
    share: dict[str, float]
    ce90_m: float | None
    tags: dict[str, str]


def export_ortho(
    context: Context, source_id: SourceId, frame_index: int, out: Path, wish: OrthoWish
) -> OrthoMade:
    """Write one frame as an ortho; the ledger says so before the file is there.

    Raises:
        NotPermittedError: the role may not export, or the frame is not known to lie inside the permit since
            the pose was corrected; on the record. NotFoundError: no such source, frame or picture.
        InputError: no pose, no ground, finer than the limit, or a file that is there.
        ExternalError: it cannot be read, recorded or written.
    """
    require_permission(context, Action.ORTHO_EXPORT, source_id)
    record = source_record(context, source_id)
    clip = clip_of_source(context, record.source_id)
    if not np.isin(clip.frames.frame_index[clip.row_of(frame_index)], admitted_frames(context, record)):
        refuse(context, "ortho.refuse", record.source_id, [f"frame {frame_index}: {OUTSIDE_NOW}"])
    picture = picture_of_frame(context, record, clip, frame_index)
    camera = pose_of_picture(clip, frame_index, picture)
    laid = only_inside(_laid(context, clip, camera, picture, wish), area_of(context, record))
    if record.synthetic:
        laid = marked_synthetic(laid)
    tags = tags_of(record, clip, camera, frame_index, context.settings.export_gsd_m)
    more = {"why": laid.why} if wish.packing is Packing.LOSSLESS else {}
    content = picture_cog(laid.rgb, laid.alpha, laid.grid, packing=wish.packing, tags=tags, more=more)
    made = OrthoMade(
        path=out,
        content=content_hash(content),
        gsd_m=laid.grid.gsd_m,
        epsg=laid.grid.epsg,
        width_px=laid.grid.width_px,
        height_px=laid.grid.height_px,
        share={kind.name.lower(): float((laid.why == kind).mean()) for kind in Why},
        ce90_m=_finite(tags.get("ATALAYA_CENTRE_CE90_M")),
        tags=tags,
    )
    _record_and_write(context, record, made, content, replace=wish.replace)
    return made


def admitted_frames(context: Context, record: SourceRecord) -> NDArray[np.int64]:
    """Numbers of the frames whose footprint lies inside the permit, by the pose as it is corrected now.

    Raises:
        ExternalError: they cannot be read.
    """
    if not context.lake.has(FootprintTable, record.sortie_id, record.source_id):
        return np.empty(0, dtype=np.int64)
    return context.lake.read(FootprintTable, record.sortie_id, record.source_id).frame_index


def area_of(context: Context, record: SourceRecord) -> Polygon | MultiPolygon:
    """The area that the sortie of a source was allowed.

    Raises:
        NotFoundError: no such sortie. ExternalError: it cannot be read.
    """
    with context.store.transaction() as step:
        return step.get(Sortie, record.sortie_id).area


def picture_of_frame(context: Context, record: SourceRecord, clip: Clip, frame_index: int) -> Picture:
    """The picture that belongs to a metadata frame.

    Raises:
        NotFoundError: no such frame, or no picture near it. ExternalError: it cannot be read.
    """
    pts_s = float(clip.frames.pts_s[clip.row_of(frame_index)])
    if record.kept is None or not record.has_video or not math.isfinite(pts_s):
        raise NotFoundError(f"frame {frame_index} of {clip.name} has no picture")
    picture = next(pictures_at(context.vault.path(record.kept), at_pts_s=[pts_s]), None)
    if picture is None or abs(picture.pts_s - pts_s) > PAIRING_S:
        raise NotFoundError(f"{clip.name} has no picture within {PAIRING_S} s of frame {frame_index}")
    return picture


def pose_of_picture(clip: Clip, frame_index: int, picture: Picture) -> Poses:
    """Where the camera was when the picture was taken.

    Raises:
        InputError: it is not known, with the reason.
    """
    row = clip.row_of(frame_index)
    camera = poses_of_pictures(clip.frames, clip.camera, np.array([picture.pts_s])).poses
    if not camera.known.all():
        camera = clip.camera.take(np.array([row], dtype=np.intp))
    if not camera.known.all() or np.isnan(camera.rotation_ecef_from_camera).any():
        reason = why_no_pose(clip.frames, row, clip.ground.geoid, clip.ground.heights)
        raise InputError(f"frame {frame_index} of {clip.name} cannot be placed: {reason}")
    return camera


def tags_of(
    record: SourceRecord, clip: Clip, camera: Poses, frame_index: int, limit_m: float
) -> dict[str, str]:
    """What the file says of itself; the names begin with ATALAYA."""
    ground, facts = clip.ground, clip.ground.facts
    doubts = ground.doubts_on_axis(camera, clip.doubt_at(clip.row_of(frame_index)))
    centre = frame_centres(camera, ground.terrain, ground.errors_left, doubts=doubts)
    said: dict[str, Json] = {
        "SOURCE": record.source_id,
        "FRAME": frame_index,
        "TIME_UTC": isoformat_z(from_microseconds(int(camera.time_us[0])))
        if camera.time_us[0] >= 0
        else None,
        "POSE_HEIGHT": str(camera.height_reference[0]),
        "TERRAIN_SHA256": facts.get("terrain_sha256"),
        "TERRAIN_CONSTANT_M": facts.get("constant_m"),
        "GEOID": facts.get("geoid"),
        "CALIBRATION": facts.get(CALIBRATION, "none"),
        "CENTRE_CE90_M": round(float(centre.ce90_m[0]), 2) if np.isfinite(centre.ce90_m[0]) else None,
        "EXPORT_LIMIT_M": limit_m,
        "SYNTHETIC": SYNTHETIC_MARK if record.synthetic else None,
    }
    return {f"ATALAYA_{name}": "unknown" if value is None else str(value) for name, value in said.items()}


def marked_synthetic(laid: Ortho) -> Ortho:
    """The ortho with the mark of what is synthetic on its face."""
    drawn = np.ascontiguousarray(np.moveaxis(laid.rgb, 0, -1))
    draw_synthetic(drawn)
    written = (drawn != np.moveaxis(laid.rgb, 0, -1)).any(axis=-1)
    return Ortho(
        grid=laid.grid,
        rgb=np.ascontiguousarray(np.moveaxis(drawn, -1, 0)),
        why=np.where(written, np.uint8(Why.SHOWN), laid.why),
        depth_m=laid.depth_m,
        ground_m=laid.ground_m,
    )


def _laid(context: Context, clip: Clip, camera: Poses, picture: Picture, wish: OrthoWish) -> Ortho:
    height_px, width_px = picture.rgb.shape[:2]
    terrain, lens = clip.ground.terrain, clip.ground.lens
    grid = grid_of_frame(
        camera,
        terrain,
        (width_px, height_px),
        lens=lens,
        finest_m=context.settings.export_gsd_m,
        gsd_m=wish.gsd_m,
        epsg=wish.epsg,
    )
    return ortho(picture.rgb, camera, terrain_under(grid, camera, terrain), grid, lens=lens)


def _record_and_write(
    context: Context, record: SourceRecord, made: OrthoMade, content: bytes, *, replace: bool
) -> None:
    parameters: dict[str, Json] = {
        **made.tags,
        "gsd_m": made.gsd_m,
        "epsg": made.epsg,
        "width_px": made.width_px,
        "height_px": made.height_px,
    }
    line = derivative(
        context,
        made.content,
        MEDIA_TYPE,
        inputs=(record.kept,) if record.kept else (),
        transformation=_MADE_BY,
        parameters=parameters,
    )

    def effect(step: Transaction) -> None:
        keep_derivative(step, line)
        write_cog(made.path, content, replace=replace)

    body: dict[str, Json] = {"content": made.content, "file": made.path.name, **parameters}
    commit(context, Action.ORTHO_EXPORT, record.source_id, body, effect)


def _finite(text: str | None) -> float | None:
    return None if text in {None, "unknown"} else float(str(text))
