"""What one frame shows: places and vehicles, never persons."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from atalaya.model.columns import Columns
from atalaya.units import DegreesArray, MetresArray, MicrosecondsArray


class DetectionKind(StrEnum):
    """The kinds of thing a detector may report."""

    ANOMALY = "anomaly"
    ROOF_OR_TARP = "roof-or-tarp"
    DRUM_OR_TANK = "drum-or-tank"
    HOT_SPOT = "hot-spot"
    PIT_OR_STAIN = "pit-or-stain"
    TRACK_END = "track-end"
    VEHICLE = "vehicle"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageDetections(Columns):
    """What a detector returns for one picture: boxes in pixels with their weight of evidence, N first.

    Args:
        kind: (N,) str, values of DetectionKind.
        x_px, y_px: (N,) centre, column and row from 0 at the centre of the upper left pixel.
        width_px, height_px: (N,) extent.
        weight_bits: (N,) log2 of p(cue | site) / p(cue | background), as the detector's calibration says.
    """

    kind: NDArray[np.str_]
    x_px: NDArray[np.float64]
    y_px: NDArray[np.float64]
    width_px: NDArray[np.float64]
    height_px: NDArray[np.float64]
    weight_bits: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectionTable(Columns):
    """Detections on the ground, N first: image boxes joined with their frame and their place.

    Args:
        detection_index: (N,) int64 within the source, from 0.
        frame_index, time_us: (N,) as in the FrameTable.
        kind, x_px, y_px, width_px, height_px, weight_bits: as in ImageDetections.
        lon_deg, lat_deg, hae_m: (N,) of the centre; NaN where the pixel meets no known ground.
        covariance_m2: (N, 2, 2) east/north [m2]. ce90_m: (N,).
        length_m, width_m: (N,) size on the ground; NaN where unknown.
        look_azimuth_deg: (N,) as in the FootprintTable.
        detector: (N,) str, name and version of what reported it.
    """

    detection_index: NDArray[np.int64]
    frame_index: NDArray[np.int64]
    time_us: MicrosecondsArray
    kind: NDArray[np.str_]
    x_px: NDArray[np.float64]
    y_px: NDArray[np.float64]
    width_px: NDArray[np.float64]
    height_px: NDArray[np.float64]
    weight_bits: NDArray[np.float64]
    lon_deg: DegreesArray
    lat_deg: DegreesArray
    hae_m: MetresArray
    covariance_m2: NDArray[np.float64]
    ce90_m: MetresArray
    length_m: MetresArray
    width_m: MetresArray
    look_azimuth_deg: DegreesArray
    detector: NDArray[np.str_]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackTable(Columns):
    """Vehicle tracks within one sortie, one row per track and frame; numbers end with the sortie.

    Args:
        track_index: (N,) int64 within the sortie, from 0.
        frame_index, time_us: (N,) as in the FrameTable.
        lon_deg, lat_deg: (N,). ce90_m: (N,). speed_mps: (N,), NaN where unknown.
    """

    track_index: NDArray[np.int64]
    frame_index: NDArray[np.int64]
    time_us: MicrosecondsArray
    lon_deg: DegreesArray
    lat_deg: DegreesArray
    ce90_m: MetresArray
    speed_mps: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredPlaceTable(Columns):
    """Places that something claims to have found, N first: what every claim to detect is judged by.

    Args:
        lon_deg, lat_deg: (N,). score: (N,) finite, higher is surer, comparable within one claim.
        kind: (N,) str, values of DetectionKind, or empty where it is not said.
        azimuths: (N,) int64 sectors of 45 degrees that the place was looked at from; -1 where not said.
    """

    lon_deg: DegreesArray
    lat_deg: DegreesArray
    score: NDArray[np.float64]
    kind: NDArray[np.str_]
    azimuths: NDArray[np.int64]
