"""What a tracker is given: vehicle positions with their error, whoever reported them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.errors import InputError
from atalaya.model.columns import Columns
from atalaya.model.detection import DetectionKind, DetectionTable
from atalaya.model.frame import FrameTable, TargetTable
from atalaya.units import DegreesArray, Metres, MicrosecondsArray, SquareMetres


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleObservations(Columns):
    """Vehicle positions, N first, of one sortie, in any order.

    Args:
        frame_index: (N,) as in the FrameTable.
        time_us: (N,) as in the FrameTable.
        lon_deg: (N,) WGS 84.
        lat_deg: (N,) WGS 84.
        covariance_m2: (N, 2, 2) east/north, positive definite: what differs from frame to frame. What
            a whole sortie has in common does not move a vehicle.
    """

    frame_index: NDArray[np.int64]
    time_us: MicrosecondsArray
    lon_deg: DegreesArray
    lat_deg: DegreesArray
    covariance_m2: SquareMetres


def from_detections(detections: DetectionTable, *, sigma_m: Metres) -> VehicleObservations:
    """The vehicles among a source's detections that have a place and a time.

    Args:
        detections: of one source.
        sigma_m: frame-to-frame scatter of a position, one axis, one sigma: pose noise and centring; the
            detections' own covariances also hold what all frames have in common.

    Raises:
        InputError: a scatter that is not positive.
    """
    rows = np.flatnonzero(
        (detections.kind == DetectionKind.VEHICLE.value)
        & np.isfinite(detections.lon_deg + detections.lat_deg)
        & (detections.time_us >= 0)
    )
    return VehicleObservations(
        frame_index=detections.frame_index[rows],
        time_us=detections.time_us[rows],
        lon_deg=detections.lon_deg[rows],
        lat_deg=detections.lat_deg[rows],
        covariance_m2=_round(len(rows), sigma_m),
    )


def from_reports(reports: TargetTable, frames: FrameTable, *, sigma_m: Metres) -> VehicleObservations:
    """The moving-target reports of a stream that have a place, in frames that are usable.

    Args:
        reports: ST 0903 reports; their own numbers are not used, because they may be reused.
        frames: of the same source.
        sigma_m: as in `from_detections`.

    Raises:
        InputError: a scatter that is not positive.
    """
    good = frames.take(frames.usable)
    order = np.argsort(good.frame_index, kind="stable")
    known, time_us = good.frame_index[order], good.time_us[order]
    place = np.searchsorted(known, reports.frame_index)
    there = place < len(known)
    there[there] = known[place[there]] == reports.frame_index[there]
    rows = np.flatnonzero(there & np.isfinite(reports.lon_deg + reports.lat_deg))
    return VehicleObservations(
        frame_index=reports.frame_index[rows],
        time_us=time_us[place[rows]],
        lon_deg=reports.lon_deg[rows],
        lat_deg=reports.lat_deg[rows],
        covariance_m2=_round(len(rows), sigma_m),
    )


def _round(count: int, sigma_m: Metres) -> SquareMetres:
    if not (np.isfinite(sigma_m) and sigma_m > 0.0):
        raise InputError(f"the scatter of a position must be positive, got {sigma_m} m")
    return np.tile(np.eye(2) * sigma_m**2, (count, 1, 1))
