"""`/api/v1`: each route reads one thing of the read model and puts it on the wire."""

from typing import Annotated, Any

from fastapi import APIRouter, BackgroundTasks, Depends, Query, Request
from fastapi.responses import FileResponse, Response

from atalaya.app.terrain_tiles import TileKind
from atalaya.app.workbench import SiteReviewer, WorkbenchReader
from atalaya.errors import InputError
from atalaya.model.actor import Actor
from atalaya.model.identifiers import SiteId, SourceId
from atalaya.model.site import SiteStatus
from atalaya.web import views, views_stream, wire, wire_stream
from atalaya.web.bench import Bench

TIMELINE_ROWS = 20_000
"""Most rows of one timeline answer (about 8 MB uncompressed); a longer source is thinned evenly."""
DETECTION_FRAMES = 3_000
"""Most frames one answer of detections may span."""

REFUSALS: dict[int | str, dict[str, Any]] = {
    code: {"model": wire.ErrorAnswer} for code in (403, 404, 409, 422, 503)
}
"""What every route may answer instead."""

router = APIRouter(prefix="/api/v1", responses=REFUSALS)


def bench_of(request: Request) -> Bench:
    """What this server was made with."""
    bench: Bench = request.app.state.bench
    return bench


def reader_of(bench: Annotated[Bench, Depends(bench_of)]) -> WorkbenchReader:
    """The read model."""
    return bench.reader


def reviewer_of(bench: Annotated[Bench, Depends(bench_of)]) -> SiteReviewer:
    """The one who records decisions."""
    return bench.reviewer


def actor_of(bench: Annotated[Bench, Depends(bench_of)]) -> Actor:
    """Who started the server: whoever decides here decides in this name."""
    return bench.actor


type Reads = Annotated[WorkbenchReader, Depends(reader_of)]
type Reviews = Annotated[SiteReviewer, Depends(reviewer_of)]
type Acts = Annotated[Actor, Depends(actor_of)]


@router.get("/workspace", operation_id="workspace")
def workspace(reader: Reads, actor: Acts, bench: Annotated[Bench, Depends(bench_of)]) -> wire.Workspace:
    """Sorties, sources, the ledger's head and who acts."""
    return wire.Workspace(
        account=wire.AccountWire(
            actor=actor.actor_id,
            role=actor.role.value,
            may_review=actor.role in bench.reviewing_roles,
            may_calibrate=actor.role in bench.calibrating_roles,
        ),
        sorties=[views.sortie_wire(it) for it in reader.sorties()],
        sources=[views.source_wire(it) for it in reader.sources()],
        ledger_entries=reader.ledger_size(),
        head=views.head_wire(reader.head()),
        terrain=views.terrain_wire(reader.terrain()),
    )


@router.get("/sources/{source_id}/timeline", operation_id="timeline")
def timeline(
    source_id: str, reader: Reads, bench: Annotated[Bench, Depends(bench_of)], after: BackgroundTasks
) -> wire.TimelineWire:
    """Where each frame of the source looks; whoever asks will soon ask about its points."""
    after.add_task(bench.points.prepare, SourceId(source_id))
    return views.timeline_wire(source_id, reader.timeline(SourceId(source_id)), TIMELINE_ROWS)


@router.get("/sources/{source_id}/stream", operation_id="stream")
def stream(source_id: str, reader: Reads) -> wire_stream.StreamAnswer:
    """The metadata stream as a whole: health, what was recovered and what was not, findings, time."""
    return views_stream.stream_answer(source_id, reader.stream(SourceId(source_id)))


@router.get("/sources/{source_id}/metadata", operation_id="metadata")
def metadata(
    source_id: str,
    reader: Reads,
    pts_s: Annotated[float | None, Query(allow_inf_nan=False)] = None,
    frame_index: Annotated[int | None, Query(ge=0)] = None,
) -> wire_stream.MetadataAnswer:
    """What the stream says at one picture, told by its time or, where it has none, by its frame."""
    sets = reader.metadata(SourceId(source_id), pts_s=pts_s, frame_index=frame_index)
    return views_stream.metadata_answer(source_id, pts_s, frame_index, sets)


@router.get("/sources/{source_id}/detections", operation_id="detections")
def detections(
    source_id: str,
    reader: Reads,
    first_frame: Annotated[int, Query(ge=0)],
    last_frame: Annotated[int, Query(ge=0)],
) -> wire.Detections:
    """Boxes in the frames first..last."""
    if not 0 <= last_frame - first_frame < DETECTION_FRAMES:
        raise InputError(f"frames {first_frame}..{last_frame}: 1 to {DETECTION_FRAMES} frames at a time")
    table = reader.detections(SourceId(source_id), first_frame, last_frame)
    return wire.Detections(
        source_id=source_id,
        first_frame=first_frame,
        last_frame=last_frame,
        detections=views.detections_wire(table),
    )


@router.get("/sources/{source_id}/video.mp4", operation_id="video", response_class=FileResponse)
def video(source_id: str, reader: Reads) -> FileResponse:
    """The playable video; answers byte ranges, so that seeking works."""
    return FileResponse(
        reader.video(SourceId(source_id)),
        media_type="video/mp4",
        headers={"cache-control": "private, max-age=3600"},
    )


@router.get("/coverage", operation_id="coverage")
def coverage(reader: Reads) -> wire.CoverageAnswer:
    """What was looked at, by source."""
    return wire.CoverageAnswer(coverage=[views.coverage_wire(it) for it in reader.coverage()])


@router.get("/terrain/{kind}/{zoom}/{column}/{row}.png", operation_id="terrain_tile", response_class=Response)
def terrain_tile(
    kind: TileKind, zoom: int, column: int, row: int, request: Request, reader: Reads
) -> Response:
    """Heights in the terrarium form, or where none is known: Web Mercator tiles of 256 pixels."""
    tiles = reader.terrain()
    tag = f'"{tiles.revision if tiles else ""}-{kind.value}-{zoom}-{column}-{row}"'
    headers = {"etag": tag, "cache-control": "private, no-cache"}
    if tiles is not None and request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(reader.terrain_tile(kind, zoom, column, row), media_type="image/png", headers=headers)


@router.get("/sites", operation_id="sites")
def sites(reader: Reads) -> wire.Sites:
    """All sites, the most probable first."""
    return wire.Sites(sites=[views.site_row(it) for it in reader.sites()])


@router.get("/sites/{site_id}", operation_id="site")
def site(site_id: str, reader: Reads) -> wire.SiteAnswer:
    """One site with its evidence in words."""
    return views.site_answer(reader.site(SiteId(site_id)))


@router.get("/sites/{site_id}/pixels", operation_id="site_pixels")
def site_pixels(site_id: str, source_id: str, reader: Reads) -> wire.SitePixelsWire:
    """Where the site lies in the pictures of one source."""
    pixels = reader.site_pixels(SiteId(site_id), SourceId(source_id))
    return views.site_pixels_wire(site_id, source_id, pixels)


@router.post("/sites/{site_id}/reviews", operation_id="review")
def review(
    site_id: str, request: wire.ReviewRequest, reader: Reads, reviewer: Reviews, actor: Acts
) -> wire.SiteAnswer:
    """Record a decision; the answer is the site as it is now."""
    reviewer.review(actor, SiteId(site_id), SiteStatus(request.status), request.reason.strip())
    return views.site_answer(reader.site(SiteId(site_id)))
