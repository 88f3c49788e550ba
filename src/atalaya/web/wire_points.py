"""The wire models of points: a pixel on the ground, and a place in the picture."""

from typing import Literal

from atalaya.web.wire import Ellipse, LonLat
from atalaya.web.wire_base import Answer, Text, Wire

type WhyNoPlace = Literal[
    "no-metadata",
    "no-pictures",
    "pose-unknown",
    "beyond-lens",
    "sky",
    "off-terrain",
    "void",
    "below-ground",
    "error-unbounded",
]
type WhyNotSeen = Literal[
    "no-metadata", "no-pictures", "pose-unknown", "no-terrain", "outside-picture", "hidden"
]


class UtmWire(Wire):
    """UTM on WGS 84, metres."""

    zone: int
    band: str
    easting_m: float
    northing_m: float


class PlaceWire(Wire):
    """A place in every form it is read out in; null where a form has none (no UTM near the poles)."""

    lon_deg: float
    lat_deg: float
    utm: UtmWire | None
    mgrs: str | None
    hae_m: float | None
    msl_m: float | None


class RegionPartWire(Wire):
    """One connected piece of the ground where the true place may be."""

    probability: float
    lon_deg: float
    lat_deg: float
    hae_m: float
    ring: list[LonLat]


class GroundPlaceWire(Wire):
    """A pixel's place with its error; `parts` are the ground where the true place may be."""

    place: PlaceWire
    ce90_m: float
    le90_m: float | None
    ellipse: Ellipse | None
    slant_range_m: float
    gsd_m: float
    contained: float
    other_slope_probability: float
    nowhere_probability: float
    parts: list[RegionPartWire]


class NoPlaceWire(Wire):
    """Why a pixel has no place."""

    kind: WhyNoPlace
    words: Text


class GroundAnswer(Answer):
    """One pixel: `ground` or `why`, never both."""

    source_id: str
    frame_index: int | None
    x_px: float
    y_px: float
    ground: GroundPlaceWire | None
    why: NoPlaceWire | None


class NotSeenWire(Wire):
    """Why a place is not in the picture."""

    kind: WhyNotSeen
    words: Text


class PixelWire(Wire):
    """Where a place is in the picture."""

    x_px: float
    y_px: float
    slant_range_m: float


class PlaceAnswer(Answer):
    """One place: `pixel` or `why`, never both; the place itself in every case."""

    source_id: str
    frame_index: int | None
    place: PlaceWire
    pixel: PixelWire | None
    why: NotSeenWire | None


class OutlineAnswer(Answer):
    """The ground under one picture, following the relief; no ring where nothing of it is known.

    `known_share` is the part of the picture that shows known ground.
    """

    source_id: str
    rings: list[list[LonLat]]
    known_share: float


class ExposureAnswer(Answer):
    """Edges of the picture at `/api/v1/sources/{source}/exposure.png`: ground seen, relief counted."""

    source_id: str
    west_deg: float
    south_deg: float
    east_deg: float
    north_deg: float
    longest_s: float
    seen_km2: float
    looks: int
