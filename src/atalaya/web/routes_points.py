"""Points and ground of a source: what a press on the video or on the map asks, and what the pictures show."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from atalaya.app.workbench_points import GroundReader, Moment, PointReader
from atalaya.model.identifiers import SourceId
from atalaya.web import views_points, wire_points
from atalaya.web.bench import Bench
from atalaya.web.routes import REFUSALS, bench_of

router = APIRouter(prefix="/api/v1", responses=REFUSALS)


def points_of(bench: Annotated[Bench, Depends(bench_of)]) -> PointReader:
    """What answers for points."""
    return bench.points


def moment_of(
    pts_s: Annotated[float | None, Query(allow_inf_nan=False)] = None,
    frame_index: Annotated[int | None, Query(ge=0)] = None,
) -> Moment:
    """The picture, told by its time or by its frame."""
    return Moment(pts_s=pts_s, frame_index=frame_index)


def ground_of(bench: Annotated[Bench, Depends(bench_of)]) -> GroundReader:
    """What knows the ground under the pictures."""
    return bench.ground


type Ground = Annotated[GroundReader, Depends(ground_of)]
type Points = Annotated[PointReader, Depends(points_of)]
type At = Annotated[Moment, Depends(moment_of)]


@router.get("/sources/{source_id}/ground", operation_id="ground_of_pixel")
def ground_of_pixel(
    source_id: str,
    at: At,
    points: Points,
    x_px: Annotated[float, Query(allow_inf_nan=False)],
    y_px: Annotated[float, Query(allow_inf_nan=False)],
) -> wire_points.GroundAnswer:
    """Where one pixel is on the ground with its error, or why it has no place."""
    view = points.ground_of_pixel(SourceId(source_id), at, x_px, y_px)
    return views_points.ground_answer(source_id, view, x_px, y_px)


@router.get("/sources/{source_id}/place", operation_id="image_of_place")
def image_of_place(
    source_id: str,
    at: At,
    points: Points,
    lon_deg: Annotated[float, Query(ge=-180.0, le=180.0, allow_inf_nan=False)],
    lat_deg: Annotated[float, Query(ge=-90.0, le=90.0, allow_inf_nan=False)],
) -> wire_points.PlaceAnswer:
    """Where one place is in the picture, or why it is not; and the place in every form."""
    view = points.image_of_place(SourceId(source_id), at, lon_deg, lat_deg)
    return views_points.place_answer(source_id, view, lon_deg, lat_deg)


@router.get("/sources/{source_id}/outline", operation_id="outline")
def outline(source_id: str, at: At, ground: Ground) -> wire_points.OutlineAnswer:
    """The ground under one picture, following the relief."""
    return views_points.outline_answer(source_id, ground.outline(SourceId(source_id), at))


@router.get("/sources/{source_id}/exposure", operation_id="exposure")
def exposure(source_id: str, ground: Ground) -> wire_points.ExposureAnswer:
    """Where the picture of seen ground lies; the first time it is worked out, which takes a while."""
    return views_points.exposure_answer(source_id, ground.exposure(SourceId(source_id)))


@router.get("/sources/{source_id}/exposure.png", operation_id="exposure_picture", response_class=Response)
def exposure_picture(source_id: str, ground: Ground) -> Response:
    """Seen ground, darker the longer it was seen."""
    return Response(ground.exposure(SourceId(source_id)).png, media_type="image/png")
