"""Points of the seeded workspace: its footprints as a flat trapezoid, with a sky, a ravine and a ridge."""

import math

import numpy as np

from atalaya.app.bilingual import Bilingual
from atalaya.app.exposure_picture import ExposurePicture, exposure_picture
from atalaya.app.pixel_on_ground import (
    ImagePoint,
    NoImagePoint,
    NoPlace,
    NotSeen,
    PixelOnGround,
    PixelWithoutPlace,
)
from atalaya.app.point_words import NOT_ASKABLE
from atalaya.app.viewshed import Exposure
from atalaya.app.workbench_points import Moment, NotAskable, PixelView, PlaceView
from atalaya.errors import InputError, NotFoundError
from atalaya.geo.terrain import TerrainGrid
from atalaya.georeg.outline import Outline
from atalaya.georeg.pose import HeightReference
from atalaya.model.ground import GroundRegion, Position, RegionPart
from atalaya.model.identifiers import SourceId

SKY_ROWS = 25
"""Rows at the top of each picture that show the sky."""
RAVINE_X_PX, RAVINE_Y_PX = 540.0, 110.0
"""Right of and above it a look may end on the other slope."""
HIDDEN_EAST_M = (-125.0, -75.0)
"""Places so far east of the centre lie behind a ridge."""
UNKNOWN_FROM = 170
"""From this frame on the packets lack a heading."""
GROUND_HAE_M, UNDULATION_M = 1243.0, -28.4


