"""Many looks at one piece of ground: which frames were used, and what each cell of the ground is known by."""

import math
from dataclasses import dataclass
from enum import IntEnum, StrEnum

import numpy as np
from numpy.typing import NDArray

from atalaya.errors import InputError
from atalaya.model.columns import Columns
from atalaya.units import DegreesArray, Metres, MetresArray, MicrosecondsArray, RadiansArray

AZIMUTH_BINS = 8
"""Sectors of 45 degrees clockwise from north, by the bearing sensor to ground; bin 0 is 0..45."""
FEWEST_AZIMUTHS = 3
"""A cell seen from fewer sectors is not observed."""
MOST_CANOPY = 0.8
"""A cell with more of its lines of sight behind crowns is not observed."""


class FrameVerdict(StrEnum):
    """What became of a frame: used, or why not; every frame has one, and all are counted."""

    USED = "used"
    NEAR_ANOTHER = "near-another"
    """A sharper frame from nearly the same direction was used."""
    BLURRED = "blurred"
    DARK = "dark"
    """Black, white or otherwise without content."""
    FROZEN_PICTURE = "frozen-picture"
    FROZEN_METADATA = "frozen-metadata"
    POSE_JUMP = "pose-jump"
    NO_POSE = "no-pose"
    NO_GROUND = "no-ground"
    WRONG_GSD = "wrong-gsd"
    """What the metadata says of range and field of view cannot be true of these pixels."""
    NOT_PERMITTED = "not-permitted"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyframeTable(Columns):
    """Every frame that was considered, N first.

    Args:
        frame_index, time_us: (N,) as in the FrameTable. pts_s: (N,) of its picture.
        verdict: (N,) str, values of FrameVerdict.
        sharpness: (N,) as `detection.frame_quality` measures it; NaN where the picture was not looked at.
        look_azimuth_deg, depression_deg, gsd_m: (N,) as in the FootprintTable; NaN where unknown.
    """

    frame_index: NDArray[np.int64]
    time_us: MicrosecondsArray
    pts_s: NDArray[np.float64]
    verdict: NDArray[np.str_]
    sharpness: NDArray[np.float64]
    look_azimuth_deg: DegreesArray
    depression_deg: DegreesArray
    gsd_m: MetresArray


class CellState(IntEnum):
    """Whether a cell was observed; what could not be seen is never called empty."""

    OBSERVED = 0
    NOT_COVERED = 1
    """No look fell on it."""
    FEW_AZIMUTHS = 2
    UNDER_CANOPY = 3
    NOT_PERMITTED = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundTile:
    """One square of the ground grid; the same ground has the same tile in every clip, so that sums add up.

    Args:
        epsg: 326zz or 327zz, UTM on WGS 84.
        col, row: whole number of tile sides from the zone's origin to the tile's west and south edge.
        cell_m: side of a cell, 0.1 to 4.
        cells: number of cells along a side.

    Raises:
        InputError: no such cells.
    """

    epsg: int
    col: int
    row: int
    cell_m: Metres
    cells: int

    def __post_init__(self) -> None:
        if not (0.1 <= self.cell_m <= 4.0 and 1 <= self.cells <= 8192):
            raise InputError(f"a tile has cells of 0.1 to 4 m: {self.cells} of {self.cell_m} m")

    @property
    def side_m(self) -> Metres:
        """Length of the tile's edge."""
        return self.cell_m * self.cells

    @property
    def west_m(self) -> Metres:
        """Easting of its west edge."""
        return self.col * self.side_m

    @property
    def north_m(self) -> Metres:
        """Northing of its north edge; row 0 of its arrays lies in the north."""
        return (self.row + 1) * self.side_m


def azimuth_bin(look_azimuth_deg: DegreesArray) -> NDArray[np.int64]:
    """(N,) sector of each bearing, -1 where it is not known."""
    known = np.isfinite(look_azimuth_deg)
    sector = np.floor(np.mod(np.where(known, look_azimuth_deg, 0.0), 360.0) / (360.0 / AZIMUTH_BINS))
    # a tiny negative bearing is 360.0 after the remainder
    return np.where(known, sector.astype(np.int64) % AZIMUTH_BINS, -1)


def tiles_over(
    epsg: int, bounds_m: tuple[Metres, Metres, Metres, Metres], cell_m: Metres, cells: int
) -> tuple[GroundTile, ...]:
    """The tiles that touch a rectangle (west, south, east, north) in a UTM zone, row by row from the north.

    Raises:
        InputError: bounds that are not finite or not in order, or no such cells.
    """
    west_m, south_m, east_m, north_m = bounds_m
    if not all(map(math.isfinite, bounds_m)) or west_m > east_m or south_m > north_m:
        raise InputError(f"bounds are west, south, east, north: {bounds_m}")
    side_m = cell_m * cells
    cols = range(math.floor(west_m / side_m), math.floor(east_m / side_m) + 1)
    rows = range(math.floor(south_m / side_m), math.floor(north_m / side_m) + 1)
    return tuple(
        GroundTile(epsg=epsg, col=col, row=row, cell_m=cell_m, cells=cells)
        for row in reversed(rows)
        for col in cols
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LookPlaceTable(Columns):
    """Places that stand out of many looks, N first: a ScoredPlaceTable that also says how they were seen.

    Args:
        lon_deg, lat_deg, score, kind, azimuths: as in the ScoredPlaceTable.
        looks: (N,) int64 that fell on the place.
        canopy_share: (N,) 0..1 of them behind leaves, as estimated; NaN where unknown.
        length_m, width_m: (N,) of the smallest rectangle around what stands out.
        heading_deg: (N,) of its length, clockwise from grid north.
    """

    lon_deg: DegreesArray
    lat_deg: DegreesArray
    score: NDArray[np.float64]
    kind: NDArray[np.str_]
    azimuths: NDArray[np.int64]
    looks: NDArray[np.int64]
    canopy_share: NDArray[np.float64]
    length_m: MetresArray
    width_m: MetresArray
    heading_deg: DegreesArray


@dataclass(frozen=True, slots=True, kw_only=True)
class LookPoseTable(Columns):
    """Where the camera was in each keyframe as it was laid on the ground, N first.

    Args:
        frame_index, time_us, pts_s: (N,) as in the KeyframeTable.
        registered: (N,) bool, registered to other looks; else as stated or corrected on record.
        origin_ecef_m: (N, 3). rotation_ecef_from_camera: (N, 3, 3), as in georeg's Poses.
        hfov_rad, vfov_rad: (N,) NaN where unknown.
    """

    frame_index: NDArray[np.int64]
    time_us: MicrosecondsArray
    pts_s: NDArray[np.float64]
    registered: NDArray[np.bool_]
    origin_ecef_m: MetresArray
    rotation_ecef_from_camera: NDArray[np.float64]
    hfov_rad: RadiansArray
    vfov_rad: RadiansArray
