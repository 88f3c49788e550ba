"""The pictures of a dossier: the frames that show the site best, made fit to leave, each on record."""

import logging
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from atalaya.app.context import Context
from atalaya.app.derivatives import derivative
from atalaya.app.look_for_places import PAIRING_S, ground_of_source
from atalaya.app.picture_poses import poses_of_pictures
from atalaya.custody.hashing import content_hash
from atalaya.dossier.assemble import best_frames
from atalaya.dossier.export_picture import FrameToExport, export_picture
from atalaya.errors import InputError
from atalaya.geo.ellipsoid import east_north_m
from atalaya.georeg.camera import project
from atalaya.io.pictures import QUALITY, encode_jpeg
from atalaya.model.custody import Derivative
from atalaya.model.dossier import EvidencePicture
from atalaya.model.footprint import FootprintTable
from atalaya.model.frame import FrameTable
from atalaya.model.ground import Position
from atalaya.model.instants import from_microseconds
from atalaya.model.site import Site
from atalaya.model.source import SYNTHETIC_MARK, SourceRecord

MAXIMUM_PICTURES = 4
"""More show the same again and make a paper nobody reads."""
ANOTHER_SIDE_DEG = 30.0
"""Looks closer than this in azimuth show the same side; other sides come first."""
_CONSIDERED = 60
_BESIDE_S = 5.0
"""Packets so far to either side tell where the camera was, and how the packets' clock runs."""

_CIRCLES_M = (5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0)
_LOGGER = logging.getLogger(__name__)


class TimedPicture(Protocol):
    """One decoded picture: its time in the stream's clock and (H, W, 3) uint8."""

    @property
    def pts_s(self) -> float:
        """Presentation time [s]."""
        ...

    @property
    def rgb(self) -> NDArray[np.uint8]:
        """(H, W, 3) uint8."""
        ...


