"""Points to wire."""

import numpy as np

from atalaya.app.bilingual import Bilingual
from atalaya.app.exposure_picture import ExposurePicture
from atalaya.app.pixel_on_ground import ImagePoint, NoImagePoint, PixelOnGround, PixelWithoutPlace
from atalaya.app.workbench_points import NotAskable, PixelView, PlaceView
from atalaya.geo.map_grid import mgrs_of, utm_of
from atalaya.georeg.outline import Outline
from atalaya.georeg.pose import HeightReference
from atalaya.model.ground import RegionPart
from atalaya.units import Degrees, Metres, Pixels
from atalaya.web import wire_points
from atalaya.web.views import ellipse_wire, known
from atalaya.web.wire import LonLat
from atalaya.web.wire_base import Text

_SAME_PLACE_DEG = 1e-8


def ground_answer(source_id: str, view: PixelView, x_px: Pixels, y_px: Pixels) -> wire_points.GroundAnswer:
    """One pixel: its place, or why it has none."""
    frame_index: int | None = None
    ground: wire_points.GroundPlaceWire | None = None
    why: wire_points.NoPlaceWire | None = None
    match view.answer:
        case NotAskable() as not_askable:
            why = wire_points.NoPlaceWire(kind=not_askable.value, words=_text(view.words))
        case PixelOnGround() as found:
            ground, frame_index = _ground(found), found.frame_index
        case PixelWithoutPlace() as missed:
            frame_index = missed.frame_index
            why = wire_points.NoPlaceWire(kind=missed.kind.value, words=_text(view.words, missed.reason))
    return wire_points.GroundAnswer(
        source_id=source_id, frame_index=frame_index, x_px=x_px, y_px=y_px, ground=ground, why=why
    )


def place_answer(
    source_id: str, view: PlaceView, lon_deg: Degrees, lat_deg: Degrees
) -> wire_points.PlaceAnswer:
    """One place: where it is in the picture, or why it is not."""
    frame_index: int | None = None
    pixel: wire_points.PixelWire | None = None
    why: wire_points.NotSeenWire | None = None
    match view.answer:
        case NotAskable() as not_askable:
            why = wire_points.NotSeenWire(kind=not_askable.value, words=_text(view.words))
        case ImagePoint() as seen:
            frame_index = seen.frame_index
            pixel = wire_points.PixelWire(x_px=seen.x_px, y_px=seen.y_px, slant_range_m=seen.slant_range_m)
        case NoImagePoint() as missed:
            frame_index = missed.frame_index
            why = wire_points.NotSeenWire(kind=missed.kind.value, words=_text(view.words, missed.reason))
    return wire_points.PlaceAnswer(
        source_id=source_id,
        frame_index=frame_index,
        place=place_wire(lon_deg, lat_deg, view.hae_m, view.msl_m),
        pixel=pixel,
        why=why,
    )


def outline_answer(source_id: str, outline: Outline | None) -> wire_points.OutlineAnswer:
    """The ground under one picture; no ring where its pose is not known."""
    rings = () if outline is None else outline.rings
    return wire_points.OutlineAnswer(
        source_id=source_id,
        rings=[_closed(ring.tolist()) for ring in rings],
        known_share=0.0 if outline is None else outline.known_share,
    )


def _closed(ring: list[tuple[float, float]]) -> list[LonLat]:
    """The last place is the first one exactly, not within rounding."""
    places = [(lon, lat) for lon, lat in ring]
    apart_deg = max(abs(one - other) for one, other in zip(places[0], places[-1], strict=True))
    return [*(places[:-1] if apart_deg < _SAME_PLACE_DEG else places), places[0]]


def exposure_answer(source_id: str, picture: ExposurePicture) -> wire_points.ExposureAnswer:
    """Where the picture of seen ground lies."""
    return wire_points.ExposureAnswer(
        source_id=source_id,
        west_deg=picture.west_deg,
        south_deg=picture.south_deg,
        east_deg=picture.east_deg,
        north_deg=picture.north_deg,
        longest_s=picture.longest_s,
        seen_km2=picture.seen_km2,
        looks=picture.looks,
    )


def place_wire(
    lon_deg: Degrees, lat_deg: Degrees, hae_m: Metres | None, msl_m: Metres | None
) -> wire_points.PlaceWire:
    """A place in every form it is read out in."""
    utm = utm_of(lon_deg, lat_deg)
    return wire_points.PlaceWire(
        lon_deg=lon_deg,
        lat_deg=lat_deg,
        utm=None
        if utm is None
        else wire_points.UtmWire(
            zone=utm.zone, band=utm.band, easting_m=utm.easting_m, northing_m=utm.northing_m
        ),
        mgrs=None if utm is None else mgrs_of(utm),
        hae_m=known(hae_m),
        msl_m=known(msl_m),
    )


def _ground(answer: PixelOnGround) -> wire_points.GroundPlaceWire:
    region = answer.region
    position = region.position
    hae_m = None if answer.heights is HeightReference.MSL_AS_HAE else position.hae_m
    return wire_points.GroundPlaceWire(
        place=place_wire(position.lon_deg, position.lat_deg, hae_m, answer.msl_m),
        ce90_m=position.ce90_m,
        le90_m=known(position.le90_m),
        ellipse=ellipse_wire(np.array(position.covariance_m2)),
        slant_range_m=answer.slant_range_m,
        gsd_m=answer.gsd_m,
        contained=region.contained,
        other_slope_probability=region.other_slope_probability,
        nowhere_probability=region.nowhere_probability,
        parts=[_part(it) for it in region.parts],
    )


def _part(part: RegionPart) -> wire_points.RegionPartWire:
    return wire_points.RegionPartWire(
        probability=part.probability,
        lon_deg=part.lon_deg,
        lat_deg=part.lat_deg,
        hae_m=part.hae_m,
        ring=list(zip(part.ring_lon_deg, part.ring_lat_deg, strict=True)),
    )


def _text(words: Bilingual | None, otherwise: str = "") -> Text:
    return Text(en=otherwise, es=otherwise) if words is None else Text(en=words.en, es=words.es)
