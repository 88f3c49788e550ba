"""What is really there: the answers a scene was built from, never read by any stage but scoring."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from atalaya.model.columns import Columns
from atalaya.model.site import SiteKind
from atalaya.units import Degrees, DegreesArray, Metres, MetresArray, MicrosecondsArray


class DecoyKind(StrEnum):
    """Innocent things that may look like a site; kept apart because a false alarm harms people."""

    ROCKS = "rocks"
    FARM_ROOF = "farm-roof"
    PARKED_LORRIES = "parked-lorries"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueSite:
    """A laboratory that is there. `label` is A or B; the place is the middle of its things, on the ground."""

    label: str
    kind: SiteKind
    lon_deg: Degrees
    lat_deg: Degrees
    hae_m: Metres


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoy:
    """An innocent thing; within `radius_m` of its middle a candidate is counted as having fallen for it."""

    kind: DecoyKind
    lon_deg: Degrees
    lat_deg: Degrees
    hae_m: Metres
    radius_m: Metres


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleTruth(Columns):
    """Moving vehicles, one row per vehicle and frame, N first.

    Args:
        vehicle_index: (N,) int64 from 0. frame_index, time_us: (N,) of the frame.
        lon_deg, lat_deg, hae_m: (N,) middle of the vehicle on the ground.
        heading_deg: (N,) clockwise from north. speed_mps: (N,).
        length_m, width_m, height_m: (N,) size.
        in_view: (N,) bool, its middle is inside the picture.
    """

    vehicle_index: NDArray[np.int64]
    frame_index: NDArray[np.int64]
    time_us: MicrosecondsArray
    lon_deg: DegreesArray
    lat_deg: DegreesArray
    hae_m: MetresArray
    heading_deg: DegreesArray
    speed_mps: NDArray[np.float64]
    length_m: MetresArray
    width_m: MetresArray
    height_m: MetresArray
    in_view: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """The right answers of one scene."""

    sites: tuple[TrueSite, ...]
    decoys: tuple[Decoy, ...]
    vehicles: VehicleTruth
