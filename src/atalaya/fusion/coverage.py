"""Which looks covered a place, and how many independent looks they amount to."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atalaya.geo.local_plane import LocalPlane
from atalaya.model.columns import Columns
from atalaya.model.footprint import FootprintTable
from atalaya.units import DegreesArray, MetresArray

SECTOR_DEG = 45.0
SECTORS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks(Columns):
    """The frames a detector looked at, one row per source and frame, N first.

    Args:
        source: (N,) str. frame_index, time_us: (N,).
        corners_m: (N, 4, 2) footprint in the local plane; NaN where it is not known.
        sector: (N,) int64 0..7, look azimuth in steps of 45 degrees; -1 where it is not known.
    """

    source: NDArray[np.str_]
    frame_index: NDArray[np.int64]
    time_us: NDArray[np.int64]
    corners_m: MetresArray
    sector: NDArray[np.int64]


def looks_of(footprints: FootprintTable, sources: NDArray[np.str_], plane: LocalPlane) -> Looks:
    """The looks that footprint rows stand for."""
    return Looks(
        source=sources,
        frame_index=footprints.frame_index,
        time_us=footprints.time_us,
        corners_m=plane.to_metres(footprints.corner_lon_deg, footprints.corner_lat_deg),
        sector=sectors(footprints.look_azimuth_deg),
    )


def sectors(look_azimuth_deg: DegreesArray) -> NDArray[np.int64]:
    """(N,) 0..7; -1 where the azimuth is not known."""
    known = np.isfinite(look_azimuth_deg)
    turned = np.where(known, look_azimuth_deg, 0.0) % 360.0
    return np.where(known, np.minimum(turned // SECTOR_DEG, SECTORS - 1), -1).astype(np.int64)


def look_weights(sector: NDArray[np.int64], correlation: float) -> NDArray[np.float64]:
    """(N,) what each of these looks counts, given the others: n of one sector count n / (1 + (n - 1) r).

    Source: effective sample size of n values with equal pairwise correlation r.
    """
    _, place, counts = np.unique(sector, return_inverse=True, return_counts=True)
    return np.asarray(1.0 / (1.0 + (counts[place] - 1.0) * correlation), dtype=np.float64)