class PictureSource(Protocol):
    """Reads pictures of a kept video; `io.video_seek.pictures_at` in production."""

    def __call__(self, path: Path, *, at_pts_s: Sequence[float]) -> Iterator[TimedPicture]:
        """For each time the picture nearest to it, each picture once, in order."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MadePicture:
    """A picture with its bytes and how it was made."""

    picture: EvidencePicture
    jpeg: bytes
    made: Derivative


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Wanted:
    """What is known of one frame before its picture is decoded.

    Args:
        beside: it and the packets around it: the picture was taken between two of them.
    """

    record: SourceRecord
    beside: FrameTable
    frame_index: int
    pts_s: float
    at_utc: datetime
    finest_m_across: tuple[float, ...]
    gsd_m: float
    look_azimuth_deg: float
    slant_range_m: float


def make_pictures(
    context: Context, site: Site, records: Sequence[SourceRecord], read: PictureSource
) -> tuple[MadePicture, ...]:
    """Up to four pictures, the best first and from as many sides as there are.

    A frame that cannot be placed or is not there is left out. Nothing is stored here: the caller records
    first, then keeps the bytes.

    Raises:
        ExternalError: a kept video cannot be read. InputError: its ground is gone.
    """
    order = best_frames(site.candidate.evidence, _CONSIDERED)
    known: dict[tuple[str, int], _Wanted] = {}
    for record in records:
        indices = [index for source, index in order if source == record.source_id]
        if record.kept is not None and record.has_video and indices:
            known |= {(record.source_id, one.frame_index): one for one in _placed(context, record, indices)}
    chosen = from_all_sides([known[key] for key in order if key in known])
    made = {id(one): picture for one, picture in _decoded(context, site, chosen, read)}
    return tuple(made[id(one)] for one in chosen if id(one) in made)


def circle_radius_m(ce90_m: float) -> float:
    """The round radius drawn around a site: the next above its CE90, so that no picture tells the error."""
    return next((radius for radius in _CIRCLES_M if radius >= ce90_m), _CIRCLES_M[-1])


def from_all_sides(ranked: Sequence[_Wanted]) -> list[_Wanted]:
    """The best of each side in turn, then the next best, up to the number a paper holds; in that order."""
    chosen: list[_Wanted] = []
    for one in ranked:
        if all(_apart_deg(one, other) >= ANOTHER_SIDE_DEG for other in chosen):
            chosen.append(one)
    rest = [one for one in ranked if all(one is not other for other in chosen)]
    return [*chosen, *rest][:MAXIMUM_PICTURES]


def _apart_deg(one: _Wanted, other: _Wanted) -> float:
    return abs((one.look_azimuth_deg - other.look_azimuth_deg + 180.0) % 360.0 - 180.0)


def _placed(context: Context, record: SourceRecord, indices: Sequence[int]) -> Iterator[_Wanted]:
    frames = context.lake.read(FrameTable, record.sortie_id, record.source_id)
    footprints = context.lake.read(FootprintTable, record.sortie_id, record.source_id)
    for index in indices:
        one = _wanted(record, frames, footprints, index)
        if one is not None:
            yield one


def _wanted(
    record: SourceRecord, frames: FrameTable, footprints: FootprintTable, frame_index: int
) -> _Wanted | None:
    frame = frames.take(frames.frame_index == frame_index)
    look = footprints.take(footprints.frame_index == frame_index)
    if len(frame) != 1 or len(look) != 1:
        return None
    known = np.array([frame.pts_s[0], look.gsd_m[0], look.look_azimuth_deg[0], look.slant_range_m[0]])
    if not np.isfinite(known).all() or int(frame.time_us[0]) < 0:
        return None
    return _Wanted(
        record=record,
        beside=frames.take(np.abs(frames.pts_s - frame.pts_s[0]) <= _BESIDE_S),
        frame_index=frame_index,
        pts_s=float(frame.pts_s[0]),
        at_utc=from_microseconds(int(frame.time_us[0])),
        finest_m_across=_edges_m(look),
        gsd_m=float(look.gsd_m[0]),
        look_azimuth_deg=float(look.look_azimuth_deg[0]),
        slant_range_m=float(look.slant_range_m[0]),
    )


def _decoded(
    context: Context, site: Site, chosen: Sequence[_Wanted], read: PictureSource
) -> Iterator[tuple[_Wanted, MadePicture]]:
    """Each chosen frame with its picture; one pass through each video."""
    for source in dict.fromkeys(one.record.source_id for one in chosen):
        due = [one for one in chosen if one.record.source_id == source]
        kept = due[0].record.kept
        if kept is None:  # only frames of kept videos were placed
            continue
        for picture in read(context.vault.path(kept), at_pts_s=sorted(one.pts_s for one in due)):
            near = [one for one in due if abs(one.pts_s - picture.pts_s) <= PAIRING_S]
            if near:
                one = min(near, key=lambda each: abs(each.pts_s - picture.pts_s))
                due.remove(one)
                made = _made(context, site, one, picture)
                if made is not None:
                    yield one, made


def _edges_m(look: FootprintTable) -> tuple[float, ...]:
    """Ground under the upper and the lower edge of the picture, where known: the near one is the finest."""
    lon_deg, lat_deg = look.corner_lon_deg[0], look.corner_lat_deg[0]
    edges = [
        float(np.linalg.norm(east_north_m(lon_deg[b], lat_deg[b], lon_deg[a], lat_deg[a])))
        for a, b in ((0, 1), (3, 2))
    ]
    return tuple(edge for edge in edges if math.isfinite(edge))


def _made(context: Context, site: Site, wanted: _Wanted, picture: TimedPicture) -> MadePicture | None:
    height_px, width_px = picture.rgb.shape[:2]
    finest_m = min([wanted.gsd_m, *(edge / width_px for edge in wanted.finest_m_across)])
    x_px, y_px = _site_pixel(context, site.candidate.position, wanted, picture.pts_s, (width_px, height_px))
    radius_px = circle_radius_m(site.candidate.position.ce90_m) / finest_m
    synthetic = site.synthetic or wanted.record.synthetic
    limit_m = context.settings.export_gsd_m
    try:
        frame = FrameToExport(
            rgb=picture.rgb,
            gsd_m=finest_m,
            site_x_px=x_px,
            site_y_px=y_px,
            site_radius_px=radius_px,
        )
        exported = export_picture(frame, synthetic=synthetic, limit_gsd_m=limit_m)
    except InputError as error:  # the site is outside this picture, or it is too coarse to show anything
        _LOGGER.info("frame %d of %s is left out: %s", wanted.frame_index, wanted.record.source_id, error)
        return None
    jpeg = encode_jpeg(exported.rgb, comment=SYNTHETIC_MARK if synthetic else "")
    content = content_hash(jpeg)
    made = derivative(
        context,
        content,
        "image/jpeg",
        inputs=(wanted.record.kept,) if wanted.record.kept else (),
        transformation="atalaya.dossier.export_picture.export_picture",
        parameters={
            "source_id": wanted.record.source_id,
            "frame_index": wanted.frame_index,
            "pts_s": wanted.pts_s,
            "gsd_m": finest_m,
            "limit_gsd_m": limit_m,
            "site_x_px": x_px,
            "site_y_px": y_px,
            "site_radius_px": radius_px,
            "synthetic": synthetic,
            "jpeg_quality": QUALITY,
        },
    )
    evidence = EvidencePicture(
        content=content,
        width_px=exported.rgb.shape[1],
        height_px=exported.rgb.shape[0],
        gsd_m=exported.gsd_m,
        site_x_px=exported.site_x_px,
        site_y_px=exported.site_y_px,
        site_radius_px=exported.site_radius_px,
        source_id=wanted.record.source_id,
        frame_index=wanted.frame_index,
        at_utc=wanted.at_utc,
        look_azimuth_deg=wanted.look_azimuth_deg,
        slant_range_m=wanted.slant_range_m,
    )
    return MadePicture(picture=evidence, jpeg=jpeg, made=made)


def _site_pixel(
    context: Context, position: Position, wanted: _Wanted, pts_s: float, size_px: tuple[int, int]
) -> tuple[float, float]:
    ground = ground_of_source(context, wanted.record)
    lon_deg, lat_deg = np.array([position.lon_deg]), np.array([position.lat_deg])
    known_m = np.array([math.nan if position.hae_m is None else position.hae_m])
    height_m = known_m if np.isfinite(known_m).all() else ground.terrain.height_hae_m(lon_deg, lat_deg)
    camera = ground.poses_of(wanted.beside)
    camera = poses_of_pictures(wanted.beside, camera, np.array([pts_s])).poses
    x_px, y_px = project(camera, lon_deg, lat_deg, height_m, *size_px, lens=ground.lens)
    return float(x_px[0]), float(y_px[0])