class FakePoints:
    """Satisfies `app.workbench_points.PointReader` and `GroundReader`."""

    def __init__(self, *, sources, frames, fps, first_pts_s, size_px, centre_m, place) -> None:
        self.sources, self.frames, self.fps, self.first_pts_s = sources, frames, fps, first_pts_s
        self.size_px, self.centre_m, self.place = size_px, centre_m, place
        self.prepared: list[SourceId] = []

    def prepare(self, source: SourceId) -> None:
        self.prepared.append(source)

    def ground_of_pixel(self, source: SourceId, moment: Moment, x_px: float, y_px: float) -> PixelView:
        frame = self._frame(source, moment)
        width_px, height_px = self.size_px
        if not (-0.5 <= x_px <= width_px - 0.5 and -0.5 <= y_px <= height_px - 0.5):
            raise InputError(f"pixel {x_px:g},{y_px:g} is not in the picture")
        if frame is None:
            return PixelView(NotAskable.NO_METADATA, NOT_ASKABLE[NotAskable.NO_METADATA])
        asked = {"frame_index": frame, "x_px": x_px, "y_px": y_px}
        if frame >= UNKNOWN_FROM:
            missed = PixelWithoutPlace(**asked, kind=NoPlace.POSE_UNKNOWN, reason=NO_POSE.en)
            return PixelView(missed, NO_POSE)
        if y_px < SKY_ROWS:
            missed = PixelWithoutPlace(**asked, kind=NoPlace.SKY, reason=SKY.en)
            return PixelView(missed, SKY)
        across, down = (x_px + 0.5) / width_px, (y_px + 0.5) / height_px
        east_m, north_m = self.centre_m(frame)
        east_m += (2 * across - 1) * (210.0 - 80.0 * down)
        north_m += 150.0 - 240.0 * down
        answer = PixelOnGround(
            **asked,
            region=self._region(east_m, north_m, broken=x_px > RAVINE_X_PX and y_px < RAVINE_Y_PX),
            heights=HeightReference.HAE,
            msl_m=GROUND_HAE_M - UNDULATION_M,
            msl_reason=None,
            slant_range_m=2750.0,
            gsd_m=0.62,
        )
        return PixelView(answer, None)

    def image_of_place(self, source: SourceId, moment: Moment, lon_deg: float, lat_deg: float) -> PlaceView:
        frame = self._frame(source, moment)
        heights = {"hae_m": GROUND_HAE_M, "msl_m": GROUND_HAE_M - UNDULATION_M}
        if frame is None:
            none = NotAskable.NO_METADATA
            return PlaceView(answer=none, words=NOT_ASKABLE[none], **heights)
        east_m, north_m = self._metres(lon_deg, lat_deg)
        centre_east_m, centre_north_m = self.centre_m(frame)
        down = (centre_north_m + 150.0 - north_m) / 240.0
        across = 0.5 + (east_m - centre_east_m) / (210.0 - 80.0 * down) / 2
        if not (0 <= across < 1 and 0 <= down < 1):
            missed = NoImagePoint(frame_index=frame, kind=NotSeen.OUTSIDE_PICTURE, reason=OUTSIDE.en)
            return PlaceView(answer=missed, words=OUTSIDE, **heights)
        if HIDDEN_EAST_M[0] <= east_m - centre_east_m <= HIDDEN_EAST_M[1]:
            missed = NoImagePoint(frame_index=frame, kind=NotSeen.HIDDEN, reason=HIDDEN.en)
            return PlaceView(answer=missed, words=HIDDEN, **heights)
        seen = ImagePoint(
            frame_index=frame,
            x_px=across * self.size_px[0] - 0.5,
            y_px=down * self.size_px[1] - 0.5,
            hae_m=GROUND_HAE_M,
            slant_range_m=2750.0,
        )
        return PlaceView(answer=seen, words=None, **heights)

    def outline(self, source: SourceId, moment: Moment) -> Outline | None:
        """The trapezoid, its far edge along a ridge."""
        frame = self._frame(source, moment)
        if frame is None or frame >= UNKNOWN_FROM:
            return None
        east_m, north_m = self.centre_m(frame)
        far = [(-210 + 21 * at, 150 + 60 * math.sin(1.2 * at)) for at in range(21)]
        near = [(130.0, -90.0), (-130.0, -90.0)]
        ring = [self.place(east_m + east, north_m + north) for east, north in (*far, *near, far[0])]
        return Outline(rings=(np.array(ring),), known_share=1.0, nearest_m=2600.0, farthest_m=2900.0)

    def exposure(self, source: SourceId) -> ExposurePicture:
        """What the middle of the flight saw, a third of it hidden."""
        if source not in self.sources:
            raise NotFoundError(f"no source {source}")
        seen_s = np.fromfunction(lambda row, col: np.where((col // 9) % 3 < 2, 1.0 + col / 9, 0.0), (60, 180))
        (west_deg, south_deg), (east_deg, north_deg) = self.place(-700.0, -90.0), self.place(700.0, 150.0)
        window = TerrainGrid(
            hae_m=np.full((60, 180), GROUND_HAE_M),
            west_deg=west_deg,
            north_deg=north_deg,
            step_lon_deg=(east_deg - west_deg) / 179,
            step_lat_deg=(north_deg - south_deg) / 59,
        )
        return exposure_picture(
            Exposure(window=window, seen_s=seen_s.astype(np.float32), looks=12, left_out={}, seen_km2=0.224)
        )

    def _frame(self, source: SourceId, moment: Moment) -> int | None:
        if source not in self.sources:
            raise NotFoundError(f"no source {source}")
        if (moment.pts_s is None) == (moment.frame_index is None):
            raise InputError("a time pts_s or a frame_index was wanted, one of the two")
        if moment.pts_s is None:
            return moment.frame_index
        frame = round((moment.pts_s - self.first_pts_s) * self.fps)
        beyond = max(-frame, frame - self.frames + 1)
        return None if beyond > self.fps else min(max(frame, 0), self.frames - 1)

    def _metres(self, lon_deg: float, lat_deg: float) -> tuple[float, float]:
        (lon_0, lat_0), (lon_1, lat_1) = self.place(0.0, 0.0), self.place(1000.0, 1000.0)
        return 1000 * (lon_deg - lon_0) / (lon_1 - lon_0), 1000 * (lat_deg - lat_0) / (lat_1 - lat_0)

    def _region(self, east_m: float, north_m: float, *, broken: bool) -> GroundRegion:
        lon_deg, lat_deg = self.place(east_m, north_m)
        position = Position(
            lon_deg=lon_deg,
            lat_deg=lat_deg,
            hae_m=GROUND_HAE_M,
            covariance_m2=((90.0, 40.0), (40.0, 220.0)),
            ce90_m=212.0 if broken else 26.4,
            le90_m=41.0 if broken else 8.2,
        )
        parts = [self._part(east_m, north_m, 26.0, 0.69 if broken else 0.9, GROUND_HAE_M)]
        if broken:
            parts.append(self._part(east_m + 140.0, north_m + 190.0, 34.0, 0.23, GROUND_HAE_M - 118.0))
        return GroundRegion(
            position=position,
            contained=0.92 if broken else 0.9,
            parts=tuple(parts),
            other_slope_probability=0.23 if broken else 0.0,
            nowhere_probability=0.02 if broken else 0.0,
        )

    def _part(
        self, east_m: float, north_m: float, radius_m: float, probability: float, hae_m: float
    ) -> RegionPart:
        turns = [math.radians(15.0 * (it % 24)) for it in range(25)]
        ring = [
            self.place(
                east_m + 0.8 * radius_m * math.sin(it),
                north_m + (1.3 - 0.2 * math.cos(3 * it)) * radius_m * math.cos(it),
            )
            for it in turns
        ]
        lon_deg, lat_deg = self.place(east_m, north_m)
        return RegionPart(
            probability=probability,
            lon_deg=lon_deg,
            lat_deg=lat_deg,
            hae_m=hae_m,
            ring_lon_deg=tuple(lon for lon, _ in ring),
            ring_lat_deg=tuple(lat for _, lat in ring),
        )


NO_POSE = Bilingual(
    en="Frame 170 has no pose: its packet lacks platform heading (item 5).",
    es="La imagen 170 no tiene pose: a su paquete le falta el rumbo de la plataforma (elemento 5)",
)
SKY = Bilingual(
    en="The pixel shows the sky: its look never comes down to any ground of the terrain.",
    es="Este píxel muestra el cielo: su línea de mira no llega a ningún terreno.",
)
OUTSIDE = Bilingual(
    en="This place is outside the picture, or behind the camera.",
    es="Este lugar queda fuera de la imagen, o detrás de la cámara.",
)
HIDDEN = Bilingual(
    en="Hidden by relief: there is ground before this place.",
    es="Oculto por el relieve: hay terreno delante de este lugar.",
)
