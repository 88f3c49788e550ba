"""Many looks: chips of a site, what of the ground was observed, and what detectors were found to be worth."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from atalaya.app.bilingual import Bilingual
from atalaya.app.workbench_looks import ChipLayer, ChipReader, EvaluationReader, ObservedReader
from atalaya.errors import NotFoundError
from atalaya.model.identifiers import SiteId, SourceId
from atalaya.web import views_looks, wire_looks
from atalaya.web.bench import Bench
from atalaya.web.routes import REFUSALS, bench_of

router = APIRouter(prefix="/api/v1", responses=REFUSALS)


def chips_of(bench: Annotated[Bench, Depends(bench_of)]) -> ChipReader:
    """What shows the ground around a site."""
    return bench.chips


def observed_of(bench: Annotated[Bench, Depends(bench_of)]) -> ObservedReader:
    """What knows which ground was observed."""
    return bench.observed


def evaluations_of(bench: Annotated[Bench, Depends(bench_of)]) -> EvaluationReader:
    """What knows the evaluations."""
    return bench.evaluations


type Chips = Annotated[ChipReader, Depends(chips_of)]
type Observed = Annotated[ObservedReader, Depends(observed_of)]
type Evaluations = Annotated[EvaluationReader, Depends(evaluations_of)]


@router.get("/sites/{site_id}/chips", operation_id="chips")
def chips(site_id: str, reader: Chips) -> wire_looks.ChipsAnswer:
    """The ground around a site by layers; the first time it is worked out: ask again until it is there."""
    return views_looks.chips_answer(reader.chips(SiteId(site_id)))


@router.get("/sites/{site_id}/chips/{layer}.png", operation_id="chip_picture", response_class=Response)
def chip_picture(
    site_id: str,
    layer: ChipLayer,
    reader: Chips,
    plane_m: Annotated[float, Query(ge=-4.0, le=4.0, allow_inf_nan=False)] = 0.0,
) -> Response:
    """One layer on one sheet."""
    return Response(reader.chip_picture(SiteId(site_id), layer, plane_m), media_type="image/png")


@router.get("/sources/{source_id}/observed", operation_id="observed")
def observed(source_id: str, reader: Observed) -> wire_looks.ObservedAnswer:
    """Where the picture of ground that was not observed lies, or why nothing can be said."""
    return views_looks.observed_answer(source_id, reader.observed(SourceId(source_id)))


@router.get("/sources/{source_id}/observed.png", operation_id="observed_picture", response_class=Response)
def observed_picture(source_id: str, reader: Observed) -> Response:
    """Ground that was not observed, by pattern and tone; clear where it was."""
    found = reader.observed(SourceId(source_id))
    if isinstance(found, Bilingual):
        raise NotFoundError(found.en)
    return Response(found.png, media_type="image/png")


@router.get("/evaluations", operation_id="evaluations")
def evaluations(reader: Evaluations) -> wire_looks.EvaluationsAnswer:
    """All evaluations that are kept in the workspace."""
    return views_looks.evaluations_answer(reader.evaluations())


@router.get("/evaluations/{content}", operation_id="evaluation")
def evaluation(content: str, reader: Evaluations) -> wire_looks.EvaluationAnswer:
    """One evaluation as markup in both languages."""
    return views_looks.evaluation_answer(reader.evaluation(content))
