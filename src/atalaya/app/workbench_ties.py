"""Tie points on the page: points of a picture whose place on the map the analyst knows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from atalaya.app.workbench_points import Moment
from atalaya.model.actor import Actor
from atalaya.model.calibration import Calibration
from atalaya.model.identifiers import SourceId
from atalaya.units import Degrees, Metres, Pixels


@dataclass(frozen=True, slots=True, kw_only=True)
class TieMark:
    """One point as it was pressed: in a picture, and on the map; its height is the terrain's."""

    moment: Moment
    x_px: Pixels
    y_px: Pixels
    lon_deg: Degrees
    lat_deg: Degrees


@dataclass(frozen=True, slots=True, kw_only=True)
class TieView:
    """What the points say is wrong with the pose; nothing is changed by it.

    Args:
        calibration: the correction.
        points_before_m, points_after_m: of each point, on the ground, without and with the correction.
        replaces: a correction is on record for this source; this one would take its place.
    """

    calibration: Calibration
    points_before_m: tuple[Metres, ...]
    points_after_m: tuple[Metres, ...]
    replaces: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TiesApplied:
    """A correction that is on record now.

    Args:
        frames: with a corrected footprint.
        outside: frames that are not looked at any more: their corrected footprint leaves the permit.
    """

    frames: int
    outside: int


class SourceCalibrator(Protocol):
    """What corrects the pose of a source by tie points; called from several threads at once.

    Both methods may raise NotFoundError for a source there is not, InputError for points that cannot be used,
    and ExternalError where the workspace cannot be read or written.
    """

    def try_ties(self, source: SourceId, marks: Sequence[TieMark]) -> TieView:
        """What they say; reads only."""
        ...

    def apply_ties(self, actor: Actor, source: SourceId, marks: Sequence[TieMark]) -> TiesApplied:
        """Put the correction on record and into effect; the audit entry is written before the effect.

        Raises:
            NotPermittedError: this role may not; the refusal is on the record.
        """
        ...
