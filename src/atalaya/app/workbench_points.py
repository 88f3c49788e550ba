"""What the page asks about one point: where a pixel is on the ground, where a place is in the picture."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np

from atalaya.app.bilingual import Bilingual
from atalaya.app.exposure_picture import ExposurePicture
from atalaya.app.pixel_on_ground import ImageAnswer, PixelAnswer
from atalaya.georeg.outline import Outline
from atalaya.model.identifiers import SourceId
from atalaya.units import Degrees, Metres, Pixels

FARTHEST_S = 1.0
"""Metadata farther from a picture say nothing about it; the same as on the page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A picture, told by its time on the stream's own clock or, where it has none, by its frame."""

    pts_s: float | None = None
    frame_index: int | None = None


class NotAskable(StrEnum):
    """Why nothing can be asked about a picture at all."""

    NO_METADATA = "no-metadata"
    NO_PICTURES = "no-pictures"


@dataclass(frozen=True, slots=True)
class PixelView:
    """An answer about one pixel, and where it has no place, why, in both languages."""

    answer: PixelAnswer | NotAskable
    words: Bilingual | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceView:
    """An answer about one place in one picture.

    Args:
        answer: where it is in the picture, or why it is not.
        words: why not, in both languages; None where it is.
        hae_m: height of the ground there; None where none is known.
        msl_m: the same above mean sea level; None without a geoid that reaches it.
    """

    answer: ImageAnswer | NotAskable
    words: Bilingual | None
    hae_m: Metres | None
    msl_m: Metres | None


class PointReader(Protocol):
    """What answers for points; called from several threads at once. Reads only.

    Every method may raise NotFoundError for a source or frame there is not, InputError for a pixel or a place
    that there is not, or a terrain that is another now, and ExternalError where the workspace cannot be read.
    """

    def prepare(self, source: SourceId) -> None:
        """Make ready for questions about a source that was opened, so that the first one need not wait.

        What goes wrong here is said when it is asked.
        """
        ...

    def ground_of_pixel(self, source: SourceId, moment: Moment, x_px: Pixels, y_px: Pixels) -> PixelView:
        """Where one pixel is on the ground, with its error; or the reason why not."""
        ...

    def image_of_place(
        self, source: SourceId, moment: Moment, lon_deg: Degrees, lat_deg: Degrees
    ) -> PlaceView:
        """Where one place is in the picture; or the reason why not."""
        ...


class GroundReader(Protocol):
    """Which ground the pictures show; called from several threads at once. Reads only.

    Both methods may raise NotFoundError for a source or frame there is not, InputError for a terrain that is
    another now, and ExternalError where the workspace cannot be read.
    """

    def outline(self, source: SourceId, moment: Moment) -> Outline | None:
        """The ground under one picture, following the relief; None where its pose is not known."""
        ...

    def exposure(self, source: SourceId) -> ExposurePicture:
        """For how long the ground was seen, relief counted; worked out once.

        Raises:
            InputError: no pictures, no relief, or no picture that shows known ground.
        """
        ...


def nearest_row(pts_s: np.ndarray, wanted_s: float) -> int | None:
    """The row nearest in time; None where none is within `FARTHEST_S`."""
    apart_s = np.abs(pts_s - wanted_s)
    if not np.isfinite(apart_s).any():
        return None
    row = int(np.nanargmin(apart_s))
    return row if apart_s[row] <= FARTHEST_S else None
