"""Tie points of the seeded workspace: the first press moves its heading, a second halves what is left."""

from collections.abc import Sequence

import numpy as np

from atalaya.app.workbench_ties import TieMark, TiesApplied, TieView
from atalaya.errors import InputError, NotFoundError, NotPermittedError
from atalaya.model.actor import Actor, Role
from atalaya.model.calibration import PARAMETERS, Calibration, CalibrationMethod
from atalaya.model.identifiers import SourceId

BEFORE_M, AFTER_M = (118.0, 121.0, 117.0, 124.0), (3.1, 2.4, 2.2, 5.6)


class FakeCalibrator:
    """Satisfies `app.workbench_ties.SourceCalibrator`; `applied` is what a ledger would hold."""

    def __init__(self, sources) -> None:
        self.sources = sources
        self.applied: list[tuple[Actor, SourceId, tuple[TieMark, ...]]] = []

    def try_ties(self, source: SourceId, marks: Sequence[TieMark]) -> TieView:
        self._require(source, marks)
        count = len(marks)
        names = ("boresight_yaw_deg", "boresight_pitch_deg", "boresight_roll_deg")[: 2 if count < 2 else 3]
        variances = [0.02**2 if name in names else 0.0 for name in PARAMETERS]
        return TieView(
            calibration=Calibration(
                method=CalibrationMethod.TIE_POINTS,
                boresight_yaw_deg=-1.44,
                boresight_pitch_deg=0.31,
                boresight_roll_deg=0.12 if count > 1 else 0.0,
                estimated=names,
                covariance=np.diag(variances),
                residual_before_m=float(np.median(BEFORE_M[:count])),
                residual_after_m=float(np.median(AFTER_M[:count])),
                holdout_before_m=float(np.median(BEFORE_M[:count])) if count > 1 else float("nan"),
                holdout_after_m=6.0 if count > 1 else float("nan"),
                observations=count,
            ),
            points_before_m=BEFORE_M[:count],
            points_after_m=AFTER_M[:count],
            replaces=bool(self.applied),
        )

    def apply_ties(self, actor: Actor, source: SourceId, marks: Sequence[TieMark]) -> TiesApplied:
        self._require(source, marks)
        if actor.role is not Role.IMAGERY_ANALYST:
            raise NotPermittedError(f"source.calibrate is for imagery-analyst; it acts as {actor.role}")
        self.applied.append((actor, source, tuple(marks)))
        return TiesApplied(frames=178, outside=2)

    def _require(self, source: SourceId, marks: Sequence[TieMark]) -> None:
        if source not in self.sources:
            raise NotFoundError(f"no source {source}")
        for number, mark in enumerate(marks, start=1):
            if mark.y_px < 0 or mark.lat_deg > 80.0:
                raise InputError(f"tie point {number} lies behind its camera")
