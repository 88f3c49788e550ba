"""What one server is made with: the read model, who records decisions, and in whose name."""

from dataclasses import dataclass, field
from pathlib import Path

from atalaya.app.workbench import SiteReviewer, WorkbenchReader
from atalaya.app.workbench_looks import ChipReader, EvaluationReader, ObservedReader
from atalaya.app.workbench_points import GroundReader, PointReader
from atalaya.app.workbench_ties import SourceCalibrator
from atalaya.model.actor import Actor, Role
from atalaya.web.guard import Guard

STATIC = Path(__file__).parent / "static"
"""The built page, shipped in the wheel; `make` builds it from `web/ui`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """The parts of one server.

    Args:
        actor: the account that started the server; every decision is in its name.
        reviewing_roles: roles whose buttons are live; the use case decides again.
        calibrating_roles: likewise, for putting a correction of the pose on record.
        static: folder of the built page.
    """

    reader: WorkbenchReader
    points: PointReader
    ground: GroundReader
    calibrator: SourceCalibrator
    chips: ChipReader
    observed: ObservedReader
    evaluations: EvaluationReader
    reviewer: SiteReviewer
    actor: Actor
    guard: Guard = field(default_factory=Guard)
    reviewing_roles: frozenset[Role] = frozenset({Role.IMAGERY_ANALYST})
    calibrating_roles: frozenset[Role] = frozenset({Role.IMAGERY_ANALYST})
    static: Path = STATIC
