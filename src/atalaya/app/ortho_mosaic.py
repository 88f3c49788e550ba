"""A mosaic of the pictures of one clip: exported imagery, made picture by picture, on the record."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from atalaya.app.calibrations import CALIBRATION
from atalaya.app.clip import Clip, clip_of_source, source_record
from atalaya.app.code_version import code_version
from atalaya.app.context import Context, commit
from atalaya.app.derivatives import derivative, keep_derivative
from atalaya.app.look_for_places import PAIRING_S
from atalaya.app.ortho import MEDIA_TYPE, admitted_frames, area_of, pose_of_picture
from atalaya.app.permission import require_permission
from atalaya.app.ports import Transaction
from atalaya.app.viewshed import moments
from atalaya.custody.hashing import content_hash
from atalaya.dossier.picture_marks import draw_synthetic
from atalaya.errors import InputError, NotFoundError
from atalaya.georeg.ortho import ortho
from atalaya.georeg.ortho_area import only_inside
from atalaya.georeg.ortho_extent import grid_of_frame, terrain_under
from atalaya.georeg.ortho_grid import GEOGRAPHIC, OrthoGrid, transformer
from atalaya.georeg.ortho_mosaic import MOST_PICTURES, NOBODY, Preference, lay_in, union_of
from atalaya.governance.roles import Action
from atalaya.io.cog import Packing, code_cog, picture_cog, write_cog
from atalaya.io.mosaic_work import MosaicWork
from atalaya.io.video import Picture, read_pictures
from atalaya.model.custody import Json
from atalaya.model.identifiers import ContentHash, SourceId
from atalaya.model.source import SYNTHETIC_MARK, SourceRecord

_MADE_BY = "atalaya.georeg.ortho_mosaic.lay_in"


@dataclass(frozen=True, slots=True, kw_only=True)
class MosaicWish:
    """How a mosaic is wanted.

    Args:
        preference: which picture a pixel is taken from.
        every_s: one picture each so many seconds.
        gsd_m, epsg, packing, replace: as of an ortho; the size of a pixel is that of the middle one of all
            pictures where none is said.
    """

    preference: Preference = Preference.BEST_GSD
    every_s: float = 1.0
    gsd_m: float | None = None
    epsg: int | None = None
    packing: Packing = Packing.JPEG
    replace: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MosaicMade:
    """What was written.

    Args:
        path, content: the mosaic and its hash; frames_path, frames_content: the raster of the same size that
            says which picture each pixel is from.
        gsd_m, epsg, width_px, height_px: of the raster.
        frames: frame of each picture, by its number less one.
        left_out: frames without pose, ground or picture, or not known to lie inside the permit any more.
        shown: share of the raster.
    """

    path: Path
    content: ContentHash
    frames_path: Path
    frames_content: ContentHash
    gsd_m: float
    epsg: int
    width_px: int
    height_px: int
    frames: tuple[int, ...]
    left_out: int
    shown: float


def export_mosaic(
    context: Context,
    source_id: SourceId,
    out: Path,
    wish: MosaicWish,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> MosaicMade:
    """Write a mosaic; interrupted, it goes on where it was when it is asked for again.

    Raises:
        NotPermittedError: the role may not export. NotFoundError: no such source, or no pictures.
        InputError: no picture that can be placed, finer than the limit, too large, or a file that is there.
        ExternalError: it cannot be read, recorded or written.
    """
    require_permission(context, Action.ORTHO_EXPORT, source_id)
    for one in (out, frames_path(out)):
        if one.exists() and not wish.replace:
            raise InputError(f"{one} is there already; --force replaces it")
    record = source_record(context, source_id)
    if record.kept is None or not record.has_video:
        raise NotFoundError(f"source {record.source_id} has no pictures")
    clip = clip_of_source(context, record.source_id)
    parts, left_out = _parts(context, clip, wish, admitted_frames(context, record))
    whole = union_of(list(parts.values()))
    recipe: dict[str, Json] = {
        "source": record.source_id,
        "terrain_sha256": clip.ground.facts.get("terrain_sha256"),
        "constant_m": clip.ground.facts.get("constant_m"),
        "geoid": clip.ground.facts.get("geoid"),
        "calibration": clip.ground.facts.get(CALIBRATION),
        "lens": clip.ground.facts.get("lens"),
        "preference": wish.preference.value,
        "frames": list(parts),
        "gsd_m": whole.gsd_m,
        "epsg": whole.epsg,
        "left": whole.left,
        "top": whole.top,
        "width_px": whole.width_px,
        "height_px": whole.height_px,
        "code": code_version(),
    }
    begun: dict[str, Json] = {"file": out.name, "stage": "begun", **recipe}
    folder = out.with_name(f".{out.name}.part")
    work = commit(
        context, Action.ORTHO_EXPORT, record.source_id, begun, lambda _: MosaicWork(folder, whole, recipe)
    )
    _fill(context, record, clip, parts, whole, wish, work, progress)
    made = _pack(context, record, out, wish, whole, parts, left_out, work, recipe)
    work.remove()
    return made


def frames_path(out: Path) -> Path:
    """The file beside a mosaic that says which picture each pixel is from."""
    return out.with_name(f"{out.stem}_frames.tif")


def _parts(
    context: Context, clip: Clip, wish: MosaicWish, admitted: NDArray[np.int64]
) -> tuple[dict[int, OrthoGrid], int]:
    """The raster of each frame that can be placed, all with the same pixels; and how many cannot."""
    if not wish.every_s > 0.0:
        raise InputError(f"a positive time between pictures is wanted, got {wish.every_s} s")
    if wish.epsg not in {None, GEOGRAPHIC}:
        transformer(wish.epsg or 0)  # a system that rasters are not made in is said at once
    timed = [row for row in moments(clip, wish.every_s)[0].tolist() if np.isfinite(clip.frames.pts_s[row])]
    rows = [row for row in timed if np.isin(clip.frames.frame_index[row], admitted)]
    grids: dict[int, OrthoGrid] = {}
    gsd_m, left_out = wish.gsd_m, len(timed) - len(rows)
    if gsd_m is None:
        found = [grid.gsd_m for row in rows if (grid := _grid(context, clip, row, (None, wish.epsg)))]
        gsd_m = float(np.median(found)) if found else None
    first: OrthoGrid | None = None
    for row in rows:
        grid = _grid(context, clip, row, (gsd_m, wish.epsg), first)
        if grid is None:
            left_out += 1
            continue
        first = first or grid
        grids[int(clip.frames.frame_index[row])] = grid
    if not grids:
        raise InputError(f"no picture of {clip.name} can be laid on the ground")
    if len(grids) > MOST_PICTURES:
        raise InputError(f"{len(grids)} pictures are more than {MOST_PICTURES}: ask for fewer (--every-s)")
    return grids, left_out


def _grid(
    context: Context,
    clip: Clip,
    row: int,
    pixels: tuple[float | None, int | None],
    like: OrthoGrid | None = None,
) -> OrthoGrid | None:
    """The raster of one frame; None where it cannot be placed or shows no known ground."""
    gsd_m, epsg = pixels
    camera = clip.camera.take(np.array([row], dtype=np.intp))
    finest_m = context.settings.export_gsd_m
    if gsd_m is not None and gsd_m < finest_m:
        raise InputError(f"exported imagery is no finer than {finest_m:g} m a pixel; asked for {gsd_m:g} m")
    if np.isnan(camera.rotation_ecef_from_camera).any():
        return None
    try:
        return grid_of_frame(
            camera,
            clip.ground.terrain,
            clip.size_px(),
            lens=clip.ground.lens,
            finest_m=finest_m,
            gsd_m=gsd_m,
            epsg=epsg,
            like=like,
        )
    except InputError:  # it shows no known ground
        return None


def _fill(
    context: Context,
    record: SourceRecord,
    clip: Clip,
    parts: dict[int, OrthoGrid],
    whole: OrthoGrid,
    wish: MosaicWish,
    work: MosaicWork,
    progress: Callable[[int, int], None],
) -> None:
    numbers = {frame: number for number, frame in enumerate(parts, start=1)}
    due = {frame: number for frame, number in numbers.items() if number not in work.done}
    pts_s = {frame: float(clip.frames.pts_s[clip.row_of(frame)]) for frame in due}
    area = area_of(context, record)
    if record.kept is None:  # only kept sources come here
        return
    for picture in read_pictures(context.vault.path(record.kept), at_pts_s=list(pts_s.values())):
        frame = min(pts_s, key=lambda it: abs(pts_s[it] - picture.pts_s))
        if abs(pts_s[frame] - picture.pts_s) <= PAIRING_S:
            _lay(clip, frame, picture, parts[frame], whole, wish.preference, numbers[frame], work, area)
        progress(len(work.done), len(parts))
    progress(len(parts), len(parts))


def _lay(
    clip: Clip,
    frame: int,
    picture: Picture,
    grid: OrthoGrid,
    whole: OrthoGrid,
    preference: Preference,
    number: int,
    work: MosaicWork,
    area: Polygon | MultiPolygon,
) -> None:
    camera = pose_of_picture(clip, frame, picture)
    laid = ortho(
        picture.rgb,
        camera,
        terrain_under(grid, camera, clip.ground.terrain),
        grid,
        lens=clip.ground.lens,
        keep_depth=preference is Preference.BEST_GSD,
    )
    laid = only_inside(laid, area)
    lay_in(work.arrays, whole, laid, number, camera, preference)
    work.tick(number)


def _pack(
    context: Context,
    record: SourceRecord,
    out: Path,
    wish: MosaicWish,
    whole: OrthoGrid,
    parts: dict[int, OrthoGrid],
    left_out: int,
    work: MosaicWork,
    recipe: dict[str, Json],
) -> MosaicMade:
    rgb, number = np.array(work.arrays.rgb), np.array(work.arrays.number)
    alpha = np.where(number == NOBODY, np.uint8(0), np.uint8(255))
    if record.synthetic:
        rgb, alpha = _marked(rgb, alpha)
    tags = {f"ATALAYA_{name.upper()}": str(value) for name, value in recipe.items()}
    tags |= {"ATALAYA_EXPORT_LIMIT_M": str(context.settings.export_gsd_m)}
    tags |= {"ATALAYA_SYNTHETIC": SYNTHETIC_MARK} if record.synthetic else {}
    content = picture_cog(rgb, alpha, whole, packing=wish.packing, tags=tags)
    beside = code_cog({"picture": number}, whole, nodata=float(NOBODY), tags=tags)
    made = MosaicMade(
        path=out,
        content=content_hash(content),
        frames_path=frames_path(out),
        frames_content=content_hash(beside),
        gsd_m=whole.gsd_m,
        epsg=whole.epsg,
        width_px=whole.width_px,
        height_px=whole.height_px,
        frames=tuple(parts),
        left_out=left_out,
        shown=float((number != NOBODY).mean()),
    )
    _record_and_write(context, record, made, (content, beside), recipe, replace=wish.replace)
    return made


def _record_and_write(
    context: Context,
    record: SourceRecord,
    made: MosaicMade,
    contents: tuple[bytes, bytes],
    recipe: dict[str, Json],
    *,
    replace: bool,
) -> None:
    lines = [
        derivative(
            context,
            content,
            MEDIA_TYPE,
            inputs=(record.kept,) if record.kept else (),
            transformation=_MADE_BY,
            parameters=recipe,
        )
        for content in (made.content, made.frames_content)
    ]

    def effect(step: Transaction) -> None:
        for line in lines:
            keep_derivative(step, line)
        write_cog(made.frames_path, contents[1], replace=replace)
        write_cog(made.path, contents[0], replace=replace)

    body: dict[str, Json] = {
        "file": made.path.name,
        "stage": "written",
        "content": made.content,
        "frames_content": made.frames_content,
        **recipe,
    }
    commit(context, Action.ORTHO_EXPORT, record.source_id, body, effect)


def _marked(rgb: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    drawn = np.ascontiguousarray(np.moveaxis(rgb, 0, -1))
    draw_synthetic(drawn)
    written = (drawn != np.moveaxis(rgb, 0, -1)).any(axis=-1)
    return np.ascontiguousarray(np.moveaxis(drawn, -1, 0)), np.where(written, np.uint8(255), alpha)
