"""The wire models of tie points and of the correction that rests on them."""

from typing import Annotated

from pydantic import Field

from atalaya.web.wire_base import Answer, Wire

MOST_TIES = 4
"""As many as one correction on the page may rest on."""


class TieWire(Wire):
    """One point, pressed in a picture (told by its time or its frame) and on the map."""

    pts_s: Annotated[float | None, Field(allow_inf_nan=False)] = None
    frame_index: Annotated[int | None, Field(ge=0)] = None
    x_px: Annotated[float, Field(allow_inf_nan=False)]
    y_px: Annotated[float, Field(allow_inf_nan=False)]
    lon_deg: Annotated[float, Field(ge=-180.0, le=180.0, allow_inf_nan=False)]
    lat_deg: Annotated[float, Field(ge=-90.0, le=90.0, allow_inf_nan=False)]


class TiesRequest(Wire):
    """One to four points."""

    points: Annotated[list[TieWire], Field(min_length=1, max_length=MOST_TIES)]


class EstimateWire(Wire):
    """One error of the pose that was estimated, with one standard deviation; `name` ends in its unit."""

    name: str
    value: float
    sigma: float


class ResidualWire(Wire):
    """How far one point is from where its pixel is placed, without and with the correction [m]."""

    before_m: float | None
    after_m: float | None


class CorrectionAnswer(Answer):
    """What the points say is wrong with the pose; nothing was changed."""

    source_id: str
    estimates: list[EstimateWire]
    points: list[ResidualWire]
    residual_before_m: float | None
    residual_after_m: float | None
    holdout_before_m: float | None
    holdout_after_m: float | None
    replaces: bool


class CorrectionApplied(Answer):
    """The correction is on record; `outside` frames left the permit and are not looked at any more."""

    source_id: str
    frames: int
    outside: int
