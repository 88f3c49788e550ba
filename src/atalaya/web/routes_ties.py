"""`/api/v1/sources/{source}/corrections`: try tie points, and put their correction on record."""

from typing import Annotated

import numpy as np
from fastapi import APIRouter, Depends

from atalaya.app.workbench_points import Moment
from atalaya.app.workbench_ties import SourceCalibrator, TieMark, TieView
from atalaya.model.calibration import PARAMETERS
from atalaya.model.identifiers import SourceId
from atalaya.web import wire_ties
from atalaya.web.bench import Bench
from atalaya.web.routes import REFUSALS, Acts, bench_of
from atalaya.web.views import known

router = APIRouter(prefix="/api/v1", responses=REFUSALS)


def calibrator_of(bench: Annotated[Bench, Depends(bench_of)]) -> SourceCalibrator:
    """What corrects the pose."""
    return bench.calibrator


type Calibrates = Annotated[SourceCalibrator, Depends(calibrator_of)]


@router.post("/sources/{source_id}/corrections/preview", operation_id="try_ties")
def try_ties(
    source_id: str, request: wire_ties.TiesRequest, calibrator: Calibrates
) -> wire_ties.CorrectionAnswer:
    """What the points say is wrong with the pose, and how far they are off without and with it."""
    return _answer(source_id, calibrator.try_ties(SourceId(source_id), _marks(request)))


@router.post("/sources/{source_id}/corrections", operation_id="apply_ties")
def apply_ties(
    source_id: str, request: wire_ties.TiesRequest, calibrator: Calibrates, actor: Acts
) -> wire_ties.CorrectionApplied:
    """Put the correction on record: from now on every place of the source is worked out with it."""
    applied = calibrator.apply_ties(actor, SourceId(source_id), _marks(request))
    return wire_ties.CorrectionApplied(source_id=source_id, frames=applied.frames, outside=applied.outside)


def _marks(request: wire_ties.TiesRequest) -> tuple[TieMark, ...]:
    return tuple(
        TieMark(
            moment=Moment(pts_s=it.pts_s, frame_index=it.frame_index),
            x_px=it.x_px,
            y_px=it.y_px,
            lon_deg=it.lon_deg,
            lat_deg=it.lat_deg,
        )
        for it in request.points
    )


def _answer(source_id: str, view: TieView) -> wire_ties.CorrectionAnswer:
    calibration = view.calibration
    sigma = np.sqrt(np.maximum(np.diag(calibration.covariance), 0.0))
    return wire_ties.CorrectionAnswer(
        source_id=source_id,
        estimates=[
            wire_ties.EstimateWire(name=name, value=float(value), sigma=float(sigma[column]))
            for column, (name, value) in enumerate(zip(PARAMETERS, calibration.values(), strict=True))
            if name in calibration.estimated
        ],
        points=[
            wire_ties.ResidualWire(before_m=known(before_m), after_m=known(after_m))
            for before_m, after_m in zip(view.points_before_m, view.points_after_m, strict=True)
        ],
        residual_before_m=known(calibration.residual_before_m),
        residual_after_m=known(calibration.residual_after_m),
        holdout_before_m=known(calibration.holdout_before_m),
        holdout_after_m=known(calibration.holdout_after_m),
        replaces=view.replaces,
    )
